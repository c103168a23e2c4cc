"""Takes a picture of every page, as each person sees it, in every mode, into build/screenshots.

    python bin/screenshots.py                       # a fresh product with the sample library
    python bin/screenshots.py --modes phone-dark --people member --only /courses
    python bin/screenshots.py --at http://127.0.0.1:8000 --password … --people member

Prints what is wrong to the eye of a machine: pages wider than the screen, errors in the console.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import PASSWORD, Server, activate  # noqa: E402
from tests.browser.crawl import find_pages, pattern_of  # noqa: E402
from tests.chromium import CHROMIUM, MISSING  # noqa: E402

OUT = ROOT / "build" / "screenshots"
PEOPLE = ("guest", "member", "manager", "teacher", "operator")
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
MODES = tuple(
    f"{size}{text}{theme}{language}"
    for size in SIZES
    for text in ("", "-large")
    for theme in ("", "-dark")
    for language in ("", "-en")
)
GUEST_PAGES = ("/sign-in", "/activate", "/no-such-page")
LONGEST = 3000  # pixels of a long text that are worth a picture


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--at", help="the address of a running product instead of a fresh one")
    parser.add_argument("--password", default=PASSWORD, help="the password of all people there")
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--people", default=",".join(PEOPLE))
    parser.add_argument("--only", default="", help="only paths that begin so")
    wanted = parser.parse_args()
    people, modes = wanted.people.split(","), wanted.modes.split(",")
    if CHROMIUM is None:
        sys.exit(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        if wanted.at:
            take_all(browser, wanted.at.rstrip("/"), wanted.password, people, modes, wanted.only)
            return
        with TemporaryDirectory() as folder:
            server = Server(Path(folder))
            try:
                server.start()
                furnish_and_activate(browser, server)
                take_all(browser, server.url, PASSWORD, people, modes, wanted.only)
            finally:
                server.stop()


def furnish_and_activate(browser: Browser, server: Server) -> None:
    """Give the fresh product a history, and its first people their passwords."""
    environment = {**os.environ, "DATA_DIR": str(server.data_dir)}
    subprocess.run([sys.executable, ROOT / "bin" / "furnish.py"], env=environment, check=True)
    for number in PEOPLE[1:]:
        context = browser.new_context(base_url=server.url)
        activate(context.new_page(), number, server.code_of(number))
        context.close()


def sign_in(context: BrowserContext, base: str, number: str, password: str) -> None:
    page = context.new_page()
    page.goto(f"{base}/sign-in")
    page.fill("[name=number]", number)
    page.fill("[name=password]", password)
    page.click("main form button.main")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.close()


def take_all(
    browser: Browser, base: str, password: str, people: list[str], modes: list[str], only: str
) -> None:
    """Walk through the pages once a person, then photograph each in all modes."""
    for person in people:
        context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
        if person != "guest":
            sign_in(context, base, person, password)
        paths = GUEST_PAGES if person == "guest" else find_pages(context, base)
        paths = [path for path in paths if path.startswith(only)]
        for mode in modes:
            take_mode(context, base, person, mode, paths)
        context.close()
        print(f"{person}: {len(paths)} pages in {len(modes)} modes", flush=True)


def take_mode(context: BrowserContext, base: str, person: str, mode: str, paths: list[str]) -> None:
    looks = mode.split("-")[1:]
    text = "large" if "large" in looks else "normal"
    theme = "dark" if "dark" in looks else "light"
    context.add_cookies(
        [
            {"name": "text", "value": text, "url": base},
            {"name": "theme", "value": theme, "url": base},
            {"name": "language", "value": "en" if "en" in looks else "zh", "url": base},
        ]
    )
    page = context.new_page()
    page.on(
        "console", lambda said: said.type == "error" and print(f"  {mode} {page.url}: {said.text}")
    )
    page.on("pageerror", lambda error: print(f"  {mode} {page.url}: {error}"))
    folder = OUT / mode
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        take(page, base, path, folder / f"{person}{file_name(path)}.png", mode)
    page.close()


def file_name(path: str) -> str:
    """A file name for an address; the numbers stay, so that lessons of several kinds differ."""
    plain = pattern_of(path) if "?" in path else path
    return re.sub(r"[^\w-]+", "_", plain).rstrip("_") or "_home"


def take(page: Page, base: str, path: str, target: Path, mode: str) -> None:
    width, height = SIZES[mode.split("-")[0]]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(base + path)
    page.wait_for_load_state("load")
    page.wait_for_timeout(250)
    excess = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if excess > 0:
        print(f"  {mode} {path} is {excess} pixels too wide")
    # The window grows to the page, so that what sticks to its edges stands at the edges.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": page.viewport_size["width"], "height": min(height, LONGEST)})
    page.screenshot(path=target)


if __name__ == "__main__":
    main()

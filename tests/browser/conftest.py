"""The real server as the run command starts it, and a real Chromium."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.exam import school_of

ROOT = Path(__file__).parents[2]
SIZES = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
PASSWORD = "shan-gao-yue-xiao"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


class Server:
    """The product as `make run` serves it, on a fresh data folder and a free port."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = settings
        self.output: list[str] = []
        self.signed_in: dict[str, dict[str, object]] = {}
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        env = {
            **os.environ,
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "RATE_LIMITS": "no",
            "LOG_LEVEL": "WARNING",
            **self.settings,
        }
        env.pop("DATABASE_URL", None)
        self.process = subprocess.Popen(
            [sys.executable, "bin/serve.py"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.wait_until_ready()

    def _read(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            self.output.extend(lines)

    def wait_until_ready(self, seconds: float = 90) -> None:
        """Wait until /readyz says ok; fails with what the server printed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError("the server did not start:\n" + "".join(self.output))

    def code_of(self, number: str) -> str:
        """The one-time code that the terminal showed for a person."""
        match = re.search(
            rf"\b{number}\s+([A-Z2-9]{{4}}(?:-[A-Z2-9]{{4}}){{2}})", "".join(self.output)
        )
        assert match, f"no code for {number}:\n" + "".join(self.output)
        return match.group(1)

    def children(self, word: str) -> list[int]:
        """The ids of the processes below the server whose command line holds `word`."""
        assert self.process is not None
        table = subprocess.run(
            ["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
        ).stdout.splitlines()[1:]
        rows = [
            (int(p), int(parent), args) for p, parent, args in (r.split(None, 2) for r in table)
        ]
        below, found = {self.process.pid}, []
        for _ in range(5):
            below |= {pid for pid, parent, _args in rows if parent in below}
        found = [pid for pid, _parent, args in rows if pid in below and word in args]
        return [pid for pid in found if pid != self.process.pid]

    def kill(self, word: str) -> None:
        """kill -9 every process of the server whose command line holds `word`."""
        for pid in self.children(word):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def flask(self, *args: str) -> str:
        """Run a command of the product on the server's data."""
        env = {**os.environ, "DATA_DIR": str(self.data_dir), **self.settings}
        result = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *args],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    def stop(self) -> None:
        """Ctrl-C, and wait."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.reader.join(10)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(data_dir: Path) -> Iterator[Server]:
    """The product, running while the block runs."""
    running = Server(data_dir)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running product for all modules of a process that leave each other alone."""
    with served(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A product for one module that counts on a first start or kills processes.

    Such a module names it `server`.
    """
    with served(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture
def signed_in(browser: Browser, server: Server) -> Callable[[str], dict[str, object]]:
    """The sign-in of a person, as windows keep it; their code is redeemed the first time."""

    def state_of(number: str) -> dict[str, object]:
        if number not in server.signed_in:
            context = browser.new_context(base_url=server.url, locale="zh-CN")
            activate(context.new_page(), number, server.code_of(number))
            server.signed_in[number] = context.storage_state()
            context.close()
        return server.signed_in[number]

    return state_of


@pytest.fixture(scope="module")
def school(server: Server) -> Iterator[Flask]:
    """The product's own code on the data of the running server; see tests.browser.exam."""
    with school_of(server.data_dir) as app:
        yield app


@pytest.fixture
def open_page(
    browser: Browser, server: Server, signed_in: Callable[[str], dict[str, object]]
) -> Iterator[Callable[..., Page]]:
    """A new window, of desktop or phone size, of nobody or of a person who is signed in.

    Console errors fail the test.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def new(size: str = "desktop", who: str = "") -> Page:
        context = browser.new_context(
            base_url=server.url,
            locale="zh-CN",
            accept_downloads=True,
            storage_state=signed_in(who) if who else None,  # type: ignore[arg-type]
            **SIZES[size],
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on("console", lambda line: _note(faults, page, line))
        return page

    yield new
    for context in contexts:
        context.close()
    assert faults == []


def _note(faults: list[str], page: Page, line: object) -> None:
    # What the content security policy refuses is said on the console; so are broken scripts.
    if line.type == "error" and "Failed to load resource" not in line.text:  # type: ignore[attr-defined]
        faults.append(f"{page.url}: {line.text}")  # type: ignore[attr-defined]


def activate(page: Page, number: str, code: str) -> None:
    """Redeem a code in the browser, as a person would."""
    page.goto("/activate")
    page.get_by_label("编号").fill(number)
    page.get_by_label("激活码").fill(code)
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_label("再输一次").fill(PASSWORD)
    page.get_by_role("button", name="设好密码并登录").click()
    page.wait_for_url("**/")


def sign_in(page: Page, number: str) -> None:
    """Sign in with the password that `activate` set."""
    page.goto("/sign-in")
    page.get_by_label("编号").fill(number)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="登录").click()
    page.wait_for_url("**/")

"""No page has a mistake of accessibility that axe-core finds, in the light and in the dark."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ROOT, activate
from tests.browser.crawl import find_pages, pattern_of

pytestmark = pytest.mark.axe

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
RUN = """(rules) => axe.run(document, {runOnly: rules, resultTypes: ["violations"]}).then(result =>
  result.violations.flatMap(rule =>
    rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)}`)))"""
MOTIONLESS = "document.getAnimations().forEach(animation => animation.finish())"


@pytest.fixture(scope="module")
def server(own_server):
    return own_server


@pytest.fixture(scope="module")
def furnished(server):
    """The product with the sample library, people and months of study."""
    environment = {**os.environ, "DATA_DIR": str(server.data_dir)}
    command = [sys.executable, Path("bin", "furnish.py")]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return server


@pytest.fixture(scope="module")
def checked():
    """The kinds of pages that have been looked at; whoever comes later looks at the others."""
    return set()


def mistakes(page: Page, path: str) -> list[str]:
    """What axe-core finds on the page that is open; in the dark only the contrast can differ."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(RUN, RULES)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.evaluate(MOTIONLESS)
    found += [f"dark {mistake}" for mistake in page.evaluate(RUN, ["color-contrast"])]
    return [f"{path} {mistake}" for mistake in found]


@pytest.mark.parametrize("number", ["member", "manager", "teacher", "operator"])
def test_the_pages_of_each_person(furnished, open_page, checked, number):
    page = open_page()
    activate(page, number, furnished.code_of(number))
    paths = find_pages(page.context, furnished.url)
    assert len(paths) > 8
    found = []
    for path in paths:
        if path != "/" and pattern_of(path) in checked:
            continue
        page.goto(path)
        found += mistakes(page, path)
    checked.update(pattern_of(path) for path in paths)
    assert found == []


@pytest.mark.parametrize("look", [{}, {"text": "large"}])
def test_the_pages_before_signing_in(server, open_page, look):
    page = open_page("phone")
    for name, value in look.items():
        page.context.add_cookies([{"name": name, "value": value, "url": server.url}])
    for path in ("/sign-in", "/activate", "/no-such-page"):
        page.goto(path)
        assert mistakes(page, path) == []
        width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, path


def test_the_first_key_leads_to_the_content(server, open_page):
    page = open_page()
    page.goto("/no-such-page")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"

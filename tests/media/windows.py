"""Windows of a real Chromium onto the application under test, with its real content policy."""

import threading
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from lms.web.assets import DIST
from tests.browser.conftest import SIZES
from tests.pages import LintingClient, sign_in

marks = [
    pytest.mark.browser,
    pytest.mark.skipif(not (DIST / "manifest.json").is_file(), reason="the front end is not built"),
    # The server inside the test leaves a file open that a browser turns away from while it loads.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]


@contextmanager
def served(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def window(app, people, browser):
    """Open pages as a member; what the policy refuses and what breaks fails the test."""
    faults = []
    contexts = []
    with served(app) as url:

        def new(number="learner", size="desktop"):
            context = browser.new_context(base_url=url, locale="zh-CN", **SIZES[size])
            context.set_default_timeout(20_000)
            contexts.append(context)
            client = sign_in(LintingClient(app), number)
            cookie = client.get_cookie("session")
            context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
            page = context.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on(
                "console",
                lambda line: (
                    faults.append(line.text)
                    if line.type == "error" and "Failed to load" not in line.text
                    else None
                ),
            )
            return page

        yield new
        for context in contexts:
            context.close()
    assert faults == []


def wait(page, expression):
    """Ask until it is true; the page's policy forbids Playwright's own polling."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(expression)

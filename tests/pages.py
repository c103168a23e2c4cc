"""The page linter, and a test client that lints every page it fetches."""

import re
from typing import Any

from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from lxml import html
from werkzeug.test import TestResponse

from lms.db import db
from lms.members.queries import find_member_by_number
from lms.members.session import open_session

HANDLER = re.compile(r"^on[a-z]+$")
EXTERNAL = re.compile(r"^(https?:)?//", re.IGNORECASE)
HIDDEN_INPUTS = ("hidden", "submit", "button", "reset", "image")


def lint(page: str) -> list[str]:
    """What is wrong with an HTML page; empty when it is in order."""
    tree = html.document_fromstring(page)
    problems: list[str] = []
    if not (tree.findtext(".//title") or "").strip():
        problems.append("no title")
    if not tree.get("lang"):
        problems.append("no lang on html")
    if (count := len(tree.findall(".//h1"))) != 1:
        problems.append(f"{count} h1 headings")
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    problems += [f"id {name} twice" for name in sorted({i for i in ids if ids.count(i) > 1})]
    for element in tree.iter():
        if isinstance(element.tag, str):
            problems += _lint_element(element, set(ids))
    return problems


def _lint_element(element: Any, ids: set[str]) -> list[str]:
    problems = [f"<{element.tag}> has {name}" for name in element.attrib if HANDLER.match(name)]
    if element.get("style") is not None:
        problems.append(f"<{element.tag}> has style=")
    if element.tag == "style":
        problems.append("inline <style>")
    if (
        element.tag == "script"
        and not element.get("src")
        and element.get("type") != "application/json"
    ):
        problems.append("inline <script>")
    for name in ("src", "href", "action", "poster"):
        value = element.get(name) or ""
        loads = element.tag not in ("a", "area")
        if value.lower().startswith("javascript:") or (loads and EXTERNAL.match(value)):
            problems.append(f"<{element.tag} {name}={value[:60]}>")
    if element.tag == "img" and element.get("alt") is None:
        problems.append("<img> without alt")
    if element.tag == "form":
        problems += _lint_form(element)
    if element.tag in ("input", "select", "textarea") and not _is_labelled(element, ids):
        problems.append(f"<{element.tag} name={element.get('name')}> has no label")
    if element.tag in ("button", "a") and not _has_name(element):
        problems.append(f"<{element.tag}> without a name: {html.tostring(element)[:80]!r}")
    return problems


def _lint_form(form: Any) -> list[str]:
    if (form.get("method") or "get").lower() != "post":
        return []
    if not form.xpath(".//input[@name='csrf_token']"):
        return [f"form {form.get('action')} has no csrf token"]
    return []


def _is_labelled(element: Any, ids: set[str]) -> bool:
    if element.tag == "input" and element.get("type") in HIDDEN_INPUTS:
        return True
    if element.get("aria-label") or element.get("title"):
        return True
    if any(name in ids for name in (element.get("aria-labelledby") or "").split()):
        return True
    if any(True for _ in element.iterancestors("label")):
        return True
    name = element.get("id")
    return bool(name) and bool(element.getroottree().xpath("//label[@for=$name]", name=name))


def _has_name(element: Any) -> bool:
    if element.text_content().strip() or element.get("aria-label") or element.get("title"):
        return True
    if element.tag == "a" and not element.get("href"):
        return True
    return bool(element.xpath(".//img[@alt!='']|.//*[@aria-label]|.//*[local-name()='title']"))


class LintingClient(FlaskClient):
    """A test client that sends CSRF tokens by itself and lints every page it gets."""

    def __init__(self, app: Flask, *args: Any, **kwargs: Any) -> None:
        super().__init__(app, *(args or (app.response_class,)), **kwargs)
        self.token = ""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Fetch; a POST carries the CSRF token of this client's session.

        What the test itself read or left uncommitted is rolled back first: outside a request a
        read on SQLite holds the write lock, and the page would wait for it.
        """
        db.session.rollback()
        if kwargs.get("method", "GET") in ("POST", "PUT", "PATCH", "DELETE"):
            headers = dict(kwargs.pop("headers", None) or {})
            headers.setdefault("X-CSRFToken", self.csrf_token())
            kwargs["headers"] = headers
        # A context of its own: otherwise all requests of a test would share one `g`, and with it
        # the first person who signed in.
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and not response.is_streamed and response.data:
            page = response.get_data(as_text=True)
            if page.lstrip().lower().startswith("<!doctype"):
                assert lint(page) == [], response.request.path
        return response

    def csrf_token(self) -> str:
        """The token of the session; nobody's is read from a page on first use."""
        if not self.token:
            page = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/sign-in").text)
            assert page, "no csrf token on the page"
            self.token = page.group(1)
        return self.token


def sign_in(client: LintingClient, number: str) -> LintingClient:
    """Open a session row for the person and give the client its cookie and CSRF token."""
    member = find_member_by_number(number)
    assert member is not None, number
    app, member_id = client.application, member.id
    db.session.rollback()
    # A context of its own, since the token of one person would stay in `g` for the next.
    with app.app_context(), app.test_request_context("/", method="POST"):
        open_session(member_id)
        db.session.commit()
        client.token = generate_csrf()
        response = app.make_response("")
        app.session_interface.save_session(app, session, response)
    cookie = response.headers["Set-Cookie"].split(";")[0].split("=", 1)
    client.set_cookie(cookie[0], cookie[1])
    return client

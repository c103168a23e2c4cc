"""Tests of leaving the window of a test that sets a limit: the taker is told, then handed in."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from playwright.sync_api import Page, Request, Route, expect
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.quizzes.models import AttemptEvent
from tests.browser.exam import attempt_of, begin, publish

NOTES = "**/note"
SWITCH = """state => {
  Object.defineProperty(document, "visibilityState", { get: () => state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def leave_for_a_while(page: Page, attempt_id: int) -> None:
    """To another window, and back after what the server takes for twenty seconds."""
    with page.expect_response(lambda answer: '"left"' in (answer.request.post_data or "")):
        page.evaluate(SWITCH, "hidden")
    query = select(AttemptEvent).where(AttemptEvent.attempt_id == attempt_id)
    last = db.session.scalars(query.order_by(AttemptEvent.id.desc())).first()
    assert last is not None and last.kind == "left"
    last.at = clock.now() - timedelta(seconds=20)
    db.session.commit()
    db.session.remove()
    page.evaluate(SWITCH, "visible")


def test_the_taker_is_told_and_then_handed_in(
    open_page: Callable[..., Page], school: Flask
) -> None:
    page = open_page("phone", "member")
    address = publish("不许离开", leave_limit=2)
    page.goto(address)
    expect(page.get_by_text("离开 2 次自动交卷")).to_be_visible()
    begin(page, address)
    expect(page.get_by_text("离开窗口满 2 次自动交卷")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.reload()  # is no leaving
    expect(page.get_by_text("离开窗口满 2 次自动交卷")).to_be_visible()
    page.wait_for_load_state("networkidle")  # the notes of both pages have arrived
    attempt_id = attempt_of(page)
    leave_for_a_while(page, attempt_id)
    expect(page.get_by_text("你离开过窗口 1 次")).to_be_visible()
    leave_for_a_while(page, attempt_id)
    page.wait_for_url("**/result")
    expect(page.get_by_text("离开窗口的次数到了限制，由系统交卷")).to_be_visible()


def test_notes_arrive_in_the_order_in_which_things_happened(
    open_page: Callable[..., Page], school: Flask
) -> None:
    page = open_page("desktop", "member")
    address = publish("先后有序", leave_limit=5)
    begin(page, address)
    attempt_id = attempt_of(page)
    expect(page.get_by_text("离开窗口满 5 次自动交卷")).to_be_visible()
    page.wait_for_load_state("networkidle")  # the note of the page's own arrival
    held: list[Route] = []
    sent: list[str] = []

    def hold_the_first(route: Route, request: Request) -> None:
        sent.append((request.post_data_json or {})["kind"])
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route(NOTES, hold_the_first)
    page.evaluate(SWITCH, "hidden")
    page.evaluate(SWITCH, "visible")
    page.evaluate(SWITCH, "hidden")
    page.wait_for_timeout(500)
    assert sent == ["left"]
    answered = iter(range(1, 4))
    with page.expect_response(lambda one: one.url.endswith("/note") and next(answered) == 3):
        held[0].continue_()
    page.unroute(NOTES)
    query = select(AttemptEvent.kind).where(AttemptEvent.attempt_id == attempt_id)
    kinds = db.session.scalars(query.order_by(AttemptEvent.id)).all()
    db.session.remove()
    assert [kind for kind in kinds if kind in sent][-3:] == ["left", "returned", "left"]

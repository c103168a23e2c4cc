"""Tests of taking a test in a browser: without network, on a phone, by keyboard alone."""

from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.members.queries import find_actor_by_number
from lms.quizzes.contest_actions import add_teams, publish_contest
from lms.quizzes.contest_models import Contest
from lms.quizzes.models import Answer, Attempt, AttemptState
from tests.browser.exam import attempt_of, begin, publish, root, wait_for_script
from tests.browser.school import hand_in

KEYS = ("a", "ab", "a", "立即 负责人", "119 120", "停电 验电 挂牌", "1", "119", "b 停机")


def stored(attempt_id: int) -> int:
    """How many answers the server holds."""
    count = len(db.session.scalars(select(Answer).where(Answer.attempt_id == attempt_id)).all())
    db.session.remove()
    return count


def right_option(question: Locator, text: str) -> None:
    question.locator(".q-option").filter(has_text=text).click()


def test_answers_given_without_network_arrive_afterwards(open_page, school):
    page = open_page(who="member")
    questions = begin(page, publish("断网"))
    attempt_id = attempt_of(page)
    right_option(questions.nth(0), "预防")
    expect(page.locator(".quiz-state")).to_have_class("quiz-state is-saved")
    page.context.set_offline(True)
    right_option(questions.nth(1), "知情")
    right_option(questions.nth(1), "建议")
    blanks = questions.nth(3).locator("input[type=text]")
    blanks.nth(0).fill("立即")
    blanks.nth(1).fill("负责人")
    expect(page.get_by_text("2 题的答案先存在本机")).to_be_visible()
    assert stored(attempt_id) == 1
    page.get_by_role("button", name="交卷").first.click()
    page.get_by_role("dialog").get_by_role("button", name="交卷").click()
    expect(page.get_by_text("还没有交卷")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.context.set_offline(False)
    expect(page.get_by_text("答案已保存")).to_be_visible()
    assert stored(attempt_id) == 3
    hand_in(page)
    expect(page.get_by_text("答对 3 题")).to_be_visible()


def test_answers_given_without_network_outlive_the_page(open_page, school):
    page = open_page(who="member")
    context = page.context
    questions = begin(page, publish("关页"))
    attempt_id, address = attempt_of(page), page.url
    expect(page.get_by_text("答案已保存")).to_be_visible()
    context.set_offline(True)
    right_option(questions.nth(2), "正确")
    questions.nth(7).locator("input[type=text]").fill("119")
    questions.nth(6).get_by_text("标记").click()
    expect(page.get_by_text("3 题的答案先存在本机")).to_be_visible()
    page.close()
    assert stored(attempt_id) in (0, 3)  # its farewell may slip past a cut that is only emulated
    context.set_offline(False)
    page = context.new_page()
    page.goto(address)
    questions = page.locator(".quiz-question")
    expect(questions.nth(2).get_by_label("正确")).to_be_checked()
    expect(questions.nth(7).locator("input[type=text]")).to_have_value("119")
    expect(questions.nth(6).get_by_label("标记")).to_be_checked()
    expect(page.get_by_text("答案已保存")).to_be_visible()
    expect(page.locator(".quiz-navigator .is-answered")).to_have_count(2)
    assert stored(attempt_id) == 3


def test_answers_given_before_the_script_arrived_are_saved(open_page, school):
    page = open_page(who="member")
    refusals = iter((True,))
    page.route(
        "**/chunk-quiz-player*",
        lambda route: route.abort() if next(refusals, 0) else route.continue_(),
    )
    page.goto(publish("慢网"))
    page.get_by_role("button", name="开始考试").click()
    questions = page.locator(".quiz-question")
    right_option(questions.nth(0), "预防")
    questions.nth(4).locator("select").first.select_option(label="119")
    expect(page.locator(".quiz-navigator .is-answered")).to_have_count(2)
    expect(page.get_by_text("答案已保存")).to_have_class("quiz-state is-saved")
    assert stored(attempt_of(page)) == 2


@pytest.mark.slow
def test_time_that_runs_out_without_network_hands_in_afterwards(open_page, school):
    page = open_page(who="member")
    questions = begin(page, publish("到时", time_limit_seconds=3, grace_seconds=60))
    page.context.set_offline(True)
    right_option(questions.nth(0), "预防")
    expect(page.get_by_text("时间到，网络中断")).to_be_visible()
    page.context.set_offline(False)
    page.wait_for_url("**/result")
    expect(page.get_by_text("答对 1 题")).to_be_visible()


def test_a_new_sign_in_elsewhere_lets_the_page_go_on(open_page, school, signed_in):
    page = open_page(who="member")
    questions = begin(page, publish("重新登录"))
    attempt_id = attempt_of(page)
    expect(page.get_by_text("答案已保存")).to_be_visible()
    page.context.clear_cookies()
    right_option(questions.nth(0), "预防")
    expect(page.get_by_text("登录已失效")).to_be_visible()
    page.context.add_cookies(signed_in("member")["cookies"])
    other = page.context.new_page()
    other.goto("/quizzes/")
    other.close()
    right_option(questions.nth(2), "正确")
    expect(page.get_by_text("答案已保存")).to_be_visible()
    assert stored(attempt_id) == 2


def test_a_test_is_taken_on_a_phone(open_page, school):
    page = open_page("phone", "member")
    questions = begin(page, publish("手机", one_at_a_time=True, time_limit_seconds=3600))
    for place, keys in enumerate(KEYS):
        expect(questions.nth(place)).to_be_visible()
        expect(page.locator(".quiz-question:visible")).to_have_count(1)
        tap_answer(questions.nth(place), keys)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        if place < len(KEYS) - 1:
            page.get_by_role("button", name="下一题").tap()
    small = page.evaluate(
        """() => [...document.querySelectorAll(".quiz :is(button, a, .q-option, .q-flag)")]
          .filter((e) => e.offsetParent && Math.min(e.offsetWidth, e.offsetHeight) < 40)
          .map((e) => `${e.className} ${e.offsetWidth}x${e.offsetHeight}`)"""
    )
    assert small == []
    expect(page.get_by_role("timer")).to_be_in_viewport()
    page.get_by_role("button", name="交卷").first.tap()
    page.get_by_role("dialog").get_by_role("button", name="交卷").tap()
    page.wait_for_url("**/result")
    expect(page.get_by_text("答对 9 题")).to_be_visible()


def tap_answer(question: Locator, keys: str) -> None:
    """Answer by touch and the on-screen keyboard; `keys` as in KEYS."""
    words = keys.split()
    options = question.locator(".q-option")
    if options.count():
        for letter in words.pop(0):
            options.locator("input").nth(shown_place(question, letter)).tap()
    selects = question.locator("select")
    texts = question.locator(".q-row-text").all_inner_texts()
    for place in range(selects.count()):
        ordered = question.get_by_label("第几位").count()
        label = f"第 {words.index(texts[place].strip()) + 1} 位" if ordered else words[place]
        selects.nth(place).select_option(label=label)
    for place, blank in enumerate(question.locator("input[type=text]").all()):
        blank.fill(words[place])


def shown_place(question: Locator, letter: str) -> int:
    """Where the option that is `letter` in the bank stands on this paper."""
    keys = [each.get_attribute("value") for each in question.locator(".q-option input").all()]
    return keys.index(letter) if letter in keys else "ab".index(letter)


def test_a_test_is_taken_by_keyboard_alone(open_page, school):
    page = open_page(who="member")
    title = "键盘"
    address = publish(title)
    page.goto("/quizzes/")
    press_on(page, page.get_by_role("link", name=title), "Enter")
    page.wait_for_url(f"**{address}")
    press_on(page, page.get_by_role("button", name="开始考试"), "Enter")
    page.wait_for_url("**/attempts/*")
    questions = page.locator(".quiz-question")
    wait_for_script(page)
    tab_to(page, questions.nth(0).locator("input[name^=q]").first)
    for place, keys in enumerate(KEYS):
        type_answer(page, questions.nth(place), keys)
        if place < len(KEYS) - 1:
            tab_to(page, questions.nth(place + 1).locator("input[name^=q], select").first)
    attempt_id = attempt_of(page)
    press_on(page, page.locator("[data-goto='7']"), "Enter")
    expect(questions.nth(6).locator("input[type=text]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(questions.nth(7).locator("input[type=text]")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(questions.nth(7).get_by_label("标记")).to_be_checked()
    press_on(page, page.locator("[data-part=submit]"), "Enter")
    expect(page.get_by_role("dialog")).to_contain_text("1 题做了标记")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("[data-part=submit]")).to_be_focused()
    page.keyboard.press("Enter")
    press_on(page, page.locator("[data-part=confirm]"), "Enter")
    page.wait_for_url("**/result")
    expect(page.get_by_text("答对 9 题")).to_be_visible()
    assert db.session.get_one(Attempt, attempt_id).state is AttemptState.SUBMITTED


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the keyboard."""
    for _press in range(80):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {target}")


def press_on(page: Page, target: Locator, key: str) -> None:
    tab_to(page, target)
    page.keyboard.press(key)


def type_answer(page: Page, question: Locator, keys: str) -> None:
    """Answer with Tab, Space, arrows and letters; `keys` as in KEYS."""
    words = keys.split()
    boxes = question.locator(".q-option input")
    if boxes.count():
        for letter in words.pop(0):
            place = shown_place(question, letter)
            if boxes.first.get_attribute("type") == "checkbox":
                press_on(page, boxes.nth(place), "Space")
            else:
                tab_to(page, boxes.first)
                page.keyboard.press("Space")
                for _step in range(place):
                    page.keyboard.press("ArrowDown")
    texts = question.locator(".q-row-text").all_inner_texts()
    for place, choice in enumerate(question.locator("select").all()):
        tab_to(page, choice)
        labels = choice.locator("option").all_inner_texts()
        ordered = question.get_by_label("第几位").count()
        label = f"第 {words.index(texts[place].strip()) + 1} 位" if ordered else words[place]
        for _step in range(labels.index(label)):
            page.keyboard.press("ArrowDown")
    for place, blank in enumerate(question.locator("input[type=text]").all()):
        tab_to(page, blank)
        page.keyboard.type(words[place])


@pytest.mark.slow
def test_the_board_of_a_contest_follows_along(open_page, school):
    paper_id = int(publish("竞赛卷").rsplit("/", 1)[1])
    chief = find_actor_by_number("teacher")
    window = {"opens_at": clock.now(), "closes_at": clock.now() + timedelta(minutes=9)}
    contest = Contest(title="竞赛", unit_id=root(), audience_unit_id=root(), **window)
    contest.paper_id, contest.created_at, contest.changed_at = paper_id, clock.now(), clock.now()
    contest.is_board_on = True
    db.session.add(contest)
    db.session.flush()
    add_teams(contest, root(), children=True, by=chief)
    publish_contest(contest, by=chief)
    address = f"/quizzes/contests/{contest.id}"
    db.session.commit()
    db.session.remove()
    board, page = open_page("phone", "member"), open_page(who="member")
    board.goto(f"{address}/board")
    own = board.locator(".contest-team.is-own")
    expect(own).to_contain_text("交卷 0")
    assert board.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(address)
    page.get_by_role("button", name="开始作答").click()
    wait_for_script(page)
    right_option(page.locator(".quiz-question").nth(0), "预防")
    hand_in(page)
    page.get_by_role("link", name="回到竞赛").click()
    expect(page.get_by_text("你已交卷")).to_be_visible()
    expect(own).to_contain_text("交卷 1", timeout=15_000)
    expect(own.locator(".contest-score")).to_contain_text("0.2")
    expect(board.get_by_role("timer")).to_contain_text("08:")

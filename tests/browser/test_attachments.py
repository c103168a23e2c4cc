"""Tests of handing in files with an essay: across reloads and devices, to the marker."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from lms.db import db
from lms.quizzes.bank_actions import create_question
from lms.quizzes.definition import Definition, Kind, Rule
from lms.quizzes.models import Bank
from lms.quizzes.paper_actions import add_questions_to, create_paper, publish_paper
from tests.browser.exam import BANK, begin, root
from tests.browser.school import hand_in

pytestmark = pytest.mark.slow


@pytest.fixture
def essay_paper(school: Flask) -> str:
    """A published paper of one essay that takes files; its address."""
    bank = db.session.scalars(select(Bank).where(Bank.code == BANK)).one()
    essay = Definition(
        kind=Kind.ESSAY, rule=Rule.PER_PART, text="写一份整改方案。", allows_files=True
    )
    made = create_question(bank, essay, by=None)
    paper = create_paper(title="论述", unit_id=root(), by=None)
    add_questions_to(paper.sections[0], [made], points=Decimal(10))
    publish_paper(paper, by=None)
    address = f"/quizzes/papers/{paper.id}"
    db.session.commit()
    db.session.remove()
    return address


def attach(page: Page, path: Path) -> Locator:
    page.locator("[data-part=file]").set_input_files(path)
    link = page.get_by_role("link", name=path.name)
    expect(link).to_be_visible()
    return link


def test_files_reach_the_marker(
    open_page: Callable[..., Page],
    essay_paper: str,
    tmp_path: Path,
) -> None:
    plan, photo = tmp_path / "方案.docx", tmp_path / "照片.jpg"
    plan.write_bytes(b"PK plan")
    photo.write_bytes(b"\xff\xd8\xff photo")
    page = open_page(who="member")
    begin(page, essay_paper)
    attach(page, plan)
    attach(page, photo)
    expect(page.locator(".quiz-state")).to_have_class("quiz-state is-saved")
    expect(page.locator("[data-goto='1']")).to_have_class("is-answered")

    phone = open_page("phone", "member")
    phone.goto(page.url)
    expect(phone.get_by_role("link", name="方案.docx")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    phone.get_by_role("button", name="移除照片.jpg").click()
    expect(phone.get_by_role("link", name="照片.jpg")).to_be_hidden()
    expect(phone.locator(".quiz-state")).to_have_class("quiz-state is-saved")

    page.reload()
    expect(page.get_by_role("link", name="方案.docx")).to_be_visible()
    expect(page.get_by_role("link", name="照片.jpg")).to_be_hidden()
    hand_in(page)
    expect(page.get_by_text("还有题目等待评阅")).to_be_visible()

    marker = open_page(who="teacher")
    marker.goto("/quizzes/marking")
    marker.get_by_role("link", name="写一份整改方案").click()
    with marker.expect_download() as opened:
        marker.get_by_role("link", name="方案.docx").click()
    assert Path(opened.value.path()).read_bytes() == b"PK plan"

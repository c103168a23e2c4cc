"""A bank and papers for the browser tests, made by the product's own code, and steps in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from config import Settings
from lms import create_app
from lms.db import db
from lms.members.models import OrgUnit
from lms.quizzes.bank_actions import create_bank, create_question
from lms.quizzes.definition import Definition, Kind, default_rule
from lms.quizzes.formats.written import Written, understand
from lms.quizzes.models import Bank, Question
from lms.quizzes.paper_actions import add_questions_to, create_paper, publish_paper

BANK = "taking"
WRITTEN = (
    Written("1", text="方针是什么？", options=["预防", "整改", "追责"], answer="A"),
    Written("2", text="哪些是权利？", options=["知情", "建议", "怠工"], answer="AB"),
    Written("3", text="发现火情应当先报警。", answer="正确"),
    Written("4", text="应当____向____报告。", answer="立即；负责人"),
    Written(
        "5",
        kind="配对题",
        text="电话",
        options=["火警 -> 119", "急救 -> 120", "-> 12315"],
        answer="",
    ),
    Written("6", kind="排序题", text="步骤", options=["停电", "验电", "挂牌"], answer="ABC"),
    Written("7", kind="数值题", text="灭火器每几个月检查一次？", answer="1"),
    Written("8", kind="简答题", text="火警电话？", answer="119"),
)
MATERIAL = (
    Written("1", text="甲的做法对吗？", answer="错误"),
    Written("2", text="他应当先____。", answer="停机"),
)


@contextmanager
def school_of(data_dir: Path) -> Iterator[Flask]:
    """The product's own code on the data of a running server, with a bank of all kinds."""
    app = create_app(
        Settings(
            data_dir=data_dir,
            secret_key="only reads and writes the database",
            database_url=f"sqlite:///{data_dir / 'xueshi.db'}",
            log_level="ERROR",
        )
    )
    with app.test_request_context(method="POST"):  # so that each transaction begins as a write
        if db.session.scalar(select(Bank).where(Bank.code == BANK)) is None:
            bank = create_bank(code=BANK, title="考试用题", unit_id=root(), by=None)
            for definition in [*map(definition_of, WRITTEN), material()]:
                create_question(bank, definition, by=None)
        db.session.commit()
        db.session.remove()
        yield app
        db.session.remove()
        db.engine.dispose()


def root() -> int:
    return db.session.scalars(select(OrgUnit.id).where(OrgUnit.code == "root")).one()


def publish(title: str, **settings: object) -> str:
    """Publish a paper of all kinds of questions that a machine grades; its address."""
    ours = select(Bank.id).where(Bank.code == BANK)
    questions = db.session.scalars(
        select(Question).where(Question.bank_id.in_(ours)).order_by(Question.id)
    )
    paper = create_paper(title=title, unit_id=root(), by=None, **settings)
    add_questions_to(paper.sections[0], questions, points=Decimal(1))
    publish_paper(paper, by=None)
    address = f"/quizzes/papers/{paper.id}"
    db.session.commit()
    db.session.remove()
    return address


def definition_of(written: Written) -> Definition:
    definition = understand(written).definition
    assert definition is not None
    return definition


def material() -> Definition:
    return Definition(
        kind=Kind.MATERIAL,
        text="某日，甲发现机器冒烟，继续操作。",
        rule=default_rule(Kind.MATERIAL),
        parts=tuple(definition_of(written) for written in MATERIAL),
    )


def begin(page: Page, address: str) -> Locator:
    """Start the test; its questions."""
    page.goto(address)
    page.get_by_role("button", name="开始考试").click()
    wait_for_script(page)
    return page.locator(".quiz-question")


def wait_for_script(page: Page) -> None:
    expect(page.locator("[data-goto='1']")).to_have_attribute("aria-current", "true")


def attempt_of(page: Page) -> int:
    """The id of the attempt that is open."""
    return int(page.locator("form.quiz").get_attribute("data-attempt") or 0)

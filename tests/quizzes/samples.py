"""Questions and papers that the tests of this part begin with."""

from dataclasses import dataclass
from decimal import Decimal

from lms.db import db
from lms.members.policy import Actor
from lms.quizzes.bank_actions import create_bank, create_question
from lms.quizzes.definition import Definition
from lms.quizzes.formats.written import Written, understand
from lms.quizzes.models import Paper, Question
from lms.quizzes.paper_actions import add_questions_to, create_paper, publish_paper

WRITTEN = (
    Written("1", text="方针是什么？", options=["甲", "乙", "丙"], answer="A", explanation="第三条"),
    Written("2", text="哪些是权利？", options=["知情", "建议", "拒绝", "怠工"], answer="ABC"),
    Written("3", text="主要负责人是第一责任人。", answer="正确"),
    Written("4", text="应当____向____报告。", answer="立即；负责人|本单位负责人"),
)


def make_definition(number: int) -> Definition:
    """Sample 1 to 4: single, multiple, true or false, two blanks."""
    definition = understand(WRITTEN[number - 1]).definition
    assert definition is not None
    return definition


@dataclass(frozen=True, slots=True)
class Made:
    """A published paper of four questions, 2 points each."""

    paper_id: int
    bank_id: int
    question_ids: list[int]


def make_paper(by: Actor, unit_id: int, *, publish: bool = True, **settings: object) -> Made:
    """A bank with the four samples and a paper of them, committed."""
    code = f"bank-{db.session.query(Question).count()}-{unit_id}"
    bank = create_bank(code=code, title="安全题库", unit_id=unit_id, by=by)
    questions = [create_question(bank, make_definition(number), by=by) for number in (1, 2, 3, 4)]
    options: dict[str, object] = {"time_limit_seconds": 600, **settings}
    paper: Paper = create_paper(title="安全测试", unit_id=unit_id, by=by, **options)
    add_questions_to(paper.sections[0], questions, points=Decimal(2))
    if publish:
        publish_paper(paper, by=by)
    made = Made(paper.id, bank.id, [question.id for question in questions])
    db.session.commit()
    return made


RIGHT = {
    "q1": ["a"],
    "q2": ["a", "b", "c"],
    "q3": ["true"],
    "q4-g-1": ["立即"],
    "q4-g-2": ["负责人"],
}


def answer(slot: int, sequence: int = 1, **fields: list[str]) -> dict[str, object]:
    """An answer as the page's script sends it."""
    given = {name.replace("_", "-"): value for name, value in fields.items()}
    return {"slot": slot, "sequence": sequence, "fields": given}


def right_answers(sequence: int = 1) -> list[dict[str, object]]:
    """The right answers to all four."""
    return [
        {
            "slot": slot,
            "sequence": sequence,
            "fields": {name: values for name, values in RIGHT.items() if name[1] == str(slot)},
        }
        for slot in (1, 2, 3, 4)
    ]

"""Every deed that is recorded has words, so that the audit page shows no codes."""

import ast
import re
from pathlib import Path

from lms.home.audit_words import ACTIONS, SUBJECTS
from lms.members.scope import ContentState

LMS = Path(__file__).parents[2] / "lms"
RECORDING = {"record", "_audit", "_set_state"}
CODE = re.compile(r"[a-z_]+\.[a-z_]+")
BUILT = {f"library.{state.value}" for state in ContentState}
BUILT |= {f"attempt.{kind}" for kind in ("extended", "forced", "voided")}
BUILT |= {"member.suspend", "member.resume"}


def recorded():
    """The actions and kinds that stand in calls which record."""
    actions, kinds = set(BUILT), set()
    for path in LMS.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if name not in RECORDING:
                continue
            for part in (found for argument in call.args for found in ast.walk(argument)):
                value = getattr(part, "value", None)
                if isinstance(value, str) and CODE.fullmatch(value):
                    actions.add(value)
            for keyword in call.keywords:
                if keyword.arg == "subject_kind" and isinstance(keyword.value, ast.Constant):
                    kinds.add(keyword.value.value)
    return actions, kinds


def test_every_action_and_every_kind_has_words():
    actions, kinds = recorded()
    assert len(actions) > 60
    assert actions == ACTIONS.keys()
    assert kinds | {""} == SUBJECTS.keys()


def test_the_page_shows_words(client_of):
    client = client_of("operator")
    client.post("/people/units", data={"name": "新单位", "code": "new-unit"})
    page = client.get("/audit").text
    assert "操作记录" in page and "新建单位" in page
    assert not re.search(r">\s*(unit|member|course)\.[a-z_]+\s*<", page)

"""The plug-in table of what can be studied: other parts register their documents here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from lms.courses.kinds import Measure, StudyFacts
from lms.errors import NotFound
from lms.members.policy import Actor


@dataclass(frozen=True, slots=True)
class Subject:
    """One lesson or document as the study clock sees it."""

    kind: str
    id: int
    title: str
    url: str
    measure: Measure
    no_skip: bool = False
    attention_checks: bool = False
    is_required: bool = False  # counts for the required part of a requirement


@dataclass(frozen=True, slots=True)
class Studied:
    """What a part made of the facts it was handed."""

    fraction: float
    is_completed: bool


def _unmeasured(_subject_id: int) -> Measure | None:
    return None


def _no_tests(_subject_id: int) -> Sequence[int]:
    return ()


def _never(_subject_id: int, _member_id: int) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """One kind of thing that can be studied.

    find(subject_id, actor) -> Subject: raises NotFound for what the person may not see.
    title(subject_id) -> str | None: what it is called, for the ledger; None when it is gone.
    studied(subject_id, *, member_id, facts: StudyFacts, at: datetime) -> Studied | None: takes what
    the clock accepted, in the caller's transaction; None where the part keeps no progress.
    measure(subject_id) -> Measure | None: how much there is to study, whoever asks; None when it is
    gone.
    tests(subject_id) -> lesson ids: the tests that have to be passed beside finishing it, where the
    rules say so.
    is_required(subject_id, member_id) -> bool: whether it counts for the member's required part.
    """

    code: str
    label: Any  # lazy text
    find: Callable[[int, Actor], Subject]
    title: Callable[[int], str | None]
    studied: Callable[..., Studied | None]
    measure: Callable[[int], Measure | None] = _unmeasured
    tests: Callable[[int], Sequence[int]] = _no_tests
    is_required: Callable[[int, int], bool] = _never


_kinds: dict[str, SubjectKind] = {}


def register(kind: SubjectKind) -> None:
    """Add a kind to the table; registering the same code again replaces it."""
    _kinds[kind.code] = kind


def get_subject(kind: str, subject_id: int, *, actor: Actor) -> Subject:
    """The subject, if the person may see it; raises NotFound."""
    found = _kinds.get(kind)
    if found is None:
        raise NotFound(_("没有找到要学习的内容，它可能已被移走。"))
    return found.find(subject_id, actor)


def hand_down(
    kind: str, subject_id: int, *, member_id: int, facts: StudyFacts, at: datetime
) -> Studied | None:
    """Give the facts to the part that keeps progress of this kind; an unknown kind keeps none."""
    found = _kinds.get(kind)
    return found.studied(subject_id, member_id=member_id, facts=facts, at=at) if found else None


def title_of(kind: str, subject_id: int) -> str:
    """What a subject is called, for the record; also when it is gone by now."""
    found = _kinds.get(kind)
    return (found.title(subject_id) if found else None) or _("已移走的内容")


def measure_of(kind: str, subject_id: int) -> Measure | None:
    """How much there is to study in a subject; None when nobody knows any more."""
    found = _kinds.get(kind)
    return found.measure(subject_id) if found else None


def tests_of(kind: str, subject_id: int) -> Sequence[int]:
    """The lessons that are the tests of a subject's course."""
    found = _kinds.get(kind)
    return found.tests(subject_id) if found else ()


def counts_as_required(kind: str, subject_id: int, *, member_id: int) -> bool:
    """Whether credit for a subject belongs to the required part of the member's requirement."""
    found = _kinds.get(kind)
    return found is not None and found.is_required(subject_id, member_id)


def label_of(kind: str) -> str:
    """What people call things of this kind."""
    found = _kinds.get(kind)
    return str(found.label) if found else kind

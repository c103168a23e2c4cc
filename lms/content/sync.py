"""Brings a content folder into the database: what is new or changed, each thing in a transaction.

A thing that has been brought in is remembered with its hash, so that a second run reads the files,
asks the database one question and changes nothing; a run that was stopped goes on where it was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lms.content.course_writer import put_course
from lms.content.folder import (
    BankEntry,
    ContentFolder,
    CourseEntry,
    DocumentEntry,
    PaperEntry,
)
from lms.content.known import Known
from lms.content.publishing import publish_or_wait
from lms.content.quiz_writer import put_bank, put_paper
from lms.db import db
from lms.errors import Invalid
from lms.library.actions import import_text


@dataclass(slots=True)
class SyncReport:
    """What a run did, by the keys of things; `kept` are papers whose questions are in use."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)


def sync(folder: ContentFolder, *, unit_id: int) -> SyncReport:
    """Bring in everything that is new or changed, for the unit `unit_id`; commits as it goes.

    Raises Invalid, with nothing changed, when the folder has problems.
    """
    if folder.problems:
        raise Invalid("the content folder has problems")
    known, report = Known(), SyncReport()
    writer = _Writer(known, report, unit_id)
    for key, entry, put in writer.things(folder):
        before = known.digest(key)
        if before == entry.digest:
            report.unchanged += 1
            continue
        put(entry)
        db.session.commit()
        (report.changed if before else report.added).append(key)
    db.session.rollback()
    return report


@dataclass(frozen=True, slots=True)
class _Writer:
    """Puts each kind of thing where it belongs."""

    known: Known
    report: SyncReport
    unit_id: int

    def things(self, folder: ContentFolder) -> Iterator[tuple[str, Any, Callable[[Any], None]]]:
        """Everything in the folder, what others refer to first."""
        for bank in folder.banks:
            yield f"bank:{bank.code}", bank, self.bank
        for paper in folder.papers:
            yield f"paper:{paper.code}", paper, self.paper
        for text in folder.documents:
            yield f"document:{text.code}", text, self.document
        for course in folder.courses:
            yield f"course:{course.code}", course, self.course

    def bank(self, entry: BankEntry) -> None:
        """A question bank."""
        put_bank(entry, self.known, unit_id=self.unit_id)

    def paper(self, entry: PaperEntry) -> None:
        """A paper."""
        if not put_paper(entry, self.known, unit_id=self.unit_id):
            self.report.kept.append(f"paper:{entry.code}")

    def document(self, entry: DocumentEntry) -> None:
        """A text of the library."""
        data = entry.path.read_bytes()
        saved = import_text(name=entry.path.name, data=data, unit_id=self.unit_id, by=None)
        self.known.put(f"document:{entry.code}", entry.digest, saved.document_id)

    def course(self, entry: CourseEntry) -> None:
        """A course; a new one is published as soon as it can be."""
        is_new = not self.known.digest(f"course:{entry.code}")
        course = put_course(entry, self.known, unit_id=self.unit_id)
        if is_new:
            publish_or_wait(course)

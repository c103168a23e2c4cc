"""Imports many files: reads outside of transactions, saves in batches, keeps a report."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lms.db import db
from lms.library.actions import Placement, save_in_steps
from lms.library.front_matter import split
from lms.library.models import Outcome
from lms.library.prepare import Prepared, fields_digest, prepare, text_digest
from lms.library.problems import Problem, Reason, Unreadable
from lms.library.queries import list_digests, list_known_names
from lms.library.reading import MOST_BYTES, read_file
from lms.library.titles import names
from lms.members.scope import ContentState

SUFFIXES = (".md", ".markdown", ".txt", ".docx", ".pdf", ".html", ".htm")
SKIPPED = ("readme",)
BATCH_PARAGRAPHS = 12_000
BATCH_FILES = 100
HEAD_BYTES = 16_384


@dataclass(slots=True)
class Report:
    """What an import did: counts by outcome, refused files, and what was not understood."""

    total: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, Unreadable]] = field(default_factory=list)
    remarks: list[tuple[str, Problem]] = field(default_factory=list)


def list_files(path: Path) -> list[Path]:
    """The file itself, or all files below a folder that can be read, in a fixed order."""
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and file.is_file()
        and file.stem.lower() not in SKIPPED
        and not file.name.startswith(".")
    )


class Importer:
    """Takes files one by one and saves them in batches, each in a short transaction."""

    def __init__(self, *, unit_id: int, is_draft: bool = False) -> None:
        state = ContentState.DRAFT if is_draft else ContentState.PUBLISHED
        self.place = Placement(unit_id, unit_id, state)
        self.report = Report()
        self.batch: list[Prepared] = []
        self.keys: set[str] = set()

    def run(
        self, files: Sequence[Path], *, base: Path, step: Callable[[int], object] = bool
    ) -> Report:
        """Import `files`; names without an id of their own are taken relative to `base`."""
        self.report.total = len(files)
        self.digests = list_digests(self.place.unit_id)
        self.known_names = list_known_names() | _names_in(files)
        db.session.rollback()
        for file in files:
            name = file.name if file == base else str(file.relative_to(base))
            try:
                self.take(file, name)
            except Unreadable as error:
                self.report.refused.append((name, error))
                self.report.counts["refused"] += 1
            step(1)
        self.save()
        return self.report

    def take(self, file: Path, name: str) -> None:
        """Read one file; an unchanged one is done, others wait for their batch."""
        if file.stat().st_size > MOST_BYTES:
            raise Unreadable(Reason.TOO_LARGE, limit=MOST_BYTES, found=file.stat().st_size)
        reading = read_file(file.read_bytes(), file.name)
        key = (reading.fields.source_key or str(Path(name).with_suffix("")))[:200]
        if key in self.keys:
            raise Unreadable(Reason.SAME_KEY)
        self.keys.add(key)
        if self.digests.get(key) == (text_digest(reading), fields_digest(reading.fields)):
            self.report.counts[Outcome.UNCHANGED] += 1
            return
        prepared = prepare(reading, source_key=key, known_names=self.known_names)
        self.report.remarks += [(name, problem) for problem in prepared.problems]
        self.batch.append(prepared)
        paragraphs = sum(len(one.paragraphs) for one in self.batch)
        if paragraphs >= BATCH_PARAGRAPHS or len(self.batch) >= BATCH_FILES:
            self.save()

    def save(self) -> None:
        """Commit what waits."""
        for prepared in self.batch:
            for saved in save_in_steps(prepared, self.place, by=None):
                if saved is None:
                    db.session.commit()
                else:
                    self.report.counts[saved.outcome] += 1
        db.session.commit()
        self.batch.clear()


def _names_in(files: Sequence[Path]) -> frozenset[str]:
    """The names of the works in these files, from their heads, so that they can cite each other."""
    found: set[str] = set()
    for file in files:
        if file.suffix.lower() not in (".md", ".markdown", ".txt"):
            continue
        with file.open("rb") as handle:
            text = handle.read(HEAD_BYTES).decode("utf-8", "ignore")
        try:
            head, _rest = split(text)
        except Unreadable:
            continue
        title = head.get("title")
        found.update(names(title) if isinstance(title, str) else ())
    return frozenset(found)

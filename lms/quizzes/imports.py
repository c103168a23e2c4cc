"""Importing questions: a file is kept, shown, and brought in only when confirmed. No commits."""

from dataclasses import dataclass, replace
from pathlib import PurePath

from flask_babel import gettext as _

from lms import clock
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.files.actions import storage, store_bytes
from lms.files.models import Blob
from lms.members.audit import record
from lms.members.policy import Actor
from lms.quizzes.bank_actions import NewQuestion, add_questions
from lms.quizzes.bank_files import add_files
from lms.quizzes.bank_queries import known_digests
from lms.quizzes.definition import Definition, digest, map_texts
from lms.quizzes.formats.parsed import ParsedFile, ParsedQuestion, Unreadable, repeated
from lms.quizzes.formats.reading import read_questions
from lms.quizzes.models import Bank, PendingImport
from lms.quizzes.richtext import clean_definition, clean_foreign, summary_of


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One question of the file as the preview shows it."""

    question: ParsedQuestion
    summary: str
    same_as: str  # where an equal question stands; empty when it is new


@dataclass(frozen=True, slots=True)
class Preview:
    """What confirming would do."""

    parsed: ParsedFile
    lines: tuple[PreviewLine, ...]

    @property
    def good(self) -> int:
        """How many questions would come in."""
        return sum(line.question.is_good and not line.same_as for line in self.lines)

    @property
    def bad(self) -> int:
        """How many cannot."""
        return sum(not line.question.is_good for line in self.lines)

    @property
    def repeats(self) -> int:
        """How many are there already."""
        return sum(line.question.is_good and bool(line.same_as) for line in self.lines)


def keep_file(bank: Bank, *, name: str, data: bytes, by: Actor) -> PendingImport:
    """Put the file aside until it is confirmed."""
    blob = store_bytes(data, PurePath(name).name[:200] or "import")
    pending = PendingImport(
        bank_id=bank.id,
        member_id=by.id,
        name=PurePath(name).name[:255] or "import",
        blob_id=blob.id,
        created_at=clock.now(),
    )
    db.session.add(pending)
    db.session.flush()
    return pending


def read_pending(pending: PendingImport) -> ParsedFile:
    """The questions of a kept file; slow for large files, so better outside of a transaction."""
    blob = db.session.get_one(Blob, pending.blob_id)
    name, key, size = pending.name, blob.key, blob.size_bytes
    db.session.rollback()
    data = b"".join(storage().read(key, 0, size))
    return parse(name, data)


def parse(name: str, data: bytes) -> ParsedFile:
    """The file's questions as they would be stored; Invalid with one sentence when unreadable."""
    try:
        parsed = read_questions(name, data)
    except Unreadable as error:
        raise Invalid(error.message) from error
    questions = tuple(
        replace(each, definition=clean_definition(each.definition, clean_foreign))
        if each.definition
        else each
        for each in parsed.questions
    )
    return replace(parsed, questions=questions)


def preview_of(parsed: ParsedFile, bank_id: int) -> Preview:
    """What importing the file into this bank would bring."""
    names = [digest(each.definition) if each.definition else "" for each in parsed.questions]
    known = known_digests(bank_id, {name for name in names if name})
    earlier = repeated(parsed.questions, names)
    lines = []
    for index, (question, name) in enumerate(zip(parsed.questions, names, strict=True)):
        same = ""
        if name and name in known:
            same = _("题库里已有")
        elif index in earlier:
            same = _("与%(place)s相同", place=earlier[index])
        summary = summary_of(question.definition) if question.definition else ""
        lines.append(PreviewLine(question, summary, same))
    return Preview(parsed, tuple(lines))


def import_parsed(
    bank: Bank, parsed: ParsedFile, *, by: Actor | None, with_repeats: bool = False
) -> int:
    """Add the good questions of a file; those that are there already only when asked for."""
    preview = preview_of(parsed, bank.id)
    chosen = [
        line.question
        for line in preview.lines
        if line.question.is_good and (with_repeats or not line.same_as)
    ]
    if not chosen:
        raise Conflict(_("没有可以导入的新题目。"))
    addresses = {
        name: store_bytes(data, PurePath(name).name[:200] or "file").id
        for name, data in parsed.attachments.items()
    }
    add_files(bank, addresses.values())
    add_questions(
        bank,
        [
            NewQuestion(
                with_files(each.definition, addresses),
                each.category,
                each.tags,
                each.difficulty,
            )
            for each in chosen
            if each.definition is not None
        ],
        by=by,
    )
    return len(chosen)


def with_files(definition: Definition, addresses: dict[str, int]) -> Definition:
    """The definition with the names of attachments replaced by the ids of the stored files."""
    if not addresses:
        return definition

    def change(text: str) -> str:
        for name, blob_id in addresses.items():
            text = text.replace(f"attachment:{name}", f"file-id:{blob_id}")
        return text

    changed: Definition = map_texts(definition, change)
    return changed


def confirm_import(
    pending: PendingImport, parsed: ParsedFile, *, by: Actor, with_repeats: bool
) -> int:
    """Bring the kept file into its bank, once."""
    if pending.confirmed_at is not None:
        raise Conflict(_("这个文件已经导入过了。"))
    bank = db.session.get_one(Bank, pending.bank_id)
    count = import_parsed(bank, parsed, by=by, with_repeats=with_repeats)
    pending.confirmed_at = clock.now()
    record(
        "bank.import",
        by=by,
        subject_kind="bank",
        subject_id=bank.id,
        detail={"name": pending.name, "count": count},
    )
    return count

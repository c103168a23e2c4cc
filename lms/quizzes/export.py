"""A whole bank as a file: collects the newest versions with categories, tags and stored files."""

import re

from flask_babel import gettext as _
from sqlalchemy import select

from lms.db import db
from lms.errors import NotFound
from lms.files.actions import storage
from lms.files.models import Blob
from lms.quizzes.bank_queries import definitions_of, newest_versions, tags_of
from lms.quizzes.definition import map_texts
from lms.quizzes.formats.docx_writer import write_docx
from lms.quizzes.formats.parsed import ParsedQuestion
from lms.quizzes.formats.writing import FORMATS, Exported, export
from lms.quizzes.models import Bank, Category, Question, QuestionState

FILE_ID = re.compile(r"file-id:(\d{1,18})")


def questions_of(bank: Bank) -> tuple[list[ParsedQuestion], dict[str, bytes]]:
    """All questions in use in the order they came in, and the files that they show."""
    rows = db.session.execute(
        select(Question, Category.path)
        .outerjoin(Category, Category.id == Question.category_id)
        .where(Question.bank_id == bank.id, Question.state != QuestionState.RETIRED)
        .order_by(Question.id)
    ).all()
    ids = [question.id for question, _path in rows]
    versions = newest_versions(ids)
    definitions = definitions_of(dict(versions.values()))
    tags = tags_of(ids)
    files: dict[str, bytes] = {}

    def linked(text: str) -> str:
        return FILE_ID.sub(lambda found: _attachment(int(found[1]), files), text)

    questions = [
        ParsedQuestion(
            place=str(question.id),
            definition=map_texts(definitions[versions[question.id][0]], linked),
            category=tuple(path.split("/")) if path else (),
            tags=tuple(tags[question.id]),
            difficulty=question.difficulty,
        )
        for question, path in rows
    ]
    return questions, files


def _attachment(blob_id: int, files: dict[str, bytes]) -> str:
    blob = db.session.get(Blob, blob_id)
    if blob is None:
        return ""
    name = f"{blob.sha256[:12]}-{re.sub(r'[^A-Za-z0-9._-]', '_', blob.name)[-60:]}"
    if name not in files:
        files[name] = b"".join(storage().read(blob.key, 0, blob.size_bytes))
    return f"attachment:{name}"


def export_bank(bank: Bank, name: str) -> Exported:
    """The bank in the format called `name`, with what the format could not carry."""
    questions, files = questions_of(bank)
    if name == "docx":
        definitions = [each.definition for each in questions if each.definition]
        return Exported(write_docx(bank.title, definitions, files), len(definitions), ())
    if name not in FORMATS:
        raise NotFound(_("没有这种格式。"))
    return export(questions, name, files)

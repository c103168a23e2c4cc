"""What search finds of this part: tests by their titles, and questions for those who keep them.

A bank has no audience: its questions are found by the administrators of its unit and by nobody
else, which the engine decides when it looks, as for every draft.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from lms.db import db
from lms.members.scope import ContentState
from lms.quizzes.bank_queries import definitions_of, newest_versions
from lms.quizzes.definition import Definition, map_texts
from lms.quizzes.models import Bank, Category, Paper, Question, QuestionState
from lms.quizzes.richtext import plain_of, summary_of
from lms.quizzes.words import KINDS
from lms.search.sources import Document, Passage, Source


def list_paper_ids() -> Sequence[int]:
    """All tests that are not archived."""
    return db.session.scalars(select(Paper.id).where(Paper.state != ContentState.ARCHIVED)).all()


def find_papers(ids: Sequence[int]) -> Iterator[Document]:
    """The tests; one that is taken inside its course only is found by its administrators."""
    query = select(Paper).where(Paper.id.in_(ids), Paper.state != ContentState.ARCHIVED)
    for paper in db.session.scalars(query):
        yield Document(
            id=paper.id,
            kind="paper",
            title=paper.title,
            endpoint="quizzes.show_paper",
            values={"paper_id": paper.id},
            owner_unit_id=paper.unit_id,
            audience_unit_id=paper.audience_unit_id,
            is_published=paper.state == ContentState.PUBLISHED and paper.is_listed,
            passages=[Passage("", paper.instructions)] if paper.instructions else [],
        )


def list_question_ids() -> Sequence[int]:
    """All questions that are not retired."""
    return db.session.scalars(
        select(Question.id).where(Question.state != QuestionState.RETIRED)
    ).all()


def find_questions(ids: Sequence[int]) -> Iterator[Document]:
    """Those of the questions that are not retired, each with all of its texts."""
    query = (
        select(Question, Bank, Category.path)
        .join(Bank, Bank.id == Question.bank_id)
        .outerjoin(Category, Category.id == Question.category_id)
        .where(Question.id.in_(ids), Question.state != QuestionState.RETIRED)
    )
    rows = db.session.execute(query).all()
    versions = newest_versions(question.id for question, _bank, _path in rows)
    definitions = definitions_of(dict(versions.values()))
    for question, bank, path in rows:
        definition = definitions[versions[question.id][0]]
        yield Document(
            id=question.id,
            kind="question",
            title=summary_of(definition) or str(KINDS[definition.kind]),
            endpoint="quizzes.question",
            values={"question_id": question.id},
            owner_unit_id=bank.unit_id,
            audience_unit_id=None,
            passages=[Passage("", text)] if (text := text_of(definition)) else [],
            context=f"{bank.title} {path or ''}".strip(),
            column=bank.title,
        )


def text_of(definition: Definition) -> str:
    """What the question says beside its title, as plain text: options, parts, explanation."""
    shown = summary_of(definition)
    return "\n".join(dict.fromkeys(text for text in _texts_of(definition) if text != shown))


def _texts_of(definition: Definition) -> list[str]:
    found: list[str] = []

    def take(text: str) -> str:
        found.append(plain_of(text, is_html=definition.is_html))
        return text

    map_texts(replace(definition, parts=()), take)
    return found + [text for part in definition.parts for text in _texts_of(part)]


PAPERS = Source("paper", {"paper": _l("考试")}, list_paper_ids, find_papers)
QUESTIONS = Source(
    "question", {"question": _l("试题")}, list_question_ids, find_questions, has_names=False
)

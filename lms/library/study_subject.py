"""Documents as things to study: reading in the library counts by the rules for texts."""

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.courses.kinds import Measure, StudyFacts
from lms.db import db
from lms.errors import NotFound
from lms.library.models import Document
from lms.library.queries import get_document
from lms.members.policy import Action, Actor
from lms.members.scope import ContentState
from lms.study.subjects import Studied, Subject, SubjectKind


def find(document_id: int, actor: Actor) -> Subject:
    """The document, if the person may study it; a draft is not studied."""
    document = get_document(document_id, member=actor, action=Action.VIEW)
    if document.state != ContentState.PUBLISHED:
        raise NotFound(_("这份文献还没有发布，预览不计学习时间。"))
    return Subject(
        kind="document",
        id=document.id,
        title=document.short_title,
        url=url_for("library.show", document_id=document.id),
        measure=Measure(basis="text", chars=document.chars),
    )


def title(document_id: int) -> str | None:
    """The document's title, None when it is gone."""
    document = db.session.get(Document, document_id)
    return document.title if document else None


def studied(document_id: int, *, member_id: int, facts: StudyFacts, at: datetime) -> Studied | None:
    """Texts of the library keep no progress of their own; the ledger has the time."""
    return None


def measure(document_id: int) -> Measure | None:
    """The document's characters, None when it is gone."""
    document = db.session.get(Document, document_id)
    return Measure(basis="text", chars=document.chars) if document else None


KIND = SubjectKind(
    code="document", label=_l("文献阅读"), find=find, title=title, studied=studied, measure=measure
)

"""The forms of the library: bringing a text in, its card, and the body of a text lesson."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from lms.library.fields import DocumentStatus, Fields, RelationKind, WorkKind, split_words
from lms.library.models import Document, Relation
from lms.library.words import KIND_LABELS, STATUS_LABELS
from lms.web.forms import Form


def trimmed(text: str | None) -> str:
    """Text without the blanks around it."""
    return (text or "").strip()


def labelled(words: Mapping[str, Any]) -> list[SelectChoice]:
    """A closed set as choices of a select field."""
    return [SelectChoice(str(value), label) for value, label in words.items()]


class UploadForm(Form):
    """Files to read."""

    files = MultipleFileField(_l("文件"))


class CardForm(Form):
    """What a document says about itself, to be corrected by hand."""

    title = StringField(_l("标题"), [InputRequired(_l("请填写标题。")), Length(max=200)], [trimmed])
    kind = SelectField(_l("类型"), choices=labelled(KIND_LABELS))
    level = StringField(_l("效力级别"), [Length(max=40)], [trimmed])
    issuer = StringField(_l("发布机关或作者"), [Length(max=200)], [trimmed])
    document_number = StringField(_l("文号"), [Length(max=80)], [trimmed])
    issued_on = DateField(_l("发布日期"), [Optional()])
    in_force_on = DateField(_l("施行日期"), [Optional()])
    repealed_on = DateField(_l("废止日期"), [Optional()])
    status = SelectField(_l("时效"), choices=labelled(STATUS_LABELS))
    topic = StringField(_l("栏目"), [Length(max=80)], [trimmed])
    edition = StringField(_l("版本"), [Length(max=80)], [trimmed])
    keywords = StringField(_l("关键词"), [Length(max=400)], [trimmed])
    amends = StringField(_l("修改了"), [Length(max=400)], [trimmed])
    replaced_by = StringField(_l("被取代为"), [Length(max=400)], [trimmed])
    implements = StringField(_l("实施依据"), [Length(max=400)], [trimmed])
    history = TextAreaField(_l("沿革"), [Length(max=8000)], [trimmed])
    source = StringField(_l("来源"), [Length(max=200)], [trimmed])

    def to_fields(self, source_key: str) -> Fields:
        """The card as the person left it."""
        relations = tuple(
            (kind, title) for kind in RelationKind for title in split_words(self[kind.value].data)
        )
        return Fields(
            title=self.title.data,
            kind=WorkKind(self.kind.data),
            level=self.level.data,
            issuer=self.issuer.data,
            document_number=self.document_number.data,
            issued_on=self.issued_on.data,
            in_force_on=self.in_force_on.data,
            repealed_on=self.repealed_on.data,
            status=DocumentStatus(self.status.data),
            topic=self.topic.data,
            edition=self.edition.data,
            keywords=tuple(split_words(self.keywords.data)),
            history=self.history.data,
            source=self.source.data,
            source_key=source_key,
            relations=relations,
        )


class BatchForm(Form):
    """Whom texts are for and whether they see them at once."""

    unit_id = SelectField(_l("管理单位"), coerce=int)
    audience_unit_id = SelectField(_l("谁可以读"), coerce=int)
    is_published = BooleanField(_l("保存后立即发布"), default=True)


class ImportForm(CardForm, BatchForm):
    """The card, the text to correct, and whom it is for."""

    text = TextAreaField(_l("正文"), [Length(max=400_000)])


def card_values(fields: Fields) -> dict[str, Any]:
    """What a card form shows for a recognised card."""
    values = {name: getattr(fields, name) for name in fields.__dataclass_fields__}
    values["keywords"] = "、".join(fields.keywords)
    for kind in RelationKind:
        values[kind.value] = "、".join(title for one, title in fields.relations if one == kind)
    return values


def document_values(document: Document, relations: list[Relation]) -> dict[str, Any]:
    """What a card form shows for a saved document."""
    names = CardForm()._fields.keys() - {"csrf_token", "keywords", *RelationKind}
    values = {name: getattr(document, name) for name in names}
    values["keywords"] = "、".join(document.keywords)
    for kind in RelationKind:
        values[kind.value] = "、".join(one.target_title for one in relations if one.kind == kind)
    return values

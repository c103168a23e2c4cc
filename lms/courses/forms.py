"""The forms of writing courses."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import HiddenInput

from lms.errors import Invalid
from lms.web.forms import Form

STEPS = {"up": -1, "down": 1}


def step_of(form: Mapping[str, str]) -> int:
    """Which way a row is to move: -1 up, 1 down; Invalid for anything else."""
    step = STEPS.get(form.get("direction", ""))
    if step is None:
        raise Invalid(_("请选择上移或下移。"))
    return step


def trimmed(text: str | None) -> str:
    """Text without the blanks around it."""
    return (text or "").strip()


class CourseForm(Form):
    """What a course is about and who it is for."""

    title = StringField(
        _l("课程名称"), [DataRequired(_l("请填写课程名称。")), Length(max=120)], [trimmed]
    )
    summary = TextAreaField(_l("课程简介"), [Length(max=2000)], [trimmed])
    category = StringField(_l("分类"), [Length(max=40)], [trimmed])
    unit_id = SelectField(_l("管理单位"), coerce=int)
    audience_unit_id = SelectField(_l("谁可以学"), coerce=int)


class CourseSettingsForm(CourseForm):
    """The same with the rules of study, a cover, and the revision that the form was opened at."""

    is_sequential = BooleanField(_l("按顺序学习：学完前面的必修内容，后面的才打开"))
    no_skip = BooleanField(_l("第一遍观看时不能拖动跳过"))
    attention_checks = BooleanField(_l("学习中偶尔确认学员是否还在"))
    cover = StringField(_l("封面图片"), [Length(max=64)])
    drop_cover = BooleanField(_l("不用图片，改用文字封面"))
    revision = IntegerField(widget=HiddenInput(), validators=[Optional()])


class TitleForm(Form):
    """A chapter's title."""

    title = StringField(_l("名称"), [DataRequired(_l("请填写名称。")), Length(max=120)], [trimmed])


class LessonForm(TitleForm):
    """A lesson's title and whether it counts for completion."""

    is_required = BooleanField(_l("必修"))


class NewLessonForm(TitleForm):
    """A lesson to add to a chapter."""

    kind = SelectField(_l("类型"))


class ProgrammeForm(Form):
    """What a programme is about, who it is for and until when."""

    title = StringField(
        _l("专题名称"), [DataRequired(_l("请填写专题名称。")), Length(max=120)], [trimmed]
    )
    summary = TextAreaField(_l("说明"), [Length(max=2000)], [trimmed])
    due_on = DateField(_l("完成期限"), [Optional()])
    unit_id = SelectField(_l("管理单位"), coerce=int)
    audience_unit_id = SelectField(_l("谁要学"), coerce=int)
    revision = IntegerField(widget=HiddenInput(), validators=[Optional()])

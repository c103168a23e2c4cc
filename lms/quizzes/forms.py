"""The shapes of this part's forms."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    DecimalField,
    FileField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from lms.quizzes import words
from lms.web.forms import Form


def stripped(value: str | None) -> str | None:
    """Fields lose the spaces around what was typed."""
    return value.strip() if value else value


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """The choices of a select out of pairs of value and label."""
    return [SelectChoice(value, label) for value, label in pairs]


class BankForm(Form):
    """A new bank."""

    title = StringField(_l("题库名称"), [InputRequired(), Length(max=120)], filters=[stripped])
    code = StringField(
        _l("题库代码"),
        [
            InputRequired(),
            Regexp(
                r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
                message=_l("只能用字母、数字、点、横线和下划线。"),
            ),
        ],
        description=_l("命令行和同步用它指称题库，以后不能改。"),
    )
    unit_id = SelectField(_l("所属单位"), coerce=int)


class ImportForm(Form):
    """A file, or text pasted from somewhere."""

    file = FileField(_l("选择文件"))
    text = TextAreaField(_l("或者把题目粘贴在这里"), [Optional(), Length(max=2_000_000)])


class PaperForm(Form):
    """The settings of a paper."""

    title = StringField(_l("试卷名称"), [InputRequired(), Length(max=120)], filters=[stripped])
    instructions = TextAreaField(_l("考试说明"), [Optional(), Length(max=5000)], filters=[stripped])
    audience_unit_id = SelectField(_l("面向"), coerce=int)
    minutes = IntegerField(
        _l("限时（分钟）"), [Optional(), NumberRange(1, 1440)], description=_l("空着表示不限时。")
    )
    attempts_allowed = IntegerField(
        _l("可考次数"), [Optional(), NumberRange(0, 100)], description=_l("空着或 0 表示不限次数。")
    )
    pass_percent = DecimalField(
        _l("及格线（占总分的百分比）"), [InputRequired(), NumberRange(0, 100)], default=Decimal(60)
    )
    method = SelectField(_l("多次考试"), choices=options(words.METHODS.items()))
    showing = SelectField(
        _l("交卷后学员看到"), choices=options(words.SHOWINGS.items()), default="explanations"
    )
    shows_after_close = BooleanField(_l("考试结束以后才公布"))
    opens_at = DateTimeLocalField(_l("开始时间"), [Optional()])
    closes_at = DateTimeLocalField(_l("结束时间"), [Optional()])
    shuffles_options = BooleanField(_l("打乱选项"), default=True)
    one_at_a_time = BooleanField(_l("一页一题"))
    is_listed = BooleanField(
        _l("列在“考试”里"), default=True, description=_l("只放在课程里用的测试可以不列。")
    )
    marking = SelectField(_l("给分方式"), choices=options(words.MARKINGS.items()))
    grace_seconds = IntegerField(
        _l("宽限（秒）"),
        [InputRequired(), NumberRange(0, 300)],
        default=10,
        description=_l("到时间后仍然收下路上的答案。"),
    )
    password = PasswordField(_l("考试口令"), [Optional(), Length(max=100)])
    networks = StringField(
        _l("限定网段"),
        [Optional(), Length(max=500)],
        description=_l("例如 10.1.0.0/16，多个用空格隔开。"),
    )

    leave_limit = IntegerField(
        _l("离开窗口几次后自动交卷"),
        [Optional(), NumberRange(1, 100)],
        description=_l("空着就只作记录，由监考的人判断。离开不到 3 秒不算。"),
    )

    def columns(self, zone: ZoneInfo) -> dict[str, Any]:
        """The columns of the paper; the password is left to the view, because hashing is slow."""
        return {
            "title": self.title.data,
            "instructions": self.instructions.data or "",
            "audience_unit_id": self.audience_unit_id.data,
            "time_limit_seconds": self.minutes.data * 60 if self.minutes.data else None,
            "attempts_allowed": self.attempts_allowed.data or 0,
            "pass_fraction": round(Decimal(self.pass_percent.data) / 100, 4),
            "method": self.method.data,
            "showing": self.showing.data,
            "shows_after_close": self.shows_after_close.data,
            "opens_at": _aware(self.opens_at.data, zone),
            "closes_at": _aware(self.closes_at.data, zone),
            "shuffles_options": self.shuffles_options.data,
            "one_at_a_time": self.one_at_a_time.data,
            "is_listed": self.is_listed.data,
            "marking": self.marking.data,
            "grace_seconds": self.grace_seconds.data,
            "networks": (self.networks.data or "").split(),
            "leave_limit": self.leave_limit.data,
        }


def _aware(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.replace(tzinfo=zone) if moment else None


class RuleForm(Form):
    """A drawing rule."""

    bank_id = SelectField(_l("题库"), coerce=int)
    count = IntegerField(_l("抽几题"), [InputRequired(), NumberRange(1, 500)], default=5)
    points = DecimalField(
        _l("每题分值"), [InputRequired(), NumberRange(0)], places=None, default=Decimal(1)
    )
    category_id = SelectField(_l("分类"), coerce=int)
    kind = SelectField(_l("题型"))
    tag = StringField(_l("标签"), [Optional(), Length(max=60)], filters=[stripped])
    difficulty_from = SelectField(_l("难度从"), coerce=int, default=1)
    difficulty_to = SelectField(_l("到"), coerce=int, default=5)


class SectionForm(Form):
    """The heading of a section."""

    title = StringField(_l("部分标题"), [Optional(), Length(max=120)], filters=[stripped])
    instructions = TextAreaField(_l("说明"), [Optional(), Length(max=2000)], filters=[stripped])
    shuffles = BooleanField(_l("打乱这一部分的题目顺序"))


class ConditionForm(Form):
    """A course or programme whose learners may take the paper."""

    subject = SelectField(_l("课程或专题"))
    needs = SelectField(
        _l("要求"), choices=options({"completed": _l("学完"), "begun": _l("开始学习")}.items())
    )


class AllowanceForm(Form):
    """More time or attempts for people or for a unit."""

    numbers = StringField(
        _l("人员编号"),
        [Optional(), Length(max=5000)],
        filters=[stripped],
        description=_l("几个人用空格隔开。"),
    )
    unit_id = SelectField(_l("或者整个单位"), coerce=int, default=0)
    minutes = IntegerField(_l("加时（分钟）"), [Optional(), NumberRange(0, 1440)])
    attempts = IntegerField(_l("加考（次）"), [Optional(), NumberRange(0, 100)])
    reason = StringField(_l("原因"), [Optional(), Length(max=200)], filters=[stripped])


class LessonForm(Form):
    """Which paper a lesson uses."""

    paper_id = SelectField(_l("试卷"), coerce=int)

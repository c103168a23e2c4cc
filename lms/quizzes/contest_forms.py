"""The shape of a contest's settings."""

from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from lms.quizzes import words
from lms.quizzes.contest_models import Contest
from lms.quizzes.forms import options, stripped
from lms.web.forms import Form

COLUMNS = "title instructions paper_id audience_unit_id score_rule best_count board_audience"


class ContestForm(Form):
    """The settings of a contest."""

    title = StringField(_l("竞赛名称"), [InputRequired(), Length(max=120)], filters=[stripped])
    instructions = TextAreaField(_l("竞赛说明"), [Optional(), Length(max=5000)], filters=[stripped])
    paper_id = SelectField(_l("试卷"), coerce=int)
    audience_unit_id = SelectField(
        _l("面向"), coerce=int, description=_l("参赛队都在这个单位下面。")
    )
    opens_at = DateTimeLocalField(_l("开始时间"), [InputRequired()])
    closes_at = DateTimeLocalField(_l("结束时间"), [InputRequired()])
    score_rule = SelectField(_l("队的得分"), choices=options(words.SCORE_RULES.items()))
    best_count = IntegerField(
        _l("取前几名"),
        [InputRequired(), NumberRange(1, 1000)],
        default=5,
        description=_l("只用于“取前几名的平均分”。"),
    )
    board_audience = SelectField(
        _l("战况看板给谁看"), choices=options(words.BOARD_AUDIENCES.items())
    )

    def columns(self, zone: ZoneInfo) -> dict[str, Any]:
        """The columns of the contest."""
        columns = {name: self[name].data for name in COLUMNS.split()}
        columns["instructions"] = columns["instructions"] or ""
        for name in ("opens_at", "closes_at"):
            columns[name] = self[name].data.replace(tzinfo=zone)
        return columns


def data_of(contest: Contest, zone: ZoneInfo) -> dict[str, Any]:
    """What the form shows of a contest."""
    data = {name: getattr(contest, name) for name in COLUMNS.split()}
    for name in ("opens_at", "closes_at"):
        data[name] = getattr(contest, name).astimezone(zone).replace(tzinfo=None)
    return data

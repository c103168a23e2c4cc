"""Forms of the study part: they check shape, the actions check meaning."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    DecimalField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from lms.study.attendees import MOST_ROWS
from lms.study.requirements import CarryOver
from lms.study.words import CARRY_OVERS, EXEMPTIONS
from lms.web.forms import Form

EVENT_KINDS = (
    SelectChoice("lecture", _l("讲座")),
    SelectChoice("meeting", _l("会议")),
    SelectChoice("training", _l("培训")),
    SelectChoice("visit", _l("现场学习")),
)
EXEMPTION_KINDS = tuple(SelectChoice(kind, label) for kind, label in EXEMPTIONS.items())
CARRY_OVER_CHOICES = tuple(SelectChoice(one.value, CARRY_OVERS[one]) for one in CarryOver)


class EventForm(Form):
    """A lecture, meeting or training day with its attendees."""

    title = StringField(_l("题目"), validators=[InputRequired(), Length(max=120)])
    kind = SelectField(_l("形式"), choices=EVENT_KINDS)
    unit_id = SelectField(_l("组织单位"), coerce=int)
    started_at = DateTimeLocalField(_l("开始时间"), validators=[InputRequired()])
    ended_at = DateTimeLocalField(_l("结束时间"), validators=[InputRequired()])
    place = StringField(_l("地点"), validators=[Length(max=120)])
    host = StringField(_l("主讲或主持"), validators=[Length(max=60)])
    is_required = BooleanField(_l("计入必修部分"))
    note = TextAreaField(_l("备注"), validators=[Length(max=500)])
    find_text = StringField(_l("按工号、姓名或单位查找"), validators=[Length(max=60)])
    attendees = TextAreaField(_l("粘贴名单"), validators=[Length(max=400_000)])
    file = FileField(_l("或者上传名单"))

    def validate_attendees(self, field: TextAreaField) -> None:
        """A list that is longer than anybody reads is a mistake."""
        if (field.data or "").count("\n") >= MOST_ROWS:
            raise ValidationError(_("一次最多登记 %(most)s 行。", most=MOST_ROWS))

    leave_out = BooleanField(_l("略去有问题的行，登记其余人员"))


class DecisionForm(Form):
    """What a second person says of an event."""

    note = StringField(_l("说明"), validators=[Length(max=500)])


class ReasonForm(Form):
    """Why an entry is taken back."""

    reason = StringField(_l("原因"), validators=[InputRequired(), Length(max=500)])


class AdjustmentForm(Form):
    """Credit to be added or taken, with the reason."""

    day = DateField(_l("日期"), validators=[InputRequired()])
    title = StringField(_l("事项"), validators=[InputRequired(), Length(max=120)])
    credit = DecimalField(
        _l("学时"), places=2, validators=[InputRequired(), NumberRange(min=-200, max=200)]
    )
    is_required = BooleanField(_l("计入必修部分"))
    reason = StringField(_l("原因"), validators=[InputRequired(), Length(max=500)])


class AskForm(Form):
    """A question about a line of one's own record, or the stretch of it with that number."""

    stretch = IntegerField(_l("哪一段"), validators=[Optional(), NumberRange(min=0, max=10_000)])
    text = StringField(_l("疑问"), validators=[InputRequired(), Length(max=500)])


class AnswerForm(Form):
    """A manager's answer; with credit it is granted."""

    answer = StringField(_l("答复"), validators=[InputRequired(), Length(max=500)])
    credit = DecimalField(
        _l("补记学时"), places=2, validators=[Optional(), NumberRange(min=0, max=24)]
    )


class ExemptionForm(Form):
    """Days on which nothing is asked of a person."""

    kind = SelectField(_l("类型"), choices=EXEMPTION_KINDS)
    since_on = DateField(_l("从"), validators=[InputRequired()])
    until_on = DateField(_l("到（留空为长期）"), validators=[Optional()])
    reason = StringField(_l("原因"), validators=[InputRequired(), Length(max=500)])


class RequirementForm(Form):
    """A new version of what is asked."""

    unit_id = SelectField(_l("单位（含下属单位）"), coerce=int)
    role = SelectField(_l("针对"))
    number = StringField(_l("只针对一个人（工号，可不填）"), validators=[Length(max=32)])
    since = StringField(_l("从哪个月起"), validators=[InputRequired(), Length(max=7)])
    month_hours = DecimalField(
        _l("每月学时"), places=1, validators=[Optional(), NumberRange(min=0, max=200)]
    )
    year_hours = DecimalField(
        _l("每年学时"), places=1, validators=[Optional(), NumberRange(min=0, max=2000)]
    )
    required_part_hours = DecimalField(
        _l("其中必修"), places=1, validators=[Optional(), NumberRange(min=0, max=200)]
    )
    carry_over = SelectField(_l("超出部分"), choices=CARRY_OVER_CHOICES)
    note = StringField(_l("说明"), validators=[Length(max=500)])


class RuleForm(Form):
    """A new version of the credit rules."""

    name = StringField(_l("名称"), validators=[InputRequired(), Length(max=80)])
    effective_on = DateField(_l("从哪天起"), validators=[InputRequired()])
    minutes_per_credit = IntegerField(
        _l("1 学时等于多少分钟"), validators=[InputRequired(), NumberRange(min=1, max=600)]
    )
    earning = SelectField(
        _l("网上学习"),
        choices=[
            SelectChoice("time", _l("按学习时间计")),
            SelectChoice("completion", _l("学完一项，按它的时长计")),
            SelectChoice("tiers", _l("学完一项，按时长分档计")),
        ],
    )
    needs_test = BooleanField(_l("课程有测试的，学完还要通过测试才计"))
    length_tiers = TextAreaField(
        _l("分档（每行：满多少分钟 = 学时）"), validators=[Length(max=500)]
    )
    test_credit = DecimalField(
        _l("通过一次测试"), places=2, validators=[InputRequired(), NumberRange(min=0, max=100)]
    )
    reflection_tiers = TextAreaField(
        _l("学习体会（每行：满多少字 = 学时）"), validators=[Length(max=500)]
    )
    item_credit_cap = DecimalField(
        _l("一项最多"), places=2, validators=[Optional(), NumberRange(min=0, max=1000)]
    )
    day_credit_cap = DecimalField(
        _l("一天最多"), places=2, validators=[Optional(), NumberRange(min=0, max=1000)]
    )
    month_credit_cap = DecimalField(
        _l("一月最多"), places=2, validators=[Optional(), NumberRange(min=0, max=1000)]
    )
    chars_per_minute = IntegerField(
        _l("阅读速度（字/分钟）"), validators=[InputRequired(), NumberRange(min=50, max=2000)]
    )
    text_factor = DecimalField(
        _l("图文最多计到预计时间的几倍"),
        places=2,
        validators=[Optional(), NumberRange(min=1, max=10)],
    )
    media_factor = DecimalField(
        _l("视频音频最多计到时长的几倍"),
        places=2,
        validators=[Optional(), NumberRange(min=1, max=10)],
    )
    max_rate = DecimalField(
        _l("最快播放倍速"), places=2, validators=[Optional(), NumberRange(min=1, max=4)]
    )
    day_minutes_cap = IntegerField(
        _l("一天最多计多少分钟"), validators=[Optional(), NumberRange(min=1, max=1440)]
    )
    note = StringField(_l("说明"), validators=[Length(max=500)])

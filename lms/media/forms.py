"""The forms of material."""

from flask_babel import lazy_gettext as _l
from wtforms import FileField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from lms.media.words import LANGUAGES
from lms.web.forms import Form


def trimmed(text: str | None) -> str:
    """Text without the blanks around it."""
    return (text or "").strip()


class UnitForm(Form):
    """For which unit material is added."""

    unit_id = SelectField(_l("管理单位"), coerce=int)


class NameForm(Form):
    """What an asset is called."""

    name = StringField(_l("名称"), [InputRequired(_l("请填写名称。")), Length(max=200)], [trimmed])


class SubtitleForm(Form):
    """Captions to add or to replace."""

    language = SelectField(_l("语言"), choices=[SelectChoice(*item) for item in LANGUAGES.items()])
    file = FileField(_l("字幕文件（.srt 或 .vtt）"))

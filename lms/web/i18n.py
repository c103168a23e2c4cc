"""Language and formats: Chinese sentences are the message ids, English is a translation."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from babel import Locale
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, format_date, get_locale, get_translations
from flask_babel import gettext as _
from markupsafe import Markup

from lms.web.settings import settings

LANGUAGES = {"zh": "简体中文", "en": "English"}
LOCALES = {code: Locale.parse(code) for code in LANGUAGES}  # parsed once, not for each request
TRANSLATIONS = Path(__file__).parent / "translations"
SENTENCES: dict[str, dict[str, Markup]] = {}  # of templates, by language


def init_i18n(app: Flask) -> None:
    """Choose the language per request and offer the formats as template filters."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(
        app,
        default_locale="zh",
        default_timezone=str(app.config["SETTINGS"].zone),
        locale_selector=lambda: LOCALES.get(choose_language()),
    )
    for name in ("day", "daytime", "time", "month_day", "duration", "clock", "hours", "percent"):
        app.jinja_env.filters[name] = globals()[f"format_{name}"]
    app.jinja_env.filters["bytes"] = format_bytes
    app.jinja_env.globals["get_locale"] = get_locale
    app.jinja_env.globals["_"] = translate


def translate(message: str, **values: object) -> Markup:
    """The `_` of templates: a sentence in the language of the page, the values escaped into it.

    A page has about a hundred sentences, so what was looked up once is kept for all pages.
    """
    known: dict[str, Markup] | None = g.get("sentences")
    if known is None:
        known = g.sentences = SENTENCES.setdefault(str(get_locale()), {})
    text = known.get(message)
    if text is None:
        text = known[message] = Markup(get_translations().ugettext(message))
    return text % values if "%" in text else text


def choose_language() -> str:
    """The person's own choice, else the organisation's language."""
    chosen = g.get("language")
    if chosen is None and has_request_context():  # jobs and commands have no cookies
        chosen = request.cookies.get("language")
    return chosen if chosen in LANGUAGES else settings().language


def _local(moment: datetime) -> datetime:
    return moment.astimezone(settings().zone)


def _as_date(value: date | datetime) -> date:
    return _local(value).date() if isinstance(value, datetime) else value


def _is_chinese() -> bool:
    return str(get_locale()).startswith("zh")


def format_day(value: date | datetime | None) -> str:
    """2026 年 11 月 20 日, or 20 November 2026."""
    if value is None:
        return ""
    day = _as_date(value)
    if _is_chinese():
        return f"{day.year} 年 {day.month} 月 {day.day} 日"
    return str(format_date(day, "d MMMM y"))


def format_month_day(value: date | datetime | None) -> str:
    """11 月 20 日, or 20 November."""
    if value is None:
        return ""
    day = _as_date(value)
    return f"{day.month} 月 {day.day} 日" if _is_chinese() else str(format_date(day, "d MMMM"))


def format_time(value: datetime | None) -> str:
    """14:05 in the organisation's zone."""
    return _local(value).strftime("%H:%M") if value else ""


def format_daytime(value: datetime | None) -> str:
    """The day and the time of day."""
    return f"{format_day(value)} {format_time(value)}" if value else ""


def format_duration(seconds: float | None) -> str:
    """9 分 12 秒; hours are named from one hour on, seconds only below it."""
    total = max(0, int(seconds or 0))
    hours, rest = divmod(total, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return _("%(hours)d 小时 %(minutes)d 分", hours=hours, minutes=minutes)
    if minutes:
        return _("%(minutes)d 分 %(seconds)d 秒", minutes=minutes, seconds=left)
    return _("%(seconds)d 秒", seconds=left)


def format_clock(seconds: float | None) -> str:
    """11:26, or 1:02:03 from one hour on."""
    total = max(0, int(seconds or 0))
    hours, rest = divmod(total, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"


def format_hours(value: Decimal | int | float | None) -> str:
    """Credit hours with one place, two where they are needed, rounded half up: 4.2, 0.25."""
    number = Decimal(str(value or 0)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    text = f"{number:.2f}"
    return text[:-1] if text.endswith("0") else text


def format_percent(fraction: Decimal | float | None) -> str:
    """61 %, rounded down so that only the whole is 100 %."""
    return f"{int(Decimal(str(fraction or 0)) * 100)}%"


def format_bytes(size: int | None) -> str:
    """12.3 MB in decimal units."""
    number = float(size or 0)
    for unit in ("B", "KB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    raise AssertionError("unreachable")

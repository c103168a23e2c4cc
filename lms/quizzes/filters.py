"""How points and plain texts are shown by this part's templates."""

from decimal import ROUND_HALF_UP, Decimal

from flask import Blueprint
from flask_babel import gettext as _
from markupsafe import Markup, escape

from lms.quizzes.richtext import summary_of
from lms.web.i18n import format_duration


def format_points(value: Decimal | int | None) -> str:
    """Points with at most two places, half up, without needless zeros: 2, 0.5, 33.33."""
    number = Decimal(value or 0).quantize(Decimal("0.01"), ROUND_HALF_UP)
    text = f"{number:f}".rstrip("0").rstrip(".")
    return text if text not in ("", "-0") else "0"


def format_lines(text: str | None) -> Markup:
    """Plain text with its line breaks kept."""
    return Markup(str(escape(text or "")).replace("\n", "<br>"))


def format_minutes(seconds: int | None) -> str:
    """A time limit: 30 分钟, or with seconds where there are any."""
    if seconds and seconds % 60 == 0:
        return str(_("%(count)d 分钟", count=seconds // 60))
    return format_duration(seconds)


def add_filters(bp: Blueprint) -> None:
    """Offer `points`, `lines`, `minutes` and `first_words` (of a definition) to templates."""
    bp.add_app_template_filter(format_points, "points")
    bp.add_app_template_filter(format_lines, "lines")
    bp.add_app_template_filter(format_minutes, "minutes")
    bp.add_app_template_filter(summary_of, "first_words")

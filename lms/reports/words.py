"""The words of reports: periods, statuses and kinds of credit as people say them."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from flask import url_for
from flask_babel import gettext as _

from lms import clock
from lms.members.policy import Actor
from lms.reports.completion import Place
from lms.reports.period_standing import PeriodStanding
from lms.reports.periods import Period, Span
from lms.reports.queries import UnitReport
from lms.reports.subject_queries import TestPerson
from lms.study.credit import CreditKind
from lms.study.months import Month
from lms.study.requirements import Status
from lms.study.words import CREDIT_KINDS, EXEMPTIONS
from lms.web.i18n import format_daytime, format_hours, format_month_day

BAR_TONES = {Status.MET: "ok", Status.ON_TRACK: "quiet", Status.BEHIND: "", Status.EXEMPT: "quiet"}
TENTH = Decimal("0.1")

TONES = {
    Status.MET: "ok",
    Status.ON_TRACK: "",
    Status.BEHIND: "bad",
    Status.EXEMPT: "info",
}


def period_label(period: Period) -> str:
    """2026 年 11 月, 2026 年第 4 季度 or 2026 年."""
    year = period.first.year
    if period.span is Span.YEAR:
        return _("%(year)d 年", year=year)
    if period.span is Span.QUARTER:
        return _("%(year)d 年第 %(quarter)d 季度", year=year, quarter=period.quarter)
    return _("%(year)d 年 %(month)d 月", year=year, month=period.first.number)


def status_label(status: Status, exemption: str = "", *, is_over: bool = False) -> str:
    """A status in one word: an excused person by the reason, behind in the past as unfinished."""
    if status is Status.EXEMPT:
        return str(EXEMPTIONS.get(exemption, _("免修")))
    if status is Status.BEHIND:
        return _("未完成") if is_over else _("落后")
    return _("已完成") if status is Status.MET else _("进度正常")


def kind_labels() -> dict[CreditKind, str]:
    """The kinds of credit in the order in which reports list them."""
    return {kind: str(label) for kind, label in CREDIT_KINDS.items()}


def exported_note(actor: Actor) -> str:
    """Who exported it and when, for the head of a sheet."""
    return _(
        "%(name)s（%(number)s）于 %(time)s 导出。学时按学习记录计算，状态以导出时为准。",
        name=actor.name,
        number=actor.number,
        time=format_daytime(clock.now()),
    )


def scope_sentence(report: UnitReport) -> str:
    """Which people, which period and until which day, for under the title."""
    period, day = period_label(report.period), format_month_day(report.as_of)
    if report.units_below:
        return _(
            "%(unit)s及下属 %(count)d 个单位，%(period)s，截至 %(day)s",
            unit=report.unit.name,
            count=report.units_below,
            period=period,
            day=day,
        )
    return _("%(unit)s，%(period)s，截至 %(day)s", unit=report.unit.name, period=period, day=day)


def on_track_note(report: UnitReport) -> str:
    """What being on track means, and how many are asked for nothing."""
    exempt = report.overview.tally.exempt
    if report.period.span is Span.MONTH and exempt:
        return _("按目前速度月底能完成；另有 %(count)d 人免修", count=exempt)
    if report.period.span is Span.MONTH:
        return _("按目前速度月底能完成")
    if exempt:
        return _("按目前速度期末能完成；另有 %(count)d 人免修", count=exempt)
    return _("按目前速度期末能完成")


def change_sentence(report: UnitReport) -> str:
    """How the average compares with the same days of the period before; empty without one."""
    if report.change is None:
        return ""
    hours = one_place(abs(report.change))
    if hours == "0.0":
        return _("与上期同期持平")
    if report.change > 0:
        return {
            Span.MONTH: _("比上月同期多 %(hours)s", hours=hours),
            Span.QUARTER: _("比上季度同期多 %(hours)s", hours=hours),
            Span.YEAR: _("比去年同期多 %(hours)s", hours=hours),
        }[report.period.span]
    return {
        Span.MONTH: _("比上月同期少 %(hours)s", hours=hours),
        Span.QUARTER: _("比上季度同期少 %(hours)s", hours=hours),
        Span.YEAR: _("比去年同期少 %(hours)s", hours=hours),
    }[report.period.span]


def month_bars(months: Sequence[tuple[Month, Decimal]]) -> list[dict[str, str | float]]:
    """The bars of the months for the chart; empty when nothing was studied in any of them."""
    if not any(hours for _month, hours in months):
        return []
    return [
        {
            "label": _("%(month)d 月", month=month.number),
            "value": float(hours),
            "title": _(
                "%(year)d 年 %(month)d 月：人均 %(hours)s 学时",
                year=month.year,
                month=month.number,
                hours=one_place(hours),
            ),
        }
        for month, hours in months
    ]


def one_place(hours: Decimal) -> str:
    """Hours with one place, rounded half up."""
    return f"{hours.quantize(TENTH, ROUND_HALF_UP):.1f}"


def ratio(person: PeriodStanding) -> str:
    """Earned and required hours: 0.5/8; what is earned is rounded down, so that 8/8 is done."""
    earned = max(person.earned, Decimal(0)).quantize(TENTH, ROUND_DOWN)
    return f"{earned or 0}/{short_hours(person.required)}"


def short_hours(hours: Decimal) -> str:
    """Hours without a needless place: 8, 7.5."""
    text = format_hours(hours)
    return text.removesuffix(".0")


def everybody() -> str:
    """The tab of all people."""
    return _("全部")


def record_url(person: PeriodStanding, report: UnitReport) -> str:
    """Where the person's record of the period's last month is shown, entry by entry."""
    month = Month.of(report.as_of)
    return url_for("study.member", member_id=person.member_id, month=str(month))


def result_label(one: TestPerson) -> str:
    """How a test went for one person."""
    if one.is_passed:
        return _("已通过")
    if not one.attempts:
        return _("没有参加")
    if one.submitted_at is None:
        return _("正在答题")
    return _("待批阅") if one.best is None else _("未通过")


def result_tone(one: TestPerson) -> str:
    """The tone in which that is shown."""
    return "ok" if one.is_passed else "bad" if one.best is not None else ""


def whole_percent(share: Decimal | None) -> str:
    """A share as a percentage, rounded down; a dash where there is none."""
    return "—" if share is None else f"{int(share * 100)}%"


def unit_sentence(unit: Place, people: int) -> str:
    """Which people a list is about."""
    return _("%(unit)s及下属单位，共 %(count)d 人，截至今天", unit=unit.name, count=people)


def report_tabs(unit_id: int, active: str) -> list[tuple[str, str, bool]]:
    """The tabs above the reports: hours, courses, tests."""
    return [
        (_("学时"), url_for("reports.index", unit=unit_id), active == "hours"),
        (_("课程"), url_for("reports.courses", unit=unit_id), active == "course"),
        (_("考试"), url_for("reports.tests", unit=unit_id), active == "test"),
    ]

"""The report of people: one line for everybody of a subtree, and the sums of its units."""

from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal
from functools import cache, partial
from itertools import islice

from flask_babel import gettext as _

from lms.db import db
from lms.members.queries import today
from lms.reports.columns import Column, Row, Sheet, Type
from lms.reports.completion import UnitSums
from lms.reports.period_standing import PeriodStanding
from lms.reports.queries import (
    CHUNK,
    Achievements,
    find_achievements,
    find_unit_names,
    iter_standings,
)
from lms.reports.request import Request
from lms.reports.words import exported_note, kind_labels, period_label, status_label
from lms.study.credit import CreditKind

PERCENT = Decimal("0.01")
ZERO = Decimal(0)
KINDS = tuple(CreditKind)


def columns() -> tuple[Column, ...]:
    """The headings, in the language of the moment."""
    return (
        Column(_("编号"), width=12),
        Column(_("姓名"), width=10),
        Column(_("单位"), width=32),
        Column(_("应学学时"), Type.HOURS, is_summed=True),
        Column(_("已学学时"), Type.HOURS, is_summed=True),
        Column(_("上期结转"), Type.HOURS, is_summed=True),
        Column(_("结账后更正"), Type.HOURS, is_summed=True),
        *(Column(label, Type.HOURS, is_summed=True) for label in kind_labels().values()),
        Column(_("学习时长"), Type.DURATION, width=11, is_summed=True),
        Column(_("状态"), width=10),
        Column(_("通过测试数"), Type.COUNT, is_summed=True),
        Column(_("测试最好成绩"), width=36),
        Column(_("完成课程数"), Type.COUNT, is_summed=True),
        Column(_("完成的课程"), width=36),
    )


def sheets(wanted: Request) -> Iterator[Sheet]:
    """Everybody whom the person supervises in the subtree; then the units, summed from them."""
    label = period_label(wanted.period)
    names = find_unit_names(wanted.unit.path)
    sums = UnitSums(list(names))
    note = exported_note(wanted.actor)
    yield Sheet(
        name=_("学时明细"),
        headline=_("%(unit)s %(period)s学习情况", unit=wanted.unit.name, period=label),
        notes=(note,),
        columns=columns(),
        rows=rows(wanted, names, sums),
        total_label=_("合计"),
    )
    yield Sheet(
        name=_("单位汇总"),
        headline=_("%(unit)s %(period)s各单位完成情况", unit=wanted.unit.name, period=label),
        notes=(note, _("每一行包含本单位和全部下属单位的人员。")),
        columns=unit_columns(),
        rows=unit_rows(names, sums),
    )


def rows(wanted: Request, names: dict[str, str], sums: UnitSums) -> Iterator[Row]:
    """The lines, read in parts: no transaction stays open while a part is being written."""
    stream = iter_standings(wanted.actor, wanted.unit.path, wanted.period)
    done = 0
    # Looking up a translation costs more than all the rest of a row.
    label = cache(partial(status_label, is_over=wanted.period.last_on < today()))
    while part := list(islice(stream, CHUNK)):
        achieved = find_achievements([one.member_id for one in part], wanted.period)
        db.session.rollback()
        for one in part:
            sums.add(one)
            mine = achieved.get(one.member_id) or Achievements()
            yield row(one, names[one.unit_path], mine, label(one.status, one.exemption))
        done += len(part)
        wanted.progress(done)


def row(one: PeriodStanding, unit_names: str, achieved: Achievements, status: str) -> Row:
    """The cells of one person."""
    return (
        one.number,
        one.name,
        unit_names,
        one.required,
        one.credit,
        one.carried,
        one.correction,
        *(one.by_kind.get(kind, ZERO) for kind in KINDS),
        one.seconds,
        status,
        len(achieved.passed),
        "；".join(result_words(title, share) for title, share in achieved.tests.items()),
        len(achieved.courses),
        "；".join(achieved.courses),
    )


def result_words(title: str, share: Decimal | None) -> str:
    """A test with the best share of the points, or that it waits for marking."""
    if share is None:
        return _("%(title)s：待批阅", title=title)
    percent = (share * 100).quantize(PERCENT, ROUND_DOWN).normalize()
    return _("%(title)s：%(percent)s%%", title=title, percent=f"{percent:f}")


def unit_columns() -> tuple[Column, ...]:
    """The headings of the sums; without a totals row, as units contain one another."""
    return (
        Column(_("单位"), width=40),
        Column(_("人数"), Type.COUNT),
        Column(_("应学人数"), Type.COUNT),
        Column(_("已完成"), Type.COUNT),
        Column(_("进度正常"), Type.COUNT),
        Column(_("落后或未完成"), Type.COUNT),
        Column(_("免修"), Type.COUNT),
        Column(_("完成率"), Type.SHARE),
        Column(_("总学时"), Type.HOURS),
        Column(_("人均学时"), Type.HOURS),
    )


def unit_rows(names: dict[str, str], sums: UnitSums) -> Iterator[Row]:
    """One line for every unit that has people, parents first."""
    for path in sorted(names, key=names.__getitem__):
        tally = sums.tally(path)
        if tally.people:
            yield (
                names[path],
                tally.people,
                tally.obliged,
                tally.met,
                tally.on_track,
                tally.behind,
                tally.exempt,
                Decimal(tally.met) / tally.obliged if tally.obliged else None,
                tally.credit,
                tally.average.quantize(PERCENT),
            )

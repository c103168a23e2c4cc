"""The reports that can be exported: each turns a unit and a period into sheets.

To add a report: write a module with a function like `member_report.sheets`, and add one line to
REPORTS. Nothing else needs to know it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.errors import NotFound
from lms.members.policy import Actor
from lms.reports import member_report, subject_report
from lms.reports.columns import Sheet
from lms.reports.request import Request


@dataclass(frozen=True, slots=True)
class Report:
    """One kind of export; `sheets` streams its rows, and CSV takes the first sheet alone."""

    code: str
    label: Any
    sheets: Callable[[Request], Iterator[Sheet]]
    # Given the course or test that it is about: raises NotFound where the person does not see it.
    check: Callable[[Actor, int | None], object] = lambda actor, subject_id: None


REPORTS = {
    report.code: report
    for report in (
        Report("members", _l("学员学时明细"), member_report.sheets),
        Report(
            "course",
            _l("课程进度"),
            subject_report.course_sheets,
            subject_report.check_course,
        ),
        Report(
            "test",
            _l("考试成绩"),
            subject_report.test_sheets,
            subject_report.check_test,
        ),
    )
}


def find_report(code: str) -> Report:
    """The report of that code; raises NotFound."""
    report = REPORTS.get(code)
    if report is None:
        raise NotFound(_("没有这种报表。请从报表页重新选择。"))
    return report

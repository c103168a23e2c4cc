"""Exports hold the subtree of the manager's grant, exactly those figures, and nothing else."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from bench.generate import generate
from bench.generate_plan import Plan
from lms import clock
from lms.courses.models import Course, CourseProgress
from lms.db import db
from lms.files.models import Blob
from lms.jobs.worker import claim_next, run_claim
from lms.members.models import AuditEvent, Member, Membership, OrgUnit, RoleGrant
from lms.members.policy import Role
from lms.members.queries import find_actor_by_number
from lms.members.scope import ContentState
from lms.quizzes.models import Attempt, AttemptState, Paper
from lms.reports.jobs import forget_exports
from lms.reports.models import ReportExport
from lms.study.closing_actions import close_month
from lms.study.credit import CreditKind
from lms.study.months import Month
from tests.factories import People, make_unit
from tests.reports.conftest import NOW

NORTH = {"owner", "colleague", "learner", "peer", "manager"}


def test_a_line_says_what_the_ledger_says(
    asked: People, earn: Callable[..., None], exported_rows: Callable[..., list[dict[str, object]]]
) -> None:
    earn(asked.learner, "2.5", seconds=6750)
    earn(asked.learner, "3", counts_as=CreditKind.OFFLINE)
    earn(asked.learner, "1", day=date(2026, 10, 3), seconds=60)
    line = next(row for row in exported_rows("manager", asked.north) if row["编号"] == "learner")
    assert line["姓名"] == "李学员"
    assert line["单位"] == "北方支部 / 北方一组"
    assert (line["应学学时"], line["已学学时"]) == (8, 5.5)
    assert (line["网上学习"], line["集中学习"]) == (2.5, 3)
    assert line["学习时长"] == timedelta(seconds=6750)
    assert line["状态"] == "进度正常"
    assert line["通过测试数"] == line["完成课程数"] == 0


def test_tests_and_courses_of_the_month_are_there(
    asked: People, exported_rows: Callable[..., list[dict[str, object]]]
) -> None:
    at = datetime(2026, 11, 5, tzinfo=UTC)
    common = {"unit_id": asked.north, "audience_unit_id": asked.north, "created_at": at}
    paper = Paper(title="入门测试", state=ContentState.PUBLISHED, changed_at=at, **common)
    course = Course(code="c", title="安全", state=ContentState.PUBLISHED, changed_at=at, **common)
    db.session.add_all([paper, course])
    db.session.flush()
    for number, points, is_passed in ((1, 4, False), (2, 9, True)):
        db.session.add(attempt(paper, asked.learner, number, points, is_passed, at))
    progress = {"member_id": asked.learner, "course_id": course.id, "started_at": at}
    db.session.add(CourseProgress(seen_at=at, completed_at=at, **progress))
    db.session.commit()
    (line,) = [row for row in exported_rows("manager", asked.north) if row["编号"] == "learner"]
    assert (line["通过测试数"], line["测试最好成绩"]) == (1, "入门测试：90%")
    assert (line["完成课程数"], line["完成的课程"]) == (1, "安全")
    (line,) = [
        row for row in exported_rows("manager", asked.north, "2026-10") if row["编号"] == "learner"
    ]
    assert (line["通过测试数"], line["完成课程数"]) == (0, 0)


def attempt(
    paper: Paper, member_id: int, number: int, points: int, is_passed: bool, at: datetime
) -> Attempt:
    return Attempt(
        paper_id=paper.id,
        member_id=member_id,
        number=number,
        seed=1,
        state=AttemptState.SUBMITTED,
        started_at=at,
        submitted_at=at,
        grace_seconds=0,
        drawn={},
        points=Decimal(points),
        max_points=Decimal(10),
        is_passed=is_passed,
    )


def test_csv_holds_the_same_people(asked: People, export: Callable[..., bytes]) -> None:
    data = export("manager", asked.north, "csv")
    lines = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert {line["编号"] for line in lines[:-1]} == NORTH
    assert lines[-1]["编号"] == "合计"


def test_the_file_is_named_for_people(
    asked: People, client_of: Callable[[str], FlaskClient]
) -> None:
    data = {"unit": asked.north, "period": "2026-11", "format": "xlsx"}
    answer = client_of("manager").post("/reports/exports", data=data, follow_redirects=True)
    named = answer.headers["Content-Disposition"]
    assert "%E5%8C%97%E6%96%B9%E6%94%AF%E9%83%A8-2026%E5%B9%B411%E6%9C%88" in named
    assert load_workbook(io.BytesIO(answer.data)).sheetnames == ["学时明细", "单位汇总"]


def test_every_export_leaves_a_trace(asked: People, export: Callable[..., bytes]) -> None:
    export("manager", asked.north)
    (event,) = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "report.export"))
    assert (event.member_id, event.subject_id) == (asked.manager, asked.north)
    assert event.detail == {
        "report": "members",
        "period": "2026-11",
        "subject_id": None,
        "format": "xlsx",
        "people": len(NORTH),
    }


@pytest.mark.parametrize("number", ["outsider", "learner", "operator"])
def test_nobody_without_the_role_exports(
    number: str, asked: People, client_of: Callable[[str], FlaskClient]
) -> None:
    answer = client_of(number).post("/reports/exports", data={"unit": asked.north})
    assert answer.status_code == 403
    assert not db.session.scalars(select(ReportExport)).all()


def test_a_foreign_unit_is_not_found(
    asked: People, client_of: Callable[[str], FlaskClient]
) -> None:
    client = client_of("manager")
    for unit in (asked.south, asked.root, 999_999, "x"):
        assert client.post("/reports/exports", data={"unit": unit}).status_code == 404
    assert not db.session.scalars(select(ReportExport)).all()


def test_an_export_is_its_owners_alone(
    asked: People, client_of: Callable[[str], FlaskClient]
) -> None:
    client_of("manager").post("/reports/exports", data={"unit": asked.north})
    export = db.session.scalars(select(ReportExport)).one()
    db.session.rollback()
    for number in ("south-manager", "chief"):
        for what in ("", "/file", "/progress"):
            path = f"/reports/exports/{export.id}{what}"
            assert client_of(number).get(path).status_code == 404


def test_an_export_ends_with_the_role(
    asked: People, client_of: Callable[[str], FlaskClient]
) -> None:
    client = client_of("manager")
    client.post("/reports/exports", data={"unit": asked.north})
    grant = db.session.scalars(select(RoleGrant).where(RoleGrant.member_id == asked.manager)).one()
    grant.since_on, grant.until_on = date(2026, 1, 1), date(2026, 11, 19)
    south = RoleGrant(
        member_id=asked.manager, unit_id=asked.south, role=Role.MANAGER, since_on=date(2026, 11, 1)
    )
    db.session.add(south)
    db.session.commit()
    assert client.get("/reports/exports/1/file").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"report": "secrets"}, {"format": "exe"}, {"period": "2026-13"}, {"period": "2031-01"}],
)
def test_nonsense_is_answered_with_a_sentence(
    wrong: dict[str, str], asked: People, client_of: Callable[[str], FlaskClient]
) -> None:
    data = {"unit": asked.north} | wrong
    assert client_of("manager").post("/reports/exports", data=data).status_code in (404, 422)


@pytest.mark.parametrize("format", ["xlsx", "csv"])
def test_a_large_unit_is_written_by_the_worker(
    app: Flask,
    asked: People,
    client_of: Callable[[str], FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
    format: str,
) -> None:
    monkeypatch.setattr("lms.reports.actions.PEOPLE_AT_ONCE", 2)
    client = client_of("manager")
    data = {"unit": asked.north, "format": format}
    page = client.post("/reports/exports", data=data, follow_redirects=True)
    assert "正在后台生成" in page.text
    progress = client.get("/reports/exports/1/progress").json
    assert progress == {"fraction": 0.0, "text": "", "is_over": False}
    assert client.get("/reports/exports/1/file").status_code == 302
    claim = claim_next()
    assert claim is not None
    run_claim(app, claim)
    assert client.get("/reports/exports/1/progress").json["is_over"]
    assert "已经准备好" in client.get("/reports/exports/1").text
    file = client.get("/reports/exports/1/file", follow_redirects=True)
    assert file.status_code == 200
    if format == "csv":
        rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))[1:-1]
    else:
        page = load_workbook(io.BytesIO(file.data)).worksheets[0]
        rows = list(page.iter_rows(min_row=4, values_only=True))[:-1]
    assert {row[0] for row in rows} == NORTH


def test_old_exports_and_their_files_are_forgotten(
    app: Flask,
    asked: People,
    client_of: Callable[[str], FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lms.reports.actions.PEOPLE_AT_ONCE", 2)
    client = client_of("manager")
    client.post("/reports/exports", data={"unit": asked.north})
    claim = claim_next()
    assert claim is not None
    run_claim(app, claim)
    assert forget_exports() == 0
    with clock.frozen(NOW + timedelta(days=8)):
        assert forget_exports() == 1
    assert db.session.scalars(select(Blob)).all() == []
    assert db.session.scalar(select(AuditEvent.id).where(AuditEvent.action == "report.export"))
    db.session.rollback()
    assert client.get("/reports/exports/1").status_code == 404


def test_rows_are_the_subtree_exactly(
    asked: People, exported_rows: Callable[..., list[dict[str, object]]]
) -> None:
    """In a generated tree of some depth: for each unit, its people and nobody else."""
    plan = Plan(members=60, members_per_unit=4, units_per_unit=2, courses=1, months=1, seed=5)
    generate(plan, db.engine)
    db.session.rollback()
    top = db.session.scalars(select(OrgUnit).where(OrgUnit.code.startswith("g5-"))).first()
    assert top is not None
    grant = RoleGrant(
        member_id=asked.manager, unit_id=top.id, role=Role.MANAGER, since_on=date(2026, 1, 1)
    )
    db.session.add(grant)
    db.session.commit()
    units = db.session.scalars(select(OrgUnit).where(OrgUnit.path.startswith(top.path))).all()
    paths = {unit.id: unit.path for unit in units}
    db.session.rollback()
    assert len(paths) == 16
    for unit_id, path in paths.items():
        query = (
            select(Member.number)
            .join(Membership, Membership.member_id == Member.id)
            .join(OrgUnit, OrgUnit.id == Membership.unit_id)
            .where(OrgUnit.path.startswith(path))
        )
        expected = sorted(db.session.scalars(query))
        db.session.rollback()
        assert sorted(str(r["编号"]) for r in exported_rows("manager", unit_id)) == expected


def test_neighbours_with_alike_paths_are_kept_apart(
    asked: People, exported_rows: Callable[..., list[dict[str, object]]]
) -> None:
    """Unit 1 must not be taken for the beginning of unit 11: paths end with a slash."""
    root = db.session.get_one(OrgUnit, asked.root)
    for _ in range(12):
        make_unit("又一支部", root)
    db.session.commit()
    assert {row["编号"] for row in exported_rows("manager", asked.north)} == NORTH


def test_a_quarter_sums_its_months(
    asked: People, earn: Callable[..., None], exported_rows: Callable[..., list[dict[str, object]]]
) -> None:
    earn(asked.learner, "9", day=date(2026, 10, 3), seconds=100)
    earn(asked.learner, "7", day=date(2026, 11, 3), seconds=23)
    (line,) = [
        r for r in exported_rows("manager", asked.north, "2026-Q4") if r["编号"] == "learner"
    ]
    assert (line["应学学时"], line["已学学时"], line["状态"]) == (16, 16, "已完成")
    assert line["学习时长"] == timedelta(seconds=123)


def test_a_second_sheet_sums_the_units(
    asked: People, earn: Callable[..., None], export: Callable[..., bytes]
) -> None:
    earn(asked.learner, "8")
    page = load_workbook(io.BytesIO(export("manager", asked.north)))["单位汇总"]
    lines = list(page.iter_rows(min_row=4, values_only=True))
    assert [line[:4] for line in lines] == [
        ("单位", "人数", "应学人数", "已完成"),
        ("北方支部", 5, 5, 1),
        ("北方支部 / 北方一组", 2, 2, 1),
    ]
    assert lines[2][7:] == (0.5, 8, 4)


def test_a_closed_month_stays_and_corrections_stand_beside_it(
    asked: People, earn: Callable[..., None], exported_rows: Callable[..., list[dict[str, object]]]
) -> None:
    earn(asked.learner, "7", day=date(2026, 10, 3))
    manager = find_actor_by_number("chief")
    north = db.session.get_one(OrgUnit, asked.north)
    close_month(north, Month(2026, 10), by=manager)
    db.session.commit()
    earn(asked.learner, "1", day=date(2026, 10, 4))
    (line,) = [
        r for r in exported_rows("manager", asked.north, "2026-10") if r["编号"] == "learner"
    ]
    assert (line["已学学时"], line["结账后更正"], line["状态"]) == (7, 1, "未完成")
    (line,) = [
        r for r in exported_rows("manager", asked.north, "2026-Q4") if r["编号"] == "learner"
    ]
    assert (line["已学学时"], line["结账后更正"]) == (7, 1)


def test_who_moves_is_counted_where_they_were(
    asked: People, earn: Callable[..., None], exported_rows: Callable[..., list[dict[str, object]]]
) -> None:
    earn(asked.learner, "3", day=date(2026, 10, 3))
    stay = db.session.scalars(select(Membership).where(Membership.member_id == asked.learner)).one()
    stay.until_on = date(2026, 11, 9)
    db.session.flush()
    later = {"member_id": asked.learner, "unit_id": asked.south, "since_on": date(2026, 11, 10)}
    db.session.add(Membership(**later))
    db.session.commit()

    def numbers(manager: str, unit: int, period: str) -> set[object]:
        return {row["编号"] for row in exported_rows(manager, unit, period)}

    assert "learner" not in numbers("manager", asked.north, "2026-11")
    assert "learner" in numbers("south-manager", asked.south, "2026-11")
    assert "learner" in numbers("manager", asked.north, "2026-10")
    assert "learner" not in numbers("south-manager", asked.south, "2026-10")
    assert numbers("manager", asked.north, "2026-Q4") == NORTH

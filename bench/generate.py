"""One seeded, streaming generator of organisations, members, courses and study, of any size.

    python -m bench.generate --members 10000 --months 12
    DATABASE_URL=postgresql+psycopg://... python -m bench.generate --members 1000000

The same plan and seed give the same rows whatever the database, one member after the other, so
that memory does not grow with the size. Rows obey the rules of the product: totals equal entries,
counted time never overlaps, ids continue after what is there. Passwords are not set: benchmarks
open session rows, as the tests do.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text

from lms.courses.models import Chapter, Course, CourseProgress, Lesson, LessonProgress
from lms.db import Base, db
from lms.members.models import Member, Membership, MemberState, OrgUnit, RoleGrant
from lms.members.policy import Role
from lms.members.scope import ContentState
from lms.study.credit import PRESETS, CreditKind, to_data
from lms.study.models import EntryKind, Requirement, StudyEntry, StudyItem, StudyMonth, StudyRule
from lms.study.months import Month
from lms.study.requirements import CarryOver
from lms.study.spans import Reason, Stretch, encode

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉萍红建文云飞雪梅志远思源嘉宁"
UNIT_WORDS = ("机关", "运行", "检修", "燃料", "物资", "后勤", "信息", "财务", "安监", "培训")
SECONDS_PER_CREDIT = 45 * 60
PLACES = Decimal("0.0001")
DAY_STARTS_AT = 8  # o'clock in UTC+8; study lies between 8:00 and 22:00
STUDY_HOURS = 14
ROWS_AT_ONCE = 2_000
MEMBERS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """How large, over which months, and from which seed."""

    members: int = 1_000
    members_per_unit: int = 25
    units_per_unit: int = 8  # how many units stand below each
    courses: int = 20
    lessons_per_course: int = 8
    months: int = 3
    entries_per_month: int = 8  # of a member, on average
    last_on: str = "2026-11-20"  # nothing is studied after this day
    studies: float = 0.9  # the share of members who study at all
    seed: int = 7

    @property
    def units(self) -> int:
        """How many units, the root included."""
        return 1 + -(-self.members // self.members_per_unit)

    @property
    def last_day(self) -> date:
        """The last day of study."""
        return date.fromisoformat(self.last_on)

    def month_list(self) -> list[Month]:
        """The months, oldest first."""
        last = Month.of(self.last_day)
        return [last.plus(step) for step in range(1 - self.months, 1)]


@dataclass(frozen=True, slots=True)
class Ids:
    """The first free id of each table before anything is written."""

    unit: int
    member: int
    course: int
    chapter: int
    lesson: int
    rule: int
    entry: int


@dataclass(frozen=True, slots=True)
class Learner:
    """What drives the study of one member."""

    rng: random.Random
    pace: float  # against the average
    lessons: Iterator[int]  # the places of the lessons, in the order in which they are taken


Rows = Iterator[tuple[type[Base], dict[str, Any]]]


def units(plan: Plan, ids: Ids) -> Rows:
    """A tree in which every unit has `units_per_unit` below it, filled level by level."""
    at = moment(plan.month_list()[0].first_on, 0) - timedelta(days=400)
    paths: list[str] = []
    for n in range(plan.units):
        parent = None if n == 0 else (n - 1) // plan.units_per_unit
        path = f"{'/' if parent is None else paths[parent]}{ids.unit + n}/"
        paths.append(path)
        name = "示例集团" if n == 0 else f"{UNIT_WORDS[n % len(UNIT_WORDS)]}{n}支部"
        yield (
            OrgUnit,
            {
                "id": ids.unit + n,
                "parent_id": None if parent is None else ids.unit + parent,
                "path": path,
                "code": f"g{plan.seed}-{ids.unit + n}",
                "name": name,
                "position": n,
                "created_at": at,
            },
        )


def unit_of(plan: Plan, n: int) -> int:
    """The place of member `n`'s unit in the tree: blocks of neighbours share a unit."""
    return 1 + n // plan.members_per_unit if plan.units > 1 else 0


def people(plan: Plan, ids: Ids) -> Rows:
    """Members with a membership; the first of each unit manages it, the very first the root."""
    joined_on = plan.month_list()[0].first_on - timedelta(days=365)
    at = moment(joined_on, 0)
    for n in range(plan.members):
        rng = random.Random(f"{plan.seed}:name:{n}")
        name = rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2, 2))))
        member_id, unit_id = ids.member + n, ids.unit + unit_of(plan, n)
        yield (
            Member,
            {
                "id": member_id,
                "number": number_of(plan, member_id),
                "name": name,
                "state": MemberState.ACTIVE,
                "created_at": at,
                "changed_at": at,
            },
        )
        yield Membership, {"member_id": member_id, "unit_id": unit_id, "since_on": joined_on}
        if n % plan.members_per_unit == 0:
            granted = ids.unit if n == 0 else unit_id
            for role in (Role.MANAGER, Role.ADMINISTRATOR) if n == 0 else (Role.MANAGER,):
                row = {"member_id": member_id, "unit_id": granted, "role": role}
                yield RoleGrant, row | {"since_on": joined_on}


def number_of(plan: Plan, member_id: int) -> str:
    """What the member with that id signs in with."""
    return f"g{plan.seed}m{member_id:09d}"


def courses(plan: Plan, ids: Ids) -> Rows:
    """Published courses of text lessons for everybody."""
    at = moment(plan.month_list()[0].first_on, 0)
    for c in range(plan.courses):
        yield (
            Course,
            {
                "id": ids.course + c,
                "code": f"g{plan.seed}-{ids.course + c}",
                "title": f"{UNIT_WORDS[c % len(UNIT_WORDS)]}课程第 {c + 1} 讲",
                "summary": "为测量而生成的课程。",
                "category": UNIT_WORDS[c % 3],
                "unit_id": ids.unit,
                "audience_unit_id": ids.unit,
                "state": ContentState.PUBLISHED,
                "revision": 1,
                "created_at": at,
                "changed_at": at,
                "published_at": at,
            },
        )
        chapter = {"id": ids.chapter + c, "course_id": ids.course + c, "position": 1}
        yield Chapter, chapter | {"title": "全部内容"}
        for place in range(plan.lessons_per_course):
            yield (
                Lesson,
                {
                    "id": ids.lesson + c * plan.lessons_per_course + place,
                    "course_id": ids.course + c,
                    "chapter_id": ids.chapter + c,
                    "position": place + 1,
                    "title": f"第 {place + 1} 课",
                    "kind": "text",
                    "is_required": True,
                    "settings": {},
                    "chars": 1_200,
                    "duration_seconds": 0.0,
                    "created_at": at,
                    "changed_at": at,
                },
            )


def terms(plan: Plan, ids: Ids) -> Rows:
    """The rule by which credit was given, and eight hours a month asked of everybody."""
    first = plan.month_list()[0]
    at = moment(first.first_on, 0)
    rule = {"id": ids.rule, "name": "按学习时间计学时", "data": to_data(PRESETS["time"])}
    yield StudyRule, rule | {"effective_on": date(2000, 1, 1), "note": "", "created_at": at}
    asked = {"unit_id": ids.unit, "since_month": first.key, "month_hours": Decimal(8), "note": ""}
    done = {"published_at": at, "published_by_id": ids.member}
    yield Requirement, asked | done | {"carry_over": CarryOver.NONE}


def study(plan: Plan, ids: Ids, entry_id: int, n: int) -> Rows:
    """Everything that member `n` did: entries, the totals that they add up to, and progress."""
    rng = random.Random(f"{plan.seed}:study:{n}")
    if rng.random() >= plan.studies or not plan.courses * plan.lessons_per_course:
        return
    member_id, unit_id = ids.member + n, ids.unit + unit_of(plan, n)
    learner = Learner(rng, rng.uniform(0.2, 1.8), way_through(plan, rng))
    items: dict[int, dict[str, Any]] = {}
    for month in plan.month_list():
        total = {"seconds": 0, "credit": Decimal(0)}
        for entry in month_entries(plan, ids, learner, month):
            row = {"id": entry_id, "member_id": member_id, "unit_id": unit_id} | entry
            yield StudyEntry, row
            entry_id += 1
            total["seconds"] += entry["seconds"]
            total["credit"] += entry["credit"]
            add_item(items, member_id, entry)
        if total["seconds"]:
            keys = {"member_id": member_id, "month": month.key}
            yield StudyMonth, keys | total | {"online_credit": total["credit"]}
    for item in items.values():
        yield StudyItem, item
    yield from progress(plan, ids, member_id, items)


def way_through(plan: Plan, rng: random.Random) -> Iterator[int]:
    """The lessons in the order in which a member takes them: course after course, then again."""
    order = rng.sample(range(plan.courses), plan.courses)
    while True:
        for course in order:
            for place in range(plan.lessons_per_course):
                yield course * plan.lessons_per_course + place


def month_entries(plan: Plan, ids: Ids, learner: Learner, month: Month) -> Iterator[dict[str, Any]]:
    """The entries of one member and month in order; on one day they follow one another."""
    rng = learner.rng
    days = min(month.days, (plan.last_day - month.first_on).days + 1)
    count = min(round(plan.entries_per_month * learner.pace * days / month.days), days * 4)
    slots = sorted(rng.sample(range(days * 4), count))
    for slot in slots:
        day = month.first_on + timedelta(days=slot // 4)
        # Four slots of three and a half hours a day: what lies in different ones never overlaps.
        start = moment(day, DAY_STARTS_AT) + timedelta(hours=STUDY_HOURS / 4 * (slot % 4))
        seconds = rng.randint(240, 5_400)
        pause, half_ms = rng.randint(30, 600), seconds * 500
        stretches = (
            Stretch(Reason.COUNTED, half_ms, half_ms),
            Stretch(Reason.HIDDEN, pause * 1000),
            Stretch(Reason.COUNTED, half_ms, half_ms),
        )
        credit = (Decimal(seconds) / SECONDS_PER_CREDIT).quantize(PLACES, ROUND_DOWN)
        ended = start + timedelta(seconds=seconds + pause)
        place = next(learner.lessons)
        yield {
            "kind": EntryKind.ONLINE,
            "counts_as": CreditKind.ONLINE,
            "day_on": day,
            "month": month.key,
            "subject_kind": "lesson",
            "subject_id": ids.lesson + place,
            "title": f"第 {place % plan.lessons_per_course + 1} 课",
            "seconds": seconds,
            "credit": credit,
            "is_required": False,
            "rule_id": ids.rule,
            "reason": "",
            "started_at": start,
            "stretches": encode(stretches),
            "recorded_at": ended,
            "recorded_on": day,
        }


def add_item(items: dict[int, dict[str, Any]], member_id: int, entry: dict[str, Any]) -> None:
    """Add an entry to the totals of its lesson."""
    item = items.setdefault(
        entry["subject_id"],
        {
            "member_id": member_id,
            "subject_kind": "lesson",
            "subject_id": entry["subject_id"],
            "counted_seconds": 0,
            "credit": Decimal(0),
            "frontier_ms": 0,
            "completed_at": None,
        },
    )
    item["counted_seconds"] += entry["seconds"]
    item["credit"] += entry["credit"]
    item["changed_at"] = entry["recorded_at"]


def progress(plan: Plan, ids: Ids, member_id: int, items: dict[int, dict[str, Any]]) -> Rows:
    """How far the member is in what they studied; five minutes finish a lesson."""
    done: dict[int, list[dict[str, Any]]] = {}
    for lesson_id, item in items.items():
        is_done = item["counted_seconds"] >= 300
        yield (
            LessonProgress,
            {
                "member_id": member_id,
                "lesson_id": lesson_id,
                "fraction": Decimal(1) if is_done else Decimal("0.5"),
                "position": {},
                "started_at": item["changed_at"],
                "seen_at": item["changed_at"],
                "completed_at": item["changed_at"] if is_done else None,
            },
        )
        done.setdefault((lesson_id - ids.lesson) // plan.lessons_per_course, []).append(item)
    for course, studied in done.items():
        times = [item["changed_at"] for item in studied]
        seconds = [item["counted_seconds"] for item in studied]
        is_whole = len(studied) == plan.lessons_per_course and min(seconds) >= 300
        yield (
            CourseProgress,
            {
                "member_id": member_id,
                "course_id": ids.course + course,
                "last_lesson_id": studied[-1]["subject_id"],
                "started_at": min(times),
                "seen_at": max(times),
                "completed_at": max(times) if is_whole else None,
            },
        )


def moment(day: date, hour: float) -> datetime:
    """A moment of the day, told by the clock of UTC+8."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)


def first_ids(connection: Connection) -> Ids:
    """The ids that follow what is in the database."""
    models = (OrgUnit, Member, Course, Chapter, Lesson, StudyRule, StudyEntry)
    found = [connection.scalar(select(func.max(model.id))) for model in models]
    return Ids(*((top or 0) + 1 for top in found))


def generate(plan: Plan, engine: Engine) -> dict[str, int]:
    """Write everything that `plan` asks for; gives the number of rows of each table."""
    counts: dict[str, int] = {}
    with engine.connect() as connection:
        ids = first_ids(connection)
    for rows in (units(plan, ids), people(plan, ids), courses(plan, ids), terms(plan, ids)):
        for part in batches(rows, ROWS_AT_ONCE * 10):
            with engine.begin() as connection:
                write(connection, part, counts)
    entry_id = ids.entry
    for start in range(0, plan.members, MEMBERS_AT_ONCE):
        rows: list[tuple[type[Base], dict[str, Any]]] = []
        for n in range(start, min(start + MEMBERS_AT_ONCE, plan.members)):
            own = list(study(plan, ids, entry_id, n))
            entry_id += sum(model is StudyEntry for model, _row in own)
            rows += own
        with engine.begin() as connection:
            write(connection, rows, counts)
    follow_up(engine)
    return counts


def write(
    connection: Connection,
    rows: Iterable[tuple[type[Base], dict[str, Any]]],
    counts: dict[str, int],
) -> None:
    """Insert the rows, those of one table together, in the order in which tables first occur."""
    by_model: dict[type[Base], list[dict[str, Any]]] = {}
    for model, row in rows:
        by_model.setdefault(model, []).append(row)
    for model, values in by_model.items():
        connection.execute(insert(model.__table__), values)  # type: ignore[arg-type]
        name = str(model.__tablename__)
        counts[name] = counts.get(name, 0) + len(values)


def batches(rows: Rows, size: int) -> Iterator[list[tuple[type[Base], dict[str, Any]]]]:
    """The stream in lists of at most `size`."""
    while part := list(islice(rows, size)):
        yield part


def follow_up(engine: Engine) -> None:
    """Let the planner know the new sizes, and let PostgreSQL count on from the ids given."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            for model in (OrgUnit, Member, Course, Chapter, Lesson, StudyRule, StudyEntry):
                table = model.__tablename__
                connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                        f"(SELECT max(id) FROM {table}))"
                    )
                )
        connection.execute(text("ANALYZE"))


def main(arguments: list[str]) -> None:
    """Generate into the database of the settings, which must have been set up; prints JSON."""
    # The application is built here and not on import: benchmarks import this module.
    from wsgi import app  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    for field in fields(Plan):
        name = f"--{field.name.replace('_', '-')}"
        parser.add_argument(name, type=field.type, default=field.default)
    plan = Plan(**vars(parser.parse_args(arguments)))
    with app.app_context():
        started = time.perf_counter()
        counts = generate(plan, db.engine)
        seconds = time.perf_counter() - started
    rows = sum(counts.values())
    figures = {"seconds": round(seconds, 2), "rows": rows, "rows_per_second": round(rows / seconds)}
    print(json.dumps({"plan": asdict(plan), **figures, "tables": counts}, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])

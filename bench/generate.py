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
from dataclasses import asdict, fields
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text

from bench.generate_plan import Ids, Plan, Rows, moment, unit_of
from bench.generate_study import study
from lms.courses.models import Chapter, Course, Lesson
from lms.db import Base, db
from lms.members.models import Member, Membership, MemberState, OrgUnit, RoleGrant
from lms.members.policy import Role
from lms.members.scope import ContentState
from lms.study.credit import PRESETS, to_data
from lms.study.models import Requirement, StudyEntry, StudyRule, StudyTitle
from lms.study.requirements import CarryOver

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华玉萍红建文云飞雪梅志远思源嘉宁"
UNIT_WORDS = ("机关", "运行", "检修", "燃料", "物资", "后勤", "信息", "财务", "安监", "培训")
ROWS_AT_ONCE = 2_000
MEMBERS_AT_ONCE = 500
# Where ids are handed out here, in the order of Ids.
SERIAL = (OrgUnit, Member, Course, Chapter, Lesson, StudyRule, StudyTitle, StudyEntry)


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
                    "title": title_of(place),
                    "kind": "text",
                    "is_required": True,
                    "settings": {},
                    "chars": 1_200,
                    "duration_seconds": 0.0,
                    "created_at": at,
                    "changed_at": at,
                },
            )


def title_of(place: int) -> str:
    """What the lesson at that place of every course is called."""
    return f"第 {place + 1} 课"


def titles(plan: Plan, ids: Ids) -> Rows:
    """The titles of all lessons, as the ledger keeps them."""
    for place in range(plan.lessons_per_course):
        yield StudyTitle, {"id": ids.title + place, "text": title_of(place)}


def terms(plan: Plan, ids: Ids) -> Rows:
    """The rule by which credit was given, and eight hours a month asked of everybody."""
    first = plan.month_list()[0]
    at = moment(first.first_on, 0)
    rule = {"id": ids.rule, "name": "按学习时间计学时", "data": to_data(PRESETS["time"])}
    yield StudyRule, rule | {"effective_on": date(2000, 1, 1), "note": "", "created_at": at}
    asked = {"unit_id": ids.unit, "since_month": first.key, "month_hours": Decimal(8), "note": ""}
    done = {"published_at": at, "published_by_id": ids.member}
    yield Requirement, asked | done | {"carry_over": CarryOver.NONE}


def first_ids(connection: Connection) -> Ids:
    """The ids that follow what is in the database."""
    found = [connection.scalar(select(func.max(model.id))) for model in SERIAL]
    return Ids(*((top or 0) + 1 for top in found))


def generate(plan: Plan, engine: Engine) -> dict[str, int]:
    """Write everything that `plan` asks for; gives the number of rows of each table."""
    counts: dict[str, int] = {}
    with engine.connect() as connection:
        ids = first_ids(connection)
    for make in (units, people, courses, titles, terms):
        for part in batches(make(plan, ids), ROWS_AT_ONCE * 10):
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
            for model in SERIAL:
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

"""Fills a fresh installation with people and a year of study, so that pictures look lived in.

    DATA_DIR=/tmp/show python bin/furnish.py

Made for pictures and trying out; the figures are invented but the same each time.
"""

import random
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask
from sqlalchemy import select

from lms import clock, create_app
from lms.courses.models import Course, Lesson
from lms.db import db
from lms.members.actions import create_member
from lms.members.models import Member, MemberState
from lms.members.queries import find_member_by_number, find_unit_by_code
from lms.study import ledger
from lms.study.credit import CreditKind
from lms.study.ledger import NewEntry
from lms.study.models import EntryKind
from lms.study.requirement_actions import publish_first_requirement
from lms.web.settings import settings

SEED = 20261121
COLLEAGUES = {
    "office": "何文静 郭海涛 宋雅琴 邓伟 曹丽",
    "second-ops": "赵志强 刘洋 孙桂英 马超 朱建军 胡敏 林涛",
    "second-repair": "陈建国 高翔 罗勇 梁艳 谢军 韩雪",
}
MONTH_HOURS = {"diligent": (4.0, 6.5), "steady": (3.0, 4.6), "late": (0.2, 1.8)}


def main() -> None:
    app = create_app()
    with app.app_context():
        furnish(app)


def furnish(app: Flask) -> None:
    """Add colleagues and their study; does nothing where there are colleagues already."""
    root = find_unit_by_code("root")
    if root is None or find_member_by_number("c001") is not None:
        return
    publish_first_requirement(root)
    members = [member.id for member in add_colleagues()]
    known = [find_member_by_number(number) for number in ("member", "manager", "teacher")]
    lessons = list(db.session.execute(select(Lesson.title, Course.title).join(Course)))
    chance = random.Random(SEED)
    for member_id in [*(member.id for member in known if member), *members]:
        study(member_id, lessons, chance)
    db.session.commit()
    print(f"{len(members)} colleagues and their study.")


def add_colleagues() -> list[Member]:
    """A handful of people in each unit."""
    today = clock.now().astimezone(settings().zone).date()
    people = []
    for code, names in COLLEAGUES.items():
        unit = find_unit_by_code(code)
        for name in names.split() if unit else []:
            number = f"c{len(people) + 1:03}"
            since = today - timedelta(days=700)
            member = create_member(number=number, name=name, unit=unit, since_on=since)
            member.state = MemberState.ACTIVE
            people.append(member)
    return people


def study(member_id: int, lessons: list, chance: random.Random) -> None:
    """Twelve months of entries in the person's own manner."""
    now = clock.now()
    zone = settings().zone
    low, high = MONTH_HOURS[chance.choice(("diligent", "diligent", "steady", "steady", "late"))]
    for back in range(12):
        first = month_before(now.astimezone(zone).date(), back)
        last = now.astimezone(zone).date() if back == 0 else first + timedelta(days=27)
        hours = chance.uniform(low, high) * (last.day / 30 if back == 0 else 1)
        while hours > 0.05:
            share = min(hours, chance.uniform(0.3, 1.0))
            hours -= share
            day = first + timedelta(days=chance.randrange((last - first).days + 1))
            at = min(datetime.combine(day, time(20, chance.randrange(60)), zone), now)
            ledger.add(entry(member_id, lessons, chance, Decimal(f"{share:.2f}"), at, day))


def entry(
    member_id: int, lessons: list, chance: random.Random, credit: Decimal, at: datetime, day: date
) -> NewEntry:
    """One line: mostly a lesson, sometimes a lecture or a test."""
    common = {"member_id": member_id, "day": day, "at": at, "credit": credit, "is_required": True}
    what = chance.random()
    if what > 0.9:
        return NewEntry(
            kind=EntryKind.OFFLINE, counts_as=CreditKind.OFFLINE, title="支部集中学习", **common
        )
    if what > 0.8 or not lessons:
        title = "季度应知应会测试"
        return NewEntry(kind=EntryKind.TEST, counts_as=CreditKind.TEST, title=title, **common)
    title, course = chance.choice(lessons)
    return NewEntry(
        kind=EntryKind.ONLINE,
        counts_as=CreditKind.ONLINE,
        title=f"{course}：{title}",
        seconds=int(credit * 2700),
        started_at=at - timedelta(seconds=int(credit * 2700)),
        **common,
    )


def month_before(day: date, back: int) -> date:
    """The first day of the month `back` months before that of `day`."""
    number = day.year * 12 + day.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


if __name__ == "__main__":
    main()

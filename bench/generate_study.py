"""The study of one generated member: entries, the totals that they add up to, and progress."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from bench.generate_plan import Ids, Plan, Rows, moment, unit_of
from lms.courses.models import CourseProgress, LessonProgress
from lms.study.credit import CreditKind
from lms.study.models import EntryKind, StudyEntry, StudyItem, StudyMonth
from lms.study.months import Month
from lms.study.spans import Reason, Stretch, encode

SECONDS_PER_CREDIT = 45 * 60
PLACES = Decimal("0.0001")
DAY_STARTS_AT = 8  # o'clock in UTC+8; study lies between 8:00 and 22:00
STUDY_HOURS = 14


@dataclass(frozen=True, slots=True)
class Learner:
    """What drives the study of one member."""

    rng: random.Random
    pace: float  # against the average
    lessons: Iterator[int]  # the places of the lessons, in the order in which they are taken


def study(plan: Plan, ids: Ids, entry_id: int, n: int) -> Rows:
    """Everything that member `n` did: entries, the totals that they add up to, and progress."""
    rng = random.Random(f"{plan.seed}:study:{n}")
    if rng.random() >= plan.studies or not plan.courses * plan.lessons_per_course:
        return
    member_id, unit_id = ids.member + n, ids.unit + unit_of(plan, n)
    learner = Learner(rng, rng.uniform(0.2, 1.8), way_through(plan, rng))
    items: dict[int, dict[str, Any]] = {}
    seen_at: dict[int, datetime] = {}
    for month in plan.month_list():
        total = {"seconds": 0, "credit": Decimal(0)}
        for entry in month_entries(plan, ids, learner, month):
            row = {"id": entry_id, "member_id": member_id, "unit_id": unit_id} | entry
            yield StudyEntry, row
            entry_id += 1
            total["seconds"] += entry["seconds"]
            total["credit"] += entry["credit"]
            add_item(items, member_id, entry)
            seen_at[entry["subject_id"]] = entry["recorded_at"]
        if total["seconds"]:
            keys = {"member_id": member_id, "month": month.key}
            yield StudyMonth, keys | total | {"online_credit": total["credit"]}
    for item in items.values():
        yield StudyItem, item
    yield from progress(plan, ids, items, seen_at)


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
            "title_id": ids.title + place % plan.lessons_per_course,
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


def progress(
    plan: Plan, ids: Ids, items: dict[int, dict[str, Any]], seen_at: dict[int, datetime]
) -> Rows:
    """How far the member is in what they studied; five minutes finish a lesson."""
    done: dict[int, list[dict[str, Any]]] = {}
    for lesson_id, item in items.items():
        is_done = item["counted_seconds"] >= 300
        yield (
            LessonProgress,
            {
                "member_id": item["member_id"],
                "lesson_id": lesson_id,
                "fraction": Decimal(1) if is_done else Decimal("0.5"),
                "position": {},
                "started_at": seen_at[lesson_id],
                "seen_at": seen_at[lesson_id],
                "completed_at": seen_at[lesson_id] if is_done else None,
            },
        )
        done.setdefault((lesson_id - ids.lesson) // plan.lessons_per_course, []).append(item)
    for course, studied in done.items():
        times = [seen_at[item["subject_id"]] for item in studied]
        seconds = [item["counted_seconds"] for item in studied]
        is_whole = len(studied) == plan.lessons_per_course and min(seconds) >= 300
        yield (
            CourseProgress,
            {
                "member_id": studied[0]["member_id"],
                "course_id": ids.course + course,
                "last_lesson_id": studied[-1]["subject_id"],
                "started_at": min(times),
                "seen_at": max(times),
                "completed_at": max(times) if is_whole else None,
            },
        )

"""Months, credit, requirements and seals as tables of cases and as properties."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.study.credit import PRESETS, Earning, Rules, from_data, to_data
from lms.study.months import Month, day_and_end, from_ms, midnight, to_ms
from lms.study.requirements import (
    CarryOver,
    Status,
    Terms,
    applicable,
    carried_hours,
    days_left,
    obliged_days,
    outlook,
    required_hours,
    status_of,
)
from lms.study.seal import FIRST_HASH, Breach, Sealed, digest, find_breach, seal_hash

ZONE = ZoneInfo("Asia/Shanghai")
D = Decimal
JANUARY = Month(2026, 1)
NOVEMBER = Month(2026, 11)

# Months


def test_months_count_and_sort():
    assert Month.parse("2026-11") == Month.from_key(202611) == Month.of(date(2026, 11, 30))
    assert str(NOVEMBER.plus(2)) == "2027-01" and str(NOVEMBER.plus(-11)) == "2025-12"
    assert [m.number for m in Month(2026, 10).quarter_start.until(Month(2026, 12))] == [10, 11, 12]
    assert (Month(2028, 2).days, NOVEMBER.last_on) == (29, date(2026, 11, 30))


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-0", "26-11", "", "2026/11", "2026-1a", "٢٠٢٦-11"]
)
def test_nonsense_is_no_month(text):
    with pytest.raises(ValueError):
        Month.parse(text)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)))
def test_a_moment_lies_in_its_day(naive):
    moment = naive.replace(tzinfo=UTC)
    day, end_ms = day_and_end(to_ms(moment), ZONE)
    assert midnight(day, ZONE) <= moment < from_ms(end_ms)
    assert abs((from_ms(to_ms(moment)) - moment).total_seconds()) < 0.001


# Credit


@pytest.mark.parametrize(
    ("minutes", "seconds", "credit"),
    [(45, 2700, "1"), (50, 2700, "0.9"), (60, 1800, "0.5"), (45, 0, "0"), (45, 180, "0.0666")],
)
def test_time_earns_by_the_minutes_of_a_credit_hour(minutes, seconds, credit):
    assert Rules(minutes_per_credit=minutes).for_online(seconds) == D(credit)


@pytest.mark.parametrize(
    ("preset", "length_minutes", "credit"),
    [
        ("time", 30, "0"),
        ("completion_test", 45, "1"),
        ("completion_test", 9, "0.2"),
        ("tiers", 30, "1"),
        ("tiers", 29.99, "0.5"),
        ("tiers", 15, "0.5"),
        ("tiers", 14.9, "0.25"),
        ("tiers", 1, "0.25"),
    ],
)
def test_finishing_earns_by_length_or_tier(preset, length_minutes, credit):
    assert PRESETS[preset].for_completion(int(length_minutes * 60)) == D(credit)
    if preset != "time":
        assert PRESETS[preset].for_online(3600) == 0


def test_reflections_earn_by_length():
    rules = PRESETS["completion_test"]
    assert [rules.for_reflection(n) for n in (499, 500, 999, 5000)] == [0, D("0.5"), D("0.5"), 1]


def test_caps_leave_what_there_is_room_for():
    rules = Rules(day_credit_cap=D(2), month_credit_cap=D(10), item_credit_cap=D(1))

    def left(item, day, month):
        return rules.capped(D("0.5"), item_before=D(item), day_before=D(day), month_before=D(month))

    assert left(0, 0, 0) == D("0.5")
    assert left("0.8", 0, 0) == D("0.2")
    assert left(0, "1.9", 0) == D("0.1")
    assert left(0, 0, 11) == 0


def test_item_caps_follow_length():
    rules = Rules()
    assert rules.item_cap_seconds(chars=3000) == 900
    assert rules.item_cap_seconds(chars=5) == 30
    assert rules.item_cap_seconds(duration_seconds=600.0) == 720
    assert rules.item_cap_seconds() is None
    assert (rules.expected_seconds(chars=3000), rules.expected_seconds(duration_seconds=9.6)) == (
        600,
        10,
    )


@pytest.mark.parametrize("name", list(PRESETS))
def test_rules_survive_storage(name):
    assert from_data(to_data(PRESETS[name])) == PRESETS[name]


@pytest.mark.parametrize(
    "data",
    [
        {"minutes_per_credit": 0},
        {"minutes_per_credit": "x"},
        {"earning": "magic"},
        {"test_credit": "-1"},
        {"test_credit": "NaN"},
        {"max_rate": "0.5"},
        {"length_tiers": [["30"]]},
        {"length_tiers": [["30", "-1"]]},
        {"surprise": 1},
        {"media_factor": "0"},
    ],
)
def test_rules_that_make_no_sense_are_refused(data):
    with pytest.raises(ValueError):
        from_data(data)


@given(st.lists(st.integers(0, 20_000), max_size=20), st.sampled_from([45, 50, 60]))
def test_credit_of_parts_is_never_more_than_of_the_whole(parts, minutes):
    rules = Rules(earning=Earning.TIME, minutes_per_credit=minutes)
    total = sum((rules.for_online(seconds) for seconds in parts), D(0))
    assert total <= rules.for_online(sum(parts)) <= total + len(parts) * D("0.0001")


# Requirements


def terms(id, path, hours, since=JANUARY, **options):
    return Terms(id=id, unit_path=path, since=since, month_hours=D(hours), **options)


def test_the_nearest_unit_the_role_and_the_person_override_in_that_order():
    known = [
        terms(1, "/1/", 4),
        terms(2, "/1/2/", 8),
        terms(3, "/1/", 10, role="manager"),
        terms(4, "/1/", 1, member_id=7),
        terms(5, "/1/2/", 9, since=Month(2026, 12)),
        terms(6, "/1/", 5, since=Month(2026, 6)),
    ]

    def found(path, member_id=1, roles=(), month=NOVEMBER):
        one = applicable(
            known, month=month, unit_path=path, member_id=member_id, roles=frozenset(roles)
        )
        return one.id if one else None

    assert found("/1/3/") == 6
    assert found("/1/3/", month=Month(2026, 5)) == 1
    assert found("/1/2/9/") == 2
    assert found("/1/2/9/", month=Month(2026, 12)) == 5
    assert found("/1/2/", roles=["manager"]) == 3
    assert found("/1/2/", member_id=7, roles=["manager"]) == 4
    assert found("/1/", month=Month(2025, 12)) is None
    assert found("/5/") is None


@pytest.mark.parametrize(
    ("belongs", "exempt", "days", "hours"),
    [
        ([(date(2020, 1, 1), None)], [], 30, "8.0"),
        ([(date(2026, 11, 16), None)], [], 15, "4.0"),
        ([(date(2020, 1, 1), date(2026, 11, 3))], [], 3, "0.8"),
        ([(date(2020, 1, 1), None)], [(date(2026, 11, 1), date(2026, 11, 15))], 15, "4.0"),
        ([(date(2020, 1, 1), None)], [(date(2026, 1, 1), None)], 0, "0.0"),
        ([(date(2020, 1, 1), date(2026, 11, 9)), (date(2026, 11, 10), None)], [], 30, "8.0"),
        ([(date(2026, 12, 1), None)], [], 0, "0.0"),
        ([(date(2026, 11, 11), None)], [(date(2026, 11, 5), date(2026, 11, 20))], 10, "2.7"),
    ],
)
def test_joining_leaving_and_exemptions_count_pro_rata(belongs, exempt, days, hours):
    assert obliged_days(NOVEMBER, belongs, exempt) == days
    assert required_hours(terms(1, "/1/", 8), month=NOVEMBER, days=days) == D(hours)


def test_a_year_without_month_hours_is_shared_evenly():
    yearly = Terms(1, "/1/", Month(2026, 1), month_hours=None, year_hours=D(32))
    assert required_hours(yearly, month=NOVEMBER, days=30) == D("2.7")
    assert (yearly.year_total, terms(2, "/1/", 4).year_total) == (32, 48)


def test_surplus_is_carried_within_its_period_and_deficits_are_not():
    history = {
        Month(2026, 9): (D(8), D(100)),
        Month(2026, 10): (D(8), D(11)),
    }
    assert carried_hours(CarryOver.NONE, NOVEMBER, history) == 0
    assert carried_hours(CarryOver.QUARTER, NOVEMBER, history) == 3
    assert carried_hours(CarryOver.YEAR, NOVEMBER, history) == 95
    late = {Month(2026, 10): (D(8), D(1))}
    assert carried_hours(CarryOver.QUARTER, NOVEMBER, late) == 0
    assert carried_hours(CarryOver.QUARTER, Month(2026, 10), history) == 0


@pytest.mark.parametrize(
    ("required", "earned", "day", "status"),
    [
        (8, 8, 1, Status.MET),
        (8, 0, 1, Status.ON_TRACK),
        (8, 0, 11, Status.ON_TRACK),  # 20 days left bear 1.5 times the even share
        (8, 0, 12, Status.BEHIND),
        (8, "4.2", 20, Status.ON_TRACK),
        (8, "4.2", 28, Status.BEHIND),
        (8, "7.9", 30, Status.ON_TRACK),
        (8, 7, 30, Status.BEHIND),
        (0, 0, 20, Status.EXEMPT),
    ],
)
def test_status_compares_the_pace_with_the_days_left(required, earned, day, status):
    today = date(2026, 11, day)
    found = status_of(required=D(required), earned=D(earned), month=NOVEMBER, today=today)
    assert found is status


def test_whoever_joined_late_is_measured_by_the_days_since():
    values = {"required": D("2.7"), "earned": D(0), "month": NOVEMBER, "today": date(2026, 11, 21)}
    assert status_of(**values) is Status.BEHIND
    assert status_of(**values, days=10) is Status.ON_TRACK


def test_a_month_that_is_over_is_met_or_behind():
    today = date(2026, 12, 1)
    assert days_left(NOVEMBER, today) == 0
    assert status_of(required=D(8), earned=D(7), month=NOVEMBER, today=today) is Status.BEHIND
    assert days_left(Month(2027, 1), today) == 31


@pytest.mark.parametrize(
    ("earned", "day", "finish", "minutes"),
    [
        ("6", 20, date(2026, 11, 27), 9),
        ("4.2", 20, None, 16),
        ("0", 20, None, 33),
        ("8", 20, None, 0),
        ("7", 30, None, 45),
    ],
)
def test_the_outlook_says_when_the_pace_so_far_gets_there(earned, day, finish, minutes):
    found = outlook(
        required=D(8),
        earned=D(earned),
        month=NOVEMBER,
        today=date(2026, 11, day),
        minutes_per_credit=45,
    )
    assert (found.finish_on, found.minutes_a_day) == (finish, minutes)


# Seals

DAY = date(2026, 11, 20)
ROWS = {1: ("a", 5, None), 2: ("b", 6, D("0.5")), 9: ("c", 0, "")}


def sealed(rows=ROWS, previous=FIRST_HASH):
    digests = b"".join(digest(key, row) for key, row in sorted(rows.items()))
    return Sealed(DAY, len(rows), digests, previous, seal_hash(DAY, previous, digests))


def found(rows, seal=None, previous=FIRST_HASH):
    digests = [digest(key, row) for key, row in sorted(rows.items())]
    return find_breach(seal or sealed(), previous, digests)


def test_an_untouched_day_holds():
    assert found(ROWS) is None


@pytest.mark.parametrize(
    ("rows", "fault", "entry_id"),
    [
        (ROWS | {2: ("b", 60, D("0.5"))}, "changed", 2),
        ({1: ROWS[1], 9: ROWS[9]}, "missing", 2),
        (ROWS | {5: ("x", 1, None)}, "added", 5),
        (ROWS | {1: ("", "a5", None)}, "changed", 1),  # no value runs into the next
        ({}, "missing", 1),
    ],
)
def test_the_first_entry_that_was_touched_is_named(rows, fault, entry_id):
    assert found(rows) == Breach(DAY, fault, entry_id)


def test_a_seal_that_was_made_anew_breaks_the_chain():
    honest = sealed()
    forged = sealed(ROWS | {2: ("b", 600, None)})
    assert found(ROWS, seal=forged) == Breach(DAY, "changed", 2)
    assert found(ROWS, previous=forged.hash) == Breach(DAY, "chain")
    half = Sealed(DAY, 3, forged.digests, FIRST_HASH, honest.hash)
    assert found(ROWS, seal=half) == Breach(DAY, "seal")

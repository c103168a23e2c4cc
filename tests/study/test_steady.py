"""A second clock that nobody sets: a server clock that is put forward makes no time."""

import subprocess
import sys
from datetime import timedelta

import pytest

from lms import clock
from lms.db import db
from lms.study import jobs, proofs
from lms.study.clock import step
from lms.study.clock_state import Beat, Clock, Seat, dump, load
from lms.study.models import StudyEntry
from lms.study.spans import Reason
from tests.study.test_clock import DAY_END, NOON, TEXT

MINUTE = 60_000


def study(jumps, *, boots=None, claim_ms=10**9, each_ms=15_000):
    """The clock after a report every quarter of a minute; `jumps` are added to the server's."""
    at, at_ms, real_ms = Clock(), NOON, 0
    for number, jump_ms in enumerate(jumps, start=1):
        real_ms += each_ms
        at_ms += each_ms + jump_ms
        steady = ((boots or {}).get(number, "a"), real_ms)
        beat = Beat(1, number, TEXT, claim_ms)
        at = step(at, beat, at_ms, day_end=DAY_END, seat=Seat(TEXT), steady=steady).clock
        assert load(dump(at)) == at
    return at, real_ms - each_ms


@pytest.mark.parametrize("jump_ms", [1, 900, 2_500, 20_000, MINUTE, 5 * MINUTE, 9 * MINUTE])
def test_a_short_jump_forward_makes_no_time_for_a_liar(jump_ms):
    after, real_ms = study([0, 0, jump_ms, 0, jump_ms, 0])
    assert after.span.counted_ms == real_ms
    assert after.span.end_ms - after.span.start_ms == real_ms + 2 * jump_ms
    reasons = [stretch.reason for stretch in after.span.stretches]
    assert (Reason.CLOCK in reasons) is (jump_ms > 2_000)


def test_what_is_a_little_apart_costs_no_stretch():
    after, real_ms = study([0, 1, 2, 0, 1, 3])
    assert [stretch.reason for stretch in after.span.stretches] == [Reason.COUNTED]
    assert after.span.counted_ms == real_ms


def test_media_are_not_believed_longer_than_the_steady_clock_says():
    seat = Seat(TEXT, duration_ms=600_000)
    first = Beat(1, 1, TEXT, 0)
    at = step(Clock(), first, NOON, day_end=DAY_END, seat=seat, steady=("a", 0)).clock
    beat = Beat(1, 2, TEXT, 300_000, ranges=((0, 200_000),))
    took = step(at, beat, NOON + 300_000, day_end=DAY_END, steady=("a", 15_000))
    assert (took.reason, took.counted_ms) == (Reason.RANGES, 0)


def test_readings_of_another_start_of_the_machine_are_not_compared():
    after, real_ms = study([0, 0, 0, 0], boots={3: "b", 4: "b"})
    assert after.span.counted_ms == real_ms


@pytest.mark.slow
def test_the_steady_clock_is_one_for_all_processes_and_follows_a_frozen_moment():
    code = "from lms import clock; print(*clock.steady())"
    before = clock.steady()
    assert before is not None
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    after = clock.steady()
    boot, there_ms = out.stdout.split()
    assert boot == before[0] == after[0]
    assert before[1] <= int(there_ms) <= after[1]
    moment = clock.now()
    with clock.frozen(moment):
        first = clock.steady()
    with clock.frozen(moment + timedelta(seconds=15)):
        second = clock.steady()
    assert second[1] - first[1] == 15_000


def test_a_beat_brings_the_steady_clock_along(people, material, window, time):
    page = window("learner", material.text)
    real_ms = 0

    def beat(after, jump=0):
        nonlocal real_ms
        real_ms += after * 1000
        time.pass_(after + jump)
        db.session.rollback()
        page.sequence += 1
        body = {"session": page.token, "sequence": page.sequence, "active_seconds": 10_000}
        with clock.frozen(time.at, steady_ms=real_ms):
            answer = page.client.post("/study/beats", json=body)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    beat(0)
    assert beat(15)["counted_seconds"] == 15
    assert beat(15, jump=400)["counted_seconds"] == 30
    assert beat(15)["counted_seconds"] == 45
    time.pass_(700)
    with clock.frozen(time.at):
        jobs.close_silent()
    (entry,) = db.session.query(StudyEntry).all()
    assert (entry.seconds, entry.stretches) == (45, "c30000 t400000 c15000")
    assert list(proofs.verify()) == []

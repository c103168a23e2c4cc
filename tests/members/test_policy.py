"""Tests of the rules of access."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.members.policy import (
    Action,
    Actor,
    ContentFacts,
    Grant,
    Role,
    covers,
    may_content,
    may_record,
)

NORTH, TEAM, SOUTH = "/1/2/", "/1/2/3/", "/1/4/"
paths = st.lists(st.integers(1, 12), min_size=1, max_size=4).map(
    lambda ids: "/" + "/".join(map(str, ids)) + "/"
)


def actor(path: str = TEAM, *grants: Grant) -> Actor:
    return Actor(7, "n", "name", 3, path, grants)


@pytest.mark.parametrize(
    ("who", "action", "published", "allowed"),
    [
        (actor(), Action.VIEW, True, True),
        (actor(), Action.VIEW, False, False),
        (actor(), Action.EDIT, True, False),
        (actor(SOUTH), Action.VIEW, True, False),
        (actor(SOUTH, Grant(Role.ADMINISTRATOR, NORTH)), Action.VIEW, False, True),
        (actor(SOUTH, Grant(Role.ADMINISTRATOR, "/1/")), Action.EDIT, False, True),
        (actor(TEAM, Grant(Role.ADMINISTRATOR, SOUTH)), Action.EDIT, True, False),
        (actor(TEAM, Grant(Role.ADMINISTRATOR, TEAM)), Action.EDIT, True, False),
        (actor(TEAM, Grant(Role.MANAGER, "/1/")), Action.EDIT, True, False),
        (actor(SOUTH, Grant(Role.OPERATOR, "/1/")), Action.VIEW, True, False),
    ],
)
def test_content_is_open_to_its_audience_and_to_its_administrators(who, action, published, allowed):
    facts = ContentFacts(owner_path=NORTH, audience_path=NORTH, is_published=published)
    assert may_content(who, action, facts) is allowed


def test_a_record_is_open_to_its_owner_and_to_managers_above():
    boss = actor(NORTH, Grant(Role.MANAGER, NORTH))
    assert may_record(actor(), Action.VIEW, member_id=7, unit_path=TEAM)
    assert not may_record(actor(), Action.SUPERVISE, member_id=7, unit_path=TEAM)
    assert not may_record(actor(), Action.VIEW, member_id=8, unit_path=TEAM)
    assert may_record(boss, Action.SUPERVISE, member_id=8, unit_path=TEAM)
    assert not may_record(boss, Action.VIEW, member_id=8, unit_path=SOUTH)


def test_a_unit_whose_id_begins_alike_is_another_unit():
    assert not covers("/1/2/", "/1/23/")


@given(paths, paths)
def test_a_grant_reaches_exactly_the_subtree(granted, path):
    ids, granted_ids = path.split("/")[1:-1], granted.split("/")[1:-1]
    assert covers(granted, path) == (ids[: len(granted_ids)] == granted_ids)

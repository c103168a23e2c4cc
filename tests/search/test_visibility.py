"""What is found is what the policy lets the person see, whatever the grants and the owners."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.members.policy import Action, Actor, ContentFacts, Grant, Role, may_content
from lms.search.queries import search
from lms.search.suggestions import suggest
from tests.search.conftest import Shelf

# (owner, audience or None, published): places in the tree of four units.
CONTENT = [
    (owner, audience, is_published)
    for owner in range(4)
    for audience in (None, 0, 1, 2, 3)
    for is_published in (True, False)
]
GRANTS = st.lists(st.tuples(st.sampled_from(list(Role)), st.integers(0, 3)), max_size=4)


@pytest.fixture(params=["whoosh", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def paths(shelf: Shelf, follow_all: Callable[[], None]) -> list[str]:
    """The paths of root, north, north team and south, with one document of every sort."""
    people = shelf.people
    units = [people.root, people.north, people.north_team, people.south]
    for number, (owner, audience, is_published) in enumerate(CONTENT, 1):
        shelf.put(
            f"文件{number}号",
            "共同的文字",
            document_id=number,
            owner=units[owner],
            audience=None if audience is None else units[audience],
            is_published=is_published,
        )
    follow_all()
    root = f"/{people.root}/"
    north = f"{root}{people.north}/"
    return [root, north, f"{north}{people.north_team}/", f"{root}{people.south}/"]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(unit=st.integers(0, 3), grants=GRANTS)
def test_search_finds_what_the_policy_lets_see(
    paths: list[str], unit: int, grants: list[tuple[Role, int]]
) -> None:
    given_grants = tuple(Grant(role, paths[place]) for role, place in grants)
    unit_id = int(paths[unit].strip("/").split("/")[-1])
    person = Actor(1, "x", "x", unit_id, paths[unit], given_grants)
    wanted = {
        f"文件{number}号"
        for number, (owner, audience, is_published) in enumerate(CONTENT, 1)
        if may_content(
            person,
            Action.VIEW,
            ContentFacts(
                owner_path=paths[owner],
                audience_path=paths[audience or 0],
                is_published=is_published and audience is not None,
            ),
        )
    }
    found = search("共同的文字", actor=person, limit=100)
    assert {result.title.text for result in found.results} == wanted
    assert found.total == len(wanted)
    assert sum(choice.count for choice in found.facets.get("kind", ())) == len(wanted)
    assert {result.title.text for result in suggest("文件", actor=person).titles} <= wanted

"""Addresses are what Flask makes of them, the first time and every time after."""

from typing import Any

import pytest
from flask import Flask, url_for
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import BuildError

from lms.web.addresses import LinkingFlask

VALUES = st.one_of(
    st.text(max_size=8), st.integers(), st.none(), st.lists(st.text(max_size=3), max_size=2)
)


@pytest.fixture(scope="module")
def linking() -> LinkingFlask:
    app = LinkingFlask("linking")
    app.add_url_rule("/things/<int:thing_id>/<name>", "part.thing", lambda: "")
    app.add_url_rule("/list", "part.list", lambda: "")
    app.add_url_rule("/two", "part.two")
    app.add_url_rule("/two/<int:page>", "part.two")
    return app


@given(
    thing_id=st.integers(0, 9),
    name=st.text("a/ ?#%我é", min_size=1, max_size=4),
    values=st.dictionaries(st.sampled_from(["q", "of 我", "t"]), VALUES),
    anchor=st.one_of(st.none(), st.text(max_size=6)),
    root=st.sampled_from(["http://here/", "http://here/below/"]),
)
def test_an_address_is_what_flask_makes_of_it(
    linking: LinkingFlask,
    thing_id: int,
    name: str,
    values: dict[str, Any],
    anchor: str | None,
    root: str,
) -> None:
    with linking.test_request_context("/", base_url=root):
        given_values = {"thing_id": thing_id, "name": name, "_anchor": anchor, **values}
        plain = Flask.url_for(linking, "part.thing", **given_values)
        assert [url_for("part.thing", **given_values) for _again in range(2)] == [plain, plain]
        assert url_for("part.list", **values) == Flask.url_for(linking, "part.list", **values)
        assert url_for("part.two", **values) == Flask.url_for(linking, "part.two", **values)


def test_whole_addresses_and_missing_values_are_left_to_flask(linking: LinkingFlask) -> None:
    with linking.test_request_context("/"):
        assert url_for("part.list", _external=True) == "http://localhost/list"
        with pytest.raises(BuildError):
            url_for("part.thing", thing_id=1)
        with pytest.raises(BuildError):
            url_for("part.nothing")
    with linking.app_context(), pytest.raises(RuntimeError):
        url_for("part.list")

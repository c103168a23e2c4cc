"""Tests of the doors: every endpoint stands in the access table and refuses whom it should."""

import pytest
from werkzeug.routing import IntegerConverter, Rule

from lms import ACCESS
from lms.members.access_levels import Access

ROLE_LEVELS = (Access.ADMINISTRATOR, Access.MANAGER, Access.OPERATOR)


def address(app, rule: Rule, number: int = 999_999) -> str:
    """An address that the rule matches, with made-up ids."""
    values = {}
    for name, converter in rule._converters.items():
        is_number = isinstance(converter, IntegerConverter)
        values[name] = number if is_number else "2026-11" if name == "month" else "x" * 8
    with app.test_request_context():
        from flask import url_for

        return url_for(rule.endpoint, **values)


def method_of(rule: Rule) -> str:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        if method in (rule.methods or ()):
            return method
    return "HEAD"


def test_every_endpoint_stands_in_the_table_and_nothing_else_does(app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints - ACCESS.keys() == set()
    assert ACCESS.keys() - endpoints == set()


def test_nobody_gets_in_without_signing_in(app, people, anonymous):
    for rule in app.url_map.iter_rules():
        if ACCESS[rule.endpoint] is Access.PUBLIC:
            continue
        answer = anonymous.open(address(app, rule), method=method_of(rule))
        assert answer.status_code in (302, 401), rule
        if answer.status_code == 302:
            assert answer.location.startswith("/sign-in?next="), rule


@pytest.mark.parametrize("number", ["learner", "owner", "manager", "operator"])
def test_a_role_opens_only_its_own_doors(app, people, client_of, number):
    mine = {
        "learner": None,
        "owner": Access.ADMINISTRATOR,
        "manager": Access.MANAGER,
        "operator": Access.OPERATOR,
    }[number]
    client = client_of(number)
    for rule in app.url_map.iter_rules():
        level = ACCESS[rule.endpoint]
        if level not in ROLE_LEVELS or level is mine:
            continue
        answer = client.open(address(app, rule), method=method_of(rule))
        assert answer.status_code == 403, rule


@pytest.mark.parametrize(
    ("number", "made_up"),
    [*((number, 999_999) for number in ("learner", "chief", "operator")), ("chief", 2**31)],
)
def test_made_up_ids_are_answered_with_a_sentence_and_never_with_a_fault(
    app, people, client_of, number, made_up
):
    client = client_of(number)
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ("members.sign_out", "static"):
            continue
        answer = client.open(address(app, rule, made_up), method=method_of(rule))
        assert answer.status_code < 500, (rule, answer.text[:300])

"""Tests of the commands about people."""

import re

from lms.members.queries import find_actor_by_number


def test_a_person_is_added_by_command(app, people):
    runner = app.test_cli_runner()
    added = runner.invoke(args=["members", "add-unit", "west", "西部", "--parent", "root"])
    assert added.exit_code == 0, added.output
    result = runner.invoke(
        args=["members", "add", "E7", "韦七", "--unit", "west", "--role", "manager"]
    )
    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\n", result.output)
    assert find_actor_by_number("E7").paths("manager")


def test_commands_name_what_they_do_not_know(app, people):
    runner = app.test_cli_runner()
    for args, word in (
        (["members", "add", "E7", "x", "--unit", "nowhere"], "nowhere"),
        (["members", "add-unit", "a", "b", "--parent", "nowhere"], "nowhere"),
        (["members", "code", "nobody"], "nobody"),
        (["members", "add", "learner", "x", "--unit", "north"], "learner"),
        (["members", "add-unit", "north", "x", "--parent", "root"], "north"),
    ):
        result = runner.invoke(args=args)
        assert result.exit_code == 1
        assert word in result.output


def test_a_new_code_comes_by_command(app, people):
    result = app.test_cli_runner().invoke(args=["members", "code", "learner"])
    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\n", result.output)

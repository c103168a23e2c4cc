"""Commands about people."""

import click
from flask.cli import AppGroup

from lms.db import db
from lms.errors import DomainError
from lms.members.actions import create_member, create_unit, grant_role, issue_code
from lms.members.first_people import create_first_people
from lms.members.policy import Role
from lms.members.queries import find_member_by_number, find_unit_by_code

group = AppGroup("members", help="People, units and their codes.")


@group.command("first")
def first() -> None:
    """Create the organisation and one person of each role, unless there are people already."""
    people = create_first_people()
    db.session.commit()
    for person in people:
        click.echo(f"  {person.role_name}\t{person.number}\t{person.code}\t{person.name}")


@group.command("add")
@click.argument("number")
@click.argument("name")
@click.option("--unit", "unit_code", required=True, help="Code of the unit.")
@click.option("--role", type=click.Choice([role.value for role in Role]), help="Role on that unit.")
def add(number: str, name: str, unit_code: str, role: str | None) -> None:
    """Add a person and print their one-time code."""
    try:
        unit = find_unit_by_code(unit_code)
        if unit is None:
            raise click.ClickException(f"There is no unit with the code {unit_code}.")
        member = create_member(number=number, name=name, unit=unit)
        if role:
            grant_role(member.id, unit=unit, role=Role(role))
        code = issue_code(member.id)
    except DomainError as error:
        raise click.ClickException(error.message) from error
    db.session.commit()
    click.echo(code)


@group.command("add-unit")
@click.argument("code")
@click.argument("name")
@click.option("--parent", "parent_code", help="Code of the unit above.")
def add_unit(code: str, name: str, parent_code: str | None) -> None:
    """Add a unit below another."""
    parent = find_unit_by_code(parent_code) if parent_code else None
    if parent_code and parent is None:
        raise click.ClickException(f"There is no unit with the code {parent_code}.")
    try:
        create_unit(name=name, code=code, parent=parent)
    except DomainError as error:
        raise click.ClickException(error.message) from error
    db.session.commit()


@group.command("code")
@click.argument("number")
def code(number: str) -> None:
    """Print a new one-time code for a person, for instance after a forgotten password."""
    member = find_member_by_number(number)
    if member is None:
        raise click.ClickException(f"There is nobody with the number {number}.")
    text = issue_code(member.id)
    db.session.commit()
    click.echo(text)

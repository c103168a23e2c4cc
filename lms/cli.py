"""Commands about the whole: preparing the data for a start, and what the access table says."""

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade
from sqlalchemy import inspect, select, text

from config import ROOT
from lms.content.commands import bring_in
from lms.db import db
from lms.members.first_people import FirstPerson, create_first_people
from lms.members.models import OrgUnit
from lms.study.requirement_actions import publish_first_requirement


@click.command("prepare")
@with_appcontext
def prepare() -> None:
    """Migrate the database, create the first people, synchronise the sample library."""
    if not is_current():
        click.echo("· Preparing the database")
        upgrade()
    people = create_first_people()
    if people:
        root = db.session.scalars(select(OrgUnit).where(OrgUnit.parent_id.is_(None))).one()
        publish_first_requirement(root)
    db.session.commit()
    bring_in()
    if people:
        show_codes(people)


def is_current() -> bool:
    """Whether the newest migration has been applied; much faster than asking Alembic to upgrade."""
    if not inspect(db.engine).has_table("alembic_version"):
        return False
    applied = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    db.session.rollback()
    versions = ROOT / "migrations" / "versions"
    return (
        bool(applied) and applied == max(path.name for path in versions.glob("*.py")).split("_")[0]
    )


def show_codes(people: list[FirstPerson]) -> None:
    """Print the one-time codes; they are shown only now."""
    click.echo("\n  One-time activation codes, shown only now (page: /activate)")
    click.echo("  一次性激活码，只显示这一次（在 /activate 页面使用）\n")
    for person in people:
        click.echo(f"  {person.role_name}  {person.number:<10} {person.code}  {person.name}")
    click.echo("")


access = AppGroup("access", help="Who may call what.")


@access.command("show")
def show_access() -> None:
    """Print the access table."""
    for endpoint, level in sorted(current_app.extensions["access"].items()):
        click.echo(f"{level.value:<14} {endpoint}")

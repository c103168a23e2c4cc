"""Commands that rebuild and prove the record of study."""

import sys

import click
from flask.cli import AppGroup

from lms.db import begin_reading, db
from lms.study import proofs

group = AppGroup("study", help="The record of study: totals and proofs.")


@group.command("rebuild")
def rebuild() -> None:
    """Make all totals anew from the entries."""
    months = proofs.rebuild()
    db.session.commit()
    click.echo(f"{months} months rebuilt")


@group.command("seal")
def seal() -> None:
    """Seal the days that have ended and print the newest seal."""
    count = proofs.seal_days()
    db.session.commit()
    head = proofs.find_head()
    click.echo(f"{count} days sealed" + (f", {head.day_on} {head.hash}" if head else ""))


@group.command("verify")
@click.option("--head", default="", help="The seal that was kept elsewhere: DAY HASH or HASH.")
def verify(head: str) -> None:
    """Prove that totals equal entries, spans never overlap and no sealed entry was touched.

    Ends with status 1 and one line per fault otherwise.
    """
    begin_reading()  # people go on studying meanwhile
    count = 0
    for fault in proofs.verify():
        count += 1
        click.echo(fault.sentence)
    if head and not proofs.has_seal(head.split()[-1]):
        count += 1
        click.echo("The seal that was kept elsewhere is not in the chain.")
    newest = proofs.find_head()
    if count:
        click.echo(f"{count} faults")
        sys.exit(1)
    click.echo("sound" + (f", sealed up to {newest.day_on} {newest.hash}" if newest else ""))

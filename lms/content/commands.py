"""Commands about the content folder."""

from pathlib import Path

import click
from flask.cli import AppGroup

from lms.content.folder import ContentFolder, Problem, Reason, read_folder
from lms.content.sync import SyncReport, sync
from lms.courses import kinds
from lms.db import db
from lms.library.queries import find_root_unit
from lms.members.queries import find_unit_by_code
from lms.web.settings import settings

group = AppGroup("content", help="The content folder: courses, tests and texts as files.")

SENTENCES = {
    Reason.NOT_YAML: "is not YAML, or not a mapping",
    Reason.MISSING: "{detail} is missing or empty",
    Reason.NO_SUCH_FILE: "there is no file {detail}",
    Reason.OUTSIDE: "{detail} leads out of the folder",
    Reason.TWICE: "{detail} is used twice",
    Reason.UNKNOWN_KIND: "there are no lessons of the kind {detail!r}",
    Reason.UNKNOWN_PAPER: "there is no paper {detail}",
    Reason.UNKNOWN_QUESTION: "there is no question {detail}",
    Reason.BAD_QUESTION: "the question cannot be understood ({detail})",
    Reason.BAD_NUMBER: "{detail} is not a whole number from 0",
}


@group.command("sync")
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--unit", "unit_code", help="Code of the unit that answers for it; else the root.")
def sync_folder(folder: Path | None, unit_code: str | None) -> None:
    """Bring in what is new or changed; a second run changes nothing."""
    unit = find_unit_by_code(unit_code) if unit_code else find_root_unit()
    if unit is None:
        raise click.ClickException("There is no such unit; create people and units first.")
    unit_id = unit.id
    db.session.rollback()
    click.echo(sentence(sync(checked(folder or settings().content_dir), unit_id=unit_id)))


def bring_in() -> None:
    """Synchronise the folder of the settings at a start; faults in it are told and stop nothing."""
    unit = find_root_unit()
    root, unit_id = settings().content_dir, unit.id if unit else 0
    db.session.rollback()
    if not unit_id or not root.is_dir():
        return
    try:
        report = sync(checked(root), unit_id=unit_id)
    except click.ClickException as error:
        click.echo(f"· The content folder was left out. {error.message}")
        return
    if report.added or report.changed:
        click.echo(f"· {sentence(report)}")


@group.command("check")
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check_folder(folder: Path | None) -> None:
    """Say what is wrong with the folder; the database is not touched."""
    found = checked(folder or settings().content_dir)
    lessons = sum(len(course.lessons) for course in found.courses)
    questions = sum(len(bank.questions) for bank in found.banks)
    click.echo(
        f"In order: {len(found.courses)} courses with {lessons} lessons, {questions} questions, "
        f"{len(found.papers)} papers, {len(found.documents)} texts."
    )


def checked(root: Path) -> ContentFolder:
    """The folder, or an end with every problem on a line of its own."""
    loadable = frozenset(kind.code for kind in kinds.list_kinds() if kind.load)
    found = read_folder(root, lesson_kinds=loadable)
    if found.problems:
        lines = "\n".join(f"  {problem_sentence(problem)}" for problem in found.problems)
        raise click.ClickException(f"{len(found.problems)} problems in {root}:\n{lines}")
    return found


def problem_sentence(problem: Problem) -> str:
    """File, place and what is wrong there."""
    place = f" ({problem.place})" if problem.place else ""
    return f"{problem.file}{place}: {SENTENCES[problem.reason].format(detail=problem.detail)}"


def sentence(report: SyncReport) -> str:
    """What a run did, in a line."""
    if not report.added and not report.changed:
        return f"Content is up to date ({report.unchanged} things)."
    text = f"Content: {len(report.added)} added, {len(report.changed)} changed."
    if report.kept:
        text += f" Questions of {', '.join(report.kept)} stay as they are: somebody has begun it."
    return text

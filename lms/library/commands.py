"""Commands about texts: importing files and folders."""

import csv
from pathlib import Path

import click
from flask.cli import AppGroup

from lms.db import db
from lms.library.importing import Importer, Report, list_files
from lms.library.models import Outcome
from lms.library.queries import find_root_unit
from lms.library.relinking import count_texts, relink
from lms.library.words import refusal, remark
from lms.members.queries import find_unit_by_code

group = AppGroup("library", help="Texts: laws, documents, classics.")


@group.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--unit", "unit_code", help="Code of their unit; the root if left out.")
@click.option("--draft", is_flag=True, help="Save as drafts, seen by administrators only.")
@click.option(
    "--report", "report_path", type=click.Path(path_type=Path), help="Write what was odd to a .csv."
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
def import_path(
    path: Path, unit_code: str | None, draft: bool, report_path: Path | None, quiet: bool
) -> None:
    """Import a file or all files below a folder; a second run changes nothing.

    Each batch is committed by itself: a run that was stopped goes on where it left off.
    """
    unit = find_unit_by_code(unit_code) if unit_code else find_root_unit()
    if unit is None:
        raise click.ClickException("There is no such unit; flask members first creates the root.")
    files = list_files(path)
    importer = Importer(unit_id=unit.id, is_draft=draft)
    db.session.rollback()
    with click.progressbar(length=len(files), label="library import", hidden=quiet) as progress:
        report = importer.run(files, base=path, step=progress.update)
    _tell(report)
    if report_path:
        _write(report, report_path)
    if report.refused:
        raise SystemExit(1)


def _tell(report: Report) -> None:
    named = [(report.counts[name], name) for name in (*Outcome, "refused")]
    counts = ", ".join(f"{count} {name}" for count, name in named if count)
    click.echo(f"{report.total} files: {counts or 'nothing to do'}.")
    for name, error in report.refused:
        click.echo(f"  {name}: {refusal(error)}")
    if report.remarks:
        click.echo(f"{len(report.remarks)} remarks on what was not understood:")
    for name, problem in report.remarks[:20]:
        click.echo(f"  {name}: {remark(problem)}")
    if len(report.remarks) > 20:
        click.echo("  … --report FILE.csv writes all of them.")


def _write(report: Report, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "reason", "sentence"])
        for name, error in report.refused:
            writer.writerow([name, "", error.reason.value, refusal(error)])
        for name, problem in report.remarks:
            writer.writerow([name, problem.line or "", problem.reason.value, remark(problem)])


@group.command("link")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def link(quiet: bool) -> None:
    """Find what texts cite again, after works that they name came later."""
    total = count_texts()
    db.session.rollback()
    with click.progressbar(length=total, label="library link", hidden=quiet) as progress:
        changed = relink(step=progress.update)
    click.echo(f"{total} texts: {changed} with other citations.")

"""flask quizzes: preview, import and export question files from the command line."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from lms.db import db
from lms.quizzes.bank_queries import find_bank_by_code
from lms.quizzes.definition import Definition, plain_decimal
from lms.quizzes.export import export_bank
from lms.quizzes.formats.parsed import ParsedQuestion, Unreadable
from lms.quizzes.formats.reading import READERS, read_questions
from lms.quizzes.formats.writing import FORMATS
from lms.quizzes.imports import import_parsed, parse, preview_of
from lms.quizzes.models import Bank
from lms.quizzes.presenting import number_text

group = AppGroup("quizzes", help="Question banks: preview, import and export files.")
READABLE = click.Choice(list(READERS))


@group.command("preview")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "kind", type=READABLE, default=None, help="Instead of guessing.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def preview(path: Path, kind: str | None, as_json: bool) -> None:
    """Print what an import of FILE would bring; nothing is written."""
    try:
        parsed = read_questions(path.name, path.read_bytes(), format=kind or "")
    except Unreadable as error:
        if as_json:
            click.echo(json.dumps({"error": error.message}, ensure_ascii=False))
        raise click.ClickException(error.message) from error
    if as_json:
        click.echo(
            json.dumps(
                {
                    "format": parsed.format,
                    "count": len(parsed.good),
                    "problems": list(parsed.problems),
                    "attachments": len(parsed.attachments),
                    "questions": [question_data(each) for each in parsed.questions],
                },
                ensure_ascii=False,
                indent=1,
            )
        )
        return
    for each in parsed.questions:
        print_question(each)
    for problem in parsed.problems:
        click.echo(f"! {problem}")
    click.echo(f"{parsed.format}: {len(parsed.good)} good, {len(parsed.bad)} with problems")


def question_data(question: ParsedQuestion) -> dict[str, Any]:
    """One question of a preview as plain data."""
    data: dict[str, Any] = {
        "place": question.place,
        "category": list(question.category),
        "tags": list(question.tags),
        "difficulty": question.difficulty,
        "problems": list(question.problems),
        "notes": list(question.notes),
    }
    if question.definition is not None:
        data |= definition_data(question.definition)
    return data


def definition_data(definition: Definition) -> dict[str, Any]:
    """What an importer understood: type, text, options, right answers with weights, feedback."""
    data: dict[str, Any] = {
        "type": definition.kind.value,
        "title": definition.title,
        "text": definition.text,
        "points": plain_decimal(definition.points),
        "rule": definition.rule.value,
        "feedback": definition.explanation,
        "answers": answers_data(definition),
    }
    if definition.parts:
        data["parts"] = [definition_data(part) for part in definition.parts]
    return data


def answers_data(definition: Definition) -> list[dict[str, Any]]:
    """All answers with their weights, whatever the type."""
    answers = [
        {
            "text": each.text or each.key,
            "weight": plain_decimal(each.weight),
            "feedback": each.feedback,
        }
        for each in definition.options
    ]
    answers += [
        {"text": each.text, "weight": plain_decimal(each.fraction), "feedback": each.feedback}
        for each in definition.accepted
    ]
    answers += [
        {
            "text": number_text(each),
            "weight": plain_decimal(each.fraction),
            "feedback": each.feedback,
        }
        for each in definition.numbers
    ]
    texts = {choice.key: choice.text for choice in definition.choices}
    answers += [
        {"text": each.text, "match": texts.get(each.match, "")} for each in definition.stems
    ]
    answers += [
        {"text": each.text, "place": str(place)} for place, each in enumerate(definition.items, 1)
    ]
    for gap in definition.gaps:
        entries: list[tuple[str, Any]] = [
            *((each.text, each.fraction) for each in gap.accepted),
            *((number_text(each), each.fraction) for each in gap.numbers),
            *((each.text, each.weight) for each in gap.options),
        ]
        answers += [
            {"gap": gap.key, "text": text, "weight": plain_decimal(weight)}
            for text, weight in entries
        ]
    return answers


def print_question(question: ParsedQuestion) -> None:
    """One question of a preview in a few lines."""
    data = question_data(question)
    category = "/".join(question.category)
    click.echo(f"[{question.place}] {data.get('type', '?')} {category}".rstrip())
    if question.definition is not None:
        click.echo(f"  {question.definition.text}")
        for answer in data["answers"]:
            click.echo("  - " + " ".join(str(value) for value in answer.values() if value))
    for problem in question.problems:
        click.echo(f"  ! {problem}")


def bank_of(code: str) -> Bank:
    """The bank of that code, or an error."""
    bank = find_bank_by_code(code)
    if bank is None:
        raise click.ClickException(f"no bank with the code {code}")
    return bank


@group.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--bank", "code", required=True, help="Code of the bank.")
@click.option("--with-repeats", is_flag=True, help="Also questions that are there already.")
def import_file(path: Path, code: str, with_repeats: bool) -> None:
    """Add the good questions of FILE to a bank; the others are named and left out."""
    data = path.read_bytes()
    try:
        parsed = parse(path.name, data)
        bank = bank_of(code)
        lines = preview_of(parsed, bank.id).lines
        count = import_parsed(bank, parsed, by=None, with_repeats=with_repeats)
    except Exception as error:
        db.session.rollback()
        message = getattr(error, "message", None)
        if message is None:
            raise
        raise click.ClickException(message) from error
    db.session.commit()
    for line in lines:
        for problem in line.question.problems:
            click.echo(f"! {line.question.place} {problem}", err=True)
    click.echo(f"{count} questions imported into {code}")


@group.command("export")
@click.option("--bank", "code", required=True, help="Code of the bank.")
@click.option("--format", "kind", type=click.Choice([*FORMATS, "docx"]), required=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=None)
def export_file(code: str, kind: str, output: Path | None) -> None:
    """Write a bank to a file, or to standard output; what is lost is listed on standard error."""
    exported = export_bank(bank_of(code), kind)
    if output is None:
        sys.stdout.buffer.write(exported.data)
    else:
        output.write_bytes(exported.data)
    for text, lost in exported.losses:
        click.echo(f"! {text}：{'、'.join(lost)}", err=True)
    click.echo(f"{exported.written} questions exported", err=True)

"""Commands about search."""

import json
import sys
from contextlib import ExitStack
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from lms.members.policy import Actor, Grant, Role
from lms.members.queries import find_actor_by_number
from lms.search import indexer
from lms.search.engine import IndexBusy, IndexDamaged
from lms.search.queries import Result, Results
from lms.search.suggestions import search_as_meant

group = AppGroup("search", help="The search index and searching from the command line.")


@group.command("rebuild")
@click.option("--index-only", is_flag=True, help="Trust the stored texts; do not read the sources.")
def rebuild(index_only: bool) -> None:
    """Build the index again; searching goes on with the old one until the new one is whole."""
    progress = _Progress()
    if not index_only:
        indexer.refresh_all(progress)
    try:
        count = indexer.rebuild_index(progress)
    except IndexBusy as error:
        raise click.ClickException("Another process is writing to the index; try again.") from error
    progress.end()
    click.echo(f"{count} entries")


class _Progress:
    """A bar for each thing that is being done, on the error stream."""

    def __init__(self) -> None:
        self.what = ""
        self.done = 0
        self.bars = ExitStack()
        self.bar: Any = None

    def __call__(self, done: int, whole: int, what: str) -> None:
        if what != self.what or self.bar is None:
            self.end()
            self.what, self.done = what, 0
            self.bar = self.bars.enter_context(
                click.progressbar(length=whole, label=what, file=sys.stderr)
            )
        self.bar.update(done - self.done)
        self.done = done

    def end(self) -> None:
        """Finish the bar."""
        self.bars.close()
        self.bar = None


@group.command("check")
@click.option("--repair", is_flag=True, help="Mend what differs.")
def check(repair: bool) -> None:
    """Compare the index with the database; ends with status 1 when they differ."""
    try:
        missing, wrong = indexer.check()
    except IndexDamaged as error:
        raise click.ClickException(f"The index is missing or damaged: {error}") from error
    waiting = len(indexer.list_changes(10_000))
    click.echo(
        f"{indexer.count_entries()} entries, {len(missing)} missing, {len(wrong)} wrong,"
        f" {waiting} changes waiting"
    )
    if repair and (missing or wrong):
        added, removed = indexer.repair()
        click.echo(f"{added} added, {removed} removed")
    elif missing or wrong:
        raise SystemExit(1)


@group.command("query")
@click.argument("text")
@click.option(
    "--as",
    "number",
    help="Search as the person with this number; else as an operator of all units.",
)
@click.option("--limit", default=10, show_default=True, help="Documents at most.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def query(text: str, number: str | None, limit: int, as_json: bool) -> None:
    """Print the documents, anchors, scores and snippets that TEXT finds."""
    actor = find_actor_by_number(number) if number else _everything()
    if actor is None:
        raise click.ClickException(f"There is nobody with the number {number}.")
    with current_app.test_request_context():
        results = search_as_meant(text, actor=actor, limit=max(1, min(limit, 500)))
        if as_json:
            click.echo(json.dumps(_as_data(results), ensure_ascii=False, indent=1))
        else:
            _print(results)


def _everything() -> Actor:
    """Somebody who administers every unit."""
    return Actor(0, "", "", 0, "/0/", (Grant(Role.ADMINISTRATOR, "/"),))


def _as_data(results: Results) -> dict[str, object]:
    return {
        "meant": results.meant,
        "total": results.total,
        "seconds": round(results.seconds, 6),
        "documents": [_document(result) for result in results.results],
    }


def _document(result: Result) -> dict[str, object]:
    return {
        "source": result.source,
        "id": result.subject_id,
        "kind": result.kind,
        "title": result.title.text,
        "url": result.link.url,
        "score": round(result.score, 4),
        "is_partial": result.is_partial,
        "passages": [
            {
                "anchor": passage.anchor,
                "heading": passage.heading,
                "url": passage.link.url,
                "score": round(passage.score, 4),
                "snippet": passage.snippet.text,
                "hits": [span.text for span in passage.snippet.spans if span.is_hit and span.text],
            }
            for passage in result.passages
        ],
    }


def _print(results: Results) -> None:
    if results.meant:
        click.echo(f"Searched for: {results.meant}")
    for result in results.results:
        mark = " (partial)" if result.is_partial else ""
        click.echo(f"{result.title.text}\t{result.score:.2f}{mark}\t{result.link.url}")
        for passage in result.passages:
            spans = (
                f"[{s.text}]" if s.is_hit and s.text else s.text for s in passage.snippet.spans
            )
            text = "".join(spans).replace("\n", " ")
            click.echo(f"  {passage.anchor}\t{passage.score:.2f}\t{passage.heading} {text}")
    click.echo(f"{results.total} documents, {results.seconds * 1000:.1f} ms")

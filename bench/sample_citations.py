"""Draws paragraphs with recognised citations from a library, for somebody to judge by reading.

    python -m bench.sample_citations [--corpus ../shared/corpus] [--count 200] [--seed 7]

Imports the corpus into a product of its own below a temporary folder. Each link that a reader would
see is marked 【…→ what it leads to】 within its surroundings; precision is counted by hand.
"""

import argparse
import os
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from config import Settings
from lms import create_app
from lms.db import db
from lms.library.importing import Importer, list_files
from lms.library.links import resolve
from lms.library.models import Citation, Document, Paragraph
from lms.library.queries import Target, find_root_unit, find_targets
from lms.members.first_people import create_first_people
from lms.members.policy import Actor
from lms.members.queries import find_actor_by_number

AROUND = 45  # characters of the paragraph kept on each side of its links
CORPUS = Path(os.environ.get("SHARED_DIR", "../shared")) / "corpus"


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw citations to judge by reading.")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=Path(folder),
            secret_key="of no use beyond this run",
            database_url=f"sqlite:///{folder}/xueshi.db",
            log_level="ERROR",
        )
        app = create_app(settings)
        with app.test_request_context():
            db.create_all()
            create_first_people()
            db.session.commit()
            unit_id = find_root_unit().id
            db.session.rollback()
            Importer(unit_id=unit_id).run(list_files(given.corpus), base=given.corpus)
            reader = find_actor_by_number("operator")
            assert reader is not None
            show(given.count, random.Random(given.seed), reader)


def show(count: int, rng: random.Random, reader: Actor) -> None:
    """Print `count` paragraphs that hold a link."""
    places = db.session.execute(
        select(Citation.document_id, Citation.paragraph_position).distinct()
    ).all()
    rng.shuffle(places)
    shown = 0
    for document_id, position in places:
        document = db.session.get_one(Document, document_id)
        paragraph = db.session.get_one(Paragraph, (document_id, position))
        rows = db.session.scalars(
            select(Citation)
            .where(Citation.document_id == document_id, Citation.paragraph_position == position)
            .order_by(Citation.start)
        ).all()
        marked = mark(document, paragraph.text, rows, reader)
        if marked:
            shown += 1
            print(f"{shown}. {document.title} {paragraph.anchor}: {marked}")
        if shown == count:
            return


def mark(document: Document, text: str, rows: Sequence[Citation], reader: Actor) -> str:
    """The surroundings of the links with what each leads to; "" where no link is shown."""
    own = Target(document.id, "本文", document.page_count)
    targets = find_targets([row.name_key for row in rows], member=reader) | {"": [own]}
    links = resolve([(row.name_key, row.target_article) for row in rows], targets)
    pieces, end = [], 0
    for row in rows:
        link = links.get((row.name_key, row.target_article))
        if link:
            before = text[max(end, row.start - AROUND) : row.start]
            leads_to = f"{link.target.title} {row.target_anchor}".strip()
            pieces.append(f"{before}【{text[row.start : row.end]}→ {leads_to}】")
            end = row.end
    return "".join(pieces) + text[end : end + AROUND // 3] if pieces else ""


if __name__ == "__main__":
    main()

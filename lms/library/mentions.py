"""What other parts' things cite: found while search reads them, whatever part they come from."""

import re

from sqlalchemy import delete, insert

from lms.db import db
from lms.library.citations import Setting
from lms.library.models import Mention
from lms.library.prepare import citation_rows
from lms.library.queries import list_known_names
from lms.library.searchable import SOURCE
from lms.search.sources import Document

NAMES_ARTICLE = re.compile("第.{1,9}条")


def note_mentions(source: str, subject_id: int, document: Document | None) -> None:
    """Keep what a thing that search takes in cites; the texts of the library keep their own."""
    if source == SOURCE.code:
        return
    mine = (Mention.source == source) & (Mention.subject_id == subject_id)
    db.session.execute(delete(Mention).where(mine))
    rows = _mentions_of(document) if document else []
    if rows:
        given = [{"source": source, "subject_id": subject_id, **row} for row in rows]
        db.session.execute(insert(Mention), given)


def _mentions_of(document: Document) -> list[dict[str, object]]:
    """The rows of title and passages, by the positions of their search entries."""
    texts = [document.title, *(passage.text for passage in document.passages)]
    named = any(NAMES_ARTICLE.search(text) for text in texts)
    # Only articles are cited without the marks of a title, as in 刑法第二十条.
    setting = Setting(names=list_known_names() if named else frozenset())
    return [
        {
            "position": row["paragraph_position"],
            "start": row["start"],
            "name_key": row["name_key"],
            "target_anchor": row["target_anchor"],
            "target_article": row["target_article"],
        }
        for row in citation_rows(dict(enumerate(texts)), setting)
        if row["name_key"]
    ]

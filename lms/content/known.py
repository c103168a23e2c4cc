"""What has been brought in before: which row each thing of the folder became, and its hash."""

from sqlalchemy import select

from lms import clock
from lms.content.models import ContentItem
from lms.db import db


class Known:
    """The table of content items, read once and kept up to date while a folder is brought in."""

    def __init__(self) -> None:
        self._items = {item.key: item for item in db.session.scalars(select(ContentItem))}

    def digest(self, key: str) -> str:
        """The hash of what was last brought in under `key`, empty when it is new."""
        item = self._items.get(key)
        return item.digest if item else ""

    def find_id(self, key: str) -> int | None:
        """The id of the row that `key` became."""
        item = self._items.get(key)
        return item.subject_id if item else None

    def keys(self, prefix: str) -> list[str]:
        """All keys that begin so."""
        return [key for key in self._items if key.startswith(prefix)]

    def put(self, key: str, digest: str, subject_id: int | None) -> None:
        """Remember that this is now in the database."""
        item = self._items.get(key)
        if item is None:
            item = self._items[key] = ContentItem(key=key)
            db.session.add(item)
        item.digest, item.subject_id, item.synced_at = digest, subject_id, clock.now()

    def forget(self, key: str) -> None:
        """The row is gone."""
        db.session.delete(self._items.pop(key))

"""What may stand in an address: ids that fit into the database."""

from flask import Flask
from werkzeug.routing import IntegerConverter

LARGEST_ID = 2**63 - 1


class IdConverter(IntegerConverter):
    """An id; one that no database could hold is a page that does not exist."""

    def to_python(self, value: str) -> int:
        """The number; ValidationError, which routing turns into 404, when it is too large."""
        self.max = LARGEST_ID
        return int(super().to_python(value))


def init_addresses(app: Flask) -> None:
    """Use it for every `<int:...>`; must run before blueprints are registered."""
    app.url_map.converters["int"] = IdConverter

"""The engine that the settings choose, one object for each process."""

from flask import current_app

from lms.search.engine import Engine
from lms.search.postgresql_engine import PostgresqlEngine
from lms.search.whoosh_engine import WhooshEngine
from lms.web.settings import settings


def get_engine() -> Engine:
    """The engine of the running application."""
    config = settings()
    engines: dict[tuple[str, str], Engine] = current_app.extensions.setdefault("search_engines", {})
    key = (config.search_engine, str(config.data_dir))
    if key not in engines:
        if config.search_engine == "postgresql":
            engines[key] = PostgresqlEngine()
        else:
            engines[key] = WhooshEngine(config.data_dir / "search")
    return engines[key]

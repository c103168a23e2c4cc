"""Writes a migration from changed models, or with --check tells whether one is missing.

Both compare the models with a throwaway SQLite database to which all migrations were applied.
"""

import logging
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(DATA_DIR=folder, SECRET_KEY="a throwaway secret for one migration")
        os.environ.pop("DATABASE_URL", None)
        from alembic.autogenerate import compare_metadata  # noqa: PLC0415
        from alembic.migration import MigrationContext  # noqa: PLC0415
        from flask_migrate import revision, upgrade  # noqa: PLC0415

        from lms import create_app  # noqa: PLC0415
        from lms.db import db  # noqa: PLC0415

        logging.getLogger("alembic").setLevel(logging.WARNING)
        with create_app().app_context():
            upgrade()
            if sys.argv[1:] != ["--check"]:
                write(revision, sys.argv[1] if len(sys.argv) > 1 else "")
                return
            with db.engine.connect() as connection:
                context = MigrationContext.configure(connection, opts={"compare_type": True})
                differences = compare_metadata(context, db.metadata)
    if differences:
        print(*differences, sep="\n")
        sys.exit("The models have changed: make migration m='What changed'")


def write(revision: object, message: str) -> None:
    if not message.strip():
        sys.exit("Say what changes: make migration m='Add a column'")
    versions = ROOT / "migrations" / "versions"
    number = len(list(versions.glob("*.py"))) + 1
    revision(message=message, autogenerate=True, rev_id=f"{number:04}")  # type: ignore[operator]
    path = next(versions.glob(f"{number:04}_*.py"))
    text = re.sub(r"[ \t]+\n", "\n", path.read_text())
    # Types inside dialect variants are written without their module.
    path.write_text(re.sub(r"(?<![\w.])(Text|Integer|String)\(", r"sa.\1(", text))
    subprocess.run([Path(sys.executable).parent / "ruff", "format", "--quiet", path], check=True)


if __name__ == "__main__":
    main()

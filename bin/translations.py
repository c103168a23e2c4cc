"""Collects sentences into the catalogues, or with --check tells what English is missing.

Chinese sentences are the message ids; only other languages have a catalogue.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "lms" / "web" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
PYBABEL = Path(sys.executable).parent / "pybabel"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        pot = Path(folder) / "messages.pot"
        extract(pot)
        if sys.argv[1:] == ["--check"]:
            check(pot)
        elif PO.exists():
            # The header stays: without it the catalogue counts as unfinished and is not compiled.
            flags = ["--no-fuzzy-matching", "--ignore-obsolete", "--no-wrap"]
            command = [PYBABEL, "-q", "update", "-i", pot, "-o", PO, "-l", "en", *flags]
            subprocess.run(command, check=True)
        else:
            PO.parent.mkdir(parents=True)
            subprocess.run([PYBABEL, "-q", "init", "-i", pot, "-o", PO, "-l", "en"], check=True)


def extract(pot: Path) -> None:
    keywords = ["-k", "_", "-k", "_l", "-k", "lazy_gettext", "-k", "ngettext:1,2"]
    options = ["--no-location", "--omit-header", "--sort-output", "--no-wrap"]
    command = [PYBABEL, "-q", "extract", "-F", "babel.cfg", *keywords, *options, "-o", pot, "lms"]
    subprocess.run(command, check=True, cwd=ROOT)


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def check(pot: Path) -> None:
    known = {message.id: message for message in read(PO) if message.id} if PO.exists() else {}
    missing = [
        message.id
        for message in read(pot)
        if message.id and (message.id not in known or not has_text(known[message.id].string))
    ]
    for sentence in missing:
        print(sentence)
    if read(PO).fuzzy:
        sys.exit("The English catalogue has no header, so it would not be compiled")
    if missing:
        sys.exit(f"{len(missing)} sentences have no English: make translations, then fill them in")


def has_text(text: object) -> bool:
    return all(text) if isinstance(text, tuple) else bool(text)


if __name__ == "__main__":
    main()

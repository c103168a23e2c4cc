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
# Without a header the catalogue counts as unfinished and is not compiled; Babel would put dates in.
HEADER = r"""# English translations of Xueshi.
msgid ""
msgstr ""
"Language: en\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""
PYBABEL = Path(sys.executable).parent / "pybabel"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        pot = Path(folder) / "messages.pot"
        extract(pot)
        if sys.argv[1:] == ["--check"]:
            check(pot)
        elif PO.exists():
            flags = ["--no-fuzzy-matching", "--ignore-obsolete", "--omit-header", "--no-wrap"]
            command = [PYBABEL, "-q", "update", "-i", pot, "-o", PO, "-l", "en", *flags]
            subprocess.run(command, check=True)
            PO.write_text(HEADER + PO.read_text())
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

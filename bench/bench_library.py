"""How long bringing texts in and reading them takes, and what hostile files cost.

    python -m bench.bench_library [--documents 10000] [--corpus ../shared/corpus] [--seed 7]

Everything runs through the product's own command and pages on a database of its own below a
temporary folder. Prints one JSON line a case: the seconds of a process of its own, start and all.
work_seconds are without the start, cpu_seconds tell the work where others share the machine,
peak_mb the memory.
"""

import argparse
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.lines import say

ROOT = Path(__file__).resolve().parents[1]
HAN = "安全生产责任制度管理办法规定应当依照本条例国务院主管部门人民政府单位个人组织"


def run_child(case: str, data_dir: Path, source: str, *arguments: str) -> None:
    """Run Python source in a process of its own, so that time and peak memory are its own."""
    env = {**os.environ, "DATA_DIR": str(data_dir), "SECRET_KEY": "x" * 32, "LOG_LEVEL": "ERROR"}
    env |= {"PYTHONPATH": str(ROOT), "RATE_LIMITS": "no"}
    before = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", source, *arguments],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    seconds = time.perf_counter() - before
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    *_rest, last = done.stdout.strip().splitlines() or ["{}"]
    say("library", case, seconds, "s", **json.loads(last))


SET_UP = """
import json, resource, sys, time
from wsgi import app
from lms.db import db
def peak():
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return round(max(resource.getrusage(k).ru_maxrss for k in kinds) / 1024)
"""
CREATE = (
    SET_UP
    + """
from lms.members.first_people import create_first_people
with app.app_context():
    db.create_all()
    create_first_people()
    db.session.commit()
print("{}")
"""
)
IMPORT = (
    SET_UP
    + """
from pathlib import Path
from lms.library.importing import Importer, list_files
from lms.library.queries import find_root_unit
with app.app_context():
    path = Path(sys.argv[1])
    unit_id = find_root_unit().id
    db.session.rollback()
    started, worked = time.perf_counter(), time.process_time()
    report = Importer(unit_id=unit_id).run(list_files(path), base=path)
    print(json.dumps({
        "work_seconds": round(time.perf_counter() - started, 2),
        "cpu_seconds": round(time.process_time() - worked, 2),
        "files": report.total, **report.counts,
        "remarks": len(report.remarks), "peak_mb": peak(),
        "refused_for": sorted({error.reason for _name, error in report.refused}),
    }))
"""
)
READ = (
    SET_UP
    + """
from statistics import median
from flask.testing import FlaskClient
from lms.library.models import Document
from tests.pages import sign_in
from lms.members.models import Member, MemberState
from sqlalchemy import select
app.config["TESTING"] = True
with app.app_context():
    for member in db.session.scalars(select(Member)):
        member.state = MemberState.ACTIVE
    number = member.number
    longest = db.session.scalar(select(Document.id).order_by(Document.chars.desc()).limit(1))
    law = db.session.scalar(select(Document.id).where(Document.title.like("%安全生产法")).limit(1))
    db.session.commit()
    client = sign_in(FlaskClient(app, app.response_class), number)
    figures = {}
    for name, path in {
        "list": "/library/", "list_filtered": "/library/?kind=policy&year=2021",
        "law": f"/library/{law}", "law_with_hits": f"/library/{law}?q=安全",
        "longest": f"/library/{longest}?page=2", "cited": f"/library/{law}/cited",
    }.items():
        times = []
        for _round in range(25):
            started = time.perf_counter()
            assert client.get(path).status_code == 200, path
            times.append((time.perf_counter() - started) * 1000)
        figures[f"{name}_p50_ms"] = round(median(times), 1)
        figures[f"{name}_p95_ms"] = round(sorted(times)[-2], 1)
    print(json.dumps({**figures, "peak_mb": peak()}))
"""
)


def vary(text: str, number: int, rng: random.Random) -> str:
    """The text under another id and title, with words of a few paragraphs replaced."""
    head, _mark, body = text[4:].partition("\n---\n")
    lines = [line for line in head.split("\n") if not line.startswith(("id:", "title:"))]
    title = head.split('title: "', 1)[1].split('"', 1)[0]
    paragraphs = body.split("\n")
    for _change in range(3):
        place = rng.randrange(len(paragraphs))
        if len(paragraphs[place]) > 20:
            paragraphs[place] += "".join(rng.choices(HAN, k=12)) + "。"
    fields = "\n".join([f"id: bench{number}", f'title: "{title}（第{number}号）"', *lines])
    return f"---\n{fields}\n---\n" + "\n".join(paragraphs)


def write_documents(corpus: Path, folder: Path, count: int, seed: int) -> None:
    """As many varied documents as are asked for."""
    rng = random.Random(seed)
    sources = sorted(p for p in corpus.glob("*/*.md") if p.stat().st_size < 400_000)
    for number in range(count):
        text = sources[number % len(sources)].read_text(encoding="utf-8")
        part = folder / f"{number // 1000:02d}"
        part.mkdir(exist_ok=True)
        (part / f"{number:06d}.md").write_text(vary(text, number, rng), encoding="utf-8")


def _fill(path: Path, piece: bytes, size: int) -> None:
    with path.open("wb") as file:
        while file.tell() < size:
            file.write(piece * max(1, min(4096, (size - file.tell()) // len(piece) or 1)))


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "haha">'
    + b"".join(
        f'<!ENTITY {name} "{f"&{before};" * 20}">'.encode()
        for before, name in itertools.pairwise("abcdefghi")
    )
    + b"]>"
)


def _docx(path: Path, document: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", document)


def _bomb_pdf(path: Path) -> None:
    """One page whose content is a gigabyte of text operators, packed a thousandfold."""
    packer = zlib.compressobj(9)
    piece = b"BT /F1 9 Tf (bomb) Tj ET\n" * 40_000
    packed = b"".join([packer.compress(piece) for _part in range(1024)]) + packer.flush()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % pair for pair in enumerate(objects, 1))
    path.write_bytes(b"%PDF-1.4\n" + body + b"trailer << /Root 1 0 R /Size 6 >>\n%%EOF\n")


def _bomb(path: Path) -> None:
    archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
    with archive, archive.open("word/document.xml", "w", force_zip64=True) as file:
        for _part in range(1024):
            file.write(b"\0" * 1024**2)


HOSTILE: dict[str, Callable[[Path], None]] = {
    "text_50mb.txt": lambda p: _fill(p, ("字" * 300 + "\n").encode(), 50 * 1024**2 - 1000),
    "text_51mb.txt": lambda p: _fill(p, ("字" * 300 + "\n").encode(), 51 * 1024**2),
    "million_paragraphs.txt": lambda p: _fill(p, "段落。\n".encode(), 10_000_000),
    "one_line_20mb.txt": lambda p: _fill(p, "第一条依照《某法》第二条，".encode(), 20 * 1024**2),
    "brackets_5mb.md": lambda p: _fill(p, "《（第".encode(), 5 * 1024**2),
    "nested_10mb.html": lambda p: _fill(p, b"<div>", 10 * 1024**2),
    "table_20mb.html": lambda p: _fill(
        p, "<table><tr><td>字</td></tr></table>".encode(), 20 * 1024**2
    ),
    "bomb.docx": _bomb,
    "entities.docx": lambda p: _docx(p, LAUGHS + b"<a>&i;</a>"),
    "deep.docx": lambda p: _docx(p, b"<a>" * 2_000_000),
    "entities.html": lambda p: p.write_bytes(LAUGHS + b"<p>&i;</p>"),
    "attributes_20mb.html": lambda p: _fill(p, b"<p a='&lt;&#20013;' ", 20 * 1024**2),
    "bomb.pdf": _bomb_pdf,
    "aliases.md": lambda p: p.write_text("---\na: &a [x]\nb: [*a, *a]\n---\n正文"),
    "zeros_50mb.pdf": lambda p: _fill(p, b"%PDF-1.4\n" + b"\0" * 4096, 50 * 1024**2 - 5000),
}


def hostile_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files that are too large, too many-paragraphed, or made to hurt."""
    for name, make in HOSTILE.items():
        path = folder / name
        make(path)
        yield name, path


def main() -> None:
    """Import the corpus twice, read it, import many, and let hostile files try."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "corpus")
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--without-hostile", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        data_dir, hostile = home / "data", home / "hostile"
        hostile.mkdir()
        run_child("set up", data_dir, CREATE)
        run_child("import the corpus", data_dir, IMPORT, str(asked.corpus))
        run_child("import it again", data_dir, IMPORT, str(asked.corpus))
        run_child("read", data_dir, READ)
        for case, path in () if asked.without_hostile else hostile_files(hostile):
            run_child(f"hostile: {case}", data_dir, IMPORT, str(path))
            path.unlink()
        if asked.documents:
            many = home / "many"
            many.mkdir()
            write_documents(asked.corpus, many, asked.documents, asked.seed)
            run_child(f"import {asked.documents}", data_dir, IMPORT, str(many))
            run_child("import them again", data_dir, IMPORT, str(many))
            run_child(f"read among {asked.documents}", data_dir, READ)
            size = sum(p.stat().st_size for p in data_dir.glob("xueshi.db*"))
            say("library", "database", size / 1024**2, "MiB", documents=asked.documents)


if __name__ == "__main__":
    main()

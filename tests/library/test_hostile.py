"""Documents made to hurt: a sentence within bounded time and memory, measured in a real process."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.bench_library import HOSTILE
from tests.warm import Warm

MOST_MB = 1_200
READ_SECONDS = 10  # what the reading process may take here; 60 in the product
MOST_SECONDS = 60  # of a busy machine
READ = """
import json, resource, sys, time
from pathlib import Path
from lms.library.prepare import prepare
from lms.library.problems import Unreadable
from lms.library.reading import read_file
path, seconds = Path(sys.argv[1]), int(sys.argv[2])
started = time.monotonic()
try:
    reading = read_file(path.read_bytes(), path.name, seconds=seconds)
    found = prepare(reading, source_key="x", known_names=frozenset())
    outcome = "read"
except Unreadable as error:
    outcome = error.reason.value
kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
peak = max(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1024
print(json.dumps({"outcome": outcome, "seconds": time.monotonic() - started, "peak_mb": peak}))
"""
OUTCOMES = {
    "text_50mb.txt": {"read"},
    "text_51mb.txt": {"too_large"},
    "million_paragraphs.txt": {"too_many_paragraphs"},
    "one_line_20mb.txt": {"read"},
    "brackets_5mb.md": {"read"},
    "nested_10mb.html": {"too_long", "empty"},
    "table_20mb.html": {"too_many_paragraphs", "too_long"},
    "bomb.docx": {"bomb"},
    "entities.docx": {"bomb"},
    "deep.docx": {"broken_docx"},
    "entities.html": {"read", "empty"},
    "attributes_20mb.html": {"empty"},
    "bomb.pdf": {"broken_pdf", "too_long", "too_many_chars"},
    "aliases.md": {"broken_front_matter"},
    "zeros_50mb.pdf": {"broken_pdf", "too_long"},
}


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with Warm("import lms.library.prepare, lms.library.reading") as process:
        yield process


@pytest.mark.slow
@pytest.mark.parametrize("name", OUTCOMES)
def test_a_hostile_document_ends_soon_and_takes_little_memory(
    name: str, tmp_path: Path, warm: Warm
) -> None:
    path = tmp_path / name
    HOSTILE[name](path)
    argv = ["read", str(path), str(READ_SECONDS)]
    done = warm.run(READ, argv, tmp_path, seconds=2 * MOST_SECONDS)
    assert done.code == 0, done.err[-2000:]
    told = json.loads(done.out)
    assert told["outcome"] in OUTCOMES[name], told
    assert told["seconds"] < MOST_SECONDS, told
    assert told["peak_mb"] < MOST_MB, told


def test_every_hostile_document_of_the_benchmark_is_tried() -> None:
    assert OUTCOMES.keys() == HOSTILE.keys()

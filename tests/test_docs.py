"""Tests of the documents: what they name exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")


def test_every_test_that_features_names_exists():
    named = NAMED_TEST.findall((ROOT / "docs" / "features.md").read_text())
    assert len(named) > 50
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(), f"{path}::{name}"


def test_every_feature_names_a_test():
    lines = (ROOT / "docs" / "features.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| ") and "| page or command |" not in line]
    assert len(rows) > 50
    assert [row for row in rows if not NAMED_TEST.search(row)] == []


@pytest.mark.parametrize(
    "path", ["README.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_links_lead_to_files(path):
    for target in LINK.findall((ROOT / path).read_text()):
        assert (ROOT / path).parent.joinpath(target).exists(), target

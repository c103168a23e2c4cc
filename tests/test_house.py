"""Tests of the house: imports go down only, files stay small, roles stay pure."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = (
    {"errors", "clock", "turns", "given", "given_change", "db"},
    {"jobs", "web"},
    {"members"},
    {"files", "search"},
    {"courses"},
    {"study"},
    {"media", "quizzes", "library"},
    {"reports", "home"},
    {"content"},
    {"cli"},
)
FLOOR = {part: number for number, floor in enumerate(FLOORS) for part in floor}
# Parts of one floor that may still see each other, with the reason.
NEIGHBOURS = {
    ("clock", "errors"),
    ("db", "clock"),
    ("db", "turns"),
    ("given_change", "given"),
}
SOURCES = sorted((ROOT / "lms").rglob("*.py"))
IMPURE = ("flask", "sqlalchemy", "lms.db", "lms.clock")
KERNELS = (
    "courses/completion.py",
    "courses/outline.py",
    "library/parse.py",
    "media/coverage.py",
    "members/policy.py",
    "quizzes/drawing.py",
    "quizzes/grading.py",
    "quizzes/statistics.py",
    "search/text.py",
    "study/attention.py",
    "study/clock.py",
    "study/credit.py",
)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> list[str]:
    """The dotted names that a module imports, with what it takes from them."""
    found = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [f"{node.module}.{name.name}" for name in node.names]
    return found


def part_of(name: str) -> str:
    return name.split(".")[1]


def test_imports_go_down_only():
    faults = []
    for path in SOURCES:
        here = path.relative_to(ROOT / "lms").with_suffix("").parts[0]
        for name in imports(path):
            if here == "__init__" or not name.startswith("lms."):
                continue
            there = part_of(name)
            if there == here or (here, there) in NEIGHBOURS or FLOOR[there] < FLOOR[here]:
                continue
            faults.append(f"{path} imports {name}, which is not below it")
    assert faults == []


def test_imports_stand_at_the_top_and_take_no_private_names():
    faults = []
    for path in SOURCES:
        tree = parsed(path)
        top = {id(node) for node in tree.body}
        for node in tree.body:
            if isinstance(node, ast.If):
                top |= {id(child) for child in node.body}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in top:
                faults.append(f"{path}:{node.lineno}: an import below the top")
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lms"):
                private = [name.name for name in node.names if name.name.startswith("_")]
                faults += [f"{path}:{node.lineno}: takes {name}" for name in private]
    assert faults == []


def test_files_stay_small_and_say_what_lives_in_them():
    faults = []
    for path in SOURCES:
        text = path.read_text()
        if text.count("\n") > 400:
            faults.append(f"{path}: split it by noun")
        if path.name == "__init__.py" and path.parent.name != "lms":
            if text:
                faults.append(f"{path}: __init__ files are empty")
        elif text and not ast.get_docstring(parsed(path)):
            faults.append(f"{path}: no sentence on what lives here")
    assert faults == []


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_are_pure(name):
    for imported in imports(ROOT / "lms" / name):
        assert not imported.startswith(IMPURE), f"{name} imports {imported}"


def test_only_config_reads_the_environment_and_only_clock_reads_the_time():
    for path in SOURCES:
        text = path.read_text()
        assert "os.environ" not in text and "getenv" not in text, path
        if path.name != "clock.py" or path.parent.name != "lms":
            assert "datetime.now(" not in text and "utcnow(" not in text, path


def test_actions_and_queries_never_commit():
    for path in SOURCES:
        if path.stem in ("actions", "queries", "models", "forms"):
            assert "session.commit()" not in path.read_text(), path

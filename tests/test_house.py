"""Tests of the house: imports go down only, files stay small, roles stay pure."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = (
    {"errors", "clock", "turns", "given", "db"},
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


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_only(path):
    inside = path.relative_to(ROOT / "lms").with_suffix("").parts
    here = inside[0]
    if here == "__init__":
        return
    for name in imports(path):
        if not name.startswith("lms."):
            continue
        there = part_of(name)
        if there == here or (here, there) in NEIGHBOURS:
            continue
        assert FLOOR[there] < FLOOR[here], f"{path.name} imports {name}, which is not below it"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_stand_at_the_top_and_take_no_private_names(path):
    tree = parsed(path)
    top = {id(node) for node in tree.body}
    for node in tree.body:
        if isinstance(node, ast.If):
            top |= {id(child) for child in node.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert id(node) in top, f"line {node.lineno}: an import below the top"
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lms"):
            names = [name.name for name in node.names]
            assert not [name for name in names if name.startswith("_")], f"line {node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_small_and_say_what_lives_in_them(path):
    text = path.read_text()
    assert text.count("\n") <= 400, "split it by noun"
    if path.name == "__init__.py" and path.parent.name != "lms":
        assert text == "", "__init__ files are empty"
    elif text:
        assert ast.get_docstring(parsed(path)), "no sentence on what lives here"


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

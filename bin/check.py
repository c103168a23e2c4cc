"""All that must hold beside the tests: style, types, floors, access, translations, pages."""

import subprocess
import sys
from pathlib import Path

from environment import environment

BIN = Path(sys.executable).parent
PYTEST = (sys.executable, "-m", "pytest")
# Each takes a process of its own to the edge of its limits.
HOSTILE = ("tests/library/test_hostile.py", "tests/quizzes/test_hostile.py")
# Compares the record with a stopwatch while a clip is played, and so has the machine to itself.
STOPWATCH = "tests/study/test_stopwatch.py"
# The argument --tested says that `make test` has just run the browser tests that are its own.
SLOW = "axe or slow" if "--tested" in sys.argv else "axe or slow or browser"
CHECKS = (
    ("style", [BIN / "ruff", "check", "--quiet", "."]),
    ("format", [BIN / "ruff", "format", "--check", "--quiet", "."]),
    ("types of kernels", [BIN / "mypy"]),
    ("translations", [sys.executable, "bin/translations.py", "--check"]),
    ("migrations against models", [sys.executable, "bin/migration.py", "--check"]),
    ("floors and access", [*PYTEST, "tests/test_house.py", "tests/test_access.py"]),
    ("hostile files", [*PYTEST, "-n", "2", *HOSTILE]),
    ("time against a stopwatch", [*PYTEST, "-n", "0", STOPWATCH]),
    (
        "pages, browsers, faults",
        [
            *(*PYTEST, "-n", "3", "-m", SLOW, "--durations=15"),
            *(f"--ignore={path}" for path in (*HOSTILE, STOPWATCH)),
        ],
    ),
)


def main() -> None:
    failed = [name for name, command in CHECKS if not passes(name, command)]
    if failed:
        sys.exit(f"\nFailed: {', '.join(failed)}")
    print("\nAll checks passed.")


def passes(name: str, command: list[object]) -> bool:
    print(f"· {name}", flush=True)
    return subprocess.run([str(part) for part in command], env=environment()).returncode == 0


if __name__ == "__main__":
    main()

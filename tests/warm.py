"""A process that has imported the product and gives each task a process of its own to run in.

The kernel measures each; the peak of its memory begins with what the first one holds.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]
LOOP = """
import json, os, signal, sys
for line in sys.stdin:
    task = json.loads(line)
    child = os.fork()
    if child == 0:
        signal.alarm(task["seconds"])
        for stream in (1, 2):
            os.dup2(os.open(task["told"][stream - 1], os.O_WRONLY | os.O_CREAT), stream)
        os.environ.update(task["env"])
        sys.argv = task["argv"]
        exec(task["code"], {"__name__": "__main__"})
        sys.exit()
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"code": code, "peak_mb": usage.ru_maxrss // 1024}), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Done:
    """A task that has ended: its exit code, the most memory that it held, what it said."""

    code: int
    peak_mb: int
    out: str
    err: str


class Warm:
    """Runs tasks one after the other in a folder each; `imports` is run once for all of them."""

    def __init__(self, imports: str) -> None:
        command = [sys.executable, "-c", imports + LOOP]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, cwd=ROOT, **pipes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=30)

    def run(self, code: str, argv: list[str], folder: Path, *, seconds: int, **env: str) -> Done:
        """Run code as a program with these arguments; it is killed when the seconds are over."""
        told = [folder / "out", folder / "err"]
        task = {"code": code, "argv": argv, "seconds": seconds, "env": env}
        assert self._process.stdin and self._process.stdout
        print(json.dumps(task | {"told": [*map(str, told)]}), file=self._process.stdin, flush=True)
        ended = json.loads(self._process.stdout.readline())
        return Done(**ended, out=told[0].read_text(), err=told[1].read_text())

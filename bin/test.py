"""Runs the tests; where no Chromium is found, the browser tests are left out with one line.

The walk over every page with axe, work in the editors, and what lets real time pass or kills
processes, take longer than all the rest; they belong to `make check`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from environment import environment

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.chromium import CHROMIUM, MISSING

QUICK = "not axe and not slow"


def main() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        # One process more than cores: the one with the whole story mostly waits for real time.
        "-n",
        str(min(os.cpu_count() or 1, 4) + 1),
        "--no-loadscope-reorder",
        "-m",
        QUICK,
    ]
    if CHROMIUM is None:
        print(f"Browser tests are left out: {MISSING}.")
        command += ["-m", f"{QUICK} and not browser"]
    with tempfile.TemporaryDirectory(dir=fast_folder(), prefix="xueshi-tests-") as folder:
        command += [f"--basetemp={folder}/base"]
        run = subprocess.run([*command, *sys.argv[1:]], env=environment())
        sys.exit(run.returncode)


def fast_folder() -> str | None:
    """Memory where there is some: every test commits for real, and disks are slow to confirm."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 4 * 2**30
    return str(memory) if roomy and os.access(memory, os.W_OK) else None


if __name__ == "__main__":
    main()

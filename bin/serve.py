"""Serves the product: prepares the data, then keeps gunicorn and the worker running until Ctrl-C.

A child that dies is started again; when this process dies, however hard, the children die with it.
"""

import ctypes
import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config import Settings, SettingsError, create_secret  # noqa: E402

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 15
RESTART_SECONDS = 1.0


def main() -> None:
    data_dir = Path(os.environ.get("DATA_DIR") or ROOT / "data").expanduser().resolve()
    try:
        create_secret(data_dir)
        settings = Settings.from_env()
    except (SettingsError, OSError) as error:
        sys.exit(f"\n{error}\n")
    prepare(settings)
    Group(settings).run()


def prepare(settings: Settings) -> None:
    """Bring database, people and content up to date, unless nothing has changed since last time."""
    stamp = settings.data_dir / "prepared"
    if stamp.is_file() and stamp.read_text() == fingerprint(settings):
        return
    result = subprocess.run([*flask(), "prepare"], cwd=ROOT)
    if result.returncode:
        sys.exit(result.returncode)
    if mark := fingerprint(settings):
        stamp.write_text(mark)


def fingerprint(settings: Settings) -> str:
    """What preparing depends on: program, content and database; empty where it cannot be told.

    A database server may have been given another state behind our back, so there it is empty.
    """
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    if not settings.database_url.startswith("sqlite") or not database.is_file():
        return ""
    digest = hashlib.blake2b(f"{database} {migration_of(database)}".encode(), digest_size=16)
    for folder in (ROOT / "lms", ROOT / "migrations", settings.content_dir):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                facts = path.stat()
                digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def migration_of(database: Path) -> str:
    """The last migration that a SQLite file has seen; a restored copy may have seen fewer."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except (sqlite3.Error, TypeError):
            return "none"
    return str(version)


def flask() -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi"]


def die_with_parent() -> None:
    """In a child: be told to end when the parent has died, even by kill -9 (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Group:
    """The two children and what keeps them alive."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.commands = {"web": gunicorn(settings), "worker": [*flask(), "jobs", "work"]}
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.is_stopping = False

    def run(self) -> None:
        """Start the children, print the address, watch until told to stop."""
        signal.signal(signal.SIGINT, self.stop)
        signal.signal(signal.SIGTERM, self.stop)
        for name in self.commands:
            self.start(name)
        host = "127.0.0.1" if self.settings.host == "0.0.0.0" else self.settings.host
        print(f"\n  学时 Xueshi: http://{host}:{self.settings.port}/   (Ctrl-C 停止)\n", flush=True)
        while not self.is_stopping:
            self.restart_the_dead()
            time.sleep(RESTART_SECONDS / 4)
        self.end()

    def start(self, name: str) -> None:
        self.children[name] = subprocess.Popen(
            self.commands[name],
            cwd=ROOT,
            preexec_fn=die_with_parent,
            start_new_session=True,
        )

    def restart_the_dead(self) -> None:
        for name, child in list(self.children.items()):
            if child.poll() is not None and not self.is_stopping:
                print(f"  {name} ended with {child.returncode}; starting it again", flush=True)
                end_group(child, signal.SIGKILL)
                time.sleep(RESTART_SECONDS)
                self.start(name)

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.is_stopping = True

    def end(self) -> None:
        """Ask the children to end, then insist."""
        for child in self.children.values():
            child.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in self.children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            end_group(child, signal.SIGKILL)


def end_group(child: "subprocess.Popen[bytes]", sign: signal.Signals) -> None:
    """Signal whatever is left of a child's process group, such as gunicorn's orphans."""
    try:
        os.killpg(child.pid, sign)
    except ProcessLookupError:
        pass


def gunicorn(settings: Settings) -> list[str]:
    """The command line of the web server."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "wsgi:app",
        f"--bind={settings.host}:{settings.port}",
        f"--workers={settings.web_workers}",
        f"--threads={settings.web_threads}",
        "--worker-class=lms.web.serving.EvenWorker",
        "--preload",
        "--timeout=60",
        "--graceful-timeout=4",
        "--keep-alive=5",
        f"--worker-tmp-dir={'/dev/shm' if os.access('/dev/shm', os.W_OK) else settings.data_dir}",
        "--log-level=warning",
        "--no-control-socket",
    ]


if __name__ == "__main__":
    main()

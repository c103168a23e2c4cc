"""Runs the tests that touch the database once more on PostgreSQL (PGHOST, PGUSER as for psql)."""

import os
import subprocess
import sys

import psycopg
from environment import environment

# One process more than cores: each waits for the server at times.
WORKERS = ("gw0", "gw1", "gw2")
# What hostile files do has nothing to do with the database.
WITHOUT = ("tests/library/test_hostile.py", "tests/quizzes/test_hostile.py")
FOLDERS = ("members", "jobs", "courses", "study", "quizzes", "library", "search", "reports")


def main() -> None:
    host, user = os.environ.get("PGHOST", "127.0.0.1"), os.environ.get("PGUSER", "postgres")
    with psycopg.connect(f"host={host} user={user} dbname=postgres", autocommit=True) as server:
        for worker in WORKERS:
            server.execute(f"DROP DATABASE IF EXISTS xueshi_test_{worker} WITH (FORCE)")
            server.execute(f"CREATE DATABASE xueshi_test_{worker}")
    url = f"postgresql+psycopg://{user}@{host}/xueshi_test_{{worker}}"
    paths = [f"tests/{name}" for name in (*FOLDERS, "test_db.py", "test_migrations.py")]
    command = [sys.executable, "-m", "pytest", "-n", str(len(WORKERS))]
    command += [f"--ignore={path}" for path in WITHOUT]
    env = environment(TEST_DATABASE_URL=url)
    sys.exit(subprocess.run([*command, "-m", "not browser", *paths], env=env).returncode)


if __name__ == "__main__":
    main()

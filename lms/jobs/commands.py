"""Commands about slow work."""

import signal
from types import FrameType

import click
from flask import current_app
from flask.cli import AppGroup

from lms.jobs.worker import Worker, run_pending

group = AppGroup("jobs", help="Slow work: the worker and its queue.")


@group.command("work")
def work() -> None:
    """Run jobs and periodic tasks until stopped."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    worker = Worker(app, app.config["SETTINGS"].job_threads)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worker.run()


@group.command("run-pending")
def run_now() -> None:
    """Run the jobs that are due now, then stop."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    click.echo(run_pending(app))

"""What bench_study serves: the application, and beside it the barest endpoint Flask can have."""

import gc

from flask import Flask, Response, jsonify, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from lms import create_app
from lms.courses import kinds
from lms.courses.kinds import LessonKind, LessonPage, Measure, MeasureBasis

bare = Flask("bare")


@bare.post("/")
def ceiling() -> Response:
    """Read JSON, answer JSON: the fastest that this server can be."""
    return jsonify(received=len(request.get_json()))


def register_kind() -> None:
    """A text long enough never to be counted in full during a benchmark."""
    kinds.register(
        LessonKind(
            code="bench-text",
            label="bench",
            icon="book",
            measure=lambda lesson: Measure(MeasureBasis.TEXT, chars=1_000_000),
            page=lambda lesson, actor: LessonPage("courses/none.html", {}),
            studied=lambda lesson, **facts: None,
        )
    )


def create() -> DispatcherMiddleware:
    """The WSGI application of the benchmark."""
    app = create_app()
    register_kind()
    gc.freeze()  # as wsgi.py does
    return DispatcherMiddleware(app, {"/bare": bare})

"""Structured logs: one JSON line an event, each with the id of the request it belongs to."""

import json
import logging
import re
import secrets
import sys
import time

from flask import Flask, Response, g, has_request_context, request

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = {"web.healthz", "web.readyz", "static"}

log = logging.getLogger("lms.request")


class JsonFormatter(logging.Formatter):
    """One JSON object a line; personal text stays out of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Render the record with its request id and extra fields."""
        event = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context() and "request_id" in g:
            event["request_id"] = g.request_id
        event |= getattr(record, "fields", {})
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False)


def init_logs(app: Flask, level: str) -> None:
    """Send our own log as JSON lines to standard error and give each request an id."""
    root = logging.getLogger("lms")
    if not any(isinstance(handler.formatter, JsonFormatter) for handler in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonFormatter())
        root.addHandler(handler)
    root.setLevel(level)
    app.before_request(start_request)
    app.after_request(finish_request)


def start_request() -> None:
    """Take over the proxy's request id when it is well formed, else make one."""
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    g.started_at = time.perf_counter()


def finish_request(response: Response) -> Response:
    """Log the request by its endpoint and ids, never by what people typed."""
    response.headers["X-Request-ID"] = g.get("request_id", "")
    if request.endpoint not in QUIET:
        status, member_id = response.status_code, g.get("member_id")
        write_request(request.endpoint, request.method, status, g.started_at, member_id)
    return response


def write_request(
    endpoint: str | None, method: str, status: int, began: float, member_id: int | None
) -> None:
    """One line about a request that began at `began` of `time.perf_counter`."""
    fields = {
        "endpoint": endpoint,
        "method": method,
        "status": status,
        "milliseconds": round((time.perf_counter() - began) * 1000, 1),
        "member_id": member_id,
    }
    log.info("request", extra={"fields": fields})

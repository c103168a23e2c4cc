"""The audit trail: one call writes who did what, in the transaction of the deed itself."""

from typing import Any

from flask import has_request_context, request

from lms import clock
from lms.db import db
from lms.members.models import AuditEvent
from lms.members.policy import Actor


def record(
    action: str,
    *,
    by: Actor | None,
    subject_kind: str = "",
    subject_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add an audit event; `action` is a verb such as "course.publish"."""
    db.session.add(
        AuditEvent(
            at=clock.now(),
            member_id=by.id if by else None,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            detail=detail or {},
            address=(request.remote_addr or "") if has_request_context() else "",
        )
    )

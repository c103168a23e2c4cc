"""Publishing a course of the folder as soon as its media are ready."""

from datetime import timedelta

from lms import clock
from lms.courses.actions import publish_course
from lms.courses.models import Course
from lms.db import db
from lms.errors import Invalid
from lms.jobs.actions import enqueue
from lms.jobs.registry import JobContext, task
from lms.members.scope import ContentState

PUBLISH_TASK = "content.publish"
ASK_AGAIN = timedelta(seconds=4)
MOST_ROUNDS = 900  # an hour; after that an administrator publishes by hand


def publish_or_wait(course: Course, round_number: int = 0) -> None:
    """Publish the course, or have a job try again while its media are being prepared."""
    try:
        publish_course(course, by=None)
    except Invalid:
        if round_number < MOST_ROUNDS:
            enqueue(
                PUBLISH_TASK,
                {"course_id": course.id, "round_number": round_number + 1},
                subject=f"course:{course.id}",
                run_at=clock.now() + ASK_AGAIN,
            )


@task(PUBLISH_TASK)
def publish_waiting(job: JobContext, course_id: int, round_number: int) -> None:
    """One more try; a course that somebody has published or put away meanwhile is left alone."""
    course = db.session.get(Course, course_id)
    if course is not None and course.state == ContentState.DRAFT:
        publish_or_wait(course, round_number)
    db.session.commit()

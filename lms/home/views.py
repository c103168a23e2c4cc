"""The pages that gather: my desk."""

from flask import Blueprint, render_template

from lms import clock
from lms.home.audit_words import action_name, subject_name
from lms.home.queries import list_reminders, list_tasks, view_desk
from lms.home.words import STEPS, due_words, greeting, left_words
from lms.members.session import current_actor
from lms.study.words import CREDIT_KINDS, TONES, pace_sentence, status_word
from lms.web.settings import settings

bp = Blueprint("home", __name__, template_folder="templates")
bp.add_app_template_filter(action_name, "action_name")
bp.add_app_template_filter(subject_name, "subject_name")


@bp.get("/tasks")
def tasks() -> str:
    found = list_tasks(current_actor())
    today = clock.today(settings().zone)
    return render_template(
        "home/tasks.html", tasks=[(task, *due_words(task.due_on, today)) for task in found]
    )


@bp.get("/")
def index() -> str:
    actor = current_actor()
    desk = view_desk(actor)
    return render_template(
        "home/index.html",
        desk=desk,
        greeting=greeting(actor.name, desk.at.hour),
        pace=pace_sentence(desk.summary, is_over=False),
        status=status_word(desk.summary.standing, is_over=False),
        tone=TONES[desk.summary.standing.status],
        kinds=CREDIT_KINDS,
        left=left_words(desk.going_on) if desk.going_on else "",
        tasks=[(task, *due_words(task.due_on, desk.today)) for task in desk.tasks],
        reminders=list_reminders(actor),
        steps=[step for role in STEPS if actor.has(role) for step in STEPS[role]],
    )

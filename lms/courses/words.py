"""The words for places in a course and for the states of courses."""

from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.courses.outline import chinese_number
from lms.courses.queries import CourseView
from lms.members.scope import ContentState

STATE_LABELS: dict[str, Any] = {
    ContentState.DRAFT: _l("草稿"),
    ContentState.PUBLISHED: _l("已发布"),
    ContentState.ARCHIVED: _l("已归档"),
}
STATE_TONES = {ContentState.DRAFT: "warn", ContentState.PUBLISHED: "ok", ContentState.ARCHIVED: ""}
COVERS = 6  # how many typographic covers the styles know


def lesson_ordinal(number: int) -> str:
    """第七讲, or Lesson 7."""
    is_chinese = str(get_locale()).startswith("zh")
    return _("第%(number)s讲", number=chinese_number(number) if is_chinese else number)


def about_minutes(seconds: float) -> str:
    """About how long something takes, in whole minutes, hours from two on."""
    minutes = max(1, round(seconds / 60))
    if minutes < 120:
        return _("约 %(minutes)d 分钟", minutes=minutes)
    return _("约 %(hours).1f 小时", hours=minutes / 60)


def cover_number(course_id: int) -> int:
    """Which of the typographic covers a course without a picture wears."""
    return course_id % COVERS + 1


def completion_rules(view: CourseView) -> list[str]:
    """What a learner does to complete the course, in sentences."""
    needed = view.standing.needed_count
    if not needed:
        return [_("课程还没有内容。")]
    optional = len(view.lessons) - needed
    rules = [_("学完 %(count)d 讲，就学完了这门课程。", count=needed)]
    if optional:
        rules = [
            _(
                "学完 %(count)d 讲必修内容，就学完了这门课程；另有 %(more)d 讲选修。",
                count=needed,
                more=optional,
            )
        ]
    shown = {row.lesson.kind: row.kind for row in view.lessons if row.kind}
    rules += [
        _("%(kind)s：%(rule)s", kind=kind.label, rule=kind.completes)
        for kind in shown.values()
        if kind.completes
    ]
    if view.course.is_sequential:
        rules.append(_("按顺序学习：学完前面的必修内容，后面的才打开。"))
    if view.course.no_skip:
        rules.append(_("第一遍观看时不能拖动跳过。"))
    if view.course.attention_checks:
        rules.append(_("学习中会偶尔确认你是否还在，错过只是暂停计时。"))
    return rules

"""The sentences of the desk: greeting, deadlines, what is left of a lesson, next steps by role."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.courses.catalogue_queries import ContinueCard
from lms.home.greeting import DayPart, day_part
from lms.members.policy import Role
from lms.web.i18n import format_clock, format_month_day

GREETINGS = {
    DayPart.NIGHT: _l("%(name)s，夜深了，注意休息"),
    DayPart.MORNING: _l("%(name)s，早上好"),
    DayPart.FORENOON: _l("%(name)s，上午好"),
    DayPart.NOON: _l("%(name)s，中午好"),
    DayPart.AFTERNOON: _l("%(name)s，下午好"),
    DayPart.EVENING: _l("%(name)s，晚上好"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a person with a role can do next."""

    endpoint: str
    icon: str
    title: Any
    note: Any


STEPS: dict[Role, tuple[Step, ...]] = {
    Role.ADMINISTRATOR: (
        Step("courses.new", "book", _l("新建课程"), _l("起个名字，往里添文字、图片、视频或测试")),
        Step("courses.manage", "pencil", _l("我管理的课程"), _l("接着写草稿，发布或撤回")),
        Step("media.index", "photo", _l("素材"), _l("上传视频、图片和文件，供课程使用")),
        Step("quizzes.banks", "checklist", _l("题库"), _l("录入试题，或从 Excel、Word 导入")),
        Step("quizzes.papers", "writing", _l("试卷"), _l("从题库组卷，设好时间和次数")),
        Step("library.new_import", "books", _l("导入文献"), _l("法规、制度、原著，识别出条款")),
    ),
    Role.MANAGER: (
        Step("study.unit", "users", _l("单位学习情况"), _l("看谁完成了，谁需要提醒")),
        Step("reports.index", "report", _l("报表"), _l("按月导出 Excel 和 CSV")),
    ),
    Role.OPERATOR: (
        Step("members.people", "users", _l("人员"), _l("添加人员，发激活码，授予角色")),
        Step("members.units", "sitemap", _l("单位"), _l("建立和调整组织架构")),
        Step("members.audit_trail", "history", _l("操作记录"), _l("谁在什么时候做了什么")),
    ),
}


def greeting(name: str, hour: int) -> str:
    """A greeting for the hour."""
    return str(GREETINGS[day_part(hour)]) % {"name": name}


def due_words(due_on: date | None, today: date) -> tuple[str, str]:
    """A deadline in words and its tone: days while they are few, else the day; empty for none."""
    if due_on is None:
        return "", ""
    days = (due_on - today).days
    if days < 0:
        return _("已过期 %(days)d 天", days=-days), "bad"
    if days == 0:
        return _("今天截止"), "bad"
    if days <= 3:
        return _("还有 %(days)d 天", days=days), "bad"
    return format_month_day(due_on), ""


def left_words(card: ContinueCard) -> str:
    """Where the learner stopped and how much is left."""
    seconds, whole = card.position_seconds, card.lesson.duration_seconds
    if seconds and whole and seconds < whole:
        minutes = max(1, round((whole - seconds) / 60))
        return _(
            "上次看到 %(time)s，还剩 %(minutes)d 分钟", time=format_clock(seconds), minutes=minutes
        )
    if card.fraction > 0:
        return _("已学 %(percent)d%%", percent=int(card.fraction * 100))
    return _("还没开始这一讲") if card.is_started else _("从第一讲开始")

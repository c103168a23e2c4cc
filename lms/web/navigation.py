"""The entries of the top bar; what each asks for decides who sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True, eq=False)
class NavItem:
    """An entry: `key` is what a page sets as `nav` when it belongs here."""

    key: str
    label: Any
    endpoint: str
    icon: str
    role: str = ""  # empty for everybody
    on_phone: bool = True  # whether it stands in the tab bar at the bottom
    short: Any = None  # the label of the tab bar, where it differs


ITEMS = (
    NavItem("home", _l("首页"), "home.index", "home"),
    NavItem("courses", _l("课程"), "courses.index", "book"),
    NavItem("quizzes", _l("考试"), "quizzes.index", "checklist"),
    NavItem("library", _l("文库"), "library.index", "books"),
    NavItem("study", _l("我的学习"), "study.index", "chart-donut", short=_l("我的")),
    NavItem("reports", _l("报表"), "reports.index", "report", role="manager", on_phone=False),
    NavItem("media", _l("素材"), "media.index", "photo", role="administrator", on_phone=False),
    NavItem("admin", _l("人员"), "members.people", "users", role="operator", on_phone=False),
)


def items_for(has_role: Callable[[str], bool]) -> tuple[NavItem, ...]:
    """The entries for a person who holds the roles that `has_role` confirms."""
    there = current_app.view_functions
    return tuple(
        item for item in ITEMS if item.endpoint in there and (not item.role or has_role(item.role))
    )

"""The names of roles, states and devices as people read them."""

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.members.models import MemberState
from lms.members.policy import Role

ROLES = {
    Role.ADMINISTRATOR: _l("教务管理员"),
    Role.MANAGER: _l("单位负责人"),
    Role.OPERATOR: _l("系统管理员"),
}
STATES = {
    MemberState.INVITED: _l("等待激活"),
    MemberState.ACTIVE: _l("正常"),
    MemberState.SUSPENDED: _l("已停用"),
}
# The first sign found in the browser's own description names the device.
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def init_names(app: Flask) -> None:
    """Offer the names as template filters."""
    app.jinja_env.filters["role_name"] = ROLES.__getitem__
    app.jinja_env.filters["state_name"] = STATES.__getitem__
    app.jinja_env.filters["device"] = device_name


def device_name(agent: str) -> str:
    """What a browser's description of itself means to a person: "Windows, Edge"."""
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    return ", ".join(filter(None, (system, browser))) or _("未知设备")

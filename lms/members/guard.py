"""The door: before each request the access table says who may call the endpoint."""

from flask import Flask, Response, current_app, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from lms.db import reading_apart
from lms.errors import Forbidden
from lms.members.access_levels import Access
from lms.members.policy import Actor, Role
from lms.members.session import find_actor
from lms.web.errors import answer
from lms.web.pages import wants_json

ROLE_FOR_ACCESS = {
    Access.ADMINISTRATOR: Role.ADMINISTRATOR,
    Access.MANAGER: Role.MANAGER,
    Access.OPERATOR: Role.OPERATOR,
}


def init_guard(app: Flask, table: dict[str, Access]) -> None:
    """Guard all endpoints by `table`."""
    app.extensions["access"] = table
    app.before_request(admit)


def admit() -> BaseResponse | None:
    """Let the request pass, send people to the sign-in, or refuse."""
    if request.endpoint is None:
        return None
    level = current_app.extensions["access"].get(request.endpoint)
    if level is None:
        raise RuntimeError(f"{request.endpoint} is missing from the access table")
    if level is Access.PUBLIC:
        return None
    with reading_apart():
        actor = find_actor()
    if actor is None:
        return to_sign_in()
    if not admits(level, actor):
        raise Forbidden(_("你没有做这件事的权限。"))
    return None


def admits(level: Access, actor: Actor) -> bool:
    """Whether the level lets the signed-in person in."""
    role = ROLE_FOR_ACCESS.get(level)
    return role is None or actor.has(role)


def to_sign_in() -> Response | BaseResponse:
    """Ask to sign in: a page goes there and comes back, a script gets 401 and a sentence."""
    if wants_json() or request.method not in ("GET", "HEAD"):
        return answer(401, "signed_out", _("登录已过期，请重新登录。你填写的内容还在这个页面上。"))
    return redirect(url_for("members.sign_in", next=request.full_path.rstrip("?")))

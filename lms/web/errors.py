"""Turns errors into pages or JSON: the one place where a sentence meets a status code."""

import logging
from http import HTTPStatus

from flask import Flask, Response, g, jsonify, make_response, render_template
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from lms.db import db
from lms.errors import DomainError, Invalid
from lms.web.pages import wants_json

log = logging.getLogger(__name__)


def init_errors(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(DomainError, on_domain_error)
    app.register_error_handler(CSRFError, on_csrf_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(OperationalError, on_database_busy)
    app.register_error_handler(Exception, on_fault)


def answer(status: int, code: str, message: str, problems: tuple[str, ...] = ()) -> Response:
    """An error as JSON for scripts and as a page for people."""
    if wants_json():
        body = {"error": code, "message": message}
        response = jsonify(body | ({"problems": list(problems)} if problems else {}))
    else:
        response = make_response(
            render_template("web/error.html", status=status, message=message, problems=problems)
        )
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def on_domain_error(error: DomainError) -> Response:
    """A rule said no: its own sentence and status."""
    db.session.rollback()
    problems = error.problems if isinstance(error, Invalid) else ()
    return answer(error.status, error.code, error.message, problems)


def on_csrf_error(error: CSRFError) -> Response:
    """The form was open too long or came from elsewhere."""
    return answer(400, "csrf", _("页面打开得太久，请刷新后再提交一次。你填写的内容没有被改动。"))


def on_http_error(error: HTTPException) -> Response:
    """The framework's own refusals, in the person's language."""
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    response = answer(status, HTTPStatus(status).phrase.lower().replace(" ", "_"), sentence(status))
    for name, value in error.get_headers():
        if name in ("Retry-After", "Allow", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def on_database_busy(error: OperationalError) -> Response:
    """The database is locked, full or away: nothing was saved, and trying again may work."""
    db.session.rollback()
    log.error("database error: %s", error.orig)
    response = answer(503, "busy", _("服务器正忙，这次没有保存。请稍等片刻再试一次。"))
    response.headers["Retry-After"] = "2"
    return response


def on_fault(error: Exception) -> Response:
    """A fault of ours: logged with the request id, told without details."""
    db.session.rollback()
    log.exception("request %s failed", g.get("request_id"))
    return answer(500, "fault", sentence(500))


def sentence(status: int) -> str:
    """One plain sentence for a status code."""
    sentences = {
        400: _("这个请求不完整，请返回上一页再试。"),
        401: _("请先登录。"),
        403: _("你没有做这件事的权限。"),
        404: _("没有找到这个页面，它可能已被移走。"),
        405: _("这个地址不支持这样的操作。"),
        408: _("连接太慢，请求超时了，请再试一次。"),
        409: _("内容已被别人改动，请刷新后再试。"),
        413: _("文件或内容太大了，超过了服务器的限制。"),
        415: _("不支持这种格式。"),
        416: _("请求的范围超出了文件。"),
        429: _("操作太频繁，请稍等一会儿再试。"),
        500: _("服务器出错了，我们已经记录下来。你可以返回上一页再试一次。"),
        503: _("服务暂时不可用，请稍后再试。"),
    }
    return sentences.get(status) or (sentences[500] if status >= 500 else sentences[400])

"""Signing in and one's own account."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.db import db
from lms.errors import DomainError
from lms.members import audit
from lms.members.actions import (
    check_new_password,
    find_redeemable,
    redeem_code,
    revoke_session,
    set_password,
)
from lms.members.forms import ActivateForm, ChangePasswordForm, SignInForm
from lms.members.models import Member, MemberState
from lms.members.passwords import hash_password, verify_password
from lms.members.queries import find_member_by_number, list_grants, list_sessions
from lms.members.session import (
    close_session,
    current_actor,
    current_session_id,
    find_actor,
    open_session,
)
from lms.web.limits import limiter
from lms.web.pages import safe_next

bp = Blueprint("members", __name__, template_folder="templates")


def _typed_number() -> str:
    return f"number:{request.form.get('number', '').strip().lower()[:32]}"


def _next_page() -> str:
    return safe_next(request.values.get("next"), url_for("home.index"))


@bp.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
@limiter.limit("10 per 5 minutes", methods=["POST"], key_func=_typed_number)
def sign_in() -> str | Response | tuple[str, int]:
    form = SignInForm()
    if find_actor() and request.method == "GET":
        return redirect(_next_page())
    if form.validate_on_submit():
        found = _check_password(form.number.data or "", form.password.data or "")
        if found is not None:
            open_session(found)
            db.session.commit()
            return redirect(_next_page())
        form.password.errors = [*form.password.errors, _("编号或密码不对，请再试一次。")]
    status = 422 if form.errors else 200
    return render_template("members/sign_in.html", form=form, next=_next_page()), status


def _check_password(number: str, password: str) -> int | None:
    member = find_member_by_number(number)
    active = member is not None and member.state is MemberState.ACTIVE
    member_id = member.id if member and active else None
    password_hash = member.password_hash if member and active else None
    # Checking takes long on purpose; no transaction may stay open over it.
    db.session.rollback()
    return member_id if verify_password(password_hash, password) else None


@bp.route("/activate", methods=["GET", "POST"])
@limiter.limit("10 per minute", methods=["POST"])
def activate() -> str | Response | tuple[str, int]:
    form = ActivateForm(number=request.args.get("number"))
    if form.validate_on_submit():
        try:
            return _activate(form.number.data or "", form.code.data or "", form.password.data or "")
        except DomainError as error:
            db.session.rollback()
            form.code.errors = [*form.code.errors, error.message]
    return render_template("members/activate.html", form=form), 422 if form.errors else 200


def _activate(number: str, code: str, password: str) -> Response:
    check_new_password(password, number.strip())
    known = find_redeemable(number, code) is not None
    db.session.rollback()
    password_hash = hash_password(password) if known else ""
    member = redeem_code(number, code, password_hash=password_hash)
    open_session(member.id)
    db.session.commit()
    flash(_("密码已设好，欢迎使用。"), "ok")
    return redirect(url_for("home.index"))


@bp.post("/sign-out")
def sign_out() -> Response:
    close_session()
    db.session.commit()
    return redirect(url_for("members.sign_in"))


@bp.get("/account")
def account() -> str:
    return _account_page(ChangePasswordForm())


def _account_page(form: ChangePasswordForm) -> str:
    actor = current_actor()
    return render_template(
        "members/account.html",
        form=form,
        sessions=list_sessions(actor),
        session_id=current_session_id(),
        grants=list_grants(actor.id),
    )


@bp.post("/account/password")
@limiter.limit("10 per minute")
def change_password() -> Response | tuple[str, int]:
    actor, form = current_actor(), ChangePasswordForm()
    if form.validate_on_submit():
        try:
            _change_password(actor.id, form.present.data or "", form.password.data or "")
        except DomainError as error:
            db.session.rollback()
            form.password.errors = [*form.password.errors, error.message]
        else:
            flash(_("密码已修改，其他设备上的登录都已退出。"), "ok")
            return redirect(url_for("members.account"))
    return _account_page(form), 422


def _change_password(member_id: int, present: str, new: str) -> None:
    member = db.session.get_one(Member, member_id)
    number, password_hash = member.number, member.password_hash
    check_new_password(new, number)
    db.session.rollback()
    if not verify_password(password_hash, present):
        raise DomainError(_("现在的密码不对。"))
    new_hash = hash_password(new)
    member = db.session.get_one(Member, member_id)
    set_password(member, password_hash=new_hash, keep_session_id=current_session_id())
    audit.record(
        "member.change_password", by=current_actor(), subject_kind="member", subject_id=member_id
    )
    db.session.commit()


@bp.post("/account/sessions/<int:session_id>/revoke")
def end_session(session_id: int) -> Response:
    revoke_session(session_id, by=current_actor())
    db.session.commit()
    flash(_("那台设备上的登录已退出。"), "ok")
    return redirect(url_for("members.account"))

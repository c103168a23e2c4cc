"""Changing people, units and grants; every deed leaves an audit event in the same transaction."""

from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update

from lms import clock
from lms.db import db
from lms.errors import Conflict, Forbidden, Invalid, NotFound
from lms.members import audit
from lms.members.models import (
    ActivationCode,
    Member,
    Membership,
    MemberState,
    OrgUnit,
    RoleGrant,
    SignInSession,
)
from lms.members.passwords import hash_code, is_weak, make_code
from lms.members.policy import Actor, Role, holds
from lms.members.queries import find_member_by_number, today

CODE_DAYS = 14


def create_unit(
    *, name: str, code: str, parent: OrgUnit | None, by: Actor | None = None
) -> OrgUnit:
    """Add a unit below `parent`, or the root without one; raises Conflict on a known code."""
    if db.session.scalar(select(OrgUnit.id).where(OrgUnit.code == code)):
        raise Conflict(_("单位代码“%(code)s”已经有了，请换一个。", code=code))
    unit = OrgUnit(name=name, code=code, parent_id=parent.id if parent else None, path="")
    unit.created_at = clock.now()
    # The path needs the id; a path of its own until then keeps the column unique.
    unit.path = f"new:{code}"
    db.session.add(unit)
    db.session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    db.session.flush()
    audit.record("unit.create", by=by, subject_kind="unit", subject_id=unit.id)
    return unit


def rename_unit(unit: OrgUnit, *, name: str, by: Actor) -> None:
    """Give the unit another name."""
    detail = {"before": unit.name, "after": name}
    unit.name = name
    audit.record("unit.rename", by=by, subject_kind="unit", subject_id=unit.id, detail=detail)


def create_member(
    *, number: str, name: str, unit: OrgUnit, since_on: date | None = None, by: Actor | None = None
) -> Member:
    """Add a person, who signs in after redeeming a code; raises Conflict on a known number."""
    if find_member_by_number(number):
        raise Conflict(_("编号“%(number)s”已经有人使用，请核对。", number=number))
    now = clock.now()
    member = Member(number=number.strip(), name=name.strip(), created_at=now, changed_at=now)
    db.session.add(member)
    db.session.flush()
    db.session.add(Membership(member_id=member.id, unit_id=unit.id, since_on=since_on or today()))
    db.session.flush()
    audit.record("member.create", by=by, subject_kind="member", subject_id=member.id)
    return member


def move_member(member_id: int, *, unit: OrgUnit, by: Actor) -> None:
    """From today on the person belongs to `unit`; what was before stays in the record."""
    row = db.session.scalars(
        select(Membership).where(Membership.member_id == member_id, Membership.until_on.is_(None))
    ).one()
    if row.unit_id == unit.id:
        return
    detail = {"before": row.unit_id, "after": unit.id}
    if row.since_on >= today():
        row.unit_id = unit.id
    else:
        row.until_on = today() - timedelta(days=1)
        db.session.flush()
        db.session.add(Membership(member_id=member_id, unit_id=unit.id, since_on=today()))
    db.session.flush()
    audit.record("member.move", by=by, subject_kind="member", subject_id=member_id, detail=detail)


def grant_role(member_id: int, *, unit: OrgUnit, role: Role, by: Actor | None = None) -> RoleGrant:
    """Entrust the person with `role` on the unit from today; raises Forbidden beyond one's own."""
    if by is not None and not holds(by, Role.OPERATOR, unit.path):
        raise Forbidden(_("你只能在自己负责的单位内授予角色。"))
    grant = RoleGrant(member_id=member_id, unit_id=unit.id, role=role, since_on=today())
    db.session.add(grant)
    db.session.flush()
    detail = {"role": role.value, "unit_id": unit.id}
    audit.record("role.grant", by=by, subject_kind="member", subject_id=member_id, detail=detail)
    return grant


def end_role(grant_id: int, *, member_id: int, by: Actor) -> None:
    """The grant holds no longer, from now on; raises NotFound for grants beyond one's own."""
    grant = db.session.get(RoleGrant, grant_id)
    unit = db.session.get(OrgUnit, grant.unit_id) if grant else None
    if grant is None or unit is None or grant.member_id != member_id:
        raise NotFound(_("没有找到这项授权。"))
    if not holds(by, Role.OPERATOR, unit.path):
        raise NotFound(_("没有找到这项授权。"))
    if grant.role is Role.OPERATOR and grant.member_id == by.id:
        raise Conflict(_("不能收回自己的管理员角色，请由另一位管理员操作。"))
    detail = {"role": grant.role.value, "unit_id": grant.unit_id}
    if grant.since_on >= today():
        db.session.delete(grant)
    else:
        grant.until_on = today() - timedelta(days=1)
    audit.record("role.end", by=by, subject_kind="member", subject_id=member_id, detail=detail)


def issue_code(member_id: int, *, by: Actor | None = None) -> str:
    """A new one-time code; earlier ones stop working. It is shown once and kept only as a hash."""
    now = clock.now()
    unused = (ActivationCode.member_id == member_id) & ActivationCode.used_at.is_(None)
    db.session.execute(update(ActivationCode).where(unused).values(used_at=now))
    code = make_code()
    db.session.add(
        ActivationCode(
            member_id=member_id,
            code_hash=hash_code(code),
            created_at=now,
            expires_at=now + timedelta(days=CODE_DAYS),
        )
    )
    db.session.flush()
    audit.record("member.issue_code", by=by, subject_kind="member", subject_id=member_id)
    return code


def find_redeemable(number: str, code: str) -> Member | None:
    """The person for whom the code is good right now."""
    query = (
        select(Member)
        .join(ActivationCode, ActivationCode.member_id == Member.id)
        .where(
            Member.number == number.strip(),
            Member.state != MemberState.SUSPENDED,
            ActivationCode.code_hash == hash_code(code),
            ActivationCode.used_at.is_(None),
            ActivationCode.expires_at > clock.now(),
        )
    )
    return db.session.scalar(query)


def check_new_password(password: str, number: str) -> None:
    """Raise Invalid when the password is too easy to guess."""
    if is_weak(password, number):
        raise Invalid(_("密码太简单：至少 8 位，不要用编号、连续或重复的字符。"))


def redeem_code(number: str, code: str, *, password_hash: str) -> Member:
    """Set the password of an invited person; the code is used up. Raises Invalid on a bad code."""
    member = find_redeemable(number, code)
    used = update(ActivationCode).where(
        ActivationCode.code_hash == hash_code(code), ActivationCode.used_at.is_(None)
    )
    if member is None or db.session.execute(used.values(used_at=clock.now())).rowcount != 1:  # type: ignore[attr-defined]
        raise Invalid(_("编号或激活码不对，或者激活码已经用过、过期。请向管理员要一个新的。"))
    set_password(member, password_hash=password_hash, keep_session_id=None)
    member.state = MemberState.ACTIVE
    audit.record("member.activate", by=None, subject_kind="member", subject_id=member.id)
    return member


def set_password(member: Member, *, password_hash: str, keep_session_id: int | None) -> None:
    """Change the password and end every other sign-in of the person."""
    member.password_hash = password_hash
    member.changed_at = clock.now()
    others = (SignInSession.member_id == member.id) & SignInSession.revoked_at.is_(None)
    if keep_session_id is not None:
        others &= SignInSession.id != keep_session_id
    db.session.execute(update(SignInSession).where(others).values(revoked_at=clock.now()))


def revoke_session(session_id: int, *, by: Actor) -> None:
    """End one of one's own sign-ins; raises NotFound for anybody else's."""
    row = db.session.get(SignInSession, session_id)
    if row is None or row.member_id != by.id:
        raise NotFound(_("没有找到这次登录。"))
    row.revoked_at = row.revoked_at or clock.now()


def set_suspended(member_id: int, *, is_suspended: bool, by: Actor) -> None:
    """Stop a person from signing in, or let them in again; ends their open sign-ins."""
    if member_id == by.id:
        raise Conflict(_("不能停用自己的账号。"))
    member = db.session.get_one(Member, member_id)
    active = MemberState.ACTIVE if member.password_hash else MemberState.INVITED
    member.state = MemberState.SUSPENDED if is_suspended else active
    member.changed_at = clock.now()
    if is_suspended:
        mine = (SignInSession.member_id == member_id) & SignInSession.revoked_at.is_(None)
        db.session.execute(update(SignInSession).where(mine).values(revoked_at=clock.now()))
    action = "member.suspend" if is_suspended else "member.resume"
    audit.record(action, by=by, subject_kind="member", subject_id=member_id)

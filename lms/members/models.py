"""The organisation tree, its people, what they are entrusted with, the trail of deeds."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Key, enum_column
from lms.members.policy import Role


class MemberState(StrEnum):
    """Whether a person can sign in."""

    INVITED = "invited"  # has a code and no password yet
    ACTIVE = "active"  # signs in with a password
    SUSPENDED = "suspended"  # kept for the record, cannot sign in


class OrgUnit(Base):
    """A node of the organisation tree; `path` lists the ids from the root down to itself."""

    __tablename__ = "org_unit"

    id: Mapped[Key]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("org_unit.id"), index=True)
    path: Mapped[str] = mapped_column(String(255), unique=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    @property
    def depth(self) -> int:
        """How many units stand above this one."""
        return self.path.count("/") - 2


class Member(Base):
    """A person of the organisation; `number` is what they sign in with."""

    __tablename__ = "member"

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    state: Mapped[MemberState] = enum_column(MemberState, "state", default=MemberState.INVITED)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    language: Mapped[str | None] = mapped_column(String(8))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Membership(Base):
    """A person belongs to a unit from one day until another; at any day to one unit."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("until_on IS NULL OR until_on >= since_on", name="dates"),
        Index("ix_membership_unit_since", "unit_id", "since_on"),
        Index("ix_membership_member_since", "member_id", "since_on"),
        Index(
            "uq_membership_open",
            "member_id",
            unique=True,
            sqlite_where=text("until_on IS NULL"),
            postgresql_where=text("until_on IS NULL"),
        ),
    )

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    since_on: Mapped[date]
    until_on: Mapped[date | None]  # the last day that still counts


class RoleGrant(Base):
    """A role on a unit and all below it, from one day until another."""

    __tablename__ = "role_grant"
    __table_args__ = (CheckConstraint("until_on IS NULL OR until_on >= since_on", name="dates"),)

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"), index=True)
    role: Mapped[Role] = enum_column(Role, "role")
    since_on: Mapped[date]
    until_on: Mapped[date | None]  # the last day that still counts


class ActivationCode(Base):
    """A one-time code with which an invited person sets a password; only its hash is kept."""

    __tablename__ = "activation_code"

    id: Mapped[Key]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInSession(Base):
    """One sign-in on one device; revoking the row ends it at the next request."""

    __tablename__ = "sign_in_session"

    id: Mapped[Key]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(64), default="")


class AuditEvent(Base):
    """Who did what to which thing, and when; added to, never edited."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_subject", "subject_kind", "subject_id"),)

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    action: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(32), default="")
    subject_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    address: Mapped[str] = mapped_column(String(64), default="")

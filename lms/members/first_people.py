"""The organisation that a new installation starts with: a tree, one person of each role."""

from dataclasses import dataclass

from sqlalchemy import select

from lms.db import db
from lms.members.actions import create_member, create_unit, grant_role, issue_code
from lms.members.models import Member
from lms.members.policy import Role


@dataclass(frozen=True, slots=True)
class FirstPerson:
    """A person just created and the code with which they set their password."""

    role_name: str
    number: str
    name: str
    code: str


# Number, name, unit, role on that unit, and what the terminal calls it.
PEOPLE = (
    ("operator", "周敏", "root", Role.OPERATOR, "系统管理员 operator     "),
    ("teacher", "陈立", "root", Role.ADMINISTRATOR, "教务管理员 administrator"),
    ("manager", "王秀兰", "second", Role.MANAGER, "单位负责人 manager      "),
    ("member", "李建国", "second-ops", None, "学员       member       "),
)
UNITS = (
    ("root", "示例集团", None),
    ("office", "机关支部", "root"),
    ("second", "第二党总支", "root"),
    ("second-ops", "运行一支部", "second"),
    ("second-repair", "检修支部", "second"),
)


def create_first_people() -> list[FirstPerson]:
    """Create units and people when there is nobody yet; gives those created. The caller commits."""
    if db.session.scalar(select(Member.id).limit(1)) is not None:
        return []
    units = {}
    for code, name, parent in UNITS:
        units[code] = create_unit(name=name, code=code, parent=units.get(parent or ""))
    created = []
    for number, name, unit, role, role_name in PEOPLE:
        member = create_member(number=number, name=name, unit=units[unit])
        if role:
            grant_role(member.id, unit=units[unit], role=role)
        created.append(FirstPerson(role_name, number, name, issue_code(member.id)))
    return created

"""Who may do what: the rules of access as pure functions over plain values.

A unit is named by its path, the ids from the root down, such as "/1/4/9/". A grant on a unit
reaches the unit and everything below it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may be entrusted with on a unit, beyond being a member."""

    ADMINISTRATOR = "administrator"  # writes courses, tests and texts; uploads material
    MANAGER = "manager"  # sees the study records of the people of the unit
    OPERATOR = "operator"  # manages people, units and settings


class Action(StrEnum):
    """What a person asks to do with a thing."""

    VIEW = "view"  # read it as a learner
    EDIT = "edit"  # change content
    SUPERVISE = "supervise"  # see and answer for people's records
    OPERATE = "operate"  # change people, units and settings


ROLE_FOR_ACTION = {
    Action.EDIT: Role.ADMINISTRATOR,
    Action.SUPERVISE: Role.MANAGER,
    Action.OPERATE: Role.OPERATOR,
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role on a unit and all below it."""

    role: Role
    unit_path: str


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in person as the rules see them, valid for one request."""

    id: int
    number: str
    name: str
    unit_id: int
    unit_path: str
    grants: tuple[Grant, ...] = ()

    def paths(self, role: Role) -> tuple[str, ...]:
        """The unit paths on which the person holds `role`."""
        return tuple(grant.unit_path for grant in self.grants if grant.role == role)

    def has(self, role: Role) -> bool:
        """Whether the person holds `role` anywhere."""
        return any(grant.role == role for grant in self.grants)

    @property
    def unit_ids(self) -> tuple[int, ...]:
        """The person's unit and all above it, root first."""
        return tuple(int(part) for part in self.unit_path.strip("/").split("/"))


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """What the rules need to know of a course, paper or document."""

    owner_path: str
    audience_path: str
    is_published: bool


def covers(granted_path: str, path: str) -> bool:
    """Whether a grant on `granted_path` reaches the unit at `path`."""
    return path.startswith(granted_path)


def holds(actor: Actor, role: Role, path: str) -> bool:
    """Whether the person holds `role` on the unit at `path`, directly or from above."""
    return any(covers(granted, path) for granted in actor.paths(role))


def may_content(actor: Actor, action: Action, content: ContentFacts) -> bool:
    """Whether the person may do `action` to the content.

    Published content is open to everybody in its audience's subtree; drafts, and any change, are
    for administrators of the owning unit.
    """
    if holds(actor, Role.ADMINISTRATOR, content.owner_path):
        return action in (Action.VIEW, Action.EDIT)
    if action is not Action.VIEW:
        return False
    return content.is_published and covers(content.audience_path, actor.unit_path)


def may_record(actor: Actor, action: Action, *, member_id: int, unit_path: str) -> bool:
    """Whether the person may see (VIEW) or answer for (SUPERVISE) a member's study record."""
    if action is Action.VIEW and member_id == actor.id:
        return True
    return action in (Action.VIEW, Action.SUPERVISE) and holds(actor, Role.MANAGER, unit_path)

"""What a person may reach, as SQL conditions and as one check: the policy on the database."""

from enum import StrEnum
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ForeignKey, Select, bindparam, false, or_, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from lms.db import db, enum_column
from lms.errors import Forbidden, NotFound
from lms.members.models import OrgUnit
from lms.members.policy import Action, Actor, ContentFacts, Role, may_content


class ContentState(StrEnum):
    """How far content has come."""

    DRAFT = "draft"  # seen by administrators of its unit only
    PUBLISHED = "published"  # open to its audience
    ARCHIVED = "archived"  # kept for the record, no longer offered


class OwnedContent:
    """Mixin for content: the unit that answers for it, the unit it is meant for, and its state.

    The units have no index: most content is for everybody, and SQLite, which expects an index to
    leave few rows, would begin with it wherever something else should come first.
    """

    if TYPE_CHECKING:
        id: Mapped[int]

    @declared_attr
    def unit_id(cls) -> Mapped[int]:
        """The unit whose administrators may change it."""
        return mapped_column(ForeignKey("org_unit.id"))

    @declared_attr
    def audience_unit_id(cls) -> Mapped[int]:
        """The unit whose people, with all below, may see it once published."""
        return mapped_column(ForeignKey("org_unit.id"))

    @declared_attr
    def state(cls) -> Mapped[ContentState]:
        """Draft, published or archived."""
        return enum_column(ContentState, "state", default=ContentState.DRAFT)


def below(column: ColumnElement[str], paths: tuple[str, ...]) -> ColumnElement[bool]:
    """The condition that a unit path lies in one of the subtrees `paths`."""
    return or_(false(), *(column.like(f"{path}%") for path in paths))


def units_below(paths: tuple[str, ...]) -> Select[tuple[int]]:
    """The ids of all units in the subtrees `paths`."""
    return select(OrgUnit.id).where(below(OrgUnit.path.expression, paths))


def editable_by(actor: Actor, model: type[OwnedContent]) -> ColumnElement[bool]:
    """The condition that the person may change the content."""
    paths = actor.paths(Role.ADMINISTRATOR)
    return model.unit_id.in_(units_below(paths)) if paths else false()


def visible_to(actor: Actor, model: type[OwnedContent]) -> ColumnElement[bool]:
    """The condition that the person may see the content: published for them, or theirs."""
    offered = model.audience_unit_id.in_(actor.unit_ids) & (model.state == ContentState.PUBLISHED)
    return or_(offered, editable_by(actor, model))


_unit = OrgUnit.__table__.c
# Asked with nearly every request, so it is put together once.
_PATHS = select(_unit.id, _unit.path).where(
    or_(_unit.id == bindparam("owner"), _unit.id == bindparam("audience"))
)


def content_facts(content: OwnedContent) -> ContentFacts:
    """What the policy needs to know of the content."""
    given = {"owner": content.unit_id, "audience": content.audience_unit_id}
    paths = dict(db.session.execute(_PATHS, given).all())
    return ContentFacts(
        owner_path=paths[content.unit_id],
        audience_path=paths[content.audience_unit_id],
        is_published=content.state == ContentState.PUBLISHED,
    )


def check(actor: Actor, action: Action, content: OwnedContent | None) -> None:
    """Raise NotFound when the person may not see the content, Forbidden when not do this to it."""
    if content is None:
        raise NotFound(_("没有找到这项内容，它可能已被移走。"))
    check_facts(actor, action, content_facts(content))


def check_facts(actor: Actor, action: Action, facts: ContentFacts) -> None:
    """The same where the facts have been read with the content."""
    if not may_content(actor, Action.VIEW, facts):
        raise NotFound(_("没有找到这项内容，它可能已被移走。"))
    if not may_content(actor, action, facts):
        raise Forbidden(_("你可以查看这项内容，但没有修改它的权限。"))

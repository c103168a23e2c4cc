"""Who may call the endpoints of this part."""

from lms.members.access_levels import Access

ACCESS: dict[str, Access] = {
    "home.index": Access.SIGNED_IN,
    "home.tasks": Access.SIGNED_IN,
}

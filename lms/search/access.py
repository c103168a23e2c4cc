"""Who may call the endpoints of this part."""

from lms.members.access_levels import Access

ACCESS: dict[str, Access] = {
    "search.index": Access.SIGNED_IN,
    "search.suggestions": Access.SIGNED_IN,
    "search.similar": Access.SIGNED_IN,
    "search.empty": Access.ADMINISTRATOR,
}

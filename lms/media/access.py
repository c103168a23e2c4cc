"""Who may call the endpoints of this part."""

from lms.members.access_levels import Access

ACCESS: dict[str, Access] = {
    "media.index": Access.ADMINISTRATOR,
    "media.add": Access.ADMINISTRATOR,
    "media.show": Access.ADMINISTRATOR,
    "media.state": Access.ADMINISTRATOR,
    "media.rename": Access.ADMINISTRATOR,
    "media.retry": Access.ADMINISTRATOR,
    "media.delete": Access.ADMINISTRATOR,
    "media.add_subtitle": Access.ADMINISTRATOR,
    "media.delete_subtitle": Access.ADMINISTRATOR,
    "media.edit_lesson": Access.ADMINISTRATOR,
    "media.choose": Access.ADMINISTRATOR,
    "media.edit_gallery": Access.ADMINISTRATOR,
    "media.save_gallery": Access.ADMINISTRATOR,
    "media.show_captions": Access.SIGNED_IN,  # by a link signed for the member
}

"""Who may call the endpoints of this part."""

from lms.members.access_levels import Access

ACCESS: dict[str, Access] = {
    "files.describe_uploads": Access.PUBLIC,
    "files.create_upload": Access.SIGNED_IN,
    "files.show_upload": Access.SIGNED_IN,  # one's own only
    "files.append_upload": Access.SIGNED_IN,  # one's own only
    "files.delete_upload": Access.SIGNED_IN,  # one's own only
    "files.show_blob": Access.SIGNED_IN,  # by a link signed for the member
    "files.show_stored": Access.SIGNED_IN,  # by a link signed for the member
}

"""Who may call the endpoints of this part."""

from lms.members.access_levels import Access

ACCESS: dict[str, Access] = {
    "library.index": Access.SIGNED_IN,
    "library.show": Access.SIGNED_IN,
    "library.hits": Access.SIGNED_IN,
    "library.cited": Access.SIGNED_IN,
    "library.place": Access.SIGNED_IN,
    "library.compare": Access.SIGNED_IN,
    "library.follow_place": Access.SIGNED_IN,
    "library.attachment": Access.SIGNED_IN,
    "library.notes": Access.SIGNED_IN,
    "library.add_note": Access.SIGNED_IN,
    "library.change_note": Access.SIGNED_IN,
    "library.new_import": Access.ADMINISTRATOR,
    "library.upload": Access.ADMINISTRATOR,
    "library.show_batch": Access.ADMINISTRATOR,
    "library.batch_progress": Access.ADMINISTRATOR,
    "library.save_batch": Access.ADMINISTRATOR,
    "library.show_import": Access.ADMINISTRATOR,
    "library.save_import": Access.ADMINISTRATOR,
    "library.edit": Access.ADMINISTRATOR,
    "library.save_card": Access.ADMINISTRATOR,
    "library.set_state": Access.ADMINISTRATOR,
    "library.revise": Access.ADMINISTRATOR,
    "library.add_attachment": Access.ADMINISTRATOR,
    "library.edit_lesson": Access.ADMINISTRATOR,
    "library.save_lesson": Access.ADMINISTRATOR,
    "library.import_lesson": Access.ADMINISTRATOR,
    "library.add_lesson_image": Access.ADMINISTRATOR,
    "library.lesson_image": Access.SIGNED_IN,
}

"""Who may call the endpoints of this part."""

from lms.members.access_levels import Access

ACCESS: dict[str, Access] = {
    "study.open_session": Access.SIGNED_IN,
    "study.beat": Access.SIGNED_IN,
    "study.index": Access.SIGNED_IN,
    "study.member": Access.SIGNED_IN,
    "study.unit": Access.MANAGER,
    "study.events": Access.MANAGER,
    "study.new_event": Access.MANAGER,
    "study.find_people": Access.MANAGER,
    "study.event": Access.MANAGER,
    "study.decide_event": Access.MANAGER,
    "study.ask_about": Access.SIGNED_IN,
    "study.waiting": Access.MANAGER,
    "study.answer_query": Access.MANAGER,
    "study.reverse_entry": Access.MANAGER,
    "study.adjust_member": Access.MANAGER,
    "study.requirements": Access.MANAGER,
    "study.exemptions": Access.MANAGER,
    "study.end": Access.MANAGER,
    "study.close_unit_month": Access.MANAGER,
    "study.rules": Access.OPERATOR,
    "study.switch_setting": Access.OPERATOR,
}

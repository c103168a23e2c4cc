"""Who may call the endpoints of this part and of the shell below it."""

from lms.members.access_levels import Access

ACCESS: dict[str, Access] = {
    "static": Access.PUBLIC,
    "web.healthz": Access.PUBLIC,
    "web.readyz": Access.PUBLIC,
    "web.set_preference": Access.PUBLIC,
    "members.sign_in": Access.PUBLIC,
    "members.activate": Access.PUBLIC,
    "members.sign_out": Access.SIGNED_IN,
    "members.account": Access.SIGNED_IN,
    "members.change_password": Access.SIGNED_IN,
    "members.end_session": Access.SIGNED_IN,
    "members.people": Access.OPERATOR,
    "members.new_person": Access.OPERATOR,
    "members.person": Access.OPERATOR,
    "members.issue_code": Access.OPERATOR,
    "members.suspend": Access.OPERATOR,
    "members.move_person": Access.OPERATOR,
    "members.grant_role": Access.OPERATOR,
    "members.end_role": Access.OPERATOR,
    "members.units": Access.OPERATOR,
    "members.add_unit": Access.OPERATOR,
    "members.rename_unit": Access.OPERATOR,
    "members.audit_trail": Access.OPERATOR,
}

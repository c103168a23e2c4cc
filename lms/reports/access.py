"""Who may call the endpoints of this part; the unit is checked again with each request."""

from lms.members.access_levels import Access

ACCESS: dict[str, Access] = {
    "reports.index": Access.MANAGER,
    "reports.people": Access.MANAGER,
    "reports.print_view": Access.MANAGER,
    "reports.courses": Access.MANAGER,
    "reports.course": Access.MANAGER,
    "reports.tests": Access.MANAGER,
    "reports.test": Access.MANAGER,
    "reports.export": Access.MANAGER,
    "reports.show_export": Access.MANAGER,
    "reports.export_progress": Access.MANAGER,
    "reports.download": Access.MANAGER,
}

"""Who may call the endpoints of this part."""

from lms.members.access_levels import Access

MEMBERS = (
    "index show_paper start take save note submit show_result wrong_book practise "
    "attempt_files add_attempt_file attempt_file drop_file "
    "contests contest enter contest_board contest_board_live see"
)
WRITERS = (
    "banks new_bank bank new_question question change_question_state add_bank_file "
    "new_part part arrange_part sources "
    "import_template import_questions export_questions show_import confirm "
    "papers new_paper paper_settings edit_paper new_section section drop_section pick_questions "
    "draw_rule change_entry publish withdraw edit_lesson "
    "participation new_condition remove_condition new_allowance remove_allowance "
    "watch attempt_events control marking mark regrade_paper analysis analysis_csv analysis_xlsx "
    "new_contest edit_contest change_contest_teams control_contest"
)

ACCESS: dict[str, Access] = {
    **{f"quizzes.{name}": Access.SIGNED_IN for name in MEMBERS.split()},
    **{f"quizzes.{name}": Access.ADMINISTRATOR for name in WRITERS.split()},
}

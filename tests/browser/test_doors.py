"""Tests of activating, signing in and preferences in a real browser."""

from tests.browser.conftest import activate, sign_in


def test_a_person_activates_signs_out_and_in_again(server, open_page):
    page = open_page("phone")
    activate(page, "operator", server.code_of("operator"))
    page.goto("/account")
    assert page.locator("h1").inner_text() == "周敏"
    page.context.clear_cookies()
    page.goto("/account")
    assert "/sign-in" in page.url
    sign_in(page, "operator")
    page.goto("/people")
    assert page.get_by_role("link", name="李建国").is_visible()

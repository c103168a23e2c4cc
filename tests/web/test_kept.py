"""Pieces that many people see alike are made once, and each sees the right one."""

from flask import Flask, render_template_string
from lxml import html

PIECE = """{% call kept("test", key) %}{{ made.append(1) or _("首页") }}{{ key }}{% endcall %}"""


def test_a_piece_is_made_once_for_each_key_and_language(app: Flask) -> None:
    made: list[int] = []

    def show(key: str, language: str) -> str:
        headers = {"Cookie": f"language={language}"}
        with app.app_context(), app.test_request_context(headers=headers):
            return render_template_string(PIECE, key=key, made=made)

    shown = [show(key, language) for key in "ab" for language in ("zh", "en") for _again in "12"]
    assert shown == [f"{word}{key}" for key in "ab" for word in ("首页", "Home") for _ in "12"]
    assert len(made) == 4


def test_the_frame_is_that_of_the_person_and_of_the_page(client_of) -> None:
    def entries(number: str, path: str) -> tuple[list[str], list[str]]:
        page = html.document_fromstring(client_of(number).get(path, follow_redirects=True).text)
        found = page.xpath("//nav[@class='nav']//a")
        current = [link.get("href") for link in found if link.get("aria-current") == "page"]
        return [link.get("href") for link in found], current

    learner, on_study = entries("learner", "/study")
    operator, on_courses = entries("operator", "/courses")
    assert "/people" in operator
    assert "/people" not in learner
    assert [len(on_study), len(on_courses)] == [1, 1]
    assert entries("learner", "/courses") == (learner, on_courses) != (learner, on_study)


def test_the_buttons_of_the_frame_send_the_token_of_the_page(client_of) -> None:
    client = client_of("learner")
    page = html.document_fromstring(client.get("/account").text)
    (form,) = page.xpath("//form[@id='own']")
    fields = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
    assert fields["next"] == "/account"
    names = {button.get("name") for button in page.xpath("//button[@form='own']")}
    assert {"text", "theme", "language"} <= names
    (leaving,) = page.xpath("//button[@form='own'][@formaction]")
    answer = client.post(leaving.get("formaction"), data=fields, headers={"X-CSRFToken": ""})
    assert answer.status_code == 302
    assert client.get("/account").status_code == 302

"""Each macro of web/ui.html gives sound HTML: escaped, labelled, unique ids, no inline style."""

from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask, render_template_string
from lxml import html
from wtforms import (
    BooleanField,
    FileField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
)
from wtforms.fields.choices import SelectChoice

from lms.web.forms import Form
from lms.web.pager import Page

EVIL = "<script>alert('x')</script>\"&"


class SampleForm(Form):
    """One field of every kind."""

    name = StringField("姓名", [validators.InputRequired()])
    note = StringField("备注", [validators.Optional()], description="只有你能看到")
    secret = PasswordField("密码")
    age = IntegerField("年龄", [validators.NumberRange(min=1)])
    text = TextAreaField("正文")
    unit = SelectField("单位", choices=[SelectChoice("1", "北方"), SelectChoice("2", "南方")])
    tags = SelectMultipleField("标签", choices=[SelectChoice("a", "甲"), SelectChoice("b", "乙")])
    way = RadioField("方式", choices=[SelectChoice("x", "网上"), SelectChoice("y", "集中")])
    agree = BooleanField("同意")
    file = FileField("文件")


@dataclass
class Job:
    """The facts of a job that the macro shows."""

    state: str = "running"
    progress_fraction: float = 0.4
    progress_text: str = "正在转码"
    error: str = ""
    is_over: bool = False


def show(
    app: Flask, source: str, path: str = "/courses?page=2&q=a&q=b", **values: object
) -> html.HtmlElement:
    """The element tree of a template that uses the macros."""
    with app.test_request_context(path):
        page = render_template_string(
            '{% import "web/ui.html" as ui %}<div>' + source + "</div>", **values
        )
    tree = html.fragment_fromstring(page)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert not tree.xpath("//*[@style]"), page
    assert not tree.xpath("//script"), page
    return tree


def text_of(tree: html.HtmlElement) -> str:
    """The visible text with single spaces."""
    return " ".join(tree.text_content().split())


@pytest.mark.parametrize(
    "source",
    [
        "{{ ui.page_head(evil, evil) }}",
        "{% call ui.card(evil, '/x', evil, note=evil) %}{{ evil }}{% endcall %}",
        "{{ ui.button(evil, title=evil) }}{{ ui.button(evil, href='/a') }}",
        "{{ ui.tag(evil, 'ok') }}{{ ui.stat(evil, evil, note=evil, of=evil) }}",
        "{{ ui.bar(0.5, label=evil) }}{{ ui.ring(0.5, evil, evil, evil) }}",
        "{{ ui.empty(evil, evil, '/x', evil) }}{{ ui.notice(evil) }}{{ ui.cover(evil) }}",
        "{{ ui.crumbs([(evil, '/'), (evil, none)]) }}{{ ui.tabs([(evil, '/', true)]) }}",
        "{{ ui.confirm('/x', evil, evil) }}{% call ui.menu(evil) %}{{ evil }}{% endcall %}",
        "{{ ui.upload('file', label=evil, hint=evil) }}{{ ui.post_button('/x', evil) }}",
    ],
)
def test_text_is_escaped(app: Flask, source: str) -> None:
    tree = show(app, source, evil=EVIL)
    assert "alert('x')" in html.tostring(tree, encoding="unicode")


def test_page_head_has_the_only_h1_and_the_actions(app: Flask) -> None:
    tree = show(
        app,
        "{% call ui.page_head('课程', '共 3 门') %}"
        "{{ ui.button('新建', href='/n', kind='main') }}{% endcall %}",
    )
    assert [h.text for h in tree.xpath("//h1")] == ["课程"]
    assert tree.xpath("//a[@href='/n'][contains(@class, 'main')]")
    assert not show(app, "{{ ui.page_head('课程') }}").xpath("//*[@class='right']")


def test_button_takes_attributes_and_icons(app: Flask) -> None:
    tree = show(
        app,
        "{{ ui.button('删除', kind='danger', icon='trash', icon_only=true, name='do', value=1,"
        " data_close=true, disabled=none) }}",
    )
    button = tree.xpath("//button")[0]
    assert (button.get("name"), button.get("value"), button.get("type")) == ("do", "1", "submit")
    assert button.get("data-close") is not None and button.get("disabled") is None
    assert button.get("aria-label") == "删除" and button.xpath(".//*[contains(@href, '#trash')]")


def test_every_kind_of_field_is_labelled(app: Flask) -> None:
    with app.test_request_context():
        form = SampleForm()
        tree = show(
            app,
            "{% for f in form if f.name != 'csrf_token' %}{{ ui.field(f) }}{% endfor %}",
            form=form,
        )
    for control in tree.xpath("//input | //select | //textarea"):
        assert tree.xpath("//label[@for=$name]", name=control.get("id")), control.get("name")
    assert tree.xpath("//fieldset/legend")[0].text == "方式"
    assert len(tree.xpath("//input[@type='radio']")) == 2
    assert tree.xpath("//select[@id='unit'][contains(@class, 'form-select')]")
    assert tree.xpath("//p[@id='note-hint']") and tree.xpath(
        "//input[@aria-describedby='note-hint']"
    )
    assert "选填" in text_of(tree.xpath("//label[@for='note']")[0])


def test_mistakes_stand_at_the_field_and_above_the_form(app: Flask) -> None:
    with app.test_request_context(method="POST", data={"age": "0"}):
        form = SampleForm(meta={"csrf": False})
        assert not form.validate()
        tree = show(
            app,
            "{{ ui.form_errors(form) }}{{ ui.field(form.name) }}"
            "{{ ui.field(form.way, hint='选一种') }}",
            form=form,
        )
    assert tree.xpath("//*[@role='alert']//a[@href='#name']")
    field = tree.xpath("//input[@id='name']")[0]
    assert field.get("aria-invalid") == "true" and field.get("aria-describedby") == "name-error"
    assert tree.xpath("//*[@id='name-error']")
    assert tree.xpath("//fieldset")[0].get("aria-describedby").split()[0] == "way-hint"


def test_a_sound_form_shows_no_mistakes(app: Flask) -> None:
    with app.test_request_context():
        assert text_of(show(app, "{{ ui.form_errors(form) }}", form=SampleForm())) == ""


@pytest.mark.parametrize(
    ("fraction", "value"),
    [(0, "0.0000"), (0.614, "0.6140"), (1.7, "1.0000"), (-1, "0.0000"), (None, "0.0000")],
)
def test_bar_stays_between_nothing_and_all(app: Flask, fraction: float | None, value: str) -> None:
    bar = show(app, "{{ ui.bar(fraction) }}", fraction=fraction).xpath("//progress")[0]
    assert bar.get("value") == value and bar.get("aria-label")


def test_ring_tells_its_figure_to_everybody(app: Flask) -> None:
    ring = show(
        app, "{{ ui.ring(0.525, '4.2', '共需 8 学时', '已学 4.2 学时，共需 8 学时') }}"
    ).xpath("//svg")[0]
    assert ring.get("aria-label") == "已学 4.2 学时，共需 8 学时"
    assert ring.xpath(".//circle[@class='arc']")[0].get("stroke-dasharray").startswith("204.5 ")
    assert not show(app, "{{ ui.ring(0, '0', '共需 8 学时') }}").xpath("//circle[@class='arc']")


def test_months_are_green_when_enough(app: Flask) -> None:
    months = [SimpleNamespace(label=str(n), value=n) for n in range(13)]
    tree = show(app, "{{ ui.month_bars(months, 8) }}", months=months)
    assert [bar.get("class") for bar in tree.xpath("//rect")] == ["none"] + ["quiet"] * 7 + [
        "ok"
    ] * 5
    assert len(tree.xpath("//line[@class='need']")) == 1
    assert show(app, "{{ ui.month_bars([], 8) }}").xpath("//svg")


def test_heat_starts_in_the_right_row(app: Flask) -> None:
    days = [{"day": date(2026, 11, 18) + timedelta(days=n), "level": n % 5} for n in range(14)]
    cells = show(app, "{{ ui.heat(days) }}", days=days).xpath("//rect")
    assert (cells[0].get("x"), cells[0].get("y")) == ("0", "28")
    assert (cells[5].get("x"), cells[5].get("y")) == ("14", "0")


def test_pager_keeps_the_question_and_marks_the_page(app: Flask) -> None:
    tree = show(app, "{{ ui.pager(page) }}", page=Page([], 5, 20, 200))
    assert [e.text for e in tree.xpath("//nav/*[not(@rel)]")] == [
        "1",
        "…",
        "4",
        "5",
        "6",
        "…",
        "10",
    ]
    assert tree.xpath("//*[@aria-current='page']")[0].text == "5"
    assert tree.xpath("//a[@rel='next']/@href") == ["?q=a&q=b&page=6"]


@pytest.mark.parametrize("path", ["/x?endpoint=1&_scheme=2&page=1", "/x?%3Cscript%3E=1"])
def test_pager_trusts_no_address(app: Flask, path: str) -> None:
    assert show(app, "{{ ui.pager(page) }}", path=path, page=Page([], 1, 20, 41)).xpath(
        "//a[@rel='next']"
    )


def test_pager_is_silent_for_one_page(app: Flask) -> None:
    assert text_of(show(app, "{{ ui.pager(page) }}", page=Page([], 1, 20, 20))) == ""


def test_confirm_asks_before_it_posts(app: Flask) -> None:
    tree = show(
        app,
        "{% call ui.confirm('/d', '删除', '真的要删除吗？') %}"
        "<input type='hidden' name='v' value='3'>{% endcall %}",
    )
    form = tree.xpath("//details//form[@method='post'][@action='/d']")[0]
    assert form.xpath(".//input[@name='csrf_token']/@value")[0]
    assert form.xpath(".//input[@name='v']") and "真的要删除吗？" in text_of(tree)
    assert [b.get("type") for b in form.xpath(".//button")] == ["button", "submit"]


def test_job_follows_only_while_it_runs(app: Flask) -> None:
    source = "{{ ui.job_progress(job, '/jobs/1') }}"
    assert show(app, source, job=Job()).xpath(
        "//*[@data-module='job-progress'][@data-url='/jobs/1']"
    )
    done = show(app, source, job=Job(state="done", progress_fraction=1.0, is_over=True))
    assert not done.xpath("//*[@data-module]") and "已完成" in text_of(done)
    failed = show(
        app, source, job=Job(state="failed", error="Traceback\n文件不完整。", is_over=True)
    )
    assert "文件不完整。" in text_of(failed) and "Traceback" not in text_of(failed)


def test_upload_is_a_labelled_file_field(app: Flask) -> None:
    tree = show(
        app, "{{ ui.upload('video', 'video/*', '选择视频', multiple=true, data_kind='video') }}"
    )
    field = tree.xpath("//input[@type='file']")[0]
    assert field.get("accept") == "video/*" and field.get("multiple") is not None
    assert tree.xpath("//label[@for=$name]", name=field.get("id"))
    assert tree.xpath("//*[@data-module='upload'][@data-kind='video'][@data-name='video']")


def test_crumbs_and_tabs_name_where_you_are(app: Flask) -> None:
    tree = show(
        app,
        "{{ ui.crumbs([('课程', '/c'), ('第七讲', none)]) }}"
        "{{ ui.tabs([('人员', '/p', true), ('单位', '/u', false)]) }}",
    )
    assert [e.text for e in tree.xpath("//*[@aria-current]")] == ["第七讲", "人员"]

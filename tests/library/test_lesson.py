"""Text lessons: what is kept of the editor's HTML, Word files, pictures, links, progress."""

import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from PIL import Image
from sqlalchemy import select

from lms import clock
from lms.courses import actions as courses
from lms.courses import kinds
from lms.courses.kinds import StudyFacts
from lms.courses.models import Chapter, Lesson, LessonProgress
from lms.db import db
from lms.library import lesson as text_lesson
from lms.library.lesson_html import blocks_of, from_markdown, from_plain, sanitise
from lms.library.models import TextLesson
from lms.search.sources import Passage
from tests.factories import People
from tests.library.samples import make_document

Client = Callable[[str], FlaskClient]


@pytest.fixture
def lesson(people: People) -> Lesson:
    course = courses.create_course(title="安全课", unit_id=people.north, by=None)
    chapter = db.session.scalars(select(Chapter).where(Chapter.course_id == course.id)).first()
    made = courses.add_lesson(chapter, kind="text", title="第一讲")
    text_lesson.save_body(made, "<p>开始。</p>")
    courses.publish_course(course, by=None)
    db.session.commit()
    return made


def picture(kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ('<p style="color:red" onclick="x()" class="y">字</p>', "<p>字</p>"),
        ("<h1>题</h1><b>粗</b><i>斜</i>", "<h2>题</h2><strong>粗</strong><em>斜</em>"),
        ("<script>alert(1)</script><p>字</p><style>p{}</style>", "<p>字</p>"),
        ('<img src="https://elsewhere/x.png"><p>字</p>', "<img><p>字</p>"),
        ('<img src="data:image/png;base64,AAAA" alt="图">', '<img alt="图">'),
        ('<img src="/library/lessons/4/images/9" alt="图">', '<img src="image:9" alt="图">'),
        ('<a href="javascript:x()">链</a>', '<a rel="noopener noreferrer">链</a>'),
        ('<iframe src="x"></iframe><object></object><p>字</p>', "<p>字</p>"),
        ("<p><br></p><p>字</p><p>&nbsp;</p>", "<p>字</p>"),
        ("<svg><script>x</script></svg><math></math>字", "字"),
        ("\ufffe甲&#xFFFE;&#xFFFF;&#1;乙", "甲乙"),
    ],
)
def test_only_safe_html_is_kept(raw: str, kept: str) -> None:
    assert sanitise(raw) == kept


@given(st.text(max_size=200))
def test_sanitised_html_never_has_scripts_or_styles(raw: str) -> None:
    clean = sanitise(raw)
    assert sanitise(clean) == clean
    for element in lxml_html.fragment_fromstring(clean or "x", create_parent="div").iter():
        assert element.tag not in ("script", "style", "iframe")
        assert not any(name.startswith("on") or name == "style" for name in element.attrib)


def test_plain_typing_becomes_paragraphs() -> None:
    assert from_plain("## 小标题\n\n一段。\n\n- 甲\n- 乙") == (
        "<h2>小标题</h2>\n<p>一段。</p>\n<ul>\n<li>甲</li>\n<li>乙</li>\n</ul>"
    )
    assert from_markdown("<script>x</script>\n\n**粗**") == "<p><strong>粗</strong></p>"
    assert [block.anchor for block in blocks_of("<h2>题</h2><ul><li>甲</li><li>乙</li></ul>")] == [
        "t1",
        "t2",
        "t3",
    ]


def test_a_lesson_is_written_and_read(client_of: Client, lesson: Lesson, people: People) -> None:
    law = make_document(
        people.root, title="中华人民共和国消防法", text="第一条 甲。\n\n第二条 乙。"
    )
    client = client_of("owner")
    assert "开始。" in client.get(f"/library/lessons/{lesson.id}/edit").text
    body = '<h2>要点</h2><p style="x">依照《消防法》第二条和《没有的法》第三条办理。</p>'
    answer = client.post(
        f"/library/lessons/{lesson.id}/edit", data={"body": body, "format": "html", "revision": "2"}
    )
    assert answer.location.endswith(f"/courses/{lesson.course_id}/edit")
    page = client_of("learner").get(f"/courses/lessons/{lesson.id}").text
    assert f'<a href="/library/{law.id}?at=art2#art2">第二条</a>' in page
    assert 'id="t2"' in page
    assert "没有的法</a>" not in page
    db.session.expire_all()
    assert db.session.get_one(Lesson, lesson.id).chars == 25


def test_somebody_elses_change_is_not_overwritten(client_of: Client, lesson: Lesson) -> None:
    url = f"/library/lessons/{lesson.id}/edit"
    client = client_of("owner")
    form = {"body": "<p>一</p>", "format": "html", "revision": "2"}
    assert client.post(url, data=form).status_code == 302
    assert client.post(url, data=form).status_code == 409


def test_only_authors_of_the_course_write(client_of: Client, lesson: Lesson) -> None:
    url = f"/library/lessons/{lesson.id}/edit"
    assert client_of("learner").get(url).status_code == 403
    assert client_of("outsider").get(url).status_code == 404
    assert client_of("outsider").post(url, data={"body": "x"}).status_code == 404
    assert client_of("owner").get("/library/lessons/999/edit").status_code == 404


def test_pictures_are_uploaded_shown_and_guarded(
    client_of: Client, lesson: Lesson, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lms.library.lesson_views.PICTURE_BYTES", 10_000)
    client = client_of("owner")
    url = f"/library/lessons/{lesson.id}/images"
    answer = client.post(url, data={"file": (io.BytesIO(picture()), "p.png")})
    shown = answer.json["url"]
    body = {"body": f'<p><img src="{shown}" alt="图"></p>', "format": "html"}
    client.post(f"/library/lessons/{lesson.id}/edit", data=body)
    assert f'src="{shown}"' in client_of("learner").get(f"/courses/lessons/{lesson.id}").text
    assert client_of("learner").get(shown, follow_redirects=True).data == picture()
    assert client_of("stranger").get(shown).status_code == 404
    for data in (b"<svg onload=x>", b"", picture() + b"\0" * 10_000):
        refused = client.post(url, data={"file": (io.BytesIO(data), "p.png")})
        assert refused.status_code == 422


def test_a_word_file_replaces_the_body(client_of: Client, lesson: Lesson) -> None:
    from docx import Document as Docx

    document = Docx()
    document.add_heading("大标题", 1)
    document.add_paragraph("一段正文。")
    for _copy in range(2):
        document.add_picture(io.BytesIO(picture("JPEG")))
    buffer = io.BytesIO()
    document.save(buffer)
    url = f"/library/lessons/{lesson.id}/docx"
    client = client_of("owner")
    answer = client.post(url, data={"file": (io.BytesIO(buffer.getvalue()), "a.docx")})
    assert answer.status_code == 302
    db.session.expire_all()
    body = db.session.get_one(TextLesson, lesson.id)
    assert body.html.startswith("<h2>大标题</h2><p>一段正文。</p>")
    assert body.html.count('src="image:') == 2
    db.session.rollback()
    broken = client.post(url, data={"file": (io.BytesIO(b"PK\x03\x04"), "a.docx")})
    assert broken.status_code == 422
    assert "Word 文件已损坏" in broken.text


def test_reading_to_the_end_at_a_human_pace_completes(
    app: Flask, lesson: Lesson, people: People
) -> None:
    text_lesson.save_body(lesson, "<p>" + "字" * 400 + "</p>")
    db.session.commit()

    def study(seconds: float, *, end: bool) -> LessonProgress:
        text_lesson.studied(
            lesson,
            member_id=people.learner,
            facts=StudyFacts(counted_seconds=seconds, reached_end=end),
            at=clock.now() + timedelta(seconds=seconds),
        )
        return db.session.scalars(select(LessonProgress)).one()

    assert study(2, end=True).completed_at is None
    assert study(30, end=False).fraction == Decimal("0.5")
    assert study(59, end=False).completed_at is None
    assert study(60, end=True).completed_at is not None


def test_the_kind_is_complete(app: Flask, lesson: Lesson, people: People, tmp_path) -> None:  # type: ignore[no-untyped-def]
    kind = kinds.get("text")
    (tmp_path / "x.md").write_text(
        "---\ntitle: x\n---\n## 小标题\n\n读《消防法》。\n", encoding="utf-8"
    )
    assert kind.load is not None
    kind.load(lesson, {"file": "x.md"}, tmp_path)
    body = db.session.get_one(TextLesson, lesson.id)
    revision = body.revision
    kind.load(lesson, {"file": "x.md"}, tmp_path)
    assert body.revision == revision
    assert kind.passages(lesson) == [
        Passage("t1", "小标题"),
        Passage("t2", "读《消防法》。", "小标题"),
    ]
    assert kind.problems(lesson) == []
    text_lesson.save_body(lesson, "")
    assert kind.problems(lesson) == ["正文还是空的。"]
    courses.delete_lesson(lesson, by=None)
    assert db.session.scalars(select(TextLesson)).all() == []

"""Files of every type become text, and hostile, broken or empty ones a sentence."""

import io
import time
import zipfile

import pytest
from flask import Flask

from lms.library import reading
from lms.library.fields import WorkKind
from lms.library.page_lines import join_lines, join_pages
from lms.library.parse import parse
from lms.library.problems import Reason, Unreadable
from lms.library.reading import read_docx_html, read_file
from lms.library.recognise import recognise
from lms.library.words import refusal, remark
from tests.library.samples import make_docx, make_pdf


def refused(data: bytes, name: str) -> Reason:
    with pytest.raises(Unreadable) as caught:
        read_file(data, name)
    return caught.value.reason


def test_a_word_file_is_read_with_its_card_headings_and_tables() -> None:
    found = read_file(make_docx(), "x.docx")
    assert found.fields.title == "示例集团消防安全管理办法"
    assert found.fields.kind is WorkKind.POLICY
    assert found.fields.document_number == "示集安〔2025〕12号"
    assert str(found.fields.issued_on) == "2025-03-01"
    assert found.fields.issuer == "示例集团"
    body = parse(found.text)
    assert [s.heading for s in body.sections[:2]] == ["第一章 总则", "第一条"]
    assert "灭火器 | 每月检查" in [p.text for p in body.paragraphs]


def test_a_page_is_read_without_scripts() -> None:
    page = (
        "<html><head><title>x</title><script>alert(1)</script><style>p{}</style></head><body>"
        "<h1>某某办法</h1><p onclick=x>第一条 甲&lt;乙</p><h2>第二章 丙</h2>"
        "<ul><li>丁</li></ul>戊</body></html>"
    )
    for encoding in ("utf-8", "gb18030"):
        found = read_file(page.encode(encoding), "a.html")
        assert found.fields.title == "某某办法"
        assert found.text.split("\n") == ["第一条 甲<乙", "## 第二章 丙", "丁", "戊"]


def test_a_pdf_is_read() -> None:
    found = read_file(make_pdf(["Safety rules", "First line.", "Second line."]), "a.pdf")
    assert found.fields.title == "Safety rules"
    assert "Second line." in found.text


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", Reason.EMPTY),
        ("a.md", b"\n \n", Reason.EMPTY),
        ("a.docx", b"PK\x03\x04 broken", Reason.BROKEN_DOCX),
        ("a.docx", b"no zip at all", Reason.BROKEN_DOCX),
        ("a.pdf", b"%PDF-1.7 broken", Reason.BROKEN_PDF),
        ("a.pdf", make_pdf()[:300], Reason.BROKEN_PDF),
        ("a.pdf", make_pdf(), Reason.PICTURES_ONLY),
        ("a.html", b"<html><script>x</script></html>", Reason.EMPTY),
        ("a.doc", b"\xd0\xcf\x11\xe0" + b"\0" * 600, Reason.UNKNOWN_FORMAT),
        ("a.txt", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, Reason.UNKNOWN_FORMAT),
        ("a.txt", bytes(range(256)) * 4, Reason.NOT_TEXT),
    ],
)
def test_broken_and_empty_files_are_refused(name: str, data: bytes, reason: Reason) -> None:
    assert refused(data, name) is reason


def test_bombs_are_refused_quickly() -> None:
    bomb, entity = make_docx(bomb=True), make_docx(entity=True)
    started = time.monotonic()
    assert refused(bomb, "a.docx") is Reason.BOMB
    assert refused(entity, "a.docx") is Reason.BOMB
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("x.txt", "not a Word file")
    assert refused(plain.getvalue(), "a.docx") is Reason.BROKEN_DOCX
    assert time.monotonic() - started < 20


def test_reading_ends_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    endless = tmp_path / "endless.py"
    endless.write_text(
        "import resource, sys\nresource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass\n"
    )
    monkeypatch.setattr(reading, "EXTRACT", endless)
    with pytest.raises(Unreadable) as caught:
        read_file(make_docx(), "a.docx", seconds=2)
    assert caught.value.reason is Reason.TOO_LONG


def test_files_above_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 1000)
    assert refused(b"x" * 1001, "a.txt") is Reason.TOO_LARGE


def test_every_reason_has_its_sentence(app: Flask) -> None:
    from lms.library.problems import Problem

    told = 0
    with app.test_request_context("/"):
        for reason in Reason:
            for tell, value in ((refusal, Unreadable(reason)), (remark, Problem(reason, 1, "x"))):
                try:
                    sentence = tell(value)  # type: ignore[operator]
                except KeyError:
                    continue
                assert sentence.endswith(("。", "x"))
                told += 1
    assert told == len(Reason)


def test_pictures_of_a_word_file_come_beside_its_html() -> None:
    from docx import Document as Docx
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(picture, "PNG")
    document = Docx()
    document.add_heading("题", 1)
    document.add_picture(picture)
    buffer = io.BytesIO()
    document.save(buffer)
    html, pictures = read_docx_html(buffer.getvalue())
    assert 'src="image:0"' in html
    assert pictures[0][0] == "image/png"
    assert pictures[0][1].startswith(b"\x89PNG")


def test_printed_lines_become_paragraphs() -> None:
    pages = [
        "示例集团文件\n第一条 为了规范安全生产管理工作，保障职工的生命安\n"
        "全和身体健康，制定本办法。\n第二条 本办法适用于集团。\n- 1 -",
        "示例集团文件\n第三条 各单位应当建立健全责任制，层层落实，责任到\n人，考核到位。\n- 2 -",
        "示例集团文件\n第四条 本办法自发布之日起施行。\n- 3 -",
    ]
    assert join_pages(pages).split("\n") == [
        "第一条 为了规范安全生产管理工作，保障职工的生命安全和身体健康，制定本办法。",
        "第二条 本办法适用于集团。",
        "第三条 各单位应当建立健全责任制，层层落实，责任到人，考核到位。",
        "第四条 本办法自发布之日起施行。",
    ]
    assert join_lines([]) == []


@pytest.mark.parametrize(
    ("text", "title", "number", "issued", "first"),
    [
        (
            "国务院关于\n加强安全生产工作的通知\n国发〔2024〕5号\n各省：\n正文。",
            "国务院关于加强安全生产工作的通知",
            "国发〔2024〕5号",
            None,
            "各省：",
        ),
        (
            "# 某制度\n\n（2024年1月2日第3次会议通过）\n\n第一条 甲。",
            "某制度",
            "",
            "2024-01-02",
            "第一条 甲。",
        ),
        (
            "没有题目的一句话，说了一些事情。\n又一句。",
            "文件名",
            "",
            None,
            "没有题目的一句话，说了一些事情。",
        ),
        (
            "在年会上的讲话\n作者：某人\n（二〇二四年三月一日）\n同志们：",
            "在年会上的讲话",
            "",
            "2024-03-01",
            "同志们：",
        ),
    ],
)
def test_a_card_is_read_from_the_lines_around_the_title(
    text: str, title: str, number: str, issued: str | None, first: str
) -> None:
    fields, rest = recognise(text, "文件名")
    assert fields.title == title
    assert fields.document_number == number
    assert (str(fields.issued_on) if fields.issued_on else None) == issued
    assert rest.strip().startswith(first)


def test_numbers_that_word_draws_are_read_as_text() -> None:
    from docx import Document as Docx
    from docx.oxml import OxmlElement, parse_xml
    from docx.oxml.ns import nsdecls, qn

    document = Docx()
    numbering = document.part.numbering_part.element
    formats = ("第%1条", "（%2）")
    levels = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for depth, text in enumerate(formats)
    )
    space = nsdecls("w")
    lists = [
        f'<w:abstractNum {space} w:abstractNumId="77">{levels}</w:abstractNum>',
        f'<w:num {space} w:numId="78"><w:abstractNumId w:val="77"/></w:num>',
    ]
    numbering.insert(0, parse_xml(lists[0]))
    numbering.append(parse_xml(lists[1]))
    document.add_paragraph("某某管理办法")
    for depth, text in (
        (0, "为了规范。"),
        (0, "应当做到："),
        (1, "甲；"),
        (1, "乙。"),
        (0, "施行。"),
    ):
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        numbered = OxmlElement("w:numPr")
        for name, value in (("w:ilvl", depth), ("w:numId", 78)):
            child = OxmlElement(name)
            child.set(qn("w:val"), str(value))
            numbered.append(child)
        properties.append(numbered)
    buffer = io.BytesIO()
    document.save(buffer)
    found = read_file(buffer.getvalue(), "a.docx")
    assert found.text.strip().split("\n") == [
        "第一条 为了规范。",
        "第二条 应当做到：",
        "（一）甲；",
        "（二）乙。",
        "第三条 施行。",
    ]

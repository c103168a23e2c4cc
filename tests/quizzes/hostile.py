"""Question files made to hurt: what they are called, and how their bytes are made."""

import io
import random
import zipfile
from collections.abc import Callable

from docx import Document

MB = 1_000_000
SHEET = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = b'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
KIND = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADER = (
    '<row><c t="inlineStr"><is><t>题干</t></is></c><c t="inlineStr"><is><t>答案</t></is></c></row>'
).encode()
XXE = b'<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    b'<!DOCTYPE q [<!ENTITY x0 "ha">'
    + b"".join(b'<!ENTITY x%d "%s">' % (n, b"&x%d;" % (n - 1) * 10) for n in range(1, 10))
    + b'<!ENTITY x "&x9;">]>'
)
ESSAY = (
    b"<question type='essay'><name><text>a</text></name>"
    b"<questiontext format='html'><text>%s</text></questiontext></question>"
)


def noise(size: int, seed: int = 0) -> bytes:
    """Letters that hardly shrink, so that no ratio looks suspicious."""
    return random.Random(seed).randbytes(size // 2 + 1).hex().encode()[:size]


def packed(*members: tuple[str, bytes]) -> bytes:
    """A zip file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return target.getvalue()


def docx(body: bytes, *more: tuple[str, bytes], doctype: bytes = b"") -> bytes:
    """A Word file with this inside its body."""
    empty = io.BytesIO()
    Document().save(empty)
    members = []
    with zipfile.ZipFile(empty) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if name == "word/document.xml":
                data = data.replace(b"<w:body>", b"<w:body>" + body, 1)
                data = data.replace(b"<w:document", doctype + b"<w:document", 1)
            members.append((name, data))
    return packed(*members, *more)


def xlsx(
    rows: bytes, *more: tuple[str, bytes], doctype: bytes = b"", strings: bytes = b""
) -> bytes:
    """An Excel file with these rows below its header."""
    types = (
        b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        b'<Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument'
        b'.spreadsheetml.sharedStrings+xml"/><Override PartName="/xl/workbook.xml" ContentType='
        b'"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    )
    book = b'<workbook %s xmlns:r="%s"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets>'
    link = b'<Relationship Id="%s" Type="%s/%s" Target="%s"/>'
    return packed(
        ("[Content_Types].xml", types),
        (
            "_rels/.rels",
            b"<Relationships %s>%s</Relationships>"
            % (LINKS, link % (b"r1", KIND, b"officeDocument", b"xl/workbook.xml")),
        ),
        ("xl/workbook.xml", book % (SHEET, KIND) + b"</workbook>"),
        (
            "xl/_rels/workbook.xml.rels",
            b"<Relationships %s>%s%s</Relationships>"
            % (
                LINKS,
                link % (b"r1", KIND, b"worksheet", b"sheet1.xml"),
                link % (b"r2", KIND, b"sharedStrings", b"sharedStrings.xml"),
            ),
        ),
        (
            "xl/sheet1.xml",
            doctype
            + b"<worksheet %s><sheetData>%s%s</sheetData></worksheet>" % (SHEET, HEADER, rows),
        ),
        ("xl/sharedStrings.xml", b"<sst %s>%s</sst>" % (SHEET, strings)),
        *more,
    )


def cell(text: bytes) -> bytes:
    """A cell with its text inside."""
    return b'<c t="inlineStr"><is><t>%s</t></is></c>' % text


def paragraph(text: bytes) -> bytes:
    """A paragraph of Word."""
    return b"<w:p><w:r><w:t>%s</w:t></w:r></w:p>" % text


def item(inside: bytes) -> bytes:
    """An item of QTI 2."""
    return b"<assessmentItem><itemBody>%s</itemBody></assessmentItem>" % inside


def quiz(inside: bytes) -> bytes:
    """A file of Moodle."""
    return b"<quiz>%s</quiz>" % inside


def padded(unit: bytes, count: int) -> bytes:
    """`unit` many times, with noise between, so that it does not shrink a hundredfold."""
    return b"".join(unit * 50 + b"<!--%s-->" % noise(80, n) for n in range(count // 50))


UNSAFE, DEEP, LARGE, OUTSIDE = "不安全的 XML", "嵌套太深", "太大", "指向外面"
OUT = "../../etc/x.xml"

# name: how it is made, and what the sentence says; "" where the file may also be read.
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "xxe.xml": (lambda: XXE + quiz(ESSAY % b"&x;"), UNSAFE),
    "xxe-item.xml": (lambda: XXE + item(b"&x;"), UNSAFE),
    "xxe-package.zip": (lambda: packed(("i.xml", XXE + item(b"&x;"))), UNSAFE),
    "xxe.docx": (lambda: docx(paragraph(b"&x;"), doctype=XXE), UNSAFE),
    "xxe.xlsx": (lambda: xlsx(b"<row>%s</row>" % cell(b"&x;"), doctype=XXE), UNSAFE),
    "laughs.xml": (lambda: LAUGHS + quiz(ESSAY % b"&x;"), UNSAFE),
    "laughs-package.zip": (lambda: packed(("i.xml", LAUGHS + item(b"&x;"))), UNSAFE),
    "laughs.docx": (lambda: docx(paragraph(b"&x;"), doctype=LAUGHS), UNSAFE),
    "laughs.xlsx": (lambda: xlsx(b"<row>%s</row>" % cell(b"&x;"), doctype=LAUGHS), UNSAFE),
    "slip.zip": (lambda: packed((OUT, b"<a/>")), OUTSIDE),
    "slip.docx": (lambda: docx(b"", (OUT, b"<a/>")), OUTSIDE),
    "slip.xlsx": (lambda: xlsx(b"", (OUT, b"<a/>")), OUTSIDE),
    "bomb.zip": (lambda: packed(("i.xml", bytes(200 * MB))), LARGE),
    "bomb.docx": (lambda: docx(b"", ("word/b.xml", bytes(200 * MB))), LARGE),
    "bomb.xlsx": (lambda: xlsx(b"", ("xl/b.xml", bytes(200 * MB))), LARGE),
    "large-cell.xlsx": (lambda: xlsx(b"<row>%s</row>" % cell(noise(30 * MB))), DEEP),
    "wide-row.xlsx": (lambda: xlsx(b"<row>%s</row>" % padded(b"<c/>", 5 * MB)), DEEP),
    "strings.xlsx": (lambda: xlsx(b"", strings=padded(b"<si><t>ab</t></si>", MB)), ""),
    "rows.xlsx": (lambda: xlsx(padded(b"<row>%s</row>" % (cell(b"ab") * 2), 300_000)), ""),
    "deep.xlsx": (lambda: xlsx(b"<a>" * 10_000 + b"</a>" * 10_000), DEEP),
    "large.docx": (lambda: docx(paragraph(noise(30 * MB))), DEEP),
    "paragraphs.docx": (lambda: docx(padded(paragraph(b"ab"), 600_000)), DEEP),
    "elements.docx": (lambda: docx(padded(paragraph(b"1. a"), 80_000)), ""),
    "deep.docx": (lambda: docx(b"<w:sdt>" * 10_000 + b"</w:sdt>" * 10_000), DEEP),
    "pictures.docx": (lambda: docx(b"", *((f"word/{n}.png", noise(20 * MB)) for n in "abc")), ""),
    "deep.xml": (lambda: b"<quiz>" + b"<a>" * MB, DEEP),
    "wide.xml": (lambda: quiz(b"<a/>" * 8 * MB), DEEP),
    "questions.xml": (lambda: quiz((ESSAY % b"a") * 200_000), ""),
    "large-text.xml": (lambda: quiz(ESSAY % noise(31 * MB)), DEEP),
    "nested-html.xml": (lambda: quiz(ESSAY % (b"<![CDATA[%s]]>" % (b"<b>" * 3 * MB))), ""),
    "large-item.xml": (lambda: item(b"<p>%s</p>" % noise(31 * MB)), DEEP),
    "wide-item.xml": (lambda: item(b"<p/>" * 190_000), ""),
    "items.zip": (lambda: packed(*((f"{n}.xml", item(b"<p/>" * 99_000)) for n in range(9))), ""),
    "broken-items.zip": (lambda: packed(*((f"{n}.xml", b"<as") for n in range(4_900))), ""),
    "aiken.txt": (lambda: b"q\nA. a\nB. b\nANSWER: A\n\n" * 400_000, "最多导入"),
    "gift.txt": (lambda: b"::a::b{T}\n\n" * 900_000, "最多导入"),
    "braces.txt": (lambda: b"a {T} {" + b"{" * 9 * MB, ""),
    "answers.txt": (lambda: b"a {=b " + b"~b" * 4 * MB + b"}", ""),
    "paper.txt": (lambda: "1. a\nA. b\nB. c\n答案：A\n".encode() * 300_000, ""),
    "lines.txt": (lambda: "1. a\n答案：对\n".encode() + b"\n" * 9 * MB, ""),
    "options.txt": (lambda: b"1. a\n" + b"A. b\n" * 1_900_000, ""),
    "line.txt": (lambda: b"1. " + b"x" * 9 * MB, ""),
    "large.txt": (lambda: b"x" * 31 * MB, LARGE),
    "encoding.txt": (lambda: b"1. a\xff\xfe\x81\n" * MB, "编码"),
    "encoding.xml": (lambda: quiz(b"\xff\xfe\x81"), "不是完整的 XML"),
    "unknown-encoding.xml": (
        lambda: b'<?xml version="1.0" encoding="x-none"?>' + quiz(b""),
        "不是完整的 XML",
    ),
    "encoding-package.zip": (lambda: packed(("i.xml", item(b"\xff\x81"))), "不是完整的 XML"),
    "encoding.docx": (lambda: docx(paragraph(b"\xff\x81")), "Word"),
    "encoding.xlsx": (lambda: xlsx(b"<row>%s</row>" % cell(b"\xff\x81")), "Excel"),
}

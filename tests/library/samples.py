"""Files and documents for the tests of the library."""

import io
import zipfile
from datetime import date

from docx import Document as Docx

from lms.db import db
from lms.library.actions import Placement, save_document
from lms.library.fields import DocumentStatus, Fields, WorkKind
from lms.library.models import Document
from lms.library.prepare import prepare
from lms.library.queries import list_known_names
from lms.library.reading import Reading
from lms.library.titles import names
from lms.members.scope import ContentState

RULES = """## 第一章 总则

第一条 为了保障安全，制定本办法。

第二条 主要负责人对下列工作负责：

（一）建立责任制；

（二）组织演练。

## 第二章 附则

第三条 违反本办法第二条的，依照《消防法》第二条处理。
"""


def make_document(
    unit_id: int,
    *,
    title: str = "示例安全管理办法",
    text: str = RULES,
    audience: int | None = None,
    state: ContentState = ContentState.PUBLISHED,
    issued_on: date | None = date(2024, 3, 1),
    key: str = "",
    kind: WorkKind = WorkKind.POLICY,
) -> Document:
    """A saved document; the caller's transaction is committed."""
    fields = Fields(
        title=title,
        kind=kind,
        issuer="示例集团",
        issued_on=issued_on,
        status=DocumentStatus.IN_FORCE,
        source_key=key or title,
    )
    prepared = prepare(
        Reading(fields, text, True),
        source_key=fields.source_key,
        known_names=list_known_names() | set(names(title)),
    )
    saved = save_document(prepared, Placement(unit_id, audience or unit_id, state), by=None)
    db.session.commit()
    return db.session.get_one(Document, saved.document_id)


def make_docx(*, bomb: bool = False, entity: bool = False) -> bytes:
    """A small Word file, or one of the two that must be refused."""
    document = Docx()
    document.add_heading("示例集团消防安全管理办法", 0)
    document.add_paragraph("示集安〔2025〕12号")
    document.add_heading("第一章 总则", 1)
    document.add_paragraph("第一条 为了预防火灾，制定本办法。")
    document.add_paragraph("（一）人的生命高于一切；")
    table = document.add_table(1, 2)
    table.cell(0, 0).text = "灭火器"
    table.cell(0, 1).text = "每月检查"
    document.add_paragraph("示例集团")
    document.add_paragraph("2025年3月1日")
    buffer = io.BytesIO()
    document.save(buffer)
    if not (bomb or entity):
        return buffer.getvalue()
    changed = io.BytesIO()
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml" and entity:
                data = data.replace(
                    b"<w:document", b'<!DOCTYPE d [<!ENTITY a "aaaa">]><w:document', 1
                )
            new.writestr(name, data)
        if bomb:
            new.writestr("word/media/x.xml", b"\0" * (300 * 1024 * 1024))
    return changed.getvalue()


def make_pdf(lines: list[str] | None = None) -> bytes:
    """A PDF with one page of ASCII lines, written by hand; without lines an empty page."""
    text = "".join(f"({line}) Tj 0 -16 Td " for line in lines or [])
    stream = f"BT /F1 12 Tf 72 760 Td {text} ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return body + table + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(body)

"""QTI: which version a file is, packages of items, and the order that tests give them."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from flask_babel import gettext as _

from lms.quizzes.formats.answers import BadAnswer
from lms.quizzes.formats.archive import open_archive, read_member
from lms.quizzes.formats.parsed import ParsedFile, ParsedQuestion, Unreadable, checked, collect
from lms.quizzes.formats.qti1 import read_items
from lms.quizzes.formats.qti2 import read_item
from lms.quizzes.formats.qti2_body import Resources
from lms.quizzes.formats.xml_tree import MAX_ELEMENTS, descendants, local, parse_xml

MAX_PACKAGE_BYTES = 16 * 1024 * 1024  # of all XML together; pictures are beside it
ITEM_TAGS = ("assessmentItem", "qti-assessment-item")
TEST_TAGS = ("assessmentTest", "qti-assessment-test", "assessmentSection", "qti-assessment-section")
REFERENCES = (
    "assessmentItemRef",
    "qti-assessment-item-ref",
    "assessmentSectionRef",
    "qti-assessment-section-ref",
)


def read_qti(data: bytes) -> ParsedFile:
    """The questions of one QTI file or of a package. Raises Unreadable."""
    if data[:4] == b"PK\x03\x04":
        return _package(open_archive(data))
    resources = Resources(None, "")
    root = parse_xml(data)
    questions = collect(_of_root(root, _("文件"), resources))
    return ParsedFile("qti", questions, attachments=resources.found)


def _of_root(root: Element, place: str, resources: Resources) -> Iterator[ParsedQuestion]:
    name = local(root.tag)
    if name in ITEM_TAGS:
        yield _item(root, place, resources)
    elif name == "questestinterop":
        yield from read_items(root, resources)
    elif name not in TEST_TAGS:
        raise Unreadable(_("这不是 QTI 文件。"))


def _item(root: Element, place: str, resources: Resources) -> ParsedQuestion:
    try:
        definition, notes = read_item(root, resources)
    except BadAnswer as error:
        return ParsedQuestion(place, None, problems=(str(error),))
    return checked(ParsedQuestion(place, definition, notes=notes))


def _package(archive: ZipFile) -> ParsedFile:
    roots: dict[str, Element] = {}
    problems: list[str] = []
    left, elements = MAX_PACKAGE_BYTES, MAX_ELEMENTS
    for name in sorted(archive.namelist()):
        if not name.lower().endswith(".xml") or name.endswith("imsmanifest.xml"):
            continue
        left -= archive.getinfo(name).file_size
        if left < 0:
            raise Unreadable(_("压缩包解开后太大，没有导入。"))
        try:
            roots[name] = parse_xml(read_member(archive, name))
        except Unreadable as error:
            problems.append(f"{name}：{error.message}")
            continue
        elements -= sum(1 for _element in roots[name].iter())
        if elements < 0:
            raise Unreadable(_("文件嵌套太深或内容太多，没有导入。"))
    found: dict[str, bytes] = {}
    questions: list[ParsedQuestion] = []
    for name in _order(roots):
        root = roots[name]
        if local(root.tag) not in (*ITEM_TAGS, "questestinterop"):
            continue
        resources = Resources(archive, str(PurePosixPath(name).parent))
        questions += collect(_of_root(root, name, resources))
        found |= resources.found
    if not questions and not problems:
        raise Unreadable(_("压缩包里没有 QTI 题目。"))
    return ParsedFile("qti", tuple(questions), tuple(problems), found)


def _order(roots: dict[str, Element]) -> list[str]:
    """The files as tests and sections refer to them, then the rest by name; each once."""
    ordered: dict[str, None] = {}

    def visit(name: str, depth: int) -> None:
        if name not in roots or name in ordered or depth > 20:
            return
        ordered[name] = None
        folder = PurePosixPath(name).parent
        for reference in descendants(roots[name], *REFERENCES):
            target = folder / (reference.get("href") or "")
            visit(str(target), depth + 1)

    for name, root in roots.items():
        if local(root.tag) in TEST_TAGS[:2]:
            visit(name, 0)
    for name in roots:
        visit(name, 0)
    return list(ordered)

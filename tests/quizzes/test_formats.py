"""Files of other systems: counts of the samples, papers as people type them, hostile files."""

import io
import zipfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook
from PIL import Image

from lms.quizzes.definition import Kind
from lms.quizzes.formats.parsed import ParsedFile, Unreadable
from lms.quizzes.formats.reading import read_questions
from tests.conftest import shared


def kinds(parsed: ParsedFile) -> dict[str, int]:
    return dict(Counter(each.definition.kind.value for each in parsed.good if each.definition))


def sample(*parts: str) -> ParsedFile:
    path = shared("formats", *parts)
    return read_questions(path.name, path.read_bytes())


def packed(folder: Path) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path in folder.rglob("*"):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return target.getvalue()


def test_the_gift_examples() -> None:
    parsed = sample("gift", "examples.txt")
    assert parsed.format == "gift"
    assert kinds(parsed) == {
        "single": 16,
        "multiple": 2,
        "true_false": 5,
        "short": 9,
        "numeric": 8,
        "matching": 3,
    }
    definitions = [each.definition for each in parsed.good if each.definition]
    control = next(each for each in definitions if "control character for" in each.text)
    assert [option.text for option in control.options] == ["~", "=", "#", "{", "}", "\\"]
    assert control.options[5].feedback.startswith("Correct! \\ (backslash)")
    numeric = [each for each in definitions if each.kind is Kind.NUMERIC]
    last = numeric[-1].numbers
    assert [(n.value, n.tolerance, n.fraction) for n in last] == [
        (Decimal(1822), Decimal(0), Decimal(1)),
        (Decimal(1822), Decimal(2), Decimal("0.5")),
    ]


def test_gift_with_a_category() -> None:
    parsed = sample("gift", "questions_in_category.gift.txt")
    assert len(parsed.good) == 4
    assert {each.category for each in parsed.good} == {("Default for New Features",)}
    match = parsed.good[0].definition
    assert match is not None
    assert (len(match.stems), len(match.choices)) == (4, 5)


def test_aiken() -> None:
    parsed = sample("aiken", "questions.aiken.txt")
    right = [
        [place for place, option in enumerate(each.definition.options) if option.weight]
        for each in parsed.good
        if each.definition
    ]
    assert right == [[1], [0]]


@pytest.mark.parametrize(
    ("name", "expected", "files"),
    [
        ("multichoice.xml", {"single": 1}, 5),
        ("multianswer.xml", {"cloze": 1}, 3),
        ("nested_categories_with_questions.xml", {"true_false": 4, "essay": 1}, 0),
        ("truefalse.xml", {"true_false": 2}, 4),
        ("type-essay.xml", {"essay": 1}, 0),
        ("type-gapselect.xml", {"cloze": 1}, 0),
        ("type-match.xml", {"matching": 1}, 0),
        ("type-multichoice.xml", {"multiple": 1}, 0),
        ("type-numerical.xml", {"numeric": 1}, 0),
        ("type-ordering.xml", {"ordering": 1}, 0),
        ("type-shortanswer.xml", {"short": 1}, 0),
        ("type-truefalse.xml", {"true_false": 1}, 0),
    ],
)
def test_moodle_xml(name: str, expected: dict[str, int], files: int) -> None:
    parsed = sample("moodle-xml", name)
    assert kinds(parsed) == expected
    assert len(parsed.attachments) == files
    for each in parsed.good:
        assert each.definition is not None
        assert "@@PLUGINFILE@@" not in str(each.definition)


def test_moodle_categories_are_three_deep() -> None:
    parsed = sample("moodle-xml", "nested_categories_with_questions.xml")
    assert max(len(each.category) for each in parsed.good) == 3


def test_qti_items() -> None:
    found = {}
    for path in sorted(shared("formats", "qti", "items-2.1").iterdir()):
        parsed = read_questions(path.name, path.read_bytes())
        assert not parsed.bad, (path.name, parsed.bad)
        found[path.stem] = parsed.good[0].definition.kind.value  # type: ignore[union-attr]
    assert found == {
        "associate": "matching",
        "choice": "single",
        "choice_fixed": "single",
        "choice_multiple": "multiple",
        "extended_text": "essay",
        "feedbackInline": "single",
        "gap_match": "cloze",
        "inline_choice": "cloze",
        "match": "matching",
        "multi-input": "material",
        "order": "ordering",
        "text_entry": "fill_in",
    }


def test_a_qti_package_with_sections() -> None:
    data = packed(shared("formats", "qti", "test-with-sections-2.1"))
    parsed = read_questions("package.zip", data)
    assert len(parsed.questions) == 13
    assert [each.problems[0] for each in parsed.bad] == [
        "要在图上点选位置的题（hotspotInteraction）这里没有，不能导入；可以改成选择题。"
    ]


CANVAS = """<?xml version="1.0"?>
<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment><section>
<item ident="i1" title="Q"><itemmetadata><qtimetadata>
<qtimetadatafield><fieldlabel>question_type</fieldlabel><fieldentry>multiple_choice_question</fieldentry></qtimetadatafield>
<qtimetadatafield><fieldlabel>points_possible</fieldlabel><fieldentry>2.0</fieldentry></qtimetadatafield>
</qtimetadata></itemmetadata><presentation><material><mattext texttype="text/html">&lt;p&gt;方针？&lt;/p&gt;</mattext></material>
<response_lid ident="response1" rcardinality="Single"><render_choice>
<response_label ident="1"><material><mattext texttype="text/plain">甲</mattext></material></response_label>
<response_label ident="2"><material><mattext texttype="text/plain">乙</mattext></material></response_label>
</render_choice></response_lid></presentation>
<resprocessing><respcondition><conditionvar><varequal respident="response1">2</varequal></conditionvar>
<setvar action="Set" varname="SCORE">100</setvar></respcondition></resprocessing></item>
</section></assessment></questestinterop>"""  # noqa: E501


def test_qti_of_canvas() -> None:
    parsed = read_questions("q.xml", CANVAS.encode())
    definition = parsed.good[0].definition
    assert definition is not None
    assert (definition.kind, definition.points) == (Kind.SINGLE, Decimal(2))
    assert [option.weight for option in definition.options] == [0, 1]


PAPER = """2026 年安全生产知识竞赛
一、单选题（每题 2 分）
1. 我国安全生产方针是（ ）。
A. 安全第一、预防为主、综合治理  B. 效益第一
C. 生产第一
D. 无所谓
答案：A
解析：见第三条。
难度：易
2、负责人是（B）
A.甲 B.乙
二、判断题
1．主要负责人是第一责任人。（√）
2．从业人员无权拒绝。
答案：错误
三、填空题
1. 应当____报告____。
【答案】立即；负责人|领导
四、多选题
（1）下列哪些对？
A、一
B、二
C、三
（2）又有哪些？
A、一
B、二
五、简答题
1. 三个必须是什么？
参考答案
四、1-2 ABC AB
五、1. 管行业必须管安全|三管三必须
"""


def described(parsed: ParsedFile) -> list[tuple[str, str]]:
    result = []
    for each in parsed.questions:
        definition = each.definition
        if definition is None:
            result.append(("?", each.problems[0]))
            continue
        right = "".join(option.key for option in definition.options if option.weight > 0)
        result.append((definition.kind.value, right))
    return result


PAPER_FINDS = [
    ("single", "a"),
    ("single", "b"),
    ("true_false", "true"),
    ("true_false", "false"),
    ("fill_in", ""),
    ("multiple", "abc"),
    ("multiple", "ab"),
    ("short", ""),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_paper_as_people_type_it(encoding: str) -> None:
    parsed = read_questions("卷.txt", PAPER.encode(encoding))
    assert described(parsed) == PAPER_FINDS
    first = parsed.good[0]
    assert (first.difficulty, first.definition.explanation) == (1, "见第三条。")  # type: ignore[union-attr]


def test_a_key_with_ranges() -> None:
    paper = "1. 一\nA. 甲\nB. 乙\n2. 二\nA. 甲\nB. 乙\n3. 三\nA. 甲\nB. 乙\n参考答案：\n1-3 BAB\n"
    assert [right for _kind, right in described(read_questions("t", paper.encode()))] == list("bab")


def test_a_wrong_answer_is_named_with_its_place() -> None:
    parsed = read_questions("t", "1. 一\nA. 甲\nB. 乙\n答案：C\n".encode())
    assert parsed.bad[0].place == "第 1 行（第 1 题）"
    assert parsed.bad[0].problems == ("答案是 C，但只有 2 个选项。",)


def docx(*lines: str) -> bytes:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def test_a_word_paper() -> None:
    parsed = read_questions("卷.docx", docx(*PAPER.split("\n")))
    assert parsed.format == "word"
    assert described(parsed) == PAPER_FINDS


def test_word_numbers_and_pictures() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(picture, "PNG")
    document = Document()
    document.add_paragraph("图中是什么？", style="List Number")
    document.paragraphs[0].add_run().add_picture(io.BytesIO(picture.getvalue()))
    for line in ("A. 红", "B. <蓝>", "答案：A"):
        document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    parsed = read_questions("图.docx", target.getvalue())
    definition = parsed.good[0].definition
    assert definition is not None and definition.is_html
    assert 'src="attachment:' in definition.text
    assert definition.options[1].text == "&lt;蓝&gt;"
    assert list(parsed.attachments.values()) == [picture.getvalue()]


def book(*rows: tuple[object, ...]) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def test_excel_with_a_row_an_option() -> None:
    head = (
        "题目序号",
        "题目类型",
        "题目内容",
        "整体解析",
        "所属题库",
        "是否正确项",
        "选项内容",
        "选项解析",
    )
    data = book(
        tuple(head),
        ("必填", "单选/多选/判断", "题干", "", "", "是/否", "", ""),
        (1, "单选题", "方针？", "见第三条", "安全/总则", "否", "甲", "不对"),
        (1, "", "", "", "", "是", "乙", ""),
        (2, "多选题", "权利？", "", "", "是", "甲", ""),
        (2, "", "", "", "", "是", "乙", ""),
        (2, "", "", "", "", "否", "丙", ""),
        (3, "判断题", "对吗？", "", "", "是", "正确", ""),
        (3, "", "", "", "", "否", "错误", ""),
        (4, "单选题", "没有对的", "", "", "否", "甲", ""),
        (4, "", "", "", "", "否", "乙", ""),
    )
    parsed = read_questions("题.xlsx", data)
    assert described(parsed)[:3] == [("single", "b"), ("multiple", "ab"), ("true_false", "true")]
    assert parsed.good[0].category == ("安全", "总则")
    assert parsed.good[0].definition.options[0].feedback == "不对"  # type: ignore[union-attr]
    assert parsed.bad[0].place == "第 10–11 行"
    assert parsed.bad[0].problems == ("没有写答案。",)


@pytest.mark.parametrize(
    ("row", "kind", "right"),
    [
        (("单选题", "？", "甲", "乙", "b"), "single", "b"),
        (("多选题", "？", "甲", "乙", "ba"), "multiple", "ab"),
        (("", "？", "甲", "乙", "A,B"), "multiple", "ab"),
        (("判断题", "？", "", "", "×"), "true_false", "false"),
        (("判断题", "？", "", "", "是"), "true_false", "true"),
        (("判断题", "？", "正确", "错误", "B"), "true_false", "false"),
        (("判断", "？", "", "", True), "true_false", "true"),
        (("单选题", "？", 1, 2.0, "B"), "single", "b"),
        (("单选题", "？", "甲", "乙", "乙"), "single", "b"),
    ],
)
def test_answers_in_all_their_spellings(row: tuple[object, ...], kind: str, right: str) -> None:
    parsed = read_questions("题.xlsx", book(("题型", "题干", "选项A", "选项B", "答案"), row))
    assert described(parsed) == [(kind, right)]


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE q [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    b"<quiz><question type='essay'><questiontext><text>&b;</text></questiontext></question></quiz>"
)
XXE = (
    b'<?xml version="1.0"?><!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<quiz><question type='essay'><questiontext><text>&x;</text></questiontext></question></quiz>"
)


def archive_of(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "文件是空的"),
        (BOMB, "不安全的 XML"),
        (XXE, "不安全的 XML"),
        (XXE.replace(b"<quiz", b"<assessmentItem"), "不安全的 XML"),
        (b"<quiz>" + b"<a>" * 100_000, "嵌套太深"),
        (b"<quiz><question", "不是完整的 XML"),
        (b"<quiz>" + b"<a/>" * 500_000 + b"</quiz>", "内容太多"),
        (b"PK\x03\x04" + b"x" * 100, "打不开"),
        (archive_of(**{"xl__workbook.xml": b"0" * 70_000_000}), "太大"),
        (archive_of(**{"..__..__etc__x.xml": b"<a/>"}), "指向外面"),
        (archive_of(**{"a.txt": b"x"}), "没有认得"),
        (archive_of(**{"xl__workbook.xml": b"<nonsense"}), "Excel"),
        (archive_of(**{"word__document.xml": b"<nonsense"}), "Word"),
        (archive_of(**{"item.xml": BOMB}), ""),
        (b"\xd0\xcf\x11\xe0aaaa", "旧版"),
        (b"%PDF-1.7", "PDF"),
        (b"\xff\xff\xff\x00\x80", "编码"),
        ("只是一段话，没有题目".encode(), "没有找到题目"),
    ],
)
def test_hostile_files_get_one_sentence(data: bytes, sentence: str) -> None:
    try:
        parsed = read_questions("file", data)
    except Unreadable as error:
        assert sentence in error.message
        return
    assert not parsed.good
    assert parsed.problems


def test_a_doctype_inside_a_word_file_is_refused() -> None:
    source = zipfile.ZipFile(io.BytesIO(docx("1. 题", "答案：对")))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            if name == "word/document.xml":
                data = data.replace(b"<w:document", b'<!DOCTYPE w [<!ENTITY a "b">]><w:document', 1)
            archive.writestr(name, data)
    with pytest.raises(Unreadable, match="不安全"):
        read_questions("x.docx", target.getvalue())

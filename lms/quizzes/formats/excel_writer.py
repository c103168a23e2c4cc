"""Writing Excel question lists in the layout that `formats.excel` reads."""

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from lms.quizzes.checking import letter
from lms.quizzes.definition import GAP_MARK, Definition, Kind, Rule, plain_decimal
from lms.quizzes.editor_gaps import accepted_text, percent, tolerance_text
from lms.quizzes.formats.parsed import ParsedQuestion
from lms.quizzes.formats.written import MULTIPLE_RULES, ORDERING_RULES

KIND_NAMES = {
    Kind.SINGLE: "单选题",
    Kind.MULTIPLE: "多选题",
    Kind.TRUE_FALSE: "判断题",
    Kind.FILL_IN: "填空题",
    Kind.NUMERIC: "数值题",
    Kind.SHORT: "简答题",
    Kind.MATCHING: "配对题",
    Kind.ORDERING: "排序题",
    Kind.ESSAY: "论述题",
}
HEAD = ("题型", "题干")
TAIL = (
    "答案",
    "解析",
    "难度",
    "分值",
    "分类",
    "标签",
    "评分规则",
    "漏选得分",
    "出处",
    "名称",
    "格式",
)
EXAMPLES: tuple[dict[str, Any], ...] = (
    {
        "题型": "单选题",
        "题干": "安全生产工作坚持什么方针？",
        "选项": ("安全第一、预防为主、综合治理", "效益优先", "事后处理"),
        "答案": "A",
        "解析": "见《安全生产法》第三条。",
        "难度": "2",
        "分值": "2",
        "分类": "安全生产/总则",
        "标签": "方针",
    },
    {
        "题型": "多选题",
        "题干": "下列哪些属于从业人员的权利？",
        "选项": ("知情权", "建议权", "拒绝违章指挥", "不服从管理"),
        "答案": "ABC",
        "分值": "2",
        "分类": "安全生产/从业人员",
        "评分规则": "漏选得分",
        "漏选得分": "50%",
    },
    {
        "题型": "判断题",
        "题干": "生产经营单位的主要负责人是本单位安全生产第一责任人。",
        "答案": "正确",
        "难度": "1",
        "分类": "安全生产/总则",
    },
    {
        "题型": "填空题",
        "题干": "从业人员发现事故隐患，应当____向____报告。",
        "答案": "立即；现场安全生产管理人员|本单位负责人",
        "解析": "几个空用分号隔开，同一个空的几种写法用竖线隔开。",
        "分值": "2",
    },
)


def _book(rows: Sequence[Sequence[str]], option_count: int) -> bytes:
    target = BytesIO()
    options = {"constant_memory": True, "in_memory": False, "strings_to_formulas": False,
               "strings_to_urls": False, "strings_to_numbers": False}  # fmt: skip
    book = xlsxwriter.Workbook(target, options)
    sheet = book.add_worksheet("题目")
    bold = book.add_format({"bold": True, "bg_color": "#F1EEE7", "text_wrap": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    names = [*HEAD, *(f"选项{letter(index)}" for index in range(option_count)), *TAIL]
    sheet.set_column(0, 0, 9)
    sheet.set_column(1, 1, 48)
    sheet.set_column(2, 1 + option_count, 18)
    sheet.freeze_panes(1, 2)
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row):
            if text:
                sheet.write_string(number, column, text[:32_767], wrap)
    book.close()
    return target.getvalue()


def template_book() -> bytes:
    """The empty template with one example of each common type."""
    count = 6
    rows = [
        [
            *(example[name] for name in HEAD),
            *(example.get("选项", ()) + ("",) * count)[:count],
            *(example.get(name, "") for name in TAIL),
        ]
        for example in EXAMPLES
    ]
    return _book(rows, count)


def write_excel(questions: Sequence[ParsedQuestion]) -> bytes:
    """The questions as a workbook, one a row; kinds without a layout are left out."""
    written = [
        (question, cells)
        for question in questions
        if question.definition and (cells := _cells(question.definition))
    ]
    count = max(4, *(len(cells[0]) for _question, cells in written), 0) if written else 4
    rows = []
    for question, (options, answer, rule, missed) in written:
        definition = question.definition
        assert definition is not None
        text = definition.text
        for gap in definition.gaps:
            text = text.replace(GAP_MARK.format(key=gap.key), "____")
        rows.append(
            [
                KIND_NAMES[definition.kind],
                text,
                *options,
                *[""] * (count - len(options)),
                answer,
                definition.explanation,
                str(question.difficulty),
                plain_decimal(definition.points),
                "/".join(question.category),
                " ".join(question.tags),
                rule,
                missed,
                definition.source,
                definition.title,
                "html" if definition.is_html else "",
            ]
        )
    return _book(rows, count)


def _cells(definition: Definition) -> tuple[list[str], str, str, str] | None:
    """The option cells, the answer, the rule and the part for missed options."""
    writer = WRITERS.get(definition.kind)
    return writer(definition) if writer else None


def _choice(definition: Definition) -> tuple[list[str], str, str, str]:
    texts = [option.text for option in definition.options]
    weights = [option.weight for option in definition.options]
    if (all(weight in (0, 1) for weight in weights) and definition.rule != Rule.WEIGHTED) or (
        definition.kind == Kind.SINGLE and all(weight in (0, 1) for weight in weights)
    ):
        answer = "".join(letter(place) for place, weight in enumerate(weights) if weight > 0)
    else:
        answer = " ".join(
            f"{letter(place)}:{percent(weight)}%" for place, weight in enumerate(weights) if weight
        )
    if definition.kind == Kind.SINGLE:
        return texts, answer, "", ""
    names = {rule: name for name, rule in MULTIPLE_RULES.items() if name}
    missed = ""
    if definition.rule == Rule.MISSED and definition.missed_fraction != Decimal("0.5"):
        missed = f"{percent(definition.missed_fraction)}%"
    rule = "" if definition.rule == Rule.ALL_OR_NOTHING else names[definition.rule]
    return texts, answer, rule, missed


def _true_false(definition: Definition) -> tuple[list[str], str, str, str]:
    right = next((option.key for option in definition.options if option.weight > 0), "true")
    return [], "正确" if right == "true" else "错误", "", ""


def _fill_in(definition: Definition) -> tuple[list[str], str, str, str]:
    answer = "；".join(accepted_text(gap.accepted) for gap in definition.gaps)
    rule = "全对得分" if definition.rule == Rule.ALL_OR_NOTHING else ""
    if not definition.is_ordered:
        rule = f"{rule} 不分顺序".strip()
    return [], answer, rule, ""


def _numeric(definition: Definition) -> tuple[list[str], str, str, str]:
    pieces = [
        tolerance_text(number) + ("" if number.fraction == 1 else f":{percent(number.fraction)}%")
        for number in definition.numbers
    ]
    return [], "|".join(pieces), "", ""


def _short(definition: Definition) -> tuple[list[str], str, str, str]:
    return [], accepted_text(definition.accepted), "", ""


def _matching(definition: Definition) -> tuple[list[str], str, str, str]:
    texts = {choice.key: choice.text for choice in definition.choices}
    pairs = [f"{stem.text} -> {texts.get(stem.match, '')}" for stem in definition.stems]
    used = {stem.match for stem in definition.stems}
    pairs += [f" -> {choice.text}" for choice in definition.choices if choice.key not in used]
    return pairs, "", "全对得分" if definition.rule == Rule.ALL_OR_NOTHING else "", ""


def _ordering(definition: Definition) -> tuple[list[str], str, str, str]:
    names = {rule: name for name, rule in ORDERING_RULES.items() if name}
    rule = "" if definition.rule == Rule.ALL_OR_NOTHING else names[definition.rule]
    texts = [item.text for item in definition.items]
    return texts, "".join(letter(place) for place in range(len(texts))), rule, ""


def _essay(definition: Definition) -> tuple[list[str], str, str, str]:
    return [], definition.accepted[0].text if definition.accepted else "", "", ""


WRITERS = {
    Kind.SINGLE: _choice,
    Kind.MULTIPLE: _choice,
    Kind.TRUE_FALSE: _true_false,
    Kind.FILL_IN: _fill_in,
    Kind.NUMERIC: _numeric,
    Kind.SHORT: _short,
    Kind.MATCHING: _matching,
    Kind.ORDERING: _ordering,
    Kind.ESSAY: _essay,
}

"""What is wrong with a question, in the words of whoever wrote it; editor and imports share it."""

import re
from collections.abc import Callable

from flask_babel import gettext as _

from lms.quizzes.definition import RULES, Definition, GapKind, Kind
from lms.quizzes.grade import FULL, NOTHING, held, share

MARK = re.compile(r"\[\[([^\[\]]{1,20})\]\]")
MAX_OPTIONS = 40
MAX_PARTS = 50
TAGS = re.compile(r"<(?!img|audio|video|math)[^>]*>|&nbsp;|\s")


def problems_of(definition: Definition, *, is_draft: bool = False) -> list[str]:
    """One sentence for each fault; empty when the question can be asked.

    A draft may be a passage whose questions are still to be written.
    """
    if is_draft and definition.kind == Kind.MATERIAL and not definition.parts:
        return [] if TAGS.sub("", definition.text) else [_("题干是空的。")]
    problems = []
    if not TAGS.sub("", definition.text):
        problems.append(_("题干是空的。"))
    if definition.points <= 0:
        problems.append(_("分值要大于 0。"))
    if definition.rule not in RULES[definition.kind]:
        problems.append(_("这种题型不能用所选的评分规则。"))
    return problems + CHECKS[definition.kind](definition)


def _check_options(definition: Definition) -> list[str]:
    problems = []
    options = definition.options
    if len(options) < 2:
        problems.append(_("至少要有两个选项，现在有 %(count)d 个。", count=len(options)))
    if len(options) > MAX_OPTIONS:
        problems.append(_("选项最多 %(count)d 个。", count=MAX_OPTIONS))
    if definition.kind != Kind.TRUE_FALSE:
        for index, option in enumerate(options):
            if not TAGS.sub("", option.text):
                problems.append(_("选项 %(letter)s 是空的。", letter=letter(index)))
    if any(abs(option.weight) > 1 for option in options):
        problems.append(_("选项的得分比例要在 -100% 到 100% 之间。"))
    return problems


def _check_single(definition: Definition) -> list[str]:
    problems = _check_options(definition)
    right = [option for option in definition.options if share(option.weight) == FULL]
    if not right:
        problems.append(_("没有标出正确答案。"))
    elif definition.kind == Kind.TRUE_FALSE and len(right) > 1:
        problems.append(_("判断题只能有一个正确答案。"))
    return problems


def _check_multiple(definition: Definition) -> list[str]:
    problems = _check_options(definition)
    right = [option for option in definition.options if option.weight > 0]
    if not right:
        problems.append(_("没有标出正确答案。"))
    elif definition.rule == "weighted":
        total = sum((share(option.weight) for option in right), NOTHING)
        if held(total) < FULL:
            problems.append(_("全部选对也得不到满分：正的得分比例之和不到 100%。"))
    return problems


def _check_gaps(definition: Definition) -> list[str]:
    problems = []
    if not definition.gaps:
        problems.append(_("题干里没有空。用连续的下划线（____）标出要填的地方。"))
    marks = MARK.findall(definition.text)
    if sorted(marks) != sorted(gap.key for gap in definition.gaps):
        problems.append(
            _(
                "题干有 %(marks)d 个空，答案给了 %(gaps)d 个。",
                marks=len(marks),
                gaps=len(definition.gaps),
            )
        )
    for number, gap in enumerate(definition.gaps, 1):
        entries = {
            GapKind.TEXT: gap.accepted,
            GapKind.NUMBER: gap.numbers,
            GapKind.CHOICE: gap.options,
            GapKind.CHOICES: gap.options,
        }[gap.kind]
        weights = [
            getattr(entry, "weight", None) or getattr(entry, "fraction", 0) for entry in entries
        ]
        best = [share(weight) for weight in weights if weight > 0]
        if gap.kind == GapKind.CHOICES:
            best = [held(sum(best, NOTHING))]
        if FULL not in best:
            problems.append(_("第 %(number)d 个空没有能得满分的答案。", number=number))
        if any(not entry.text.strip() for entry in gap.accepted):
            problems.append(_("第 %(number)d 个空有一个答案是空的。", number=number))
    if definition.gaps and sum(gap.weight for gap in definition.gaps) <= 0:
        problems.append(_("各空的分值之和要大于 0。"))
    return problems


def _check_numeric(definition: Definition) -> list[str]:
    problems = []
    if not any(share(number.fraction) == FULL for number in definition.numbers):
        problems.append(_("没有能得满分的数值答案。"))
    if any(unit.factor == 0 or not unit.name.strip() for unit in definition.units):
        problems.append(_("单位要有名称，换算系数不能是 0。"))
    return problems


def _check_short(definition: Definition) -> list[str]:
    if definition.rule == "keywords":
        total = sum((share(keyword.fraction) for keyword in definition.keywords), NOTHING)
        if held(total) < FULL:
            return [_("写全关键词也得不到满分：得分比例之和不到 100%。")]
        return []
    if not any(share(entry.fraction) == FULL for entry in definition.accepted):
        return [_("没有能得满分的答案。")]
    return []


def _check_matching(definition: Definition) -> list[str]:
    problems = []
    keys = {choice.key for choice in definition.choices}
    stems = [stem for stem in definition.stems if stem.text.strip()]
    if len(stems) < 2:
        problems.append(_("配对题至少要有两组。"))
    if any(stem.match not in keys for stem in stems):
        problems.append(_("有一组配对缺少右边的内容。"))
    return problems


def _check_ordering(definition: Definition) -> list[str]:
    if len(definition.items) < 2:
        return [_("排序题至少要有两项。")]
    if any(not item.text.strip() for item in definition.items):
        return [_("排序题有一项是空的。")]
    return []


def _check_material(definition: Definition) -> list[str]:
    if not definition.parts:
        return [_("材料题至少要有一个小题。")]
    if len(definition.parts) > MAX_PARTS:
        return [_("材料题最多 %(count)d 个小题。", count=MAX_PARTS)]
    problems = []
    for number, part in enumerate(definition.parts, 1):
        if part.kind == Kind.MATERIAL:
            problems.append(_("材料题里不能再放材料题。"))
            continue
        problems += [
            _("第 %(number)d 小题：%(problem)s", number=number, problem=problem)
            for problem in problems_of(part)
        ]
    return problems


def _check_essay(definition: Definition) -> list[str]:
    if definition.rubric and sum(line.fraction for line in definition.rubric) != 1:
        return [_("评分要点的比例之和要等于 100%。")]
    return []


def letter(index: int) -> str:
    """A, B, ... as options are called on paper."""
    return chr(65 + index) if index < 26 else str(index + 1)


CHECKS: dict[Kind, Callable[[Definition], list[str]]] = {
    Kind.SINGLE: _check_single,
    Kind.TRUE_FALSE: _check_single,
    Kind.MULTIPLE: _check_multiple,
    Kind.FILL_IN: _check_gaps,
    Kind.CLOZE: _check_gaps,
    Kind.NUMERIC: _check_numeric,
    Kind.SHORT: _check_short,
    Kind.MATCHING: _check_matching,
    Kind.ORDERING: _check_ordering,
    Kind.ESSAY: _check_essay,
    Kind.MATERIAL: _check_material,
}

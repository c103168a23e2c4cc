"""A question as somebody wrote it down, and what it means: for spreadsheets, text and Word."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from flask_babel import gettext as _

from lms.quizzes.checking import letter
from lms.quizzes.definition import (
    GAP_MARK,
    ONE,
    ZERO,
    Accepted,
    Definition,
    Gap,
    Item,
    Kind,
    Option,
    Rule,
    Stem,
    default_rule,
    key_letter,
)
from lms.quizzes.formats.answers import (
    BLANK,
    KIND_WORDS,
    SHARE,
    WEIGHTED,
    BadAnswer,
    check_letters,
    is_true_false,
    mark_blanks,
    read_accepted,
    read_difficulty,
    read_letters,
    read_points,
    read_share,
    read_tolerance,
    read_truth,
    split_escaped,
    squeeze,
    true_false_options,
)
from lms.quizzes.formats.parsed import ParsedQuestion, checked


@dataclass(slots=True)
class Written:
    """A question as somebody wrote it down, before it is understood."""

    place: str
    text: str = ""
    kind: str = ""
    options: list[str] = field(default_factory=list)
    answer: str = ""
    explanation: str = ""
    difficulty: str = ""
    points: str = ""
    category: str = ""
    tags: str = ""
    rule: str = ""
    missed: str = ""
    source: str = ""
    title: str = ""
    is_html: bool = False
    option_feedback: list[str] = field(default_factory=list)


def understand(written: Written) -> ParsedQuestion:
    """The question that `written` means, or the sentences that say why it means none."""
    problems: list[str] = []
    definition: Definition | None = None
    difficulty, points = 3, ONE
    try:
        kind = find_kind(written)
        difficulty = read_difficulty(written.difficulty)
        points = read_points(written.points)
        definition = BUILDERS[kind](written, points)
    except BadAnswer as error:
        problems.append(str(error))
    question = ParsedQuestion(
        place=written.place,
        definition=definition,
        category=tuple(part.strip() for part in written.category.split("/") if part.strip()),
        tags=tuple(dict.fromkeys(re.findall(r"[^\s,，、;；]+", written.tags))),
        difficulty=difficulty,
        problems=tuple(problems),
    )
    return checked(question)


ORDERING_RULES = {
    "": Rule.ALL_OR_NOTHING,
    "全对得分": Rule.ALL_OR_NOTHING,
    "按位置得分": Rule.POSITION,
    "按先后得分": Rule.PAIRS,
    "按衔接得分": Rule.NEXT,
    "按前后相邻得分": Rule.NEIGHBOURS,
    "按最长顺序得分": Rule.LONGEST_SUBSET,
    "按最长连续得分": Rule.LONGEST_RUN,
}


MULTIPLE_RULES = {
    "": Rule.ALL_OR_NOTHING,
    "全对得分": Rule.ALL_OR_NOTHING,
    "漏选得分": Rule.MISSED,
    "按比例得分": Rule.SHARED,
    "按权重得分": Rule.WEIGHTED,
}


def _common(written: Written, points: Decimal) -> dict[str, object]:
    return {
        "points": points,
        "explanation": written.explanation,
        "source": written.source,
        "title": written.title,
        "is_html": written.is_html,
    }


def _weights(written: Written) -> list[Decimal]:
    """The weight of each option that the answer gives."""
    weights = [ZERO] * len(written.options)
    pairs = WEIGHTED.findall(unicodedata.normalize("NFKC", written.answer))
    if pairs:
        check_letters([name.upper() for name, _share in pairs], len(weights))
        for name, percent in pairs:
            weights[ord(name.upper()) - 65] = Decimal(percent) / 100
        return weights
    letters = read_letters(written.answer)
    if not letters:
        if not squeeze(written.answer):
            raise BadAnswer(_("没有写答案。"))
        texts = [squeeze(option).casefold() for option in written.options]
        wanted = squeeze(written.answer).casefold()
        if texts.count(wanted) == 1:
            letters = [letter(texts.index(wanted))]
        else:
            raise BadAnswer(
                _("看不懂答案“%(answer)s”，请写选项的字母。", answer=written.answer[:30])
            )
    check_letters(letters, len(weights))
    for each in letters:
        weights[ord(each) - 65] = ONE
    return weights


def _options(written: Written, weights: Sequence[Decimal]) -> tuple[Option, ...]:
    notes = written.option_feedback + [""] * len(weights)
    return tuple(
        Option(key_letter(index), text, weight, notes[index])
        for index, (text, weight) in enumerate(zip(written.options, weights, strict=True))
    )


def build_single(written: Written, points: Decimal) -> Definition:
    """One right option; a second full answer is a mistake of the writer."""
    weights = _weights(written)
    if sum(weight == ONE for weight in weights) > 1:
        raise BadAnswer(_("单选题的答案有 %(count)d 个。", count=sum(w == ONE for w in weights)))
    rule = Rule.NEGATIVE if any(weight < 0 for weight in weights) else Rule.WEIGHTED
    return Definition(
        kind=Kind.SINGLE,
        text=written.text,
        rule=rule,
        options=_options(written, weights),
        **_common(written, points),  # type: ignore[arg-type]
    )


def build_multiple(written: Written, points: Decimal) -> Definition:
    """Several right options; percentages in the answer mean the weighted rule."""
    weights = _weights(written)
    rule = MULTIPLE_RULES.get(squeeze(written.rule))
    if rule is None:
        raise BadAnswer(_("不认识的评分规则“%(rule)s”。", rule=written.rule[:20]))
    if any(weight not in (ZERO, ONE) for weight in weights):
        rule = Rule.WEIGHTED
    more: dict[str, object] = _common(written, points)
    if rule == Rule.MISSED and squeeze(written.missed):
        more["missed_fraction"] = read_share(written.missed)
    return Definition(
        kind=Kind.MULTIPLE,
        text=written.text,
        rule=rule,
        options=_options(written, weights),
        **more,  # type: ignore[arg-type]
    )


def build_true_false(written: Written, points: Decimal) -> Definition:
    """A statement; the answer may be a word, a mark or the letter of the option 正确 or 错误."""
    truth = read_truth(written.answer)
    letters = read_letters(written.answer)
    if is_true_false(written.options) and len(letters) == 1 and letters[0] in "AB":
        truth = read_truth(written.options[ord(letters[0]) - 65])
    elif not written.options and letters in (["A"], ["B"]):
        truth = letters == ["A"]
    if truth is None:
        if not squeeze(written.answer):
            raise BadAnswer(_("没有写答案。"))
        raise BadAnswer(
            _("看不懂判断题的答案“%(answer)s”，请写正确或错误。", answer=written.answer[:30])
        )
    notes = [*written.option_feedback, "", ""][:2]
    return Definition(
        kind=Kind.TRUE_FALSE,
        text=written.text,
        rule=Rule.WEIGHTED,
        options=true_false_options(truth, notes),
        **_common(written, points),  # type: ignore[arg-type]
    )


def build_fill_in(written: Written, points: Decimal) -> Definition:
    """Blanks from left to right; answers separated by ； or lines, synonyms by |."""
    text, count = mark_blanks(written.text)
    if not squeeze(written.answer):
        raise BadAnswer(_("没有写答案。"))
    if count == 0:
        text, count = f"{written.text} {GAP_MARK.format(key=1)}", 1
    answers = [piece for piece in split_escaped(written.answer, ";；\n") if piece]
    if len(answers) != count and count > 1:
        for separators in ("、", ",，", " \u3000"):
            others = [piece for piece in split_escaped(written.answer, separators) if piece]
            if len(others) == count:
                answers = others
                break
    if count == 1 and len(answers) > 1:
        answers = ["|".join(answers)]
    if len(answers) != count:
        raise BadAnswer(
            _("题干有 %(marks)d 个空，答案给了 %(gaps)d 个。", marks=count, gaps=len(answers))
        )
    rule = squeeze(written.rule)
    return Definition(
        kind=Kind.FILL_IN,
        text=text,
        rule=Rule.ALL_OR_NOTHING if "全对得分" in rule else Rule.PER_PART,
        is_ordered="不分顺序" not in rule,
        gaps=tuple(
            Gap(str(number), accepted=read_accepted(answer))
            for number, answer in enumerate(answers, 1)
        ),
        **_common(written, points),  # type: ignore[arg-type]
    )


def build_numeric(written: Written, points: Decimal) -> Definition:
    """3.14, 3.14±0.01 or 3.1~3.2; several separated by |."""
    numbers = []
    for piece in split_escaped(written.answer, "|｜"):
        if not piece:
            continue
        found = SHARE.match(piece)
        fraction = Decimal(found[2]) / 100 if found else ONE
        numbers.append(read_tolerance(found[1] if found else piece, fraction))
    return Definition(
        kind=Kind.NUMERIC,
        text=written.text,
        rule=Rule.ACCEPTED,
        numbers=tuple(numbers),
        **_common(written, points),  # type: ignore[arg-type]
    )


def build_short(written: Written, points: Decimal) -> Definition:
    """Accepted answers separated by |, with wildcards."""
    return Definition(
        kind=Kind.SHORT,
        text=written.text,
        rule=Rule.ACCEPTED,
        has_wildcards=True,
        accepted=read_accepted(written.answer),
        **_common(written, points),  # type: ignore[arg-type]
    )


def build_matching(written: Written, points: Decimal) -> Definition:
    """One pair in each option: 中国 -> 北京; nothing before the arrow is a choice too many."""
    stems: list[Stem] = []
    choices: list[Item] = []
    for number, option in enumerate(written.options, 1):
        pieces = re.split(r"->|→|=>|——", option, maxsplit=1)
        if len(pieces) != 2:
            raise BadAnswer(_("第 %(number)d 组配对要写成“左边 -> 右边”。", number=number))
        left, right = pieces[0].strip(), pieces[1].strip()
        known = next((choice for choice in choices if choice.text == right), None)
        if known is None:
            known = Item(key_letter(len(choices)), right)
            choices.append(known)
        if left:
            stems.append(Stem(str(len(stems) + 1), left, known.key))
    return Definition(
        kind=Kind.MATCHING,
        text=written.text,
        rule=Rule.ALL_OR_NOTHING if squeeze(written.rule) == "全对得分" else Rule.PER_PART,
        stems=tuple(stems),
        choices=tuple(choices),
        **_common(written, points),  # type: ignore[arg-type]
    )


def build_ordering(written: Written, points: Decimal) -> Definition:
    """The items as options and the right order as the answer; no answer means as written."""
    letters = read_letters(written.answer) or [letter(i) for i in range(len(written.options))]
    check_letters(letters, len(written.options))
    if len(letters) != len(written.options):
        raise BadAnswer(
            _(
                "排序题有 %(items)d 项，答案排了 %(count)d 项。",
                items=len(written.options),
                count=len(letters),
            )
        )
    rule = ORDERING_RULES.get(squeeze(written.rule))
    if rule is None:
        raise BadAnswer(_("不认识的评分规则“%(rule)s”。", rule=written.rule[:20]))
    items = tuple(
        Item(str(number), written.options[ord(each) - 65]) for number, each in enumerate(letters, 1)
    )
    return Definition(
        kind=Kind.ORDERING,
        text=written.text,
        rule=rule,
        items=items,
        **_common(written, points),  # type: ignore[arg-type]
    )


def build_essay(written: Written, points: Decimal) -> Definition:
    """Free text; what is written as the answer is shown as a model answer afterwards."""
    model = (Accepted(written.answer),) if written.answer.strip() else ()
    return Definition(
        kind=Kind.ESSAY,
        text=written.text,
        rule=default_rule(Kind.ESSAY),
        accepted=model,
        **_common(written, points),  # type: ignore[arg-type]
    )


def find_kind(written: Written) -> Kind:
    """The type that was named, else the one that options and answer suggest."""
    name = squeeze(written.kind)
    if name and name not in KIND_WORDS:
        raise BadAnswer(_("不认识的题型“%(name)s”。", name=name[:20]))
    named = KIND_WORDS.get(name)
    if named is not None:
        return named
    answer = squeeze(written.answer)
    if read_truth(answer) is not None and (not written.options or is_true_false(written.options)):
        return Kind.TRUE_FALSE
    if written.options:
        many = len(read_letters(answer)) > 1 or len(WEIGHTED.findall(answer)) > 1
        return Kind.MULTIPLE if many else Kind.SINGLE
    return Kind.FILL_IN if BLANK.search(written.text) else Kind.ESSAY


BUILDERS = {
    Kind.SINGLE: build_single,
    Kind.MULTIPLE: build_multiple,
    Kind.TRUE_FALSE: build_true_false,
    Kind.FILL_IN: build_fill_in,
    Kind.NUMERIC: build_numeric,
    Kind.SHORT: build_short,
    Kind.MATCHING: build_matching,
    Kind.ORDERING: build_ordering,
    Kind.ESSAY: build_essay,
}

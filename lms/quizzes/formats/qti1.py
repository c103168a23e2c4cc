"""QTI 1.2 as Canvas writes it: items of one questestinterop file."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from html import unescape
from xml.etree.ElementTree import Element

from flask_babel import gettext as _

from lms.quizzes.definition import (
    ONE,
    ZERO,
    Accepted,
    Definition,
    Gap,
    GapKind,
    Item,
    Kind,
    Number,
    Option,
    Rule,
    Stem,
    key_letter,
)
from lms.quizzes.formats.answers import BadAnswer, read_truth, true_false_options
from lms.quizzes.formats.parsed import ParsedQuestion, checked
from lms.quizzes.formats.qti2_body import Resources
from lms.quizzes.formats.xml_tree import child, descendants, local, text_of


def read_items(root: Element, resources: Resources) -> Iterator[ParsedQuestion]:
    """The questions in document order."""
    for number, item in enumerate(descendants(root, "item"), 1):
        place = _("第 %(number)d 题", number=number)
        try:
            definition = _item(item, resources)
        except BadAnswer as error:
            yield ParsedQuestion(place, None, problems=(str(error),))
            continue
        yield checked(ParsedQuestion(place, definition))


def _metadata(item: Element) -> dict[str, str]:
    fields = {}
    for field in descendants(item, "qtimetadatafield"):
        fields[text_of(child(field, "fieldlabel"))] = text_of(child(field, "fieldentry"))
    return fields


def _material(element: Element | None, resources: Resources) -> tuple[str, bool]:
    """The text of the first material and whether it is HTML."""
    if element is None:
        return "", False
    for each in descendants(element, "mattext"):
        text = each.text or ""
        is_html = each.get("texttype", "text/plain") == "text/html"
        return (resources.links(text) if is_html else text).strip(), is_html
    return "", False


def _item(item: Element, resources: Resources) -> Definition:
    meta = _metadata(item)
    presentation = child(item, "presentation")
    if presentation is None:
        raise BadAnswer(_("这道题没有内容。"))
    text, is_html = _material(presentation, resources)
    points = _decimal(meta.get("points_possible", ""), ONE)
    common = {
        "text": text,
        "is_html": is_html,
        "title": (item.get("title") or "")[:200],
        "points": points if points > 0 else ONE,
        "explanation": _feedback(item, "general_fb"),
        "feedback_right": _feedback(item, "correct_fb"),
        "feedback_wrong": _feedback(item, "general_incorrect_fb"),
    }
    groups = descendants(presentation, "response_lid")
    strings = descendants(presentation, "response_str", "response_num")
    kind = meta.get("question_type", "")
    if kind == "matching_question" or (len(groups) > 1 and kind != "multiple_dropdowns_question"):
        return _matching(item, groups, common)
    if kind in ("multiple_dropdowns_question", "fill_in_multiple_blanks_question"):
        return _gaps(item, groups, kind, common)
    if groups:
        return _choice(item, groups[0], kind, common, resources)
    if kind == "numerical_question" or (strings and local(strings[0].tag) == "response_num"):
        return _numeric(item, common)
    if kind in ("essay_question", "file_upload_question") or (strings and not _scores(item)):
        return Definition(kind=Kind.ESSAY, rule=Rule.PER_PART, **common)  # type: ignore[arg-type]
    if strings:
        accepted = tuple(Accepted(text) for text, _score in _scores(item))
        return Definition(
            kind=Kind.SHORT,
            rule=Rule.ACCEPTED,
            accepted=tuple(dict.fromkeys(accepted)),
            **common,  # type: ignore[arg-type]
        )
    raise BadAnswer(_("这种题型（%(name)s）不能导入。", name=kind[:40] or "?"))


def _decimal(text: str, default: Decimal) -> Decimal:
    try:
        return round(Decimal(text), 4).normalize()
    except InvalidOperation:
        return default


def _feedback(item: Element, name: str) -> str:
    for each in descendants(item, "itemfeedback"):
        if each.get("ident") == name:
            return next((mat.text or "" for mat in descendants(each, "mattext")), "").strip()
    return ""


def _scores(item: Element) -> list[tuple[str, Decimal]]:
    """(value, score) of every condition that gives points."""
    found = []
    for condition in descendants(item, "respcondition"):
        score = _decimal(text_of(next(iter(descendants(condition, "setvar")), None)), ZERO)
        if score <= 0:
            continue
        negated = {id(each) for no in descendants(condition, "not") for each in no.iter()}
        for equal in descendants(condition, "varequal"):
            if id(equal) not in negated:
                found.append((text_of(equal), score))
    return found


def _choice(
    item: Element, group: Element, kind: str, common: dict[str, object], resources: Resources
) -> Definition:
    right = {value for value, _score in _scores(item)}
    many = group.get("rcardinality") == "Multiple"
    options, html = [], bool(common["is_html"])
    for index, label in enumerate(descendants(group, "response_label")):
        text, is_html = _material(label, resources)
        if html and not is_html:
            text = text.replace("&", "&amp;").replace("<", "&lt;")
        ident = label.get("ident") or ""
        note = _feedback(item, f"{ident}_fb")
        options.append(Option(key_letter(index), text, ONE if ident in right else ZERO, note))
    words = [read_truth(unescape(re.sub(r"<[^>]*>", "", option.text))) for option in options]
    if not many and (kind == "true_false_question" or sorted(map(str, words)) == ["False", "True"]):
        truth = next((word for word, o in zip(words, options, strict=True) if o.weight), None)
        if truth is None:
            raise BadAnswer(_("没有标出正确答案。"))
        return Definition(
            kind=Kind.TRUE_FALSE,
            rule=Rule.WEIGHTED,
            options=true_false_options(truth),
            **common,  # type: ignore[arg-type]
        )
    return Definition(
        kind=Kind.MULTIPLE if many else Kind.SINGLE,
        rule=Rule.ALL_OR_NOTHING if many else Rule.WEIGHTED,
        options=tuple(options),
        **common,  # type: ignore[arg-type]
    )


def _matching(item: Element, groups: list[Element], common: dict[str, object]) -> Definition:
    right: dict[str, str] = {}
    for equal in descendants(item, "varequal"):
        right.setdefault(equal.get("respident") or "", text_of(equal))
    choices: list[Item] = []
    by_ident: dict[str, str] = {}
    for label in descendants(groups[0], "response_label"):
        key = key_letter(len(choices))
        by_ident[label.get("ident") or ""] = key
        choices.append(Item(key, text_of(child(label, "material"))))
    stems = tuple(
        Stem(
            str(place),
            text_of(child(group, "material")),
            by_ident.get(right.get(group.get("ident") or "", ""), ""),
        )
        for place, group in enumerate(groups, 1)
    )
    return Definition(
        kind=Kind.MATCHING,
        rule=Rule.PER_PART,
        stems=stems,
        choices=tuple(choices),
        **common,  # type: ignore[arg-type]
    )


def _gaps(item: Element, groups: list[Element], kind: str, common: dict[str, object]) -> Definition:
    text = str(common.pop("text"))
    right: dict[str, set[str]] = {}
    for equal in descendants(item, "varequal"):
        right.setdefault(equal.get("respident") or "", set()).add(text_of(equal))
    gaps = []
    for place, group in enumerate(groups, 1):
        ident = group.get("ident") or ""
        name = text_of(child(group, "material"))
        key = str(place)
        text = text.replace(f"[{name}]", f"[[{key}]]", 1)
        labels = descendants(group, "response_label")
        if kind == "fill_in_multiple_blanks_question":
            accepted = tuple(Accepted(text_of(label)) for label in labels)
            gaps.append(Gap(key, GapKind.TEXT, accepted=accepted))
            continue
        options = tuple(
            Option(
                key_letter(index),
                text_of(label),
                ONE if (label.get("ident") or "") in right.get(ident, set()) else ZERO,
            )
            for index, label in enumerate(labels)
        )
        gaps.append(Gap(key, GapKind.CHOICE, options=options))
    is_text = all(gap.kind == GapKind.TEXT for gap in gaps)
    return Definition(
        kind=Kind.FILL_IN if is_text else Kind.CLOZE,
        rule=Rule.PER_PART,
        text=text,
        gaps=tuple(gaps),
        **common,  # type: ignore[arg-type]
    )


def _numeric(item: Element, common: dict[str, object]) -> Definition:
    numbers = []
    for condition in descendants(item, "respcondition"):
        lows = [text_of(each) for each in descendants(condition, "vargte", "vargt")]
        highs = [text_of(each) for each in descendants(condition, "varlte", "varlt")]
        exact = [text_of(each) for each in descendants(condition, "varequal")]
        if lows and highs:
            low, high = _decimal(lows[0], ZERO), _decimal(highs[0], ZERO)
            numbers.append(Number((low + high) / 2, abs(high - low) / 2))
        elif exact:
            numbers.append(Number(_decimal(exact[0], ZERO)))
    return Definition(
        kind=Kind.NUMERIC,
        rule=Rule.ACCEPTED,
        numbers=tuple(numbers),
        **common,  # type: ignore[arg-type]
    )

"""QTI 2.1, 2.2 and 3.0: one assessment item as a question; the interactions one by one."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
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
    map_texts,
)
from lms.quizzes.formats.answers import BadAnswer
from lms.quizzes.formats.qti2_body import (
    Body,
    Declared,
    Resources,
    attribute,
    declaration,
    inside,
    name_of,
    serialize,
)
from lms.quizzes.grading_numbers import read_number

WRAPPED = re.compile(r"^<(p|div)>(.*)</\1>$", re.DOTALL)
BREAK = re.compile(r"<br\s*/?>")


GRAPHIC = (
    *("hotspotInteraction", "selectPointInteraction", "positionObjectInteraction"),
    *("graphicOrderInteraction", "graphicAssociateInteraction", "graphicGapMatchInteraction"),
)


def _refusal(name: str) -> str:
    """Why a question with this interaction stays out, in words of whoever wrote it."""
    if name in GRAPHIC:
        return _("要在图上点选位置的题（%(name)s）这里没有，不能导入；可以改成选择题。", name=name)
    return _("这种题型（%(name)s）不能导入。", name=name)


def read_item(root: Element, resources: Resources) -> tuple[Definition, tuple[str, ...]]:
    """The question in an assessment item and notes on what was left out. Raises BadAnswer."""
    declared = {
        attribute(each, "identifier"): declaration(each)
        for each in inside(root, "responseDeclaration")
    }
    bodies = inside(root, "itemBody")
    if not bodies:
        raise BadAnswer(_("这道题没有内容。"))
    body = Body(resources)
    body.html = serialize(bodies[0], body).strip()
    if body.unknown:
        raise BadAnswer(_refusal(body.unknown[0]))
    title = (root.get("title") or "")[:200]
    feedback = " ".join(
        serialize(each, Body(resources)).strip() for each in inside(root, "modalFeedback")
    )
    definition = replace(_definition(body, declared, title), title=title)
    notes = (_("反馈只导入了文字，显示的条件没有导入。"),) if feedback else ()
    return simplified(definition), notes


def _definition(body: Body, declared: dict[str, Declared], title: str) -> Definition:
    if not body.blocks and not body.inline:
        raise BadAnswer(_("这道题没有要回答的内容。"))
    if not body.blocks:
        return _gaps(body, declared)
    parts = [_block(each, body, declared) for each in body.blocks]
    if len(parts) == 1 and not body.inline:
        text = f"{body.html} {parts[0].text}".strip()
        return replace(parts[0], text=text or title)
    if body.inline:
        parts.insert(0, _gaps(body, declared))
        passage = title
    else:
        passage = body.html or title
    return Definition(
        kind=Kind.MATERIAL,
        text=passage,
        is_html=True,
        rule=Rule.PER_PART,
        parts=tuple(parts),
        points=Decimal(len(parts)),
    )


def _prompt(element: Element, body: Body) -> str:
    prompts = [each for each in element if name_of(each) == "prompt"]
    return serialize(prompts[0], body).strip() if prompts else ""


def _declared(element: Element, declared: dict[str, Declared]) -> Declared:
    found = declared.get(attribute(element, "responseIdentifier"))
    return found or Declared("single", "", [], {})


def _gaps(body: Body, declared: dict[str, Declared]) -> Definition:
    gaps = []
    for place, element in enumerate(body.inline, 1):
        answer = _declared(element, declared)
        if name_of(element) == "inlineChoiceInteraction":
            options = tuple(
                Option(
                    key_letter(index),
                    serialize(choice, Body(body.resources)).strip(),
                    ONE if attribute(choice, "identifier") in answer.right else ZERO,
                )
                for index, choice in enumerate(inside(element, "inlineChoice"))
            )
            gaps.append(Gap(str(place), GapKind.CHOICE, options=options))
        elif answer.base_type in ("float", "integer"):
            numbers = [read_number(value) for value in answer.right]
            gaps.append(
                Gap(
                    str(place),
                    GapKind.NUMBER,
                    numbers=tuple(Number(number[0]) for number in numbers if number),
                )
            )
        else:
            gaps.append(Gap(str(place), accepted=_accepted(answer)))
    is_text = all(gap.kind == GapKind.TEXT for gap in gaps)
    return Definition(
        kind=Kind.FILL_IN if is_text else Kind.CLOZE,
        text=body.html,
        is_html=True,
        rule=Rule.PER_PART,
        gaps=tuple(gaps),
    )


def _accepted(answer: Declared) -> tuple[Accepted, ...]:
    best = max(answer.mapping.values(), default=ZERO)
    shares = dict.fromkeys(answer.right, ONE)
    for text, value in answer.mapping.items():
        if best > 0 and value > 0:
            shares.setdefault(text, round(value / best, 7).normalize())
    return tuple(Accepted(text, share) for text, share in shares.items())


def _block(element: Element, body: Body, declared: dict[str, Declared]) -> Definition:
    answer = _declared(element, declared)
    base = Definition(
        kind=Kind.ESSAY, text=_prompt(element, body), is_html=True, rule=Rule.PER_PART
    )
    return READERS[name_of(element)](element, answer, base, body)


def _choices(element: Element, name: str, body: Body) -> list[tuple[str, str, str]]:
    """(identifier, text, feedback) of each choice."""
    found = []
    for each in inside(element, name):
        notes = [
            serialize(note, Body(body.resources)).strip() for note in inside(each, "feedbackInline")
        ]
        text = serialize(each, Body(body.resources)).strip()
        found.append((attribute(each, "identifier"), text, " ".join(notes)))
    return found


def _choice(element: Element, answer: Declared, base: Definition, body: Body) -> Definition:
    name = "hottext" if name_of(element) == "hottextInteraction" else "simpleChoice"
    if name == "hottext":
        text = serialize(
            element, Body(body.resources), mark=lambda each: f"<u>{''.join(each.itertext())}</u>"
        )
        base = replace(base, text=f"{base.text} {text}".strip())
    choices = _choices(element, name, body)
    is_single = (
        answer.cardinality == "single"
        if answer.cardinality
        else attribute(element, "maxChoices") == "1"
    )
    weights = dict.fromkeys(answer.right, ONE)
    rule = Rule.WEIGHTED if is_single else Rule.ALL_OR_NOTHING
    if answer.mapping and not is_single:
        whole = sum((value for value in answer.mapping.values() if value > 0), ZERO)
        if whole > 0:
            rule = Rule.WEIGHTED
            weights = {
                key: max(-ONE, round(value / whole, 7).normalize())
                for key, value in answer.mapping.items()
            }
    return replace(
        base,
        kind=Kind.SINGLE if is_single else Kind.MULTIPLE,
        rule=rule,
        shuffles=attribute(element, "shuffle") == "true",
        options=tuple(
            Option(key_letter(index), text, weights.get(key, ZERO) or ZERO, note)
            for index, (key, text, note) in enumerate(choices)
        ),
    )


def _order(element: Element, answer: Declared, base: Definition, body: Body) -> Definition:
    texts = {key: text for key, text, _note in _choices(element, "simpleChoice", body)}
    return replace(
        base,
        kind=Kind.ORDERING,
        rule=Rule.ALL_OR_NOTHING,
        items=tuple(
            Item(str(place), texts[key])
            for place, key in enumerate(answer.right, 1)
            if key in texts
        ),
    )


def _pairs(answer: Declared) -> list[tuple[str, str]]:
    pairs = [value.split() for value in answer.right]
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]


def _match(element: Element, answer: Declared, base: Definition, body: Body) -> Definition:
    """Two sets with one partner each are a matching question, with several a set of choices."""
    sets = inside(element, "simpleMatchSet")
    pairs = _pairs(answer)
    if len(sets) == 2:
        left = _choices(sets[0], "simpleAssociableChoice", body)
        right = _choices(sets[1], "simpleAssociableChoice", body)
    else:  # associate: whoever stands first in a right pair is the left side
        everybody = _choices(element, "simpleAssociableChoice", body)
        firsts = {first for first, _second in pairs}
        left = [each for each in everybody if each[0] in firsts]
        right = [each for each in everybody if each[0] not in firsts]
    partners: dict[str, list[str]] = {}
    for first, second in pairs:
        partners.setdefault(first, []).append(second)
    if any(len(found) > 1 for found in partners.values()):
        return _match_many(base, left, right, partners)
    keys = {key: key_letter(index) for index, (key, _text, _note) in enumerate(right)}
    if any(key not in partners for key, _text, _note in left):
        base = replace(base, text=base.text)
        left = [each for each in left if each[0] in partners]
    return replace(
        base,
        kind=Kind.MATCHING,
        rule=Rule.PER_PART,
        stems=tuple(
            Stem(str(place), text, keys.get(partners[key][0], ""))
            for place, (key, text, _note) in enumerate(left, 1)
        ),
        choices=tuple(Item(keys[key], text) for key, text, _note in right),
    )


def _match_many(
    base: Definition,
    left: list[tuple[str, str, str]],
    right: list[tuple[str, str, str]],
    partners: dict[str, list[str]],
) -> Definition:
    parts = tuple(
        Definition(
            kind=Kind.MULTIPLE,
            text=text,
            is_html=True,
            rule=Rule.ALL_OR_NOTHING,
            options=tuple(
                Option(key_letter(index), choice, ONE if key in partners.get(own, ()) else ZERO)
                for index, (key, choice, _note) in enumerate(right)
            ),
        )
        for own, text, _note in left
        if own in partners
    )
    return replace(base, kind=Kind.MATERIAL, rule=Rule.PER_PART, parts=parts)


def _gap_match(element: Element, answer: Declared, base: Definition, body: Body) -> Definition:
    choices = _choices(element, "gapText", body) + _choices(element, "gapImg", body)
    right = {gap: choice for choice, gap in _pairs(answer)}
    gaps: list[Gap] = []

    def mark(gap: Element) -> str:
        key = str(len(gaps) + 1)
        wanted = right.get(attribute(gap, "identifier"), "")
        options = tuple(
            Option(key_letter(index), text, ONE if name == wanted else ZERO)
            for index, (name, text, _note) in enumerate(choices)
        )
        gaps.append(Gap(key, GapKind.CHOICE, options=options))
        return f"[[{key}]]"

    shell = Element(element.tag)
    shell.extend(each for each in element if name_of(each) not in ("gapText", "gapImg", "prompt"))
    text = serialize(shell, Body(body.resources), mark=mark)
    return replace(
        base,
        kind=Kind.CLOZE,
        rule=Rule.PER_PART,
        text=f"{base.text} {text}".strip(),
        gaps=tuple(gaps),
    )


def _essay(element: Element, answer: Declared, base: Definition, body: Body) -> Definition:
    return replace(base, accepted=tuple(Accepted(text) for text in answer.right[:1]))


READERS: dict[str, Callable[[Element, Declared, Definition, Body], Definition]] = {
    "choiceInteraction": _choice,
    "hottextInteraction": _choice,
    "orderInteraction": _order,
    "associateInteraction": _match,
    "matchInteraction": _match,
    "gapMatchInteraction": _gap_match,
    "extendedTextInteraction": _essay,
}


def simplified(definition: Definition) -> Definition:
    """Plain text where the HTML has nothing but line breaks and one paragraph around it."""
    has_markup = False

    def strip(text: str) -> str:
        nonlocal has_markup
        inner = text.strip()
        while wrapped := WRAPPED.match(inner):
            if f"<{wrapped[1]}>" in wrapped[2]:
                break
            inner = wrapped[2].strip()
        inner = BREAK.sub("\n", inner)
        has_markup = has_markup or "<" in inner
        return unescape(inner)

    # The model answer of an essay is a plain value in the file; it says nothing about the text.
    plain: Definition = map_texts(replace(definition, accepted=()), strip)
    if has_markup:
        return definition
    return replace(_as_plain(plain), accepted=definition.accepted)


def _as_plain(definition: Definition) -> Definition:
    parts = tuple(_as_plain(part) for part in definition.parts)
    return replace(definition, is_html=False, parts=parts)

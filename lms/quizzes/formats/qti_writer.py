"""Writing a QTI 2.2 package, the other side of `qti2`: one item a file and a manifest."""

import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from html import escape
from io import BytesIO

from lms.quizzes.definition import GAP_MARK, Definition, Gap, GapKind, Kind, Rule, plain_decimal
from lms.quizzes.formats.parsed import ParsedQuestion

NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_v2p2"
TEMPLATES = "http://www.imsglobal.org/question/qti_v2p2/rptemplates/"
ATTACHMENT = re.compile(r"attachment:([^\"'\s<>]+)")
VOID = re.compile(r"<(br|img|hr)((?:\s[^<>]*?)?)\s*/?>")
ENTITY = re.compile(r"&nbsp;")


def write_qti(
    questions: Sequence[ParsedQuestion], files: Mapping[str, bytes] | None = None
) -> bytes:
    """The questions as a zip of items; kinds without a writer are left out."""
    target = BytesIO()
    entries = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, question in enumerate(questions, 1):
            definition = question.definition
            if definition is None or not _is_written(definition):
                continue
            name = f"item-{number:05}.xml"
            archive.writestr(name, write_item(definition, f"item-{number:05}"))
            entries.append(name)
        for name, data in (files or {}).items():
            archive.writestr(f"media/{name}", data)
        archive.writestr("imsmanifest.xml", _manifest(entries))
    return target.getvalue()


def _is_written(definition: Definition) -> bool:
    """Whether QTI has a place for it: no kind of passage, no ticking inside a sentence."""
    ticked = any(gap.kind == GapKind.CHOICES for gap in definition.gaps)
    return definition.kind in WRITERS and not ticked


def _manifest(names: Sequence[str]) -> str:
    resources = "".join(
        f'<resource identifier="{name[:-4]}" type="imsqti_item_xmlv2p2" href="{name}">'
        f'<file href="{name}"/></resource>'
        for name in names
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="questions">'
        f"<organizations/><resources>{resources}</resources></manifest>"
    )


def write_item(definition: Definition, identifier: str) -> str:
    """One assessment item."""
    declarations, body = WRITERS[definition.kind](definition)
    template = "map_response" if "<mapping" in declarations else "match_correct"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<assessmentItem xmlns="{NAMESPACE}" identifier="{identifier}"'
        f' title="{escape(definition.title)}" adaptive="false" timeDependent="false">'
        f"{declarations}"
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>'
        f"<itemBody>{body}</itemBody>"
        f'<responseProcessing template="{TEMPLATES}{template}"/></assessmentItem>'
    )


def markup(text: str, *, is_html: bool) -> str:
    """The text as XHTML."""
    if not is_html:
        return escape(text, quote=False).replace("\n", "<br/>")
    linked = ATTACHMENT.sub(lambda found: f"media/{found[1]}", text)
    return ENTITY.sub("&#160;", VOID.sub(r"<\1\2/>", linked))


def declare(
    identifier: str, cardinality: str, base: str, right: Sequence[str], mapping: str = ""
) -> str:
    """A response declaration."""
    values = "".join(f"<value>{escape(value)}</value>" for value in right)
    correct = f"<correctResponse>{values}</correctResponse>" if right else ""
    return (
        f'<responseDeclaration identifier="{identifier}" cardinality="{cardinality}"'
        f' baseType="{base}">{correct}{mapping}</responseDeclaration>'
    )


def _stem(definition: Definition) -> str:
    return f"<div>{markup(definition.text, is_html=definition.is_html)}</div>"


def _choice(definition: Definition) -> tuple[str, str]:
    is_single = definition.kind != Kind.MULTIPLE
    right = [option.key for option in definition.options if option.weight > 0]
    mapping = ""
    if definition.kind == Kind.MULTIPLE and definition.rule == Rule.WEIGHTED:
        lines = "".join(
            f'<mapEntry mapKey="{option.key}" mappedValue="{plain_decimal(option.weight)}"/>'
            for option in definition.options
        )
        mapping = f'<mapping defaultValue="0" lowerBound="0" upperBound="1">{lines}</mapping>'
    if is_single:
        right = [option.key for option in definition.options if option.weight == 1][:1]
    declared = declare(
        "RESPONSE", "single" if is_single else "multiple", "identifier", right, mapping
    )
    names = {"true": "正确", "false": "错误"}
    choices = ""
    for option in definition.options:
        text = markup(option.text or names.get(option.key, ""), is_html=definition.is_html)
        note = markup(option.feedback, is_html=definition.is_html)
        if note:
            note = (
                f'<feedbackInline outcomeIdentifier="FEEDBACK" identifier="{option.key}"'
                f' showHide="show">{note}</feedbackInline>'
            )
        choices += f'<simpleChoice identifier="{option.key}">{text}{note}</simpleChoice>'
    shuffles = str(definition.shuffles).lower()
    body = (
        f'{_stem(definition)}<choiceInteraction responseIdentifier="RESPONSE"'
        f' shuffle="{shuffles}" maxChoices="{1 if is_single else 0}">{choices}</choiceInteraction>'
    )
    return declared, body


def _gap(gap: Gap, definition: Definition) -> tuple[str, str]:
    name = f"RESPONSE{gap.key}"
    if gap.kind == GapKind.CHOICE:
        right = [option.key for option in gap.options if option.weight == 1]
        choices = "".join(
            f'<inlineChoice identifier="{option.key}">'
            f"{markup(option.text, is_html=definition.is_html)}</inlineChoice>"
            for option in gap.options
        )
        interaction = (
            f'<inlineChoiceInteraction responseIdentifier="{name}" shuffle="false">'
            f"{choices}</inlineChoiceInteraction>"
        )
        return declare(name, "single", "identifier", right[:1]), interaction
    interaction = f'<textEntryInteraction responseIdentifier="{name}"/>'
    if gap.kind == GapKind.NUMBER:
        values = [plain_decimal(number.value) for number in gap.numbers if number.fraction == 1]
        return declare(name, "single", "float", values), interaction
    right = [entry.text for entry in gap.accepted if entry.fraction == 1]
    lines = "".join(
        f'<mapEntry mapKey="{escape(entry.text)}" mappedValue="{plain_decimal(entry.fraction)}"/>'
        for entry in gap.accepted
    )
    return declare(name, "single", "string", right, f"<mapping>{lines}</mapping>"), interaction


def _gaps(definition: Definition) -> tuple[str, str]:
    declared, body = "", _stem(definition)
    for gap in definition.gaps:
        one, interaction = _gap(gap, definition)
        declared += one
        body = body.replace(GAP_MARK.format(key=gap.key), interaction)
    return declared, body


def _matching(definition: Definition) -> tuple[str, str]:
    def choices(pairs: Sequence[tuple[str, str]]) -> str:
        return "".join(
            f'<simpleAssociableChoice identifier="{key}" matchMax="0">'
            f"{markup(text, is_html=definition.is_html)}</simpleAssociableChoice>"
            for key, text in pairs
        )

    left = choices([(f"S{stem.key}", stem.text) for stem in definition.stems])
    right = choices([(f"C{choice.key}", choice.text) for choice in definition.choices])
    pairs = [f"S{stem.key} C{stem.match}" for stem in definition.stems]
    body = (
        f'{_stem(definition)}<matchInteraction responseIdentifier="RESPONSE"'
        f' shuffle="{str(definition.shuffles).lower()}" maxAssociations="0">'
        f"<simpleMatchSet>{left}</simpleMatchSet><simpleMatchSet>{right}</simpleMatchSet>"
        "</matchInteraction>"
    )
    return declare("RESPONSE", "multiple", "directedPair", pairs), body


def _ordering(definition: Definition) -> tuple[str, str]:
    choices = "".join(
        f'<simpleChoice identifier="I{item.key}">'
        f"{markup(item.text, is_html=definition.is_html)}</simpleChoice>"
        for item in definition.items
    )
    right = [f"I{item.key}" for item in definition.items]
    body = (
        f'{_stem(definition)}<orderInteraction responseIdentifier="RESPONSE" shuffle="true">'
        f"{choices}</orderInteraction>"
    )
    return declare("RESPONSE", "ordered", "identifier", right), body


def _essay(definition: Definition) -> tuple[str, str]:
    right = [entry.text for entry in definition.accepted]
    body = f'{_stem(definition)}<extendedTextInteraction responseIdentifier="RESPONSE"/>'
    return declare("RESPONSE", "single", "string", right), body


WRITERS: dict[Kind, Callable[[Definition], tuple[str, str]]] = {
    Kind.SINGLE: _choice,
    Kind.MULTIPLE: _choice,
    Kind.TRUE_FALSE: _choice,
    Kind.FILL_IN: _gaps,
    Kind.CLOZE: _gaps,
    Kind.MATCHING: _matching,
    Kind.ORDERING: _ordering,
    Kind.ESSAY: _essay,
}

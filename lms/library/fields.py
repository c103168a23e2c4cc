"""What a document says about itself, in its front matter or around its title, as typed fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from lms.library.numerals import read_number
from lms.library.problems import Problem, Reason


class WorkKind(StrEnum):
    """What sort of text a work is."""

    CLASSIC = "classic"  # 原著经典
    POLICY = "policy"  # laws, regulations, rules, documents
    SPEECH = "speech"
    OTHER = "other"


class DocumentStatus(StrEnum):
    """Whether a document holds today; the source's own words stand beside it."""

    IN_FORCE = "in_force"
    NOT_YET = "not_yet"  # issued, takes effect later
    AMENDED = "amended"  # there is a newer edition
    REPEALED = "repealed"
    ENDED = "ended"  # amended or repealed; the source does not say which
    UNKNOWN = "unknown"  # does not apply, or not known


class RelationKind(StrEnum):
    """How a document stands to another work."""

    AMENDS = "amends"
    REPLACED_BY = "replaced_by"
    IMPLEMENTS = "implements"


@dataclass(frozen=True, slots=True)
class Fields:
    """The card of one document; empty strings and None where nothing is known."""

    title: str = ""
    kind: WorkKind = WorkKind.OTHER
    level: str = ""
    issuer: str = ""
    document_number: str = ""
    issued_on: date | None = None
    in_force_on: date | None = None
    repealed_on: date | None = None
    status: DocumentStatus = DocumentStatus.UNKNOWN
    status_note: str = ""
    topic: str = ""
    edition: str = ""
    language: str = "zh"
    keywords: tuple[str, ...] = ()
    history: str = ""
    source: str = ""
    source_key: str = ""
    relations: tuple[tuple[RelationKind, str], ...] = ()
    problems: tuple[Problem, ...] = field(default=(), compare=False)


# Keys of the front matter and the field that each fills; Chinese keys are welcome too.
KEYS = {
    "title": "title",
    "标题": "title",
    "kind": "kind",
    "类型": "kind",
    "level": "level",
    "效力级别": "level",
    "issuer": "issuer",
    "author": "issuer",
    "发布机关": "issuer",
    "作者": "issuer",
    "number": "document_number",
    "document_number": "document_number",
    "文号": "document_number",
    "date": "issued_on",
    "issued_on": "issued_on",
    "发布日期": "issued_on",
    "in_force": "in_force_on",
    "in_force_on": "in_force_on",
    "施行日期": "in_force_on",
    "repealed": "repealed_on",
    "repealed_on": "repealed_on",
    "废止日期": "repealed_on",
    "status": "status",
    "时效性": "status",
    "column": "topic",
    "topic": "topic",
    "栏目": "topic",
    "edition": "edition",
    "版本": "edition",
    "language": "language",
    "keywords": "keywords",
    "关键词": "keywords",
    "history": "history",
    "沿革": "history",
    "source": "source",
    "来源": "source",
    "id": "source_key",
    "amends": "amends",
    "replaced_by": "replaced_by",
    "implements": "implements",
}
LENGTHS = {"title": 200, "issuer": 200, "source": 200, "source_key": 200, "history": 8_000}
KINDS = {
    "classic": WorkKind.CLASSIC,
    "原著": WorkKind.CLASSIC,
    "经典": WorkKind.CLASSIC,
    "policy": WorkKind.POLICY,
    "law": WorkKind.POLICY,
    "法规": WorkKind.POLICY,
    "文件": WorkKind.POLICY,
    "speech": WorkKind.SPEECH,
    "讲话": WorkKind.SPEECH,
    "other": WorkKind.OTHER,
    "其他": WorkKind.OTHER,
}
STATUSES = (
    (re.compile(r"废止或|废止或者"), DocumentStatus.ENDED),
    (re.compile(r"现行|有效|in.?force", re.IGNORECASE), DocumentStatus.IN_FORCE),
    (re.compile(r"尚未|未生效|not.?yet", re.IGNORECASE), DocumentStatus.NOT_YET),
    (re.compile(r"修改|修订|amended", re.IGNORECASE), DocumentStatus.AMENDED),
    (re.compile(r"废止|失效|repealed", re.IGNORECASE), DocumentStatus.REPEALED),
    (re.compile(r"ended", re.IGNORECASE), DocumentStatus.ENDED),
    (re.compile(r"public-domain|unknown|不适用|\A\Z", re.IGNORECASE), DocumentStatus.UNKNOWN),
)
_DATE = re.compile(
    r"([0-9〇○零一二三四五六七八九]{4})\s*[-/.年]\s*([0-9一二三四五六七八九十]{1,3})\s*[-/.月]\s*([0-9一二三四五六七八九十]{1,3})"
)
_TAKES_EFFECT = re.compile(rf"{_DATE.pattern}\s*日?\s*(?:起)?\s*施行")
DOCUMENT_NUMBER = re.compile(
    r"[\u4e00-\u9fff]{1,12}[〔\[［（(][12][0-9]{3}[〕\]］）)]\s?第?\s?[0-9]{1,5}\s?号"
    r"|[\u4e00-\u9fff]{2,16}令\s?(?:\(?\d{4}\)?年?)?\s?第\s?[0-9〇零一二三四五六七八九十百千]{1,8}\s?号"
)


def read_date(text: str) -> date | None:
    """The first day that `text` names, 2024-03-01 or 二〇二四年三月一日; None without one."""
    match = _DATE.search(text)
    return _to_date(match) if match else None


def _to_date(match: re.Match[str]) -> date | None:
    year, month, day = (read_number(part) for part in match.groups()[:3])
    try:
        return date(year or 0, month or 0, day or 0)
    except ValueError:
        return None


def read_status(text: str) -> DocumentStatus | None:
    """The status that the words of a source mean; None when they mean nothing to us."""
    return next((status for pattern, status in STATUSES if pattern.search(text.strip())), None)


def read_fields(head: Mapping[str, str | list[str]]) -> Fields:
    """The card that a front matter gives; what was not understood stands in `problems`."""
    values: dict[str, object] = {}
    problems: list[Problem] = []
    relations: list[tuple[RelationKind, str]] = []
    for key, value in head.items():
        name = KEYS.get(key)
        plain = "、".join(value) if isinstance(value, list) else value
        if name is None:
            problems.append(Problem(Reason.UNKNOWN_FIELD, 0, key[:40]))
        elif name in RelationKind.__members__.values():
            relations += [(RelationKind(name), title) for title in split_words(value)]
        elif name == "keywords":
            values[name] = tuple(split_words(value))
        elif name.endswith("_on"):
            values[name] = read_date(plain)
            if plain and values[name] is None:
                problems.append(Problem(Reason.BAD_DATE, 0, plain[:40]))
        elif name == "status":
            status = read_status(plain)
            values |= {"status": status or DocumentStatus.UNKNOWN, "status_note": plain[:80]}
            if status is None:
                problems.append(Problem(Reason.UNKNOWN_STATUS, 0, plain[:40]))
        elif name == "kind":
            values[name] = KINDS.get(plain.lower(), WorkKind.OTHER)
        else:
            values[name] = plain[: LENGTHS.get(name, 80)]
    fields = Fields(**values, relations=tuple(relations), problems=tuple(problems))  # type: ignore[arg-type]
    return complete(fields)


def split_words(value: str | list[str]) -> list[str]:
    """The words of a list, or of a text that separates them by commas or semicolons."""
    parts = value if isinstance(value, list) else re.split(r"[,，、;；\n]", value)
    return [part.strip()[:200] for part in parts if part.strip()][:40]


def complete(fields: Fields) -> Fields:
    """Fill what the history tells: the document number and the day it takes effect."""
    changes: dict[str, object] = {}
    if not fields.document_number and (number := DOCUMENT_NUMBER.search(fields.history)):
        changes["document_number"] = number[0].replace(" ", "")[:80]
    if fields.in_force_on is None:
        days = [_to_date(match) for match in _TAKES_EFFECT.finditer(fields.history)]
        since = fields.issued_on or date.min  # an older day belongs to an older edition
        changes["in_force_on"] = max((day for day in days if day and day >= since), default=None)
    if not changes:
        return fields
    return Fields(**{name: getattr(fields, name) for name in fields.__dataclass_fields__} | changes)

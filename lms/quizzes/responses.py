"""Between a form's fields and a response: the one place that knows how answers are named on a page.

The fields of slot 3 are called q3 (a choice or a text), q3-g-KEY (a gap), q3-m-KEY (a stem),
q3-o-KEY (the place of an item), q3-f (the ids of files), q3-c (certainty) and q3.1... (the
questions of a passage).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lms.quizzes.definition import Definition, GapKind, Kind
from lms.quizzes.drawing import shuffled
from lms.quizzes.handing import read_ids

Fields = Mapping[str, Sequence[str]]
MAX_TEXT = 100_000


def field_name(slot: int) -> str:
    """The name that the fields of a slot begin with."""
    return f"q{slot}"


def shown_keys(definition: Definition, order: Sequence[str], name: str) -> list[str]:
    """The items or choices in the order in which they are shown, never the one they are kept in.

    Pages call them by their place in it: the keys themselves would give the right order away.
    """
    entries = definition.items if definition.kind == Kind.ORDERING else definition.choices
    keys = [entry.key for entry in entries]
    if not keys:
        return []
    if sorted(order) == sorted(keys):
        return list(order)
    return list(shuffled(keys, 0, name))


def read_response(
    definition: Definition, name: str, fields: Fields, order: Sequence[str] = ()
) -> dict[str, Any]:
    """The response in the fields that begin with `name`; empty when nothing was entered."""
    response = _read(definition, name, fields, shown_keys(definition, order, name))
    certainty = _first(fields, f"{name}-c")
    if response and certainty in ("1", "2", "3"):
        response["certainty"] = int(certainty)
    return response


def _first(fields: Fields, name: str) -> str:
    values = fields.get(name) or ("",)
    return str(values[0])[:MAX_TEXT]


def _keyed(fields: Fields, prefix: str, keys: Sequence[str]) -> dict[str, str]:
    entered = {key: _first(fields, prefix + key) for key in keys}
    return {key: value for key, value in entered.items() if value.strip()}


def _read(
    definition: Definition, name: str, fields: Fields, shown: Sequence[str]
) -> dict[str, Any]:
    kind = definition.kind
    if kind in (Kind.SINGLE, Kind.TRUE_FALSE):
        value = _first(fields, name)
        return {"choice": value} if value else {}
    if kind == Kind.MULTIPLE:
        values = sorted({str(value) for value in fields.get(name) or () if value})
        return {"choices": values} if values else {}
    if kind in (Kind.FILL_IN, Kind.CLOZE):
        gaps = _keyed(fields, f"{name}-g-", [gap.key for gap in definition.gaps])
        for gap in definition.gaps:
            if gap.kind == GapKind.CHOICES and gap.key in gaps:
                gaps[gap.key] = " ".join(sorted(set(fields[f"{name}-g-{gap.key}"])))[:MAX_TEXT]
        return {"gaps": gaps} if gaps else {}
    if kind == Kind.MATCHING:
        by_place = {str(place): key for place, key in enumerate(shown, 1)}
        entered = _keyed(fields, f"{name}-m-", [stem.key for stem in definition.stems])
        matches = {stem: by_place[place] for stem, place in entered.items() if place in by_place}
        return {"matches": matches} if matches else {}
    if kind == Kind.ORDERING:
        entered = _keyed(fields, f"{name}-o-", [str(n) for n in range(1, len(shown) + 1)])
        places = {shown[int(number) - 1]: place for number, place in entered.items()}
        return {"places": places} if places else {}
    if kind == Kind.MATERIAL:
        parts = {
            str(number): read_response(part, f"{name}.{number}", fields)
            for number, part in enumerate(definition.parts, 1)
        }
        answered = {number: part for number, part in parts.items() if part}
        return {"parts": answered} if answered else {}
    text = _first(fields, name)
    response: dict[str, Any] = {"text": text} if text.strip() else {}
    if definition.allows_files and (files := read_ids(_first(fields, f"{name}-f"))):
        response["files"] = files
    return response


def write_fields(
    definition: Definition, name: str, response: Mapping[str, Any], order: Sequence[str] = ()
) -> dict[str, list[str]]:
    """The fields that `read_response` would read as this response."""
    fields: dict[str, list[str]] = {}
    for key, field in (("certainty", f"{name}-c"), ("choice", name), ("text", name)):
        if key in response:
            fields[field] = [str(response[key])]
    if "choices" in response:
        fields[name] = list(response["choices"])
    if "files" in response:
        fields[f"{name}-f"] = [" ".join(response["files"])]
    ticked = {gap.key for gap in definition.gaps if gap.kind == GapKind.CHOICES}
    for key, value in response.get("gaps", {}).items():
        fields[f"{name}-g-{key}"] = value.split() if key in ticked else [value]
    shown = {key: str(n) for n, key in enumerate(shown_keys(definition, order, name), 1)}
    for key, value in response.get("matches", {}).items():
        fields[f"{name}-m-{key}"] = [shown.get(value, "")]
    for key, place in response.get("places", {}).items():
        fields[f"{name}-o-{shown[key]}"] = [str(place)]
    for number, part in enumerate(definition.parts, 1):
        if given := response.get("parts", {}).get(str(number)):
            fields |= write_fields(part, f"{name}.{number}", given)
    return fields

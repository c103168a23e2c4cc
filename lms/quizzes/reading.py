"""Reading answers out of a request, JSON from the page's script or the fields of a plain form."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from lms.errors import Invalid
from lms.quizzes.actions import NewAnswer
from lms.quizzes.attempt_queries import Asked, StoredAnswer
from lms.quizzes.responses import field_name, read_response

MAX_ANSWERS = 500


def answers_from_json(data: Any, asked: Sequence[Asked]) -> list[NewAnswer]:
    """The answers in {"answers": [{slot, sequence, fields, flagged, seconds}]}."""
    entries = data.get("answers") if isinstance(data, dict) else None
    if not isinstance(entries, list) or len(entries) > MAX_ANSWERS:
        raise Invalid(_("答案的格式不对，没有保存。"))
    return [_one_from_json(entry, asked) for entry in entries]


def _one_from_json(entry: Any, asked: Sequence[Asked]) -> NewAnswer:
    try:
        slot, sequence = int(entry["slot"]), int(entry["sequence"])
        fields = {
            str(name): [str(value) for value in values] for name, values in entry["fields"].items()
        }
        seconds = int(entry.get("seconds") or 0)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid(_("答案的格式不对，没有保存。")) from error
    if not 1 <= slot <= len(asked):
        raise Invalid(_("没有这道题，答案没有保存。"))
    return NewAnswer(
        slot=slot,
        sequence=sequence,
        response=read_response(
            asked[slot - 1].definition, field_name(slot), fields, asked[slot - 1].item.order
        ),
        is_flagged=bool(entry.get("flagged")),
        spent_seconds=seconds,
    )


def answers_from_form(
    fields: Mapping[str, Sequence[str]], asked: Sequence[Asked], stored: Mapping[int, StoredAnswer]
) -> list[NewAnswer]:
    """The answers of a whole page that differ from what is stored.

    The page says with s3 which sequence it holds for slot 3; a slot it does not name is left alone.
    """
    answers = []
    for each in asked:
        slot = each.item.slot
        given = (fields.get(f"s{slot}") or [""])[0]
        if not given.isdecimal() or len(given) > 15:
            continue
        response = read_response(each.definition, field_name(slot), fields, each.item.order)
        is_flagged = bool(fields.get(f"f{slot}"))
        known = stored.get(slot)
        if known is None and not response and not is_flagged:
            continue
        if known and (known.response, known.is_flagged) == (response, is_flagged):
            continue
        answers.append(
            NewAnswer(
                slot,
                int(given),
                response,
                is_flagged,
                known.spent_seconds if known else 0,
            )
        )
    return answers

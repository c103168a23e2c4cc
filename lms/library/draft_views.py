"""One text on its way in: its card and its source are corrected, then it is saved."""

from dataclasses import dataclass, replace

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lms.db import db
from lms.errors import Conflict, Invalid
from lms.library import batches, drafts
from lms.library.actions import Placement
from lms.library.forms import ImportForm, card_values
from lms.library.import_views import read_placement, unit_choices
from lms.library.models import ImportDraft, ImportState
from lms.library.outline import Outline, outline_of
from lms.library.parts import Part, digest_of, replace_part, split_parts
from lms.library.problems import Unreadable
from lms.library.reading import Reading
from lms.library.views import bp
from lms.library.words import OUTCOME_SENTENCES, refusal
from lms.members.policy import Actor
from lms.members.session import current_actor

PARSED_CHARS = 1_000_000  # of a text that is parsed while somebody waits: about a second


@dataclass(frozen=True, slots=True)
class Shown:
    """What of the text is shown for correction: one of its parts, and what was recognised in it."""

    parts: list[Part]
    number: int
    source: str
    outline: Outline
    chars: int

    @property
    def digest(self) -> str:
        """What the page sends back, so that nobody corrects what has changed meanwhile."""
        return digest_of(self.source)


def look_at(reading: Reading, number: int) -> Shown:
    """The part of that number with what is recognised in it, and in all. Raises Invalid.

    Of a text that takes long to parse only the part is looked at.
    """
    parts = split_parts(reading.text, is_markdown=reading.is_markdown)
    number = max(0, min(number, len(parts) - 1))
    source = parts[number].of(reading.text)
    titles = [part.title for part in parts] if len(parts) > 1 else []
    try:
        if len(reading.text) > PARSED_CHARS:
            outline = outline_of(replace(reading, text=source))
        else:
            outline = outline_of(reading, titles=titles, part=number)
    except Unreadable as error:
        raise Invalid(refusal(error)) from error
    return Shown(parts, number, source, outline, len(reading.text))


def asked_part(name: str = "part") -> int:
    """The number of the part that the request names; nonsense is the first."""
    text = request.values.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else 0


@bp.get("/imports/<int:draft_id>")
def show_import(draft_id: int) -> str | Response:
    actor = current_actor()
    draft = drafts.get_draft(draft_id, member=actor)
    if draft.document_id:
        return redirect(url_for("library.show", document_id=draft.document_id))
    if draft.state != ImportState.RECOGNISED:
        raise Conflict(draft.message or _("这个文件还没有识别完。"))
    reading = drafts.reading_of(draft)
    shown = look_at(reading, asked_part())
    form = ImportForm(
        formdata=None,
        data={
            **card_values(reading.fields),
            "unit_id": draft.unit_id,
            "audience_unit_id": draft.unit_id,
            "is_published": True,
        },
    )
    return _draft_page(draft, form, shown, actor)


def _draft_page(draft: ImportDraft, form: ImportForm, shown: Shown, actor: Actor) -> str:
    form.unit_id.choices = form.audience_unit_id.choices = unit_choices(actor)
    form.text.data = shown.source
    return render_template("library/draft.html", draft=draft, form=form, shown=shown)


@bp.post("/imports/<int:draft_id>")
def save_import(draft_id: int) -> str | Response | tuple[str, int]:
    actor = current_actor()
    draft = drafts.get_draft(draft_id, member=actor)
    form = ImportForm()
    form.unit_id.choices = form.audience_unit_id.choices = unit_choices(actor)
    act = request.form.get("act", "save")
    if act == "discard":
        return _discard(draft)
    is_valid = form.validate()
    fields = form.to_fields(draft.fields.get("source_key", "")) if is_valid else None
    reading = drafts.reading_of(draft, fields, _corrected(draft, form))
    if act != "save" or not is_valid:
        return _keep(draft, form, reading, actor)
    place = read_placement(form, actor)
    if len(reading.text) > PARSED_CHARS:
        return _save_later(draft, reading, place, actor)
    back = _after(draft)
    saved = drafts.save_draft(draft.id, reading, place, by=actor)
    db.session.commit()
    flash(OUTCOME_SENTENCES[saved.outcome], "ok")
    return back or redirect(url_for("library.show", document_id=saved.document_id))


def _save_later(draft: ImportDraft, reading: Reading, place: Placement, actor: Actor) -> Response:
    """Keep the corrections and let a job save them; the list of the batch follows along."""
    draft.text = reading.text
    draft.fields = drafts.to_json(reading.fields)
    batch = batches.save_one(draft, place, by=actor)
    db.session.commit()
    return redirect(url_for("library.show_batch", batch_id=batch.id))


def _corrected(draft: ImportDraft, form: ImportForm) -> str | None:
    """The whole text with the part that was sent; Conflict when that part has changed meanwhile."""
    if not form.text.data:
        return None
    new = form.text.data.replace("\r\n", "\n")
    parts = split_parts(draft.text, is_markdown=draft.is_markdown)
    number = asked_part()
    if len(parts) == 1 and not number:
        return new
    part = parts[number] if number < len(parts) else None
    if part is None or digest_of(part.of(draft.text)) != request.form.get("digest"):
        raise Conflict(_("这一部分已在别处改过。请复制你的修改，刷新页面后再改。"))
    return replace_part(draft.text, part, new)


def _keep(
    draft: ImportDraft, form: ImportForm, reading: Reading, actor: Actor
) -> str | Response | tuple[str, int]:
    """Keep the corrections and show what is recognised now, here or in another part."""
    is_valid = not form.errors
    draft_id, before = draft.id, draft.text
    db.session.rollback()  # parsing is slow: nothing is held meanwhile
    shown = look_at(reading, asked_part())
    draft = drafts.get_draft(draft_id, member=actor)
    if draft.text != before:
        raise Conflict(_("这一部分已在别处改过。请复制你的修改，刷新页面后再改。"))
    draft.text = reading.text
    if is_valid:
        draft.fields = drafts.to_json(reading.fields)
    db.session.commit()
    if is_valid and request.form.get("act") == "go":
        number = asked_part("to")
        place = {"part": number, "_anchor": "source"}
        return redirect(url_for("library.show_import", draft_id=draft_id, **place))
    return _draft_page(draft, form, shown, actor), 200 if is_valid else 422


def _discard(draft: ImportDraft) -> Response:
    back = _after(draft)
    db.session.delete(draft)
    db.session.commit()
    flash(_("这次导入已取消。"), "ok")
    return back or redirect(url_for("library.new_import"))


def _after(draft: ImportDraft) -> Response | None:
    """Back to the list from which the draft was opened."""
    if draft.batch_id is None:
        return None
    return redirect(url_for("library.show_batch", batch_id=draft.batch_id))

"""The administrators' page of material, and captions for players."""

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse
from wtforms.fields.choices import SelectChoice

from lms.db import db
from lms.errors import DomainError, Invalid
from lms.files.actions import take_upload
from lms.files.delivery import check_link
from lms.jobs.models import Job, JobState
from lms.jobs.queries import find_latest_job
from lms.media import actions, queries
from lms.media.delivery import (
    caption_subject,
    show_document,
    show_medium,
    stored_url,
    thumbnail,
)
from lms.media.forms import NameForm, SubtitleForm, UnitForm
from lms.media.models import AssetKind, MediaAsset
from lms.media.subtitles import MAX_BYTES, Cue, to_webvtt
from lms.media.words import KIND_ICONS, KIND_LABELS, LANGUAGES, REASONS, STATE_LABELS, STATE_TONES
from lms.members.policy import Actor
from lms.members.session import current_actor
from lms.web.pager import Page, paginate

bp = Blueprint("media", __name__, template_folder="templates", url_prefix="/media")

PAGE_SIZE = 24
ACCEPT = "video/*,audio/*,image/jpeg,image/png,image/webp,image/gif,application/pdf,.mkv,.flv"


@bp.context_processor
def words() -> dict[str, object]:
    """The words of kinds and states, for the templates of this part."""
    return {
        "kind_labels": KIND_LABELS,
        "kind_icons": KIND_ICONS,
        "state_labels": STATE_LABELS,
        "state_tones": STATE_TONES,
        "reasons": REASONS,
        "language_labels": LANGUAGES,
        "thumbnail": thumbnail,
        "accept": ACCEPT,
    }


def unit_form(actor: Actor) -> UnitForm:
    """The form that asks for the unit, with the units that the person manages."""
    form = UnitForm()
    units = queries.list_units_for(actor)
    form.unit_id.choices = [SelectChoice(unit.id, unit.name) for unit in units]
    return form


@bp.get("/")
def index() -> str:
    actor = current_actor()
    kind = request.args.get("kind", "")
    text = request.args.get("q", "").strip()[:60]
    chosen = AssetKind(kind) if kind in list(AssetKind) else None
    page = paginate(queries.visible_assets(actor, kind=chosen, text=text), size=PAGE_SIZE)
    rows = Page(queries.asset_rows(page.items), page.number, page.size, page.total)
    tabs = [
        (label, url_for("media.index", kind=key, q=text or None), key is chosen)
        for key, label in KIND_LABELS.items()
    ]
    return render_template(
        "media/index.html", page=rows, kind=chosen, text=text, tabs=tabs, form=unit_form(actor)
    )


@bp.post("/")
def add() -> BaseResponse:
    actor = current_actor()
    form = unit_form(actor)
    if not form.validate_on_submit():
        raise Invalid(_("只能选择由你管理课程的单位。"))
    add_uploads(request.form.getlist("upload"), form.unit_id.data, actor)
    return redirect(url_for("media.index"))


def add_uploads(tokens: list[str], unit_id: int, actor: Actor) -> list[MediaAsset]:
    """Take finished uploads one by one: what is wrong with one is said and keeps no other back."""
    added = []
    if not tokens:
        flash(_("还没有选择文件。"), "warn")
    for token in tokens[:50]:
        try:
            blob = take_upload(token, by=actor)
            name = queries.upload_name(token, member=actor)
            added.append(actions.add_asset(blob, name=name, unit_id=unit_id, by=actor))
        except DomainError as error:
            db.session.rollback()
            flash(error.message, "bad")
        else:
            db.session.commit()
    if added:
        flash(_("已添加 %(count)d 份素材，正在处理。", count=len(added)), "ok")
    return added


@bp.get("/<int:asset_id>")
def show(asset_id: int) -> str:
    actor = current_actor()
    asset = queries.get_asset(asset_id, member=actor)
    is_medium = asset.is_ready and asset.kind in (AssetKind.VIDEO, AssetKind.AUDIO)
    is_document = asset.is_ready and asset.kind is AssetKind.DOCUMENT
    return render_template(
        "media/asset.html",
        material=asset,
        row=queries.asset_rows([asset])[0],
        uses=queries.list_uses(asset),
        medium=show_medium(asset, actor) if is_medium else None,
        document=show_document(asset, actor) if is_document else None,
        picture=stored_url(asset, "medium", actor),
        name_form=NameForm(data={"name": asset.name}),
        subtitle_form=SubtitleForm(),
    )


@bp.get("/<int:asset_id>/state")
def state(asset_id: int) -> Response:
    """How far the preparation is, for the page that follows along."""
    asset = queries.get_asset(asset_id, member=current_actor())
    return jsonify(job_state(find_latest_job(asset.subject, actions.TASK)))


def job_state(job: Job | None) -> dict[str, object]:
    """A job as the progress module reads it."""
    if job is None:
        return {"fraction": 0.0, "text": "", "is_over": True}
    waiting = _("正在排队") if job.state == JobState.QUEUED else _("正在处理")
    return {"fraction": job.progress_fraction, "text": waiting, "is_over": job.is_over}


@bp.post("/<int:asset_id>/name")
def rename(asset_id: int) -> BaseResponse:
    asset = queries.get_asset(asset_id, member=current_actor())
    form = NameForm()
    if not form.validate_on_submit():
        raise Invalid(_("请填写名称，最多 200 个字。"))
    actions.rename_asset(asset, name=form.name.data or "", by=current_actor())
    db.session.commit()
    flash(_("名称已保存。"), "ok")
    return redirect(url_for("media.show", asset_id=asset_id))


@bp.post("/<int:asset_id>/retry")
def retry(asset_id: int) -> BaseResponse:
    asset = queries.get_asset(asset_id, member=current_actor())
    actions.retry_asset(asset, by=current_actor())
    db.session.commit()
    flash(_("已重新排队处理。"), "ok")
    return redirect(url_for("media.show", asset_id=asset_id))


@bp.post("/<int:asset_id>/delete")
def delete(asset_id: int) -> BaseResponse:
    asset = queries.get_asset(asset_id, member=current_actor())
    name = asset.name
    actions.delete_asset(asset, by=current_actor())
    db.session.commit()
    flash(_("已删除“%(name)s”。", name=name), "ok")
    return redirect(url_for("media.index"))


@bp.post("/<int:asset_id>/subtitles")
def add_subtitle(asset_id: int) -> BaseResponse:
    asset = queries.get_asset(asset_id, member=current_actor())
    form = SubtitleForm()
    sent = request.files.get("file")
    if not form.validate_on_submit() or sent is None or not sent.filename:
        raise Invalid(_("请选择字幕文件和它的语言。"))
    data = sent.stream.read(MAX_BYTES + 1)
    actions.set_subtitle(asset, language=form.language.data, data=data, by=current_actor())
    db.session.commit()
    flash(_("字幕已保存。"), "ok")
    return redirect(url_for("media.show", asset_id=asset_id))


@bp.post("/<int:asset_id>/subtitles/<language>/delete")
def delete_subtitle(asset_id: int, language: str) -> BaseResponse:
    asset = queries.get_asset(asset_id, member=current_actor())
    actions.delete_subtitle(asset, language=language, by=current_actor())
    db.session.commit()
    flash(_("字幕已删除。"), "ok")
    return redirect(url_for("media.show", asset_id=asset_id))


@bp.get("/captions/<token>/<int:subtitle_id>.vtt")
def show_captions(token: str, subtitle_id: int) -> Response:
    """Captions, by a link that was made for this member."""
    seconds = check_link(token, caption_subject(subtitle_id), current_actor())
    subtitle = queries.get_subtitle(subtitle_id)
    response = Response(to_webvtt(Cue(*cue) for cue in subtitle.cues), mimetype="text/vtt")
    response.headers["Cache-Control"] = f"private, max-age={seconds}"
    return response

"""What pages need to show material: addresses signed for the member, sizes, captions."""

import json
from dataclasses import dataclass
from typing import Any

from flask import url_for

from lms import clock
from lms.files import signing
from lms.files.actions import storage
from lms.files.delivery import url_for_blob, url_for_stored
from lms.media.models import AssetKind, LessonAsset, MediaAsset, Subtitle
from lms.media.subtitles import Cue
from lms.media.words import LANGUAGES
from lms.members.policy import Actor
from lms.web.settings import settings

HLS_TYPE = "application/vnd.apple.mpegurl"


@dataclass(frozen=True, slots=True)
class Track:
    """Captions as a player loads them."""

    url: str
    language: str
    label: Any


@dataclass(frozen=True, slots=True)
class Medium:
    """A video or sound ready to be played; `cues` are the transcript."""

    is_video: bool
    name: str
    url: str
    media_type: str
    poster: str
    storyboard: str
    board: dict[str, Any]  # the grid of the storyboard: hls.Board as plain data
    duration_seconds: float
    is_tall: bool
    tracks: tuple[Track, ...]
    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF ready to be read in the page."""

    name: str
    url: str
    download_url: str
    page_count: int
    size_bytes: int
    poster: str


@dataclass(frozen=True, slots=True)
class PictureShown:
    """A picture in its sizes."""

    small: str
    medium: str
    large: str
    width: int
    height: int
    caption: str
    alt: str


def stored_url(asset: MediaAsset, role: str, actor: Actor) -> str:
    """The address of what was made for that role, "" when nothing was."""
    name = asset.files.get(role)
    return url_for_stored(asset.folder, name, actor) if name and asset.folder else ""


def caption_subject(subtitle_id: int) -> str:
    """What the signature of a caption file's address covers."""
    return f"captions:{subtitle_id}"


def caption_url(subtitle: Subtitle, actor: Actor) -> str:
    """The address of captions for this member."""
    ends = signing.expiry(clock.now().timestamp())
    subject = caption_subject(subtitle.id)
    token = signing.sign(settings().secret_key, subject, actor.id, ends)
    version = int(subtitle.created_at.timestamp())
    return url_for("media.show_captions", token=token, subtitle_id=subtitle.id, v=version)


def show_medium(asset: MediaAsset, actor: Actor) -> Medium:
    """A ready video or sound as the player of this member loads it."""
    is_video = asset.kind is AssetKind.VIDEO
    subtitles = asset.subtitles
    return Medium(
        is_video=is_video,
        name=asset.name,
        url=stored_url(asset, "hls" if is_video else "audio", actor),
        media_type=HLS_TYPE if is_video else "audio/mp4",
        poster=stored_url(asset, "poster", actor),
        storyboard=stored_url(asset, "storyboard", actor),
        board=asset.files.get("board", {}),
        duration_seconds=asset.duration_seconds,
        is_tall=asset.height > asset.width,
        tracks=tuple(
            Track(caption_url(row, actor), row.language, LANGUAGES.get(row.language, row.language))
            for row in subtitles
        ),
        cues=tuple(Cue(*cue) for cue in subtitles[0].cues) if subtitles else (),
    )


def show_document(asset: MediaAsset, actor: Actor) -> Document:
    """A ready PDF."""
    name = f"{asset.name}.pdf"
    return Document(
        name=asset.name,
        url=url_for_blob(asset.blob, actor, name=name),
        download_url=url_for_blob(asset.blob, actor, name=name, download=True),
        page_count=asset.page_count,
        size_bytes=asset.blob.size_bytes,
        poster=stored_url(asset, "poster", actor),
    )


def show_picture(item: LessonAsset, actor: Actor) -> PictureShown:
    """A ready picture of a gallery."""
    asset = item.asset
    return PictureShown(
        small=stored_url(asset, "small", actor),
        medium=stored_url(asset, "medium", actor),
        large=stored_url(asset, "large", actor),
        width=asset.width,
        height=asset.height,
        caption=item.caption,
        alt=item.alt or item.caption or asset.name,
    )


def thumbnail(asset: MediaAsset, actor: Actor) -> str:
    """A small picture for lists, "" when there is none."""
    return stored_url(asset, "small" if asset.kind is AssetKind.IMAGE else "poster", actor)


def page_texts(asset: MediaAsset) -> list[str]:
    """The text of each page of a ready document; empty for all else."""
    name = asset.files.get("pages")
    key = f"{asset.folder}/{name}"
    stored = storage().find(key) if name and asset.folder else None
    if stored is None:
        return []
    return list(json.loads(b"".join(storage().read(key, 0, stored.size_bytes))))

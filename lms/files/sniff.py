"""Tells what bytes are by looking at them; the name only decides between kinds that look alike."""

from pathlib import PurePath

HEAD_BYTES = 4096
UNKNOWN = "application/octet-stream"

SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
RIFF = {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav"}
OFFICE = "application/vnd.openxmlformats-officedocument."
ZIPPED = {
    ".docx": OFFICE + "wordprocessingml.document",
    ".xlsx": OFFICE + "spreadsheetml.sheet",
    ".pptx": OFFICE + "presentationml.presentation",
}
TEXTS = {
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".json": "application/json",
    ".xml": "application/xml",
}
MARKUP = (b"<html", b"<!doctype", b"<script", b"<svg", b"<?xml", b"<body", b"<head", b"<iframe")
AUDIO_BRANDS = (b"M4A ", b"M4B ")
AUDIO_NAMES = (".m4a", ".m4b")


def media_type_of(head: bytes, name: str) -> str:
    """The media type of content that begins with `head` (HEAD_BYTES suffice) and is called `name`.

    What a browser could take for a page is text/html, whatever the name says.
    """
    suffix = PurePath(name).suffix.lower()
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(MARKUP):
        return "image/svg+xml" if suffix == ".svg" else "text/html"
    for signature, media_type in SIGNATURES:
        if head.startswith(signature):
            return "video/webm" if suffix == ".webm" and "matroska" in media_type else media_type
    return _boxed(head, suffix) or _loose(head, suffix) or UNKNOWN


def _boxed(head: bytes, suffix: str) -> str | None:
    """Containers whose kind stands a few bytes in."""
    if head.startswith(b"RIFF"):
        return RIFF.get(head[8:12])
    if head.startswith(b"PK\x03\x04"):
        return ZIPPED.get(suffix, "application/zip")
    if head[4:8] == b"ftyp":
        if head[8:12] in (b"avif", b"heic", b"heix", b"mif1"):
            return "image/avif" if head[8:12] == b"avif" else "image/heic"
        is_audio = head[8:12] in AUDIO_BRANDS or suffix in AUDIO_NAMES
        return "audio/mp4" if is_audio else "video/mp4"
    if head[4:8] in (b"moov", b"mdat", b"free", b"wide"):
        return "video/quicktime"
    return None


def _loose(head: bytes, suffix: str) -> str | None:
    """Kinds with weak signatures, and plain text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return TEXTS.get(suffix, "text/plain")
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "video/mp2t"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06:
        return "audio/mpeg"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    if head and b"\x00" not in head:
        return TEXTS.get(suffix, "text/plain")
    return None

"""Clips that tests make themselves: small, with known pictures, sound and length."""

import subprocess
from io import BytesIO
from pathlib import Path

from PIL import Image

from lms.media.ffmpeg import find_ffmpeg


def make_clip(
    path: Path,
    *,
    seconds: float = 3,
    size: str = "320x180",
    sound: bool = True,
    gop: int = 50,
    extra: tuple[str, ...] = (),
) -> Path:
    """A test picture and a tone, H.264 and AAC; a key frame every `gop` of 25 frames a second."""
    inputs = ["-f", "lavfi", "-i", f"testsrc=size={size}:rate=25:duration={seconds}"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", str(gop)]
    if sound:
        inputs += ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"]
        coding += ["-c:a", "aac", "-ac", "2"]
    command = [find_ffmpeg(), "-nostdin", "-v", "error", "-y", *inputs, *coding, *extra, str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def make_sound(path: Path, *, seconds: float = 3) -> Path:
    """A tone."""
    source = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"]
    subprocess.run([find_ffmpeg(), "-nostdin", "-v", "error", "-y", *source, str(path)], check=True)
    return path


def picture_bytes(size: tuple[int, int] = (1200, 800), kind: str = "JPEG", **options) -> bytes:
    """A plain picture."""
    file = BytesIO()
    Image.new("RGB", size, (180, 40, 30)).save(file, kind, **options)
    return file.getvalue()


def pdf_bytes(pages: int = 2) -> bytes:
    """A PDF of empty pages."""
    file = BytesIO()
    first, *others = [Image.new("RGB", (300, 420), "white") for _ in range(pages)]
    first.save(file, "PDF", save_all=True, append_images=others)
    return file.getvalue()


def text_pdf(pages: int) -> bytes:
    """A PDF with a line of text on each page, written by hand."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for number in range(1, pages + 1):
        text = f"BT /F1 24 Tf 60 740 Td (Page {number}) Tj ET"
        objects.append(f"<< /Length {len(text)} >>\nstream\n{text}\nendstream")
        contents = len(objects)
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Contents {contents} 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {pages} >>"
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    tail = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    tail += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + tail.encode()

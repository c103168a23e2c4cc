"""Pictures and PDFs: sizes, orientation, and what is refused."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from lms.media.pdfs import inspect_pdf
from lms.media.pictures import MAX_PIXELS, make_sizes
from lms.media.probe import Reason, Unusable
from tests.media.clips import pdf_bytes, picture_bytes


def opened(path):
    with Image.open(path) as image:
        image.load()
        return image


def made(tmp_path, data):
    source = tmp_path / "source"
    source.write_bytes(data)
    return make_sizes(source, tmp_path)


def test_sizes_are_made_and_none_is_enlarged(tmp_path):
    picture = made(tmp_path, picture_bytes((1200, 800)))
    assert (picture.width, picture.height) == (1200, 800)
    sizes = {role: opened(tmp_path / name).size for role, name in picture.files.items()}
    assert sizes == {"small": (480, 320), "medium": (1024, 683), "large": (1200, 800)}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "JPEG"])
def test_formats(tmp_path, kind):
    assert made(tmp_path, picture_bytes((60, 40), kind)).width == 60


def test_orientation_is_applied_and_place_forgotten(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "Secret place"
    picture = made(tmp_path, picture_bytes((400, 200), exif=exif))
    assert (picture.width, picture.height) == (200, 400)
    small = opened(tmp_path / "small.webp")
    assert small.size == (200, 400)
    assert not small.getexif()


def test_transparency_is_kept(tmp_path):
    file = BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(file, "PNG")
    made(tmp_path, file.getvalue())
    assert opened(tmp_path / "small.webp").mode == "RGBA"


def bomb(side: int) -> bytes:
    """A PNG that claims to be side x side."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 10_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.UNREADABLE),
        (b"not a picture", Reason.UNREADABLE),
        (picture_bytes((900, 900))[:3000], Reason.TRUNCATED),
        (bomb(9_000), Reason.TOO_MANY_PIXELS),
        (bomb(60_000), Reason.TOO_MANY_PIXELS),
        (picture_bytes((20, 20), "TIFF"), Reason.UNREADABLE),
    ],
)
def test_unusable_pictures_are_refused_for_a_reason(tmp_path, data, reason):
    assert MAX_PIXELS < 9_000**2
    with pytest.raises(Unusable) as caught:
        made(tmp_path, data)
    assert caught.value.reason == reason


def test_pages_of_a_pdf_are_counted_and_the_first_drawn(tmp_path):
    source = tmp_path / "a.pdf"
    source.write_bytes(pdf_bytes(3))
    found = inspect_pdf(source, tmp_path / "page.webp")
    assert found.page_count == 3
    assert opened(tmp_path / "page.webp").width == 640


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 broken", b"%PDF-1.4\n%%EOF"])
def test_broken_pdfs_are_refused(tmp_path, data):
    source = tmp_path / "a.pdf"
    source.write_bytes(data)
    with pytest.raises(Unusable) as caught:
        inspect_pdf(source, tmp_path / "page.webp")
    assert caught.value.reason == Reason.UNREADABLE

"""Pictures in the sizes that pages need: upright, without hidden data, never larger than given."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from lms.media.probe import Reason, Unusable

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_PIXELS = 60_000_000  # a telephone's largest photograph; 240 MB once unpacked
WIDTHS = {"small": 480, "medium": 1024, "large": 1920}
QUALITY = 80


@dataclass(frozen=True, slots=True)
class Picture:
    """What was made of a picture: its upright size, and the file name of each size."""

    width: int
    height: int
    files: dict[str, str]


@contextmanager
def opened(source: Path | BytesIO) -> Iterator[Image.Image]:
    """The picture, known to be of an accepted format and a bearable size; raises Unusable.

    The size is read from the header before anything is unpacked, so that a bomb stays packed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(source, formats=FORMATS)
        except Image.DecompressionBombError as error:
            raise Unusable(Reason.TOO_MANY_PIXELS) from error
        except (UnidentifiedImageError, OSError, ValueError) as error:
            raise Unusable(Reason.UNREADABLE) from error
        with image:
            if image.width * image.height > MAX_PIXELS:
                raise Unusable(Reason.TOO_MANY_PIXELS)
            yield image


def upright(image: Image.Image) -> Image.Image:
    """The picture turned as its camera meant it, in a mode that WebP can hold."""
    turned = ImageOps.exif_transpose(image)
    has_alpha = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
    return turned.convert("RGBA" if has_alpha else "RGB")


def make_sizes(source: Path, folder: Path) -> Picture:
    """Write every size of WIDTHS as WebP into `folder`; raises Unusable.

    Only pixels are carried over: place, camera and comments stay behind.
    """
    with opened(source) as image:
        image.draft("RGB", (WIDTHS["large"] * 2, WIDTHS["large"] * 2))
        try:
            full = upright(image)
        except (OSError, ValueError, SyntaxError) as error:
            raise Unusable(Reason.TRUNCATED) from error
        except Image.DecompressionBombError as error:
            raise Unusable(Reason.TOO_MANY_PIXELS) from error
    files = {}
    for name, width in WIDTHS.items():
        sized = full.copy()
        sized.thumbnail((width, width * 2), Image.Resampling.LANCZOS)
        sized.save(folder / f"{name}.webp", "WEBP", quality=QUALITY, method=4)
        files[name] = f"{name}.webp"
    with opened(source) as image:
        width, height = image.size[::-1] if _turns(image) else image.size
    return Picture(width, height, files)


def _turns(image: Image.Image) -> bool:
    return image.getexif().get(0x0112, 1) in (5, 6, 7, 8)

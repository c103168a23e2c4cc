"""PDF documents: how many pages and characters, and a picture of the first page."""

from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium

from lms.media.probe import Reason, Unusable

MAX_PAGES = 5_000
POSTER_WIDTH = 640
PASSWORD_ERRORS = (pdfium.raw.FPDF_ERR_PASSWORD, pdfium.raw.FPDF_ERR_SECURITY)


@dataclass(frozen=True, slots=True)
class Pdf:
    """What a PDF holds; `texts` has one text a page, empty where a page is only a picture."""

    texts: tuple[str, ...]
    width: int
    height: int

    @property
    def page_count(self) -> int:
        """How many pages there are."""
        return len(self.texts)

    @property
    def char_count(self) -> int:
        """How many characters there are to read."""
        return sum(len("".join(text.split())) for text in self.texts)


def open_pdf(source: Path) -> pdfium.PdfDocument:
    """The document; raises Unusable when it is broken or asks for a password."""
    try:
        document = pdfium.PdfDocument(source)
    except pdfium.PdfiumError as error:
        locked = getattr(error, "err_code", None) in PASSWORD_ERRORS
        raise Unusable(Reason.ENCRYPTED if locked else Reason.UNREADABLE) from error
    if len(document) == 0:
        raise Unusable(Reason.UNREADABLE)
    if len(document) > MAX_PAGES:
        raise Unusable(Reason.TOO_SLOW)
    return document


def _page_texts(document: pdfium.PdfDocument) -> tuple[str, ...]:
    texts = []
    for page in document:
        text_page = page.get_textpage()
        texts.append(text_page.get_text_bounded())
        text_page.close()
        page.close()
    return tuple(texts)


def inspect_pdf(source: Path, poster: Path) -> Pdf:
    """Read what is in the document and write `poster` (WebP); raises Unusable."""
    document = open_pdf(source)
    try:
        texts = _page_texts(document)
        page = document[0]
        width, height = page.get_size()
        image = page.render(scale=POSTER_WIDTH / max(1.0, width)).to_pil()
        image.convert("RGB").save(poster, "WEBP", quality=80)
        page.close()
    except (pdfium.PdfiumError, OSError, ValueError) as error:
        raise Unusable(Reason.UNREADABLE) from error
    finally:
        document.close()
    return Pdf(texts=texts, width=round(width), height=round(height))

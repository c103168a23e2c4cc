"""What can be wrong with a text that is brought in: reasons as a closed set, with their facts."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a file cannot be taken, or what in it was not understood."""

    # These end the import of the file.
    EMPTY = "empty"  # no characters at all
    TOO_LARGE = "too_large"  # more bytes than the limit
    TOO_MANY_PARAGRAPHS = "too_many_paragraphs"
    TOO_MANY_CHARS = "too_many_chars"
    NOT_TEXT = "not_text"  # bytes in no encoding that we read
    UNKNOWN_FORMAT = "unknown_format"  # none of the file types that we read
    BROKEN_DOCX = "broken_docx"
    BOMB = "bomb"  # unpacks to far more than it is
    BROKEN_PDF = "broken_pdf"
    LOCKED_PDF = "locked_pdf"  # needs a password
    PICTURES_ONLY = "pictures_only"  # a PDF without a text layer
    TOO_LONG = "too_long"  # reading it took longer than allowed
    BROKEN_FRONT_MATTER = "broken_front_matter"
    NO_TITLE = "no_title"
    SAME_KEY = "same_key"  # two files of one import claim the same source key
    # These are reported and the text is taken all the same.
    LOST_CHARACTERS = "lost_characters"  # replacement characters in the text
    EMPTY_HEADING = "empty_heading"
    ARTICLE_GAP = "article_gap"  # a number is missing between two articles
    ARTICLE_ORDER = "article_order"  # a number is not above the one before
    LONG_PARAGRAPH = "long_paragraph"
    UNKNOWN_FIELD = "unknown_field"  # a key of the front matter that means nothing here
    BAD_DATE = "bad_date"
    UNKNOWN_STATUS = "unknown_status"
    NO_STRUCTURE = "no_structure"  # long, and neither headings nor articles were found


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that was not understood: where it stands and a short excerpt."""

    reason: Reason
    line: int = 0  # counted from 1 in the text as read; 0: the whole text
    excerpt: str = ""


class Unreadable(Exception):
    """The file cannot be taken; `limit` and `found` are the figures that the sentence names."""

    def __init__(self, reason: Reason, *, limit: int = 0, found: int = 0) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.limit = limit
        self.found = found

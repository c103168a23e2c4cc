"""Texts as the question editor shows them: plain where marks would say no more, else HTML.

A question is written plainly or in HTML as a whole; its author should not have to know which.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape, unescape

LINE_BREAK = re.compile(r"\s*<br\s*/?>\s*")
PARAGRAPHS = re.compile(r"\s*</p>\s*<p>\s*")
WHOLE = re.compile(r"^\s*<p>(.*)</p>\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rich:
    """What stands in a field of the editor, and whether that is HTML."""

    source: str = ""
    is_html: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written."""
        return not self.source.strip()


def simplified(rich: Rich) -> Rich:
    """The text as plain text when paragraphs and line breaks are all that its HTML says."""
    if not rich.is_html:
        return rich
    text = re.sub(r"\s*\n\s*", " ", rich.source.strip())
    text = PARAGRAPHS.sub("\n", LINE_BREAK.sub("\n", text))
    text = text.removeprefix("<p>").removesuffix("</p>")
    if "<" in text:
        return rich
    return Rich(unescape(text).replace("\xa0", " ").strip())


def opened(text: str, is_html: bool) -> Rich:
    """A text of a question for the editor."""
    return simplified(Rich(text, is_html))


@dataclass(frozen=True, slots=True)
class Before:
    """The HTML texts that a question was stored with: those with paragraphs, and short ones."""

    blocks: Sequence[str]
    lines: Sequence[str]


class Texts:
    """Turns the editor's texts back into those of one question, all plain or all HTML.

    A text that its author left alone keeps the very words it was stored with, so that saving a
    question unchanged makes no new version.
    """

    def __init__(self, texts: Iterable[Rich], before: Before | None = None) -> None:
        self.was_html = before is not None
        self.is_html = self.was_html or any(simplified(rich).is_html for rich in texts)
        self.blocks = {opened(text, True): text for text in before.blocks} if before else {}
        self.lines = {opened(text, True): text for text in before.lines} if before else {}

    def block(self, rich: Rich) -> str:
        """A text with paragraphs of its own."""
        plain = simplified(rich)
        return self.blocks.get(plain) or self._written(plain)

    def inline(self, rich: Rich) -> str:
        """A text inside a line: the one paragraph that an editor put around it is taken off."""
        plain = simplified(rich)
        if known := self.lines.get(plain):
            return known
        text = self._written(plain)
        whole = WHOLE.match(text) if plain.is_html else None
        return whole[1].strip() if whole and "<p" not in whole[1] else text

    def _written(self, plain: Rich) -> str:
        text = plain.source.strip()
        if plain.is_html or not self.is_html:
            return text
        return escape(text, quote=False).replace("\n", "<br>")

    def again(self, text: str) -> str:
        """A text that the editor has no field for, as it was stored with the question before."""
        return escape(text, quote=False) if self.is_html and not self.was_html else text

"""Joins the printed lines of pages to paragraphs, without page numbers and running heads."""

import re
from collections import Counter
from itertools import pairwise

from lms.library.lines import read_item, read_mark

_PAGE_NUMBER = re.compile(
    r"[-—–·\s]*(?:第\s*)?\d{1,4}\s*(?:页)?(?:\s*[/／共]\s*(?:共\s*)?\d{1,4}\s*页?)?[-—–·\s]*\Z"
)
_DIGITS = re.compile(r"\d+")
_ENDS = ("。", "；", "：", "！", "？", ";", ":", "”", "）")
EDGE_LINES = 2
FULL_FRACTION = 0.85
NARROWEST_COLUMN = 16  # characters; shorter lines are lines of their own, such as titles
WIDE = re.compile(r"[\u2e80-\uffef]")


def join_pages(pages: list[str]) -> str:
    """The text of all pages, one paragraph a line."""
    lines_of_pages = [
        [line.strip() for line in page.splitlines() if line.strip()] for page in pages
    ]
    running = _running_heads(lines_of_pages)
    lines = [
        line
        for page in lines_of_pages
        for place, line in enumerate(page)
        if not (_is_edge(place, len(page)) and (_PAGE_NUMBER.match(line) or _bare(line) in running))
    ]
    return "\n".join(join_lines(lines))


def _is_edge(place: int, count: int) -> bool:
    return place < EDGE_LINES or place >= count - EDGE_LINES


def _bare(line: str) -> str:
    return _DIGITS.sub("#", line.replace(" ", ""))


def _running_heads(pages: list[list[str]]) -> set[str]:
    """What stands at the edge of half of the pages, whatever number it carries."""
    if len(pages) < 3:
        return set()
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_bare(line) for line in page[:EDGE_LINES] + page[-EDGE_LINES:]})
    return {line for line, count in counts.items() if count * 2 >= len(pages)}


def join_lines(lines: list[str]) -> list[str]:
    """Paragraphs out of printed lines: a full line runs on into the next unless that opens anew."""
    if not lines:
        return []
    widths = sorted(_width(line) for line in lines)
    full = max(widths[int(len(widths) * 0.9)], NARROWEST_COLUMN) * FULL_FRACTION
    joined = [lines[0]]
    for before, line in pairwise(lines):
        opens = read_mark(line) is not None or read_item(line) is not None
        runs_on = _width(before) >= full or before.endswith(("，", "、", ","))
        ends = before.endswith(_ENDS) and _width(before) < full / FULL_FRACTION - 2
        if opens or ends or not runs_on:
            joined.append(line)
        else:
            joined[-1] += line if _closes_up(before, line) else f" {line}"
    return joined


def _width(line: str) -> float:
    """How wide the line is printed, in Chinese characters."""
    wide = len(WIDE.findall(line))
    return wide + (len(line) - wide) / 2


def _closes_up(before: str, line: str) -> bool:
    return bool(WIDE.match(before[-1]) or WIDE.match(line[0]))

"""The whole corpus is understood, and a sample of it exactly as a reader reads it."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from lms.library.fields import DocumentStatus, Fields, WorkKind, read_fields
from lms.library.front_matter import split
from lms.library.lines import SectionKind
from lms.library.parse import Body, parse
from tests.conftest import shared


@cache
def read(path: Path) -> tuple[Fields, Body]:
    head, text = split(path.read_text(encoding="utf-8"))
    return read_fields(head), parse(text, is_markdown=True)


def find(name: str) -> tuple[Fields, Body]:
    return read(next(shared("corpus").glob(f"*/{name}*.md")))


def test_all_texts_are_read_and_only_known_oddities_remain() -> None:
    files = list(shared("corpus").glob("*/*.md"))
    assert len(files) == 1087
    odd: Counter[str] = Counter()
    for path in files:
        fields, body = read(path)
        assert fields.title
        assert fields.problems == ()
        found = [s.anchor for s in body.sections] + [p.anchor for p in body.paragraphs]
        assert len(found) == len(set(found)), path.name
        odd.update(problem.reason.value for problem in body.problems)
    # Two texts skip a number themselves, one has a heading without words.
    assert odd == {"article_gap": 2, "empty_heading": 1}


@pytest.mark.parametrize(
    ("name", "articles", "chapters", "last"),
    [
        ("中华人民共和国安全生产法_2021", 119, 7, "第一百一十九条"),
        ("中华人民共和国宪法_2018", 143, 4, "第一百四十三条"),
        ("中华人民共和国刑法_2023", 505, 15, "第四百五十二条"),
        ("中华人民共和国民法典_合同编", 526, 29, "第九百八十八条"),
        ("中华人民共和国劳动合同法_2012", 98, 8, "第九十八条"),
        ("中华人民共和国飞行基本规则", 124, 12, "第一百二十四条"),
    ],
)
def test_laws_have_the_articles_that_they_have(
    name: str, articles: int, chapters: int, last: str
) -> None:
    _fields, body = find(name)
    assert body.count(SectionKind.ARTICLE) == articles
    assert body.count(SectionKind.CHAPTER) == chapters
    assert [s.label for s in body.sections if s.kind is SectionKind.ARTICLE][-1] == last


def test_the_card_of_a_law() -> None:
    fields, _body = find("中华人民共和国安全生产法_2021")
    assert fields.kind is WorkKind.POLICY
    assert fields.level == "法律"
    assert fields.issuer == "全国人民代表大会常务委员会"
    assert str(fields.issued_on) == "2021-06-10"
    assert fields.status is DocumentStatus.IN_FORCE


def test_a_classic_has_its_chapters_and_paragraphs() -> None:
    fields, body = find("论语")
    assert fields.kind is WorkKind.CLASSIC
    assert body.sections[0].heading == "为政篇"
    assert body.count(SectionKind.HEADING) == 20
    first = next(p for p in body.paragraphs if p.anchor == "h1-p1")
    assert first.text.startswith("子曰")

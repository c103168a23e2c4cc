"""Queries made to hurt are answered in bounded time, as a page and as suggestions."""

import random
import time
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.search.conftest import Shelf

LENGTH = 10_000
MOST_SECONDS = 2.0  # of processor time for the page and the suggestions together
HAN = "".join(chr(random.Random(1).randrange(0x4E00, 0x9FFF)) for _ in range(LENGTH))
QUERIES = {
    "one character": "法" * LENGTH,
    "no text at all": HAN,
    "single characters": " ".join(HAN[: LENGTH // 2]),
    "quotes": '"' * LENGTH,
    "an open quotation": '"' + HAN,
    "bait for regular expressions": "(a+)+$[\\w*]{9,}" * 700,
    "exclusions": "-法 " * 3_000,
    "articles": "第一条" * 3_000,
    "unfinished articles": "第" * LENGTH,
    "digits": "1" * LENGTH,
    "fields": "title:法 issuer:国 " * 600,
    "syllables": "zhong guo " * 1_000,
    "spaces": " " * LENGTH,
    "combining marks": "a" + "\u0301" * LENGTH,
    "lone surrogates": "\ud800" * LENGTH,
    "joined pictures": "👨\u200d👩\u200d👧" * 2_000,
    "nothing": "\0" * LENGTH,
    "wildcards": "%_*?" * 2_500,
    "the other direction": "\u202e法" * 5_000,
}


@pytest.mark.parametrize("name", QUERIES)
def test_any_query_of_10000_characters_is_answered_soon(
    shelf: Shelf,
    follow_all: Callable[[], None],
    client_of: Callable[[str], FlaskClient],
    name: str,
) -> None:
    shelf.put("安全生产法", "第一条 为了加强安全生产工作，制定本法。", "法" * 2_000)
    follow_all()
    client = client_of("learner")
    asked = {"q": QUERIES[name].encode("utf-8", "replace").decode()}
    started = time.process_time()
    assert client.get("/search", query_string=asked).status_code == 200
    assert client.get("/search/suggest", query_string=asked).status_code == 200
    assert time.process_time() - started < MOST_SECONDS

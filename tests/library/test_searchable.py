"""What search is told of a text."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from lms.library.importing import Importer, list_files
from lms.search.jobs import follow_changes
from tests.factories import People

ORDERED = """---
id: ordered
title: "运输办法"
kind: policy
issuer: 示例集团
date: "2024-03-01"
history: "2001年12月11日 示例集团令第335号公布 / 2024年3月1日 第一次修订"
---

第一条 为了规范运输，制定本办法。
"""


def test_a_text_is_found_by_the_order_that_issued_it(
    app: Flask, people: People, client_of: Callable[[str], FlaskClient], tmp_path: Path
) -> None:
    (tmp_path / "ordered.md").write_text(ORDERED, encoding="utf-8")
    Importer(unit_id=people.root).run(list_files(tmp_path), base=tmp_path)
    follow_changes()
    page = client_of("learner").get("/search?q=示例集团令第335号").text
    assert "运输办法" in page
    assert '#history"' in page
    address = page.partition('class="search-passage first" href="')[2].partition('"')[0]
    assert 'id="history"' in client_of("learner").get(address.replace("&amp;", "&")).text

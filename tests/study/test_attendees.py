"""Attendees picked from a searched list or uploaded as a spreadsheet, beside the pasted list."""

import csv
import re
import zipfile
from io import BytesIO, StringIO

import pytest
from openpyxl import Workbook
from playwright.sync_api import expect
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.study.attendee_file import MOST_UNPACKED_BYTES, UnreadableList, read_list
from lms.study.attendees import MOST_ROWS
from lms.study.offline_models import OfflineAttendee, OfflineEvent
from tests.media.windows import marks, window  # noqa: F401
from tests.study.test_offline import event_form

NEW = "/study/offline/new"


def sheet(rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def table(rows, encoding="utf-8", delimiter=","):
    file = StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode(encoding)


def bomb():
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (MOST_UNPACKED_BYTES + 1))
    return file.getvalue()


ROWS = [["工号", "姓名"], ["1001", "李建国"], [], ["A,7", "陈\n立"]]


@pytest.mark.parametrize(
    "data",
    [
        sheet(ROWS),
        table(ROWS),
        table(ROWS, "utf-8-sig"),
        table(ROWS, "gb18030", ";"),
        table(ROWS, delimiter="\t").replace(b"\r\n", b"\r"),
    ],
)
def test_files_become_the_lines_that_could_have_been_pasted(data):
    assert read_list(data) == "工号\t姓名\n1001\t李建国\n\nA,7\t陈 立"


def test_numbers_in_cells_are_numbers_of_people():
    assert read_list(sheet([[1, 1001.0, "王秀兰", None, True]])) == "1\t1001\t王秀兰\t\tTrue"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02",
        b"PK\x03\x04 not a workbook",
        sheet([]),
        bomb(),
        "学员\n".encode() * (MOST_ROWS + 1),
        sheet([["1001"]])[:-40],
        b"\xff\xfe\xff" * 10,
    ],
)
def test_what_is_no_list_is_refused(data):
    with pytest.raises(UnreadableList):
        read_list(data)


@pytest.fixture
def pages(client_of, time):
    """Fetch pages as a manager at the time of the tests; files go as multipart forms."""

    def fetch(address, data=None, number="manager"):
        db.session.rollback()
        with clock.frozen(time.at):
            client = client_of(number)
            return client.get(address) if data is None else client.post(address, data=data)

    return fetch


def attendees():
    db.session.rollback()
    return set(db.session.scalars(select(OfflineAttendee.member_id)))


def picks(page, mark):
    box = re.search(rf"<ul[^>]*data-{mark}>(.*?)</ul>", page, re.DOTALL)[1]
    return [int(found) for found in re.findall(r'value="(\d+)"', box)]


def test_people_are_searched_and_picked_without_scripts(people, pages):
    form = event_form(people, attendees="", title="")
    answer = pages(NEW, form | {"find": "y", "find_text": "学员"})
    assert answer.status_code == 200
    assert set(picks(answer.text, "found")) == {people.learner, people.peer}
    assert "还有几处需要改正" not in answer.text
    picked = form | {"member": [people.learner]}
    answer = pages(NEW, picked | {"find": "y", "find_text": "北方一组"})
    assert picks(answer.text, "picked") == [people.learner]
    assert picks(answer.text, "found") == [people.peer]
    assert "没有找到" in pages(NEW, form | {"find": "y", "find_text": "沈学员"}).text
    assert attendees() == set()
    # A mistake elsewhere keeps what was picked; somebody else's people are never taken.
    answer = pages(NEW, form | {"member": [people.learner, people.stranger]})
    assert answer.status_code == 422 and picks(answer.text, "picked") == [people.learner]
    named = picked | {"title": "党课", "attendees": "peer\nlearner"}
    assert pages(NEW, named).status_code == 302
    assert attendees() == {people.learner, people.peer}


def test_the_search_gives_only_ones_own_people(people, pages):
    found = pages("/study/offline/people?q=学员").get_json()["people"]
    assert [one["number"] for one in found] == ["learner", "peer"]
    assert pages("/study/offline/people?q=").get_json()["people"] == []
    assert pages("/study/offline/people?q=%25").get_json()["people"] == []
    south = pages("/study/offline/people?q=学员", number="south-manager").get_json()["people"]
    assert [one["number"] for one in south] == ["stranger"]
    assert pages("/study/offline/people?q=x", number="learner").status_code == 403


@pytest.mark.parametrize("write", [sheet, table])
def test_an_uploaded_list_counts_like_a_pasted_one(people, pages, write):
    data = write([["序号", "工号", "姓名"], [1, "learner", "李学员"], [2, "peer", "彭学员"]])
    form = event_form(people, attendees="manager", file=(BytesIO(data), "签到.xlsx"))
    assert pages(NEW, form).status_code == 302
    assert attendees() == {people.learner, people.peer, people.manager}


def test_bad_rows_of_a_file_are_named_and_can_be_mended(people, pages):
    data = sheet([["工号", "姓名"], ["learner", "李学员"], ["stranger", "沈学员"], ["9", "张三"]])
    form = event_form(people, attendees="")
    answer = pages(NEW, form | {"file": (BytesIO(data), "签到.xlsx")})
    assert answer.status_code == 422
    assert "第 3 行“stranger\t沈学员”：没有找到这个人" in answer.text
    assert "第 4 行“9\t张三”" in answer.text
    assert db.session.scalars(select(OfflineEvent)).all() == []
    box = re.search(r"<textarea[^>]*name=\"attendees\"[^>]*>(.*?)</textarea>", answer.text, re.S)
    kept = box[1].strip()
    assert kept.splitlines()[1:] == ["learner\t李学员", "stranger\t沈学员", "9\t张三"]
    assert pages(NEW, form | {"attendees": kept, "leave_out": "y"}).status_code == 302
    assert attendees() == {people.learner}


def test_a_file_that_is_no_list_saves_nothing_and_says_why(people, pages):
    form = event_form(people, file=(BytesIO(b"%PDF-1.4"), "签到.pdf"))
    answer = pages(NEW, form | {"file": (BytesIO(b"\x00\x01"), "签到.xlsx")})
    assert answer.status_code == 422 and "读不出名单" in answer.text
    long = event_form(people, attendees="学员\n" * (MOST_ROWS + 1))
    assert "一次最多登记 5000 行" in pages(NEW, long).text
    assert attendees() == set()


def test_a_rule_that_says_no_keeps_the_form(people, pages):
    answer = pages(NEW, event_form(people, ended_at="2026-11-18T08:00", place="二楼"))
    assert answer.status_code == 422
    assert "结束时间要晚于开始时间" in answer.text and 'value="二楼"' in answer.text


@pytest.mark.browser
@marks[1]
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_people_are_picked_as_one_types(people, window, size):  # noqa: F811
    page = window("manager", size)
    page.goto(NEW)
    page.locator("[data-module=people-picker][data-mounted]").wait_for()
    search = page.get_by_label("按工号、姓名或单位查找")
    search.press_sequentially("李学")
    found, picked = page.locator("[data-found]"), page.locator("[data-picked]")
    expect(found.locator("li")).to_have_count(1)
    search.press("ArrowDown")
    page.keyboard.press("Space")
    expect(picked).to_contain_text("李学员")
    expect(page.locator("[data-count]")).to_have_text("已选 1 人")
    search.fill("北方一组")
    expect(found).to_contain_text("彭学员")
    expect(found).not_to_contain_text("李学员")
    found.get_by_label("彭学员").check()
    picked.get_by_label("李学员").uncheck()
    expect(page.locator("[data-count]")).to_have_text("已选 1 人")
    search.press("Enter")
    expect(found).to_contain_text("李学员")
    assert page.url.endswith(NEW)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

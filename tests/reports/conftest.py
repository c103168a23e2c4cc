"""What the tests of reports start with: hours asked of everybody, and a way to earn some."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from lms import clock
from lms.db import db
from lms.study.credit import CreditKind
from lms.study.ledger import NewEntry, add
from lms.study.models import EntryKind, Requirement
from tests.factories import People

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    """It is noon on 20 November 2026."""
    with clock.frozen(NOW):
        yield


@pytest.fixture
def asked(november: None, people: People) -> People:
    """Eight hours a month are asked of everybody since January."""
    db.session.add(
        Requirement(
            unit_id=people.root,
            since_month=202601,
            month_hours=Decimal(8),
            note="",
            published_at=NOW,
            published_by_id=people.operator,
        )
    )
    db.session.commit()
    return people


@pytest.fixture
def earn() -> Callable[..., None]:
    """Give a member credit on a day."""

    def give(
        member_id: int,
        hours: str,
        day: date = date(2026, 11, 10),
        counts_as: CreditKind = CreditKind.ONLINE,
        seconds: int = 0,
    ) -> None:
        add(
            NewEntry(
                member_id=member_id,
                kind=EntryKind.OFFLINE if counts_as is CreditKind.OFFLINE else EntryKind.ONLINE,
                counts_as=counts_as,
                day=day,
                title="一课",
                at=datetime(day.year, day.month, day.day, 3, tzinfo=UTC),
                seconds=seconds,
                credit=Decimal(hours),
            )
        )
        db.session.commit()

    return give


@pytest.fixture
def export(client_of: Callable[[str], FlaskClient]) -> Callable[..., bytes]:
    """Export as a person would: the form, then the file that it leads to."""

    def fetch(number: str, unit_id: int, format: str = "xlsx", period: str = "2026-11") -> bytes:
        data = {"unit": unit_id, "period": period, "report": "members", "format": format}
        answer = client_of(number).post("/reports/exports", data=data, follow_redirects=True)
        assert answer.status_code == 200
        return answer.data

    return fetch


@pytest.fixture
def exported_rows(export: Callable[..., bytes]) -> Callable[..., list[dict[str, object]]]:
    """The lines of an Excel export as dictionaries by heading, without the totals."""

    def read(number: str, unit_id: int, period: str = "2026-11") -> list[dict[str, object]]:
        data = export(number, unit_id, period=period)
        page = load_workbook(io.BytesIO(data), data_only=True).worksheets[0]
        lines = list(page.iter_rows(min_row=3, values_only=True))
        return [dict(zip(lines[0], line, strict=True)) for line in lines[1:-1]]

    return read

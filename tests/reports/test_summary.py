"""What a report says of its period beside the ones before."""

from __future__ import annotations

import pytest

from complaints.reports.model import BEFORE, NOW, YEAR_BEFORE, Column, Kind, Row, Said, Table
from complaints.reports.summary import says


@pytest.mark.parametrize(
    ("received", "earlier", "said"),
    [
        (78, 3, Said(key="before.few", params={"earlier": 3})),  # no "2500 % more"
        (3, 0, Said(key="before.few", params={"earlier": 0})),
        (12, 8, Said(key="before.more", params={"earlier": 8, "percent": 50})),
        (2, 8, Said(key="before.fewer", params={"earlier": 8, "percent": 75})),
        (101, 100, Said(key="before.same", params={"earlier": 100})),
    ],
)
def test_a_percentage_is_said_only_of_what_is_not_few(received: int, earlier: int, said: Said):
    columns = tuple(Column(key=name) for name in (NOW, BEFORE, YEAR_BEFORE))
    received_row = Row(key="received", values=(received, earlier, 0))
    found = says(Kind.COMPLAINT_REPORT, (Table(key="key", columns=columns, rows=(received_row,)),), (), over=True)
    assert said in found
    assert [one.key for one in found if one.key.startswith("before.")] == [said.key]

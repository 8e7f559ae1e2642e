"""What a report says of its period beside the ones before."""

from __future__ import annotations

import pytest

from complaints.reports.model import (
    BEFORE,
    NOW,
    YEAR_BEFORE,
    ReportColumn,
    ReportKind,
    ReportRow,
    ReportSentence,
    ReportTable,
)
from complaints.reports.summary import says


@pytest.mark.parametrize(
    ("received", "earlier", "said"),
    [
        (78, 3, ReportSentence(key="before.few", params={"earlier": 3})),  # no "2500 % more"
        (3, 0, ReportSentence(key="before.few", params={"earlier": 0})),
        (12, 8, ReportSentence(key="before.more", params={"earlier": 8, "percent": 50})),
        (2, 8, ReportSentence(key="before.fewer", params={"earlier": 8, "percent": 75})),
        (101, 100, ReportSentence(key="before.same", params={"earlier": 100})),
    ],
)
def test_a_percentage_is_said_only_of_what_is_not_few(received: int, earlier: int, said: ReportSentence):
    columns = tuple(ReportColumn(key=name) for name in (NOW, BEFORE, YEAR_BEFORE))
    received_row = ReportRow(key="received", values=(received, earlier, 0))
    found = says(
        ReportKind.COMPLAINT_REPORT, (ReportTable(key="key", columns=columns, rows=(received_row,)),), (), over=True
    )
    assert said in found
    assert [one.key for one in found if one.key.startswith("before.")] == [said.key]

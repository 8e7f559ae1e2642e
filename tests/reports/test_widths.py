"""The widths of columns: no number, date or word is broken where there is room not to."""

from __future__ import annotations

import pytest

from complaints.printing.reports.page import page
from complaints.printing.reports.widths import lines, needs, shared, width
from complaints.reports.model import ReportKind
from tests.reports.made import made


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", list(ReportKind))
def test_no_head_date_or_number_of_a_report_is_broken_on_paper(kind: ReportKind, lang: str):
    for grid in page(made(kind), lang, {}, draw=False).grids:
        for nth, head in enumerate(grid.heads):
            texts = [head.text] if nth else [head.text, *(row[0].text for row in grid.rows if grid.listing)]
            assert head.width >= needs(texts)[0], (grid.key, head.text)
        for row in grid.rows:
            for head, cell in zip(grid.heads, row, strict=True):
                if cell.text.startswith("2026-11-"):
                    assert head.width >= width("2026-11-21"), (grid.key, head.text)


def test_widths_fill_the_room_whatever_stands_in_the_columns():
    for columns in (["编号"], ["短", "长" * 500, "HF01-2026-000001"], ["x" * 200] * 30, ["", ""]):
        assert sum(shared([[one] for one in columns], 58.0)) == pytest.approx(58.0, abs=0.01)


def test_columns_of_numbers_give_way_before_what_their_rows_are_called():
    heads = ["Signed on the spot", "Not satisfied", "Open at the end", "A year before", "Repeated"]
    columns = [["Revisit your own customers"], *([head, "7"] for head in heads)]
    first, *numbers = shared(columns, 40.0, narrow=range(1, 6))
    assert first >= width("Revisit your own customers")
    assert all(room >= needs([head])[0] for room, head in zip(numbers, heads, strict=True))


def test_a_row_is_as_high_as_its_longest_text():
    assert lines(["短", "长" * 25, "一\n二"], [4.0, 10.0, 4.0]) == 3

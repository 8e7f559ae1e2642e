"""Where headings are found: below titles, over several lines, with merged cells or without."""

from __future__ import annotations

import pytest

from complaints.spreadsheets.files import grids, table
from complaints.spreadsheets.headings import best_head, head_at, plain_heading
from tests.spreadsheets.files import book, texts

KNOWN = frozenset({"项目", "编号", "客户", "姓名", "电话", "投诉内容", "受理日期", "结案日期", "内容", "name", "phone"})


def knows(heading: str) -> bool:
    return plain_heading(heading) in KNOWN


def names(data: bytes | str) -> tuple[list[str], int]:
    """The headings, and the line below them."""
    grid = table(data) if isinstance(data, str) else grids(data)[0]
    head = best_head(grid, knows)
    below = grid.rows[head.below].line if head.below < len(grid.rows) else 0
    return head.names, below


TWO = texts(1, "项目", "编号", "客户", "", "投诉内容") + texts(2, "", "", "姓名", "电话")
DATA = texts(3, "hf01", "1", "张伟", "138", "渗水")


def test_headings_on_two_lines_with_merged_cells_are_those_of_the_lower_line():
    data = book(TWO + DATA, merged=("A1:A2", "B1:B2", "C1:D1", "E1:E2"))
    assert names(data) == (["项目", "编号", "姓名", "电话", "投诉内容"], 3)


def test_the_same_without_merged_cells_as_in_csv():
    assert names(book(TWO + DATA)) == (["项目", "编号", "姓名", "电话", "投诉内容"], 3)
    assert names("项目,编号,客户,,投诉内容\n,,姓名,电话,\nhf01,1,张伟,138,渗水\n")[0][2:4] == ["姓名", "电话"]


def test_both_lines_together_may_make_the_heading():
    rows = texts(1, "项目", "受理", "", "结案", "") + texts(2, "", "日期", "人员", "日期", "人员")
    data = book(rows + texts(3, "hf01", "2024-1-1", "x", "2024-1-2", "y"), merged=("A1:A2", "B1:C1", "D1:E1"))
    assert names(data) == (["项目", "受理日期", "受理人员", "结案日期", "结案人员"], 3)


def test_three_lines_of_headings():
    rows = texts(1, "项目", "客户") + texts(2, "", "资料") + texts(3, "", "姓名", "电话")
    data = book(rows + texts(4, "hf01", "张伟", "138"), merged=("A1:A3", "B1:C1", "B2:C2"))
    assert names(data) == (["项目", "姓名", "电话"], 4)


def test_headings_in_two_languages_are_one_line_of_headings():
    assert names("姓名,电话\nname,phone\n张伟,138\n") == (["name", "phone"], 3)


@pytest.mark.parametrize("merged", [("A1:A3",), ("A1:A3", "B1:B3"), ("B1:C1",)])
def test_a_line_of_content_under_merged_headings_is_never_taken_for_a_heading(merged: tuple[str, ...]):
    rows = texts(1, "项目", "编号", "", "姓名") + texts(2, "hf01", "1", "", "张伟") + texts(3, "hf01", "2", "", "李娜")
    assert names(book(rows, merged=merged))[1] == 2


def test_titles_above_the_headings_are_passed_over_and_a_known_word_in_a_cell_makes_no_heading():
    assert names("业主名册,2026\n项目,姓名\nhf01,张伟\n") == (["项目", "姓名"], 3)
    assert names("Unique Key,Channel\n1,PHONE\n") == (["Unique Key", "Channel"], 2)


def test_a_column_without_heading_is_called_what_the_spreadsheet_calls_it():
    head = head_at(table("项目,,姓名\nhf01,x,张伟\n"), 0, knows)
    assert [head.name(place) for place in (0, 1, 2, 27)] == ["项目", "列 B", "姓名", "列 AB"]

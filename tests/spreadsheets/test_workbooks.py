"""Workbooks as spreadsheet programs write them, cell by cell."""

from __future__ import annotations

import pytest

from complaints.spreadsheets.cells import Day, Spoilt
from complaints.spreadsheets.files import grids
from complaints.spreadsheets.grids import Unreadable
from tests.spreadsheets.files import book, number, row, text, texts


def first(data: bytes) -> list[str]:
    """The cells of the first line."""
    return grids(data)[0].rows[0].cells


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("13800000001", "13800000001"),
        ("13800000001.0", "13800000001"),
        ("1.3800000001E10", "13800000001"),
        ("999999999999999", "999999999999999"),
        ("-2", "-2"),
        ("0.30000000000000004", "0.3"),
        ("3600.1", "3600.1"),
        ("1E-7", "0.0000001"),
        ("0", "0"),
    ],
)
def test_a_number_is_shown_with_the_digits_that_are_its_own(written: str, said: str):
    assert first(book(row(1, number("A1", written)))) == [said]


@pytest.mark.parametrize("written", ["2.024090300011177E+19", "20240903000111770001", "1E15", "-1.234567890123456E15"])
def test_a_number_whose_last_digits_are_lost_is_none(written: str):
    [cell] = first(book(row(1, number("A1", written))))
    assert isinstance(cell, Spoilt)
    assert cell.code == "digits-lost"


@pytest.mark.parametrize(
    ("format", "written", "said"),
    [
        ("yyyy-mm-dd", "45475", "2024-07-02"),
        ("yyyy-mm-dd hh:mm", "45475.430555555555", "2024-07-02 10:20:00"),
        ("h:mm", "0.430555555555", "10:20:00"),
        ('yyyy"年"m"月"d"日"', "45475", "2024-07-02"),
        ("[$-804]yyyy/m/d;@", "45475", "2024-07-02"),
        ("yyyy-mm-dd", "59", "1900-02-28"),
        ("yyyy-mm-dd", "61", "1900-03-01"),
    ],
)
def test_a_number_that_is_shown_as_a_day_is_one(format: str, written: str, said: str):
    [cell] = first(book(row(1, number("A1", written, 1)), formats=(format,)))
    assert (cell, type(cell)) == (said, Day)


def test_days_count_from_1904_in_a_workbook_that_says_so():
    assert first(book(row(1, number("A1", "44013", 1)), formats=("yyyy-mm-dd",), mac=True)) == ["2024-07-02"]


@pytest.mark.parametrize(
    ("format", "said"), [("0000", "0802"), ("0", "802"), ('0"户"', "802"), ("#,##0.00", "802"), ('"Days" 0', "802")]
)
def test_zeros_in_front_are_those_of_the_format(format: str, said: str):
    assert first(book(row(1, number("A1", "802", 1)), formats=(format,))) == [said]


def test_chinese_built_in_formats_are_days():
    from complaints.spreadsheets.workbooks import _DAY_FORMATS  # pyright: ignore[reportPrivateUsage]

    assert {14, 22, 31, 57, 58} <= _DAY_FORMATS
    assert not {0, 1, 2, 9, 10, 11, 37, 49} & _DAY_FORMATS


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("<t>第一行_x000D_\n第二行</t>", "第一行\n第二行"),
        ("<t>_x005F_x000D_</t>", "_x000D_"),
        ("<t>a_x000B_b</t>", "a\nb"),
        ("<t>_xD83D__xDE00_</t>", "😀"),
        ("<r><t>富</t></r><r><rPr/><t>文本</t></r><rPh><t>fu</t></rPh>", "富文本"),
        ("<t>_x00</t>", "_x00"),
    ],
)
def test_what_workbooks_escape_is_read_as_it_was_typed(inside: str, said: str):
    assert first(book('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', shared=(inside,))) == [said]
    assert first(book(f'<row r="1"><c r="A1" t="inlineStr"><is>{inside}</is></c></row>')) == [said]


@pytest.mark.parametrize(
    ("cell", "said", "code"),
    [
        ('<c r="A1"><f>B1+1</f><v>7</v></c>', "7", ""),
        ('<c r="A1" t="str"><f>B1&amp;"x"</f><v>张伟_x000D_</v></c>', "张伟", ""),
        ('<c r="A1"><f>B1+1</f></c>', "=B1+1", "formula-open"),
        ('<c r="A1"><f t="shared" si="0"/></c>', "=", "formula-open"),
        ('<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!", "formula"),
        ('<c r="A1" t="e"><v>#N/A</v></c>', "#N/A", "formula"),
        ('<c r="A1" t="b"><v>1</v></c>', "true", ""),
        ('<c r="A1" t="d"><v>2024-07-02T10:20:00</v></c>', "2024-07-02T10:20:00", ""),
    ],
)
def test_a_formula_is_what_it_gave_and_one_that_gave_nothing_is_not_empty(cell: str, said: str, code: str):
    [found] = first(book(f'<row r="1">{cell}</row>'))
    assert found == said
    assert (found.code if isinstance(found, Spoilt) else "") == code


def test_a_formula_that_gave_an_empty_text_is_an_empty_cell():
    empty = '<c r="A1" t="str"><f>IF(1,"","x")</f><v></v></c>'
    assert first(book(f'<row r="1">{empty}{text("B1", "x")}</row>')) == ["", "x"]


def test_lines_are_those_that_the_program_shows():
    [grid] = grids(book(texts(2, "a") + texts(5, "b", more=' hidden="1"')))
    assert [one.line for one in grid.rows] == [2, 5]
    assert grid.hidden_lines == 1


def test_the_strict_standard_is_read_as_well():
    data = book(texts(1, "项目") + row(2, number("A2", "45475", 1)), formats=("yyyy-mm-dd",), strict=True)
    assert [one.cells for one in grids(data)[0].rows] == [["项目"], ["2024-07-02"]]


def test_merged_cells_are_known_with_the_lines_they_touch():
    [grid] = grids(book(texts(1, "a", "b") + texts(2, "c") + texts(3, "d"), merged=("A1:A2",)))
    assert [one.fault and one.fault.params["area"] for one in grid.rows] == ["A1:A2", "A1:A2", None]
    assert [(one.top, one.left, one.bottom, one.right) for one in grid.merged] == [(1, 0, 2, 0)]


def test_a_sheet_that_is_hidden_is_known_as_one():
    found = grids(book(texts(1, "a"), more={"S2": ("hidden", texts(1, "b"))}))
    assert [(one.name, one.hidden) for one in found] == [("S1", False), ("S2", True)]


def test_what_lies_beyond_the_columns_that_are_looked_at_is_told():
    [grid] = grids(book(row(1, text("A1", "a"), text("ZZ1", "b"))))
    assert [one.fault and one.fault.code for one in grid.rows] == ["too-wide"]


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04" + b"\x00" * 99])
def test_a_broken_workbook_says_so(data: bytes):
    with pytest.raises(Unreadable) as refused:
        grids(data)
    assert refused.value.fault.code == "broken-workbook"

"""CSV files in every encoding, with every separator, and what Duly writes read again."""

from __future__ import annotations

import ast
import csv
import io
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from complaints.spreadsheets.cells import Day, Spoilt, escaped, plain_number, unescaped
from complaints.spreadsheets.files import decoded, grids, table
from complaints.spreadsheets.grids import Unreadable
from complaints.spreadsheets.writing import csv_text
from tests.places import ROOT

BREAKS = ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]
TRIGGERS = "=+-@\t\r＝＋－＠"


def cells(text: str) -> list[tuple[int, list[str]]]:
    return [(one.line, one.cells) for one in table(text).rows]


# --- lines and separators


@pytest.mark.parametrize("character", BREAKS)
def test_a_line_break_within_a_cell_ends_neither_the_cell_nor_the_line(character: str):
    assert cells(f'a,b\n"x{character}y",1\nz,2\n') == [(1, ["a", "b"]), (2, ["x\ny", "1"]), (3, ["z", "2"])]


@pytest.mark.parametrize("character", BREAKS[3:])
def test_characters_that_only_python_ends_lines_at_need_no_quotes(character: str):
    assert cells(f"a,b\nx{character}y,1\n") == [(1, ["a", "b"]), (2, ["x\ny", "1"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_a_spreadsheet_shows_them(end: str):
    text = end.join(["", "a,b", "", '"1', '2",x', "3,y", ""])
    assert [line for line, _ in cells(text)] == [2, 4, 5]


def test_a_line_whose_quotes_do_not_close_counts_as_one():
    assert [(one.line, bool(one.fault)) for one in table('a,b\n"x,1\ny,2\n').rows] == [
        (1, False),
        (2, True),
        (3, False),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "，", "；"])
def test_the_separator_is_the_one_that_makes_columns(separator: str):
    text = f"项目{separator}姓名{separator}内容\nhf01{separator}张伟{separator}渗水\n"
    assert [len(one) for _, one in cells(text)] == [3, 3]


def test_commas_in_the_text_of_a_list_with_tabs_separate_nothing():
    text = "项目\t内容\nhf01\t一,二,三,四\nhf01\t五,六\n"
    assert [len(one) for _, one in cells(text)] == [2, 2, 2]


def test_a_title_above_the_list_does_not_choose_the_separator():
    assert [len(one) for _, one in cells("名册;2026;一月\na,b\n1,2\n3,4\n")] == [1, 2, 2, 2]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;\r"])
def test_the_line_that_names_the_separator_is_not_shown_and_not_counted(first: str):
    assert cells(f"{first}\na;b,c\n1;2\n") == [(1, ["a", "b,c"]), (2, ["1", "2"])]


# --- encodings


TEXT = "项目,姓名,联系电话\n华府一期,张伟,138 0000 0001\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "utf-16"])
def test_a_text_is_read_in_the_encodings_of_chinese_programs(encoding: str):
    assert decoded(TEXT.encode(encoding)) == TEXT


def test_utf_16_of_either_order_is_read_by_its_mark_only():
    assert decoded(b"\xfe\xff" + TEXT.encode("utf-16-be")) == TEXT
    assert decoded(TEXT.encode("utf-16-le")) is None


@pytest.mark.parametrize(
    "data",
    [
        "項目,姓名,聯絡電話\n華府一期,張偉,廚房滲水\n".encode("big5"),
        "name,city\nMüller,Köln\n".encode("latin-1"),
        "prénom,nom\nRené,Lefèvre\n".encode("cp1252"),
        "名前,電話\n田中さん,03\n".encode("shift_jis"),
        "имя,город\nИван,Москва\n".encode("cp1251"),
        b"\xef\xbb\xbfa,b\n\xff,1\n",
    ],
)
def test_another_encoding_is_refused_and_never_read_as_something_else(data: bytes):
    with pytest.raises(Unreadable) as refused:
        grids(data)
    assert refused.value.fault.code == "encoding"


@pytest.mark.parametrize("damaged", ["张\ufffd", "锟斤拷"])
def test_characters_that_were_damaged_before_are_told(damaged: str):
    [_, (_, [cell, _])] = cells(f"a,b\n{damaged},1\n")
    assert isinstance(cell, Spoilt)
    assert cell.code == "damaged"


@pytest.mark.parametrize(
    ("said", "code"),
    [("2.02E+19", "digits-lost"), ("1.38e+10", "digits-lost"), ("#N/A", "formula"), ("#REF!", "formula")],
)
def test_what_a_spreadsheet_has_lost_is_told(said: str, code: str):
    [_, (_, [cell, _])] = cells(f"a,b\n{said},1\n")
    assert isinstance(cell, Spoilt)
    assert cell.code == code


@pytest.mark.parametrize("said", ["3月12日", "3-Dec", "Mar-12"])
def test_what_a_spreadsheet_has_made_a_day_is_known(said: str):
    [_, (_, [cell, _])] = cells(f"a,b\n{said},1\n")
    assert isinstance(cell, Day)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("3,600", "3600"),
        ("￥1,234,567.89元", "1234567.89"),
        ("３，６００", "3600"),
        ("3600,50", "3600,50"),
        ("1,23", "1,23"),
        ("12", "12"),
    ],
)
def test_only_commas_between_thousands_are_left_out(said: str, number: str):
    assert plain_number(said) == number


# --- writing


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("before", ["", " ", "\u3000", "\u200b", "\n", "'", "''"])
def test_no_text_that_is_written_begins_a_formula(trigger: str, before: str):
    said = f"{before}{trigger}1+1"
    written = escaped(said)
    assert written.startswith("'")
    assert unescaped(written) == said


def test_numbers_stay_numbers_and_other_texts_stay_as_they_are():
    assert csv_text([["a", -2, 3.5, None, "-2", "'x", "x=1"]]) == "a,-2,3.5,,'-2,'x,x=1\n"


def _plain(text: str) -> str:
    """What reading makes of a text in any case: line breaks of one kind, no blanks around it."""
    for character in BREAKS[1:]:
        text = text.replace(character, "\n")
    return text.strip()


ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufffd"), max_size=30)
ACTING = st.builds(
    "".join, st.tuples(st.sampled_from(["", "'", "''", " "]), st.sampled_from([*TRIGGERS, "#N/A", "1.5E+19"]), ANY)
)


@example([["='\r", "", '";\r；'], ["；；;,", '",;"', "\n|;;"], ['\t;\r";', "=\r\n \n", " , "]])  # separators in texts
@example([["b", "\n'\t", ""]])  # blanks before an apostrophe
@given(st.lists(st.lists(ANY | ACTING, min_size=3, max_size=3), min_size=1, max_size=6))
def test_what_is_written_comes_back_as_it_was(rows: list[list[str]]):
    head = ["a", "b", "c"]
    read = table("\ufeff" + csv_text([head, *rows])).rows
    found = [[_plain(one) for one in row.cells] for row in read]
    expected = [[_plain(one) for one in row] for row in rows]
    assert found == [head, *(row for row in expected if any(row))]
    assert not any(isinstance(one, Spoilt) for row in read for one in row.cells)


@given(st.lists(st.lists(ANY | ACTING, min_size=2, max_size=2), min_size=1, max_size=6))
def test_no_cell_of_a_written_file_begins_a_formula(rows: list[list[str]]):
    for row in csv.reader(io.StringIO(csv_text(rows), newline="")):
        assert not any(one[:1] in TRIGGERS for one in row if one)


def test_csv_files_and_workbooks_are_read_and_written_in_one_place_each():
    """Whoever writes a list elsewhere forgets what begins a formula, and whoever reads one counts lines otherwise."""
    may: dict[str, tuple[str, ...]] = {
        "csv": ("complaints/spreadsheets/files.py", "complaints/spreadsheets/writing.py"),
        "openpyxl": ("complaints/printing/reports/workbook.py", "complaints/attachments/as_text.py"),
    }
    for folder in ("complaints", "starters", "workflows", "activities", "worker", "devstack"):
        for file in (ROOT / folder).rglob("*.py"):
            place = file.relative_to(ROOT).as_posix()
            text = file.read_text(encoding="utf-8")
            if not any(name in text for name in may):
                continue
            for name in _imports(ast.parse(text)):
                assert place in may.get(name, (place,)), f"{place} imports {name}"


def _imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        named: list[Any] = node.names if isinstance(node, ast.Import) else []
        found |= {one.name.partition(".")[0] for one in named}
        found |= {(node.module or "").partition(".")[0]} if isinstance(node, ast.ImportFrom) else set()
    return found

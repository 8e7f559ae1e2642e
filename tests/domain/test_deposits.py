"""The file of deposits: read whole, or every mistake in it by its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from complaints.people.loader import load
from complaints.repairs.deposits import read
from complaints.repairs.retention_money import Deposit
from tests.places import EXAMPLE_DIRECTORY
from tests.spreadsheets.files import book, texts

DIRECTORY = load(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"))
HEAD = "contractor,project,amount,date,voucher\n"


def test_a_file_is_read_with_headings_in_either_language_and_any_order():
    expected = Deposit(
        contractor="hongji", project="hf01", amount=Decimal("120000.50"), day=date(2026, 1, 5), voucher="存-1"
    )
    for text in (
        HEAD + 'hongji,hf01,"120,000.50",2026-01-05,存-1\n\n',
        "凭证号,日期,金额,项目,施工单位\r\n存-1 , 2026-01-05,120000.5,hf01,hongji\r\n",
    ):
        [line], problems = read(text.encode(), DIRECTORY)
        assert (line.line, line.deposit, problems) == (2, expected, [])


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ("nobody,hf01,1,2026-01-05,v", ["contractor"]),
        ("antai,hf01,1,2026-01-05,v", ["project"]),  # it built only the other one
        ("hongji,xx99,1,2026-01-05,v", ["project"]),
        ("hongji,hf01,0,2026-01-05,v", ["amount"]),
        ("hongji,hf01,-5,2026-01-05,v", ["amount"]),
        ("hongji,hf01,1.005,2026-01-05,v", ["amount"]),
        ("hongji,hf01,1e400,2026-01-05,v", ["amount"]),
        ("hongji,hf01,much,5 January,", ["amount", "date", "voucher"]),
        ("hongji,hf01,1,2026-02-30,v", ["date"]),
        ("hongji,hf01,1,2026-01-05", ["columns"]),
    ],
)
def test_every_mistake_is_named_with_its_line(row: str, codes: list[str]):
    lines, problems = read(f"{HEAD}hongji,hf01,1,2026-01-05,v\n{row}\n".encode(), DIRECTORY)
    assert [(problem.line, problem.code) for problem in problems] == [(3, code) for code in codes]
    assert len(lines) == 1
    assert all(problem.words(lang) for problem in problems for lang in ("zh", "en"))


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "contractor,project,amount,date\n"])
def test_a_file_of_something_else_is_told_from_its_first_line(text: str):
    assert [(problem.line, problem.code) for problem in read(text.encode(), DIRECTORY)[1]] == [(1, "heading")]


def test_deposits_are_read_out_of_workbooks_and_in_other_encodings_as_well():
    head = ("施工单位", "项目", "金额", "日期", "凭证号")
    cells = ("hongji", "hf01", "1,200", "2026/1/5", "存-1")
    tabs = "\n".join("\t".join(line) for line in (head, cells))
    for data in (book(texts(1, *head) + texts(2, *cells)), tabs.encode("utf-16"), tabs.encode("gb18030")):
        [line], problems = read(data, DIRECTORY)
        assert (line.line, line.deposit.amount, line.deposit.day, problems) == (2, 1200, date(2026, 1, 5), [])


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ("hongji,hf01,1,2026-01-05,2.02E+19", "digits-lost"),
        ("hongji,hf01,1,2026-01-05,3月12日", "day-for-text"),
        ("hongji,hf01,#N/A,2026-01-05,v", "formula"),
    ],
)
def test_what_a_spreadsheet_has_spoilt_is_named_with_its_line(cells: str, code: str):
    lines, [problem] = read(f"{HEAD}{cells}\n".encode(), DIRECTORY)
    assert (lines, problem.line, problem.key) == ([], 2, f"importing.problem.{code}")
    assert problem.words("zh") != problem.words("en")


def test_a_decimal_comma_and_an_unclear_date_are_no_values():
    _, problems = read(f'{HEAD}hongji,hf01,"3600,50",03/04/2026,v\n'.encode(), DIRECTORY)
    assert [one.code for one in problems] == ["amount", "date"]
    _, problems = read("施工单位,项目\n".encode("big5", "replace") + b"\xa4\xa4\xa4\xe5,\xb4\xfa\xb8\xd5\n", DIRECTORY)
    assert [one.code for one in problems] == ["unreadable"]

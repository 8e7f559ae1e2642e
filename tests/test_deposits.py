"""The file of deposits: read whole, or every mistake in it by its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from complaints.deposits import read
from complaints.directory import load
from complaints.retention import Deposit
from tests.places import EXAMPLE_DIRECTORY

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

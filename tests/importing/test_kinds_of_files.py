"""What spreadsheets and other systems do to lists, as `duly import` reads them: taken as it is meant, or told."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from complaints.customers.model import OldComplaint
from complaints.importing import KINDS
from complaints.importing.kinds import COMPLAINTS, CUSTOMERS, HOMES
from complaints.importing.tables import ListKind, ReadList, read
from complaints.spreadsheets.writing import csv_text
from tests.importing.books import around
from tests.spreadsheets.files import book, number, row, text, texts

FULL = "项目,投诉编号,受理时间,结案时间,客户姓名,联系电话,房号,类别,渠道,投诉内容,费用\n"


def old(data: bytes | str, **changes: Any) -> ReadList[OldComplaint]:
    return read(COMPLAINTS, data.encode() if isinstance(data, str) else data, around(**changes))


def codes(listing: ReadList[Any]) -> list[tuple[int, str, str]]:
    return [(one.line, one.code, one.column) for one in listing.problems]


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c"])
def test_a_separator_within_a_cell_cuts_no_line(character: str):
    lines = [
        f"hf01,{n},2024-03-01,2024-03-05,张三,13800000001,802,工程质量,来电,渗{character}水,{n}00" for n in (1, 2, 3)
    ]
    found = old(FULL + "\n".join(lines))
    assert found.problems == ()
    assert [(one.line, one.value.matter, one.value.cost) for one in found.entries] == [
        (line, "渗\n水", Decimal(f"{line - 1}00.00")) for line in (2, 3, 4)
    ]


COMPLETE = ("项目", "投诉编号", "受理时间", "结案时间", "客户姓名", "联系电话", "投诉内容")
CELLS = {
    "A": text("A2", "hf01"),
    "B": text("B2", "17"),
    "C": text("C2", "2024-03-01"),
    "D": text("D2", "2024-03-05"),
    "E": text("E2", "张三"),
    "F": text("F2", "13800000001"),
    "G": text("G2", "渗水"),
}


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("B", number("B2", "2.024090300011177E+19"), "digits-lost"),
        ("B", text("B2", "2.02E+19"), "digits-lost"),
        ("F", number("F2", "1234567890123456"), "digits-lost"),
        ("B", '<c r="B2"><f>A1&amp;"x"</f></c>', "formula-open"),
        ("G", '<c r="G2"><f>B1</f></c>', "formula-open"),
        ("E", '<c r="E2" t="e"><v>#N/A</v></c>', "formula"),
        ("B", number("B2", "45475", 1), "day-for-text"),
        ("B", text("B2", "3月12日"), "day-for-text"),
        ("E", text("E2", "张\ufffd"), "damaged"),
        ("C", text("C2", "03/04/2024"), "date-order"),
        ("C", number("C2", "7", 0), "date"),
    ],
)
def test_what_is_lost_is_refused_by_line_and_column(column: str, cell: str, code: str):
    cells = {**CELLS, column: cell}
    found = old(book(texts(1, *COMPLETE) + row(2, *cells.values()), formats=("yyyy-mm-dd",)))
    heading = COMPLETE[ord(column) - ord("A")]
    assert codes(found) == [(2, code, heading)]
    assert found.entries == ()
    said = [found.problems[0].words(lang) for lang in ("zh", "en")]
    assert all(heading in one for one in said)
    assert said[0] != said[1]


def test_an_empty_cell_is_not_taken_for_a_formula_that_gave_nothing():
    cells = {**CELLS, "F": '<c r="F2" t="str"><f>IF(1,"","x")</f><v></v></c>'}
    [entry] = old(book(texts(1, *COMPLETE) + row(2, *cells.values()))).entries
    assert entry.value.contact == "—"


MERGED = ("E1:F1", "A1:A2", "B1:B2", "C1:C2", "D1:D2", "G1:G2")


def test_headings_on_two_lines_lose_no_column():
    head = texts(1, "项目", "投诉编号", "受理时间", "结案时间", "客户", "", "投诉内容") + texts(
        2, "", "", "", "", "姓名", "电话"
    )
    cells = "".join(CELLS.values()).replace('2" t', '3" t')
    for merged in (MERGED, ()):
        found = old(book(head + f'<row r="3">{cells}</row>', merged=merged))
        assert (codes(found), found.unused) == ([], ())
        assert [(one.line, one.value.customer, one.value.contact) for one in found.entries] == [
            (3, "张三", "13800000001")
        ]


def test_a_column_without_a_heading_is_named_when_it_holds_anything():
    found = read(CUSTOMERS, "项目,姓名,,联系电话,\nhf01,张伟,x,13800000001,\n".encode(), around())
    assert (len(found.entries), found.unused) == (1, ("列 C",))


def test_hidden_lines_are_read_and_counted_and_hidden_sheets_only_by_name():
    head, line = texts(1, "项目", "姓名", "联系电话"), texts(2, "hf01", "张伟", "13800000001", more=' hidden="1"')
    assert read(CUSTOMERS, book(head + line), around()).hidden == 1
    two = book(head + line, more={"旧": ("hidden", head + line)})
    assert read(CUSTOMERS, two, around()).sheet == "S1"
    hidden = book(head + line, state="veryHidden")
    assert codes(read(CUSTOMERS, hidden, around())) == [(0, "only-hidden", "")]
    assert len(read(CUSTOMERS, hidden, around(), "S1").entries) == 1


# --- headings and days of other systems


TRADE = """投诉编号,楼栋名称,业主编号,业主姓名,投诉日期,接待人员,投诉主题,\
投诉内容,处理日期,处理人员,处理意见,处理结果,业主反馈
TS1,3栋,YZ-1,甲某,2024-3-5,周敏,渗水,主卫渗水,2024-3-12,钱伟,重做防水,已修复,满意
TS2,5栋,YZ-2,乙某,2024-3-6 14:20,吴杰,电梯,电梯停运,2024-3-7,唐燕,更换,已更换,一般
TS3,1栋,YZ-3,丙某,2024.3.8,周敏,收费,未公示,2024.3.20,宋洁,公示,已公示,不满意
TS4,2栋,YZ-4,丁某,2024年3月9日,吴杰,绿化,改停车位,,马超,,处理中,
"""


def test_the_headings_of_the_trade_are_known_and_what_is_not_taken_is_told():
    found = old(TRADE, project="hf01")
    assert codes(found) == [(5, "missing", "处理日期")]
    assert [(one.line, one.code, one.column) for one in found.left_empty] == [(3, "neither", "业主反馈")]
    assert found.unused == ("业主编号", "投诉主题", "处理人员", "处理意见")
    first, second, third = (one.value for one in found.entries)
    assert (first.building, first.received_by, first.result, first.satisfied) == ("3栋", "zhou.min", "已修复", True)
    assert second.received_at == datetime(2024, 3, 6, 6, 20, tzinfo=UTC)
    assert (second.satisfied, third.satisfied) == (None, False)


@pytest.mark.parametrize(
    ("kind", "heading", "field"),
    [
        (COMPLAINTS, "工单编号", "number"),
        (COMPLAINTS, "处理日期", "closed_at"),
        (COMPLAINTS, "接待人员", "received_by"),
        (COMPLAINTS, "业主反馈", "satisfied"),
        (COMPLAINTS, "楼栋名称", "building"),
        (HOMES, "楼栋名称", "building"),
        (HOMES, "业主编号", "customer"),
        (CUSTOMERS, "业主编号", "id"),
        (COMPLAINTS, "Complaint ID", "number"),
        (COMPLAINTS, "Date received", "received_at"),
        (COMPLAINTS, "Closed Date", "closed_at"),
    ],
)
def test_a_heading_means_a_field(kind: ListKind[Any], heading: str, field: str):
    assert kind.knows(heading)
    from complaints.importing.tables import _places  # pyright: ignore[reportPrivateUsage]

    assert _places(kind, ["x", heading])[field] == 1


@pytest.mark.parametrize(
    ("heads", "cells", "home"),
    [("楼栋名称,房号", "3栋,802", "3栋 802"), ("房号,x", "3-802,", "3-802"), ("楼栋,房号", "3栋,", "3栋")],
)
def test_building_and_unit_may_stand_in_two_columns(heads: str, cells: str, home: str):
    text = f"项目,编号,受理日期,结案日期,姓名,投诉内容,{heads}\nhf01,1,2024-3-1,2024-3-3,张,渗水,{cells}\n"
    assert [one.value.building for one in old(text).entries] == [home]


def test_a_house_number_that_was_kept_as_a_number_has_no_fraction():
    head = "项目,楼栋,房号,姓名,电话\n"
    [entry] = read(HOMES, (head + "hf01,3.0,0802.0,张,13800000001.0\n").encode(), around()).entries
    assert (entry.value.building, entry.value.unit, entry.value.contact) == ("3", "0802", "13800000001")


def test_a_heading_that_does_instead_gives_way_to_the_right_one():
    found = old(
        "项目,编号,受理日期,处理日期,结案日期,姓名,投诉主题,投诉内容\nhf01,1,2024-3-1,2024-3-2,2024-3-3,张,水,渗水\n"
    )
    assert (found.entries[0].value.matter, found.entries[0].value.closed_at.day) == ("渗水", 3)
    assert found.unused == ("处理日期", "投诉主题")


ENGLISH = "Complaint ID,Created Date,Closed Date,Customer Name,Descriptor\n"


def test_the_order_of_day_and_month_is_that_of_the_column():
    lines = "1,08/17/2018 03:25:16 PM,08/20/2018 09:21:15 AM,A,x\n2,03/04/2018 12:00:00 AM,03/05/2018 12:00:00 AM,B,y\n"
    found = old(ENGLISH + lines, project="hf01")
    assert codes(found) == []
    assert [(one.value.received_at, one.value.closed_at.day) for one in found.entries] == [
        (datetime(2018, 8, 17, 7, 25, 16, tzinfo=UTC), 20),
        (datetime(2018, 3, 3, 16, 0, tzinfo=UTC), 4),
    ]


@pytest.mark.parametrize("other", ["17/08/2018", "2018-08-17", "03/05/2018"])
def test_a_column_that_does_not_tell_is_refused_where_it_is_unclear(other: str):
    lines = f"1,08/17/2018,2018-08-20,A,x\n2,03/04/2018,2018-08-20,B,y\n3,{other},2018-08-20,C,z\n"
    if not other.startswith("17"):
        lines = lines.replace("08/17/2018", "2018-08-17")
    found = old(ENGLISH + lines, project="hf01")
    assert {(line, code) for line, code, _ in codes(found)} >= {(3, "date-order")}
    assert "1" in {one.value.number for one in found.entries}


def test_iso_times_of_programs_are_understood_beside_days():
    lines = "1,2024-01-01T08:15:30.000Z,2024-01-05,A,x\n2,2024-01-02,2024-01-05T00:00:00.000Z,B,y\n"
    found = old(ENGLISH + lines, project="hf01")
    assert codes(found) == []
    assert found.entries[0].value.received_at == datetime(2024, 1, 1, 8, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("lead", ["", "\n", "标题\n"])
def test_the_line_of_the_headings_is_told_and_not_that_of_a_cell_which_looks_like_one(lead: str):
    text = (
        f"{lead}Unique Key,Created Date,Agency,Open Data Channel Type\n1,08/17/2018,HPD,PHONE\n2,08/18/2018,HPD,PHONE\n"
    )
    [problem] = old(text, project="hf01").problems
    assert (problem.code, problem.params["line"]) == ("headings-lack", "2" if lead else "1")


# --- formulas, and what Duly wrote itself


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","查看")', "@SUM(1+1)", "-2+3", "+86", "＝1", "'=1"])
def test_a_name_that_looks_like_a_formula_is_taken_and_comes_back_from_a_list_of_ours(name: str):
    plain = [["项目", "姓名", "联系电话"], ["hf01", name, "13800000001"]]
    cell = name.replace('"', '""')
    typed = read(CUSTOMERS, f'项目,姓名,联系电话\nhf01,"{cell}",13800000001\n'.encode(), around())
    written = read(CUSTOMERS, csv_text(plain).encode(), around())
    assert [one.value.name for one in written.entries] == [name]
    assert [one.value.name for one in typed.entries] == [name.removeprefix("'")]


@pytest.mark.parametrize("sum", ["3600,50", "1,23,4"])
def test_a_decimal_comma_does_not_make_a_sum_a_hundred_times_as_high(sum: str):
    found = read(
        KINDS["deposits"], f"施工单位;项目;金额;日期;凭证号\nhongji;hf01;{sum};2026-01-05;v\n".encode(), around()
    )
    assert codes(found) == [(2, "amount", "金额")]

"""Lists as clerks keep them: what is read from them, and everything that can be wrong with them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from complaints.customers.model import Customer, Relation
from complaints.importing import KINDS
from complaints.importing.kinds import COMPLAINTS, CONTRACTORS, CUSTOMERS, DEPOSITS, HOMES
from complaints.importing.tables import ReadList, read
from tests.importing.books import around, workbook
from tests.places import ROOT

HEAD = "项目,姓名,联系电话\n"
TITLES = ["客户编号", "项目", "姓名", "联系电话", "入住日期"]
ROW: list[Any] = ["K1", "hf01", "张伟", 13800000001, date(2024, 7, 2)]


def codes(listing: ReadList[Any]) -> list[tuple[int, str]]:
    return [(one.line, one.code) for one in listing.problems]


def customers(text: str | bytes, **changes: Any) -> ReadList[Customer]:
    return read(CUSTOMERS, text.encode() if isinstance(text, str) else text, around(**changes))


# --- what is read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_list_is_read_in_every_encoding_and_with_every_separator(encoding: str, separator: str):
    text = "业主名册\n项目,姓名 *,联系电话（手机）,其他\n华府一期,张伟,138 0000 0001,x\n\n".replace(",", separator)
    found = customers(text.encode(encoding))
    assert [(one.line, one.value.project, one.value.name, one.value.contact) for one in found.entries] == [
        (3, "hf01", "张伟", "138 0000 0001")
    ]
    assert (found.problems, found.unused) == ((), ("其他",))


def test_english_headings_do_as_well_and_a_project_may_be_given_once_for_all():
    found = customers("name,phone,moved_in\nZhang,13800000001,2024-07-02\n", project="yx02")
    assert [one.value.project for one in found.entries] == ["yx02"]
    assert codes(customers("name,phone\nZhang,13800000001\n")) == [(0, "headings-lack")]


def test_a_workbook_is_read_like_the_same_list_in_csv():
    book = workbook([["业主名册 2026", None, None], TITLES, ROW])
    text = ",".join(TITLES) + "\nK1,hf01,张伟,13800000001,2024-07-02\n"
    assert [one.value for one in customers(book).entries] == [one.value for one in customers(text).entries]
    assert customers(book).sheet == "S1"


@pytest.mark.parametrize("number", [13800000001, 13800000001.0, "13800000001", "13800000001.0", " 13800000001 "])
def test_a_telephone_number_that_a_spreadsheet_keeps_as_a_number_stays_what_it_was(number: Any):
    [entry] = customers(workbook([TITLES, [*ROW[:3], number, None]])).entries
    assert entry.value.contact == "13800000001"


@pytest.mark.parametrize(
    "day", ["2024-07-02", "2024/7/2", "2024.7.2", "2024年7月2日", "20240702", "45475", "45475.5", "2024-07-02 00:00:00"]
)
def test_a_day_is_understood_as_people_and_spreadsheets_write_it(day: str):
    [entry] = customers(f"项目,姓名,联系电话,入住日期\nhf01,张伟,13800000001,{day}\n").entries
    assert entry.value.moved_in == date(2024, 7, 2)


def test_a_number_for_a_day_counts_from_1904_in_a_workbook_that_does():
    [entry] = customers(workbook([TITLES, [*ROW[:4], 45475 - 1462]], mac=True)).entries
    assert entry.value.moved_in == date(2024, 7, 2)


def test_a_line_that_says_the_same_again_counts_once():
    found = customers(HEAD + "hf01,张伟,13800000001\nhf01,张伟,13800000001\n")
    assert (len(found.entries), found.repeated, found.problems) == (1, 1, ())


def test_who_comes_without_a_number_gets_one_that_is_always_the_same():
    first, second = (
        customers(HEAD + f"hf01,张伟,{number}\n").entries[0].value for number in ("138 0000 0001", "138-0000-0001")
    )
    assert first.derived == second.derived
    assert first.contact == "138 0000 0001"


def test_old_complaints_are_read_on_the_clock_of_their_project_and_days_end_at_their_end():
    text = (
        "项目,编号,受理时间,结案时间,客户,投诉内容,级别,费用,满意,类别,承诺时间\n"
        'hf01,17,2024-09-03 10:20,2024-09-03,周建华,渗水,三级,"3,600",不满意,工程质量,2024-09-03\n'
    )
    [entry] = read(COMPLAINTS, text.encode(), around()).entries
    old = entry.value
    assert old.received_at == datetime(2024, 9, 3, 2, 20, tzinfo=UTC)
    assert old.closed_at == old.promised == datetime(2024, 9, 3, 15, 59, tzinfo=UTC)
    assert (old.level, old.cost, old.satisfied, old.category) == (3, Decimal("3600.00"), False, "engineering")
    assert (old.full_number, old.contact) == ("HF01/17", "—")


@pytest.mark.parametrize(
    ("kind", "file", "count"),
    [
        ("customers", "customers.csv", 8),
        ("homes", "homes.csv", 8),
        ("homes", "homes-sold.csv", 1),
        ("contractors", "contractors.csv", 3),
        ("deposits", "deposits.csv", 4),
        ("complaints", "old-complaints.csv", 3),
    ],
)
def test_the_examples_are_good(kind: str, file: str, count: int):
    found = read(KINDS[kind], (ROOT / "examples" / file).read_bytes(), around())
    assert (len(found.entries), codes(found), found.unused) == (count, [], ())


# --- files that cannot be read


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (HEAD.encode(), "no-lines"),
        (b"\x81\x20\xff\xff,\xff", "encoding"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old-workbook"),
        (b"PK\x03\x04 but no workbook", "broken-workbook"),
        (workbook([]), "empty"),
        (b"a,b\n1,2\n", "no-headings"),
        (workbook([["a", "b"], [1, 2]]), "other-sheet"),
        ("项目,姓名\nhf01,张伟\n".encode(), "headings-lack"),
        ("项目,姓名,客户,电话\nhf01,张伟,张伟,13800000001\n".encode(), "heading-twice"),
        (workbook([TITLES, ROW], [TITLES, ROW]), "which-sheet"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_in_one_sentence(data: bytes, code: str):
    found = customers(data)
    assert codes(found) == [(0, code)]
    assert all(found.problems[0].words(lang) for lang in ("zh", "en"))


def test_the_sheet_that_has_the_headings_is_found_or_named():
    other = [["月份", "金额"], [1, 2]]
    assert customers(workbook(other, [TITLES, ROW])).sheet == "S2"
    both = workbook([TITLES, ROW], [TITLES, [*ROW[:2], "李娜", *ROW[3:]]])
    assert [one.value.name for one in read(CUSTOMERS, both, around(), "S2").entries] == ["李娜"]
    assert codes(read(CUSTOMERS, both, around(), "S3")) == [(0, "no-such-sheet")]


def test_a_file_larger_than_anybody_s_list_is_not_looked_at(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("complaints.spreadsheets.files.LIMIT", 10)
    assert codes(customers(HEAD + "hf01,张伟,13800000001\n")) == [(0, "too-large")]
    monkeypatch.undo()
    monkeypatch.setattr("complaints.spreadsheets.workbooks.UNPACKED", 10)
    assert codes(customers(workbook([TITLES, ROW]))) == [(0, "too-large")]


# --- lines and cells


def test_merged_cells_spoil_the_lines_they_touch_and_no_others():
    rows = [TITLES, ROW, ["K2", "hf01", "李娜", 13800000002, None], ["K3", "hf01", "王强", 13800000003, None]]
    found = customers(workbook(rows, merged="B2:B3"))
    assert codes(found) == [(2, "merged"), (3, "merged")]
    assert found.problems[0].params == {"area": "B2:B3"}
    assert [one.value.id for one in found.entries] == ["K3"]
    titled = workbook([["名册", None], TITLES, ROW], merged="A1:E1")
    assert codes(customers(titled)) == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("hf01,张伟,1.38E+10,,,", ["digits-lost"]),
        ("hf01,张伟,1.38e10,,,", ["phone-lost"]),
        ("hf01,张伟,12345,,,", ["phone"]),
        ("hf09,张伟,13800000001,,,", ["unknown-project"]),
        (",,,,,是", ["missing", "missing", "missing"]),
        ("hf01,张伟,13800000001,2024-02-30,,", ["date"]),
        ("hf01,张伟,13800000001,昨天,,", ["date"]),
        ("hf01,张伟,13800000001,1024-02-03,,", ["date"]),
        ("hf01,张伟,13800000001,,无此人,", ["unknown-person"]),
        ("hf01,张伟,13800000001,,,也许", ["yes-or-no"]),
        ("hf01,#REF!,13800000001,,,", ["formula"]),
        ("hf01,张\x07伟,13800000001,,,", ["control-character"]),
        (f"hf01,{'张' * 101},13800000001,,,", ["too-long"]),
        ("hf01,张伟,13800000001,,,否,,x", ["too-many-cells"]),
        ('hf01,"张伟,13800000001,,,', ["quotes"]),
        ("hf01,李娜,13800000009,2024-1-1,,", ["twice"]),
    ],
)
def test_what_is_wrong_with_a_line_is_told_and_the_other_lines_are_read(line: str, wrong: list[str]):
    head = "项目,姓名,联系电话,入住日期,置业顾问,勿扰\n"
    found = customers(f"{head}hf01,李娜,13800000009,,,\n{line}\nhf01,王强,13800000008,,,\n")
    assert codes(found) == [(3, code) for code in wrong]
    assert [one.value.name for one in found.entries] == ["李娜", "王强"]
    assert all(problem.words(lang) for problem in found.problems for lang in ("zh", "en"))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("hf01,17,2024-09-03,2024-09-02,周,渗水,3", "closed-early"),
        ("hf01,17,2024-09-03,2026-11-23,周,渗水,3", "future"),
        ("hf01,17,2024-09-03,2024-09-04,周,渗水,5", "level"),
        ("hf01,17,2024-09-03,,周,渗水,3", "missing"),
        ("hf01,17,2024-09-03 25:00,2024-09-04,周,渗水,3", "date"),
    ],
)
def test_an_old_complaint_must_be_over_and_in_order(line: str, code: str):
    head = "项目,编号,受理时间,结案时间,客户,投诉内容,级别\n"
    assert codes(read(COMPLAINTS, (head + line).encode(), around())) == [(2, code)]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("hf01,3栋,802,,", "no-customer"),
        ("hf01,3栋,802,周建华,", "no-customer"),
        ("hf01,栋,室,周建华,13800000031", "no-place"),
    ],
)
def test_a_home_needs_a_place_and_somebody(line: str, code: str):
    found = read(HOMES, f"项目,楼栋,房号,姓名,电话\n{line}\n".encode(), around())
    assert codes(found) == [(2, code)]


def test_a_home_is_the_same_however_it_is_written_and_has_one_owner_and_any_number_of_others():
    head = "项目,楼栋,房号,客户编号,关系\n"
    found = read(HOMES, (head + "hf01,3栋,802室,A,\nhf01,3,#802,B,家属\nhf01,3号楼,802,C,业主\n").encode(), around())
    assert codes(found) == [(4, "twice")]
    assert [one.value.relation for one in found.entries] == [Relation.OWNER, Relation.FAMILY]


@pytest.mark.clause("CS-4.3.2")
def test_a_contractor_keeps_what_the_list_has_no_column_for_and_must_be_reachable():
    text = "施工单位,保修联系人,电话\n雨防防水工程有限公司,孙海,13800002012\n新来的公司,某,13800000000\n"
    found = read(CONTRACTORS, text.encode(), around())
    assert codes(found) == [(3, "contractor-key")]
    [entry] = found.entries
    assert entry.value.key == "yufang"
    assert (entry.value.projects, entry.value.mail) == (("hf01", "yx02"), "sun.hai@yufang.example")
    unreachable = "代号,施工单位,保修联系人,电话,邮箱\nyufang,雨防,孙海,,\nx y,某,某,call me,me\n"
    wrong = codes(read(CONTRACTORS, unreachable.encode(), around()))
    assert wrong == [(2, "not-reachable"), (3, "not-id"), (3, "not-phone"), (3, "not-mail")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("antai,hf01,1,2026-01-05,v", "not-built-by"),
        ("nobody,hf01,1,2026-01-05,v", "unknown-contractor"),
        ("hongji,hf01,0,2026-01-05,v", "amount-zero"),
        ("hongji,hf01,-1,2026-01-05,v", "amount"),
        ("hongji,hf01,1.005,2026-01-05,v", "amount"),
        ("hongji,hf01,1e400,2026-01-05,v", "amount"),
        ("hongji,hf01,1,2027-01-05,v", "future"),
    ],
)
def test_a_deposit_is_of_a_contractor_of_the_project(line: str, code: str):
    found = read(DEPOSITS, f"contractor,project,amount,date,voucher\n{line}\n".encode(), around())
    assert codes(found) == [(2, code)]

"""The sheet that goes out with a draw and comes back: what is filled in is read, what is wrong is named by its line."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime

import pytest

from complaints.intake.taking import read as read_complaints
from complaints.revisits.forms import RevisitWay, Satisfaction
from complaints.revisits.lines import Unsatisfied
from complaints.revisits.proposing import proposal
from complaints.revisits.proposing import written as written_proposals
from complaints.revisits.sheet import FIELDS, read, written
from tests.spreadsheets.files import book, texts

LINES = [
    {
        "draw": "RV-5.3a-2026-11-hf01",
        "customer": "k-1",
        "name": "冯先生",
        "contact": "138 0000 0001",
        "home": "3栋 1701",
    },
    {
        "draw": "RV-5.3a-2026-11-hf01",
        "customer": "k-2",
        "name": "李女士",
        "contact": "138 0000 0002",
        "home": "3栋 1702",
    },
]
DEFAULTS = {"by": "shen.yu", "day": "2026-11-05", "draw": ""}
HEAD = "draw,customer,day,by,way,satisfaction,suggestions\n"


def filled(lang: str, *answers: str) -> bytes:
    """The written sheet with the answers of each line typed in: way, satisfaction and quality."""
    head, *lines = written(LINES, lang).splitlines()
    done = []
    for line, answer in zip(lines, answers, strict=True):
        way, satisfaction, quality = answer.split("/")
        cells = line.split(",")
        for name, value in (("way", way), ("satisfaction", satisfaction), ("quality", quality)):
            cells[[one for one, _ in FIELDS].index(name)] = value
        done.append(",".join(cells))
    return "\n".join([head, *done]).encode("utf-8-sig")


@pytest.mark.clause("RV-3")
@pytest.mark.parametrize(
    ("lang", "answers"),
    [("zh", ("电话/满意/好", "上门/不满意/漏水")), ("en", ("telephone/satisfied/好", "visit/Unsatisfied/漏水"))],
)
def test_a_sheet_that_was_filled_in_comes_back(lang: str, answers: tuple[str, ...]):
    results, problems = read(filled(lang, *answers), DEFAULTS)
    assert problems == []
    assert [(line, one.customer, one.by, one.day) for line, one in results] == [
        (2, "k-1", "shen.yu", date(2026, 11, 5)),
        (3, "k-2", "shen.yu", date(2026, 11, 5)),
    ]
    first, second = (one.said for _, one in results)
    assert (first.way, first.satisfaction, first.quality) == (RevisitWay.TELEPHONE, Satisfaction.SATISFIED, "好")
    assert (second.way, second.satisfaction, second.unsatisfied) == (RevisitWay.VISIT, Satisfaction.UNSATISFIED, True)


@pytest.mark.clause("RV-3")
@pytest.mark.parametrize(
    ("word", "way"),
    [("电话", "telephone"), ("上门", "visit"), ("填表", "form"), ("座谈", "meeting"), ("其他", "other")],
)
def test_every_way_of_the_procedure_has_its_word(word: str, way: str):
    for said in (word, way):
        [(_, one)], _ = read(f"{HEAD}d,k,2026-11-05,x,{said},满意,\n".encode(), {})
        assert one.said.way.value == way


def test_lines_that_nobody_has_called_yet_are_passed_over():
    results, problems = read(filled("zh", "//", "电话/未联系上/"), DEFAULTS)
    assert problems == []
    [(line, one)] = results
    assert (line, one.said.reached, one.said.satisfaction) == (3, False, None)


@pytest.mark.parametrize("day", ["2026-11-05", "2026/11/5", "2026.11.05"])
def test_days_are_read_as_spreadsheets_write_them(day: str):
    [(_, one)], _ = read(f"{HEAD}d,k,{day},x,电话,满意,\n".encode(), {})
    assert one.day == date(2026, 11, 5)


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("d,k,2026-11-31,x,电话,满意,", ["day"]),
        ("d,k,yesterday,x,电话,满意,", ["day"]),
        ("d,k,2026-11-05,x,鸽子,满意,", ["way"]),
        ("d,k,2026-11-05,x,电话,还行,", ["satisfaction"]),
        ("d,k,2026-11-05,x,电话,,再说", ["missing"]),
        ("d,,2026-11-05,,电话,满意,", ["missing", "missing"]),
        ("d,k,2026-11-05,Not A Person,电话,满意,", ["field"]),
        (f"d,k,2026-11-05,x,电话,满意,{'长' * 4001}", ["field"]),
        ("d,k,2026-11-05,x,电话,满意,好,还有,更多", ["unreadable"]),
        ('d,k,2026-11-05,x,电话,满意,"好', ["unreadable"]),
        ("d,k,5,x,鸽子,还行,", ["day", "way", "satisfaction"]),
    ],
)
def test_each_mistake_is_named_with_its_line(line: str, codes: list[str]):
    good = "d,k-2,2026-11-05,x,电话,满意,"
    results, problems = read(f"{HEAD}{good}\n{line}\n".encode(), {})
    assert [(one.line, one.code) for one in problems] == [(3, code) for code in codes]
    assert [one.customer for _, one in results] == ["k-2"]
    assert all(one.words("zh") != one.words("en") for one in problems)


def test_a_column_that_means_nothing_is_named_and_an_empty_file_is_none():
    _, problems = read("draw,customer,day,by,way,satisfaction,mood\nd,k,2026-11-05,x,电话,满意,好\n".encode(), {})
    assert [(one.code, one.params) for one in problems] == [("column", {"name": "mood"})]
    assert [one.code for one in read(b"", {})[1]] == ["unreadable"]


def test_a_chinese_line_without_its_customer_does_not_take_the_name_for_one():
    data = filled("zh", "电话/满意/", "电话/满意/").replace(b"k-2", b"")
    results, problems = read(data, DEFAULTS)
    assert [(one.line, one.params) for one in problems] == [(3, {"name": "customer"})]
    assert [one.customer for _, one in results] == ["k-1"]


@pytest.mark.clause("RV-4.2")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_complaint_that_is_proposed_can_be_opened_as_it_is(lang: str):
    one = Unsatisfied(
        draw="RV-5.3a-2026-11-hf01",
        customer="k-1",
        day=date(2026, 11, 5),
        by="shen.yu",
        way="telephone",
        said="门禁失灵",
        project="hf01",
        name="冯先生",
        contact="138 0000 0001",
        home="3栋 1701",
    )
    gone = one.but(name="", contact="", home="", said="", way="meeting", customer="k-2")
    intake = read_complaints(written_proposals([one, gone], lang).encode(), now=datetime(2026, 11, 6, tzinfo=UTC))
    assert intake.rejected == ()
    first, second = (accepted.complaint for accepted in intake.accepted)
    assert (first.source, first.external_id) == ("revisit", "RV-5.3a-2026-11-hf01/k-1")
    assert (first.channel.value, first.customer, "门禁失灵" in first.matter) == ("phone", "冯先生", True)
    assert (second.channel.value, second.customer) == ("other", "k-2")
    assert proposal(one, lang)["matter"].count("2026-11-05") == 1


NASTY = '=HYPERLINK("http://x","查看")'


def test_no_cell_of_the_sheet_begins_a_formula_and_it_comes_back_as_it_was():
    acting = {"draw": "d", "customer": "k", "name": NASTY, "contact": "+86 138", "home": "-2"}
    answered = {**acting, "day": "2026-11-05", "by": "shen.yu", "way": "电话", "satisfaction": "满意", "quality": "@1"}
    for lang in ("zh", "en"):
        text = written([answered], lang)
        [_, cells] = csv.reader(text.splitlines())
        assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r")]
        [(_, one)], problems = read(text.encode("utf-8-sig"), {})
        assert (one.said.quality, problems) == ("@1", [])


def test_no_cell_of_the_proposed_complaints_begins_a_formula_and_they_come_back_as_they_were():
    one = Unsatisfied(
        draw="d",
        customer="k",
        day=date(2026, 11, 5),
        by="shen.yu",
        way="telephone",
        said="=1+1",
        project="hf01",
        name=NASTY,
        contact="+86 138 0000 0001",
        home="-2+3",
    )
    text = written_proposals([one])
    assert not [cell for row in csv.reader(text.splitlines()) for cell in row if cell[:1] in set("=+-@\t\r")]
    [taken] = read_complaints(text.encode(), now=datetime(2026, 11, 6, tzinfo=UTC)).accepted
    assert (taken.complaint.customer, taken.complaint.contact) == (NASTY, "+86 138 0000 0001")
    assert taken.complaint.building == "-2+3"


def test_a_sheet_that_was_saved_as_a_workbook_or_as_unicode_text_comes_back_as_well():
    head = ("抽样", "客户编号", "回访日期", "回访人", "回访方式", "满意度")
    filled_in = head, ("d", "k", "2026/11/5", "x", "电话", "满意")
    workbook = book(texts(1, *filled_in[0]) + texts(2, *filled_in[1]))
    unicode_text = "\n".join("\t".join(line) for line in filled_in).encode("utf-16")
    for data in (workbook, unicode_text):
        [(line, one)], problems = read(data, {})
        assert (line, one.customer, one.day, problems) == (2, "k", date(2026, 11, 5), [])


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ("d,2.02E+19,2026-11-05,x,电话,满意,", "digits-lost"),
        ("d,3月12日,2026-11-05,x,电话,满意,", "day-for-text"),
        ("d,k,05/11/2026,x,电话,满意,", "date-order"),
        ("d,k,2026-11-05,x,电话,满意,#REF!", "formula"),
    ],
)
def test_what_a_spreadsheet_has_spoilt_in_a_sheet_is_named_with_its_line(cells: str, key: str):
    results, [problem] = read(f"{HEAD}{cells}\n".encode(), {})
    assert (results, problem.line, problem.key) == ([], 2, f"importing.problem.{key}")


@pytest.mark.parametrize("character", ["\u2028", "\x0b", "\x85"])
def test_what_a_customer_said_is_not_cut_at_a_separator(character: str):
    [(_, one)], problems = read(f"{HEAD}d,k,2026-11-05,x,电话,满意,好{character}快\n".encode(), {})
    assert (one.said.suggestions, problems) == ("好\n快", [])

"""Complaints out of JSON and CSV: what is taken, and what a person is told about the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import texts
from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Category, Channel, Media
from complaints.intake.checking import Known, Rejected
from complaints.intake.reading import LIMIT
from complaints.intake.taking import Intake, read, take
from tests.spreadsheets.files import book
from tests.spreadsheets.files import texts as sheet_row

EXAMPLES = Path(__file__).parents[2] / "examples"
NOW = datetime.fromisoformat("2026-01-12T12:00:00+08:00")
KNOWN = Known(
    projects=frozenset({"hf01", "yx02"}),
    people=frozenset({"zhou.min", "li.na", "liu.bo", "deng.li"}),
    departments=frozenset({"engineering", "property"}),
)

FIELDS = {
    "source": "hotline",
    "external_id": "17",
    "project": "hf01",
    "received_at": "2026-01-12T09:04:00+08:00",
    "received_by": "zhou.min",
    "channel": "phone",
    "category": "engineering",
    "customer": "钱女士",
    "contact": "138 0000 0017",
    "matter": "渗水",
}
HEADER = ",".join(FIELDS)
LINE = ",".join(FIELDS.values())


def taken(data: bytes | str, known: Known | None = KNOWN) -> Intake:
    return read(data, now=NOW, known=known)


def as_json(**changes: object) -> str:
    return json.dumps({**FIELDS, **changes}, ensure_ascii=False)


def refused(data: bytes | str) -> Rejected:
    """The one thing that is wrong."""
    [one] = taken(data).rejected
    assert one.text("zh") != one.text("en")
    return one


def test_the_examples_are_taken_as_they_are() -> None:
    crisis = taken((EXAMPLES / "crisis.json").read_bytes())
    table = taken((EXAMPLES / "complaints.csv").read_bytes())
    assert crisis.rejected == table.rejected == ()
    assert crisis.accepted[0].complaint.facts.loss == 620_000
    assert crisis.accepted[0].complaint.about == ("liu.bo",)
    assert len(table.accepted) == 5
    assert [one.complaint.facts.households for one in table.accepted] == [0, 1, 6, 0, 0]
    assert table.accepted[2].complaint.facts.media is Media.MENTIONED
    assert table.accepted[4].complaint.channel is Channel.MEDIA


def test_times_are_kept_in_utc() -> None:
    [one] = taken(as_json()).accepted
    assert one.complaint.received_at == datetime(2026, 1, 12, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        f"[{as_json()},\n {as_json(external_id='18')}]",
        f"{as_json()}\n{as_json(external_id='18')}\n",
        f"{HEADER}\n{LINE}\n{LINE.replace('17', '18', 1)}\n",
        f"{HEADER}\r\n{LINE}\r\n\r\n{LINE.replace('17', '18', 1)}".replace(",", ";"),
    ],
    ids=["list", "json lines", "csv", "csv with semicolons"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_format_and_encoding_gives_the_same_complaints(text: str, encoding: str) -> None:
    got = taken(text.encode(encoding))
    assert got.rejected == ()
    assert [one.complaint.external_id for one in got.accepted] == ["17", "18"]
    assert got.accepted[0].complaint.customer == "钱女士"


def test_a_clerks_own_spreadsheet_with_chinese_headings_is_understood() -> None:
    got = taken(
        "来源,来源编号,项目,接到时间,接待人,渠道,类别,客户,联系方式,投诉内容,损失,损失性质,媒体,户数\n"
        'hotline,17,hf01,2026-01-12T09:04+08:00,zhou.min,来电,工程质量,钱女士,138,渗水,"￥600,000元",实际,提及,12\n'.encode(
            "gb18030"
        )
    )
    assert got.rejected == ()
    complaint = got.accepted[0].complaint
    assert (complaint.channel, complaint.category) == (Channel.PHONE, Category.ENGINEERING)
    assert complaint.facts.loss == Decimal(600_000)
    assert complaint.facts.households == 12


def test_a_complaint_without_an_id_gets_the_same_one_every_time() -> None:
    without = {name: value for name, value in FIELDS.items() if name != "external_id"}
    text = json.dumps([without, without, {**without, "matter": "别的事"}])
    first, again, other = (one.complaint.external_id for one in taken(text).accepted)
    assert first == again
    assert first != other
    [from_table] = taken(f"{','.join(without)}\n{','.join(without.values())}\n").accepted
    assert from_table.complaint.external_id == first


@pytest.mark.parametrize(
    ("changes", "field", "key"),
    [
        ({"customer": "  "}, "customer", "intake.missing"),
        ({"matter": None}, "matter", "intake.missing"),
        ({"costumer": "钱女士"}, "costumer", "intake.unknown-field-near"),
        ({"xyzzy": 1}, "xyzzy", "intake.unknown-field"),
        ({"received_at": "2026-01-12T09:04"}, "received_at", "intake.no-zone"),
        ({"received_at": "2026-01-12"}, "received_at", "intake.no-zone"),
        ({"received_at": "yesterday"}, "received_at", "intake.bad-time"),
        ({"received_at": 1768180000}, "received_at", "intake.bad-time"),
        ({"received_at": "0001-01-01T00:00+08:00"}, "received_at", "intake.bad-time"),
        ({"received_at": "2026-01-12T12:01:01+08:00"}, "received_at", "intake.future"),
        ({"channel": "fax"}, "channel", "intake.not-one-of"),
        ({"project": "hf02"}, "project", "intake.unknown-project-near"),
        ({"project": "zzz"}, "project", "intake.unknown-project"),
        ({"project": "HF 01"}, "project", "intake.bad-key"),
        ({"received_by": "zhou.mni"}, "received_by", "intake.unknown-person-near"),
        ({"about": ["nobody"]}, "about", "intake.unknown-person"),
        ({"about": "li.na；nobody"}, "about", "intake.unknown-person"),
        ({"facts": {"loss": -1}}, "loss", "intake.negative"),
        ({"loss": "-0.01"}, "loss", "intake.negative"),
        ({"loss": "lots"}, "loss", "intake.bad-number"),
        ({"loss": 1.005}, "loss", "intake.bad-number"),
        ({"households": True}, "households", "intake.bad-number"),
        ({"households": 1.5}, "households", "intake.bad-number"),
        ({"facts": 5}, "facts", "intake.not-an-object"),
        ({"facts": {"loss": 1}, "loss": 1}, "loss", "intake.field-twice"),
        ({"customer": 7}, "customer", "intake.wrong-kind"),
        ({"customer": "钱\n女士"}, "customer", "intake.one-line"),
        ({"promised": "2026-01-15"}, "promised", "intake.no-zone"),
        ({"promised": "soon"}, "promised", "intake.bad-time"),
        ({"promised": 3}, "promised", "intake.bad-time"),
        ({"promised": "2026-01-12T09:04:00+08:00"}, "promised", "intake.promised-early"),
        ({"department": "enginering"}, "department", "intake.unknown-department-near"),
        ({"department": "zzz"}, "department", "intake.unknown-department"),
        ({"department": "工程部"}, "department", "intake.bad-key"),
        ({"confirmed": "perhaps"}, "confirmed", "intake.not-yes-or-no"),
        ({"confirmed": []}, "confirmed", "intake.not-yes-or-no"),
        ({"facts": {"injured": "?"}}, "injured", "intake.not-yes-or-no"),
        ({"our_fault": 7}, "our_fault", "intake.not-yes-or-no"),
        ({"reopens": ""}, "reopens", "intake.missing"),
        ({"reopens": "x\ny"}, "reopens", "intake.one-line"),
        ({"reopens": "x" * 101}, "reopens", "intake.too-long"),
        ({"matter": "水\x00漏"}, "matter", "intake.control-character"),
        ({"matter": "x" * 20_001}, "matter", "intake.too-long"),
    ],
)
def test_a_wrong_field_is_named_with_what_to_do(changes: dict[str, object], field: str, key: str) -> None:
    one = refused(as_json(**changes))
    assert (one.field, one.key, one.line) == (field, key, 1)


def test_what_was_done_at_the_intake_and_what_makes_it_major_can_be_said() -> None:
    facts = {"service_failed": True, "injured": "yes", "our_fault": False}
    [one] = taken(as_json(confirmed=True, promised="2026-01-15T18:00+08:00", department="property", **facts)).accepted
    complaint = one.complaint
    assert (complaint.confirmed, complaint.department, complaint.lacks) == (True, "property", ())
    assert complaint.promised == datetime(2026, 1, 15, 10, tzinfo=UTC)
    known = complaint.facts
    assert (known.service_failed, known.injured, known.our_fault) == (True, True, False)
    [table] = taken(
        f"{HEADER},客户确认,预计反馈时间,被投诉部门,服务未兑现,人员受伤,公司责任\n"
        f"{LINE},是,2026-01-15T18:00+08:00,property,是,是,否\n"
    ).accepted
    assert table.complaint == complaint


def test_what_a_complaint_lacks_is_known_from_how_it_came_in() -> None:
    def lacks(**changes: object) -> tuple[str, ...]:
        [one] = taken(as_json(**changes)).accepted
        return one.complaint.lacks

    date = "2026-01-15T18:00+08:00"
    assert lacks() == ("promised", "confirmed")
    assert lacks(channel="visit", promised=date) == ("confirmed",)
    assert lacks(channel="letter") == ("promised",)
    assert lacks(channel="letter", promised=date) == lacks(confirmed=True, promised=date) == ()


def test_fields_that_came_later_do_not_make_old_complaints_new_ones() -> None:
    """The ids that release 0.1.0 gave, and other ones as soon as something new is said."""
    without = {name: value for name, value in FIELDS.items() if name != "external_id"}
    assert content_id_of(without) == "content-7c9b58ef48b62d301820fcd0"
    assert content_id_of({**without, "confirmed": False, "injured": False}) == "content-7c9b58ef48b62d301820fcd0"
    assert len({content_id_of({**without, **more}) for more in ({"confirmed": True}, {"injured": True}, {})}) == 3


def content_id_of(fields: Mapping[str, object]) -> str:
    [one] = taken(json.dumps(fields)).accepted
    return one.complaint.external_id


def test_half_a_character_is_refused_and_not_stored() -> None:
    assert refused(as_json().replace("渗水", "\\ud800")).field == "matter"
    assert taken(as_json().replace('"matter"', '"\\ud800": 1, "matter"')).accepted == ()
    assert refused(as_json(received_at="?").replace('"?"', '"\\ud800"')).key == "intake.bad-time"
    assert refused(as_json().replace('"matter"', '"\\ud800": 1, "\\ud800": 1, "matter"')).key == "intake.field-twice"


@pytest.mark.parametrize("field", ["external_id", "customer", "contact", "matter"])
@pytest.mark.parametrize("unseen", ["\u200b", "\ufeff\u2060", "\u00ad \u200e", "\u3164"])
def test_characters_that_nobody_sees_say_nothing(field: str, unseen: str) -> None:
    found = refused(as_json(**{field: unseen}))
    assert (found.field, found.key) == (field, "intake.missing")


def test_a_minute_of_another_machines_clock_is_forgiven() -> None:
    assert taken(as_json(received_at="2026-01-12T12:01:00+08:00")).rejected == ()


def test_every_problem_of_a_line_is_told_at_once() -> None:
    got = taken(f"{HEADER}\nhotline,17,,2026-01-12T09:04,zhou.min,fax,engineering,钱女士,138,渗水\n")
    assert [(one.line, one.field) for one in got.rejected] == [(2, "project"), (2, "received_at"), (2, "channel")]


def test_strangers_are_told_of_together_with_everything_else() -> None:
    got = taken(as_json(project="nowhere", received_by="nobody", loss=-1, about=["li.na", 7]))
    assert [(one.field, one.key) for one in got.rejected] == [
        ("project", "intake.unknown-project"),
        ("received_by", "intake.unknown-person"),
        ("about", "intake.wrong-kind"),
        ("loss", "intake.negative"),
    ]


def test_one_bad_line_does_not_stop_the_others() -> None:
    bad = LINE.replace("zhou.min", "nobody")
    got = taken(f"{HEADER}\n{LINE}\n{bad}\n{LINE.replace('17', '18', 1)}\n")
    assert [one.line for one in got.accepted] == [2, 4]
    assert [(one.line, one.field) for one in got.rejected] == [(3, "received_by")]


def test_broken_json_names_its_line_and_the_rest_goes_on() -> None:
    broken = '  {\n    "source": "hotline",\n    "project" "hf01"\n  },\n'
    got = taken(f"[\n{as_json()},\n{broken}{as_json(external_id='18')}\n]")
    assert [one.line for one in got.accepted] == [2, 7]
    assert [(one.line, one.key) for one in got.rejected] == [(5, "intake.broken-json")]
    lines = taken(f'{as_json()}\n{{"source": \n{as_json(external_id="18")}\n')
    assert [one.line for one in lines.accepted] == [1, 3]
    assert [(one.line, one.params["began"]) for one in lines.rejected] == [(4, "2")]


def test_a_cut_off_list_is_told_of() -> None:
    assert refused(f"[{as_json()},\n").key == "intake.list-not-closed"


def test_an_open_quote_spoils_only_its_own_line() -> None:
    got = taken(f'{HEADER}\n"{LINE}\n{LINE}\n')
    assert [(one.line, one.key) for one in got.rejected] == [(2, "intake.broken-csv")]
    assert [one.line for one in got.accepted] == [3]


def test_a_quoted_cell_may_hold_line_breaks_and_lines_are_counted_as_a_spreadsheet_does() -> None:
    longer = LINE.replace("渗水", '"第一行\n第二行"')
    got = taken(f"{HEADER}\n{longer}\n{LINE.replace('17', '18', 1)}\n")
    assert [one.line for one in got.accepted] == [2, 3]
    assert got.accepted[0].complaint.matter == "第一行\n第二行"


def test_an_unquoted_comma_is_told_of() -> None:
    assert refused(f"{HEADER}\n{LINE},再有一格\n").key == "intake.too-many-cells"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "intake.empty"),
        (b"\n \n", "intake.empty"),
        (b"\xff\xfe\x00", "intake.encoding"),
        (b"\x81\x20\xff", "intake.encoding"),
        (b"x" * (LIMIT + 1), "intake.too-large"),
        ("[" * 100_000, "intake.broken-json"),
        ("[1]", "intake.not-an-object"),
        (as_json().replace('"17"', "NaN"), "intake.not-a-number"),
        (as_json().replace('"17"', "1" * 5_000), "intake.number-too-long"),
        (as_json().replace('"source"', '"project": "hf01", "source"'), "intake.field-twice"),
        (f"{HEADER},source\n", "intake.field-twice"),
    ],
)
def test_what_cannot_be_read_is_told_of_and_never_crashes(data: bytes | str, key: str) -> None:
    assert key in {one.key for one in taken(data).rejected}


@pytest.mark.slow
@pytest.mark.parametrize("line", ["{x\n", '{"a":\n', '"\n', '"a"b\n'])
def test_ten_megabytes_of_nonsense_are_given_up_quickly(line: str) -> None:
    head = "" if line.startswith("{") else f"{HEADER}\n"
    got = taken(head + line * ((LIMIT - len(head)) // len(line)))
    assert "intake.too-many-broken" in {one.key for one in got.rejected} or len(got.rejected) < 5


def test_a_line_without_a_time_is_received_now() -> None:
    fields = {name: value for name, value in FIELDS.items() if name not in ("received_at", "external_id")}
    [now] = taken(json.dumps(fields)).accepted
    [later] = read(json.dumps(fields), now=NOW + timedelta(minutes=5)).accepted
    assert now.complaint.received_at == NOW
    assert now.complaint.external_id == later.complaint.external_id


def test_defaults_fill_what_a_line_leaves_out() -> None:
    fields = {name: value for name, value in FIELDS.items() if name not in ("source", "project")}
    got = read(json.dumps(fields), now=NOW, defaults={"source": "file", "project": "hf01"})
    assert (got.accepted[0].complaint.source, got.accepted[0].complaint.project) == ("file", "hf01")


def test_a_program_gets_one_refusal_with_all_problems() -> None:
    with pytest.raises(Refusal) as caught:
        take({**FIELDS, "channel": "fax", "loss": -1}, now=NOW)
    assert caught.value.code is Refused.INVALID
    assert [one["field"] for one in caught.value.params["problems"]] == ["channel", "loss"]


def test_a_complaint_already_made_is_checked_as_well() -> None:
    [one] = taken(as_json()).accepted
    assert take(one.complaint, now=NOW) == one.complaint
    with pytest.raises(Refusal):
        take(one.complaint, now=datetime(2026, 1, 1, tzinfo=UTC))


def test_every_message_exists_in_both_languages_and_ends_as_a_sentence() -> None:
    parts = ("intake.line", "intake.field", "intake.where")
    for key in texts.keys("intake."):
        if key not in parts:
            assert texts.raw(key)["zh"].endswith("。")
            assert texts.raw(key)["en"].endswith(".")


@given(st.one_of(st.binary(max_size=400), st.text(max_size=400)))
def test_nothing_that_can_be_sent_makes_it_fail(data: bytes | str) -> None:
    for one in taken(data).rejected:
        one.text()


@given(st.text(alphabet='{}[]",:\n ab1', max_size=60))
def test_no_broken_json_makes_it_fail_or_go_on_for_ever(text: str) -> None:
    taken("[" + text)
    taken("{" + text)


@given(st.text(alphabet='",;\t\n\rab ', max_size=60))
def test_no_broken_table_makes_it_fail_or_go_on_for_ever(text: str) -> None:
    taken(f"{HEADER}\n{text}")


# --- lists of clerks, in CSV and workbooks


HEADINGS = (
    "来源",
    "工单编号",
    "项目",
    "接到时间",
    "接待人员",
    "渠道",
    "类别",
    "业主姓名",
    "电话",
    "楼栋名称",
    "投诉内容",
)
CELLS = (
    "hotline",
    "17",
    "hf01",
    "2026-01-12 09:04",
    "zhou.min",
    "来电",
    "工程质量",
    "钱女士",
    "13800000017",
    "3栋",
    "渗水",
)
NAMED = KNOWN.but(
    named={"project": {"华府一期": "hf01"}, "received_by": {"周敏": "zhou.min"}}, zones={"hf01": "Asia/Shanghai"}
)


def listed(**changes: str) -> bytes:
    """The list as a workbook, some cells changed."""
    cells = [changes.get(heading, cell) for heading, cell in zip(HEADINGS, CELLS, strict=True)]
    return book(sheet_row(1, *HEADINGS) + sheet_row(2, *cells))


def test_a_workbook_is_read_like_the_same_list_in_csv() -> None:
    csv = ",".join(HEADINGS) + "\n" + ",".join(CELLS) + "\n"
    for data in (listed(), csv, csv.encode("utf-16"), csv.replace(",", "\t").encode("utf-16")):
        got = taken(data)
        assert got.rejected == ()
        [one] = got.accepted
        assert (one.line, one.complaint.external_id, one.complaint.building) == (2, "17", "3栋")
        assert one.complaint.received_at == datetime(2026, 1, 12, 1, 4, tzinfo=UTC)


def test_headings_of_a_workbook_may_stand_on_two_lines_below_a_title() -> None:
    upper = (*HEADINGS[:7], "客户", "", *HEADINGS[9:])
    lower = (*[""] * 7, "姓名", "电话", "", "")
    rows = sheet_row(1, "投诉登记表") + sheet_row(2, *upper) + sheet_row(3, *lower) + sheet_row(4, *CELLS)
    for merged in (("A1:K1", "H2:I2", "A2:A3"), ()):
        got = taken(book(rows, merged=merged))
        assert got.rejected == ()
        assert [(one.line, one.complaint.contact) for one in got.accepted] == [(4, "13800000017")]


def test_a_list_may_call_projects_and_people_by_their_names() -> None:
    got = taken(listed(项目="华府一期", 接待人员="周敏"), NAMED)
    assert [(one.complaint.project, one.complaint.received_by) for one in got.accepted] == [("hf01", "zhou.min")]
    assert refused(as_json(project="华府一期")).key == "intake.bad-key"


@pytest.mark.parametrize(
    ("heading", "cell", "field", "key"),
    [
        ("工单编号", "2.02E+19", "external_id", "importing.problem.digits-lost"),
        ("电话", "1.38E+10", "contact", "importing.problem.digits-lost"),
        ("楼栋名称", "3月12日", "building", "importing.problem.day-for-text"),
        ("业主姓名", "#N/A", "customer", "importing.problem.formula"),
        ("投诉内容", "渗\ufffd水", "matter", "importing.problem.damaged"),
        ("接到时间", "01/12/2026 09:04", "received_at", "importing.problem.date-order"),
        ("接到时间", "2026-01-12", "received_at", "importing.problem.no-time"),
        ("接到时间", "2026-01-12T09:04", "received_at", "intake.no-zone"),
        ("接到时间", "早上", "received_at", "intake.bad-time"),
        ("业主姓名", "钱\u2028女士", "customer", "intake.one-line"),
    ],
)
def test_what_a_spreadsheet_has_spoilt_is_named_with_its_line(heading: str, cell: str, field: str, key: str) -> None:
    one = refused(listed(**{heading: cell}))
    assert (one.line, one.field, one.key) == (2, field, key)


def test_numbers_that_are_none_have_no_fraction() -> None:
    [one] = taken(listed(楼栋名称="802.0", 电话="13800000017.0", 工单编号="17.0")).accepted
    got = one.complaint
    assert (got.building, got.contact, got.external_id) == ("802", "13800000017", "17")


def test_every_kind_of_time_that_a_clerk_writes_is_on_the_clock_of_the_estate() -> None:
    for said in ("2026-1-12 9:04", "2026.1.12 9:04", "2026年1月12日 上午9:04", "2026/1/12 09:04:00", "20260112 9:04"):
        [one] = taken(listed(接到时间=said)).accepted
        assert one.complaint.received_at == datetime(2026, 1, 12, 1, 4, tzinfo=UTC)


def test_separators_within_a_cell_cut_no_line_and_lines_are_those_of_the_spreadsheet() -> None:
    longer = LINE.replace("渗水", "渗\u2028水\x0b多\x85处")
    got = taken(f"\n{HEADER}\n{longer}\n{LINE.replace('17', '18', 1)}\n")
    assert [one.line for one in got.accepted] == [3, 4]
    assert got.accepted[0].complaint.matter == "渗\n水\n多\n处"


@pytest.mark.parametrize("name", ["contact", "external_id", "building"])
def test_a_program_may_send_a_number_where_no_digit_can_be_lost(name: str) -> None:
    [one] = taken(as_json(**{name: 13800000017})).accepted
    assert getattr(one.complaint, name) == "13800000017"
    for lossy in ("20240903000111770001", "138.5", "1.38e10"):
        text = as_json(**{name: "X"}).replace('"X"', lossy)
        assert (refused(text).field, refused(text).key) == (name, "importing.problem.number-for-text")


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "importing.problem.old-workbook"),
        (b"PK\x03\x04 but no workbook", "importing.problem.broken-workbook"),
        ("項目,姓名,聯絡電話\n華府一期,張偉,廚房滲水\n".encode("big5"), "intake.encoding"),
        (HEADER.encode("utf-16-le"), "intake.encoding"),
        (
            book(sheet_row(1, *HEADINGS), more={"S2": ("visible", sheet_row(1, *HEADINGS))}),
            "importing.problem.several-sheets",
        ),
    ],
)
def test_a_file_that_would_be_misread_is_refused_with_what_to_do(data: bytes, key: str) -> None:
    assert refused(data).key == key


def test_what_duly_wrote_comes_back_as_it_was() -> None:
    from complaints.spreadsheets.writing import csv_text

    fields = {**FIELDS, "customer": "=HYPERLINK(1)", "contact": "+86 138 0000 0017", "matter": "@渗水"}
    [one] = taken(csv_text([fields, fields.values()])).accepted
    assert (one.complaint.customer, one.complaint.contact) == ("=HYPERLINK(1)", "+86 138 0000 0017")
    assert one.complaint.matter == "@渗水"


# --- anonymous complaints

NOBODY = {name: value for name, value in FIELDS.items() if name not in ("customer", "contact")}


@pytest.mark.parametrize("said", [{}, {"customer": "", "contact": ""}])
def test_an_anonymous_complaint_names_nobody(said: dict[str, str]) -> None:
    [one] = taken(json.dumps({**NOBODY, **said, "anonymous": True}, ensure_ascii=False)).accepted
    assert (one.complaint.anonymous, one.complaint.customer, one.complaint.contact) == (True, "", "")
    assert one.complaint.lacks == (), "neither a date nor a confirmation is owed to somebody unknown"


@pytest.mark.parametrize("field", ["customer", "contact"])
def test_an_anonymous_complaint_that_names_somebody_is_refused(field: str) -> None:
    one = refused(json.dumps({**NOBODY, "anonymous": True, field: FIELDS[field]}, ensure_ascii=False))
    assert (one.field, one.key) == (field, "intake.anonymous-named")


@pytest.mark.parametrize("field", ["customer", "contact"])
@pytest.mark.parametrize("said", [None, ""])
def test_without_that_word_the_customer_is_needed_as_before(field: str, said: str | None) -> None:
    one = refused(as_json(**{field: said}))
    assert (one.field, one.key) == (field, "intake.missing")


def test_a_clerks_table_has_a_column_for_it() -> None:
    lines = [{**NOBODY, "external_id": "1", "是否匿名": "是"}, {**FIELDS, "external_id": "2", "是否匿名": "否"}]
    heads = [*FIELDS, "是否匿名"]
    table = "\n".join([",".join(heads), *(",".join(line.get(head, "") for head in heads) for line in lines)])
    assert [one.complaint.anonymous for one in taken(table).accepted] == [True, False]


def test_a_complaint_with_a_customer_is_written_as_before() -> None:
    [named] = taken(as_json()).accepted
    assert "anonymous" not in named.complaint.model_dump()


# --- whom a complaint is about


def test_further_departments_and_people_outside_the_company_can_be_complained_about() -> None:
    fields = {
        **FIELDS,
        "department": "engineering",
        "also_departments": "property",
        "outsiders": "王师傅（宏远装饰）；李工",
    }
    [one] = taken(json.dumps(fields, ensure_ascii=False)).accepted
    assert one.complaint.departments == ("engineering", "property")
    assert [(person.name, person.firm) for person in one.complaint.outsiders] == [("王师傅", "宏远装饰"), ("李工", "")]
    stranger = refused(as_json(also_departments=["nowhere"]))
    assert (stranger.field, stranger.key) == ("also_departments", "intake.unknown-department")


def test_a_complaint_about_one_department_is_written_as_before() -> None:
    [one] = taken(as_json(department="engineering")).accepted
    assert not {"also_departments", "outsiders"} & set(one.complaint.model_dump())

"""One customer in many writings is one in the records: related, imported, drawn, searched for and held."""

from __future__ import annotations

from typing import Any

import pytest

from complaints import editions
from complaints.base.matching import words
from complaints.case.complaint import Facts, Track
from complaints.case.event import of_act
from complaints.case.events.case import Amended, Handled, IntakeCorrected, Numbered, TrackEntered
from complaints.case.file import ActKind
from complaints.grading import propose, still_unsolved
from complaints.importing.kinds import CUSTOMERS, HOMES
from complaints.importing.tables import read
from complaints.intake.repeats import SoughtComplaint
from complaints.library.pieces import snippet
from complaints.retention.errors import KeepingRefused
from complaints.retention.holds import HoldScope, check_reason, fingerprint
from complaints.store.customer_files import CustomerFiles
from complaints.store.customers import CustomerBook
from complaints.store.library import CaseLibrary
from complaints.store.records import PostgresRecords
from complaints.store.retention import RetentionStore
from tests.importing.books import NOW, around
from tests.store.casefiles import MORNING, Story, act, complaint, over
from tests.store.postgres import rows

WAYS = ("136 1111 0953", "+86 136 1111 0953", "0086-13611110953", "１３６１１１１０９５３", "136\u200b11110953（妻子）")
HEAD = "项目,客户编号,姓名,联系电话\n"


async def written(records: PostgresRecords, key: str, **said: Any) -> Any:
    return await records.write(Story(key, complaint(key, **said)).registered())


@pytest.mark.clause("CR-5.1.2")
async def test_a_customer_who_comes_again_is_recognised_in_every_writing(records: PostgresRecords):
    for nth, way in enumerate(WAYS):
        said = {"customer": ("赵德明", "赵 德明", "\ufeff赵德明")[nth % 3], "contact": way, "building": f"{nth + 1}栋"}
        related = (await written(records, f"case-{nth}", **said)).related
        assert [one.why for one in related] == ["customer"] * nth
        assert propose(Facts(), editions.newest(), repeats=len(related)).level == (3 if nth else 4)


@pytest.mark.clause("MC-3a")
async def test_what_was_solved_or_is_about_something_else_is_told_apart(records: PostgresRecords):
    me = {"customer": "赵德明", "contact": "13611110953"}
    await written(records, "unsolved", **me, category="property")
    await written(records, "elsewhere", **me, category="sales")
    handled = Story("handled", complaint("handled", **me, category="property"))
    await records.write(handled.registered())
    await records.write(handled.goes_on(events=[Handled(at=MORNING)]))
    [*related] = (await written(records, "again", **me, category="property")).related
    assert {one.key: (one.same_subject, one.unsolved) for one in related} == {
        "unsolved": (True, True),
        "elsewhere": (False, True),
        "handled": (True, False),
    }
    assert still_unsolved(tuple(related)) == 1


@pytest.mark.clause("MC-3a")
@pytest.mark.parametrize("track", [Track.INVALID, Track.ENQUIRY])
async def test_what_was_no_complaint_is_no_earlier_complaint(records: PostgresRecords, track: Track):
    me = {"customer": "赵德明", "contact": "13611110953"}
    none = Story("none", complaint("none", **me))
    await records.write(none.registered())
    await records.write(none.goes_on(events=[TrackEntered(at=MORNING, track=track, leg=1)]))
    await written(records, "first", **me)
    assert [one.key for one in (await written(records, "again", **me)).related] == ["first"]


@pytest.mark.clause("CR-5.1.2")
async def test_somebody_else_is_not_recognised(records: PostgresRecords):
    await written(records, "a", customer="赵德明", contact="136 1111 0953", building="1栋")
    await written(records, "b", customer="赵德明", contact="13611110954", building="2栋")
    assert (await written(records, "c", customer="赵德民", contact="13611110953", building="3栋")).related == ()


@pytest.mark.clause("CR-5.1.2")
@pytest.mark.parametrize("nobody", ["不详", "无", "匿名", "—", "N/A", "00000000"])
async def test_who_left_no_number_is_the_same_as_nobody(records: PostgresRecords, nobody: str):
    for key in ("a", "b"):
        assert (await written(records, key, customer="匿名", contact=nobody, building="")).related == ()
    for key in ("c", "d"):
        assert (await written(records, key, customer="李娜", contact=nobody, building="不详")).related == ()


@pytest.mark.clause("CR-5.1.2")
async def test_the_same_building_is_recognised_in_every_writing(records: PostgresRecords):
    await written(records, "a", customer="甲", contact="13600000001", building="3 栋 802")
    await written(records, "b", customer="乙", contact="13600000002", building="13栋802")
    [related] = (await written(records, "c", customer="丙", contact="13600000003", building="３号楼８０２室")).related
    assert (related.key, related.why) == ("a", "building")


async def test_a_building_that_is_corrected_is_found_by_its_new_name(records: PostgresRecords):
    story = Story("a", complaint("a", building="3栋"))
    await records.write(story.registered())
    amended = Amended(**of_act(act(1, "AMEND", kind=ActKind.AMEND)), amended=Facts(), site="A座 12-01")
    await records.write(story.goes_on(events=[amended]))
    assert [line.key for line in await records.search("a座12-01")] == ["a"]
    assert [line.key for line in await records.search("Ａ座")] == ["a"]
    assert await records.search("3栋") == []


async def test_a_corrected_complaint_is_found_and_recognised_by_what_it_says_now(records: PostgresRecords):
    story = Story("a", complaint("a", customer="赵德民", contact="13611110935", building=""))
    right = {
        "customer": "赵德明",
        "contact": "13611110953",
        "category": "sales",
        "received_at": "2026-01-12T08:00+08:00",
    }
    corrected = IntakeCorrected(**of_act(act(1, "AMEND", kind=ActKind.AMEND)), fields=right, not_about=("liu.bo",))
    number = (await records.write(story.registered())).number
    await records.write(story.goes_on(events=[Numbered(at=MORNING, number=number), corrected]))
    await records.write(story.goes_on(events=[Handled(at=MORNING)]))  # the next lines leave it as it is
    assert [line.key for line in await records.search("赵德明")] == ["a"]
    assert [line.key for line in await records.search("13611110953")] == ["a"]
    assert await records.search("赵德民") == []
    kept = await records.case("a")
    assert kept is not None
    assert kept.complaint == story.file.complaint
    assert (kept.complaint.category, kept.corrected, len(kept.receipts)) == ("sales", 1, 1)
    [related] = (await written(records, "b", customer="赵德明", contact="13611110953", building="")).related
    assert (related.key, related.why) == ("a", "customer")
    assert await records.related(SoughtComplaint.of(kept)) == (), "nobody is their own repeat"
    other = Story("b", complaint("b", customer="赵德明", contact="13611110953", building="")).file
    assert await records.related(SoughtComplaint.of(other)) == (related,), "found as at its opening"
    assert (await records.examine("a")).good, "a fold of the journal has the same rows"


async def test_what_only_looks_the_same_is_searched_for_as_ordinary_text(records: PostgresRecords):
    said = {"customer": "⾼⽟⽣", "contact": "138 5555 0001", "matter": "⽤⼾反映⼩区ＷＩＦＩ门禁失灵，⾬⽔倒灌"}
    await written(records, "kx1", **said)
    await written(records, "other")
    for text in (
        "用户",
        "WIFI",
        "wifi",
        "雨水",
        "高玉生",
        "⾼⽟⽣",
        "13855550001",
        "+86 138-5555-0001 用户",
        "hf01-2026-000001",
    ):
        assert [line.key for line in await records.search(text)] == ["kx1"], text
    for text in ("用戶门", "13855550002", "高玉", "ＨＦ０１－２０２６－０００００３"):
        assert [line.key for line in await records.search(text)] == (["kx1"] if text == "高玉" else []), text
    case = await records.case("ｈｆ０１－２０２６－０００００１")
    assert case is not None
    assert (case.complaint.customer, case.complaint.matter) == (said["customer"], said["matter"])


@pytest.mark.parametrize("way", WAYS)
async def test_a_search_finds_every_way_of_writing_a_number(records: PostgresRecords, way: str):
    await written(records, "a", contact=way)
    for asked in ("13611110953", "136-1111-0953", "+86 13611110953", "11110953"):
        assert [line.key for line in await records.search(asked)] == ["a"], asked
    assert await records.search("13611110954") == []


def listed(kind: Any, text: str) -> Any:
    found = read(kind, text.encode(), around())
    assert found.problems == ()
    return found


async def taken(book: CustomerBook, text: str) -> Any:
    found = listed(CUSTOMERS, text)
    return await book.customers(found.entries, columns=found.columns, by="deng.li", at=NOW)


async def test_a_list_with_one_customer_in_five_writings_brings_one(url: str):
    book, files = CustomerBook(url), CustomerFiles(url)
    text = HEAD + "".join(f"hf01,,{name},{way}\n" for name, way in zip(["赵德明", "赵 德明"] * 3, WAYS, strict=False))
    found = listed(CUSTOMERS, text)
    assert (len(found.entries), found.repeated) == (1, 4)
    result = await taken(book, text)
    assert (result.new, result.problems) == (1, ())
    for way in WAYS:
        again = await taken(book, HEAD + f"hf01,,赵德明,{way}\n")
        assert (again.new, again.problems) == (0, ())
        for asked in (way, "1361111", "赵　德明"):
            assert [one.name for one in await files.find(asked)] == ["赵德明"]
    for asked in ("13611110954", "赵德民", "不详"):
        assert await files.find(asked) == []
    assert (await rows(url, "SELECT count(*) FROM customers"))[0][0] == 1
    await book.close()
    await files.close()


async def test_one_customer_under_two_numbers_of_the_company_is_told(url: str):
    book = CustomerBook(url)
    found = await taken(book, HEAD + "hf01,A-1,赵德明,136 1111 0953/139 0000 1111\nhf01,A-2,赵德明,+86 13900001111\n")
    assert [(one.line, one.code) for one in found.problems] == [(3, "twice-known")]
    assert (await taken(book, HEAD + "hf01,A-1,赵德明,136 1111 0953\n")).new == 1
    found = await taken(book, HEAD + "hf01,A-2,赵 德明,０１３６１１１１０９５３\n")
    assert [(one.line, one.code) for one in found.problems] == [(2, "person-known")]
    found = await taken(book, HEAD + "hf01,A-3,李娜,不详\nhf01,A-4,李娜,不详\n")
    assert (found.new, found.problems) == (2, ())
    await book.close()


async def test_homes_and_the_customer_file_know_the_customer_in_every_writing(records: PostgresRecords, url: str):
    book, files = CustomerBook(url), CustomerFiles(url)
    await taken(book, HEAD + "hf01,A-1,赵德明,136 1111 0953\nhf01,A-2,李娜,—\nhf01,A-3,王芳,—\n")
    lines = ("hf01,３栋,802室,赵 德明,+86 13611110953", "hf01,3号楼,８０２,赵德明,0086-13611110953")
    text = "\n".join(("项目,楼栋,房号,姓名,联系电话", *lines))
    found = listed(HOMES, text)
    assert (len(found.entries), found.repeated) == (1, 1)
    assert (await book.homes(found.entries, today=NOW.date())).new == 1
    assert [one.id for one in await files.find("三栋 802")] == ["A-1"]
    await written(records, "a", customer="赵德明", contact="１３６１１１１０９５３", building="9栋")
    await written(records, "b", customer="某人", contact="139 0000 0009", building="3#802")
    await written(records, "c", customer="李娜", contact="—", building="")
    file = await files.file("A-1")
    assert file is not None
    assert {(one.key, one.why) for one in file.complaints} == {("a", "customer"), ("b", "home")}
    await taken(book, HEAD + "hf01,A-1,赵德明,139 2222 3333\n")
    file = await files.file("A-1")
    assert file is not None
    assert "a" in {one.key for one in file.complaints}  # by the number of before
    for id in ("A-2", "A-3"):
        nobody = await files.file(id)
        assert nobody is not None
        assert nobody.complaints == ()
    await book.close()
    await files.close()


@pytest.mark.clause("CH-8.1")
@pytest.mark.parametrize("target", ["+86 136 1111 0953（妻子）", "１３６１１１１０９５３", "⾼⽟⽣", "高 玉生"])
async def test_a_hold_on_a_customer_is_on_every_writing(
    records: PostgresRecords, keeping: RetentionStore, url: str, target: str
):
    await written(records, "a", customer="高玉生", contact="136 1111 0953")
    await written(records, "b", customer="高玉", contact="136 1111 0954")
    hold = await keeping.set_hold(HoldScope.CUSTOMER, target, "案号17", "li.na", MORNING)
    held = "SELECT key, hold_on(c) AS hold FROM complaints AS c ORDER BY key"
    assert [tuple(row) for row in await rows(url, held)] == [("a", hold.id), ("b", None)]
    lifted = await keeping.lift_hold(hold.id, "结案", "li.na", MORNING)
    assert lifted.target == fingerprint("136 1111 0953" if "1" in words(target) else "高玉生")
    [left] = await rows(url, "SELECT name_key, contact_keys FROM holds")
    assert tuple(left) == (None, None)


async def test_a_hold_names_a_case_however_its_number_is_typed(records: PostgresRecords, keeping: RetentionStore):
    await written(records, "a")
    hold = await keeping.set_hold(HoldScope.CASE, "ｈｆ０１－２０２６－０００００１", "案号17", "li.na", MORNING)
    assert hold.target == "a"
    assert (await keeping.set_hold(HoldScope.PROJECT, "ＨＦ０１", "案号18", "li.na", MORNING)).target == "hf01"


@pytest.mark.parametrize("reason", ["高 玉生起诉", "⾼⽟⽣起诉", "电话１３６－１１１１－０９５３"])
def test_a_reason_that_stays_names_no_customer_in_any_writing(reason: str):
    with pytest.raises(KeepingRefused):
        check_reason(reason, HoldScope.CUSTOMER, "高玉生" if "起诉" in reason else "+86 13611110953")


async def test_the_library_finds_what_only_looks_the_same(records: PostgresRecords, url: str):
    story = Story("a", complaint("a", matter="⽤⼾反映 ＷＩＦＩ 失灵，\u200b⾬⽔倒灌，𠮷⽥先生", building="3 栋 802"))
    await records.write(story.registered())
    await records.write(story.goes_on(events=over(MORNING, "completed")))
    library = CaseLibrary(url)
    for asked in ("用户", "WIFI", "雨水", "⾬⽔ 用户", "𠮷田", "𠮷", "3栋", "反映wifi"):
        found = await library.search(asked)
        assert [one.key for one in found.found] == ["a"], asked
    assert (await library.search("雨⽔吉")).found == ()
    [like] = await library.like("用户说雨水倒灌", "engineering")
    assert like.key == "a"
    assert await library.show("ｈｆ０１－２０２６－０００００１")
    await library.close()


def test_a_snippet_is_cut_where_the_words_stand_however_they_are_written():
    text = "前言" * 60 + "⽤⼾反映 ＷＩＦＩ 失灵" + "后记" * 60
    assert "⽤⼾反映 ＷＩＦＩ" in snippet(text, ["用户", "wifi"])


async def test_the_library_folds_texts_as_everything_else_does(url: str):
    """Every character by itself, and the Chinese ones with a space and a dot between them."""
    ranges = ((0x20, 0x7F), (0xA0, 0x180), (0x2000, 0x2200), (0x2460, 0x2500), (0x2E80, 0xA000), (0xF900, 0xFB00))
    ranges += ((0xFE00, 0x10000), (0x20000, 0x2A000), (0x2F800, 0x2FA20), (0xE0100, 0xE01F0))
    signs = [chr(code) for start, end in ranges for code in range(start, end) if not 0xD800 <= code < 0xE000]
    signs = [sign for sign in signs if sign.casefold() == sign.lower() != "i̇"]  # "ß" is not "ss" to the database
    texts = [
        "门·门",
        "门 门",
        "a b",
        "门．门",
        "a·b 1·2",
        *(f"x{sign}y" for sign in signs),
        *(f"门{sign}门" for sign in signs),
    ]
    found = await rows(url, "SELECT library_plain(said) AS said FROM unnest($1::text[]) AS said", texts)
    sql = [words(row["said"]) for row in found]
    assert [(hex(ord(text[1])), one) for text, one in zip(texts, sql, strict=True) if one != words(text)] == []
    exact = [text for text in texts if text[0] == "门" and not text[1].isspace()]
    same = await rows(url, "SELECT library_plain(said) AS said FROM unnest($1::text[]) AS said", exact)
    assert [text for text, row in zip(exact, same, strict=True) if row["said"] != words(text)] == []

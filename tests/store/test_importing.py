"""Lists in the records: what is new, what changes, what was before; twice, at once, and only to look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio
from asyncpg import connect

from complaints import editions
from complaints.base.faults import RecordsAway, RecordsRefused
from complaints.importing.kinds import COMPLAINTS, CUSTOMERS, DEPOSITS, HOMES
from complaints.importing.tables import ListKind, ReadList, read
from complaints.store.customers import CustomerBook
from complaints.store.import_staging import Imported, ImportOptions
from complaints.store.records import PostgresRecords
from complaints.store.retention_money import RetentionBook
from tests.importing.books import NOW, around
from tests.places import ROOT
from tests.store.casefiles import MORNING, Story
from tests.store.postgres import DIRECTORY, rows

TODAY = date(2026, 11, 22)
PIN = (editions.newest().name, editions.newest().digest)
LOOK, SKIP = ImportOptions(dry_run=True), ImportOptions(skip_bad=True)


@pytest_asyncio.fixture
async def book(url: str) -> AsyncIterator[CustomerBook]:
    opened = CustomerBook(url)
    yield opened
    await opened.close()


def listed(kind: ListKind[Any], text: str) -> ReadList[Any]:
    found = read(kind, text.encode(), around())
    assert found.problems == ()
    return found


async def customers(
    book: CustomerBook, text: str, manner: ImportOptions | None = None, by: str = "deng.li"
) -> Imported:
    found = listed(CUSTOMERS, text)
    return await book.customers(found.entries, columns=found.columns, by=by, at=NOW, manner=manner)


async def homes(book: CustomerBook, text: str, manner: ImportOptions | None = None) -> Imported:
    return await book.homes(listed(HOMES, text).entries, today=TODAY, manner=manner)


async def old(book: CustomerBook, text: str, manner: ImportOptions | None = None) -> Imported:
    entries = listed(COMPLAINTS, text).entries
    return await book.complaints(entries, by="li.na", at=NOW, edition=PIN, people=["zhou.min"], manner=manner)


def counts(result: Imported) -> tuple[int, int, int]:
    return (result.new, result.changed, result.unchanged)


def told(result: Imported) -> list[tuple[int, str]]:
    return [(one.line, one.code) for one in result.problems]


async def examples(book: CustomerBook) -> None:
    await customers(book, (ROOT / "examples/customers.csv").read_text(encoding="utf-8"))
    await homes(book, (ROOT / "examples/homes.csv").read_text(encoding="utf-8"))


CUSTOMER = "客户编号,项目,姓名,联系电话,置业顾问,备注\n"
HOME = "项目,楼栋,房号,客户编号,关系,起始日期\n"
OLD = "项目,编号,受理时间,结案时间,客户,电话,房号,投诉内容,受理人,处理结果,级别\n"


# --- customers


async def test_the_same_list_again_changes_nothing_and_a_changed_one_keeps_what_was(book: CustomerBook, url: str):
    text = CUSTOMER + "A,hf01,张伟,138 0000 0001,何雪,老客户\nB,hf01,李娜,138 0000 0002,,\n"
    assert counts(await customers(book, text)) == (2, 0, 0)
    before = await rows(url, "SELECT * FROM customers ORDER BY id")
    assert counts(await customers(book, text)) == (0, 0, 2)
    assert await rows(url, "SELECT * FROM customers ORDER BY id") == before
    assert counts(await customers(book, text.replace("138 0000 0002", "139 0000 0002"))) == (0, 1, 1)
    [change] = await rows(url, "SELECT customer, by, at, before ->> 'contact' AS contact FROM customer_changes")
    assert tuple(change) == ("B", "deng.li", NOW, "138 0000 0002")


async def test_a_list_without_a_column_leaves_it_alone_and_an_empty_cell_empties_it(book: CustomerBook, url: str):
    await customers(book, CUSTOMER + "A,hf01,张伟,138 0000 0001,何雪,老客户\n")
    assert counts(await customers(book, "客户编号,项目,姓名,联系电话\nA,hf01,张伟,138 0000 0001\n")) == (0, 0, 1)
    await customers(book, CUSTOMER + "A,hf01,张伟,138 0000 0001,,\n")
    [row] = await rows(url, "SELECT consultant, remarks FROM customers")
    assert tuple(row) == (None, "")


async def test_whoever_comes_without_a_number_is_known_by_project_name_and_telephone(book: CustomerBook, url: str):
    await customers(book, CUSTOMER + "A,hf01,张伟,138 0000 0001,,\n")
    text = "项目,姓名,联系电话\nhf01,张伟,13800000001\nhf01,李娜,13800000002\nyx02,张伟,13800000001\n"
    assert counts(await customers(book, text)) == (2, 1, 0)
    assert counts(await customers(book, text)) == (0, 0, 3)
    assert len(await rows(url, "SELECT FROM customers")) == 3


@pytest.mark.parametrize(
    ("line", "code"),
    [("A,yx02,张伟,13800000001,,", "other-project"), ("B,hf01,张伟,13800000001,,", "person-known")],
)
async def test_a_number_means_one_person_of_one_project(book: CustomerBook, url: str, line: str, code: str):
    await customers(book, CUSTOMER + "A,hf01,张伟,138 0000 0001,,\n")
    text = f"{CUSTOMER}{line}\nC,hf01,王强,13800000003,,\n"
    refused = await customers(book, text)
    assert (told(refused), refused.written) == ([(2, code)], False)
    assert len(await rows(url, "SELECT FROM customers")) == 1
    partly = await customers(book, text, SKIP)
    assert (told(partly), counts(partly), partly.written) == ([(2, code)], (1, 0, 0), True)
    assert [row["id"] for row in await rows(url, "SELECT id FROM customers ORDER BY id")] == ["A", "C"]


async def test_one_person_under_two_numbers_in_one_list_is_found(book: CustomerBook):
    found = await customers(book, CUSTOMER + "A,hf01,张伟,138 0000 0001,,\nB,hf01,张伟,13800000001,,\n")
    assert told(found) == [(3, "twice-known")]
    assert found.problems[0].params == {"id": "A", "line": "2"}


async def test_a_dry_run_says_the_same_and_writes_nothing(book: CustomerBook, url: str):
    text = (ROOT / "examples/customers.csv").read_text(encoding="utf-8")
    looked = await customers(book, text, LOOK)
    assert (counts(looked), looked.written) == ((8, 0, 0), False)
    assert await rows(url, "SELECT FROM customers") == []
    assert counts(await customers(book, text)) == counts(looked)


async def test_two_who_import_at_once_wait_for_each_other(book: CustomerBook, url: str):
    text = CUSTOMER + "".join(f"K{n},hf01,客户{n},138{n:08d},,\n" for n in range(300))
    other = CustomerBook(url)
    results = await asyncio.gather(customers(book, text), customers(other, text), customers(other, text))
    await other.close()
    assert sorted(counts(one) for one in results) == [(0, 0, 300), (0, 0, 300), (300, 0, 0)]
    assert await rows(url, "SELECT FROM customer_changes") == []


# --- homes


async def test_a_home_that_changes_hands_keeps_who_was_there(book: CustomerBook, url: str):
    await examples(book)
    sold = HOME + "hf01,3号楼,#802室,HF-0005,业主,2026-03-01\n"
    assert counts(await homes(book, sold)) == (0, 1, 0)
    assert counts(await homes(book, sold)) == (0, 0, 1)
    all_of_them = "SELECT customer, relation, since, until_date FROM home_people WHERE unit = '802' ORDER BY id"
    people = await rows(url, all_of_them)
    day, moved = date(2026, 3, 1), date(2024, 7, 2)
    assert [tuple(one) for one in people] == [
        ("HF-0003", "owner", moved, day),
        ("HF-0004", "family", moved, day),
        ("HF-0005", "owner", day, None),
    ]
    [home] = await rows(url, "SELECT building, customer FROM homes WHERE unit = '802'")
    assert tuple(home) == ("3栋", "HF-0005")


async def test_whoever_stays_in_a_home_that_changes_hands_is_in_the_list_with_the_new_owner(
    book: CustomerBook, url: str
):
    await examples(book)
    text = HOME + "hf01,3栋,802,HF-0004,业主,2026-03-01\nhf01,3栋,802,HF-0003,家属,2026-03-01\n"
    assert counts(await homes(book, text)) == (0, 2, 0)
    assert counts(await homes(book, text)) == (0, 0, 2)
    now = "SELECT customer, relation FROM home_people WHERE unit = '802' AND until_date IS NULL ORDER BY customer"
    assert [tuple(one) for one in await rows(url, now)] == [("HF-0003", "family"), ("HF-0004", "owner")]


async def test_tenants_stay_when_a_home_changes_hands(book: CustomerBook, url: str):
    await examples(book)
    await homes(book, HOME + "hf01,3栋,802,HF-0005,租户,2025-01-01\n")
    await homes(book, HOME + "hf01,3栋,802,HF-0001,业主,2026-03-01\n")
    now = "SELECT customer, relation FROM home_people WHERE unit = '802' AND until_date IS NULL ORDER BY customer"
    assert [tuple(one) for one in await rows(url, now)] == [("HF-0001", "owner"), ("HF-0005", "tenant")]


async def test_one_customer_may_have_two_homes_and_be_named_by_name_and_telephone(book: CustomerBook, url: str):
    await examples(book)
    text = "项目,楼栋,房号,姓名,电话\nhf01,9栋,101,周建华,13800000031\n"
    assert counts(await homes(book, text)) == (1, 0, 0)
    owned = await rows(url, "SELECT place FROM homes WHERE customer = 'HF-0003' ORDER BY place")
    assert [one["place"] for one in owned] == ["3-802", "9-101"]


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ("hf01,9栋,1,NOBODY,业主,\n", ["customer-unknown"]),
        ("hf01,9栋,1,YX-0001,业主,\n", ["customer-unknown"]),  # of another project
        ("hf01,9栋,1,HF-0001,家属,\n", ["no-owner"]),
        ("hf01,9栋,1,NOBODY,业主,\nhf01,9栋,1,HF-0001,家属,\n", ["customer-unknown", "no-owner"]),
        ("hf01,3栋,802,HF-0003,租户,\n", ["owner-stays"]),
        ("hf01,3栋,802,HF-0005,业主,2024-01-01\n", ["since-early"]),
        ("hf01,9栋,1,HF-0001,业主,\nhf01,9栋,1,HF-0001,家属,\n", ["twice-known"]),
    ],
)
async def test_a_home_that_cannot_be_is_refused_with_its_line(
    book: CustomerBook, url: str, lines: str, codes: list[str]
):
    await examples(book)
    before = await rows(url, "SELECT * FROM home_people ORDER BY id")
    found = await homes(book, HOME + lines)
    assert [one.code for one in found.problems] == codes
    assert all(one.words(lang) for one in found.problems for lang in ("zh", "en"))
    assert await rows(url, "SELECT * FROM home_people ORDER BY id") == before


# --- complaints from before


@pytest.mark.clause("CR-5.1.2")
async def test_an_old_complaint_counts_among_those_that_a_new_one_repeats(book: CustomerBook, records: PostgresRecords):
    received = (MORNING - timedelta(days=40)).date()
    text = OLD + f"hf01,17,{received},{received},张伟,13800000001,3栋,漏水,周敏,补漏,3\n"
    assert counts(await old(book, text)) == (1, 0, 0)
    written = await records.write(Story("A-1").registered())
    assert [(one.number, one.why, one.open) for one in written.related] == [("HF01/17", "customer", False)]
    assert written.number == "HF01-2026-000001"


async def test_old_complaints_are_found_listed_and_printed_like_the_others(
    book: CustomerBook, records: PostgresRecords
):
    await old(book, OLD + "hf01,a-17,2024-09-03,2024-09-05,张伟,13800000001,3栋,厨房漏水,周敏,补漏,2\n")
    [line] = await records.search("厨房漏水")
    assert (line.number, line.status, line.level, line.track, line.open_duties) == (
        "HF01/A-17",
        "closed",
        2,
        "ordinary",
        0,
    )
    file = await records.case("hf01/a-17")
    assert file is not None
    assert (file.closed, file.complaint.source, file.duties, file.acts) == (True, "imported", {}, ())
    assert file.complaint.received_by == "zhou.min"
    assert await records.verify_journal(file.key) == 0
    assert file.key not in await records.followed_to()
    assert [one.number for one in await records.register("hf01", NOW - timedelta(days=900), NOW)] == ["HF01/A-17"]


async def test_old_complaints_again_change_nothing_and_corrected_ones_are_corrected(book: CustomerBook, url: str):
    text = OLD + "hf01,17,2024-09-03,2024-09-05,张伟,,3栋,漏水,刘某,补漏,3\n"
    assert counts(await old(book, text)) == (1, 0, 0)
    assert counts(await old(book, text)) == (0, 0, 1)
    assert counts(await old(book, text.replace("补漏", "重做防水"))) == (0, 1, 0)
    [row] = await rows(url, "SELECT number, contact, received_by, imported FROM complaints")
    kept = {"result": "重做防水", "satisfied": None, "cost": None, "received_by": "刘某", "by": "li.na"}
    assert (row["number"], row["contact"], row["received_by"]) == ("HF01/17", "—", "imported")
    assert '"result": "重做防水"' in row["imported"]
    assert all(f'"{name}"' in row["imported"] for name in kept)


async def test_an_old_number_never_meets_one_of_duly_s_own(book: CustomerBook, records: PostgresRecords):
    await records.write(Story("A-1").registered())
    assert counts(await old(book, OLD + "hf01,2026-000001,2024-09-03,2024-09-05,张伟,,,漏水,,,3\n")) == (1, 0, 0)
    written = await records.write(Story("A-2").registered())
    assert written.number == "HF01-2026-000002"


async def test_many_old_complaints_are_in_the_case_library_at_once_and_corrected_there(book: CustomerBook, url: str):
    lines = "".join(f"hf01,{n},2024-09-03,2024-09-05,张伟,,3栋,漏水{n}次,,补漏,3\n" for n in range(300))
    taken = "SELECT count(*) AS all, count(*) FILTER (WHERE done = '补漏' AND pieces @> '{漏水}') AS right FROM library"
    assert counts(await old(book, OLD + lines, LOOK)) == (300, 0, 0)
    assert [tuple(one) for one in await rows(url, taken)] == [(0, 0)]
    assert counts(await old(book, OLD + lines)) == (300, 0, 0)
    assert counts(await old(book, OLD + lines)) == (0, 0, 300)
    assert [tuple(one) for one in await rows(url, taken)] == [(300, 300)]
    assert counts(await old(book, OLD + lines.replace("漏水7次,,补漏", "漏水7次,,重做防水"))) == (0, 1, 299)
    assert [tuple(one) for one in await rows(url, taken)] == [(300, 299)]


async def stopped(url: str, work: Coroutine[Any, Any, Imported], table: str) -> None:
    """`work`, whose connection is cut while it waits to write `table`."""
    waiting = f"""
        SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE relation = '{table}'::regclass AND NOT granted AND database = (
            SELECT oid FROM pg_database WHERE datname = current_database())
    """
    connection = await connect(url)
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
            task = asyncio.create_task(work)
            async with asyncio.timeout(30):
                while not await connection.fetch(waiting):
                    assert not task.done()
                    await asyncio.sleep(0.02)
            with pytest.raises(RecordsAway):
                await task
    finally:
        await connection.close()


async def test_an_import_that_dies_in_the_middle_leaves_nothing_and_can_be_said_again(book: CustomerBook, url: str):
    lines = "".join(f"hf01,{n},2024-09-03,2024-09-05,张伟,,3栋,漏水,,补漏,3\n" for n in range(300))
    left = "SELECT FROM complaints UNION ALL SELECT FROM files UNION ALL SELECT FROM library"
    await stopped(url, old(book, OLD + lines), "library")
    assert await rows(url, left) == []
    assert counts(await old(book, OLD + lines)) == (300, 0, 0)
    assert len(await rows(url, left)) == 900


# --- deposits, contractors


async def test_a_list_of_deposits_that_dies_in_the_middle_books_nothing(url: str):
    text = "contractor,project,amount,date,voucher\n" + "".join(f"hongji,hf01,1,2026-01-05,{n}\n" for n in range(300))
    entries, book = listed(DEPOSITS, text).entries, RetentionBook(url)
    await stopped(url, book.imported(entries, "dong.mei", ImportOptions()), "retention_entries")
    assert (await book.accounts(), await book.entries()) == ((), ())
    assert counts(await book.imported(entries, "dong.mei", ImportOptions())) == (300, 0, 0)
    assert counts(await book.imported(entries, "dong.mei", ImportOptions())) == (0, 0, 300)
    assert [str(one.balance) for one in await book.entries()] == [f"{n}.00" for n in range(1, 301)]
    await book.close()


async def test_deposits_are_booked_once_and_a_voucher_that_says_otherwise_is_told(url: str):
    head, book = "contractor,project,amount,date,voucher\n", RetentionBook(url)
    entries = listed(DEPOSITS, head + "hongji,hf01,100,2026-01-05,a\nyufang,hf01,50,2026-01-05,b\n").entries
    assert counts(await book.imported(entries, "dong.mei", LOOK)) == (2, 0, 0)
    assert await book.accounts() == ()
    assert counts(await book.imported(entries, "dong.mei", ImportOptions())) == (2, 0, 0)
    other = listed(DEPOSITS, head + "hongji,hf01,101,2026-01-05,a\nyufang,hf01,5,2026-01-06,c\n").entries
    assert told(await book.imported(other, "dong.mei", ImportOptions())) == [(2, "voucher-taken")]
    assert [str(one.balance) for one in await book.accounts()] == ["100.00", "50.00"]
    partly = await book.imported(other, "dong.mei", SKIP)
    assert (counts(partly), [str(one.balance) for one in await book.accounts()]) == ((1, 0, 0), ["100.00", "55.00"])
    await book.close()


@pytest.mark.clause("CS-4.3.2")
async def test_the_contractors_of_the_directory_stand_in_a_table_and_nobody_s_change_is_lost(
    records: PostgresRecords, url: str
):
    contacts = await rows(url, "SELECT key, contact, projects FROM contractors ORDER BY key")
    assert [(one["key"], one["contact"]) for one in contacts] == [
        ("antai", "郑平"),
        ("hongji", "王建国"),
        ("yufang", "孙海"),
    ]
    stored = await records.directory()
    assert stored is not None
    await records.load_directory(DIRECTORY.replace("郑平", "郑安"), by="test", after=stored[0])
    [contact] = await rows(url, "SELECT contact FROM contractors WHERE key = 'antai'")
    assert contact["contact"] == "郑安"
    with pytest.raises(RecordsRefused, match="again"):
        await records.load_directory(DIRECTORY, by="test", after=stored[0])

"""Retention money in PostgreSQL: booked once and whole, whoever asks, however often, and whatever dies meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from asyncpg import CheckViolationError, connect

from complaints.base.faults import RecordsAway, RecordsRefused
from complaints.repairs import retention_money
from complaints.repairs.retention_money import ClaimSettlement, Deducted, EntryKind, balance_of, claimed_of
from complaints.store.retention_money import RetentionBook
from tests.domain.test_retention_money import deduction, deposit
from tests.store.postgres import rows
from tests.store.test_outages import Mortal, mortal  # noqa: F401 (a fixture)


@pytest_asyncio.fixture
async def book(url: str) -> AsyncIterator[RetentionBook]:
    opened = RetentionBook(url)
    yield opened
    await opened.close()


async def test_deposits_are_booked_once_by_their_vouchers(book: RetentionBook):
    deposits = [deposit("50000", "存-1"), deposit("1000.5", "存-2")]
    first = await book.load(deposits, by="dong.mei")
    again = await book.load([*deposits, deposit("0.01", "存-3")], by="dong.mei")
    assert (first.booked, first.known) == (2, 0)
    assert (again.booked, again.known) == (1, 2)
    [account] = await book.accounts()
    assert (str(account.balance), account.claimed) == ("51000.51", 0)


async def test_a_voucher_with_another_sum_stops_the_whole_list(book: RetentionBook):
    await book.load([deposit("50000", "存-1")], by="dong.mei")
    loaded = await book.load([deposit("7", "存-7"), deposit("50001", "存-1")], by="dong.mei")
    assert (loaded.booked, loaded.conflicts) == (0, (1,))
    assert [entry.voucher for entry in await book.entries()] == ["存-1"]


async def test_the_same_voucher_twice_in_a_list_is_booked_once(book: RetentionBook):
    loaded = await book.load([deposit("5", "存-1"), deposit("5", "存-1")], by="dong.mei")
    assert (loaded.booked, loaded.known) == (1, 1)


@pytest.mark.clause("CS-4.3.4b")
async def test_a_deduction_beyond_the_balance_leaves_a_claim(book: RetentionBook):
    await book.load([deposit("600.10")], by="dong.mei")
    answer = await book.deduct(deduction("8600.00", "8600.00"))
    assert answer == Deducted.model_validate({"deducted": "600.10", "shortfall": "7999.90", "balance": "0.00"})
    [account] = await book.accounts("hongji")
    assert (account.balance, account.claimed) == (0, Decimal("7999.90"))
    kinds = [(entry.kind, entry.audited) for entry in await book.entries("hongji")][1:]
    assert kinds == [(EntryKind.DEDUCTION, Decimal("8600.00")), (EntryKind.CLAIM, Decimal("8600.00"))]


@pytest.mark.clause("CS-4.3.4b")
async def test_a_contractor_without_a_deposit_owes_all_of_it(book: RetentionBook):
    answer = await book.deduct(deduction("8600.00", "8600.00"))
    assert (answer.deducted, answer.shortfall, answer.balance) == (0, Decimal("8600.00"), 0)
    assert await book.accounts("somebody.else") == ()


@pytest.mark.clause("CS-4.3.4b")
async def test_asked_again_it_answers_the_same_and_books_nothing(book: RetentionBook):
    await book.load([deposit("10000")], by="dong.mei")
    asked = deduction("8600.00", "8600.00")
    first = await book.deduct(asked)
    await book.load([deposit("500", "存-2")], by="dong.mei")
    assert [await book.deduct(asked) for _ in range(3)] == [first] * 3
    assert len(await book.entries()) == 3


@pytest.mark.clause("CS-4.3.4b")
async def test_asked_ten_times_at_once_it_is_booked_once(book: RetentionBook):
    await book.load([deposit("10000")], by="dong.mei")
    answers = await asyncio.gather(*(book.deduct(deduction("8600.00", "8600.00")) for _ in range(10)))
    assert len(set(answers)) == 1
    assert [entry.kind for entry in await book.entries()] == [EntryKind.DEPOSIT, EntryKind.DEDUCTION]


@pytest.mark.clause("CS-4.3.4b")
async def test_two_deductions_at_once_never_take_the_same_money(book: RetentionBook):
    await book.load([deposit("10000")], by="dong.mei")
    duties = [f"R{n}/CS-4.3.4b" for n in range(8)]
    answers = await asyncio.gather(*(book.deduct(deduction("3000", "3000", duty)) for duty in duties))
    assert sum(answer.deducted for answer in answers) == 10_000
    assert sum(answer.shortfall for answer in answers) == 14_000
    lines = await book.entries()
    assert retention_money.balance_of(lines) == lines[-1].balance == 0


@pytest.mark.clause("CS-4.3.4b")
async def test_a_connection_that_dies_in_the_middle_leaves_all_or_nothing(book: RetentionBook, url: str):
    """Killed again and again while it books, each deduction is there once at the end."""
    await book.load([deposit("100000")], by="dong.mei")
    asked = [deduction("1000", "1000", f"R{n}/CS-4.3.4b") for n in range(30)]
    killer = await connect(url)
    failures = 0

    async def until_it_works(one: retention_money.Deduction) -> Deducted:
        nonlocal failures
        while True:
            try:
                return await book.deduct(one)
            except RecordsAway:
                failures += 1

    async def all_of_them() -> None:
        await asyncio.gather(*(until_it_works(one) for one in asked))

    booking = asyncio.create_task(all_of_them())
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1"
    for _ in range(25):
        await killer.fetch(others, killer.get_server_pid())
        await asyncio.sleep(0.01)
    await booking
    await killer.close()
    lines = await book.entries()
    assert failures
    assert retention_money.balance_of(lines) == 70_000 == (await book.accounts())[0].balance
    assert sorted(line.duty for line in lines if line.duty) == sorted(one.duty for one in asked)


def settlement(amount: str, kind: EntryKind = EntryKind.RECOVERY, duty: str = "R1/CS-4.3.4b.claim") -> ClaimSettlement:
    asked = deduction("8600.00", "8600.00")
    shared = asked.model_dump(include={"case", "contractor", "project", "audited", "day", "by"})
    return ClaimSettlement(**shared, duty=duty, kind=kind, amount=Decimal(amount), voucher="收-1")


@pytest.mark.clause("CS-4.3.4b")
async def test_what_is_paid_or_waived_of_a_claim_is_claimed_no_more_and_booked_once(book: RetentionBook):
    await book.load([deposit("600.10")], by="dong.mei")
    await book.deduct(deduction("8600.00", "8600.00"))
    paid = settlement("1000")
    for _ in range(2):
        assert (await book.settle_claim(paid)).claimed == Decimal("6999.90")
    waived = settlement("6999.90", EntryKind.WAIVER, "R1/CS-4.3.4b.waiver")
    assert (await book.settle_claim(waived)).claimed == 0
    assert (await book.settle_claim(paid)).claimed == 0, "asked again, it books nothing"
    [account] = await book.accounts("hongji")
    lines = await book.entries()
    assert (account.balance, account.claimed) == (0, 0) == (balance_of(lines), claimed_of(lines))
    booked = [(entry.kind, entry.amount, entry.balance) for entry in lines[-2:]]
    assert booked == [(EntryKind.RECOVERY, 1000, 0), (EntryKind.WAIVER, Decimal("6999.90"), 0)]


@pytest.mark.clause("CS-4.3.4b")
async def test_no_more_is_settled_than_is_claimed(book: RetentionBook):
    await book.deduct(deduction("1000.00", "8600.00"))
    with pytest.raises(RecordsRefused):
        await book.settle_claim(settlement("1000.01"))
    [account] = await book.accounts("hongji")
    assert account.claimed == 1000


async def test_with_postgresql_away_nothing_is_booked_and_it_can_be_asked_again(mortal: Mortal):  # noqa: F811
    book = RetentionBook(mortal.url)
    await book.load([deposit("10000")], by="dong.mei")
    mortal.kill()
    with pytest.raises(RecordsAway):
        await book.deduct(deduction("8600.00", "8600.00"))
    mortal.back()
    assert (await book.deduct(deduction("8600.00", "8600.00"))).balance == 1_400
    await book.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE retention_entries SET amount = 1",
        "DELETE FROM retention_entries",
        "TRUNCATE retention_entries",
    ],
)
async def test_what_was_booked_stays_as_it_is(book: RetentionBook, url: str, sql: str):
    await book.load([deposit("10000")], by="dong.mei")
    assert await refused(url, sql) == "23001"


ENTRY = (
    "INSERT INTO retention_entries (contractor, project, kind, amount, balance, day, voucher, key, duty, audited, by)"
)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ("'deduction', 10001, 0, 'test-1', 'R1', 10001", "23514"),  # more than there is
        ("'deduction', 500, 9500, 'test-1', 'R1', 499.99", "23514"),  # more than was audited
        ("'claim', 500, 10000, 'test-1', 'R1', 499.99", "23514"),
        ("'deduction', 500, 9501, 'test-1', 'R1', 500", "23514"),  # it does not add up
        ("'deduction', 500, 9500, NULL, NULL, 500", "23514"),  # of no case
        ("'deduction', -500, 10500, 'test-1', 'R1', 500", "23514"),
        ("'deposit', 0, 10000, NULL, NULL, NULL", "23514"),
        ("'gift', 500, 10500, NULL, NULL, NULL", "23514"),
    ],
)
async def test_the_database_itself_refuses_what_must_not_be(book: RetentionBook, url: str, values: str, code: str):
    await book.load([deposit("10000")], by="dong.mei")
    kind, amount, balance, key, duty, audited = values.split(", ")
    told = f"'hongji', 'hf01', {kind}, {amount}, {balance}, '2026-01-12', 'v', {key}, {duty}, {audited}, 'x'"
    assert await refused(url, f"{ENTRY} VALUES ({told})") == code
    assert [str(row["balance"]) for row in await rows(url, "SELECT balance FROM retention_accounts")] == ["10000.00"]


async def test_many_large_sums_add_up_to_the_cent(book: RetentionBook):
    await book.load([deposit("999999999999.99", f"存-{n}") for n in range(20)], by="dong.mei")
    [account] = await book.accounts()
    assert str(account.balance) == "19999999999999.80"


async def refused(url: str, sql: str) -> Any:
    connection = await connect(url)
    try:
        await connection.execute(sql)
    except Exception as error:
        return getattr(error, "sqlstate", None)
    finally:
        await connection.close()
    return None


TOGETHER = """
INSERT INTO retention_entries (contractor, project, kind, amount, balance, day, voucher, by)
SELECT contractor, project, 'deposit', 1, new.balance, day, new.voucher, by
FROM retention_entries,
     (VALUES (1, '存-2', 51), (2, '存-3', $1::numeric), (3, '存-4', 53)) AS new (nth, voucher, balance)
ORDER BY nth
"""


async def test_of_entries_that_come_together_each_says_what_its_account_holds_after_it(book: RetentionBook, url: str):
    await book.load([deposit("50", "存-1")], by="dong.mei")
    for wrong in ("51.99", "51", "53"):
        with pytest.raises(CheckViolationError, match=r"the balance after this entry is 52.00, not"):
            await rows(url, TOGETHER, Decimal(wrong))
    assert [(len(await book.entries()), account.balance) for account in await book.accounts()] == [(1, 50)]
    await rows(url, TOGETHER, Decimal(52))
    assert [(len(await book.entries()), account.balance) for account in await book.accounts()] == [(4, 53)]

"""Retention money (质量保证金) in PostgreSQL: entries are booked under a lock of their account, each once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from complaints.base import Frozen
from complaints.importing.problems import ListProblem
from complaints.importing.tables import ListEntry as Listed
from complaints.repairs import retention_money
from complaints.repairs.retention_money import (
    Account,
    AccountEntry,
    ClaimSettlement,
    Deducted,
    Deduction,
    Deposit,
    SettledClaim,
)
from complaints.store.database import Connection, Store
from complaints.store.import_staging import PATIENCE, Imported, ImportOptions, imported

OPEN = "INSERT INTO retention_accounts (contractor, project) VALUES ($1, $2) ON CONFLICT DO NOTHING"
CLAIMED = "SELECT claimed FROM retention_accounts WHERE contractor = $1 AND project = $2"
LOCK = "SELECT balance FROM retention_accounts WHERE contractor = $1 AND project = $2 FOR UPDATE"
_ENTRY = "contractor, project, kind, amount, balance, day, voucher, key, duty, audited"
ADDED = [*_ENTRY.split(", "), "by"]
BOOKED = f"SELECT {_ENTRY} FROM retention_entries WHERE key = $1 AND duty = $2 ORDER BY id"
DEPOSITED = """
SELECT contractor, project, voucher, amount, day
FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (contractor, project, voucher)
JOIN retention_entries USING (contractor, project, voucher)
WHERE kind = 'deposit'
"""
_ASKED = "($1::text IS NULL OR contractor = $1) AND ($2::text[] IS NULL OR project = ANY ($2))"
ENTRIES = f"SELECT {_ENTRY} FROM retention_entries WHERE {_ASKED} ORDER BY id"
ACCOUNTS = f"""
SELECT contractor, project, balance, claimed FROM retention_accounts
WHERE {_ASKED} ORDER BY contractor, project
"""


class Loaded(Frozen):
    """The result of loading deposits: how many were new or known, and which vouchers exist with other data."""

    booked: int = 0
    known: int = 0
    conflicts: tuple[int, ...] = ()  # indexes in the list, from 0


class _Conflict(Exception):
    """Some vouchers exist already with another sum or day: nothing of the list is booked."""

    def __init__(self, places: tuple[int, ...]) -> None:
        self.places = places
        super().__init__(places)


class RetentionBook(Store):
    """The accounts in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def deduct(self, asked: Deduction) -> Deducted:
        """Deduct at most the audited sum and at most the balance, and book the rest as a claim, in one transaction.

        Idempotent for a case and duty: a caller that never got the answer and repeats the call gets the same one, and
        nothing is booked again.
        """
        async with self._database.transaction() as connection:
            balance = await _locked(connection, asked.contractor, asked.project)
            booked = await connection.fetch(BOOKED, asked.case, asked.duty)
            lines = tuple(_entry(row) for row in booked)
            if not lines:
                lines = retention_money.entries(asked, balance)
                await _add(connection, lines, asked.by)
            return retention_money.outcome(lines, balance)

    async def settle_claim(self, asked: ClaimSettlement) -> SettledClaim:
        """Book what has come of a claim, in one transaction. Idempotent for a case and duty, like `deduct`.

        Raises `RecordsRefused` if less than that is claimed.
        """
        async with self._database.transaction() as connection:
            balance = await _locked(connection, asked.contractor, asked.project)
            if not await connection.fetch(BOOKED, asked.case, asked.duty):
                await _add(connection, [retention_money.settlement(asked, balance)], asked.by)
            return SettledClaim(claimed=await connection.fetchval(CLAIMED, asked.contractor, asked.project))

    async def load(self, deposits: Sequence[Deposit], by: str) -> Loaded:
        """Book deposits, all or none. A deposit whose voucher exists with the same sum and day is skipped.

        If vouchers conflict, they are returned and nothing is booked.
        """
        try:
            async with self._database.transaction(within=None) as connection:
                return await _load(connection, deposits, by)
        except _Conflict as conflict:
            return Loaded(conflicts=conflict.places)

    async def imported(self, entries: Sequence[Listed[Deposit]], by: str, manner: ImportOptions) -> Imported:
        """Book the deposits of an imported list. A voucher that exists with another sum or day is a problem."""

        async def work(connection: Connection) -> Imported:
            booked, known, problems = await _book(connection, entries, by)
            manner.done(len(entries))
            taken = (ListProblem(one.line, "voucher-taken", {"voucher": one.value.voucher}) for one in problems)
            return Imported(booked, 0, known, tuple(taken), written=manner.skip_bad or not problems)

        return await imported(self._database, manner, work)

    async def accounts(
        self, contractor: str | None = None, *, within: Sequence[str] | None = None
    ) -> tuple[Account, ...]:
        """Return all accounts, or one contractor's; `within`: of these projects only."""
        projects = None if within is None else list(within)
        async with self._database.connection() as connection:
            rows: list[Any] = await connection.fetch(ACCOUNTS, contractor, projects)
        return tuple(Account.model_validate(dict(row)) for row in rows)

    async def entries(
        self, contractor: str | None = None, *, within: Sequence[str] | None = None
    ) -> tuple[AccountEntry, ...]:
        """Return all entries, or one contractor's, in the order of booking; `within`: of these projects only."""
        projects = None if within is None else list(within)
        async with self._database.connection() as connection:
            rows: list[Any] = await connection.fetch(ENTRIES, contractor, projects)
        return tuple(_entry(row) for row in rows)


async def _load(connection: Connection, deposits: Sequence[Deposit], by: str) -> Loaded:
    booked, known, conflicts = await _book(connection, [Listed(nth, one) for nth, one in enumerate(deposits)], by)
    if conflicts:
        raise _Conflict(tuple(one.line for one in conflicts))
    return Loaded(booked=booked, known=known)


async def _book(
    connection: Connection, deposits: Sequence[Listed[Deposit]], by: str
) -> tuple[int, int, list[Listed[Deposit]]]:
    """Book the deposits that are new. Return how many were booked, how many existed, and the conflicting ones."""
    # Accounts are locked in one order, so that two concurrent loads do not deadlock.
    accounts = sorted({(one.value.contractor, one.value.project) for one in deposits})
    balances = {account: await _locked(connection, *account) for account in accounts}
    asked = [(one.value.contractor, one.value.project, one.value.voucher) for one in deposits]
    columns = [list(column) for column in zip(*asked, strict=True)] or [[], [], []]
    rows: list[Any] = await connection.fetch(DEPOSITED, *columns, timeout=PATIENCE)
    there = {(row["contractor"], row["project"], row["voucher"]): (row["amount"], row["day"]) for row in rows}
    booked, known, conflicts = list[AccountEntry](), 0, list[Listed[Deposit]]()
    for one, key in zip(deposits, asked, strict=True):
        deposit, account = one.value, key[:2]
        if key not in there:
            booked.append(retention_money.deposited(deposit, balances[account]))
            balances[account] = booked[-1].balance
            there[key] = (deposit.amount, deposit.day)
        elif there[key] == (deposit.amount, deposit.day):
            known += 1
        else:
            conflicts.append(one)
    await _add(connection, booked, by)
    return len(booked), known, conflicts


async def _locked(connection: Connection, contractor: str, project: str) -> Any:
    """Lock the account until the transaction ends, and return its balance."""
    await connection.execute(OPEN, contractor, project)
    return await connection.fetchval(LOCK, contractor, project)


async def _add(connection: Connection, lines: Iterable[AccountEntry], by: str) -> None:
    """Add entries in their order by one statement: the database updates the accounts' sums once per statement."""
    rows = [
        (*what, one.day, one.voucher, one.case, one.duty, one.audited, by)
        for one in lines
        for what in [(one.contractor, one.project, one.kind.value, one.amount, one.balance)]
    ]
    if rows:
        await connection.copy_records_to_table("retention_entries", records=rows, columns=ADDED, timeout=PATIENCE)


def _entry(row: Any) -> AccountEntry:
    fields = {("case" if name == "key" else name): value for name, value in dict(row).items()}
    return AccountEntry.model_validate(fields)

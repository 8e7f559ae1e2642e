"""The retention money (质量保证金) a contractor has left with the company, as arithmetic (CS-4.3.4b, CS-2.5).

An account is one contractor's in one project. Entries are only ever added: deposits raise the balance, deductions lower
it, a claim is what the balance could not cover and the contractor still owes. A deduction never exceeds what was
audited, and a balance never falls below zero. Money is `Decimal` in RMB yuan with two places, exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from complaints.base import Frozen
from complaints.base.fields import Key

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


def exact(amount: Decimal) -> Decimal:
    """The amount with two places, whatever it was written like."""
    return amount.quantize(CENT)


Sum = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2), AfterValidator(exact)]
"""Not below zero, and small enough for numeric(14, 2)."""
Total = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2), AfterValidator(exact)]
"""What many sums come to, numeric(18, 2)."""
Amount = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2), AfterValidator(exact)]
Voucher = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class EntryKind(StrEnum):
    DEPOSIT = "deposit"  # 缴存
    DEDUCTION = "deduction"  # 扣款
    CLAIM = "claim"  # 追偿: what the balance could not cover


class Deposit(Frozen):
    """Retention money that came in. A voucher is booked once for an account."""

    contractor: Key
    project: Key
    amount: Amount
    day: date
    voucher: Voucher


class Deduction(Frozen):
    """A deduction as finance asks for it (CS-4.3.4b). `(case, duty)` is what it is known by: asked twice, it is one."""

    case: str
    duty: str
    contractor: Key
    project: Key
    requested: Amount
    audited: Sum
    voucher: Voucher
    day: date
    by: Key


class Deducted(Frozen):
    """What became of a deduction: what was taken, what remains to be claimed, and what is left in the account."""

    deducted: Sum
    shortfall: Sum
    balance: Total


class AccountEntry(Frozen):
    """One line of an account. `balance` is what the account held after it."""

    contractor: str
    project: str
    kind: EntryKind
    amount: Amount
    balance: Total
    day: date
    voucher: str
    case: str | None = None
    duty: str | None = None
    audited: Decimal | None = None

    @property
    def effect(self) -> Decimal:
        """What the entry did to the balance."""
        signs = {EntryKind.DEPOSIT: 1, EntryKind.DEDUCTION: -1, EntryKind.CLAIM: 0}
        return self.amount * signs[self.kind]


class Account(Frozen):
    """One contractor's retention money in one project."""

    contractor: str
    project: str
    balance: Total
    claimed: Total


def split(requested: Decimal, audited: Decimal, balance: Decimal) -> tuple[Decimal, Decimal]:
    """How much is taken from the balance, and how much is claimed: never above the audited sum or the balance."""
    owed = min(requested, audited)
    taken = min(owed, balance)
    return taken, owed - taken


def deposited(deposit: Deposit, balance: Decimal) -> AccountEntry:
    """The entry of a deposit into an account that holds `balance`."""
    return AccountEntry(
        contractor=deposit.contractor,
        project=deposit.project,
        kind=EntryKind.DEPOSIT,
        amount=deposit.amount,
        balance=balance + deposit.amount,
        day=deposit.day,
        voucher=deposit.voucher,
    )


def entries(asked: Deduction, balance: Decimal) -> tuple[AccountEntry, ...]:
    """The entries of a deduction from an account that holds `balance`: a deduction, a claim, or both."""
    taken, claimed = split(asked.requested, asked.audited, balance)
    parts = ((EntryKind.DEDUCTION, taken), (EntryKind.CLAIM, claimed))
    return tuple(
        AccountEntry(
            contractor=asked.contractor,
            project=asked.project,
            kind=kind,
            amount=amount,
            balance=balance - taken,
            day=asked.day,
            voucher=asked.voucher,
            case=asked.case,
            duty=asked.duty,
            audited=asked.audited,
        )
        for kind, amount in parts
        if amount > 0
    )


def outcome(booked: Iterable[AccountEntry], balance: Decimal) -> Deducted:
    """The answer to a deduction, out of what was booked for it: the same whenever it is asked.

    `balance` is the account's, for the case that nothing had to be booked.
    """
    booked = tuple(booked)
    amounts = {entry.kind: entry.amount for entry in booked}
    return Deducted(
        deducted=amounts.get(EntryKind.DEDUCTION, NOTHING),
        shortfall=amounts.get(EntryKind.CLAIM, NOTHING),
        balance=booked[-1].balance if booked else balance,
    )


def balance_of(lines: Iterable[AccountEntry]) -> Decimal:
    """What an account holds, from its entries alone."""
    return sum((line.effect for line in lines), NOTHING)

"""Arithmetic of the retention money (质量保证金) that a contractor leaves with the company (CS-4.3.4b, CS-2.5).

An account belongs to one contractor in one project. Entries are append-only: a deposit raises the balance, a deduction
lowers it, and a claim is what the balance could not cover and the contractor still owes, until it has paid (a recovery)
or the general manager has waived it (a waiver). A deduction never exceeds the audited sum, and neither a balance nor
what is claimed falls below zero. Money is `Decimal` in RMB yuan with two places, exact.
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
from complaints.case.effects import EffectKind

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


def exact(amount: Decimal) -> Decimal:
    """Quantize the amount to two decimal places."""
    return amount.quantize(CENT)


Sum = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2), AfterValidator(exact)]
"""An amount of zero or more, small enough for numeric(14, 2)."""
Total = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2), AfterValidator(exact)]
"""A sum of many amounts, numeric(18, 2)."""
Amount = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2), AfterValidator(exact)]
Voucher = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class EntryKind(StrEnum):
    DEPOSIT = "deposit"  # 缴存
    DEDUCTION = "deduction"  # 扣款
    CLAIM = "claim"  # 追偿: what the balance could not cover
    RECOVERY = "recovery"  # 追回: what the contractor has paid of a claim
    WAIVER = "waiver"  # 放弃追偿: what of a claim is given up


class Deposit(Frozen):
    """Retention money that came in. A voucher is booked once per account."""

    contractor: Key
    project: Key
    amount: Amount
    day: date
    voucher: Voucher


class Deduction(Frozen):
    """A deduction requested by finance (CS-4.3.4b).

    `(case, duty)` is its idempotency key: requested twice, it is booked once.
    """

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
    """Outcome of a deduction: the sum taken, the shortfall to be claimed, and the balance left in the account."""

    deducted: Sum
    shortfall: Sum
    balance: Total


BOOK: EffectKind[Deduction, Deducted] = EffectKind("deduct_retention", Deducted)
"""The effect that deducts an amount from the contractor's retention money, once for each case and duty."""


class ClaimSettlement(Frozen):
    """A part of a claim that the contractor has paid, or that is waived (CS-4.3.4b).

    `(case, duty)` is its idempotency key: requested twice, it is booked once. It is no more than the repair's audited
    sum, nor than what is claimed in the account.
    """

    case: str
    duty: str
    contractor: Key
    project: Key
    kind: EntryKind
    amount: Amount
    audited: Sum
    voucher: Voucher
    day: date
    by: Key


class SettledClaim(Frozen):
    """Outcome of a settlement: what is still claimed in the account."""

    claimed: Total


SETTLE: EffectKind[ClaimSettlement, SettledClaim] = EffectKind("settle_claim", SettledClaim)
"""The effect that books what has come of a claim, once for each case and duty."""


class AccountEntry(Frozen):
    """One line of an account. `balance` is the account's balance after it."""

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
        """The signed change that the entry made to the balance."""
        signs = {EntryKind.DEPOSIT: 1, EntryKind.DEDUCTION: -1}
        return self.amount * signs.get(self.kind, 0)

    @property
    def claims(self) -> Decimal:
        """The signed change that the entry made to what is claimed."""
        signs = {EntryKind.CLAIM: 1, EntryKind.RECOVERY: -1, EntryKind.WAIVER: -1}
        return self.amount * signs.get(self.kind, 0)


class Account(Frozen):
    """One contractor's retention money in one project."""

    contractor: str
    project: str
    balance: Total
    claimed: Total


def split(requested: Decimal, audited: Decimal, balance: Decimal) -> tuple[Decimal, Decimal]:
    """Split a deduction into the sum taken (at most the balance) and the sum claimed: together at most `audited`."""
    owed = min(requested, audited)
    taken = min(owed, balance)
    return taken, owed - taken


def deposited(deposit: Deposit, balance: Decimal) -> AccountEntry:
    """Return the entry of a deposit into an account that holds `balance`."""
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
    """Return the entries of a deduction from an account that holds `balance`: a deduction, a claim, or both."""
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


def settlement(asked: ClaimSettlement, balance: Decimal) -> AccountEntry:
    """Return the entry of a settled claim in an account that holds `balance`, which it leaves alone."""
    return AccountEntry(
        contractor=asked.contractor,
        project=asked.project,
        kind=asked.kind,
        amount=asked.amount,
        balance=balance,
        day=asked.day,
        voucher=asked.voucher,
        case=asked.case,
        duty=asked.duty,
        audited=asked.audited,
    )


def outcome(booked: Iterable[AccountEntry], balance: Decimal) -> Deducted:
    """Compute the outcome of a deduction from its booked entries, so that a repeated request gets the same answer.

    `balance` is the account's balance, for a deduction that needed no entry.
    """
    booked = tuple(booked)
    amounts = {entry.kind: entry.amount for entry in booked}
    return Deducted(
        deducted=amounts.get(EntryKind.DEDUCTION, NOTHING),
        shortfall=amounts.get(EntryKind.CLAIM, NOTHING),
        balance=booked[-1].balance if booked else balance,
    )


def balance_of(lines: Iterable[AccountEntry]) -> Decimal:
    """Compute the balance of an account from its entries alone."""
    return sum((line.effect for line in lines), NOTHING)


def claimed_of(lines: Iterable[AccountEntry]) -> Decimal:
    """Compute what is claimed in an account from its entries alone."""
    return sum((line.claims for line in lines), NOTHING)

"""Retention money as arithmetic: exact, never above what was audited, never below zero, and nothing twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from complaints.repairs import retention_money
from complaints.repairs.retention_money import AccountEntry, Deduction, Deposit, EntryKind, exact

DAY = date(2026, 1, 12)
YUAN = st.integers(min_value=1, max_value=50_000_000).map(lambda cents: Decimal(cents) / 100)


def deposit(amount: Decimal | str, voucher: str = "存-1") -> Deposit:
    return Deposit(contractor="hongji", project="hf01", amount=Decimal(amount), day=DAY, voucher=voucher)


def deduction(requested: Decimal | str, audited: Decimal | str, duty: str = "R1/CS-4.3.4b") -> Deduction:
    return Deduction(
        case="test-1",
        duty=duty,
        contractor="hongji",
        project="hf01",
        requested=Decimal(requested),
        audited=Decimal(audited),
        voucher="扣-1",
        day=DAY,
        by="dong.mei",
    )


class Book:
    """An account as the product keeps it: each transaction is wholly there or not at all."""

    def __init__(self) -> None:
        self.lines: list[AccountEntry] = []

    @property
    def balance(self) -> Decimal:
        return self.lines[-1].balance if self.lines else retention_money.NOTHING

    def deposits(self, asked: Deposit) -> None:
        self.lines.append(retention_money.deposited(asked, self.balance))

    def deducts(self, asked: Deduction) -> retention_money.Deducted:
        booked = [line for line in self.lines if line.duty == asked.duty]
        if not booked:
            booked = list(retention_money.entries(asked, self.balance))
            self.lines += booked
        return retention_money.outcome(booked, self.balance)


@pytest.mark.clause("CS-4.3.4b")
@pytest.mark.parametrize(
    ("requested", "audited", "balance", "taken", "claimed"),
    [
        ("8600.00", "8600.00", "50000.00", "8600.00", "0.00"),
        ("8600.00", "8600.00", "8600.00", "8600.00", "0.00"),
        ("8600.00", "8600.00", "8599.99", "8599.99", "0.01"),
        ("8600.00", "8600.00", "0.00", "0.00", "8600.00"),
        ("5000.00", "8600.00", "50000.00", "5000.00", "0.00"),
        ("9000.00", "8600.00", "50000.00", "8600.00", "0.00"),  # never above the audited sum
        ("9000.00", "8600.00", "600.10", "600.10", "7999.90"),
        ("0.01", "0.00", "10.00", "0.00", "0.00"),
    ],
)
def test_what_is_taken_and_what_is_claimed(requested: str, audited: str, balance: str, taken: str, claimed: str):
    found = retention_money.split(Decimal(requested), Decimal(audited), Decimal(balance))
    assert [str(exact(amount)) for amount in found] == [taken, claimed]


def test_nothing_to_book_leaves_the_account_alone():
    assert retention_money.entries(deduction("0.01", "0"), Decimal("10.00")) == ()
    answer = retention_money.outcome((), Decimal("10.00"))
    assert (answer.deducted, answer.shortfall, answer.balance) == (0, 0, Decimal("10.00"))


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity", "1000000000000"])
def test_an_amount_that_is_none_is_refused(amount: str):
    with pytest.raises(ValidationError):
        deposit(amount)


def test_amounts_are_exact_to_the_cent():
    account = Book()
    for nth in range(10):
        account.deposits(deposit("0.10", f"存-{nth}"))
    assert str(account.balance) == "1.00"
    assert deposit("12.5").model_dump(mode="json")["amount"] == "12.50"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deposit"), YUAN, YUAN),
        st.tuples(st.integers(min_value=1, max_value=4), YUAN, YUAN),  # which duty: asked again, it is the same
    ),
    max_size=30,
)


@pytest.mark.clause("CS-4.3.4b")
@given(steps=STEPS, lost=st.lists(st.booleans(), max_size=30))
def test_the_entries_always_come_to_the_balance_and_no_deduction_is_booked_twice(
    steps: list[tuple[str | int, Decimal, Decimal]], lost: list[bool]
):
    """In any order, with any answer lost and asked for again."""
    account, asked, first = Book(), dict[str, Deduction](), dict[str, retention_money.Deducted]()
    for nth, (what, amount, audited) in enumerate(steps):
        if what == "deposit":
            account.deposits(deposit(amount, f"存-{nth}"))
        else:
            duty = f"R{what}/CS-4.3.4b"
            asking = asked.setdefault(duty, deduction(amount, audited, duty))
            for _ in range(2 if nth < len(lost) and lost[nth] else 1):
                assert account.deducts(asking) == first.setdefault(duty, account.deducts(asking))
        assert retention_money.balance_of(account.lines) == account.balance >= 0
    for duty, asking in asked.items():
        answer = first[duty]
        assert answer.deducted + answer.shortfall == min(asking.requested, asking.audited)
        booked = {line.kind: line.amount for line in account.lines if line.duty == duty}
        assert booked.get(EntryKind.DEDUCTION, 0) == answer.deducted <= asking.audited
        assert booked.get(EntryKind.CLAIM, 0) == answer.shortfall


@given(amounts=st.lists(YUAN, min_size=1, max_size=6), balance=YUAN, order=st.randoms(use_true_random=False))
def test_in_whatever_order_deductions_come_as_much_is_taken_and_claimed(
    amounts: list[Decimal], balance: Decimal, order: object
):
    def total(chosen: list[Decimal]) -> tuple[Decimal, Decimal]:
        account = Book()
        account.deposits(deposit(balance))
        answers = [account.deducts(deduction(one, one, f"R{n}/CS-4.3.4b")) for n, one in enumerate(chosen)]
        return account.balance, sum((answer.shortfall for answer in answers), retention_money.NOTHING)

    shuffled = list(amounts)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert total(shuffled) == total(amounts)

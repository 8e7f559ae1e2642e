"""Legal holds: before every term, at once, and never forgotten."""

from __future__ import annotations

import pytest

from complaints.retention.errors import KeepingRefused
from complaints.retention.holds import HoldScope
from complaints.store.database import FAULTS
from complaints.store.records import PostgresRecords
from complaints.store.retention import RetentionStore
from tests.store.destruction import CLOSED, LATER, NAME, NEXT_YEAR, carried_out, closed
from tests.store.postgres import rows


@pytest.mark.clause("CH-8.1")
@pytest.mark.parametrize(
    ("scope", "target"),
    [
        (HoldScope.CASE, "HF01-2026-000001"),
        (HoldScope.CUSTOMER, NAME),
        (HoldScope.CUSTOMER, "13977770042"),
        (HoldScope.PROJECT, "hf01"),
    ],
)
async def test_a_hold_wins_before_the_list_and_after_its_approval(
    records: PostgresRecords, keeping: RetentionStore, scope: HoldScope, target: str
):
    await closed(records, "a")
    before = await keeping.propose("2027-12", NEXT_YEAR)
    await keeping.approve(before.id, before.digest, "zhao.min", NEXT_YEAR)
    hold = await keeping.set_hold(scope, target, "案号17", "li.na", NEXT_YEAR)
    await keeping.destroy(before.id)
    assert await records.case("a")
    assert (await keeping.certify(before.id, LATER)).left == {"hold": 1}
    held = await keeping.propose("2028-01", LATER)
    assert (held.counts, held.spared) == ({}, 1)
    [spared] = (await keeping.listed(held.id)).spared
    assert (spared.because, spared.hold) == ("hold", hold.id)
    await keeping.lift_hold(hold.id, "判决已履行", "li.na", LATER)
    assert (await keeping.propose("2028-02", LATER)).counts == {"case": 1}


async def test_a_hold_on_somebody_else_holds_nothing_here(records: PostgresRecords, keeping: RetentionStore):
    await closed(records, "a")
    for scope, target in (
        (HoldScope.CUSTOMER, "欧阳"),
        (HoldScope.CUSTOMER, "1397777004"),
        (HoldScope.PROJECT, "yx02"),
    ):
        await keeping.set_hold(scope, target, "案号18", "li.na", CLOSED)
    assert (await keeping.propose("2027-12", NEXT_YEAR)).counts == {"case": 1}


async def test_a_hold_is_lifted_once_and_keeps_a_fingerprint_of_the_customer(
    records: PostgresRecords, keeping: RetentionStore, url: str
):
    hold = await keeping.set_hold(HoldScope.CUSTOMER, NAME, "案号17", "li.na", CLOSED)
    lifted = await keeping.lift_hold(hold.id, "结案", "wang.qiang", LATER)
    assert (lifted.target[:7], lifted.lifted_by, await keeping.holds()) == ("sha256:", "wang.qiang", ())
    assert await keeping.holds(lifted=True) == (lifted,)
    with pytest.raises(KeepingRefused) as refused:
        await keeping.lift_hold(hold.id, "再次", "li.na", LATER)
    assert refused.value.code == "lifted"
    for sql in ("DELETE FROM holds", "UPDATE holds SET reason = 'x'", "TRUNCATE holds"):
        with pytest.raises(FAULTS, match="a hold"):
            await rows(url, sql)


@pytest.mark.parametrize(
    ("scope", "target", "code"),
    [
        (HoldScope.CASE, "HF01-2026-000099", "unknown-case"),
        (HoldScope.CASE, "HF01-2026-000001", "destroyed"),
        (HoldScope.PROJECT, "nowhere", "unknown-project"),
    ],
)
async def test_a_hold_on_what_is_not_there_is_refused(
    records: PostgresRecords, keeping: RetentionStore, scope: HoldScope, target: str, code: str
):
    await closed(records, "a")
    await carried_out(keeping)
    with pytest.raises(KeepingRefused) as refused:
        await keeping.set_hold(scope, target, "案号17", "li.na", LATER)
    assert refused.value.code == code

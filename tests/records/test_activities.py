"""The activities pass things through and turn faults into types that a workflow can tell apart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.ledger import Ledger
from activities.reference import References
from activities.retention import Retention
from activities.settling import Settlement, Settling
from complaints.directory import Reference
from complaints.faults import Fault, RecordsAway, RecordsRefused
from complaints.model import Batch, Written
from complaints.retention import Deducted, Deduction
from tests.records.casefiles import Story


class Broken:
    """Everything outside, out of order."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault

    async def write(self, batch: Batch) -> Written:
        raise self.fault from ValueError("张伟")

    async def reference(self, project: str, known_version: str | None) -> Reference | None:
        raise self.fault

    async def catch_up(self, key: str, sequence: int) -> None:
        raise self.fault

    async def deduct(self, asked: Deduction) -> Deducted:
        raise self.fault


DEDUCTION = Deduction(
    case="k",
    duty="R1/CS-4.3.4b",
    contractor="hongji",
    project="hf01",
    requested=Decimal(1),
    audited=Decimal(1),
    voucher="v",
    day=date(2026, 1, 5),
    by="li.na",
)


@pytest.mark.parametrize(
    ("fault", "type", "again"),
    [
        (RecordsAway("away"), "records-away", True),
        (RecordsRefused("no"), "records-refused", False),
    ],
)
async def test_each_fault_has_its_type_and_says_whether_to_try_again(fault: Fault, type: str, again: bool):
    broken, environment = Broken(fault), ActivityEnvironment()
    calls = [
        environment.run(Ledger(broken).write, Story().registered()),
        environment.run(References(broken).reference, "hf01", None),
        environment.run(Settling(broken).settle, Settlement(key="k", sequence=1)),
        environment.run(Retention(broken).deduct, DEDUCTION),
    ]
    for call in calls:
        with pytest.raises(ApplicationError) as error:
            await call
        assert (error.value.type, error.value.non_retryable) == (type, not again)
        assert error.value.__cause__ is None  # causes are written into histories too

"""The activities pass things through and turn faults into types that a workflow can tell apart."""

from __future__ import annotations

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.ledger import Ledger
from activities.reference import References
from complaints.directory import Reference
from complaints.faults import Fault, RecordsAway, RecordsRefused
from complaints.intake import Known, Named
from complaints.model import Batch, Written
from tests.records.casefiles import Story


class Broken:
    """Everything outside, out of order."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault

    async def write(self, batch: Batch) -> Written:
        raise self.fault from ValueError("张伟")

    async def reference(self, project: str, known_version: str | None) -> Reference | None:
        raise self.fault

    async def known(self, *, newest: bool = False) -> Known:
        raise self.fault


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
        environment.run(References(broken).opening, Named(project="hf01")),
        environment.run(References(broken).round_opening, "hf01"),
    ]
    for call in calls:
        with pytest.raises(ApplicationError) as error:
            await call
        assert (error.value.type, error.value.non_retryable) == (type, not again)
        assert error.value.__cause__ is None  # causes are written into histories too

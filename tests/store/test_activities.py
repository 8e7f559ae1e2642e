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
from activities.settling import RecordsSettlement, Settling
from complaints.base.faults import Fault, RecordsAway, RecordsRefused
from complaints.case.additions import Additions
from complaints.case.file import Related, Written
from complaints.editions.model import Edition
from complaints.editions.problems import EditionError
from complaints.intake.checking import Known, NamedIds
from complaints.intake.repeats import SoughtComplaint
from complaints.people.reference import Reference
from complaints.repairs.retention_money import ClaimSettlement, Deducted, Deduction, EntryKind, SettledClaim
from tests.fakes import ExampleReferences
from tests.store.casefiles import Story


class Broken:
    """Everything outside, out of order."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault

    async def related(self, sought: SoughtComplaint) -> tuple[Related, ...]:
        raise self.fault

    async def write(self, additions: Additions) -> Written:
        raise self.fault from ValueError("张伟")

    async def later(self, sought: SoughtComplaint) -> tuple[str, ...]:
        raise self.fault

    async def later_related(self, key: str) -> tuple[str, ...]:
        raise self.fault

    async def reference(self, project: str, known_version: str | None) -> Reference | None:
        raise self.fault

    async def catch_up(self, key: str, sequence: int) -> None:
        raise self.fault

    async def settle_claim(self, asked: ClaimSettlement) -> SettledClaim:
        raise self.fault

    async def deduct(self, asked: Deduction) -> Deducted:
        raise self.fault

    async def known(self, *, newest: bool = False) -> Known:
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


class Stale(ExampleReferences):
    """A source that answers with what it kept, unless it is asked for the newest."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[bool] = []
        self.kept = Known(projects=frozenset({"yx02"}), people=frozenset({"zhou.min"}))

    async def known(self, *, newest: bool = False) -> Known:
        self.asked.append(newest)
        return await super().known(newest=newest) if newest else self.kept


async def test_nobody_is_refused_before_the_newest_directory_has_been_asked():
    """One may have been loaded a moment ago, by another process."""
    source, environment = Stale(), ActivityEnvironment()
    began = await environment.run(References(source).opening, NamedIds(project="hf01", received_by="zhou.min"))
    assert (began.problems, began.reference is not None) == ((), True)
    assert source.asked == [False, True]
    refused = await environment.run(References(source).opening, NamedIds(project="hf0l", received_by="nobody"))
    assert [problem.field for problem in refused.problems] == ["project", "received_by"]
    assert refused.reference is None


async def test_what_is_known_is_not_asked_for_twice():
    source = Stale()
    await ActivityEnvironment().run(References(source).opening, NamedIds(project="yx02", received_by="zhou.min"))
    assert source.asked == [False]


async def test_an_edition_that_cannot_be_used_is_waited_for():
    def broken() -> Edition:
        raise EditionError("editions/2026.2", [])

    references, environment = References(ExampleReferences(), broken), ActivityEnvironment()
    for call in (
        environment.run(references.opening, NamedIds(project="hf01")),
        environment.run(references.round_opening, ""),
    ):
        with pytest.raises(ApplicationError) as error:
            await call
        assert (error.value.type, error.value.non_retryable) == ("edition-unusable", False)


SETTLEMENT = ClaimSettlement(
    **DEDUCTION.model_dump(exclude={"requested", "duty"}),
    duty="R1/CS-4.3.4b.claim",
    kind=EntryKind.RECOVERY,
    amount=Decimal(1),
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
        environment.run(Ledger(broken).later_related, "k"),
        environment.run(Ledger(broken).later, SoughtComplaint.of(Story().file)),
        environment.run(Ledger(broken).related, SoughtComplaint.of(Story().file)),
        environment.run(References(broken).reference, "hf01", None),
        environment.run(Settling(broken).settle, RecordsSettlement(key="k", sequence=1)),
        environment.run(Retention(broken).deduct, DEDUCTION),
        environment.run(Retention(broken).settle_claim, SETTLEMENT),
        environment.run(References(broken).opening, NamedIds(project="hf01")),
        environment.run(References(broken).round_opening, "hf01"),
    ]
    for call in calls:
        with pytest.raises(ApplicationError) as error:
            await call
        assert (error.value.type, error.value.non_retryable) == (type, not again)
        assert error.value.__cause__ is None  # causes are written into histories too

"""A repair or a corrective action that is open when its case is found not valid, withdrawn or merged into another."""

from __future__ import annotations

import pytest

from complaints.case.complaint import Track
from complaints.case.file import DutyStatus
from tests.clauses.test_cancelled_matters import OURS, THEIRS, a_matter
from tests.people import PROPERTY, SUPERVISOR
from tests.world import Case, World

CALLED_OFF = "MATTER.cancel.contractor"


async def ends(case: Case, how: str) -> None:
    if how == "withdrawn":
        await case.is_withdrawn()
    else:
        await case.is_found_invalid()
        await case.approves("INVALID.confirmation")


def of_matter(case: Case) -> list[str]:
    return [duty.rule for duty in case.file.open_duties if duty.matter is not None]


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.parametrize("how", ["invalid", "withdrawn"])
async def test_a_firm_that_was_ordered_is_called_off_before_the_case_closes(world: World, how: str):
    case = await a_matter(world, until="CS-4.3.3.finish", CS_4_3_3=THEIRS)
    await ends(case, how)
    [matter] = case.file.matters
    assert (matter.outcome, of_matter(case)) == (how, [CALLED_OFF])
    calling = case.duty(CALLED_OFF)
    assert (calling.owner, calling.since) == (PROPERTY, case.file.acts[-1].at)
    assert not case.file.closed
    await case.goes_on_afresh()
    await case.does(CALLED_OFF)
    if how == "withdrawn":
        await case.to_the_end()
    await case.handle.result()
    await case.look()
    assert (case.file.closed, case.file.outcome) == (True, how)
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_whoever_sends_nobody_calls_nobody_off(world: World):
    case = await a_matter(world, until="CS-4.3.3.finish", CS_4_3_3=OURS)
    await ends(case, "invalid")
    await case.handle.result()
    await case.look()
    assert (case.file.closed, of_matter(case)) == (True, [])
    case.ignores()


@pytest.mark.clause("CS-4.3.4a")
@pytest.mark.parametrize("how", ["invalid", "withdrawn"])
async def test_what_was_repaired_is_audited_and_deducted_all_the_same(world: World, how: str):
    """The money is owed for the work, whatever becomes of the complaint."""
    case = await a_matter(world, until="CS-4.3.4a")
    audit = case.duty("CS-4.3.4a")
    await ends(case, how)
    assert case.duty("CS-4.3.4a") == audit
    assert case.file.matters[0].open
    await case.goes_on_afresh()
    await case.works_until("CS-4.3.4b")
    assert "CS-4.3.4b" in of_matter(case)
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_the_repair_of_a_duplicate_goes_on_in_it(world: World):
    """The case that takes the complaint in does not know of it."""
    case, other = await a_matter(world, until="CS-4.3.3.finish", CS_4_3_3=THEIRS), await world.opens().graded(3)
    repairing = case.duty("CS-4.3.3.finish")
    await case.merges_into(other)
    await case.becomes(lambda file: file.track is Track.MERGED)
    assert case.duty("CS-4.3.3.finish") == repairing
    assert case.duty("CH-7.3.1").status is DutyStatus.SUPERSEDED
    assert case.file.matters[0].open
    await case.goes_on_afresh()
    await case.works_until("CS-4.3.5.revisit")
    case.ignores()
    await case.to_the_end()
    await case.handle.result()
    await case.look()
    assert (case.file.matters[0].outcome, case.file.outcome, case.file.closed) == ("effective", "merged", True)
    assert "CS-4.3.3.finish closed" not in " ".join(case.heard(PROPERTY))
    case.ignores()
    other.ignores()


@pytest.mark.clause("RV-4.1a")
@pytest.mark.clause("CR-5.1.3")
@pytest.mark.parametrize("how", ["invalid", "withdrawn"])
async def test_what_has_ended_so_is_watched_no_longer(world: World, how: str):
    case = await world.opens(households=9).graded(2)
    assert case.file.watch
    await ends(case, how)
    assert case.file.watch == ()
    assert not [duty for duty in case.file.open_duties if duty.owner == SUPERVISOR and duty.rule == "CR-5.1.3"]
    case.ignores()

"""What is owed beside a round's own duty from its beginning on: since the opening, late and climbing like any duty."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.base.errors import Refusal
from complaints.case.round import Subject
from tests.clauses.rows import ABOVE
from tests.people import OPERATIONS, SUPERVISOR
from tests.rounds.moments import RoundClock
from tests.rounds.ports import Machines
from tests.rounds.stage import Round, Rounds
from tests.rounds.table import COMPANY, HF01
from tests.rounds.test_chapters import over, report
from tests.rounds.test_every_step import do

OFFICE = Subject(project="hf01", department="operations")
BESIDE = (
    pytest.param("MC-5.1.1.plan", "MC-5.1.1", HF01, SUPERVISOR, "1 workdays", marks=pytest.mark.clause("MC-5.1.1")),
    pytest.param("RV-2", "RV-5.3c", OFFICE, OPERATIONS, "month end", marks=pytest.mark.clause("RV-2")),
)


@pytest.mark.parametrize(("rule", "of_round", "subject", "owner", "limit"), BESIDE)
async def test_it_is_owed_since_the_opening_and_climbs_to_the_top(
    rounds: Rounds, rule: str, of_round: str, subject: Subject, owner: str, limit: str
):
    round = await rounds.begun(of_round, subject)
    owed = round.duty(rule)
    clock = RoundClock(limit, round.file.period, rounds.world.references.calendar)
    due = clock.due(round.file.opens_at)
    assert (owed.owner, owed.since, owed.deadline.due) == (owner, round.file.opens_at, due)
    assert owed.deadline.source == "house"
    climb = clock.climb(due, "1 workdays", len(ABOVE[owner]))
    await round.passes_until(climb[-1])
    late = round.duty(rule)
    assert late.breached_at == due
    assert [step.to for step in late.escalations] == [*ABOVE[owner], ABOVE[owner][-1], ABOVE[owner][-1]]
    round.ignores()


@pytest.mark.clause("CS-4.3.7")
async def test_the_summary_of_repairs_goes_to_every_department(rounds: Rounds):
    round = await rounds.begun("CS-4.3.7", COMPANY)
    await round.does("CS-4.3.7", **report(round))
    await over(round)
    heads = {one.head for one in rounds.world.references.directory.departments}
    assert told(round, "CS-4.3.7") == heads - {SUPERVISOR}
    round.ignores()


@pytest.mark.clause("MC-4.2c")
@pytest.mark.parametrize("left_out", ["engineering", "property", "operations"])
async def test_no_department_of_the_property_service_and_no_engineer_is_left_out(rounds: Rounds, left_out: str):
    round = await rounds.begun("MC-4.2c", COMPANY)
    named = [one for one in ("engineering", "property", "operations") if one != left_out]
    refused = await problems(round, "MC-4.2c", training_departments=named)
    assert left_out in refused
    await do(round, round.duty("MC-4.2c"))
    round.ignores()


@pytest.mark.clause("RV-5.2")
async def test_three_days_are_enough_tries(rounds: Rounds, machines: Machines, monkeypatch: pytest.MonkeyPatch):
    asked: list[int | None] = []
    results = machines.draws.results

    async def noted(id: str, *, tries: int | None = None, head: str | None = None) -> Any:
        asked.append(tries)
        return await results(id, tries=tries, head=head)

    with monkeypatch.context() as noting:
        noting.setattr(machines.draws, "results", noted)
        round = await rounds.begun("RV-5.2", Subject(project="hf01", person="he.xue"))
        assert round.file.draw is not None
        machines.draws.open[round.file.draw.id] = 0
        await round.does("RV-5.2", draw=round.file.draw.id, done=3)
    assert asked
    assert set(asked) == {3}
    round.ignores()


def told(round: Round, rule: str) -> set[str]:
    return {one.to for one in round.file.notices if (one.kind, one.rule) == ("handed", rule)}


async def problems(round: Round, rule: str, **form: Any) -> str:
    with pytest.raises(Refusal) as refused:
        await round.does(rule, **form)
    return str(refused.value.params["problems"])

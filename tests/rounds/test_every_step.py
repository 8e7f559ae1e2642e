"""What follows within a round: owed by the right person since the right act, late and climbing like any duty.

The round is brought to the step, whose clock starts at an act that was reported a minute after it happened; then nobody
does anything, for as long as it takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind, Duty, DutyStatus
from complaints.case.round import Subject
from tests.clauses.limits import DAY, Clock, at
from tests.clauses.rows import ABOVE
from tests.clauses.walk import document_rule
from tests.people import (
    CLERK,
    DEPUTY_GM,
    DEVELOPMENT,
    ENGINEERING,
    GENERAL_MANAGER,
    PROJECT_MANAGER,
    PROPERTY,
    SALES,
    SUPERVISOR,
)
from tests.rounds.ports import Machines
from tests.rounds.stage import Round, Rounds
from tests.rounds.table import COMPANY, HF01
from tests.world import is_approval

A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Step:
    """A duty of a round: `owner` owes `rule` within `limit`, counted from the act that answered `after`."""

    rule: str
    owner: str
    limit: str
    after: str
    round: str  # the rule of the round
    subject: Subject = HF01
    house: bool = True
    returned: str | None = None  # `after` is returned to this step, and not approved
    department: str | None = None
    forms: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])  # on the way
    left: int = 0  # customers who are not revisited yet
    promised: str | None = None  # the field of the form of `after` that has the date


def document(rule: str, owner: str, after: str, opinions: bool = True, subject: Subject = HF01) -> tuple[Step, ...]:
    """The steps of a document that is reviewed and approved."""
    approval, opinion = f"{rule}.approval", f"{rule}.opinion"
    begun = (Step(opinion, ENGINEERING, "5 workdays", rule, rule, subject, department="engineering"),)
    return (
        *(begun if opinions else ()),
        Step(approval, GENERAL_MANAGER, "3 workdays", opinion if opinions else rule, rule, subject),
        Step(f"{rule}.revised", owner, "5 workdays", approval, rule, subject, returned=after),
    )


STEPS = (
    Step("CH-7.4.3.resolution", ENGINEERING, "the promised date", "CH-7.4.3", "CH-7.4.3", promised="resolutions"),
    Step("CH-7.4.5", DEPUTY_GM, "5 workdays", "CH-7.4.4", "CH-7.4.4"),
    Step("CH-7.4.4.corrected", SALES, "3 workdays", "CH-7.4.5", "CH-7.4.4", returned="CH-7.4.4"),
    Step("CH-7.4.5.review", DEPUTY_GM, "20 workdays", "CH-7.4.5", "CH-7.4.4"),
    Step("CH-8.1.approval", SALES, "5 workdays", "CH-8.1.list", "CH-8.1.list", COMPANY),
    *document("CS-4.3.1", PROPERTY, "CS-4.3.1"),
    *document("CS-4.5", SUPERVISOR, "CS-4.5", subject=COMPANY),
    *document("RV-5.1", DEVELOPMENT, "RV-5.1", opinions=False),
    Step("RV-5.1.survey", DEVELOPMENT, "1 months", "RV-5.1.approval", "RV-5.1"),
    Step("RV-5.1.report", DEVELOPMENT, "period end", "RV-5.1.survey", "RV-5.1", house=False),
    Step("RV-5.3.rest", PROJECT_MANAGER, "5 workdays", "RV-5.3a", "RV-5.3a", left=2),
)


def marked() -> list[Any]:
    return [pytest.param(step, id=step.rule, marks=pytest.mark.clause(document_rule(step.rule))) for step in STEPS]


@pytest.mark.parametrize("step", marked())
async def test_a_step_nobody_takes_is_late_and_climbs_until_somebody_answers(
    rounds: Rounds, machines: Machines, step: Step
):
    round = await rounds.begun(step.round, step.subject)
    event, promised = await come_to(round, machines, step)
    duty = the_duty(round, step)
    clock = Clock(step.limit, rounds.world.references.calendar)
    due = end_of(round) if step.limit == "period end" else clock.due(event, promised)
    assert (duty.owner, duty.since, duty.deadline.due) == (step.owner, event, due)
    assert duty.deadline.source == ("house" if step.house else "document")
    await nobody_else_takes_it(round, duty)

    climb = clock.climb(due, "1 workdays", len(ABOVE[step.owner]))
    await round.passes_until(climb[-1])
    late = round.file.duties[duty.id]
    assert late.breached_at == due
    top = ABOVE[step.owner][-1]
    assert [(one.to, one.at) for one in late.escalations] == list(
        zip([*ABOVE[step.owner], top, top], climb, strict=True)
    )
    await round.acknowledges(duty.id, by=ABOVE[step.owner][0])
    if round.file.draw is not None:
        machines.draws.open[round.file.draw.id] = 0
    await do(round, late)
    done = round.file.duties[duty.id]
    assert (done.status, done.late, done.breached_at) == (DutyStatus.DONE, True, due)
    round.ignores()


async def come_to(round: Round, machines: Machines, step: Step) -> tuple[datetime, datetime | None]:
    """Do what comes before the step; return when its clock starts, and the date that was promised for it."""
    if round.file.draw is not None:
        machines.draws.open[round.file.draw.id] = step.left
    for _ in range(40):
        await round.look()
        ready = [duty for duty in round.file.open_duties if not round.file.awaited_by(duty)]
        duty = min(ready, key=lambda one: (one.rule == step.after, one.opened_at))
        last = duty.rule == step.after and sum(one.rule == step.after for one in round.file.open_duties) == 1
        if not last:
            await do(round, duty, **step.forms.get(duty.rule, {}))
            continue
        await round.passes(minutes=2)
        event = round.now - A_MINUTE
        if step.returned is not None:
            await round.returns(duty.id, step.returned, at=event)
        else:
            await do(round, duty, happened=event, **step.forms.get(duty.rule, {}))
        await round.becomes(lambda file: any(one.rule == step.rule and one.open for one in file.duties.values()))
        return event, promised_in(round, step)
    raise AssertionError(f"{step.after} never comes; open are {[duty.id for duty in round.file.open_duties]}")


async def do(round: Round, duty: Duty, *, happened: datetime | None = None, **form: Any) -> None:
    """Have the owner do a duty of a round, with a form that names the round's report, draw, list or next version."""
    if is_approval(duty.rule):
        await round.approves(duty.id, at=happened)
        return
    said = round.filled(duty, form)
    if "report" in said and round.file.report is not None:
        said |= {"report": round.file.report.id, "revision": round.file.report.revision}
    if "draw" in said and round.file.draw is not None:
        said |= {"draw": round.file.draw.id}
    if "digest" in said:
        said |= {"proposal": round.file.data["proposal"], "digest": round.file.data["digest"]}
    if happened is not None and "held_at" in said:
        said |= {"held_at": happened.isoformat()}
    if "document" in said:
        said |= {"version": 1 + sum("version" in act.form for act in round.file.acts)}
    await round.does(duty.id, at=happened, **said)


def the_duty(round: Round, step: Step) -> Duty:
    """The duty of the step that was opened last; that of the department, where several owe it."""
    found = [
        duty for duty in round.file.open_duties if duty.rule == step.rule and step.department in (None, duty.department)
    ]
    return found[0]


def promised_in(round: Round, step: Step) -> datetime | None:
    if step.promised is None:
        return None
    given = next(act.form[step.promised] for act in reversed(round.file.acts) if step.promised in act.form)
    return datetime.fromisoformat(given[0]["due"] if isinstance(given, list) else given)


def end_of(round: Round) -> datetime:
    return at(round.file.period.end + DAY, 0)


async def nobody_else_takes_it(round: Round, duty: Duty) -> None:
    """Refused: somebody else, and a form in which nothing is filled in."""
    if is_approval(duty.rule):
        assert await round.refuses(round.approves(duty.id, by=CLERK)) is Refused.NOT_YOURS
        return
    assert await round.refuses(round.does(duty.id, by=CLERK)) is Refused.NOT_YOURS
    empty = round.asks(duty.owner, ActKind.DISCHARGE, duty.id, form={})
    assert await round.refuses(empty) is Refused.FORM_INCOMPLETE

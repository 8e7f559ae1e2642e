"""What follows within a round: owed by the right person since the right act, late and climbing like any duty.

The round is brought to the step, whose clock starts at an act that was reported a minute after it happened; then nobody
does anything, for as long as it takes.
"""

from __future__ import annotations

from collections.abc import Generator
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
    CHIEF_ENGINEER,
    CLERK,
    DEPUTY_GM,
    DEVELOPMENT,
    ENGINEERING,
    GENERAL_MANAGER,
    OPERATIONS,
    PROJECT_MANAGER,
    PROPERTY,
    SALES,
    SUPERVISOR,
)
from tests.rounds.ports import Machines
from tests.rounds.stage import Round, Rounds
from tests.rounds.table import COMPANY, HF01
from tests.rules import is_known
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
    unsent: int = 0  # customers who have not got the survey
    by_head: int | None = None  # revisits that the head made in person; None: as many as are done
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


SOON = "in 10 days"
"""Stands for a moment in the forms of a step: ten days after it is filled in."""
OFFICE = Subject(project="hf01", department="operations")

STEPS = (
    Step("CH-7.4.3.resolution", ENGINEERING, "the promised date", "CH-7.4.3", "CH-7.4.3", promised="resolutions"),
    Step("CH-7.4.5", DEPUTY_GM, "5 workdays", "CH-7.4.4", "CH-7.4.4"),
    Step("CH-7.4.4.corrected", SALES, "3 workdays", "CH-7.4.5", "CH-7.4.4", returned="CH-7.4.4"),
    Step("CH-7.4.5.review", DEPUTY_GM, "20 workdays", "CH-7.4.5", "CH-7.4.4"),
    Step("CH-8.1.approval", SALES, "5 workdays", "CH-8.1.list", "CH-8.1.list", COMPANY),
    *document("CS-4.3.1", PROPERTY, "CS-4.3.1"),
    *document("CS-4.5.1", SUPERVISOR, "CS-4.5.1", subject=COMPANY),
    *document("MC-5.2.4b.plan", PROJECT_MANAGER, "MC-5.2.4b.plan"),
    *document("RV-5.1", DEVELOPMENT, "RV-5.1", opinions=False),
    Step("CH-7.6.analysis", CHIEF_ENGINEER, "10 workdays", "CH-7.4.2", "CH-7.4.2"),
    Step(
        "CS-4.1.3.improvement",
        PROPERTY,
        "the promised date",
        "CS-4.1.3",
        "CS-4.1.3",
        COMPANY,
        promised="improvements",
        department="property",
        forms={"CS-4.1.3": {"improvements": [{"department": "property", "what": "报修两小时内回电", "due": SOON}]}},
    ),
    Step(
        "CS-4.5.2",
        ENGINEERING,
        "the promised date",
        "CS-4.5.1.approval",
        "CS-4.5.1",
        COMPANY,
        house=False,
        department="engineering",
        promised="information_by",
    ),
    Step(
        "CS-4.5.3",
        SUPERVISOR,
        "the promised date",
        "CS-4.5.2",
        "CS-4.5.1",
        COMPANY,
        house=False,
        promised="analysis_by",
    ),
    Step(
        "CS-4.5.4",
        SUPERVISOR,
        "the promised date",
        "CS-4.5.3",
        "CS-4.5.1",
        COMPANY,
        house=False,
        promised="report_by",
    ),
    Step(
        "MC-4.2c.held",
        ENGINEERING,
        "the promised date",
        "MC-4.2c",
        "MC-4.2c",
        COMPANY,
        department="engineering",
        promised="train_by",
    ),
    Step("MC-4.2c.result", OPERATIONS, "5 workdays", "MC-4.2c.held", "MC-4.2c", COMPANY),
    Step(
        "MC-5.1.3.defect",
        ENGINEERING,
        "the promised date",
        "MC-5.1.3",
        "MC-5.1.3",
        promised="found_defects",
        forms={"MC-5.1.3": {"found_defects": [{"what": "一台水泵异响", "owner": ENGINEERING, "due": SOON}]}},
    ),
    Step("RV-2.rest", OPERATIONS, "5 workdays", "RV-2", "RV-5.3c", OFFICE, by_head=0, department="operations"),
    Step(
        "RV-2.excuse",
        GENERAL_MANAGER,
        "2 workdays",
        "RV-2",
        "RV-5.3c",
        OFFICE,
        by_head=0,
        department="operations",
        forms={"RV-2": {"reason": "住院两周"}},
    ),
    Step("RV-5.1.survey", DEVELOPMENT, "1 months", "RV-5.1.approval", "RV-5.1"),
    Step("RV-5.1.rest", DEVELOPMENT, "5 workdays", "RV-5.1.survey", "RV-5.1", unsent=7),
    Step("RV-5.1.report", DEVELOPMENT, "period end", "RV-5.1.survey", "RV-5.1", house=False),
    Step("RV-5.3.rest", PROJECT_MANAGER, "5 workdays", "RV-5.3a", "RV-5.3a", left=2),
)


def marked() -> list[Any]:
    """Each step, marked with its rule of the document; a step that belongs to several, with that of its round."""
    return [
        pytest.param(
            step,
            id=step.rule,
            marks=pytest.mark.clause(rule if is_known(rule := document_rule(step.rule)) else document_rule(step.round)),
        )
        for step in STEPS
    ]


@pytest.fixture(autouse=True)
def as_at_first(machines: Machines) -> Generator[None]:
    yield
    machines.surveys.unsent, machines.draws.by_head = 0, None


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
    machines.surveys.unsent, machines.draws.by_head = 0, None
    await do(round, late)
    done = round.file.duties[duty.id]
    assert (done.status, done.late, done.breached_at) == (DutyStatus.DONE, True, due)
    round.ignores()


async def come_to(round: Round, machines: Machines, step: Step) -> tuple[datetime, datetime | None]:
    """Do what comes before the step; return when its clock starts, and the date that was promised for it."""
    if round.file.draw is not None:
        machines.draws.open[round.file.draw.id] = step.left
    machines.surveys.unsent, machines.draws.by_head = step.unsent, step.by_head
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
    said = {name: moments(value, round.now) for name, value in round.filled(duty, form).items()}
    if "survey" in said:
        said |= {"survey": round.file.data["survey"]}
    if duty.rule == "CH-7.4.3":
        said |= {"report": f"complaint_report-{round.file.period.name}-hf01"}
    if "revision" in said and round.file.report is not None:
        said |= {"report": round.file.report.id, "revision": round.file.report.revision}
    if "draw" in said and round.file.draw is not None:
        said |= {"draw": round.file.draw.id}
    if "digest" in said:
        said |= {"proposal": round.file.data["proposal"], "digest": round.file.data["digest"]}
    if happened is not None and "held_at" in said:
        said |= {"held_at": happened.isoformat()}
    if {"document", "version"} <= said.keys():
        said |= {"version": 1 + sum("version" in act.form for act in round.file.acts)}
    await round.does(duty.id, at=happened, **said)


def moments(value: Any, now: datetime) -> Any:
    if isinstance(value, dict):
        return {name: moments(one, now) for name, one in value.items()}
    if isinstance(value, list):
        return [moments(one, now) for one in value]
    return (now + timedelta(days=10)).isoformat() if value == SOON else value


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

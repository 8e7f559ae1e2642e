"""Every periodic rule: it begins on its day, is reminded, late and climbs like any duty, and is done late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints import editions
from complaints.base.errors import Refused
from complaints.case.file import ActKind, DutyStatus
from complaints.case.round import Period, PeriodKind
from complaints.clock.limits import canonical
from complaints.clock.local_time import local
from tests.clauses.rows import ABOVE
from tests.clauses.walk import A_MOMENT, document_rule
from tests.people import CLERK, PRESIDENT
from tests.rounds.moments import RoundClock, begins
from tests.rounds.ports import Machines
from tests.rounds.stage import Round, Rounds
from tests.rounds.table import ROUNDS, STEPS, Periodic

RULES = editions.newest()


def marked() -> list[Any]:
    return [pytest.param(row, id=row.rule, marks=pytest.mark.clause(document_rule(row.rule))) for row in ROUNDS]


@pytest.mark.clause("CH-7.4.1", "CH-7.4.3b", "CH-7.5.2", "CH-7.5.3", "CH-7.5.4", "CS-4.1.1", "CS-4.1.2", "CS-4.1.3")
@pytest.mark.clause(
    "CS-4.3.7", "CS-4.4", "MC-5.1.1", "MC-5.1.2", "MC-5.1.3", "RV-5.2", "RV-5.3c", "RV-6.1", "RV-6.2", "RV-6.3"
)
@pytest.mark.parametrize("row", marked())
async def test_a_round_nobody_does_is_reminded_late_and_climbs_until_somebody_answers(
    rounds: Rounds, machines: Machines, row: Periodic
):
    period = coming(row)
    calendar = rounds.world.references.calendar
    round = await rounds.of(row.rule, row.subject, period)
    duty = round.duty(row.rule)
    clock = RoundClock(row.limit, period, calendar)
    event = begins(row.begins, period, calendar)
    due = clock.due(event)
    assert (duty.owner, duty.since, duty.deadline.due) == (row.owner, event, due)
    assert duty.deadline.source == ("house" if row.house else "document")
    assert round.file.opens_at == event
    await nobody_else_does_it(round, row)

    reminders = clock.reminders(event, due)
    await round.passes_until(due - timedelta(seconds=20))
    assert [moment.at for moment in duty.deadline.reminders] == reminders
    assert round.said(duty.id) == [f"told {row.owner}"] + [f"reminder {row.owner}"] * len(reminders)

    above = ABOVE[row.owner]
    climb = clock.climb(due, "1 workdays", len(above))
    await round.passes_until(climb[-1])
    late = round.duty(duty.id)
    assert late.breached_at == due
    expected = list(zip([*above, above[-1], above[-1]], climb, strict=True))
    assert [(step.to, step.at) for step in late.escalations] == expected
    assert all(step.told_at - step.at < A_MOMENT for step in late.escalations)
    await round.acknowledges(duty.id, by=above[0])
    heard = round.said(duty.id)
    await round.passes(days=3)
    assert round.said(duty.id) == heard

    if round.file.draw is not None:  # everybody was revisited meanwhile
        machines.draws.open[round.file.draw.id] = 0
    for before in duty.needs:
        await round.does(before)
    await round.does(row.rule, **named(round, row))
    done = round.duty(duty.id)
    assert (done.status, done.late, done.breached_at) == (DutyStatus.DONE, True, due)
    if not row.goes_on:
        await round.handle.result()
        await round.look()
        assert round.file.closed
        assert await round.refuses(round.does(row.rule, **named(round, row))) is Refused.CASE_CLOSED
    round.ignores()


async def nobody_else_does_it(round: Round, row: Periodic) -> None:
    """Refused, without a trace: somebody else, no form, an approval, what is for cases alone."""
    duty = round.duty(row.rule)
    somebody_else = CLERK if duty.owner != CLERK else PRESIDENT
    assert await round.refuses(round.does(duty.id, by=somebody_else, **named(round, row))) is Refused.NOT_YOURS
    assert await round.refuses(round.approves(duty.id)) is Refused.WRONG_ACT
    empty = round.asks(duty.owner, ActKind.DISCHARGE, duty.id, form={})
    assert await round.refuses(empty) is (Refused.NOT_READY if duty.needs else Refused.FORM_INCOMPLETE)
    regraded = round.asks(duty.owner, ActKind.REGRADE, None, form={"level": 1}, reason="升级")
    assert await round.refuses(regraded) is Refused.WRONG_ACT


def named(round: Round, row: Periodic) -> dict[str, Any]:
    """What the form says of this round: its report, its draw, its list."""
    said: dict[str, Any] = dict(row.form)
    if row.issues:
        assert round.file.report is not None
        said |= {"report": round.file.report.id, "revision": round.file.report.revision}
    if row.draws:
        assert round.file.draw is not None
        said |= {"draw": round.file.draw.id, "done": 0}
    if row.rule == "CH-7.4.3":
        said |= {"report": f"complaint_report-{round.file.period.name}-hf01"}
    if row.rule == "CH-8.1.list":
        said |= {"proposal": round.file.data["proposal"], "digest": round.file.data["digest"]}
    return said


def coming(row: Periodic) -> Period:
    """The present period where the round begins after it, else the next."""
    period = Period.of(PeriodKind(row.every), local(datetime.now(UTC), "Asia/Shanghai").date())
    return period if row.begins.endswith("after") else period.after


def test_the_table_has_every_periodic_rule_and_every_step_of_one():
    assert {row.rule: row.every for row in ROUNDS} == {id: r.every for id, r in RULES.rules.items() if r.every}


@pytest.mark.parametrize(("id", "owner", "limit", "anchor", "form", "source"), STEPS)
def test_what_follows_from_a_round_is_owed_by_the_right_role_within_the_right_time(
    id: str, owner: str, limit: str, anchor: str, form: str | None, source: str
):
    rule = RULES.rule(id)
    assert rule.limit is not None
    assert (rule.owner, canonical(rule.limit), rule.anchor, rule.form) == (owner, limit, anchor, form)
    assert rule.source == source

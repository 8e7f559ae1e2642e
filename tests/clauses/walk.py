"""One walk for each duty of a table: due when the document says, reminded, climbing when it is late, kept as late.

The case is brought to the duty, whose clock starts at an act that was reported a minute after it happened; then nobody
does anything for as long as it takes.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind, Duty, DutyStatus
from tests.clauses.limits import Clock, tomorrow
from tests.clauses.rows import MINUTES, OPENING, RECEIPT, REGRADING, Row
from tests.people import ADMIN, CLERK, SALES
from tests.world import LAST, OVER_AND_OVER, Case, World, is_approval, keyword

Way = Callable[[World, Row], Awaitable[tuple[Case, datetime]]]

A_MOMENT = timedelta(minutes=1)  # what a busy machine may take between a moment and its notice
OPTIONAL_ONLY = {"CR-5.3.2c.start", "CR-5.3.3c"}  # forms in which nothing must be filled in


def rows(**tables: tuple[Row, ...]) -> list[Any]:
    """The rows of several tables as parameters of a test, each marked with its clause."""
    return [
        pytest.param(row, id=f"{track} {row.rule}", marks=pytest.mark.clause(document_rule(row.rule)))
        for track, table in tables.items()
        for row in table
    ]


def document_rule(rule: str) -> str:
    """The document's rule without our steps: CR-5.3.2a for CR-5.3.2a.4."""
    found = re.match(r"[A-Z]{2}-\d+(\.\d+)*[a-z]?(?=\.|$)", rule)
    assert found
    return found[0]


async def walk(world: World, row: Row, way: Way | None = None) -> None:
    """Nobody does the duty for as long as it takes; then its owner does, late. `way` leads to it, if not the usual."""
    case, event = await (way or to_the_duty)(world, row)
    duty = case.duty(row.rule)
    clock = Clock(row.limit, world.references.calendar, office=not row.urgent and keeps_office_hours(case))
    due = clock.due(event, promised(case, duty))
    assert (duty.owner, duty.since, duty.deadline.due) == (row.owner, event, due)
    assert duty.deadline.source == ("house" if row.house else "document")
    await nobody_else_does_it(case, duty)

    reminders = clock.reminders(event, due)
    await case.passes_until(due - timedelta(seconds=20))
    assert [moment.at for moment in duty.deadline.reminders] == reminders
    assert case.said(duty.id) == [f"told {row.owner}"] + [f"reminder {row.owner}"] * len(reminders)
    assert not case.duty(duty.id).late

    climb = clock.climb(due, row.every, max(len(row.above), 1))
    top_again = [row.above[-1]] * 2 if row.above else [row.owner] * 2
    await case.passes_until(climb[-1])
    late = case.duty(duty.id)
    assert late.breached_at == due
    assert [(step.to, step.at) for step in late.escalations] == list(
        zip([*(row.above or (row.owner,)), *top_again], climb, strict=True)
    )
    expected = breach_notices(row, due == climb[0], len(climb), monitored=monitored(case, row))
    assert sorted(case.said(duty.id)[1 + len(reminders) :]) == sorted(expected)
    assert all(step.told_at - step.at < A_MOMENT for step in late.escalations)

    answering = row.above[0] if row.above else row.owner
    await case.acknowledges(duty.id, by=answering)
    heard = case.said(duty.id)
    await case.passes(days=3)
    assert case.said(duty.id) == heard
    assert case.duty(duty.id).open

    await prepared(case, duty)
    await case.finishes(duty.id, **row.forms.get(keyword(row.rule), {}))
    await case.has_booked()
    done = case.file.duties[duty.id]
    assert (done.status, done.late, done.breached_at) == (DutyStatus.DONE, True, due)
    said = case.said(duty.id)
    assert [one for one in said if not one.startswith("handed ")] == heard
    if row.handed is not None:
        assert said == heard + [f"handed {person}" for person in row.handed]
    await it_is_not_done_twice(case, duty)
    case.ignores()


def keeps_office_hours(case: Case) -> bool:
    """Whether the case began under an edition that keeps office hours in what is not urgent."""
    return case.file.edition.name != "2026.1"


# --- the way to a duty


async def to_the_duty(world: World, row: Row) -> tuple[Case, datetime]:
    """The case at the moment at which the row's duty has just been opened, and the event its clock runs from."""
    if row.matter:
        return await to_the_duty_of_a_matter(world, row)
    if row.after == RECEIPT:
        received = datetime.now(UTC) - 4 * MINUTES
        case = await world.opens(received_at=received, **row.opens)
        return await case.until(row.rule, **row.forms), received
    if row.after == REGRADING:  # in the morning, because some limits end with the day
        case = await world.opens(**row.opens).graded(3)
        await case.passes_until(tomorrow(case.now, 10))
        happened = case.now - 1 * MINUTES
        await case.regrades(2, major=True, at=happened)
        return case, happened
    case = await (await world.opens(**row.opens)).until(row.after, **row.forms)
    await others_are_done(case, case.duty(row.after), row)
    await prepared(case, case.duty(row.after))
    await case.passes(minutes=2)
    if row.limit == "same day":
        await case.passes_until(tomorrow(case.now, 10))
    happened = case.now - 1 * MINUTES
    await case.finishes(row.after, at=happened, **row.forms.get(keyword(row.after), {}))
    await case.until(row.rule, **row.forms)
    await others_are_done(case, case.duty(row.rule), row)
    return case, happened


async def to_the_duty_of_a_matter(world: World, row: Row) -> tuple[Case, datetime]:
    """The same for a repair or a corrective action, whose track is left alone until then."""
    case = await world.opens(loss=20_000).graded(3)
    if row.after != OPENING:
        await case.opens_matter(row.matter)
        await case.works_until(row.after, **row.forms)
        await others_are_done(case, case.duty(row.after), row)
    await case.passes(minutes=2)
    happened = case.now - 1 * MINUTES
    if row.after == OPENING:
        await case.opens_matter(row.matter, at=happened)
    else:
        await case.finishes(row.after, at=happened, **row.forms.get(keyword(row.after), {}))
    await case.works_until(row.rule, **row.forms)
    await others_are_done(case, case.duty(row.rule), row)
    return case, happened


async def others_are_done(case: Case, duty: Duty, row: Row) -> None:
    """Whatever is open beside this duty is done; before an archive, also what is opened by that."""
    leave = OVER_AND_OVER if row.last else LAST | OVER_AND_OVER | set(row.leave)
    while True:
        beside = [other for other in case.file.open_duties if other.id != duty.id and other.rule not in leave]
        for other in beside:
            if not case.file.awaited_by(other):
                await case.finishes(other.id, **row.forms.get(keyword(other.rule), {}))
        await case.has_booked()
        if not (beside and row.last):
            return


async def prepared(case: Case, duty: Duty) -> None:
    while needed := case.file.awaited_by(duty):
        await prepared(case, case.file.duties[needed[0]])
        await case.finishes(needed[0])


PROMISES = {
    "CR-5.3.2c": ("CR-5.2.2e", "complete_by"),
    "CS-4.3.3.finish": ("CS-4.3.3", "promised"),
    "CH-7.6.action": ("CH-7.6", "complete_by"),
    "CS-4.2.6.item": ("CS-4.2.6", "items"),
}
"""The rule and the field by which a date was promised."""


def promised(case: Case, duty: Duty) -> datetime | None:
    """The date that was promised for this duty."""
    if duty.rule == "CH-7.3.1":
        return case.file.complaint.promised
    if duty.rule not in PROMISES:
        return None
    rule, field = PROMISES[duty.rule]
    given = next(act.form[field] for act in case.file.acts if act.rule == rule and field in act.form)
    return datetime.fromisoformat(given[-1]["date"] if field == "items" else given)


# --- what must be refused, and what must be heard


async def nobody_else_does_it(case: Case, duty: Duty) -> None:
    """Refused, and without a trace: somebody else, an unknown or an incomplete form, the wrong kind of act."""
    somebody_else = CLERK if duty.owner != CLERK else SALES
    if is_approval(duty.rule):
        assert await case.refuses(case.approves(duty.id, by=somebody_else)) is Refused.NOT_YOURS
        assert await case.refuses(case.does(duty.id)) is Refused.WRONG_ACT
        with_form = case.asks(duty.owner, ActKind.APPROVE, duty.id, revision=duty.revision, form={"colour": "red"})
        assert await case.refuses(with_form) is Refused.FORM_INCOMPLETE
        return
    assert await case.refuses(case.does(duty.id, by=somebody_else)) is Refused.NOT_YOURS
    assert await case.refuses(case.approves(duty.id)) is Refused.WRONG_ACT
    if not case.file.awaited_by(duty):
        assert await case.refuses(case.does(duty.id, colour="red")) is Refused.FORM_INCOMPLETE
        if duty.rule not in OPTIONAL_ONLY:
            empty = case.asks(duty.owner, ActKind.DISCHARGE, duty.id, form={})
            assert await case.refuses(empty) is Refused.FORM_INCOMPLETE


async def it_is_not_done_twice(case: Case, duty: Duty) -> None:
    if not case.file.open_duties:  # it was the last one: the case closes
        await case.handle.result()
        await case.look()
        assert await case.refuses(case.does(duty.id)) is Refused.CASE_CLOSED
    elif is_approval(duty.rule):
        assert await case.refuses(case.approves(duty.id)) is Refused.NOT_OPEN
    else:
        again = case.asks(duty.owner, ActKind.DISCHARGE, duty.id, form={})
        assert await case.refuses(again) is Refused.NOT_OPEN


def monitored(case: Case, row: Row) -> bool:
    """CR-5.4.4: administration-HR is copied on all breaches of a crisis; in edition 2026.1 on those of its clauses."""
    return row.rule.startswith("CR-") if case.file.edition.name == "2026.1" else case.file.level == 1


def breach_notices(row: Row, at_once: bool, steps: int, *, monitored: bool) -> list[str]:
    """The owner and administration-HR hear of the breach, then one superior after the other, the last one again.

    Whoever has nobody above hears of it as an escalation to themselves, and once, if both are at the same moment.
    """
    said = [f"late {row.owner}"] if row.above or not at_once else []
    said += [f"copy {ADMIN}"] if row.owner != ADMIN and monitored else []
    said += [f"copy {person}" for person in row.copied]
    climbing = [*(row.above or (row.owner,))]
    climbing += [climbing[-1]] * (steps - len(climbing))
    return said + [f"escalation {person}" for person in climbing]

"""Recalculate open duties for a new calendar or directory: only deadlines and owners change.

Pure: the same function serves the preview and the change itself. A late duty stays late, no duty becomes late through a
correction, a promised date stays promised, and a delegated duty stays with its delegate.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case import four_eyes, urgency
from complaints.case.file import Duty, File
from complaints.clock import deadlines
from complaints.clock.local_time import end_of_day, local
from complaints.clock.moments import Deadline
from complaints.clock.office import Office
from complaints.editions.model import Edition, Rule, Whom
from complaints.people.reference import Reference
from complaints.people.resolution import ALONE, NOBODY, Assignee

BY_ROLE = ("holder", "successor")
"""Values of `Duty.because` of owners who own the duty through its role and lose it with the role."""


class Recalculation(Frozen):
    """Request to recalculate the open duties: who asks for it, and why (a holiday notice, a new directory)."""

    by: Key
    reason: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]


class DutyChange(Frozen):
    """An open duty before and after a recalculation."""

    before: Duty
    after: Duty

    @property
    def redated(self) -> bool:
        return self.before.deadline.due != self.after.deadline.due

    @property
    def handed_over(self) -> bool:
        return self.before.owner != self.after.owner


def changes(file: File, edition: Edition, reference: Reference, now: datetime) -> tuple[DutyChange, ...]:
    """Return the open duties, in order, whose deadline or owner `reference` changes; a late one keeps its date.

    `now` is an aware datetime. A new due moment that is not after `now` becomes the end of the local day of `now`.
    """
    found: list[DutyChange] = []
    for duty in file.open_duties:
        rule = edition.rule(duty.rule)
        office = urgency.office(file, edition)
        deadline = duty.deadline if duty.late else _deadline(duty.deadline, rule, reference, now, office)
        owner = owner_instead(duty, rule, file.about, reference, now, barred=four_eyes.barred(file, edition, duty))
        moved = deadline.due - duty.deadline.due
        after = duty.but(deadline=deadline, own_due=None if duty.own_due is None else duty.own_due + moved)
        if owner is not None and owner.person != duty.owner:
            because = "successor" if owner.because == "holder" else owner.because
            after = after.but(owner=owner.person, because=because, in_place_of=duty.owner)
        change = DutyChange(before=duty, after=after)
        if change.redated or change.handed_over or deadline.why.provisional != duty.deadline.why.provisional:
            found.append(change)
    return tuple(found)


def _deadline(old: Deadline, rule: Rule, reference: Reference, now: datetime, office: Office | None) -> Deadline:
    if old.calendar is None or old.calendar == reference.calendar.version:
        return old
    new = deadlines.recomputed(old, reference.calendar, rule.reminders, office=office)
    if new.due > now:
        return new
    today = end_of_day(local(now, reference.zone).date(), reference.zone)
    return new.but(due=today, why=new.why.but(result=today), reminders=())


def owner_instead(
    duty: Duty,
    rule: Rule,
    shut_out: frozenset[str],
    reference: Reference,
    now: datetime,
    *,
    barred: frozenset[str] = NOBODY,
) -> Assignee | None:
    """Return the new owner; None if the present owner keeps the duty.

    The people `barred` would decide about themselves (decision 12). Whoever had to do that alone need not any more, if
    the directory now has somebody else.
    """
    people = reference.directory
    gone = people.person(duty.owner) is None or duty.owner in shut_out | (barred if duty.because != ALONE else NOBODY)
    if not gone and (rule.whom is not Whom.HOLDER or not duty.role or duty.because not in (*BY_ROLE, ALONE)):
        return None
    held = people.holds(duty.owner, duty.role, now, department=duty.department) if duty.role else False
    if not gone and held and duty.because != ALONE:
        return None
    if duty.role:
        return people.independent(duty.role, now, department=duty.department, shut_out=shut_out, barred=barred)
    return people.stand_in(duty.owner, now, shut_out=shut_out | barred, had=duty.superiors)

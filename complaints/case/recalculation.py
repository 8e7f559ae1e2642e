"""What a new calendar or a new directory changes of the duties that are open: dates and owners, and nothing else.

Pure: the same function says beforehand what would change, and does it in the case. What is late stays late, nobody
becomes late by a correction, a date somebody promised stays promised, and a delegated duty stays with whoever took it.
"""

from __future__ import annotations

from datetime import datetime

from complaints.base import Frozen
from complaints.case.file import Duty, File
from complaints.clock import deadlines
from complaints.clock.local_time import end_of_day, local
from complaints.clock.moments import Deadline
from complaints.editions.model import Edition, Rule, Whom
from complaints.people.reference import Reference
from complaints.people.resolution import Assignee

BY_ROLE = ("holder", "successor")
"""Reasons (`Duty.because`) of owners who have the duty by its role, and lose it when they lose the role."""


class DutyChange(Frozen):
    """An open duty as it is and as it would be."""

    before: Duty
    after: Duty

    @property
    def redated(self) -> bool:
        return self.before.deadline.due != self.after.deadline.due

    @property
    def handed_over(self) -> bool:
        return self.before.owner != self.after.owner


def changes(file: File, edition: Edition, reference: Reference, now: datetime) -> tuple[DutyChange, ...]:
    """The open duties that `reference` gives another date or another owner, in their order; a late one keeps its date.

    `now` is an aware datetime: a date that would lie before it becomes the end of its local day.
    """
    found: list[DutyChange] = []
    for duty in file.open_duties:
        rule = edition.rule(duty.rule)
        deadline = duty.deadline if duty.late else _deadline(duty.deadline, rule, reference, now)
        owner = owner_instead(duty, rule, file.about, reference, now)
        after = duty.but(deadline=deadline)
        if owner is not None and owner.person != duty.owner:
            because = "successor" if owner.because == "holder" else owner.because
            after = after.but(owner=owner.person, because=because, in_place_of=duty.owner)
        change = DutyChange(before=duty, after=after)
        if change.redated or change.handed_over or deadline.why.provisional != duty.deadline.why.provisional:
            found.append(change)
    return tuple(found)


def _deadline(old: Deadline, rule: Rule, reference: Reference, now: datetime) -> Deadline:
    if old.calendar is None or old.calendar == reference.calendar.version:
        return old
    new = deadlines.recomputed(old, reference.calendar, rule.reminders)
    if new.due > now:
        return new
    today = end_of_day(local(now, reference.zone).date(), reference.zone)
    return new.but(due=today, why=new.why.but(result=today), reminders=())


def owner_instead(
    duty: Duty, rule: Rule, shut_out: frozenset[str], reference: Reference, now: datetime
) -> Assignee | None:
    """Who owes it instead; None if whoever owes it still may."""
    people = reference.directory
    gone = people.person(duty.owner) is None or duty.owner in shut_out
    if not gone and (rule.whom is not Whom.HOLDER or not duty.role or duty.because not in BY_ROLE):
        return None
    if not gone and people.holds(duty.owner, duty.role, now, department=duty.department):
        return None
    if duty.role:
        return people.who(duty.role, now, department=duty.department, shut_out=shut_out)
    return people.stand_in(duty.owner, now, shut_out=shut_out, had=duty.superiors)

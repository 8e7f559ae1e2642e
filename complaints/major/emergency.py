"""Who leads the emergency team at a moment (MC-4.1): in office hours one role, outside them whoever has the shift.

Office hours are those of a policy in the edition, on the working days of the calendar, make-up days included, by the
clock of the project. Outside them the roster names somebody; where it has nobody, or only people who may not act, the
role leads at night too: nobody is never the answer.
"""

from __future__ import annotations

from datetime import datetime

from complaints.clock.local_time import local
from complaints.editions.model import Rule
from complaints.people.reference import Reference
from complaints.people.resolution import NOBODY, Assignee

HOURS = "MC-4.1.hours"
"""The policy with the office hours, the role that leads in them and the roster for the rest."""


def leader(rule: Rule, at: datetime, reference: Reference, *, shut_out: frozenset[str] = NOBODY) -> Assignee:
    """Who leads at this moment by the policy `rule`, and why: `because` is "on_duty" for whoever has the shift."""
    people = reference.directory
    if rule.figures.roster and not in_office_hours(rule, at, reference):
        on_duty = people.roster(rule.figures.roster, at, shut_out=shut_out)
        if on_duty is not None:
            return Assignee(person=on_duty, because="on_duty")
    return people.who(rule.owner, at, shut_out=shut_out)


def in_office_hours(rule: Rule, at: datetime, reference: Reference) -> bool:
    """Whether the office is open: from the first minute of the hours to just before their end, on working days."""
    there = local(at, reference.zone)
    opens, closes = rule.figures.opens or "00:00", rule.figures.closes or "24:00"
    return reference.calendar.is_workday(there.date()) and opens <= f"{there:%H:%M}" < closes

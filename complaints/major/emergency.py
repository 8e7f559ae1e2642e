"""Resolves the leader of the emergency team (MC-4.1): one role in office hours, the person on shift outside them.

A policy of the edition sets the office hours. They apply on the calendar's working days, make-up days included, in the
project's local time. If the roster names no person outside office hours, or only people who may not act, the role leads
then too: a leader is always found.
"""

from __future__ import annotations

from datetime import datetime

from complaints.clock.local_time import local
from complaints.clock.office import CLOSES, OPENS, Office, OfficeClock
from complaints.editions.model import Rule
from complaints.people.reference import Reference
from complaints.people.resolution import NOBODY, Assignee, DirectorySlice
from complaints.people.roles import ENGINEERING_SUPERVISOR, SECURITY_SUPERVISOR, SUPERVISOR

HOURS = "MC-4.1.hours"
"""Id of the policy that sets the office hours, the role that leads in them and the roster for all other times."""

TEAM = (SUPERVISOR, SECURITY_SUPERVISOR, ENGINEERING_SUPERVISOR)
"""The roles of the emergency team, beside its leader: customer service, security, engineering (MC-4.1)."""


def team(people: DirectorySlice, at: datetime, *, shut_out: frozenset[str] = NOBODY) -> tuple[str, ...]:
    """Return the people whom the leader calls in at `at` (MC-4.1), each once."""
    return tuple(dict.fromkeys(people.who(role, at, shut_out=shut_out).person for role in TEAM))


def leader(rule: Rule, at: datetime, reference: Reference, *, shut_out: frozenset[str] = NOBODY) -> Assignee:
    """Return the leader at `at` by the policy `rule`; `because` is "on_duty" for the person on shift."""
    people = reference.directory
    if rule.figures.roster and not in_office_hours(rule, at, reference):
        on_duty = people.roster(rule.figures.roster, at, shut_out=shut_out)
        if on_duty is not None:
            return Assignee(person=on_duty, because="on_duty")
    return people.who(rule.owner, at, shut_out=shut_out)


def office_opens(rule: Rule, at: datetime, reference: Reference) -> datetime:
    """Return `at` if it is in office hours, else when the office opens next."""
    office = Office(opens=rule.figures.opens or OPENS, closes=rule.figures.closes or CLOSES)
    return OfficeClock(office, reference.calendar, reference.zone).next_open(at)


def in_office_hours(rule: Rule, at: datetime, reference: Reference) -> bool:
    """Whether `at` is in office hours: a working day, from the opening minute to just before the closing minute."""
    there = local(at, reference.zone)
    opens, closes = rule.figures.opens or "00:00", rule.figures.closes or "24:00"
    return reference.calendar.is_workday(there.date()) and opens <= f"{there:%H:%M}" < closes

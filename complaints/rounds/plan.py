"""Computes which rounds there are: for which subject and period, from when to when. Pure.

The schedules and `duly rounds` use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from complaints.base import Frozen
from complaints.case.round import Period, Subject, round_key
from complaints.clock import deadlines
from complaints.clock.calendar import Calendar
from complaints.clock.limits import EndOfPeriod
from complaints.clock.local_time import end_of_day, local
from complaints.clock.moments import Deadline
from complaints.clock.period_opening import OpeningDay, opens_at, period_of
from complaints.editions.model import Edition, Per, Rule
from complaints.editions.rule_ids import RuleId
from complaints.people.model import Directory
from complaints.people.reference import Reference

DOCUMENT_RULES: tuple[RuleId, ...] = ("CS-4.3.1", "CS-4.5", "CS-4.5.1", "MC-5.2.4b.plan")
"""Rules whose round ends with an approved document. Such a round may be begun again to revise it."""

SEVERAL_DOCUMENTS: tuple[RuleId, ...] = ("CS-4.3.1",)
"""Of these, the rules that ask for several documents (a plan, and a scheme for each common defect).

Each is reviewed in a round of its own; further rounds may be begun while those of other documents are open.
"""

ANCHOR = "round"
"""The anchor of a round's first deadline: the beginning of the round."""


class PlannedRound(Frozen):
    """One planned round, in the future or in the past."""

    rule: str
    period: Period
    subject: Subject
    opens_at: datetime
    due: datetime
    owner: str  # by the directory

    @property
    def key(self) -> str:
        return round_key(self.rule, self.period, self.subject)


def periodic(edition: Edition) -> tuple[Rule, ...]:
    """The rules owed by periods, in the order of their ids."""
    return tuple(edition.rules[id] for id in sorted(edition.rules) if edition.rules[id].every is not None)


def opening_of(rule: Rule) -> OpeningDay:
    return rule.opens or OpeningDay()


def subjects(rule: Rule, directory: Directory) -> tuple[Subject, ...]:
    """The subjects that have a round of this rule: the company, or each project, department, office or consultant."""
    departments = [one.key for one in directory.departments if not rule.kinds or one.kind in rule.kinds]
    projects = [project.code for project in directory.projects]
    match rule.per:
        case Per.PROJECT:
            return tuple(Subject(project=project) for project in projects)
        case Per.DEPARTMENT:
            return tuple(Subject(department=department) for department in departments)
        case Per.OFFICE:
            return tuple(Subject(project=project, department=one) for project in projects for one in departments)
        case Per.CONSULTANT:
            return tuple(
                Subject(project=project, person=person.id)
                for project in projects
                for person in directory.people
                if rule.owner in person.roles and person.works_for(project)
            )
        case Per.COMPANY | None:
            return (Subject(),)


def first_deadline(rule: Rule, period: Period, since: datetime, reference: Reference) -> Deadline:
    """The deadline of a round's first duty. Raises `ValueError` for a rule without a limit."""
    if rule.limit is None:
        raise ValueError(f"{rule.id} has no limit")
    return deadlines.deadline(
        rule.limit,
        ANCHOR,
        since,
        calendar=reference.calendar,
        zone=reference.zone,
        reminders=rule.reminders,
        source=rule.source.value,
        promised=ends(rule, period, reference.zone),
    )


def ends(rule: Rule, period: Period, zone: str) -> datetime | None:
    """The end of the period, for rules whose limit it is; None for others."""
    return end_of_day(period.end, zone) if isinstance(rule.limit, EndOfPeriod) else None


def rounds(
    edition: Edition, directory: Directory, calendar: Calendar, since: datetime, until: datetime
) -> list[PlannedRound]:
    """Every round that opens from `since` until just before `until`, sorted by opening time."""
    found: list[PlannedRound] = []
    references: dict[str, Reference] = {}
    for rule in periodic(edition):
        for subject in subjects(rule, directory):
            place = subject.project or ""
            reference = references.setdefault(place, Reference.of(directory, place, calendar))
            for period, begins in _within(rule, reference, since, until):
                due = first_deadline(rule, period, begins, reference).due
                owner = owner_of(rule, subject, reference, begins)
                found.append(
                    PlannedRound(rule=rule.id, period=period, subject=subject, opens_at=begins, due=due, owner=owner)
                )
    return sorted(found, key=lambda one: (one.opens_at, one.rule, one.subject.key))


def owner_of(rule: Rule, subject: Subject, reference: Reference, at: datetime) -> str:
    """The owner of a round's first duty at this moment."""
    people = reference.directory
    if subject.person is not None:
        return people.stand_in(subject.person, at).person
    return people.who(rule.owner, at, department=subject.department).person


def may_begin_again(by: str, rule: Rule, subject: Subject, reference: Reference, at: datetime) -> bool:
    """Whether this person may begin a round again: its owner, a holder of its role, or a superior of the owner."""
    owner, people = owner_of(rule, subject, reference, at), reference.directory
    held = subject.person is None and people.holds(by, rule.owner, at, department=subject.department)
    return held or by == owner or by in people.superiors(owner, at)


def _within(rule: Rule, reference: Reference, since: datetime, until: datetime) -> Iterator[tuple[Period, datetime]]:
    """The periods of a rule whose rounds open from `since` until just before `until`, with their opening times."""
    assert rule.every is not None
    opens = opening_of(rule)
    period = period_of(opens, rule.every, local(since, reference.zone).date())
    while (begins := opens_at(opens, period, reference.calendar, reference.zone)) < until:
        if begins >= since:
            yield period, begins
        period = period.after

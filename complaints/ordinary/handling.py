"""Who handles a complaint of the ordinary track, and who takes over what a handler cannot solve (CH-5a, CH-5b). Pure.

No person handles a complaint about themselves, and no subordinate of that person does. The ladder has five steps; each
is a role and settles the complaint under a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from complaints.base import Frozen
from complaints.case.file import Duty
from complaints.editions.model import Edition
from complaints.editions.rule_ids import RuleId
from complaints.people.model import DirectorySlice
from complaints.people.resolution import Assignee
from complaints.people.roles import (
    DEPUTY_GM,
    GENERAL_MANAGER,
    MARKETING_MANAGER,
    SALES_MANAGER,
    SALES_STAFF,
    SALES_SUPERVISOR,
)

STAFF, TOP = SALES_STAFF, GENERAL_MANAGER
LADDER: dict[str, RuleId] = {
    STAFF: "CH-7.2.1.settle",
    SALES_SUPERVISOR: "CH-7.2.2.supervisor",
    SALES_MANAGER: "CH-7.2.2.manager",
    DEPUTY_GM: "CH-7.2.2.deputy",
    TOP: "CH-7.2.2.general_manager",
}
"""The ladder's roles from the lowest to the highest (CH-7.2.2), each with the rule by which it settles the
complaint."""

RESPONSIBILITY = ("CS-4.2.1a", "CS-4.2.1b", "CS-4.2.2a", "CS-4.2.2b", "CS-4.2.4", "CS-4.2.5", "CS-2.8", "CS-4.2.6")
BEFORE_THE_ANSWER = (*LADDER.values(), "CH-7.2.3", "CH-7.2.3.opinion", *RESPONSIBILITY)
"""Rules whose duties precede the answer: until they are done there is no opinion to tell the customer (CH-7.3.1)."""

OPINION_FIRST = (*BEFORE_THE_ANSWER, "CS-4.2.2b.ask")
"""The same in edition 2026.2, where customer service names the technical department that advises."""
AFTER_THE_ASSESSMENT = (*OPINION_FIRST, "CH-7.2.1", "CS-4.2.2a.carry_out", "CS-4.2.6.item")
"""Rules whose duties follow from the assessment: they begin anew when it is corrected (CS-4.2.1a)."""


class Handler(Frozen):
    """The handler: a step of the ladder, and a person unless any holder of that role will do."""

    role: str
    person: str | None = None


def handler(received_by: str, about: frozenset[str], people: DirectorySlice, edition: Edition) -> Handler:
    """Return the handler: the receiver, unless the complaint is about the sales ladder, them or their superiors.

    If it is about someone on the ladder, the handler is the step that the edition names for the highest of them
    (CH-5a). If it is about the receiver or a superior of theirs, the handler is the next person up in the reporting
    line, at the ladder step of that person; the general manager if the line ends there.
    """
    steps = [step for step in (step_of(id, people) for id in about) if step is not None]
    if steps:
        highest = max(steps, key=list(LADDER).index)
        return Handler(role=TOP if highest == TOP else edition.rule(f"CH-5a.{highest}").owner)
    line = (received_by, *_upwards(received_by, people))
    involved = [n for n, id in enumerate(line) if id in about]
    if not involved:
        return Handler(role=step_of(received_by, people) or STAFF, person=received_by)
    above = line[involved[-1] + 1 :]
    return Handler(role=_step_in_line(above, people), person=above[0]) if above else Handler(role=TOP)


def step_of(person: str, people: DirectorySlice) -> str | None:
    """The highest step of the ladder that this person holds; None if the person is not on it."""
    found = people.person(person)
    held = [role for role in LADDER if found is not None and role in found.roles]
    return held[-1] if held else None


def steps_from(role: str) -> tuple[str, ...]:
    """The ladder from this step upwards."""
    roles = tuple(LADDER)
    return roles[roles.index(role) :]


def next_step(role: str) -> str | None:
    """The next step of the ladder; None at its top, and for a role that is not on it."""
    return next(iter(steps_from(role)[1:]), None) if role in LADDER else None


def level_above(role: str) -> str | None:
    """Return who takes what this level could not solve for the customer (CH-5b); None for the general manager.

    Above whoever is not on the ladder stand the marketing manager, the deputy general manager, and the general manager.
    """
    if role in LADDER:
        return next_step(role)
    return DEPUTY_GM if role == MARKETING_MANAGER else MARKETING_MANAGER


def above(duty: Duty, people: DirectorySlice, at: datetime, shut_out: frozenset[str]) -> Assignee:
    """Return the superior of the duty's owner: the ladder's next step, else the next person in the reporting line."""
    step = next_step(duty.role)
    if step is not None:
        return people.who(step, at, shut_out=shut_out)
    superior = next(iter(people.superiors(duty.owner, at, shut_out=shut_out, had=duty.superiors)), duty.owner)
    return people.stand_in(superior, at, shut_out=shut_out)


def _step_in_line(line: tuple[str, ...], people: DirectorySlice) -> str:
    """The step of the line's first person: their own, else one below the first step found above them."""
    own = step_of(line[0], people)
    if own is not None:
        return own
    steps = [step for step in (step_of(id, people) for id in line[1:]) if step is not None]
    roles = tuple(LADDER)
    return roles[max(roles.index(steps[0]) - 1, 0)] if steps else TOP


def _upwards(person: str, people: DirectorySlice) -> Iterator[str]:
    """The reporting line of a person, nearest first, absent superiors included."""
    passed = {person}
    here = people.person(person)
    while here is not None and here.reports_to is not None and here.reports_to not in passed:
        passed.add(here.reports_to)
        yield here.reports_to
        here = people.person(here.reports_to)

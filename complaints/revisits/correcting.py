"""A result of a revisit that was mistyped: who may correct it, and what cannot be. Pure.

Decision. Nothing is written over: a correction is another version of the result, with who, when and why, and the
newest one counts. What was issued before it stays as it is, so whoever corrects hears which reports counted the old
version. A customer in whose place somebody else was drawn is not corrected: the draw was made on what stood then.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.editions.model import Rule
from complaints.people.model import Directory
from complaints.people.roles import HEAD
from complaints.revisits.model import CustomerId
from complaints.revisits.results import CustomerStanding, ResultProblem, ResultVersion, RevisitResult, conflict
from complaints.revisits.sheet import fields_of, of_fields


class ResultCorrection(Frozen):
    """What is to be put right about a drawn customer's result.

    `fields` are those of a sheet's line that change (`complaints.revisits.sheet`), `of` the day of the result that is
    meant: without it the talk, or else the last try. `version` is the one that was seen, None for whichever stands.
    """

    draw: str
    customer: CustomerId
    fields: dict[str, str]
    by: Key
    reason: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    of: date | None = None
    version: int | None = Field(default=None, ge=1)


class CountedReport(Frozen):
    """An issued report that counted a version which has been corrected since."""

    id: str
    revision: int


class Corrected(Frozen):
    """What became of a correction; with a problem, nothing was written. `known`: it stands there already.

    `reports` are the issued reports that counted the version before, `complaint` the one that was opened out of it.
    """

    problem: ResultProblem | None = None
    known: bool = False
    was: ResultVersion | None = None
    now: ResultVersion | None = None
    reports: tuple[CountedReport, ...] = ()
    complaint: str | None = None


class DrawOwner(Frozen):
    """Whose draw it is."""

    project: str
    department: str | None = None
    person: str | None = None


def meant(asked: ResultCorrection, versions: Sequence[ResultVersion]) -> ResultVersion | None:
    """The newest version of the result that is to be corrected, out of all versions of the customer's results."""
    newest = {one.result: one for one in sorted(versions, key=lambda one: one.version)}
    found = [one for one in newest.values() if asked.of in (None, one.said.day)]
    return max(found, key=lambda one: (one.said.said.reached, one.said.day), default=None)


def corrected(asked: ResultCorrection, was: ResultVersion) -> tuple[RevisitResult | None, ResultProblem | None]:
    """The result as it shall be, or the first thing that is wrong with it."""
    result, wrong = of_fields(None, {**fields_of(was.said), **asked.fields})
    return result, wrong[0] if wrong else None


def hindrance(
    asked: ResultCorrection,
    was: ResultVersion,
    result: RevisitResult,
    known: CustomerStanding,
    today: date,
    people: Set[str],
) -> ResultProblem | None:
    """Why the result cannot be corrected like this. `people` are the ids of all who may have asked."""
    if result.by not in people:
        return ResultProblem(code="person", params={"name": result.by})
    if asked.version not in (None, was.version):
        told = {"version": str(was.version), "by": was.noted_by, "on": str(was.noted_at.date())}
        return ResultProblem(code="stale", params=told)
    others = tuple(one for one in known.results if one != was.said)
    return conflict(result, known.but(results=others), today)


def stranger(by: str, entered: str, rule: Rule, whose: DrawOwner, directory: Directory) -> ResultProblem | None:
    """Why this person may not correct the result: whoever entered it may, and the department that owes the draw.

    That is the named department, that of the named person, or that of whoever holds the rule's role in the estate.
    """
    person = directory.person(by)
    if person is None:
        return ResultProblem(code="person", params={"name": by})
    offices = _offices(rule, whose, directory)
    of_the_estate = not whose.project or person.works_for(whose.project)
    if by == entered or (person.department in offices and of_the_estate):
        return None
    names = {one.key: one.name for one in directory.departments}
    told = {"name": by, "entered": entered, "departments": ", ".join(names[key] for key in sorted(offices))}
    return ResultProblem(code="not-yours", params=told)


def _offices(rule: Rule, whose: DrawOwner, directory: Directory) -> frozenset[str]:
    if whose.department is not None:
        return frozenset({whose.department})
    if whose.person is not None:
        person = directory.person(whose.person)
        return frozenset({person.department} if person else ())
    if rule.owner == HEAD:
        return frozenset(one.key for one in directory.departments if not rule.kinds or one.kind in rule.kinds)
    return frozenset(
        one.department
        for one in directory.people
        if rule.owner in one.roles and (not whose.project or one.works_for(whose.project))
    )

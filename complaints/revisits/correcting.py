"""Correction of a mistyped revisit result: who may correct it, and which corrections are refused. Pure.

Decision. No result is overwritten: a correction adds a version of the result, with author, time and reason, and the
newest version counts. Reports issued before stay as they are, so the correction returns which reports counted the old
version. The result of a customer who was replaced by another draw cannot be corrected, because that draw was made on
the old result.
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
    """A request to correct a drawn customer's result.

    `fields` are the changed fields of a sheet's line (`complaints.revisits.sheet`). `of` is the day of the result;
    without it the talk is meant, or else the last try. `version` is the version that the caller saw, None for the
    current one.
    """

    draw: str
    customer: CustomerId
    fields: dict[str, str]
    by: Key
    reason: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    of: date | None = None
    version: int | None = Field(default=None, ge=1)


class CountedReport(Frozen):
    """An issued report that counted a version which was corrected later."""

    id: str
    revision: int


class Corrected(Frozen):
    """Outcome of a correction; with a `problem`, nothing was written. `known`: the correction was stored before.

    `reports` are the issued reports that counted the previous version, `complaint` the one that was opened from it.
    """

    problem: ResultProblem | None = None
    known: bool = False
    was: ResultVersion | None = None
    now: ResultVersion | None = None
    reports: tuple[CountedReport, ...] = ()
    complaint: str | None = None


class DrawOwner(Frozen):
    """The owner of a draw: its project, and the department or person if it belongs to one."""

    project: str
    department: str | None = None
    person: str | None = None


def meant(asked: ResultCorrection, versions: Sequence[ResultVersion]) -> ResultVersion | None:
    """Return the newest version of the result to correct, out of all versions of the customer's results."""
    newest = {one.result: one for one in sorted(versions, key=lambda one: one.version)}
    found = [one for one in newest.values() if asked.of in (None, one.said.day)]
    return max(found, key=lambda one: (one.said.said.reached, one.said.day), default=None)


def corrected(asked: ResultCorrection, was: ResultVersion) -> tuple[RevisitResult | None, ResultProblem | None]:
    """Return the corrected result, or the first problem of the correction."""
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
    """Return why the result cannot be corrected like this. `people` are the ids of all people who may have asked."""
    if result.by not in people:
        return ResultProblem(code="person", params={"name": result.by})
    if asked.version not in (None, was.version):
        told = {"version": str(was.version), "by": was.noted_by, "on": str(was.noted_at.date())}
        return ResultProblem(code="stale", params=told)
    others = tuple(one for one in known.results if one != was.said)
    return conflict(result, known.but(results=others), today)


def stranger(by: str, entered: str, rule: Rule, whose: DrawOwner, directory: Directory) -> ResultProblem | None:
    """Return why this person may not correct the result; the person who entered it and the draw's department may.

    The draw's department is the named one, that of the named person, or that of the rule's role holders in the estate.
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

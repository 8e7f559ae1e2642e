"""Absences that people set for themselves: for a period, with a deputy, ended by themselves.

They stand beside those of the directory file and come before them. Their deputies do not cascade: one who is away at
the same time passes nothing on to a deputy of their own; the duty goes to the next holder of the role, or to the role
above.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.clock.local_time import CHINA, local
from complaints.people.entries import Absence
from complaints.people.model import Directory
from complaints.people.roles import PERSONNEL

LONGEST = timedelta(days=366)
"""The longest absence: whoever is away for longer hands their duties over."""


class OwnAbsence(Frozen):
    """One of them. `deputy` None: the person's usual one. `ended_at`: when it was ended before `until`."""

    id: int
    person: str
    start: AwareDatetime
    until: AwareDatetime
    deputy: str | None = None
    reason: str = ""
    set_by: str
    set_at: AwareDatetime
    ended_by: str | None = None
    ended_at: AwareDatetime | None = None

    def over(self, at: datetime) -> bool:
        """Return whether it is over at `at`, or was ended."""
        return self.ended_at is not None or self.until <= at


def with_own(directory: Directory, own: Iterable[OwnAbsence]) -> Directory:
    """Return the directory with the absences that people have set, which come before those of its file.

    One of a person who is not in the directory any more is left out; a deputy who is not is as good as none.
    """
    ids = {person.id for person in directory.people}
    added = tuple(
        Absence(
            person=one.person,
            start=one.start,
            until=one.until,
            deputy=one.deputy if one.deputy in ids else None,
            cascades=False,
        )
        for one in own
        if one.person in ids and one.ended_at is None
    )
    return directory.but(absences=(*added, *directory.absences)) if added else directory


def may_set(
    directory: Directory,
    own: Iterable[OwnAbsence],
    *,
    person: str,
    start: datetime,
    until: datetime,
    deputy: str | None,
    by: str,
    now: datetime,
) -> None:
    """Check an absence that `by` sets for `person`, from `start` until `until` (aware), with a deputy.

    Raises `Refusal`: `UNKNOWN_PERSON`; `NOT_YOURS` unless it is their own or that of somebody below them, or they are
    of personnel; `WRONG_TIME` for a period that is over, has no length or is longer than a year; `WRONG_ACT` if the
    person were their own deputy, or personnel that of somebody else; `ABSENT_ALREADY`; and `DEPUTY_AWAY` if the deputy
    is away at some time of it.
    """
    for id in (by, person, *((deputy,) if deputy is not None else ())):
        if directory.person(id) is None:
            raise Refusal(Refused.UNKNOWN_PERSON, person=id)
    _theirs(directory, person, by, now)
    if until <= max(start, now):
        raise Refusal(Refused.WRONG_TIME, at=until.isoformat(), limit=max(start, now).isoformat())
    if until - start > LONGEST:
        raise Refusal(Refused.WRONG_TIME, at=until.isoformat(), limit=(start + LONGEST).isoformat())
    known = with_own(directory, own)
    stands_in = deputy or (found.deputy if (found := known.person(person)) else None)
    itself = by == deputy and by != person and by not in directory.slice("").line(person)
    if stands_in == person or itself:
        raise Refusal(Refused.WRONG_ACT, duty=person, act="away", instead="another person")
    names = {one.id: one.name for one in directory.people}
    for other in known.absences:
        if other.start < until and start < other.until:
            begins, ends = (f"{local(at, CHINA):%Y-%m-%d %H:%M}" for at in (other.start, other.until))
            if other.person == person and not other.cascades:
                raise Refusal(Refused.ABSENT_ALREADY, person=names[person], start=begins, until=ends)
            if stands_in is not None and other.person == stands_in:
                raise Refusal(Refused.DEPUTY_AWAY, person=names[stands_in], start=begins, until=ends)


def may_end(directory: Directory, person: str, by: str, now: datetime) -> None:
    """Check that `by` may end an absence of `person`. Raises `Refusal` (`UNKNOWN_PERSON`, `NOT_YOURS`)."""
    for id in (by, person):
        if directory.person(id) is None:
            raise Refusal(Refused.UNKNOWN_PERSON, person=id)
    _theirs(directory, person, by, now)


def _theirs(directory: Directory, person: str, by: str, now: datetime) -> None:
    company = directory.slice("")
    if by != person and by not in company.line(person) and not company.holds(by, PERSONNEL, now):
        raise Refusal(Refused.NOT_YOURS, duty=f"away {person}", owner=company.name(person))

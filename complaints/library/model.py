"""Results of the library: cases found by words, similar cases, recurring subjects."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.case.complaint import Category


class FoundCase(Frozen):
    """A finished complaint, found by words."""

    key: str
    number: str
    project: str
    category: Category
    level: int | None
    at: AwareDatetime  # when it ended, or its study was taken into the library
    title: str  # of its case study; empty where there is none
    text: str  # an excerpt around the place where the words stand
    score: float

    @property
    def study(self) -> bool:
        return bool(self.title)


class Results(Frozen):
    """One page of found cases, and the total count."""

    count: int = 0
    found: tuple[FoundCase, ...] = ()
    words: tuple[str, ...] = ()  # the searched words, folded as for comparison: without case


class Similar(Frozen):
    """A finished complaint similar to the given one: what was done, how long it took, what it cost."""

    key: str
    number: str
    project: str
    building: str
    category: Category
    level: int | None
    likeness: float  # from 0 to 1: the weighted share of the given complaint's text that it has too
    title: str  # of its case study; empty where there is none
    matter: str
    done: str
    received_at: AwareDatetime
    over_at: AwareDatetime  # end of the handling; without one, the closing
    cost: Decimal | None  # of its repairs, as audited, in yuan
    loss: Decimal  # at stake, in yuan
    outcome: str | None
    satisfaction: str | None  # of the last revisit that recorded one

    @property
    def study(self) -> bool:
        return bool(self.title)

    @property
    def took(self) -> timedelta:
        """Time from the receipt to the end of the handling."""
        return self.over_at - self.received_at


class Study(Frozen):
    """A case of the company's library (CR-5.4.4) with its study (CR-5.4.3), or its text if it has none."""

    key: str
    number: str
    project: str
    category: Category
    level: int | None
    at: AwareDatetime
    matter: str
    done: str
    study: bool
    title: str | None = None
    course: str | None = None
    causes: str | None = None
    measures: str | None = None
    lessons: str | None = None
    written_by: str | None = None
    written_at: AwareDatetime | None = None
    accepted_by: str | None = None
    accepted_at: AwareDatetime | None = None


class RecurringSubject(Frozen):
    """A subject that recurs in the complaints of a period, with its figures."""

    words: str
    category: Category  # of most of them
    count: int
    before: int  # count in the previous period
    complaints: tuple[str, ...]  # their numbers
    answered: tuple[str, ...] = ()  # ids of events that answered it

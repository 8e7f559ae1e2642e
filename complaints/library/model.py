"""What the library answers: cases found by words, cases like another one, subjects that come again and again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.case.complaint import Category


class FoundCase(Frozen):
    """A complaint that is over, found by words."""

    key: str
    number: str
    project: str
    category: Category
    level: int | None
    at: AwareDatetime  # when it was over, or its study taken into the library
    title: str  # of its case study; empty where there is none
    text: str  # the place where the words stand, in its surroundings
    score: float

    @property
    def study(self) -> bool:
        return bool(self.title)


class Results(Frozen):
    """One page of what was found, and how many there are."""

    count: int = 0
    found: tuple[FoundCase, ...] = ()
    words: tuple[str, ...] = ()  # what was looked for, as texts are compared: without case


class Similar(Frozen):
    """A complaint that is over and like the one at hand: what was done, how long it took, what it cost."""

    key: str
    number: str
    project: str
    building: str
    category: Category
    level: int | None
    likeness: float  # from 0 to 1: how much of the asked complaint's text, by weight, it has too
    title: str  # of its case study; empty where there is none
    matter: str
    done: str
    received_at: AwareDatetime
    over_at: AwareDatetime  # the handling's end; without one, the closing
    cost: Decimal | None  # of its repairs, as audited, in yuan
    loss: Decimal  # at stake, in yuan
    outcome: str | None
    satisfaction: str | None  # of the last revisit that said

    @property
    def study(self) -> bool:
        return bool(self.title)

    @property
    def took(self) -> timedelta:
        """From the receipt to the handling's end."""
        return self.over_at - self.received_at


class Study(Frozen):
    """A case of the company's library (CR-5.4.4) with its study (CR-5.4.3), or the text of one without."""

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
    """Something that complaints of a period come back to, with the numbers behind it."""

    words: str
    category: Category  # of most of them
    count: int
    before: int  # in the period before
    complaints: tuple[str, ...]  # their numbers
    answered: tuple[str, ...] = ()  # ids of events that answered it

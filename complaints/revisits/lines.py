"""Draws and revisits as list rows."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from complaints.base import Frozen
from complaints.revisits.model import Count, LeftOut, Share
from complaints.revisits.quota import part_of
from complaints.revisits.results import ResultVersion

MONTHS = 12


class MemberState(StrEnum):
    OPEN = "open"
    TRIED = "tried"  # not reached so far
    DONE = "done"
    REPLACED = "replaced"  # another customer was drawn in their place


class DrawLine(Frozen):
    """A draw in a list; supplements are lines of their own."""

    id: str
    project: str
    rule: str
    period: str
    subject: str
    at: datetime
    wanted: Count
    size: Count
    done: Count
    open: Count
    unsatisfied: Count
    digest: str


class Member(Frozen):
    """A drawn customer with the contact data for the call, and the outcome. `name` is "" for a deleted customer."""

    draw: str
    customer: str
    name: str = ""
    contact: str = ""
    building: str = ""
    homes: tuple[str, ...] = ()
    state: MemberState
    tries: Count = 0
    day: date | None = None  # of the talk, or of the last try
    by: str = ""
    satisfaction: str | None = None
    said: str = ""
    caller: str = ""  # the person who is to make this revisit: the head, of their share (RV-2); "" for anybody
    left_out: LeftOut | None = None
    history: tuple[ResultVersion, ...] = ()  # every version of the results that were corrected, result by result


class Unsatisfied(Frozen):
    """An unsatisfied customer, as the complaint proposed for them; `number` is set once it is opened."""

    draw: str
    customer: str
    day: date
    by: str
    way: str
    said: str
    project: str
    name: str
    contact: str
    home: str
    number: str | None = None

    @property
    def external_id(self) -> str:
        """External id of the complaint, so that opening it twice is idempotent."""
        return f"{self.draw}/{self.customer}"


class QuotaLine(Frozen):
    """State of a rule's yearly quota in an estate: what it wants by the end of the year, and what there is so far."""

    project: str
    rule: str
    subject: str
    customers: Count
    target: Count
    drawn: Count  # without replaced customers
    done: Count
    open: Count
    periods: tuple[str, ...]
    missing: tuple[str, ...]  # months that have begun, without a draw
    satisfied: Count = 0
    unsatisfied: Count = 0

    @property
    def behind(self) -> bool:
        """Whether the number drawn falls short of an even pace through the months that have begun."""
        begun = len(self.periods) + len(self.missing)
        return self.drawn * MONTHS < self.target * min(begun, MONTHS)


def target(share: Share, customers: int, wanted: int, months: int) -> int:
    """Compute the year's total for today's customers: `wanted` in the `months` drawn so far, and months to come."""
    month = part_of(customers, share.monthly) if share.monthly else 0
    year = part_of(customers, share.yearly) if share.yearly else 0
    return max(year, wanted + month * max(MONTHS - months, 0) if share.monthly else 0)

"""How long each kind of record is kept, and from which event (CH-8.1, CH-8.2)."""

from __future__ import annotations

import calendar
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from complaints.base import Frozen


class Kind(StrEnum):
    """The kinds of record that have a term of their own."""

    CASE = "case"  # F1, F2, written complaints and replies: all of one case (CH-8.1)
    REGISTER = "register"  # F3 of a period, with the names in it (CH-8.1)
    REPORT = "report"  # reports and summaries, every revision of one (CH-8.2)


class Term(Frozen):
    """Whole calendar years for which a kind of record is kept, and the rule that says so."""

    rule: str
    years: Annotated[int, Field(ge=1, le=100)]


class Terms(Frozen):
    """A case counts from its closing, a register from the closing of the last case in it, a report from its issue."""

    case: Term
    report: Term

    def of(self, kind: Kind) -> Term:
        return self.report if kind is Kind.REPORT else self.case


TERMS = Terms(case=Term(rule="CH-8.1", years=1), report=Term(rule="CH-8.2", years=2))
"""The document's terms."""


def kept_through(since: date, years: int) -> date:
    """The last day on which a record of `since` is kept; from the next day on it may go.

    The same day `years` later; 29 February ends on the 28th where there is no 29th, like every month of the rules.
    """
    year = since.year + years
    return since.replace(year=year, day=min(since.day, calendar.monthrange(year, since.month)[1]))

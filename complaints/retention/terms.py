"""How long each kind of record is kept, and from which event (CH-8.1, CH-8.2)."""

from __future__ import annotations

import calendar
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from complaints.base import Frozen
from complaints.editions.model import Edition


class RecordKind(StrEnum):
    """The kinds of record that have a term of their own."""

    CASE = "case"  # F1, F2, written complaints and replies: all of one case (CH-8.1)
    REGISTER = "register"  # F3 of a period, with the names in it (CH-8.1)
    REPORT = "report"  # reports and summaries, every revision of one (CH-8.2)


class Term(Frozen):
    """The calendar months for which a kind of record is kept, and the rule that says so."""

    rule: str
    months: Annotated[int, Field(ge=1, le=1200)]


class RetentionTerms(Frozen):
    """A case counts from its closing, a register from the closing of the last case in it, a report from its issue."""

    case: Term
    report: Term

    def of(self, kind: RecordKind) -> Term:
        return self.report if kind is RecordKind.REPORT else self.case


TERMS = RetentionTerms(case=Term(rule="CH-8.1", months=12), report=Term(rule="CH-8.2", months=24))
"""The terms of the procedures."""


def terms_of(edition: Edition) -> RetentionTerms:
    """The terms of an edition, by default those of the procedures: a company may keep its records longer."""
    return RetentionTerms(case=_term(edition, TERMS.case), report=_term(edition, TERMS.report))


def _term(edition: Edition, otherwise: Term) -> Term:
    return Term(rule=otherwise.rule, months=edition.rule(otherwise.rule).figures.months or otherwise.months)


def kept_through(since: date, months: int) -> date:
    """The last day on which a record of `since` is kept; from the next day on it may go.

    It is the same day of the month, `months` later, or that month's last day if it has no such day, as for all months
    of the rules.
    """
    year, month = divmod(since.year * 12 + since.month - 1 + months, 12)
    return date(year, month + 1, min(since.day, calendar.monthrange(year, month + 1)[1]))

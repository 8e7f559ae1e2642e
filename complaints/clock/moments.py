"""A computed deadline as a value: its moments, and the parts from which it can be explained."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime

from complaints.base import Frozen


class MomentKind(StrEnum):
    REMINDER = "reminder"
    DUE = "due"
    ESCALATION = "escalation"


class Explanation(Frozen):
    """A computed moment in its parts; `clock.explanations.explain` puts it into words a customer understands."""

    anchor: str  # key of the event counted from: texts `anchor.<key>`
    anchor_at: AwareDatetime
    limit: str  # canonical form of the limit, e.g. "10 min elapsed", "2 workdays"
    counted: tuple[str, ...] = ()  # days counted, ISO dates
    skipped: tuple[tuple[str, str], ...] = ()  # (ISO date, reason key: weekend | holiday | makeup …)
    result: AwareDatetime
    zone: str = "Asia/Shanghai"
    provisional: bool = False  # reaches into a year whose calendar is not announced yet
    pauses: tuple[tuple[AwareDatetime, AwareDatetime], ...] = ()  # times in which it waited for the customer


class Moment(Frozen):
    kind: MomentKind
    at: AwareDatetime
    share: float | None = None  # reminders: which share of the limit has passed


class Deadline(Frozen):
    """When a duty is due, when its owner is reminded, and why then."""

    due: AwareDatetime
    reminders: tuple[Moment, ...] = ()
    why: Explanation
    source: str = "document"  # or "house": a limit of ours, never passed off as the document's
    calendar: str | None = None  # version of the working-day calendar, where one was used

    def passed(self, now: datetime) -> int:
        """How many reminders lie at or before `now`."""
        return sum(reminder.at <= now for reminder in self.reminders)

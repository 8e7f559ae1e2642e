"""A computed deadline as a value: due moment, reminders and explanation."""

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
    """The arithmetic of a computed moment; `complaints.clock.explanations.explain` puts it into words."""

    anchor: str  # key of the event that it counts from: texts `anchor.<key>`
    anchor_at: AwareDatetime
    limit: str  # canonical form of the limit, e.g. "10 min elapsed", "2 workdays"
    counted: tuple[str, ...] = ()  # days counted, ISO dates
    skipped: tuple[tuple[str, str], ...] = ()  # (ISO date, reason key: weekend | holiday | makeup …)
    result: AwareDatetime
    zone: str = "Asia/Shanghai"
    provisional: bool = False  # reaches into a year whose calendar is not announced yet
    pauses: tuple[tuple[AwareDatetime, AwareDatetime], ...] = ()  # [start, end) of the times it waited for the customer


class Moment(Frozen):
    kind: MomentKind
    at: AwareDatetime
    share: float | None = None  # of a reminder: the share of the limit that has passed


class Deadline(Frozen):
    """When a duty is due and when its owner is reminded, with the explanation."""

    due: AwareDatetime
    reminders: tuple[Moment, ...] = ()
    why: Explanation
    source: str = "document"  # "document" or "house": a house limit is never presented as the document's
    calendar: str | None = None  # version of the working-day calendar, if one was used

    def passed(self, now: datetime) -> int:
        """Return the number of reminders at or before `now`."""
        return sum(reminder.at <= now for reminder in self.reminders)

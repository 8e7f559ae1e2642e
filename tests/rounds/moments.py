"""When rounds begin and are due, counted a second time on the days of a calendar, for the tests alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from complaints.case.round import Period
from complaints.clock.calendar import Calendar
from tests.clauses.limits import DAY, Clock, at


def begins(words: str, period: Period, calendar: Calendar) -> datetime:
    """09:00 of the day in words: "day 25", "workday 1 after", "month 3 workday 1"."""
    parts = words.removesuffix(" after").split()
    meant = period.after if words.endswith("after") else period
    said = dict(zip(parts[::2], (int(n) for n in parts[1::2]), strict=True))
    first = date(meant.start.year, meant.start.month + said.get("month", 1) - 1, meant.start.day)
    if "day" in said:
        return at(first + (said["day"] - 1) * DAY, 9)
    day, left = first - DAY, said["workday"]
    while left:
        day += DAY
        left -= calendar.is_workday(day)
    return at(day, 9)


class RoundClock(Clock):
    """The limits of rounds: also "period end" and "day 25" of the month."""

    def __init__(self, limit: str, period: Period, calendar: Calendar) -> None:
        super().__init__(limit, calendar)
        self.words = limit
        self.period = period

    def due(self, event: datetime, promised: datetime | None = None) -> datetime:
        if self.words == "period end":
            return at(self.period.end + DAY, 0)
        if self.words.startswith("day "):
            month_end = (self.period.start + timedelta(days=32)).replace(day=1) - DAY
            return at(min(self.period.start + (int(self.words[4:]) - 1) * DAY, month_end) + DAY, 0)
        return super().due(event, promised)

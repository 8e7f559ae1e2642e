"""When things must be due and when people must hear of them, worked out a second time, for the tests alone.

Plain counting on the days of a calendar, so that a mistake in the product's arithmetic is not repeated here.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from complaints.clock.calendar import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
IN_DAYS = {"one week": 7 * DAY, "three days": 3 * DAY}  # exact, but nobody is reminded of them at night


class Clock:
    """The limit of a duty in words ("2 workdays", "month end", "one week") or as a length, and its moments."""

    def __init__(self, limit: timedelta | str, calendar: Calendar) -> None:
        self.limit = limit
        self.calendar = calendar

    def due(self, event: datetime, promised: datetime | None) -> datetime:
        """The end of the limit for an event."""
        if isinstance(self.limit, timedelta):
            return event + self.limit
        if self.limit in IN_DAYS:
            return event + IN_DAYS[self.limit]
        if self.limit == "the promised date":
            assert promised is not None
            return promised
        day = event.astimezone(SHANGHAI).date()
        return at(self._last_day(day) + DAY, 0)

    def reminders(self, event: datetime, due: datetime) -> list[datetime]:
        """At half and at 80 % of the limit; for limits in days or weeks at 09:00 of the day on which that falls."""
        exact = [event + (due - event) * share for share in (0.5, 0.8)]
        if isinstance(self.limit, timedelta):
            return exact
        if self.limit.endswith("workdays"):
            counted = self._counted(event.astimezone(SHANGHAI).date(), int(self.limit.split()[0]))
            days = [counted[-(-len(counted) * tenths // 10) - 1] for tenths in (5, 8)]
        else:
            days = [moment.astimezone(SHANGHAI).date() for moment in exact]
        mornings = [moment for moment in dict.fromkeys(at(day, 9) for day in days) if event < moment < due]
        return mornings or exact  # a limit without a morning in it is reminded like any other

    def climb(self, due: datetime, every: timedelta | str, steps: int) -> list[datetime]:
        """When each superior hears of a breach, and then the last one again, every 24 hours, twice."""
        first = at(due.astimezone(SHANGHAI).date(), 9) if self._ends_with_a_day else due
        if isinstance(every, timedelta):
            moments = [first + every * step for step in range(steps)]
        else:
            later = self._counted(first.astimezone(SHANGHAI).date(), max(steps - 1, 1))
            moments = [first, *(at(day, 9) for day in later)][:steps]
        return [*moments, moments[-1] + DAY, moments[-1] + 2 * DAY]

    @property
    def _ends_with_a_day(self) -> bool:
        return isinstance(self.limit, str) and self.limit not in (*IN_DAYS, "the promised date")

    def _last_day(self, day: date) -> date:
        number, _, unit = str(self.limit).partition(" ")
        if unit == "workdays":
            return self._counted(day, int(number))[-1]
        if unit == "days":
            return day + int(number) * DAY
        if self.limit == "same day":
            return day
        if unit == "days":
            return day + int(number) * DAY
        first = _first_of_month(day, int(number) if unit == "months" else 0)
        last = _first_of_month(first, 1) - DAY
        return min(first + (day.day - 1) * DAY, last) if unit == "months" else last

    def _counted(self, day: date, n: int) -> list[date]:
        """The next n working days after this one."""
        days: list[date] = []
        while len(days) < n:
            day += DAY
            if self.calendar.is_workday(day):
                days.append(day)
        return days


def tomorrow(now: datetime, hour: int) -> datetime:
    """This hour of the next day in Shanghai."""
    return at(now.astimezone(SHANGHAI).date() + DAY, hour)


def _first_of_month(day: date, months: int) -> date:
    """The first day of the month that is so many months later."""
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, 1)


def at(day: date, hour: int) -> datetime:
    """This hour of the day in Shanghai; 0 is the midnight with which the day begins."""
    return datetime.combine(day, time(hour), SHANGHAI)

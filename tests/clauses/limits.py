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
    """The limit of a duty in words ("2 workdays", "month end", "30 office minutes") or as a length, and its moments.

    With `office`, reminders and the climb keep office hours: the case is not urgent.
    """

    def __init__(self, limit: timedelta | str, calendar: Calendar, *, office: bool = False) -> None:
        self.limit = limit
        self.calendar = calendar
        self.office = office

    def due(self, event: datetime, promised: datetime | None) -> datetime:
        """The end of the limit for an event."""
        if isinstance(self.limit, timedelta):
            return event + self.limit
        if self.limit in IN_DAYS:
            return event + IN_DAYS[self.limit]
        if self.limit == "the promised date":
            assert promised is not None
            return promised
        if self._office_length:
            return office_time(event, self._office_length, self.calendar)
        day = event.astimezone(SHANGHAI).date()
        return at(self._last_day(day) + DAY, 0)

    def reminders(self, event: datetime, due: datetime) -> list[datetime]:
        """At half and at 80 % of the limit; for limits in days or weeks at 09:00 of the day on which that falls."""
        moments = self._shares(event, due)
        if self.office:
            moments = [self._in_office(moment, event, due) for moment in moments]
        return [moment for n, moment in enumerate(moments) if moment > max([event, *moments[:n]])]

    def _in_office(self, moment: datetime, event: datetime, due: datetime) -> datetime:
        """At the next opening; half an hour before the last closing if the limit ends before that."""
        waiting = opening(moment, self.calendar)
        if waiting < due:
            return waiting
        before = moment - timedelta(minutes=30)
        while not in_office(before, self.calendar):
            before -= timedelta(minutes=1)
        closing = at(before.astimezone(SHANGHAI).date(), 18) - timedelta(minutes=30)
        return closing if closing > event else moment

    def _shares(self, event: datetime, due: datetime) -> list[datetime]:
        if self._office_length:
            ends = [office_time(event, self._office_length * share, self.calendar) for share in (0.5, 0.8)]
            return [opening(end, self.calendar) for end in ends]
        exact = [event + (due - event) * share for share in (0.5, 0.8)]
        if isinstance(self.limit, timedelta):
            return exact
        if self.limit == "same workday":
            days = [self._last_day(event.astimezone(SHANGHAI).date())]
        elif self.limit.endswith("workdays"):
            counted = self._counted(event.astimezone(SHANGHAI).date(), int(self.limit.split()[0]))
            days = [counted[-(-len(counted) * tenths // 10) - 1] for tenths in (5, 8)]
        else:
            days = [moment.astimezone(SHANGHAI).date() for moment in exact]
        mornings = [moment for moment in dict.fromkeys(at(day, 9) for day in days) if event < moment < due]
        return mornings or exact  # a limit without a morning in it is reminded like any other

    def climb(self, due: datetime, every: timedelta | str, steps: int) -> list[datetime]:
        """When each superior hears of a breach, and then the last one again, every 24 hours, twice."""
        first = at(due.astimezone(SHANGHAI).date(), 9) if self._ends_with_a_day else due
        if self.office:
            first = opening(first, self.calendar)
        if isinstance(every, timedelta) and self.office:
            later = [office_time(first, every * step, self.calendar) for step in range(1, steps)]
            moments = [first, *(opening(moment, self.calendar) for moment in later)]
        elif isinstance(every, timedelta):
            moments = [first + every * step for step in range(steps)]
        else:
            later = self._counted(first.astimezone(SHANGHAI).date(), max(steps - 1, 1))
            moments = [first, *(at(day, 9) for day in later)][:steps]
        if not self.office:
            return [*moments, moments[-1] + DAY, moments[-1] + 2 * DAY]
        last = moments[-1].astimezone(SHANGHAI)
        again = self._counted(last.date(), 2)
        return [*moments, *(datetime.combine(day, last.time(), SHANGHAI) for day in again)]

    @property
    def _office_length(self) -> timedelta:
        """The length of a limit in office time; nothing for all others."""
        number, _, unit = str(self.limit).partition(" ")
        minutes = {"office minutes": 1, "office hours": 60}.get(unit, 0) if isinstance(self.limit, str) else 0
        return timedelta(minutes=int(number) * minutes) if minutes else timedelta()

    @property
    def _ends_with_a_day(self) -> bool:
        exact = (*IN_DAYS, "the promised date")
        return isinstance(self.limit, str) and self.limit not in exact and not self._office_length

    def _last_day(self, day: date) -> date:
        number, _, unit = str(self.limit).partition(" ")
        if unit == "workdays":
            return self._counted(day, int(number))[-1]
        if unit == "days":
            return day + int(number) * DAY
        if self.limit == "same day":
            return day
        if self.limit == "same workday":
            return day if self.calendar.is_workday(day) else self._counted(day, 1)[0]
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


def in_office(moment: datetime, calendar: Calendar) -> bool:
    """Whether the office is open at this moment: from 09:00 until before 18:00 of a working day."""
    there = moment.astimezone(SHANGHAI)
    return calendar.is_workday(there.date()) and time(9) <= there.time() < time(18)


def opening(moment: datetime, calendar: Calendar) -> datetime:
    """This moment if the office is open, else the next 09:00 of a working day."""
    while not in_office(moment, calendar):
        day = moment.astimezone(SHANGHAI).date()
        moment = max(moment, at(day, 9)) if calendar.is_workday(day) and moment < at(day, 18) else at(day + DAY, 0)
    return moment


def office_time(since: datetime, length: timedelta, calendar: Calendar) -> datetime:
    """The moment until which `length` of office time has passed since: hour by hour, each day up to 18:00."""
    while True:
        since = opening(since, calendar)
        closing = at(since.astimezone(SHANGHAI).date(), 18)
        if since + length <= closing:
            return since + length
        length -= closing - since
        since = closing


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

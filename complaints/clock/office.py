"""Office hours: the part of a working day in which the house expects people at their desks.

Decision. Office time is a clock of its own, which runs from `opens` to `closes` (local time) on working days, make-up
workdays included, and stands still at night and on days off. What happens at the very moment of closing still belongs
to that day; a person who is to be reached is at the desk from the opening to just before the closing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from pydantic import model_validator

from complaints.base import Frozen
from complaints.clock.calendar import Calendar
from complaints.clock.local_time import ClockTime, local, zone_of
from complaints.clock.pauses import Span, moved_on

OPENS, CLOSES = "09:00", "18:00"
DAY = timedelta(days=1)

CLOSED = "closed"
"""Why a working day does not count: the office had closed before the event. Text `day_off.closed`."""


class Office(Frozen):
    """The office hours of a working day, local time."""

    opens: ClockTime = OPENS
    closes: ClockTime = CLOSES

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("the office opens before it closes")
        return self


class OfficeSpan(Frozen):
    """A length of office time: its end, the days with a part of it, and the days without, each with the reason."""

    end: datetime
    counted: tuple[date, ...]
    skipped: tuple[tuple[date, str], ...]


@dataclass(frozen=True)
class OfficeClock:
    """Office hours on the working days of a calendar, in a time zone. Moments that it returns are in UTC."""

    office: Office
    calendar: Calendar
    zone: str

    def hours(self, day: date) -> tuple[datetime, datetime]:
        """Return the opening and the closing of this day, were it a working day."""
        opens, closes = (
            datetime.combine(day, time.fromisoformat(clock), zone_of(self.zone)).astimezone(UTC)
            for clock in (self.office.opens, self.office.closes)
        )
        return opens, closes

    def next_open(self, at: datetime) -> datetime:
        """Return `at` if the office is open then, else the next opening."""
        at, day = at.astimezone(UTC), local(at, self.zone).date()
        while True:
            opens, closes = self.hours(day)
            if self.calendar.is_workday(day) and at < closes:
                return max(at, opens)
            day += DAY

    def last_closing(self, at: datetime) -> datetime:
        """Return the last closing at or before `at`."""
        day = local(at, self.zone).date()
        while not (self.calendar.is_workday(day) and self.hours(day)[1] <= at):
            day -= DAY
        return self.hours(day)[1]

    def spend(self, since: datetime, length: timedelta, pauses: Iterable[Span] = ()) -> OfficeSpan:
        """Return the span in which `length` of office time passes from `since` on, not counting pauses.

        A span that ends with the office hours ends at the closing, not at the next opening. Raises `ValueError` unless
        `length` is positive.
        """
        if length <= timedelta():
            raise ValueError(f"a length of office time is positive, not {length}")
        since, day, left, pauses = since.astimezone(UTC), local(since, self.zone).date(), length, tuple(pauses)
        counted: list[date] = []
        skipped: list[tuple[date, str]] = []
        while True:
            opens, closes = self.hours(day)
            start = max(opens, since)
            if reason := self.calendar.reason(day):
                skipped.append((day, reason))
            elif start >= closes:
                skipped.append((day, CLOSED))
            elif (there := _without(start, closes, pauses)) <= timedelta():
                skipped.append((day, "paused"))
            else:
                counted.append(day)
                if left <= there:
                    end = moved_on(start, left, pauses)
                    return OfficeSpan(end=end, counted=tuple(counted), skipped=tuple(skipped))
                left -= there
            day += DAY

    def later(self, since: datetime, length: timedelta) -> datetime:
        """Return the moment of office hours that is `length` of office time after `since`.

        For intervals: each whole 24 hours of `length` are one working day, to the same time of day. At the moment of
        closing it is the next opening, because nobody is reached any more.
        """
        days, rest = divmod(length, DAY)
        at = self.next_open(since)
        if days:
            there = local(at, self.zone)
            day = self.calendar.workday_after(there.date(), days)
            at = datetime.combine(day, there.time(), zone_of(self.zone)).astimezone(UTC)
        return self.next_open(self.spend(at, rest).end) if rest else self.next_open(at)


def _without(start: datetime, end: datetime, pauses: Iterable[Span]) -> timedelta:
    """Return the length from `start` to `end` without the pauses."""
    paused = (min(until, end) - max(begins, start) for begins, until in pauses)
    return end - start - sum((length for length in paused if length > timedelta()), timedelta())

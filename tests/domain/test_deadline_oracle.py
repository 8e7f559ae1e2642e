"""Deadlines against a second opinion: an oracle that walks from day to day, and knows nothing of the product's code.

Where the product adds, the oracle counts: whole minutes since 1970 for clock time, one local day after another for
everything else, working days straight from the library's tables (or, for invented calendars, from a plain set).
120,000 cases drawn from fixed seeds, and every single day of 2024 to 2026.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar  # pyright: ignore[reportMissingTypeStubs]
import holidays
import pytest

from complaints.clock import deadlines
from complaints.clock.calendar import Calendar, calendar, from_libraries
from complaints.clock.limits import (
    DayOfMonth,
    Days,
    Elapsed,
    EndOfMonth,
    Limit,
    Months,
    OfficeHours,
    SameDay,
    SameWorkday,
    Workdays,
)

ZONES = ("Asia/Shanghai", "Asia/Shanghai", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Kathmandu")
ANNOUNCED = (2024, 2025, 2026)
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
OURS = from_libraries((*ANNOUNCED, 2027))
CASES, CHUNKS = 120_000, 12
OFFICE = (time(9), time(8, 59, 59, 999_999), time(18), time(17, 59, 59, 999_999), time(17, 15))

Works = Callable[[date], bool]


# --- the oracle


def next_day(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def midnight_after(day: date, zone: str) -> datetime:
    """The first whole minute of the next local day: found by trying all minutes around it, not by building it."""
    around = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    low, high = around - timedelta(days=1), around + timedelta(days=2)
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
        if middle.astimezone(ZoneInfo(zone)).date() > day:
            high = middle
        else:
            low = middle
    return high


def last_day(limit: Limit, day: date, works: Works) -> tuple[date, list[date], list[date]]:
    """The day a limit ends with, the days counted and the days passed over."""
    counted: list[date] = []
    skipped: list[date] = []
    match limit:
        case SameDay():
            counted.append(day)
        case SameWorkday():
            while not works(day):
                skipped.append(day)
                day = next_day(day)
            counted.append(day)
        case Days():
            while len(counted) < limit.n:
                day = next_day(day)
                counted.append(day)
        case Workdays():
            while len(counted) < limit.n:
                day = next_day(day)
                (counted if works(day) else skipped).append(day)
        case Months():
            day = same_day_number(day, limit.n)
        case EndOfMonth():
            while next_day(day).day != 1:
                day = next_day(day)
        case DayOfMonth():
            while not (day.day == limit.n or (day.day < limit.n and next_day(day).day == 1)):
                day = next_day(day)
        case _:
            raise AssertionError(limit)
    return day, counted, skipped


def same_day_number(day: date, months: int) -> date:
    """Walk until as many firsts of a month have gone by, then on to the day number or the month's last day."""
    number = day.day
    while months:
        day = next_day(day)
        months -= day.day == 1
    while day.day < number and next_day(day).day != 1:
        day = next_day(day)
    return day


def expected(limit: Limit, event: datetime, zone: str, works: Works) -> tuple[datetime, list[date], list[date]]:
    if isinstance(limit, Elapsed):
        micros = (event - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        micros += ((limit.days * 24 + limit.hours) * 60 + limit.minutes) * 60_000_000
        return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000), [], []
    if isinstance(limit, OfficeHours):
        return office_time(limit, event, zone, works)
    day, counted, skipped = last_day(limit, event.astimezone(ZoneInfo(zone)).date(), works)
    return midnight_after(day, zone), counted, skipped


def office_time(
    limit: OfficeHours, event: datetime, zone: str, works: Works, pauses: tuple[tuple[datetime, datetime], ...] = ()
) -> tuple[datetime, list[date], list[date]]:
    """The first moment until which enough office time has passed, found by trying, not by adding."""
    micro = timedelta(microseconds=1)

    def worked(day: date, until: datetime) -> int:
        """The microseconds of this day's office hours between the event and `until`, without the pauses."""
        if not works(day):
            return 0
        opens, closes = (
            datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
            for clock in (limit.opens, limit.closes)
        )
        begins, ends = max(opens, event), min(closes, until)
        waits = sum(max((min(b, ends) - max(a, begins)) // micro, 0) for a, b in pauses)
        return max((ends - begins) // micro - waits, 0)

    def passed(until: datetime) -> int:
        day, last, total = event.astimezone(ZoneInfo(zone)).date(), until.astimezone(ZoneInfo(zone)).date(), 0
        while day <= last:
            total += worked(day, until)
            day = next_day(day)
        return total

    asked = (limit.hours * 60 + limit.minutes) * 60_000_000
    low, high = event, event + timedelta(days=1)
    while passed(high) < asked:
        low, high = high, high + timedelta(days=8)
    while high - low > micro:
        middle = low + (high - low) // 2
        low, high = (low, middle) if passed(middle) >= asked else (middle, high)
    counted: list[date] = []
    skipped: list[date] = []
    day = event.astimezone(ZoneInfo(zone)).date()
    while day <= high.astimezone(ZoneInfo(zone)).date():
        (counted if worked(day, high) else skipped).append(day)
        day = next_day(day)
    return high, counted, skipped


@cache
def works_by_the_libraries(day: date) -> bool:
    """Announced years by one library; the year nobody has announced by the other: weekends and fixed holidays."""
    if day.year in ANNOUNCED:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5 and day not in holidays.country_holidays("CN", years=day.year)


def provisional(limit: Limit, event: datetime, zone: str, end: date, years: tuple[int, ...]) -> bool:
    """A count of working days, or of their hours, that looks at any day a later notice may still change."""
    if not isinstance(limit, OfficeHours | SameWorkday | Workdays):
        return False
    first = event.astimezone(ZoneInfo(zone)).date().toordinal() + isinstance(limit, Workdays)
    for day in map(date.fromordinal, range(first, end.toordinal() + 1)):
        year_end = day.month == 12 and day.day >= 28
        if day.year not in years or (year_end and day.year + 1 not in years):
            return True
    return False


# --- the cases


def some_limit(luck: random.Random) -> Limit:
    kinds: list[Callable[[], Limit]] = [
        lambda: Elapsed(minutes=luck.randint(1, 90)),
        lambda: Elapsed(hours=luck.randint(1, 80), minutes=luck.choice((0, 0, 1, 59))),
        lambda: Elapsed(days=luck.randint(1, 40)),
        SameDay,
        SameWorkday,
        lambda: Days(n=luck.randint(1, 40)),
        lambda: Months(n=luck.randint(1, 14)),
        EndOfMonth,
        lambda: DayOfMonth(n=luck.randint(1, 31)),
        *[lambda: Workdays(n=luck.choice((1, 1, 2, 3, 5, 10, luck.randint(1, 60))))] * 4,
        lambda: OfficeHours(minutes=luck.choice((1, 30, 60, 240, 540, luck.randint(1, 600)))),
        lambda: OfficeHours(hours=luck.choice((1, 4, 9, 18, luck.randint(1, 40))), opens="08:30", closes="17:15"),
    ]
    return luck.choice(kinds)()


def some_event(luck: random.Random, zone: str) -> datetime:
    """Any moment of the years, often one at which days, months and years are about to change."""
    day = date.fromordinal(luck.randint(FIRST.toordinal(), LAST.toordinal()))
    edges = (date(2024, 2, 29), date(2024, 2, 28), date(2025, 1, 31), date(2025, 12, 31), date(2026, 12, 30), LAST)
    clock = luck.choice(
        (time(0), time(0, 0, 0, 1), time(23, 59, 59, 999_999), time(luck.randint(0, 23), 17, 3), *OFFICE)
    )
    return datetime.combine(luck.choice((day, day, day, luck.choice(edges))), clock, ZoneInfo(zone)).astimezone(UTC)


def invented(luck: random.Random) -> tuple[Calendar, Works]:
    """A calendar nobody ever announced: weekdays off and weekend days worked, at random."""
    days = [date.fromordinal(n) for n in range(FIRST.toordinal(), date(2028, 12, 31).toordinal())]
    off = {day for day in luck.sample(days, 120) if day.weekday() < 5}
    on = {day for day in luck.sample(days, 120) if day.weekday() >= 5}
    made = calendar((2024, 2025, 2026), off, on, {})
    return made, lambda day: day in on or (day.weekday() < 5 and day not in off)


def cases(seed: int) -> Iterator[tuple[Limit, datetime, str, Calendar, Works]]:
    luck = random.Random(seed)
    calendars: list[tuple[Calendar, Works]] = [(OURS, works_by_the_libraries)] * 6
    calendars += [invented(luck) for _ in range(4)]
    for _ in range(CASES // CHUNKS):
        zone = luck.choice(ZONES)
        yield some_limit(luck), some_event(luck, zone), zone, *luck.choice(calendars)


def differs(limit: Limit, event: datetime, zone: str, ours: Calendar, works: Works) -> dict[str, Any]:
    """What product and oracle do not agree on."""
    made = deadlines.deadline(limit, "receipt", event, calendar=ours, zone=zone)
    due, counted, skipped = expected(limit, event, zone, works)
    end = (due - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    pairs: dict[str, tuple[Any, Any]] = {
        "due": (made.due, due),
        "counted": ([*made.why.counted], [day.isoformat() for day in counted]),
        "skipped": ([day for day, _ in made.why.skipped], [day.isoformat() for day in skipped]),
        "provisional": (made.why.provisional, provisional(limit, event, zone, end, ours.years)),
        "reminders in order, between event and due": (
            True,
            [event, *(m.at for m in made.reminders), due] == sorted({event, *(m.at for m in made.reminders), due}),
        ),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(CHUNKS))
def test_random_deadlines_agree_with_a_walk_from_day_to_day(seed: int):
    for case in cases(seed):
        assert differs(*case) == {}, case[:3]


def test_every_day_of_three_years_agrees_for_every_kind_of_limit():
    of_workdays = (SameWorkday(), Workdays(n=1), Workdays(n=5))
    days: tuple[Limit, ...] = (SameDay(), Days(n=3), *of_workdays, Months(n=1), EndOfMonth())
    limits = (*days, OfficeHours(hours=4), OfficeHours(hours=3, minutes=55))
    for number in range(FIRST.toordinal(), LAST.toordinal() + 1):
        event = datetime.combine(date.fromordinal(number), time(14, 5), ZoneInfo("Asia/Shanghai")).astimezone(UTC)
        for limit in limits:
            wrong = differs(limit, event, "Asia/Shanghai", OURS, works_by_the_libraries)
            assert wrong == {}, (limit, event)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_waiting_for_the_customer_takes_out_exactly_the_minutes_or_the_days_of_the_pause(seed: int):
    luck = random.Random(1_000 + seed)
    for _ in range(1_000):
        event = some_event(luck, "Asia/Shanghai").replace(second=0, microsecond=0)
        starts = sorted(event + timedelta(minutes=luck.randint(0, 6_000)) for _ in range(luck.randint(1, 3)))
        ends = [*starts[1:], starts[-1] + timedelta(days=9)]
        pauses = tuple((a, a + (b - a) * luck.random()) for a, b in zip(starts, ends, strict=True) if a < b)
        pauses = tuple((a, b.replace(second=0, microsecond=0)) for a, b in pauses)
        pauses = tuple((a, b) for a, b in pauses if a < b)
        limits: list[Limit] = [Elapsed(minutes=luck.randint(1, 4_000)), Days(n=luck.randint(1, 9))]
        office = OfficeHours(minutes=luck.randint(1, 2_000))
        limit = luck.choice((*limits, Workdays(n=luck.randint(1, 9)), office))
        made = deadlines.deadline(limit, "receipt", event, calendar=OURS, pauses=pauses)
        assert made.due == waited(limit, event, pauses), (limit, event, pauses)
        shown = [event, *(moment.at for moment in made.reminders), made.due]
        assert shown == sorted(set(shown))
        if isinstance(limit, Elapsed):
            assert not any(a < moment.at < b for moment in made.reminders for a, b in pauses)


def waited(limit: Limit, event: datetime, pauses: tuple[tuple[datetime, datetime], ...]) -> datetime:
    """Minute by minute for clock time; for days, every day with a waiting minute in it is no day."""
    if isinstance(limit, OfficeHours):
        return office_time(limit, event, "Asia/Shanghai", works_by_the_libraries, pauses)[0]
    if isinstance(limit, Elapsed):
        left, now = limit.length // timedelta(minutes=1), event
        while left:
            left -= not any(start <= now < until for start, until in pauses)
            now += timedelta(minutes=1)
        return now
    waiting: set[date] = set()
    for start, until in pauses:  # whole minutes
        day, after = [at.astimezone(ZoneInfo("Asia/Shanghai")) for at in (start, until)]
        while day < after:
            waiting.add(day.date())
            day = datetime.combine(next_day(day.date()), time(), day.tzinfo)
    works: Works = works_by_the_libraries if isinstance(limit, Workdays) else lambda _: True
    day, _, _ = last_day(
        Workdays(n=limit.n if isinstance(limit, Days | Workdays) else 1),
        event.astimezone(ZoneInfo("Asia/Shanghai")).date(),
        lambda day: works(day) and day not in waiting,
    )
    return midnight_after(day, "Asia/Shanghai")


def test_the_oracle_would_notice():
    """A calendar that forgets one make-up day is found out."""
    forgetful = calendar(OURS.years, OURS.off, OURS.on[1:], OURS.names)
    friday = datetime.combine(OURS.on[0] - timedelta(days=1), time(10), ZoneInfo("Asia/Shanghai")).astimezone(UTC)
    assert differs(Workdays(n=1), friday, "Asia/Shanghai", forgetful, works_by_the_libraries)
    assert differs(OfficeHours(hours=9), friday, "Asia/Shanghai", forgetful, works_by_the_libraries)

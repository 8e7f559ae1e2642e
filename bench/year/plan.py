"""The year of a small company, as data: complaints, staff changes, the outage of the workers. Seeded and pure.

Every random value is a hash of the seed and a name, so that one part can change without changing all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import TypeVar

from complaints.case.complaint import Category, Channel, Complaint, Facts, Media
from complaints.clock.calendar import Calendar
from complaints.clock.local_time import zone_of
from complaints.customers.model import OldComplaint

ZONE = "Asia/Shanghai"
DAY = timedelta(days=1)
OPENS, CLOSES = time(8, 30), time(18)
QUIET = 0.25  # complaints on a free day, as a share of those on a working day

T = TypeVar("T")


class Way(StrEnum):
    """The course of a complaint, as far as it is decided from outside the workflow."""

    ORDINARY = "ordinary"
    OTHERS = "others"  # another department is responsible
    NOT_OURS = "not_ours"
    REPAIR = "repair"  # with a deduction from the contractor's retention money
    UNSATISFIED = "unsatisfied"  # the first revisit finds the customer unsatisfied, and the handling begins again
    DUPLICATE = "duplicate"  # of a recent complaint
    DROPPED = "dropped"  # withdrawn in writing
    MAJOR = "major"
    CRISIS = "crisis"


COMMON: tuple[tuple[Way, float], ...] = (
    (Way.OTHERS, 0.04),
    (Way.NOT_OURS, 0.03),
    (Way.REPAIR, 0.03),
    (Way.UNSATISFIED, 0.02),
    (Way.DUPLICATE, 0.03),
    (Way.DROPPED, 0.03),
    (Way.MAJOR, 0.01),
    (Way.CRISIS, 0.005),
)
"""The share of each way; the rest are ordinary and settled by their receiver."""


@dataclass(frozen=True)
class Arrival:
    """A complaint that comes in. `of` is the arrival that a duplicate repeats."""

    at: datetime
    complaint: Complaint
    way: Way
    of: int | None = None


@dataclass(frozen=True)
class Resident:
    """A customer with one home."""

    id: str
    project: str
    building: str
    unit: str
    name: str
    contact: str
    moved_in: date
    declines: bool  # asked not to be called
    consultant: str | None


@dataclass(frozen=True)
class Leaving:
    """A person leaves, and a new person takes over everything."""

    at: datetime
    person: str
    name: str
    successor: str
    successor_name: str
    by: str  # who hands it over


@dataclass(frozen=True)
class Absence:
    """A person is absent; the deputy stands in."""

    at: datetime  # when a directory with the absence is loaded
    person: str
    first: date
    last: date


@dataclass(frozen=True)
class Year:
    """The plan: from `since` until just before `until`, in UTC."""

    since: datetime
    until: datetime
    seed: str
    arrivals: tuple[Arrival, ...]
    residents: tuple[Resident, ...]  # in the order in which they move in
    leavings: tuple[Leaving, ...]
    absences: tuple[Absence, ...]
    outage: tuple[datetime, datetime] | None
    olds: tuple[OldComplaint, ...] = ()  # closed in the year before

    def away(self, at: datetime) -> bool:
        """Return whether no worker runs at this time."""
        return self.outage is not None and self.outage[0] <= at < self.outage[1]


def share(*what: object) -> float:
    """Return a number in [0, 1) that depends on these words only."""
    return int.from_bytes(sha256("|".join(map(str, what)).encode()).digest()[:7], "big") / 2**56


def one_of(options: Sequence[T], *what: object) -> T:
    return options[int(share(*what) * len(options))]


def local(day: date, clock: time) -> datetime:
    """Return a local time, converted to UTC."""
    return datetime.combine(day, clock, zone_of(ZONE)).astimezone(UTC)


def the_year(
    first: date,
    months: int,
    complaints: int,
    projects: Sequence[str],
    takers: Sequence[str],
    calendar: Calendar,
    seed: str = "a year",
    residents: int = 6_000,
    outage: tuple[date, int] | None = None,
    leavings: Sequence[Leaving] = (),
    absences: Sequence[Absence] = (),
    consultant: str | None = None,
    olds: int = 0,
) -> Year:
    """Plan `months` months from `first` (the first day of a month), with `complaints` complaints.

    `takers` take complaints in; one resident in a hundred is the `consultant`'s own customer; `outage` is its first
    day and its length in days; `olds` complaints were closed in the year before.
    """
    last = _months_later(first, months)
    living = tuple(_residents(projects, first, last, residents, seed, consultant))
    arrivals = tuple(_arrivals(first, last, complaints, living, takers, calendar, seed))
    away = None if outage is None else (local(outage[0], time(7)), local(outage[0] + outage[1] * DAY, time(7)))
    return Year(
        since=local(first, time()),
        until=local(last, time()),
        seed=seed,
        arrivals=arrivals,
        residents=living,
        leavings=tuple(leavings),
        absences=tuple(absences),
        outage=away,
        olds=tuple(_olds(first, living, olds, seed)),
    )


def _months_later(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def _residents(
    projects: Sequence[str], first: date, last: date, count: int, seed: str, consultant: str | None
) -> Iterator[Resident]:
    """Yield the residents: nine in ten live there at the beginning; the others move in evenly over the time."""
    staying = count * 9 // 10
    days = (last - first).days
    for n in range(count):
        late = 0 if n < staying else 1 + (n - staying) * (days - 1) // max(count - staying, 1)
        project = projects[n % len(projects)]
        nth = n // len(projects)
        building, unit = f"{nth % 30 + 1}栋", f"{nth // 30 // 4 + 1}{nth // 30 % 4 + 1:02d}"
        surname = one_of("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", seed, "name", n)
        yield Resident(
            id=f"{project}-k{n:05d}",
            project=project,
            building=building,
            unit=unit,
            name=f"{surname}住户{n:05d}",
            contact=f"139{n:08d}",
            moved_in=first - timedelta(days=400) if n < staying else first + timedelta(days=late),
            declines=share(seed, "declines", n) < 0.02,
            consultant=consultant if nth % 100 == 0 else None,
        )


def _olds(first: date, residents: Sequence[Resident], count: int, seed: str) -> Iterator[OldComplaint]:
    """Yield complaints closed evenly over the year before, as an older system left them."""
    for n in range(count):
        who = residents[n % len(residents)]
        closed = local(first - timedelta(days=1 + n * 364 // max(count, 1)), time(15))
        yield OldComplaint(
            project=who.project,
            number=f"old-{n:05d}",
            received_at=closed - timedelta(days=6),
            closed_at=closed,
            customer=who.name,
            contact=who.contact,
            building=f"{who.building} {who.unit}",
            category=one_of(tuple(MATTERS), seed, "old category", n),
            matter="交付前报修，已处理",
            level=4,
        )


def _arrivals(
    first: date,
    last: date,
    count: int,
    residents: Sequence[Resident],
    takers: Sequence[str],
    calendar: Calendar,
    seed: str,
) -> Iterator[Arrival]:
    moments = sorted(_moments(first, last, count, calendar, seed))
    known: list[Resident] = [one for one in residents if one.moved_in < first]
    moving = [one for one in residents if one.moved_in >= first]
    originals: list[tuple[int, Resident]] = []
    for n, at in enumerate(moments):
        while moving and local(moving[0].moved_in, OPENS) < at:
            known.append(moving.pop(0))
        way, of = _way(n, seed), None
        resident = one_of(known, seed, "who", n)
        recent = [one for one in originals if at - moments[one[0]] < 4 * DAY]
        if way is Way.DUPLICATE:
            if recent:
                of, resident = recent[-1]
            else:
                way = Way.ORDINARY
        if way is Way.ORDINARY:
            originals.append((n, resident))
        yield Arrival(at=at, complaint=_complaint(n, at, way, resident, takers, seed), way=way, of=of)


def _moments(first: date, last: date, count: int, calendar: Calendar, seed: str) -> Iterator[datetime]:
    """Yield the arrival times: in office hours, evenly over the working days, fewer on free ones."""
    days = [first + n * DAY for n in range((last - first).days)]
    weights = [1.0 if calendar.is_workday(day) else QUIET for day in days]
    total, told, passed = sum(weights), 0, 0.0
    hours = (datetime.combine(first, CLOSES) - datetime.combine(first, OPENS)).total_seconds()
    for day, weight in zip(days, weights, strict=True):
        passed += weight
        until = round(count * passed / total)
        for n in range(told, until):
            yield local(day, OPENS) + timedelta(seconds=int(hours * share(seed, "moment", n)))
        told = until


def _way(n: int, seed: str) -> Way:
    drawn = share(seed, "way", n)
    for way, part in COMMON:
        if drawn < part:
            return way
        drawn -= part
    return Way.ORDINARY


MATTERS = {
    Category.ENGINEERING: ("主卧外墙渗水", "地砖空鼓开裂", "窗框变形关不严", "卫生间下水返味"),
    Category.SALES: ("交房日期与承诺不符", "赠送面积说明不清"),
    Category.SERVICE: ("来电多次无人答复", "报修登记后没有下文"),
    Category.PROPERTY: ("电梯经常停运", "垃圾清运不及时", "门禁长期失灵"),
    Category.DESIGN: ("空调机位太小", "厨房插座位置不合理"),
}


def _complaint(n: int, at: datetime, way: Way, who: Resident, takers: Sequence[str], seed: str) -> Complaint:
    category = one_of(tuple(MATTERS), seed, "category", n)
    channel = one_of((Channel.PHONE, Channel.PHONE, Channel.VISIT, Channel.ONLINE), seed, "channel", n)
    if way is Way.REPAIR:
        category = Category.ENGINEERING
    if way is Way.MAJOR:
        category = Category.PROPERTY
    facts = Facts()
    if way is Way.CRISIS:
        facts = Facts(loss=Decimal(600_000))
    elif way is Way.MAJOR:
        facts = Facts(injured=True, our_fault=True)
    elif share(seed, "facts", n) < 0.04:
        facts = Facts(media=Media.MENTIONED) if n % 4 == 0 else Facts(loss=Decimal(20_000))
    return Complaint(
        source="year",
        external_id=f"{seed}-{n:05d}",
        project=who.project,
        received_at=at,
        received_by=one_of(takers, seed, "taker", n),
        channel=channel,
        category=category,
        customer=who.name,
        contact=who.contact,
        building=f"{who.building} {who.unit}",
        matter=one_of(MATTERS[category], seed, "matter", n),
        confirmed=True,
        promised=at + timedelta(days=4),
        department="property" if way is Way.MAJOR else None,
        facts=facts,
    )

"""When a round's report is drafted anew: every morning until it is issued, and when its period is over.

A draft counts what is known at one moment; what comes in later, up to the period's end, belongs to the next draft.
Pure: the workflow sets its timers by these moments, and a drill stops at them.
"""

from __future__ import annotations

from datetime import datetime, time

from complaints.case.round import Period, RoundFile
from complaints.clock.local_time import end_of_day, local
from complaints.clock.period_opening import at_local
from complaints.clock.periods import DAY
from complaints.editions.model import Edition

RENEWAL = "report.renewal"
"""Id of the policy that gives the hour. Under an edition without it, or without its figure, no draft is renewed."""


def next_draft(file: RoundFile, edition: Edition, zone: str, now: datetime) -> datetime | None:
    """The moment for which the report is to be drafted next; None if the present draft stays.

    A moment before `now` was missed: it is the last of the missed ones, and is made up for at once.
    """
    policy = edition.rules.get(RENEWAL)
    hour = policy.figures.at if policy else None
    if hour is None or file.report is None or file.counted_at is None or "report" in file.data or taken(file, edition):
        return None
    return renewed_at(file.period, file.counted_at, time.fromisoformat(hour), zone, now)


def taken(file: RoundFile, edition: Edition) -> bool:
    """Whether the duty that the report is for has been closed: the report was issued as its owner read it."""
    return any(not duty.open and edition.rule(duty.rule).report is not None for duty in file.duties.values())


def renewed_at(period: Period, counted_at: datetime, hour: time, zone: str, now: datetime) -> datetime | None:
    """The first morning after `counted_at`, or the period's end if earlier; of several missed ones, the last.

    None if the period was over at `counted_at`.
    """
    end = end_of_day(period.end, zone)
    if counted_at >= end:
        return None
    return min(end, max(_morning_after(counted_at, hour, zone), _morning_after(now, hour, zone, days=-1)))


def _morning_after(moment: datetime, hour: time, zone: str, days: int = 0) -> datetime:
    """The first time after `moment` at which the zone's clock shows `hour`, or that many `days` later."""
    day = local(moment, zone).date()
    while at_local(day, hour, zone) <= moment:
        day += DAY
    return at_local(day + days * DAY, hour, zone)

"""When a delivery is sent again, when it is set aside, and how long a failing receiver is left alone. Arithmetic."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

NOTHING = timedelta(0)
FIRST = timedelta(seconds=10)
LONGEST = timedelta(hours=6)
FACTOR = 3
GIVE_UP = timedelta(days=3)
"""From the first attempt on; then a delivery is set aside."""
KEPT = timedelta(days=30)
"""How long a delivery that was dealt with is kept, from when it was written on."""

REPORTED_AFTER = timedelta(hours=1)
"""How long a receiver has failed before operators are told."""

RECEIVER_FIRST = timedelta(seconds=15)
RECEIVER_LONGEST = timedelta(minutes=5)


def asked_pause(retry_after: str, now: datetime) -> timedelta:
    """Return for how long a receiver asks to be left alone by its `Retry-After`: seconds or a date, six hours at most.

    What is neither, and a date that is past, asks for nothing.
    """
    said = retry_after.strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        return min(timedelta(seconds=int(said)), LONGEST)
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return NOTHING
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(max(until - now, NOTHING), LONGEST)


def next_try(
    attempts: int, first_try: datetime, now: datetime, chance: float, asked: timedelta = NOTHING
) -> datetime | None:
    """Return when a delivery is sent again after `attempts` failures, the last of them now; None: never.

    Pauses triple from ten seconds to six hours. `chance`, from 0 to 1, spreads each by a quarter to both sides, so that
    deliveries that failed together do not come back together. It is not sent before the pause that was `asked` for.
    """
    if now - first_try >= GIVE_UP:
        return None
    pause = min(FIRST * FACTOR ** min(max(attempts - 1, 0), 20), LONGEST)
    return now + max(pause * (0.75 + 0.5 * chance), min(asked, LONGEST))


def receiver_pause(failures: int, asked: timedelta = NOTHING) -> timedelta:
    """Return how long nothing is sent to a receiver after so many failures in a row: 15 seconds to five minutes.

    Longer, six hours at most, if the receiver has `asked` for it.
    The first pauses are as long as those of the delivery that failed, so that it is the first to be sent again.
    """
    pause = min(RECEIVER_FIRST * FACTOR ** min(max(failures - 1, 0), 20), RECEIVER_LONGEST)
    return max(pause, min(asked, LONGEST))


def is_failing(failing_since: datetime | None, now: datetime) -> bool:
    """Return whether a receiver has failed for so long that it is disabled."""
    return failing_since is not None and now - failing_since >= GIVE_UP

"""When a delivery is sent again, when it is set aside, and how long a failing receiver is left alone. Arithmetic."""

from __future__ import annotations

from datetime import datetime, timedelta

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


def next_try(attempts: int, first_try: datetime, now: datetime, chance: float) -> datetime | None:
    """Return when a delivery is sent again after `attempts` failures, the last of them now; None: never.

    Pauses triple from ten seconds to six hours. `chance`, from 0 to 1, spreads each by a quarter to both sides, so that
    deliveries that failed together do not come back together.
    """
    if now - first_try >= GIVE_UP:
        return None
    pause = min(FIRST * FACTOR ** min(max(attempts - 1, 0), 20), LONGEST)
    return now + pause * (0.75 + 0.5 * chance)


def receiver_pause(failures: int) -> timedelta:
    """Return how long nothing is sent to a receiver after so many failures in a row: 15 seconds to five minutes.

    The first pauses are as long as those of the delivery that failed, so that it is the first to be sent again.
    """
    return min(RECEIVER_FIRST * FACTOR ** min(max(failures - 1, 0), 20), RECEIVER_LONGEST)


def is_failing(failing_since: datetime | None, now: datetime) -> bool:
    """Return whether a receiver has failed for so long that it is disabled."""
    return failing_since is not None and now - failing_since >= GIVE_UP

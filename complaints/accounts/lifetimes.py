"""How long a session lives, and what ends it, as arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from complaints.accounts.model import OpenSession, SessionKind, SignInMeans


@dataclass(frozen=True)
class Lifetime:
    """A session ends when it was not used for `idle`, and in any case `absolute` after it began."""

    idle: timedelta
    absolute: timedelta


LIFETIMES = {
    SessionKind.BROWSER: Lifetime(idle=timedelta(hours=4), absolute=timedelta(hours=12)),
    SessionKind.COMMAND: Lifetime(idle=timedelta(days=7), absolute=timedelta(days=30)),
}
"""A browser's session lasts a working day. That of a command is kept in the keyring of a person's own machine."""

TOUCH = timedelta(minutes=1)
"""How old the time of the last use may be before it is written again: not every request writes."""
FORGOTTEN = timedelta(days=60)
"""How long the row of a session is kept after it began."""


class SessionOver(StrEnum):
    """Why a session counts no more."""

    ENDED = "ended"  # signed out, or ended by a new password or an administrator
    IDLE = "idle"
    ABSOLUTE = "absolute"
    LEFT = "left"  # the person is not in the directory any more
    DISABLED = "disabled"  # an administrator has disabled the account
    PROMOTED = "promoted"  # an administrator's account whose id is a person's by now
    PRACTICE = "practice"  # begun with the practice password, and that is over


def why_over(session: OpenSession, now: datetime, practised: str | None) -> SessionOver | None:
    """Return why the session counts no more; None while it does.

    `practised` is the version of the directory for which the practice password counts; None where there is none.
    """
    lifetime = LIFETIMES[session.kind]
    checks = (
        (session.ended_at is not None, SessionOver.ENDED),
        (now >= session.begun_at + lifetime.absolute, SessionOver.ABSOLUTE),
        (now >= session.seen_at + lifetime.idle, SessionOver.IDLE),
        (session.disabled, SessionOver.DISABLED),
        (not session.administrator and not session.in_directory, SessionOver.LEFT),
        (session.administrator and session.in_directory, SessionOver.PROMOTED),
        (session.means is SignInMeans.PRACTICE and session.directory != practised, SessionOver.PRACTICE),
    )
    return next((why for holds, why in checks if holds), None)


def is_to_touch(session: OpenSession, now: datetime) -> bool:
    """Return whether the time of the last use has to be written again."""
    return now >= session.seen_at + TOUCH


def ends_at(session: OpenSession) -> datetime:
    """Return when the session ends, however much it is used."""
    return session.begun_at + LIFETIMES[session.kind].absolute

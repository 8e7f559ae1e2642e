"""A device without a browser signs in (RFC 8628): the code that a person confirms, and what a poll is told."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum

from complaints.accounts.model import DeviceGrant

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Letters of a code (RFC 8628, section 6.1): no vowels, so that no words come about."""
LENGTH = 8
CODES: int = 20**LENGTH
"""How many codes there are."""
LIFETIME = timedelta(minutes=10)
INTERVAL = timedelta(seconds=5)
"""Time between two polls of a device."""
MOST_WAITING = 10
"""Devices of one address that may wait at the same time."""


class PollAnswer(StrEnum):
    """What a device that asks is told: the error codes of RFC 8628, section 3.5."""

    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    DENIED = "access_denied"
    EXPIRED = "expired_token"
    APPROVED = "approved"


def user_code(number: int) -> str:
    """Return the code with this number (0 ≤ number < `CODES`), such as WDJB-MJHT."""
    letters: list[str] = []
    for _ in range(LENGTH):
        number, letter = divmod(number, len(LETTERS))
        letters.append(LETTERS[letter])
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def read_user_code(text: str) -> str | None:
    """Return the code that a person has typed, in its usual form; None if it cannot be one."""
    typed = re.sub(r"[\s\-]", "", text[:40]).upper()
    if len(typed) != LENGTH or any(letter not in LETTERS for letter in typed):
        return None
    return f"{typed[:4]}-{typed[4:]}"


def answer(grant: DeviceGrant | None, now: datetime) -> PollAnswer:
    """Return what a device with this grant is told that polls at `now`; a grant that was used counts as expired."""
    if grant is None or grant.used or now >= grant.expires_at:
        return PollAnswer.EXPIRED
    if grant.denied:
        return PollAnswer.DENIED
    if grant.person is not None:
        return PollAnswer.APPROVED
    if grant.polled_at is not None and now < grant.polled_at + INTERVAL:
        return PollAnswer.SLOW_DOWN
    return PollAnswer.PENDING

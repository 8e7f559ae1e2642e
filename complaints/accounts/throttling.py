"""How failed attempts to sign in slow down the next ones, by account and by address, as arithmetic.

An account waits ever longer after a few failures, and is locked after many; an address from which it has signed in
lately counts its own failures alone, so that nobody can lock somebody out from afar. Names that no account has are
counted in the same way, so that the answer does not tell which ones exist. An address is counted over all accounts,
against somebody who tries one password with many names.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

COUNTED = timedelta(hours=24)
"""How long a failure counts. Failures are deleted after that."""
USUAL = timedelta(days=30)
"""How long after a success an address counts as one from which this account signs in. Successes are kept as long."""
FREE = 4
"""Failures in a row after which nobody has to wait yet."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
LOCK_AFTER = 15
"""Failures in a row that lock an account."""
LOCKED_FOR = timedelta(hours=1)

BY_ADDRESS = 40
"""Failures of one address within `ADDRESS_WINDOW` after which it has to wait."""
ADDRESS_WINDOW = timedelta(minutes=15)


@dataclass(frozen=True)
class SignInHindrance:
    """Why an attempt is not taken: `until` is when the next one is; `locked` if the account is locked."""

    until: datetime
    locked: bool = False

    def seconds(self, now: datetime) -> int:
        """Return the whole seconds to wait from `now`, at least one."""
        return max(1, -int((now - self.until).total_seconds() // 1))


def of_account(failures: Sequence[datetime], now: datetime) -> SignInHindrance | None:
    """Return what hinders an account with these failures since its last success, in order; None if nothing does."""
    recent = [at for at in failures if at > now - COUNTED]
    if len(recent) <= FREE:
        return None
    if len(recent) >= LOCK_AFTER:
        until, locked = recent[-1] + LOCKED_FOR, True
    else:
        until, locked = recent[-1] + min(FIRST_WAIT * 2 ** (len(recent) - FREE - 1), LONGEST_WAIT), False
    return SignInHindrance(until, locked) if now < until else None


def of_address(failures: Sequence[datetime], now: datetime) -> SignInHindrance | None:
    """Return what hinders an address with these failures, in order; None if nothing does."""
    recent = [at for at in failures if at > now - ADDRESS_WINDOW]
    if len(recent) < BY_ADDRESS:
        return None
    return SignInHindrance(recent[-BY_ADDRESS] + ADDRESS_WINDOW)


def account_key(name: str) -> str:
    """Return the name under which attempts are counted. Only a digest: people type passwords into the wrong field."""
    return hashlib.sha256(name.strip().casefold().encode(errors="replace")).hexdigest()


def session_key(session: str) -> str:
    """Return the name under which attempts in a session are counted. No typed name has it: theirs are digests."""
    return f"session {session}"


def address_key(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 network of an IPv6 address (one household)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)

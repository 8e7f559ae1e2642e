"""The security log: one JSON object a line, for what a person who watches wants to see. No secrets, no typed text.

A line has an event, a time (UTC), the address, and who (an id of the directory, an account, a token), as far as that
was proved. What somebody typed as a name is never written: names are no secret, but people type passwords there.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TextIO


class SecurityEvent(StrEnum):
    """What has happened. A name never changes its meaning."""

    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGN_IN_HINDERED = "sign-in-hindered"
    SIGNED_OUT = "signed-out"
    PASSWORD_CHANGED = "password-changed"
    PASSWORD_REFUSED = "password-refused"
    SESSION_REFUSED = "session-refused"
    TOKEN_REFUSED = "token-refused"
    SCOPE_REFUSED = "scope-refused"
    PROVIDER_REFUSED = "provider-refused"
    LINK_MADE = "link-made"
    LINK_REVOKED = "link-revoked"
    DEVICE_ALLOWED = "device-allowed"
    DEVICE_DENIED = "device-denied"
    DEVICE_REFUSED = "device-refused"
    HOST_REFUSED = "host-refused"
    ORIGIN_REFUSED = "origin-refused"
    BODY_REFUSED = "body-refused"
    RATE_REFUSED = "rate-refused"
    ERROR = "error"


class SecurityLog:
    """Writes the lines to the logger `duly.security`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._log = logging.getLogger("duly.security")

    def write(self, event: SecurityEvent, *, address: str = "", who: str = "", why: str = "", ref: str = "") -> None:
        """Write one line. `who`: a proved id; `why`: a code of ours; `ref`: the public id of a session or token."""
        said = {"event": event.value, "at": self._now().isoformat(timespec="milliseconds")}
        said |= {
            name: value for name, value in (("address", address), ("who", who), ("why", why), ("ref", ref)) if value
        }
        self._log.warning(json.dumps(said, ensure_ascii=True))


def to_stderr(stream: TextIO | None = None) -> None:
    """Let the lines of the security log go to standard error, bare, so that a collector can read them."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("duly.security")
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(logging.INFO)

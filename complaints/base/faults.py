"""Typed failures of external systems, so that a workflow can react without knowing PostgreSQL or SMTP.

The messages end up in histories and logs: they never contain a name, an address or a customer's words.
"""

from __future__ import annotations


class Fault(Exception):
    """An external system failed. `again` says whether the same call may succeed later."""

    again: bool = True

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class RecordsAway(Fault):
    """PostgreSQL cannot be reached, or is starting or stopping. Nothing was lost: retry."""


class RecordsSlow(RecordsAway):
    """PostgreSQL is reachable and did not finish in time. Retry, or ask for less.

    `operation` names the slow call ("Reading.search"); `seconds` is the timeout.
    """

    def __init__(self, operation: str, seconds: float) -> None:
        self.operation = operation
        self.seconds = seconds
        super().__init__(f"{operation} took longer than {seconds:.0f} s")


class RecordsUntrusted(RecordsAway):
    """TLS to PostgreSQL fails because a certificate does not match. An operator has to fix it."""


class RecordsRefused(Fault):
    """The read model refuses a write: out of order, other content under the same sequence, a broken hash chain."""

    again = False


class RecordsDisagree(RecordsRefused):
    """Read model and server hold different journals of a case: a workflow was reset, or a backup was restored."""


class ObjectsAway(Fault):
    """The object store cannot be reached, or refuses the call. Nothing was written by halves: retry."""


class ObjectsFull(ObjectsAway):
    """The object store has no room. An operator has to make some."""


class ObjectDamaged(Fault):
    """An object is missing, or its bytes are others than its name says. `sha256` is that name."""

    again = False

    def __init__(self, sha256: str, message: str) -> None:
        self.sha256 = sha256
        super().__init__(message)


class MailAway(Fault):
    """The mail gateway is unreachable or asks to retry later. Retrying is safe: each message has a stable id."""


class MailDeferred(MailAway):
    """The gateway is reachable and asks to retry this one message later."""


class MailRefused(Fault):
    """The gateway permanently refuses messages (5xx, a bad address). `notices` has their ids; the others were sent."""

    again = False

    def __init__(self, message: str, notices: tuple[str, ...] = ()) -> None:
        self.notices = notices
        super().__init__(message)


class CalendarError(Exception):
    """A calendar has contradictory entries, or its two sources disagree; the message names the days."""


class WebhooksHeldUp(Fault):
    """Webhooks are disabled, or their key is not here. An operator has to see to it."""

"""What can go wrong outside the domain, by name, so that a workflow can decide without knowing PostgreSQL or SMTP.

The messages end in histories and logs: they never carry a name, an address or anything a customer said.
"""

from __future__ import annotations


class Fault(Exception):
    """Something outside the domain failed. `again` says whether the same call may succeed later."""

    again: bool = True

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class RecordsAway(Fault):
    """PostgreSQL cannot be reached, or is starting or stopping. Nothing was lost: call again."""


class RecordsSlow(RecordsAway):
    """PostgreSQL is there and did not finish in time. Call again, or ask for less.

    `operation` names what was slow ("Reading.search"), `seconds` how long it was waited for.
    """

    def __init__(self, operation: str, seconds: float) -> None:
        self.operation = operation
        self.seconds = seconds
        super().__init__(f"{operation} took longer than {seconds:.0f} s")


class RecordsUntrusted(RecordsAway):
    """The encrypted connection to PostgreSQL is not made: a certificate does not fit. Somebody has to put it right."""


class RecordsRefused(Fault):
    """The records refuse what was given (out of order, other content under the same sequence, a broken chain)."""

    again = False


class RecordsDisagree(RecordsRefused):
    """Records and server do not have the same journal of a case: it was reset, or a backup of one was restored."""


class MailAway(Fault):
    """The mail gateway cannot be reached or asks to come back later. Call again: a message is known by its id."""


class MailDeferred(MailAway):
    """The gateway is there, and asks to bring this one message again later."""


class MailRefused(Fault):
    """The gateway refuses a message for good (5xx: a bad address). `notices` names those; the others were sent."""

    again = False

    def __init__(self, message: str, notices: tuple[str, ...] = ()) -> None:
        self.notices = notices
        super().__init__(message)


class CalendarError(Exception):
    """A calendar that cannot be trusted: contradictory entries, or two sources that disagree; the days are named."""

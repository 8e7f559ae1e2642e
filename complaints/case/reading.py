"""Decode journal lines to events."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import ValidationError

from complaints.case.event import Event
from complaints.case.events import of_every_kind
from complaints.case.file import JournalLine


class EventUnreadable(Exception):
    """A journal line has a kind that this release does not know, or data that does not fit its kind."""

    def __init__(self, line: JournalLine, why: str) -> None:
        self.line = line
        super().__init__(f"line {line.seq} ({line.kind}) cannot be read: {why}")


@cache
def kinds() -> dict[str, type[Event]]:
    """Return all event classes by their name in the journal."""
    return {event.kind: event for event in sorted(of_every_kind(), key=lambda event: event.kind)}


def read(line: JournalLine) -> Event:
    """Decode a journal line. Raises `EventUnreadable`."""
    event = kinds().get(line.kind)
    if event is None:
        raise EventUnreadable(line, "this release has no such event")
    said: dict[str, Any] = {"at": line.at, "by": line.by, "duty": line.duty, "rule": line.rule}
    try:
        return event.model_validate({**line.data, **said})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False))
        raise EventUnreadable(line, wrong) from None


def changes_duty(line: JournalLine) -> bool:
    """Return whether the line's event changes the duty that it names; True for an unknown kind."""
    event = kinds().get(line.kind)
    return event is None or event.changes_duty

"""Journal lines as events again."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import ValidationError

from complaints.case.event import Event
from complaints.case.events import of_every_kind
from complaints.case.file import JournalLine


class EventUnreadable(Exception):
    """A journal line is of a kind that this release does not know, or lacks what its kind says."""

    def __init__(self, line: JournalLine, why: str) -> None:
        self.line = line
        super().__init__(f"line {line.seq} ({line.kind}) cannot be read: {why}")


@cache
def kinds() -> dict[str, type[Event]]:
    """Every kind of event that there is, by its name in the journal."""
    return {event.kind: event for event in sorted(of_every_kind(), key=lambda event: event.kind)}


def read(line: JournalLine) -> Event:
    """The event that the line is. Raises `EventUnreadable`."""
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
    """Whether the event that the line is changes the duty that it names."""
    event = kinds().get(line.kind)
    return event is None or event.changes_duty

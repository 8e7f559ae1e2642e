"""Which lines of a journal webhooks are told of, and what is said of each: never anything about the customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from complaints.case.additions import Additions
from complaints.case.event import Event
from complaints.case.events.case import (
    BecameMajor,
    CaseClosed,
    CaseOpened,
    Graded,
    Handled,
    Reopened,
    TrackEntered,
)
from complaints.case.events.duties import DutyBreached, DutyBreachedByOwner
from complaints.case.file import CaseFile
from complaints.webhooks.model import WebhookEvent, WebhookKind


def events_of(additions: Additions, events: Sequence[Event]) -> tuple[WebhookEvent, ...]:
    """Return what webhooks are told of these additions, whose lines are decoded in `events`; nothing for rounds.

    Track and level are those of the event where it has them, else those at the end of the additions.
    """
    case = additions.file
    if not isinstance(case, CaseFile):
        return ()
    found: list[WebhookEvent] = []
    for line, event in zip(additions.lines, events, strict=True):
        if (kind := _kind(event)) is not None:
            found.append(
                WebhookEvent(kind=kind, seq=line.seq, hash=line.hash, at=event.at, data=_common(case) | _own(event))
            )
    return tuple(found)


def _kind(event: Event) -> WebhookKind | None:
    match event:
        case CaseOpened():
            return WebhookKind.OPENING
        case Graded() | TrackEntered() | BecameMajor() | Handled() | Reopened():
            return WebhookKind.STAGE
        case DutyBreached() | DutyBreachedByOwner():
            return WebhookKind.BREACH
        case CaseClosed():
            return WebhookKind.CLOSING
        case _:
            return None


def _common(case: CaseFile) -> dict[str, Any]:
    return {"project": case.complaint.project, "track": case.track.value, "level": case.level}


def _own(event: Event) -> dict[str, Any]:
    said: dict[str, Any] = {"event": event.kind}
    match event:
        case Graded(level=level, major=major):
            return said | {"level": level, "major": major}
        case TrackEntered(track=track, level=level):
            return said | {"track": track.value} | ({} if level is None else {"level": level})
        case DutyBreached(duty=duty, rule=rule) | DutyBreachedByOwner(duty=duty, rule=rule):
            return said | {"duty": duty, "rule": rule}
        case CaseClosed(outcome=outcome):
            return said | {"outcome": outcome}
        case _:
            return said

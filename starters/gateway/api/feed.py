"""`/api/v1/events`: what happens in all cases that a principal may see, for backends that follow them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from complaints.access.views import seen_by
from complaints.store.feed import FeedLine, FeedPlace, JournalFeed
from starters.gateway.api import examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit, PagePlace, next_page, place_of
from starters.gateway.api.documented import documented
from starters.gateway.api.models import ApiAnswer
from starters.gateway.api.waiting import Wait, until_new

router = APIRouter(prefix="/api/v1/events", tags=["events"])


class AfterEvent(PagePlace):
    """After this line of the feed."""

    written_at: AwareDatetime
    key: str
    seq: int


class CaseEvent(ApiAnswer):
    """A line of a case's journal, without what it says: `GET /complaints/{key}/events?after=<seq - 1>` has that."""

    key: str
    number: str | None
    project: str
    seq: int
    at: AwareDatetime
    kind: str
    by: str | None
    duty: str | None
    rule: str | None


class FeedPage(ApiAnswer):
    """Events in the order in which they came. `next` is always there: go on from it."""

    events: list[CaseEvent]
    next: str


@router.get("", **documented("Events of all cases.", {"events": [examples.CASE_EVENT], "next": "eyJhIjo…"}))
async def all_events(
    call: Call,
    project: Annotated[str | None, Query(max_length=64)] = None,
    begin: Annotated[
        Literal["start", "now"], Query(description="Without a cursor: from the first line, or from now on.")
    ] = "start",
    limit: Limit = 50,
    cursor: CursorText = None,
    wait: Wait = 0,
) -> FeedPage:
    """Return what has happened since the cursor, in the cases that you may see; of a project, or of all.

    An event appears some ten seconds after it has happened, and may appear twice: `key` and `seq` tell. With `wait`,
    the answer comes when there is one, or after so many seconds. Scope `read`.
    """
    after = place_of(AfterEvent, cursor, project=project)
    feed = call.store(JournalFeed)
    if after is None:
        place = await feed.end() if begin == "now" else FeedPlace()
    else:
        place = FeedPlace.model_validate(after.model_dump())

    async def look(present: ApiCall) -> tuple[ApiCall, list[FeedLine], FeedPlace]:
        lines, end = await feed.after(place, limit, project=project, seen=present.access.cases())
        return present, lines, end

    present, lines, end = await until_new(call, wait, look, lambda found: bool(found[1]))
    shown = [event for line in lines for event in _event(present, line)]
    return FeedPage(events=shown, next=next_page(AfterEvent(**end.model_dump()), project=project))


def _event(call: ApiCall, one: FeedLine) -> list[CaseEvent]:
    """Return the event; nothing for a line about a complaint that the principal may not see."""
    kept = seen_by(call.access.list_line(one.project), (one.line,))
    return [
        CaseEvent(
            key=one.key,
            number=one.number,
            project=one.project,
            **line.model_dump(include={"seq", "at", "kind", "by", "duty", "rule"}),
        )
        for line in kept
    ]

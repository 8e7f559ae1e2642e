"""`/api/v1/meetings`: minutes of the monthly meetings, and what has become of their resolutions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from complaints.access.concern import of_round
from complaints.access.looks import LookKind, at_file
from complaints.access.views import seen_by
from complaints.meetings.model import Meeting
from complaints.printing.sheets import documents as sheets
from complaints.store.meetings import MeetingBook
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Chosen, Name
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer
from starters.gateway.api.papers import Paper, documented_file, paper, words_of
from starters.gateway.api.record_problems import unknown_record

router = APIRouter(prefix="/api/v1", tags=["meetings"])


class MeetingPage(ApiAnswer):
    """Meetings, the newest first."""

    meetings: list[Meeting]
    next: str | None = None


@router.get("/meetings", **documented("List meetings.", examples.MEETINGS))
async def list_meetings(
    call: Call,
    project: Chosen = None,
    open: Annotated[bool, Query(description="Only those with open resolutions.")] = True,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> MeetingPage:
    """List the meetings whose rounds you may see, with their minutes."""
    seen = call.access.cases()
    found = await call.store(MeetingBook).meetings(project, open_only=open, seen=seen)
    page, next = page_of(found, lambda one: one.id, limit, cursor, project=project, open=open)
    return MeetingPage(meetings=[await _seen(call, one, None) for one in page], next=next)


@router.get("/meetings/{meeting}", **documented("Show a meeting.", examples.MEETING, "record-unknown", "case-unknown"))
async def show(call: Call, meeting: Name) -> Meeting:
    """Show the minutes of a meeting, by the key of its round."""
    return await _seen(call, await _found(call, meeting), LookKind.OPEN)


@router.get(
    "/meetings/{meeting}/print",
    **documented_file("Print minutes.", ("pdf", "docx", "html", "txt"), "record-unknown", "case-unknown"),
)
async def print_minutes(call: Call, meeting: Name, format: Paper = "pdf") -> Response:
    """Return the minutes of a meeting as a paper."""
    seen = await _seen(call, await _found(call, meeting), LookKind.PRINT)
    return await paper(f"minutes-{seen.period}", format, lambda: [sheets.minutes(words_of(call), seen)])


async def _found(call: ApiCall, meeting: str) -> Meeting:
    call.access.cases()
    found = await call.store(MeetingBook).meeting(meeting)
    if found is None:
        raise unknown_record(meeting)
    return found


async def _seen(call: ApiCall, meeting: Meeting, look: LookKind | None) -> Meeting:
    """Return the minutes as the principal may see them, as those of their round. Raises `Refusal`."""
    file = await call.reading.round(meeting.id)
    if file is None:
        raise unknown_record(meeting.id)
    sight = call.access.open_round(of_round(file))
    if look is not None:
        await call.parts.looks.note(at_file(call.principal, look, of_round(file)))
    return seen_by(sight, meeting)

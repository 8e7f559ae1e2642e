"""`/api/v1/complaints/{case}/events`: the journal of a case since a line, as long as a caller waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from complaints.access.looks import LookKind, at_file
from complaints.access.views import identity_of, seen_by
from complaints.base.errors import Refusal, Refused
from complaints.case.file import CaseFile, JournalLine
from complaints.connection.settings import WrongSetting
from starters.client.transport import EventsSince
from starters.gateway.api import examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cases import case_file, concern_of, edition_if_known
from starters.gateway.api.documented import documented
from starters.gateway.api.models import CaseName
from starters.gateway.api.waiting import After, Wait, until_new

router = APIRouter(prefix="/api/v1/complaints", tags=["events"])

MOST_LINES = 500


@router.get("/{case}/events", **documented("Events of a case.", examples.EVENTS, "case-unknown"))
async def events(
    call: Call,
    case: CaseName,
    after: After = 0,
    wait: Wait = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = MOST_LINES,
) -> EventsSince:
    """Return the lines of the journal after line `after`, as you may see them. Go on with `last`.

    With `wait`, the answer comes when there is a new line, or after so many seconds. `closed` says that none will
    follow. Lines about complaints that you may not see are left out, so numbers may be missing. Scope `read`.
    """

    async def look(present: ApiCall) -> EventsSince:
        return await _since(present, case, after, limit)

    return await until_new(call, wait, look, lambda found: found.last > after or found.closed)


async def _since(call: ApiCall, case: str, after: int, limit: int) -> EventsSince:
    call.access.cases()
    concern = await concern_of(call, case)
    call.access.open_case(concern)
    found = await lines_of(call, concern.key, after, limit)
    if not found.lines:
        return found
    file = await call.looked(at_file(call.principal, LookKind.JOURNAL, concern), _newest(call, concern.key))
    concern = concern.but(about=concern.about | file.about)
    sight = call.access.open_case(concern, file, edition_if_known(file))
    return found.but(lines=seen_by(sight, found.lines, identity_of(file)))


async def _newest(call: ApiCall, key: str) -> CaseFile:
    return await case_file(call, key)


async def lines_of(call: ApiCall, key: str, after: int, limit: int) -> EventsSince:
    """Return lines from the read model, which has them all; from the server if that has newer ones."""
    kept = await call.reading.journal_since(key, after, limit)
    lines, last, closed = kept.lines, kept.last, kept.closed
    if not lines and not closed:
        lines, last = await _on_server(call, key, after, limit, last)
    if len(lines) == limit:
        last = lines[-1].seq
    return EventsSince(lines=lines, last=max(last, after), closed=closed and last <= max(after, _end(lines)))


async def _on_server(call: ApiCall, key: str, after: int, limit: int, last: int) -> tuple[tuple[JournalLine, ...], int]:
    try:
        found = await (await call.duly()).events(key, after)
    except (Refusal, WrongSetting) as silent:
        if isinstance(silent, Refusal) and silent.code not in (Refused.CASE_UNKNOWN, Refused.SERVER_UNREACHABLE):
            raise
        return (), last
    follows = bool(found.lines) and found.lines[0].seq == after + 1
    return (found.lines[:limit], found.last) if follows else ((), last)


def _end(lines: Sequence[JournalLine]) -> int:
    return lines[-1].seq if lines else 0

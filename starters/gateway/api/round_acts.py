"""`/api/v1/rounds/{round}/acts` and `…/events`: what people do in a round, and its journal."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query

from complaints.access.concern import Concern, RoundConcern, of_round
from complaints.access.looks import LookKind, at_file
from complaints.access.views import identity_of, seen_by
from complaints.base.errors import Refusal
from complaints.case.file import ActKind, ActReceipt
from complaints.case.round import RoundFile
from starters.client.transport import EventsSince
from starters.gateway.api import examples
from starters.gateway.api.act_bodies import EXAMPLES, ActBody
from starters.gateway.api.acting import fields_of, sent
from starters.gateway.api.acts import ACT_REFUSALS
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cases import round_file
from starters.gateway.api.documented import documented
from starters.gateway.api.events import MOST_LINES, lines_of
from starters.gateway.api.preconditions import IdempotencyKey, IfMatch
from starters.gateway.api.waiting import After, Wait, until_new

router = APIRouter(prefix="/api/v1/rounds", tags=["rounds"])

RoundKey = Annotated[
    str, Path(min_length=1, max_length=200, description="Key of the round.", examples=["round-CH-7.4.2-2026-11-hf01"])
]


@router.post("/{round}/acts", **documented("Act on a round.", examples.RECEIPT, *ACT_REFUSALS, body=True))
async def act_on_round(
    call: Call,
    round: RoundKey,
    body: Annotated[ActBody, Body(openapi_examples=EXAMPLES)],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> ActReceipt:
    """Do an act on a round, as on a case; kinds that are about complaints are refused. Scope `act:<kind>`."""
    kind = ActKind(body.kind)
    if call.principal.kind != "person":
        call.access.act(kind, Concern(key=""))
    file, concern = await round_of(call, round)
    call.access.act(kind, concern)
    fields = await fields_of(call, concern.key, body, idempotency_key, if_match)
    receipt = await sent(call, concern, kind, fields)
    if receipt.events is None:
        return receipt
    try:
        return seen_by(call.access.open_round(concern), receipt, identity_of(file))
    except Refusal:
        return receipt.but(events=None)


@router.get("/{round}/events", **documented("Events of a round.", examples.EVENTS, "case-unknown"))
async def round_events(
    call: Call,
    round: RoundKey,
    after: After = 0,
    wait: Wait = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = MOST_LINES,
) -> EventsSince:
    """Return the lines of the journal of a round after line `after`, like those of a case. Scope `read`."""

    async def look(present: ApiCall) -> EventsSince:
        present.access.cases()
        file, concern = await round_of(present, round)
        sight = present.access.open_round(concern)
        found = await lines_of(present, concern.key, after, limit)
        if not found.lines:
            return found
        lines = seen_by(sight, found.lines, identity_of(file))
        return await present.looked(at_file(present.principal, LookKind.JOURNAL, concern), _itself(found, lines))

    return await until_new(call, wait, look, lambda found: found.last > after or found.closed)


async def round_of(call: ApiCall, key: str) -> tuple[RoundFile, RoundConcern]:
    """Return a round and who has to do with it. Raises `Refusal` (`CASE_UNKNOWN`)."""
    file = await round_file(call, key.strip())
    return file, of_round(file)


async def _itself(found: EventsSince, lines: object) -> EventsSince:
    return found.but(lines=lines)

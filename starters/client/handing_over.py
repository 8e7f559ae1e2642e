"""People who leave: everything they owe, in all open cases, goes to somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind, ActRequest
from complaints.connection.temporal import quoted
from starters.client.acts import Acts
from workflows import interface


class HandOverResult(Frozen):
    """What became of one case: the duties that have another owner now (or would have), or why it was refused."""

    key: str
    number: str | None
    duties: tuple[str, ...] = ()
    refused: Refused | None = None
    params: dict[str, str] = {}


async def cases_of(duly: Acts, person: str) -> list[str]:
    """Keys of the open cases that wait for this person. The server's search lags a moment behind what happens."""
    query = f"ExecutionStatus = 'Running' AND {interface.WAITING_ON} = {quoted(person)}"
    return [found.id async for found in duly.client.list_workflows(query)]


async def hand_over(
    duly: Acts,
    person: str,
    *,
    to: str,
    by: str,
    reason: str,
    dry_run: bool,
    act_id: str | None = None,
    keys: list[str] | None = None,
) -> AsyncIterator[HandOverResult]:
    """One case after another; a refusal of one does not keep the others from being handed over."""
    attempt = act_id or str(uuid4())
    for key in keys if keys is not None else await cases_of(duly, person):
        try:
            file = await duly.file(key)
        except Refusal as refusal:
            if refusal.code is Refused.CASE_UNKNOWN:  # it has ended since the search saw it
                continue
            yield _refused(key, None, refusal)
            continue
        owed = tuple(duty.id for duty in file.open_duties if duty.owner == person)
        if not owed:  # done since the search saw it
            continue
        if not dry_run:
            request = ActRequest(by=by, kind=ActKind.HAND_OVER, form={"from": person}, to=to, reason=reason)
            try:
                await duly.act(key, request, f"{attempt}/{key}")
            except Refusal as refusal:
                yield _refused(key, file.called, refusal)
                continue
        yield HandOverResult(key=key, number=file.called, duties=owed)


def _refused(key: str, number: str | None, refusal: Refusal) -> HandOverResult:
    """One case that cannot be handed over, and why; raises when the server itself gives no answer."""
    if refusal.code is Refused.SERVER_UNREACHABLE and refusal.params.get("what") != "worker":
        raise refusal
    params = {name: str(value) for name, value in refusal.params.items()}
    return HandOverResult(key=key, number=number, refused=refusal.code, params=params)

"""People who leave: hands everything they owe, in all open cases and rounds, to another person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import blake2b
from uuid import uuid4

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.file import ACT_ID, ActKind, ActRequest
from starters.client.acts import Acts
from starters.client.fields import valid


class HandOverResult(Frozen):
    """The result for one case: ids of the duties that have (dry run: would have) a new owner, or its refusal."""

    key: str
    number: str | None
    duties: tuple[str, ...] = ()
    refused: Refused | None = None
    params: dict[str, str] = {}


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
    """Hand over one case after another; the refusal of one case does not stop the others.

    Raises `Refusal` (`SERVER_UNREACHABLE`) if the server itself does not answer.
    """
    attempt = act_id or str(uuid4())
    for key in keys if keys is not None else await duly.transport.waiting_on(person):
        try:
            file = await duly.file(key)
        except Refusal as refusal:
            if refusal.code is Refused.CASE_UNKNOWN:  # it has ended since the search
                continue
            yield _refused(key, None, refusal)
            continue
        owed = tuple(duty.id for duty in file.open_duties if duty.owner == person)
        if not owed:  # the duties were done since the search
            continue
        if not dry_run:
            request = valid(ActRequest, by=by, kind=ActKind.HAND_OVER, form={"from": person}, to=to, reason=reason)
            try:
                await duly.act(key, request, _id_of(attempt, key))
            except Refusal as refusal:
                yield _refused(key, file.called, refusal)
                continue
        yield HandOverResult(key=key, number=file.called, duties=owed)


def _id_of(attempt: str, key: str) -> str:
    """The idempotency key of one case's act: no longer than an `ActId` may be."""
    whole = f"{attempt}/{key}"
    return whole if len(whole) <= ACT_ID else blake2b(whole.encode(), digest_size=16).hexdigest()


def _refused(key: str, number: str | None, refusal: Refusal) -> HandOverResult:
    """Return the result for a case that cannot be handed over; raise if the server itself does not answer."""
    if refusal.code is Refused.SERVER_UNREACHABLE and refusal.params.get("what") != "worker":
        raise refusal
    params = {name: str(value) for name, value in refusal.params.items()}
    return HandOverResult(key=key, number=number, refused=refusal.code, params=params)

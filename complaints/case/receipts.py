"""Idempotency of acts: an act sent again is recognised by its key, in every run, and answered as the first time."""

from __future__ import annotations

from complaints.base.errors import Refusal, Refused
from complaints.case.file import Act, ActReceipt, ActRequest, File


def receipt(file: File, act: Act) -> ActReceipt:
    """Rebuild the receipt of an act, without `events`."""
    opened = tuple(
        duty.id for duty in file.duties.values() if duty.acts_before == act.seq and duty.opened_at == act.recorded_at
    )
    return ActReceipt(seq=act.seq, recorded_at=act.recorded_at, opened=opened)


def repeated(file: File, request: ActRequest) -> ActReceipt | None:
    """Return the receipt of the act already recorded under the request's `act_id`; None if there is none.

    Raises `Refusal`: the one that answered the first attempt, or `ACT_ID_TAKEN` if its content was different.
    """
    if request.act_id is None:
        return None
    for act in reversed(file.acts):
        if (attempt := act.attempt) is None or attempt.id != request.act_id:
            continue
        if attempt.content != request.content:
            raise Refusal(Refused.ACT_ID_TAKEN, act_id=attempt.id, by=act.by, at=act.recorded_at.isoformat())
        if attempt.refused is not None:
            raise Refusal(Refused(attempt.refused), **attempt.params)
        return receipt(file, act)
    return None

"""An act that is sent again: by its idempotency key it is known, in every run of a case, and answered as at first."""

from __future__ import annotations

from complaints.base.errors import Refusal, Refused
from complaints.case.file import Act, ActReceipt, ActRequest, File


def receipt(file: File, act: Act) -> ActReceipt:
    """What whoever did this act was answered, but for the events since the file that they had seen."""
    opened = tuple(
        duty.id for duty in file.duties.values() if duty.acts_before == act.seq and duty.opened_at == act.recorded_at
    )
    return ActReceipt(seq=act.seq, recorded_at=act.recorded_at, opened=opened)


def repeated(file: File, request: ActRequest) -> ActReceipt | None:
    """The receipt of the act that was done before under the request's `act_id`; None if there was none.

    Raises `Refusal`: the one that the act was answered with, or `ACT_ID_TAKEN` if it was another act.
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

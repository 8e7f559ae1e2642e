"""撤诉 (the customer withdraws), and the end of a duplicate that another case has taken in. Handling stops in both."""

from __future__ import annotations

from complaints.acts.drop import Withdrawal
from complaints.case.complaint import Track
from complaints.case.file import ActKind
from complaints.case.forms import Archive
from complaints.case.joined_forms import WithdrawalConfirmed, WithdrawalWay
from workflows.duty_engine import DutyEngine


async def withdrawn(case: DutyEngine) -> Track | None:
    """Confirm an oral withdrawal with the customer, then archive. If the customer denies it, the handling resumes."""
    dropped = [act for act in case.file.acts if act.kind is ActKind.DROP][-1]
    said = Withdrawal.model_validate(dropped.form)
    since, anchor = said.said_at, None
    if said.how is WithdrawalWay.ORAL:
        asked = await case.owed("WITHDRAWN.confirmation", WithdrawalConfirmed, since=since)
        if not asked.form.confirmed:
            case.leaves_the_track(asked.at)
            return Track.INTAKE
        since, anchor = asked.at, "withdrawal_confirmed"
    await case.owed("WITHDRAWN.archive", Archive, since=since, anchor=anchor)
    case.comes_to("withdrawn")
    return None


async def merged(case: DutyEngine) -> Track | None:
    """Do nothing: the case that took this one in is handled, revisited and archived for both."""
    return None

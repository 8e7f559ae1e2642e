"""客户投诉处理程序 7.6: corrective and preventive actions for complaints that design or construction caused.

A corrective action has an owner, a date and an effect check by somebody else. It is a matter of the case: it does not
hold up the customer's answer, only the archive.
"""

from __future__ import annotations

from datetime import datetime

from complaints.acts import cancel_matter
from complaints.case.events.matters import CorrectiveDone
from complaints.case.file import CANCELLED, Matter, MatterKind
from complaints.corrective import forms as form
from complaints.people.roles import CENTRE_HEAD
from workflows.duty_engine import DutyEngine

REQUIRED = "MC-5.2.3b"
"""Beginning of `Matter.cause` of an action that a complaint requires; the head of the property centre owns those."""


async def corrective(case: DutyEngine, matter: Matter) -> None:
    """CH-7.6: plan (cause, measures, owner, date), action, effect check a month later. If not effective, plan anew."""
    role = CENTRE_HEAD if matter.cause.startswith(REQUIRED) else None
    since, anchor = matter.since, None
    while True:
        plan = await case.owed("CH-7.6", form.CorrectivePlan, matter=matter.id, since=since, anchor=anchor, role=role)
        done = await case.owed(
            "CH-7.6.action",
            form.CorrectiveAction,
            matter=matter.id,
            since=plan.at,
            person=plan.form.owner,
            role=role,
            promised=plan.form.complete_by,
        )
        checked = await case.owed("CH-7.6.effect", form.EffectCheck, matter=matter.id, since=done.at, role=role)
        if checked.form.effective:
            break
        since, anchor = checked.at, "not_effective"
    cancel_matter.overtaken(case, matter, by=checked.duty)
    case.once(CorrectiveDone(at=done.at, matter=matter.id, finished=done.act.seq))
    case.ended(matter, "effective", checked.at)


def corrected(case: DutyEngine, since: datetime) -> None:
    """MC-5.2.3b: open the corrective and preventive action that a major or an important complaint requires.

    It is opened once, in whatever leg; once more only if it was cancelled in an earlier one.
    """
    began = case.file.track_since
    required = [one for one in case.file.matters if one.cause.startswith(REQUIRED)]
    before = [one for one in required if one.ended_at is not None and began is not None and one.ended_at <= began]
    again = bool(before) and len(before) == len(required) and before[-1].outcome == CANCELLED
    newest = required[-1].cause if required and not again else REQUIRED
    case.begin(
        MatterKind.CORRECTIVE, f"{REQUIRED}~{case.file.leg}" if again else newest, case.file.complaint.matter, since
    )

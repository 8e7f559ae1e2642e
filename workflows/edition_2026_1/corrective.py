"""客户投诉处理程序 7.6: corrective and preventive actions for complaints that design or construction caused.

A corrective action has an owner, a date and an effect check. It is a matter of the case: it does not hold up the
customer's answer, only the archive.
"""

from __future__ import annotations

from datetime import datetime

from complaints.case.events.matters import CorrectiveDone
from complaints.case.file import Matter, MatterKind
from complaints.corrective import forms as form
from complaints.people.roles import CENTRE_HEAD
from workflows.duty_engine import DutyEngine

MAJOR = "MC-5.2.3b"
"""`Matter.cause` of an action that follows from a major complaint; the head of the property centre owns those."""


async def corrective(case: DutyEngine, matter: Matter) -> None:
    """CH-7.6: plan (cause, measures, owner, date), action, effect check a month later. If not effective, plan anew."""
    role = CENTRE_HEAD if matter.cause == MAJOR else None
    since, anchor = matter.since, None
    while True:
        plan = await case.owed("CH-7.6", form.CorrectivePlan, matter=matter.id, since=since, anchor=anchor, role=role)
        done = await case.owed(
            "CH-7.6.action",
            form.CorrectiveAction,
            matter=matter.id,
            since=plan.at,
            person=plan.form.owner,
            promised=plan.form.complete_by,
        )
        checked = await case.owed("CH-7.6.effect", form.EffectCheck, matter=matter.id, since=done.at, role=role)
        if checked.form.effective:
            break
        since, anchor = checked.at, "not_effective"
    case.once(CorrectiveDone(at=done.at, matter=matter.id, finished=done.act.seq))
    case.ended(matter, "effective", checked.at)


def corrected(case: DutyEngine, since: datetime) -> None:
    """MC-5.2.3b: open the corrective and preventive action that follows a major complaint."""
    case.begin(MatterKind.CORRECTIVE, MAJOR, case.file.complaint.matter, since)

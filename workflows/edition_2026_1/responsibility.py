"""客户服务管理程序 4.2 and 客户投诉处理程序 7.2.3: a complaint for which other departments are responsible, or none.

Each way returns when there is an opinion that the customer can be told, with the duties still to be carried out.
`answer` is the id of the duty to answer the customer: it is handed on to the role that the procedure names for that.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.case.file import ActKind
from complaints.case.forms import Opinion
from complaints.clock.anchors import Anchor
from complaints.ordinary.forms import Liaison, WorkOrder
from complaints.people.roles import SUPERVISOR
from complaints.responsibility import forms as form
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer, NoForm


async def of_others(case: DutyEngine, assessed: DutyAnswer[form.Assessment], answer: str) -> list[OwedDuty[Any]]:
    """CH-7.2.3: every department involved gives a clear opinion; then customer service orders one to act."""
    _passed_on(case, assessed)
    issued = await case.owed("CH-7.2.3", WorkOrder, since=assessed.at)
    departments = issued.form.departments
    for department in departments:
        case.alongside("CH-7.5.1", Liaison, since=issued.at, department=department)
    opinions = [
        case.owe("CH-7.2.3.opinion", Opinion, since=issued.at, department=department) for department in departments
    ]
    given = await case.together(*(opinion.answer() for opinion in opinions))
    return await _ordered(case, answer, since=max(opinion.at for opinion in given), anchor="opinions")


async def not_ours(case: DutyEngine, assessed: DutyAnswer[form.Assessment], answer: str) -> list[OwedDuty[Any]]:
    """CS-4.2.2b: the technical department advises, customer service answers the customer."""
    passed_on = await _passed_on(case, assessed).answer()
    advised = await case.owed("CS-4.2.2b", form.Advice, since=passed_on.at)
    case.hand_on(answer, cause=advised.duty, role=SUPERVISOR)
    return []


async def unagreed(case: DutyEngine, assessed: DutyAnswer[form.Assessment], answer: str) -> list[OwedDuty[Any]]:
    """CS-4.2.4: the responsibility is not agreed. If it matters, the general manager's office coordinates.

    Otherwise customer service names the responsible department.
    """
    passed_on = await _passed_on(case, assessed).answer()
    if assessed.form.matters:
        return await _coordinated(case, answer, since=passed_on.at, anchor="passing_on")
    return await _ordered(case, answer, since=passed_on.at, anchor="passing_on")


def _passed_on(case: DutyEngine, assessed: DutyAnswer[form.Assessment]) -> OwedDuty[form.PassedOn]:
    """CS-4.2.1b: the assessor passes a complaint that is not their own on to customer service at once."""
    by = case.file.duties[assessed.duty]
    return case.alongside("CS-4.2.1b", form.PassedOn, since=assessed.at, person=by.owner, role=by.role)


async def _ordered(case: DutyEngine, answer: str, since: datetime, anchor: Anchor) -> list[OwedDuty[Any]]:
    """CS-4.2.2a: customer service orders the responsible department to act, or finds that none can be agreed on."""
    ordered = await case.owed("CS-4.2.2a", form.Order, since=since, anchor=anchor)
    if ordered.form.department is None:
        return await _coordinated(case, answer, since=ordered.at, anchor="order")
    carried_out = case.alongside(
        "CS-4.2.2a.carry_out",
        form.CarriedOut,
        since=ordered.at,
        department=ordered.form.department,
        promised=ordered.form.complete_by,
    )
    return [carried_out]


async def _coordinated(case: DutyEngine, answer: str, since: datetime, anchor: Anchor) -> list[OwedDuty[Any]]:
    """CS-4.2.4 to CS-4.2.6, CS-2.8: the meeting, the general manager's approval, minutes whose items are duties."""
    referred = await case.owed("CS-4.2.4", form.Referral, since=since, anchor=anchor)
    approved = await _met_and_approved(case, since=referred.at)
    minutes = await case.owed("CS-4.2.6", form.Minutes, since=approved.at)
    items = [
        case.alongside(
            "CS-4.2.6.item",
            form.ItemDone,
            since=minutes.at,
            person=item.owner,
            promised=item.date,
            knows={"item": item.text},
        )
        for item in minutes.form.items
    ]
    for item in items:
        case.in_background(_tracked(case, item))
    case.hand_on(answer, cause=minutes.duty, role=SUPERVISOR)
    return [*items]


async def _met_and_approved(case: DutyEngine, since: datetime) -> DutyAnswer[NoForm]:
    """CS-4.2.5, CS-2.8: the meeting is repeated for as long as the general manager returns its proposal."""
    anchor: Anchor | None = None
    while True:
        met = await case.owed("CS-4.2.5", form.Coordination, since=since, anchor=anchor)
        decided = await case.owed("CS-2.8", since=met.at, returns_to=("CS-4.2.5",))
        if decided.act.kind is ActKind.APPROVE:
            return decided
        since, anchor = decided.at, "return"


async def _tracked(case: DutyEngine, item: OwedDuty[form.ItemDone]) -> None:
    """CS-4.2.6: tell customer service of an item that is late."""
    if await case.overdue(item):
        case.tell(item.duty, "CS-4.2.6.tracked")

"""客户服务管理程序 4.2 and 客户投诉处理程序 7.2.3: a complaint for which other departments are responsible, or none.

Each way returns when there is an opinion that the customer can be told; what it returns are the parts that are still to
be carried out. `answer` is the id of the duty to answer the customer: it is handed on to the role that the procedure
names for that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from complaints.base import Frozen
from complaints.case.events.dates import DateOrdered
from complaints.case.file import Act, ActKind, Duty
from complaints.case.redating import moved_to
from complaints.clock.anchors import Anchor
from complaints.editions.rule_ids import RuleId
from complaints.ordinary.forms import ManagersStep, WorkOrder, WorkOrderOpinion
from complaints.people.roles import HEAD, SUPERVISOR
from complaints.responsibility import forms as form
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer, NoForm

ORDER: RuleId = "CS-4.2.2a"
PART: RuleId = "CS-4.2.2a.carry_out"
WORK_ORDER: RuleId = "CH-7.2.3"
OPINION: RuleId = "CH-7.2.3.opinion"

P = TypeVar("P", bound=Frozen)
N = TypeVar("N", WorkOrder, ManagersStep, form.DepartmentsOrder)
"""A form that names departments each of which owes a part."""
Parts = Awaitable[list[DutyAnswer[Any]]] | None
"""The parts of others that are still to be carried out; None if there are none."""


async def of_others(case: DutyEngine, assessed: DutyAnswer[form.Assessment], answer: str) -> Parts:
    """CH-7.2.3: the sales manager issues a work order to every department involved."""
    _passed_on(case, assessed)
    issued = await case.owed(WORK_ORDER, WorkOrder, since=assessed.at)
    return await work_ordered(case, issued, answer)


async def from_the_ladder(case: DutyEngine, issued: DutyAnswer[ManagersStep], answer: str) -> Parts:
    """CH-7.2.3: the same for a complaint that turned out to involve others when it had reached the manager."""
    _passed_on(case, issued)
    return await work_ordered(case, issued, answer)


async def work_ordered(case: DutyEngine, issued: DutyAnswer[N], answer: str) -> Parts:
    """CH-7.2.3: every department comes back with a clear opinion; then customer service orders those responsible."""

    def opinion(department: str, version: DutyAnswer[N]) -> OwedDuty[WorkOrderOpinion]:
        return case.alongside(OPINION, WorkOrderOpinion, since=version.at, department=department, hands=version)

    given = await each_department(case, issued, opinion)
    complete = max(one.at for one in (*given, *case.revisions(issued)))
    return await _ordered(case, answer, since=complete, anchor="opinions")


async def not_ours(case: DutyEngine, assessed: DutyAnswer[form.Assessment], answer: str) -> Parts:
    """CS-4.2.2b: the technical department concerned advises, customer service answers the customer.

    Advice that it is the company's responsibility after all leads to an order (CS-4.2.2a).
    """
    passed_on = await _passed_on(case, assessed).answer()
    asked = await case.owed("CS-4.2.2b.ask", form.AdviceAsked, since=passed_on.at)
    advised = await case.owed(
        "CS-4.2.2b", form.TechnicalAdvice, since=asked.at, department=asked.form.department, hands=asked
    )
    if advised.form.our_responsibility:
        return await _ordered(case, answer, since=advised.at, anchor="advice")
    case.hand_on(answer, cause=advised.duty, role=SUPERVISOR)
    return None


async def unagreed(case: DutyEngine, assessed: DutyAnswer[form.Assessment], answer: str) -> Parts:
    """CS-4.2.4: the responsibility is not agreed. If it matters, the general manager's office coordinates.

    Otherwise customer service names the responsible departments.
    """
    passed_on = await _passed_on(case, assessed).answer()
    if assessed.form.matters:
        return await _coordinated(case, answer, since=passed_on.at, anchor="passing_on")
    return await _ordered(case, answer, since=passed_on.at, anchor="passing_on")


def _passed_on(
    case: DutyEngine, found: DutyAnswer[form.Assessment] | DutyAnswer[ManagersStep]
) -> OwedDuty[form.PassedOn]:
    """CS-4.2.1b: whoever finds that a complaint is not their department's alone tells customer service at once."""
    by = case.file.duties[found.duty]
    return case.alongside("CS-4.2.1b", form.PassedOn, since=found.at, person=by.owner, role=by.role)


# --- parts of several departments (decision 17 of the procedures' common rules)


async def each_department(
    case: DutyEngine,
    issued: DutyAnswer[N],
    part: Callable[[str, DutyAnswer[N]], OwedDuty[P]],
    *,
    open_for_more: Callable[[], bool] = lambda: False,
) -> list[DutyAnswer[P]]:
    """Have each department that the newest version of the answer names owe its part; return all of them when done.

    A department that is added owes its part from then on. One that is left out has been told so
    (`departments_changed`); what it had done stays. While it is `open_for_more`, departments may be added to parts that
    are all done.
    """
    owed: dict[str, OwedDuty[P]] = {}
    known = 0

    def changed() -> bool:
        return len(case.revisions(issued)) + 1 > known

    def done() -> bool:
        return not any(case.file.duties[one.duty].open for one in owed.values())

    while changed():
        for version in (issued, *case.revisions(issued))[known:]:
            known += 1
            owed = {name: owed.get(name) or part(name, version) for name in version.form.departments}
        await case.wait_until(lambda: changed() or (done() and not open_for_more()))
    return [await one.answer() for one in owed.values()]


def departments_changed(case: DutyEngine, duty: Duty, act: Act) -> None:
    """The answer that names the departments was changed: those left out need not do their part any more.

    The others are sent the new version. A new date holds for all whose part is still open.
    """
    rule = PART if duty.rule == ORDER else OPINION
    named: list[str] = act.form["departments"]
    since = duty.act or 0
    mine = [
        one for one in case.file.open_duties if (one.rule, one.leg) == (rule, duty.leg) and one.acts_before >= since
    ]
    case.supersede(lambda one: one in mine and one.department not in named, by=f"act {act.seq}")
    kept = [one for one in mine if one.department in named]
    case.hand(DutyAnswer(duty.id, act, NoForm()), *(one.owner for one in kept))
    if date := act.form.get("complete_by"):
        for one in kept:
            _dated(case, one, datetime.fromisoformat(date).astimezone(UTC), act)


def _dated(case: DutyEngine, duty: Duty, date: datetime, act: Act) -> None:
    if date != duty.deadline.due:
        dated = moved_to(case, duty, date, "order", act.at)
        case.record(DateOrdered(at=act.at, by=act.by, duty=duty.id, rule=duty.rule, **dated))


def part_done(case: DutyEngine, duty: Duty, act: Act) -> None:
    """CS-4.2.2a: the leading department, which puts the parts together, hears of each part of the others."""
    orders = [one for one in case.file.acts if one.rule == ORDER and one.kind in (ActKind.DISCHARGE, ActKind.REVISE)]
    lead = next(iter(orders[-1].form["departments"]), None)
    if lead is not None and lead != duty.department:
        head = case.reference.directory.who(HEAD, case.now, department=lead, shut_out=case.shut_out).person
        case.hand(DutyAnswer(duty.id, act, NoForm()), head)


async def _ordered(case: DutyEngine, answer: str, since: datetime, anchor: Anchor) -> Parts:
    """CS-4.2.2a: customer service orders the responsible departments to act, or finds that none can be agreed on."""
    ordered = await case.owed(ORDER, form.DepartmentsOrder, since=since, anchor=anchor)
    if not ordered.form.departments:
        return await _coordinated(case, answer, since=ordered.at, anchor="order")

    def part(department: str, version: DutyAnswer[form.DepartmentsOrder]) -> OwedDuty[form.CarriedOut]:
        return case.alongside(
            PART,
            form.CarriedOut,
            since=version.at,
            department=department,
            promised=version.form.complete_by,
            hands=version,
        )

    return case.chapter(each_department(case, ordered, part, open_for_more=lambda: case.file.duties[answer].open))


# --- the coordination meeting


async def _coordinated(case: DutyEngine, answer: str, since: datetime, anchor: Anchor) -> Parts:
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
            hands=minutes,
        )
        for item in minutes.form.items
    ]
    for item in items:
        case.in_background(_tracked(case, item))
    case.hand_on(answer, cause=minutes.duty, role=SUPERVISOR)
    return case.chapter(_all_done(items))


def minuted(case: DutyEngine, duty: Duty, act: Act) -> None:
    """CS-4.2.6: the departments that the meeting found responsible get its minutes, too."""
    met = next(one for one in reversed(case.file.acts) if one.rule == "CS-4.2.5")
    directory, now = case.reference.directory, case.now
    heads = (directory.who(HEAD, now, department=one, shut_out=case.shut_out).person for one in met.form["departments"])
    case.hand(DutyAnswer(duty.id, act, NoForm()), *heads)


async def _all_done(items: list[OwedDuty[form.ItemDone]]) -> list[DutyAnswer[Any]]:
    return [await item.answer() for item in items]


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

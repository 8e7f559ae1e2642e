"""客户危机管理作业指引 5.3.2b to 5.4.1: the approved plan is filed and carried out while the customer hears of it.

Side by side: each responsible department starts, carries out its part and gives notice of its completion; marketing
tracks the progress; and marketing tells the customer, adjusting the plan until the customer is satisfied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from complaints.case.file import Act, ActKind, Duty
from complaints.case.forms import Filing
from complaints.case.scheduler import Branch
from complaints.clock.anchors import Anchor
from complaints.crisis import forms as form
from complaints.editions.rule_ids import RuleId
from workflows import anonymous
from workflows.approvals import approved
from workflows.crisis_plan import PLAN, AgreedPlan, Planning, keep
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer, Superseded

NAMING: RuleId = "CR-5.2.2b"
PLAN_CHAIN: tuple[RuleId, ...] = ("CR-5.3.2a.1", "CR-5.3.2a.2", "CR-5.3.2a.3", "CR-5.3.2a.4", "CR-5.3.2a.5")
FILING: RuleId = "CR-5.3.2b"
START: RuleId = "CR-5.3.2c.start"
CARRYING_OUT: RuleId = "CR-5.3.2c"
TRACKING: RuleId = "CR-5.3.2c.track"
TELLING: RuleId = "CR-5.3.3"
ADJUSTING: RuleId = "CR-5.3.3a"
GOING_ON: RuleId = "CR-5.3.3c"
NOTICE: RuleId = "CR-5.4.1"
EXECUTION = (START, CARRYING_OUT, TRACKING, TELLING, GOING_ON, NOTICE)

Notice = DutyAnswer[form.CompletionNotice]


@dataclass(frozen=True)
class _Order:
    """What a department has to carry out, by when; the event from which its clock runs."""

    since: datetime
    anchor: Anchor | None
    complete_by: datetime
    revision: int


@dataclass
class _Work:
    """The work of one department: its orders, the newest of which it is at, and how far it has come with that one."""

    department: str
    start: OwedDuty[form.Start]
    orders: list[_Order]
    taken: int = 0  # orders it is, or was, at
    owed: tuple[str, ...] = ()  # ids of its duties for the newest of these
    done: DutyAnswer[form.Implementation] | None = None
    noticed: Notice | None = None

    @property
    def complete(self) -> bool:
        return self.taken == len(self.orders) and self.done is not None

    @property
    def notified(self) -> bool:
        return self.complete and self.noticed is not None


@dataclass
class Execution:
    """The state of an execution, as far as the chapter needs it; built up anew when the chapter is run again."""

    case: DutyEngine
    planning: Planning
    plan: AgreedPlan
    work: dict[str, _Work]
    cost: Decimal  # of the plan in force
    complete_by: datetime
    approved_cost: Decimal
    approved_until: datetime
    revision: int
    settled: datetime  # since when the plan, as it is in force now, is no longer in question
    telling: str = ""  # the duty by which the customer is told now
    rested: datetime | None = None  # since when there is nothing to tell the customer and nothing to adjust
    outcome: str | None = None  # of the explanation (CR-5.3.3b)
    over: bool = False

    @property
    def complete(self) -> bool:
        """Whether all departments have carried out their parts, and nothing is being adjusted."""
        return self.rested is not None and all(one.complete for one in self.work.values())

    def overtaken(self) -> Notice | None:
        """The last notice of completion, if the customer has still to be told of a progress from before it."""
        notices = [one.noticed for one in self.work.values() if one.notified and one.noticed is not None]
        if len(notices) < len(self.work) or not self.telling or not self.case.is_open(self.telling):
            return None
        last = max(notices, key=lambda notice: notice.act.seq)
        return last if self.case.file.duties[self.telling].acts_before < last.act.seq else None

    def exceeds(self, adjusted: form.AdjustedPlan) -> bool:
        """Whether the adjusted plan costs more, or takes longer, than what was approved."""
        dearer = adjusted.cost is not None and adjusted.cost > self.approved_cost
        return dearer or (adjusted.complete_by is not None and adjusted.complete_by > self.approved_until)

    def adjusted(self, answer: DutyAnswer[form.AdjustedPlan]) -> int:
        """Keep the adjusted plan as a new revision. Returns its number."""
        self.planning.revision += 1
        revision, new = self.planning.revision, answer.form
        keep(
            self.case,
            revision,
            answer,
            text=new.change,
            complete_by=new.complete_by or self.complete_by,
            cost=self.cost if new.cost is None else new.cost,
        )
        return revision

    def in_force(
        self,
        answer: DutyAnswer[form.AdjustedPlan],
        revision: int,
        *,
        since: datetime,
        anchor: Anchor,
        approved: bool,
    ) -> None:
        """Have the departments carry out the adjusted plan: what has a new date is owed anew, by that date."""
        new = answer.form
        self.revision, self.settled = revision, since
        self.cost = self.cost if new.cost is None else new.cost
        self.complete_by = new.complete_by or self.complete_by
        if approved:
            self.approved_cost, self.approved_until = self.cost, self.complete_by
        if new.complete_by is None:
            return
        order = _Order(since, anchor, new.complete_by, revision)
        ordered = [self.work[department] for department in new.departments or self.plan.departments]
        overtaken = {duty for one in ordered for duty in one.owed}
        for one in ordered:
            one.orders.append(order)
        self.case.supersede(lambda duty: duty.id in overtaken, by=answer.duty)

    async def rests(self, since: datetime, until: Callable[[], bool] = lambda: False) -> None:
        """There is nothing to tell and to adjust: wait until the execution is over, or for what comes before that."""
        if not until():
            self.rested = since
            await self.case.wait_until(lambda: until() or self.over)
        if until():
            self.rested = None


@dataclass(frozen=True)
class CompletedExecution:
    """A plan that has been carried out: when, and the departments' notices of that, which may be to come."""

    at: datetime
    rested: datetime  # since when the customer had nothing more to hear of the progress
    outcome: str | None
    notices: tuple[Branch[Notice], ...] = field(repr=False)


async def carried_out(
    case: DutyEngine, planning: Planning, plan: AgreedPlan, since: datetime
) -> CompletedExecution | DutyAnswer[Any]:
    """CR-5.3.2b to CR-5.3.3c: file the plan, carry it out, tell the customer.

    Returns the answer that leads back to the plan, or to the naming of the departments, if one does.
    """
    filed = await case.owed(FILING, Filing, since=since)
    execution = _begun(case, planning, plan, filed.at)
    works = [case.chapter(_carries_out(case, execution, work)) for work in execution.work.values()]
    tracking = case.chapter(_tracked(case, since=filed.at))
    telling = case.chapter(_customer_told(case, execution))
    try:
        return await _ended(case, execution, works, tracking, telling)
    except GeneratorExit:  # the chapter is cancelled, and its parts with it
        for part in (*works, tracking, telling):
            part.cancel()
        raise


def _begun(case: DutyEngine, planning: Planning, plan: AgreedPlan, filed_at: datetime) -> Execution:
    work = {
        department: _Work(
            department,
            start=case.owe(START, form.Start, since=filed_at, department=department),
            orders=[_Order(filed_at, None, plan.dates[department], plan.revision)],
        )
        for department in plan.departments
    }
    return Execution(
        case,
        planning,
        plan,
        work,
        cost=plan.cost,
        complete_by=plan.complete_by,
        approved_cost=plan.cost,
        approved_until=plan.complete_by,
        revision=plan.revision,
        settled=filed_at,
    )


async def _ended(
    case: DutyEngine,
    execution: Execution,
    works: list[Branch[Notice]],
    tracking: Branch[None],
    telling: Branch[DutyAnswer[Any] | None],
) -> CompletedExecution | DutyAnswer[Any]:
    """Wait for the end of the execution. Whatever ends it, all of its parts come to their own end before this does."""

    def broken_off() -> bool:
        return any(part.failed for part in (*works, telling))

    while True:
        await case.wait_until(
            lambda: broken_off() or telling.done or execution.complete or execution.overtaken() is not None
        )
        if broken_off() or telling.done or (last := execution.overtaken()) is None:
            break
        told_now = execution.telling  # the completion is told instead of the progress
        case.supersede(lambda duty, ended=told_now: duty.id == ended, by=last.duty)
    await case.wait_until(lambda: telling.done or execution.rested is not None)
    execution.over = True
    await case.wait_until(lambda: telling.done)
    leads_back = None if telling.failed else telling.result()
    if leads_back is not None:
        case.supersede(lambda duty: _of_this_execution(case, duty, leads_back.act), by=leads_back.duty)
    elif not broken_off():
        return await _completed(case, execution, works, tracking)
    await case.wait_until(lambda: all(part.done for part in (*works, tracking)))
    if leads_back is None:
        raise Superseded(CARRYING_OUT)
    return leads_back


async def _completed(
    case: DutyEngine, execution: Execution, works: list[Branch[Notice]], tracking: Branch[None]
) -> CompletedExecution:
    done = [one.done for one in execution.work.values() if one.done is not None]
    last = max(done, key=lambda answer: answer.at)
    case.supersede(lambda duty: duty.rule == TRACKING and duty.leg == case.file.leg, by=last.duty)
    await case.wait_until(lambda: tracking.done)
    assert execution.rested is not None
    return CompletedExecution(max(last.at, execution.settled), execution.rested, execution.outcome, tuple(works))


def _of_this_execution(case: DutyEngine, duty: Duty, act: Act) -> bool:
    """Whether it is a duty of the execution that `act` ends. One that is opened later belongs to the next one."""
    return duty.rule in EXECUTION and duty.leg == case.file.leg and duty.acts_before < act.seq


# --- the responsible departments and marketing, side by side


async def _carries_out(case: DutyEngine, execution: Execution, work: _Work) -> Notice:
    """CR-5.3.2c, CR-5.4.1: a department carries out its part by its date, and notifies marketing of the completion.

    The notice is owed from the completion on, whatever marketing still owes. An adjusted plan may give more to do.
    """
    while True:
        order = work.orders[work.taken]
        work.taken, work.done, work.noticed = work.taken + 1, None, None
        carrying = case.owe(
            CARRYING_OUT,
            form.Implementation,
            since=order.since,
            anchor=order.anchor,
            department=work.department,
            promised=order.complete_by,
            revision=order.revision,
            needs=(work.start.duty,),
        )
        work.owed = (carrying.duty,)
        try:
            work.done = await carrying.answer()
            notifying = case.owe(NOTICE, form.CompletionNotice, since=work.done.at, department=work.department)
            work.owed = (carrying.duty, notifying.duty)
            work.noticed = await notifying.answer()
        except Superseded:
            if not any(_overtaken_by(case, ADJUSTING, duty) for duty in work.owed):
                raise
        await case.wait_until(lambda: work.taken < len(work.orders) or execution.over)
        if work.taken == len(work.orders):
            assert work.noticed is not None
            return work.noticed


def _overtaken_by(case: DutyEngine, rule: RuleId, duty_id: str) -> bool:
    """Whether the duty was superseded by one of this rule."""
    by = case.file.duties.get(case.file.duties[duty_id].superseded_by or "")
    return by is not None and by.rule == rule


async def _tracked(case: DutyEngine, since: datetime) -> None:
    """CR-5.3.2c: marketing tracks the progress every working day, until all is complete."""
    anchor: Anchor | None = None
    while True:
        found = await case.owed(TRACKING, form.TrackedProgress, since=since, anchor=anchor)
        since, anchor = found.at, "progress"


async def _customer_told(case: DutyEngine, execution: Execution) -> DutyAnswer[Any] | None:
    """CR-5.3.3: tell the customer the progress; while they are not satisfied, adjust the plan and tell them again.

    Returns the answer that leads back to an earlier step; None once the execution is over.
    """
    started = await _first_start(case, [work.start for work in execution.work.values()])
    since, anchor = started.at, None
    if anonymous.waived(case, TELLING, since=since, revision=execution.revision):
        await execution.rests(since, until=lambda: _known_meanwhile(case) is not None)
        known = _known_meanwhile(case)
        if known is None:
            return None
        since, anchor = known.at, "identification"
    while True:
        unhappy = await _not_satisfied(case, execution, since, anchor)
        if unhappy is None:
            return None
        follows = await _adjusted(case, execution, since=unhappy.at)
        if not isinstance(follows, _ToldAgain):
            return follows
        since, anchor = follows.since, follows.anchor


def _known_meanwhile(case: DutyEngine) -> Act | None:
    """The act by which a customer whom nobody knew became known while the plan was being carried out."""
    known, leg = anonymous.identification(case.file), case.file.leg
    works = [duty for duty in case.file.duties.values() if (duty.rule, duty.leg) == (CARRYING_OUT, leg)]
    under_way = known is not None and any(duty.open or (duty.act or 0) > known.seq for duty in works)
    return known if under_way else None


async def _first_start(case: DutyEngine, starts: list[OwedDuty[form.Start]]) -> DutyAnswer[form.Start]:
    """Wait until the first department has started."""
    await case.wait_until(
        lambda: any(case.act_of(one.duty) for one in starts) or not any(case.is_open(one.duty) for one in starts)
    )
    done = [await one.answer() for one in starts if case.act_of(one.duty) is not None]
    if not done:
        raise Superseded(START)
    return min(done, key=lambda answer: answer.act.seq)


async def _not_satisfied(
    case: DutyEngine, execution: Execution, since: datetime, anchor: Anchor | None
) -> DutyAnswer[form.Progress] | None:
    """CR-5.3.3, CR-5.3.3c: wait until the customer is found not to be satisfied, or is no longer.

    None: the execution is over.
    """
    telling = case.owe(TELLING, form.Progress, since=since, anchor=anchor, revision=execution.revision)
    execution.telling = telling.duty
    try:
        told = await telling.answer()
    except Superseded:
        if not _overtaken_by(case, NOTICE, telling.duty):
            raise
        await execution.rests(since)
        return None
    if not told.form.satisfied:
        return told
    case.owe(GOING_ON, form.GoOn, since=told.at)
    await execution.rests(told.at, until=lambda: bool(case.revisions(told)))
    return next(iter(case.revisions(told)), None)


def no_longer_satisfied(case: DutyEngine, duty: Duty, act: Act) -> None:
    """CR-5.3.3, changed: a customer who was satisfied is no longer. The departments are not told to go on."""
    case.supersede(lambda other: other.rule == GOING_ON and other.leg == duty.leg, by=f"revised {duty.id}")


# --- the plan is adjusted


@dataclass(frozen=True)
class _ToldAgain:
    """The adjusted plan is in force: the customer is told again."""

    since: datetime
    anchor: Anchor


async def _adjusted(case: DutyEngine, execution: Execution, since: datetime) -> _ToldAgain | DutyAnswer[Any] | None:
    """CR-5.3.3a: adjust the plan with the departments; approved again only if it exceeds what was approved.

    Returns the answer that leads back to an earlier step, if an approver or the general manager decides so; None if
    the plan stands as it is, and the execution is over.
    """
    anchor: Anchor | None = None
    while True:
        adjusted = await case.owed(ADJUSTING, form.AdjustedPlan, since=since, anchor=anchor)
        if not adjusted.form.adjustable:
            return await _understanding_sought(case, execution, since=adjusted.at)
        revision = execution.adjusted(adjusted)
        if not execution.exceeds(adjusted.form):
            execution.in_force(adjusted, revision, since=adjusted.at, anchor="adjustment", approved=False)
            return _ToldAgain(adjusted.at, "adjustment")
        decided = await approved(
            case,
            PLAN_CHAIN,
            since=adjusted.at,
            anchor="adjustment",
            back_to=(NAMING, PLAN, ADJUSTING),
            departments=execution.plan.departments,
            revision=revision,
            withdrawable_by=adjusted.act.by,
        )
        if decided.act.kind is ActKind.APPROVE:
            filed = await case.owed(FILING, Filing, since=decided.at)
            execution.in_force(adjusted, revision, since=filed.at, anchor="filing", approved=True)
            return _ToldAgain(filed.at, "filing")
        if decided.act.to in (NAMING, PLAN):
            return decided
        since, anchor = decided.at, "return"


async def _understanding_sought(case: DutyEngine, execution: Execution, since: datetime) -> DutyAnswer[Any] | None:
    """CR-5.3.3b: explain to the customer that the plan stays. If they refuse, the general manager says what follows.

    Returns the general manager's answer if it asks for a new plan; None once the execution is over.
    """
    sought = await case.owed("CR-5.3.3b", form.UnderstandingSought, since=since)
    if sought.form.understood:
        execution.outcome, execution.settled = "understood", sought.at
        await execution.rests(sought.at)
        return None
    decided = await case.owed("CR-5.3.3b.decision", form.RefusalDecision, since=sought.at)
    if decided.form.follows is form.AfterRefusal.NEW_PLAN:
        return decided
    execution.outcome, execution.settled = "refused", decided.at
    await execution.rests(decided.at)
    return None

"""客户危机管理作业指引: a level-1 complaint, clauses 5.2 to 5.4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from complaints.case.complaint import Track
from complaints.case.events.case import PlanBegun, PlanKept
from complaints.case.file import ActKind, PlanRevision
from complaints.case.forms import Archive, Filing, Opinion
from complaints.clock.anchors import Anchor
from complaints.crisis import forms as form
from complaints.editions.rule_ids import RuleId
from complaints.people.roles import MARKETING_MANAGER
from complaints.revisits.forms import RevisitAnswers
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer, NoForm
from workflows.edition_2026_1.revisits import RevisitRules, asked, contented, effect

PLAN = "CR-5.2.2e"
REPORT_CHAIN = ("CR-5.2.1c.review", "CR-5.2.1c.approval")
PLAN_CHAIN = ("CR-5.3.2a.1", "CR-5.3.2a.2", "CR-5.3.2a.3", "CR-5.3.2a.4", "CR-5.3.2a.5")
TOLD = RevisitRules("CR-5.4.2a", decides=MARKETING_MANAGER)
AGAIN = RevisitRules("CR-5.4.2b", decides=MARKETING_MANAGER)


@dataclass(frozen=True)
class CompletedPlan:
    """A completed plan, its submission to the group, and the answer of the customer or the media to it."""

    revision: int
    plan: DutyAnswer[form.Plan]
    agreed: DutyAnswer[form.Contact]
    submitted: DutyAnswer[form.Submission]


async def crisis(case: DutyEngine) -> Track | None:
    """Run the crisis track from the grading to the archive; a malicious defamation goes over to the legal track."""
    reported = await _reported(case)
    case.in_background(case.owed("CR-5.2.1c.filing", Filing, since=reported.at))
    judged = await case.owed("CR-5.2.2a", form.Judgement, since=reported.at)
    if judged.form.nature is form.Nature.MALICIOUS:
        case.leaves_the_track(judged.at)
        return Track.LEGAL
    responsible = await case.owed("CR-5.2.2b", form.Responsibility, since=judged.at)
    case.in_background(case.owed("CR-5.2.2c", form.Assignment, since=responsible.at))
    departments = responsible.form.departments
    approved, planned = await _planned_and_approved(case, departments, since=judged.at)
    done = await _carried_out(case, departments[0], planned, since=approved.at)
    return None if await _followed_up(case, departments[0], done) else Track.CRISIS


async def _reported(case: DutyEngine) -> DutyAnswer[NoForm]:
    """CR-5.2.1b, c: the record form reaches the manager within ten minutes; it is reviewed and approved."""
    since = case.file.track_since
    assert since is not None
    anchor = case.reentry
    while True:
        report = await case.owed("CR-5.2.1b", form.Report, since=since, anchor=anchor)
        decided = await _approved(case, REPORT_CHAIN, since=report.at, back_to="CR-5.2.1b")
        if decided.act.kind is ActKind.APPROVE:
            return decided
        since, anchor = decided.at, "return"


async def _planned_and_approved(
    case: DutyEngine, departments: tuple[str, ...], since: datetime
) -> tuple[DutyAnswer[NoForm], CompletedPlan]:
    """CR-5.2.2d to CR-5.3.2a: a plan, the customer's agreement, five approvals; in as many revisions as needed."""
    anchor: Anchor | None = None
    entered = case.file.track_since
    revision = max((plan.revision for plan in case.file.plans if entered and plan.at <= entered), default=0)
    while True:
        revision += 1
        planned = await _planned(case, departments, since, anchor, revision)
        if not planned.agreed.form.agreed:
            since, anchor = planned.agreed.at, "no_agreement"
            continue
        ready = planned.agreed.at >= planned.submitted.at  # no approver's clock starts before the plan is submitted
        decided = await _approved(
            case,
            PLAN_CHAIN,
            since=planned.agreed.at if ready else planned.submitted.at,
            anchor=None if ready else "submission",
            back_to=PLAN,
            department=departments[0],
            revision=revision,
            withdrawable_by=planned.submitted.act.by,
        )
        if decided.act.kind is ActKind.APPROVE:
            case.in_background(case.owed("CR-5.3.2b", Filing, since=decided.at))
            return decided, planned
        since, anchor = decided.at, "return"


async def _planned(
    case: DutyEngine, departments: tuple[str, ...], since: datetime, anchor: Anchor | None, revision: int
) -> CompletedPlan:
    """CR-5.2.2d to f, CR-5.2.3, CR-5.3.1: opinions, marketing's statement, plan; then submission and customer."""
    case.once(PlanBegun(at=since, revision=revision))
    lead = departments[0]
    opinions = [
        case.alongside("CR-5.2.2d", Opinion, since=since, anchor=anchor, department=department, revision=revision)
        for department in departments
    ]
    stated = case.alongside("CR-5.2.3", form.Statement, since=since, anchor=anchor, revision=revision)
    plan = await case.owed(
        PLAN, form.Plan, since=since, anchor=anchor, department=lead, revision=revision, needs=(stated.duty,)
    )
    missing = [name for name, opinion in zip(departments, opinions, strict=True) if not _given(case, opinion, plan)]
    _keep(case, revision, plan.form.measures, plan, plan.form.complete_by, missing)
    case.supersede(lambda duty: duty.id in {opinion.duty for opinion in opinions}, by=plan.duty)
    submitted, agreed = await case.both(
        case.owed("CR-5.2.2f", form.Submission, since=plan.at, department=lead, revision=revision),
        case.owed("CR-5.3.1", form.Contact, since=plan.at, revision=revision),
    )
    return CompletedPlan(revision=revision, plan=plan, agreed=agreed, submitted=submitted)


def _given(case: DutyEngine, opinion: OwedDuty[Opinion], plan: DutyAnswer[form.Plan]) -> bool:
    return case.done_before(opinion.duty, plan.act)


def _keep(
    case: DutyEngine,
    revision: int,
    text: str,
    answer: DutyAnswer[Any],
    complete_by: datetime,
    missing: list[str] | None = None,
) -> None:
    """Record the revision in the file. It names the departments that gave no opinion (CR-5.2.2d)."""
    if all(kept.revision != revision for kept in case.file.plans):
        kept = PlanRevision(
            revision=revision,
            text=text,
            by=answer.act.by,
            at=answer.at,
            complete_by=complete_by,
            missing=tuple(missing or ()),
        )
        case.record(PlanKept(at=answer.at, by=answer.act.by, plan=kept))


async def _approved(
    case: DutyEngine,
    chain: tuple[RuleId, ...],
    *,
    since: datetime,
    anchor: Anchor | None = None,
    back_to: str,
    department: str | None = None,
    revision: int | None = None,
    withdrawable_by: str | None = None,
) -> DutyAnswer[NoForm]:
    """CR-5.2.1c, CR-5.3.2a: approvals in order; each approver may return the paper to any earlier step.

    Returns the deciding answer. If it is not an approval, the paper goes back to where it came from.
    """
    step = 0
    while True:
        decided = await case.owed(
            chain[step],
            since=since,
            anchor=anchor,
            department=department if step == 0 else None,
            revision=revision,
            returns_to=(back_to, *chain[:step]),
            withdrawable_by=withdrawable_by,
        )
        since, anchor = decided.at, None
        if decided.act.kind is ActKind.APPROVE:
            step += 1
            if step == len(chain):
                return decided
        elif decided.act.kind is ActKind.RETURN and decided.act.to in chain:
            step, anchor = chain.index(decided.act.to), "return"
        else:
            return decided


async def _carried_out(
    case: DutyEngine, lead: str, planned: CompletedPlan, since: datetime
) -> DutyAnswer[form.Implementation]:
    """CR-5.3.2c to CR-5.3.3c: carry out the plan, tell the customer the progress, adjust the plan if not satisfied."""
    complete_by, revision = planned.plan.form.complete_by, planned.revision
    implementation = case.owe(
        "CR-5.3.2c", form.Implementation, since=since, department=lead, promised=complete_by, revision=revision
    )
    implementing = case.in_background(implementation.answer())
    started = await case.owed("CR-5.3.2c.start", form.Start, since=since, department=lead)
    told = await case.owed("CR-5.3.3", form.Progress, since=started.at)
    while not told.form.satisfied:
        adjusted = await case.owed("CR-5.3.3a", form.Adjustment, since=told.at)
        if not adjusted.form.adjustable:
            await _understanding_sought(case, since=adjusted.at)
            break
        revision += 1
        complete_by = adjusted.form.complete_by or complete_by
        _keep(case, revision, adjusted.form.change, adjusted, complete_by)
        if adjusted.form.complete_by and not case.done_before(implementation.duty, adjusted.act):
            overtaken = implementation.duty
            case.supersede(lambda duty, overtaken=overtaken: duty.id == overtaken, by=adjusted.duty)
            implementation = case.owe(
                "CR-5.3.2c",
                form.Implementation,
                since=adjusted.at,
                anchor="adjustment",
                department=lead,
                promised=complete_by,
                revision=revision,
            )
            implementing = case.in_background(implementation.answer())
        told = await case.owed("CR-5.3.3", form.Progress, since=adjusted.at, anchor="adjustment", revision=revision)
    else:
        case.in_background(case.owed("CR-5.3.3c", form.GoOn, since=told.at))
    done = await implementing
    assert done is not None
    return done


async def _understanding_sought(case: DutyEngine, since: datetime) -> None:
    """CR-5.3.3b: keep the plan and seek the customer's understanding; if refused, tell the general manager."""
    sought = await case.owed("CR-5.3.3b", form.UnderstandingSought, since=since)
    case.comes_to("understood" if sought.form.understood else "refused")
    if not sought.form.understood:
        case.tell(sought.duty, "CR-5.3.3b.refused", outcome="refused")


async def _followed_up(case: DutyEngine, lead: str, done: DutyAnswer[form.Implementation]) -> bool:
    """CR-5.4: notice and revisits, beside them the case study and the library; the archive when all is done.

    Returns False if a revisit finds the customer not satisfied: the crisis is reopened, nothing is archived (RV-4.2).
    """
    case.handled(done.at)
    studied = case.in_background(_studied(case, since=done.at))
    if not await contented(case, _asked_twice(case, lead, done), effect(case, since=done.at)):
        return False
    accepted = await studied
    last = await case.settled(before="CR-5.4.5")
    anchor = "acceptance" if last == accepted.at else "handling_end"
    await case.owed("CR-5.4.5", Archive, since=last, anchor=anchor)
    if case.file.outcome is None:
        case.comes_to("solved")
    return True


async def _studied(case: DutyEngine, since: datetime) -> DutyAnswer[form.Acceptance]:
    """CR-5.4.3, CR-5.4.4: the case study is written, and is accepted into the company's library or not."""
    study = await case.owed("CR-5.4.3", form.CaseStudy, since=since)
    return await case.owed("CR-5.4.4", form.Acceptance, since=study.at)


async def _asked_twice(
    case: DutyEngine, lead: str, done: DutyAnswer[form.Implementation]
) -> DutyAnswer[RevisitAnswers] | None:
    """CR-5.4.1, CR-5.4.2: a written notice; the customer is revisited within two hours, and again within a week."""
    noticed = await case.owed("CR-5.4.1", form.CompletionNotice, since=done.at, department=lead)
    answer = await asked(case, TOLD, since=noticed.at)
    if answer is not None and answer.form.unsatisfied:
        return answer
    return await asked(case, AGAIN, since=done.at)

"""客户危机管理作业指引: a level-1 complaint, clauses 5.2 to 5.4.

The plan (5.2.2c to 5.3.1) is in `crisis_plan`, its execution (5.3.2b to 5.4.1) in `crisis_execution`.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from complaints.case.complaint import Track
from complaints.case.events.case import Handled
from complaints.case.file import Act, ActKind, CaseFile, Duty
from complaints.case.forms import Archive, Filing
from complaints.clock.anchors import Anchor
from complaints.crisis import forms as form
from complaints.editions.rule_ids import RuleId
from complaints.people.roles import HEAD
from complaints.revisits.forms import RevisitAnswers
from workflows.approvals import approved
from workflows.crisis_execution import ADJUSTING, NAMING, PLAN_CHAIN, CompletedExecution, carried_out
from workflows.crisis_plan import (
    PLAN,
    AgreedPlan,
    Naming,
    Planning,
    RevisionStart,
    agreed_plan,
    opinions_end,
    people_requested,
)
from workflows.duty_engine import DutyEngine
from workflows.duty_terms import DutyAnswer, NoForm
from workflows.revisits import OF_THE_COMPLETION, WITHIN_THE_WEEK, asked, contented, effect

REPORT: RuleId = "CR-5.2.1b"
REPORT_CHAIN: tuple[RuleId, ...] = ("CR-5.2.1c.review", "CR-5.2.1c.approval")
REPORT_FILING: RuleId = "CR-5.2.1c.filing"
JUDGEMENT: RuleId = "CR-5.2.2a"
COURT: RuleId = "CR-5.2.2a.outcome"


async def crisis(case: DutyEngine) -> Track | None:
    """Run the crisis track from the grading to the archive; a malicious defamation goes over to the legal track.

    A complaint that was before a court, and is found genuine, goes on at the naming of the departments.
    """
    genuine_since = _found_genuine(case)
    if genuine_since is None:
        reported = await _reported(case)
        case.in_background(case.owed(REPORT_FILING, Filing, since=reported.at))
        judged = await case.owed(JUDGEMENT, form.Judgement, since=reported.at)
        if judged.form.nature is form.Nature.MALICIOUS:
            case.leaves_the_track(judged.at)
            return Track.LEGAL
        genuine_since = judged.at
    done = await _handled(case, since=genuine_since)
    return None if await _followed_up(case, done) else Track.CRISIS


# --- 5.2.1, 5.2.2a: report and judgement


async def _reported(case: DutyEngine) -> DutyAnswer[NoForm]:
    """CR-5.2.1b, c: the record form reaches the manager within ten minutes; it is reviewed and approved."""
    since = case.file.track_since
    assert since is not None
    anchor = case.reentry
    while True:
        report = await case.owed(REPORT, form.Report, since=since, anchor=anchor)
        decided = await approved(case, REPORT_CHAIN, since=report.at, back_to=(REPORT,))
        if decided.act.kind is ActKind.APPROVE:
            return decided
        since, anchor = decided.at, "return"


def _found_genuine(case: DutyEngine) -> datetime | None:
    """CR-5.2.2a: since when a complaint that was before a court counts as genuine, by its leader or by the court.

    None: this leg did not begin with that. Otherwise report and approval are carried over from before.
    """
    since = case.file.track_since
    if case.file.leg <= 1:
        return None
    return since if any(act.at == since and _says_genuine(act) for act in case.file.acts) else None


def _says_genuine(act: Act) -> bool:
    if act.kind is ActKind.REVISE and act.rule == JUDGEMENT:
        return act.form["nature"] == form.Nature.GENUINE
    return act.kind is ActKind.DISCHARGE and act.rule == COURT and bool(act.form.get("genuine"))


def judged_anew(case: Any, duty: Duty, act: Act) -> None:
    """CR-5.2.2a, changed on new evidence: the case goes before a court, or comes back to the plan.

    What was done carries over, the new clocks start at the change. The report may still have to be filed.
    """
    track = Track.LEGAL if act.form["nature"] == form.Nature.MALICIOUS else Track.CRISIS
    if track is not case.file.track:
        case.change_track(track, act.at, by=f"revised {duty.id}", but=(REPORT_FILING,))


# --- 5.2.2b to 5.3.3: departments, plan, approval, execution


async def _handled(case: DutyEngine, since: datetime) -> CompletedExecution:
    """CR-5.2.2b: name the departments, and handle the crisis with them; anew with others if they change."""
    entered = case.file.track_since
    kept = (plan.revision for plan in case.file.plans if entered and plan.at <= entered)
    planning = Planning(revision=max(kept, default=0))
    anchor: Anchor | None = None
    while True:
        named = await case.owed(NAMING, form.ResponsibleDepartments, since=since, anchor=anchor)
        work = partial(_planned_and_carried_out, case, planning, since, returned=anchor is not None)
        done = await case.with_revisions(named, work)
        if isinstance(done, CompletedExecution):
            return done
        since, anchor = done.at, "return"


async def _planned_and_carried_out(
    case: DutyEngine, planning: Planning, since: datetime, named: Naming, *, returned: bool
) -> CompletedExecution | DutyAnswer[Any]:
    """CR-5.2.2c to CR-5.3.3c with the departments named. Returns the answer that asks for other departments, if any."""
    if named.act.kind is ActKind.REVISE:
        begun = RevisionStart.at(named, "responsibility")
    else:
        begun = RevisionStart(since, "return" if returned else None, named.act)
    people_requested(case, planning, named)
    while True:
        plan = await agreed_plan(case, planning, named, begun)
        decided: DutyAnswer[Any] = await _plan_approved(case, plan)
        if decided.act.kind is ActKind.APPROVE:
            opinions_end(case, plan.revision, decided)
            done = await carried_out(case, planning, plan, since=decided.at)
            if isinstance(done, CompletedExecution):
                return done
            decided = done
        if decided.act.to == NAMING:
            return decided
        begun = RevisionStart.at(decided, "return")


async def _plan_approved(case: DutyEngine, plan: AgreedPlan) -> DutyAnswer[NoForm]:
    """CR-5.3.2a: the leaders of all responsible departments, then up to the president."""
    agreed_last = plan.agreed_at >= plan.submitted.at  # no approver's clock starts before the plan is submitted
    return await approved(
        case,
        PLAN_CHAIN,
        since=plan.agreed_at if agreed_last else plan.submitted.at,
        anchor=None if agreed_last else "submission",
        back_to=(NAMING, PLAN),
        departments=plan.departments,
        revision=plan.revision,
        withdrawable_by=plan.submitted.act.by,
    )


def departments_named_anew(case: DutyEngine, duty: Duty, act: Act) -> None:
    """CR-5.2.2b, changed: what is open is done anew; a department that is new gets the plan that the others have."""
    DutyEngine.revised(case, duty, act)
    plans = [one for one in case.file.acts if one.rule in (PLAN, ADJUSTING) and one.kind is ActKind.DISCHARGE]
    before = _named_before(case.file, duty, act)
    new = [key for key in (*act.form["departments"], *act.form["concerned"]) if key not in before]
    if plans and new:
        people, now = case.reference.directory, case.now
        heads = (people.who(HEAD, now, department=key, shut_out=case.shut_out).person for key in new)
        case.hand(DutyAnswer(plans[-1].duty or "", plans[-1], NoForm()), *heads)


def _named_before(file: CaseFile, duty: Duty, act: Act) -> set[str]:
    """The departments that the answer named which `act` has changed."""
    given = [one for one in file.acts if one.duty == duty.id and one.seq < act.seq and "departments" in one.form]
    return {*given[-1].form["departments"], *given[-1].form["concerned"]}


# --- 5.4: revisits, case study, library, archive


async def _followed_up(case: DutyEngine, done: CompletedExecution) -> bool:
    """CR-5.4: notices and revisits, beside them the case study and the library; the archive when all is done.

    Returns False if a revisit finds the customer not satisfied: the crisis is reopened, nothing is archived (RV-4.2).
    """
    _handling_ended(case, done.at)
    if done.outcome is not None:
        case.comes_to(done.outcome)
    studied = case.in_background(_studied(case, since=done.at))
    told, again = _told_of_the_completion(case, done), _revisited_again(case, since=done.at)
    if not await contented(case, told, again, effect(case, since=done.at)):
        return False
    accepted = await studied
    last = await case.settled(before="CR-5.4.5")
    anchor = "acceptance" if last == accepted.at else "handling_end"
    await case.owed("CR-5.4.5", Archive, since=last, anchor=anchor)
    if case.file.outcome is None:
        case.comes_to("solved")
    return True


def _handling_ended(case: DutyEngine, at: datetime) -> None:
    """Record the end of the handling in this leg; an earlier leg, of another track, may have had one of its own."""
    ended, entered = case.file.handled_at, case.file.track_since
    if ended is None or (entered is not None and ended < entered):
        case.record(Handled(at=at))


async def _told_of_the_completion(case: DutyEngine, done: CompletedExecution) -> DutyAnswer[RevisitAnswers] | None:
    """CR-5.4.2a: two hours from the last department's notice the customer is told of the completion, and revisited."""
    notices = [await notice for notice in done.notices]
    last = max(notice.at for notice in notices)
    if last >= done.rested:
        return await asked(case, OF_THE_COMPLETION, since=last)
    return await asked(
        case, OF_THE_COMPLETION, since=done.rested, anchor="satisfaction" if done.outcome is None else "explanation"
    )


async def _revisited_again(case: DutyEngine, since: datetime) -> DutyAnswer[RevisitAnswers] | None:
    """CR-5.4.2b: within the week the customer is revisited again, after the first revisit."""
    return await asked(case, WITHIN_THE_WEEK, since=since, needs=("CR-5.4.1", OF_THE_COMPLETION.rule))


async def _studied(case: DutyEngine, since: datetime) -> DutyAnswer[form.LibraryDecision]:
    """CR-5.4.3, CR-5.4.4: the case study comes of the second revisit, within the same week.

    Administration takes it into the company's library, sends it back to be written anew, or does not take it.
    """
    study = await case.owed("CR-5.4.3", form.CaseStudy, since=since, needs=(WITHIN_THE_WEEK.rule,))
    while True:
        decided = await case.owed("CR-5.4.4", form.LibraryDecision, since=study.at)
        if not decided.form.rewrite:
            return decided
        study = await case.owed("CR-5.4.3.rewrite", form.CaseStudy, since=decided.at)

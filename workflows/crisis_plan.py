"""客户危机管理作业指引 5.2.2c to 5.3.1: the plan for a crisis is discussed, put together, submitted and agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from complaints.case.events.case import OpinionJoined, PlanBegun, PlanKept
from complaints.case.file import Act, Duty, PlanRevision
from complaints.case.forms import Opinion
from complaints.clock.anchors import Anchor
from complaints.crisis import forms as form
from complaints.editions.rule_ids import RuleId
from workflows import anonymous
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer

PLAN: RuleId = "CR-5.2.2e"
ASSIGNMENT: RuleId = "CR-5.2.2c"
OPINION: RuleId = "CR-5.2.2d"
OPINION_OF_A_PERSON: RuleId = "CR-5.2.2d.person"
CUSTOMER: RuleId = "CR-5.3.1"
MEDIA: RuleId = "CR-5.3.1.media"

Naming = DutyAnswer[form.ResponsibleDepartments]


@dataclass(frozen=True)
class RevisionStart:
    """What a revision of the plan begins with: the act, and the event from which its clocks run."""

    since: datetime
    anchor: Anchor | None
    act: Act

    @classmethod
    def at(cls, answer: DutyAnswer[Any], anchor: Anchor) -> RevisionStart:
        return cls(answer.at, anchor, answer.act)


@dataclass
class Planning:
    """What goes on from one revision of the plan to the next. A chapter that is run again builds it up anew."""

    revision: int  # the newest
    assigned: OwedDuty[form.Assignment] | None = None


@dataclass(frozen=True)
class AgreedPlan:
    """A plan to which the customer, and the media, have agreed, and its submission to the group."""

    revision: int
    departments: tuple[str, ...]  # responsible; the first one leads
    cost: Decimal
    complete_by: datetime
    dates: dict[str, datetime]  # by when each department carries out its part
    submitted: DutyAnswer[form.Submission]
    agreed_at: datetime  # by the last party


@dataclass(frozen=True)
class _CompletedPlan:
    plan: DutyAnswer[form.CostedPlan]
    dates: dict[str, datetime]
    parties: tuple[RuleId, ...]


def people_requested(case: DutyEngine, planning: Planning, named: Naming) -> None:
    """CR-5.2.2c: the general manager assigns people. An assignment that was made for earlier departments holds on."""
    if planning.assigned is None or not case.done_before(planning.assigned.duty, named.act):
        planning.assigned = case.owe(ASSIGNMENT, form.Assignment, since=named.at)


async def agreed_plan(case: DutyEngine, planning: Planning, named: Naming, begun: RevisionStart) -> AgreedPlan:
    """CR-5.2.2d to CR-5.3.1: a plan and the agreement of all parties to it, in as many revisions as that needs."""
    while True:
        completed = await _planned(case, planning, named, begun)
        plan, revision, lead = completed.plan, planning.revision, named.form.departments[0]
        submission = case.owe("CR-5.2.2f", form.Submission, since=plan.at, department=lead, revision=revision)
        contacts = [
            case.owe(party, form.Contact, since=plan.at, revision=revision)
            for party in completed.parties
            if party != CUSTOMER or not anonymous.waived(case, CUSTOMER, since=plan.at, revision=revision)
        ]
        refused = await _refusal(case, contacts)
        if refused is None:
            return AgreedPlan(
                revision=revision,
                departments=named.form.departments,
                cost=plan.form.cost,
                complete_by=plan.form.complete_by,
                dates=completed.dates,
                submitted=await submission.answer(),
                agreed_at=max([plan.at, *[(await contact.answer()).at for contact in contacts]]),
            )
        of_this_revision = {submission.duty, *(contact.duty for contact in contacts)}
        case.supersede(lambda duty, ended=of_this_revision: duty.id in ended, by=refused.duty)
        begun = RevisionStart.at(refused, "no_agreement")


async def _planned(case: DutyEngine, planning: Planning, named: Naming, begun: RevisionStart) -> _CompletedPlan:
    """CR-5.2.2d, e, CR-5.2.3: opinions, marketing's statement, the parts of the plan, and the plan as a whole."""
    assert planning.assigned is not None
    revision = _begun(case, planning, begun)
    since, anchor = begun.since, begun.anchor
    lead, *others = named.form.departments
    opinions = {
        department: case.owe(OPINION, Opinion, since=since, anchor=anchor, department=department, revision=revision)
        for department in (*others, *named.form.concerned)
    }
    stated = case.owe("CR-5.2.3", form.PartiesWants, since=since, anchor=anchor, revision=revision)
    parts = {
        department: case.owe(
            "CR-5.2.2e.part", form.PlanPart, since=since, anchor=anchor, department=department, revision=revision
        )
        for department in others
    }
    planned = case.owe(
        PLAN,
        form.CostedPlan,
        since=since,
        anchor=anchor,
        department=lead,
        revision=revision,
        needs=(planning.assigned.duty, stated.duty, *(part.duty for part in parts.values())),
    )
    case.in_background(_people_asked(case, planning.assigned, named, planned, begun, opinions))
    plan = await planned.answer()
    missing = [who for who, opinion in opinions.items() if _is_missing(case, opinion, plan.act)]
    keep(
        case,
        revision,
        plan,
        text=plan.form.measures,
        complete_by=plan.form.complete_by,
        cost=plan.form.cost,
        missing=missing,
    )
    dates = {department: case.answer(part.duty, form.PlanPart).form.complete_by for department, part in parts.items()}
    with_media = bool(case.answer(stated.duty, form.PartiesWants).form.media_wants)
    return _CompletedPlan(
        plan,
        dates={lead: plan.form.complete_by, **dates},
        parties=(CUSTOMER, MEDIA) if with_media else (CUSTOMER,),
    )


def _begun(case: DutyEngine, planning: Planning, begun: RevisionStart) -> int:
    """Begin the next revision of the plan. Opinions on earlier ones are no longer owed."""
    planning.revision += 1
    revision, leg = planning.revision, case.file.leg
    case.once(PlanBegun(at=begun.since, revision=revision))
    case.supersede(
        lambda duty: _is_opinion(duty) and duty.leg == leg and (duty.revision or 0) < revision, by=begun.act.duty or ""
    )
    return revision


async def _refusal(case: DutyEngine, contacts: list[OwedDuty[form.Contact]]) -> DutyAnswer[form.Contact] | None:
    """CR-5.3.1: wait until all parties have agreed (None), or until the first of them does not."""

    def refused() -> OwedDuty[form.Contact] | None:
        acts = ((contact, case.act_of(contact.duty)) for contact in contacts)
        return next((contact for contact, act in acts if act is not None and not act.form["agreed"]), None)

    await case.wait_until(lambda: refused() is not None or not any(case.is_open(contact.duty) for contact in contacts))
    first = refused()
    return None if first is None else await first.answer()


# --- CR-5.2.2c, d: the people assigned, and the opinions


async def _people_asked(
    case: DutyEngine,
    assigned: OwedDuty[form.Assignment],
    named: Naming,
    plan: OwedDuty[form.CostedPlan],
    begun: RevisionStart,
    opinions: dict[str, OwedDuty[Opinion]],
) -> None:
    """Each person assigned owes an opinion, and so does whoever is assigned while the plan is still discussed."""
    first = await assigned.answer()
    asked: list[DutyAnswer[form.Assignment]] = []

    def in_force() -> list[DutyAnswer[form.Assignment]]:
        return _assignments(case, first, named, plan, begun)

    while True:
        for one in in_force()[len(asked) :]:
            before = asked[-1].form.people if asked else ()
            for person in one.form.people:
                if person not in before:
                    opinions[person] = case.owe(
                        OPINION_OF_A_PERSON,
                        Opinion,
                        since=begun.since,
                        anchor=begun.anchor,
                        person=person,
                        each=person,
                        revision=case.file.duties[plan.duty].revision,
                    )
            asked.append(one)
        if not case.is_open(plan.duty):
            return
        await case.wait_until(lambda: len(in_force()) > len(asked) or not case.is_open(plan.duty))


def _assignments(
    case: DutyEngine,
    first: DutyAnswer[form.Assignment],
    named: Naming,
    plan: OwedDuty[form.CostedPlan],
    begun: RevisionStart,
) -> list[DutyAnswer[form.Assignment]]:
    """The assignment in force when this revision began, and those made while it was discussed, in order."""
    made = [first, *case.revisions(first)]
    renamed = next((one.act.seq for one in case.revisions(named) if one.act.seq > named.act.seq), None)

    def while_discussed(act: Act) -> bool:
        return not case.done_before(plan.duty, act) and (renamed is None or act.seq < renamed)

    before = [one for one in made if one.act.seq < begun.act.seq][-1:]
    return [*before, *(one for one in made if one.act.seq > begun.act.seq and while_discussed(one.act))]


def assigned_anew(case: DutyEngine, duty: Duty, act: Act) -> None:
    """CR-5.2.2c, changed: whoever is no longer assigned owes no opinion. The chapter asks those who are new."""
    people = set(act.form["people"])
    case.supersede(
        lambda other: other.rule == OPINION_OF_A_PERSON and other.leg == duty.leg and _asked_of(other) not in people,
        by=f"revised {duty.id}",
    )


def opinion_given(case: DutyEngine, duty: Duty, act: Act) -> None:
    """CR-5.2.2d: an opinion that comes after the plan joins its revision, and reopens nothing."""
    if any(plan.revision == duty.revision for plan in case.file.plans):
        joined = OpinionJoined(
            at=act.at, by=act.by, duty=duty.id, rule=duty.rule, revision=duty.revision or 0, who=_asked_of(duty)
        )
        case.record(joined)


def opinions_end(case: DutyEngine, revision: int, approved: DutyAnswer[Any]) -> None:
    """CR-5.2.2d: after the final approval an opinion is owed until its own limit, and no longer."""
    leg = case.file.leg
    for duty in case.file.open_duties:
        if _is_opinion(duty) and (duty.leg, duty.revision) == (leg, revision):
            case.in_background(_owed_until_its_limit(case, OwedDuty(case, duty.id, Opinion), by=approved.duty))


async def _owed_until_its_limit(case: DutyEngine, opinion: OwedDuty[Opinion], by: str) -> None:
    await case.overdue(opinion)
    case.supersede(lambda duty: duty.id == opinion.duty, by=by)


def _is_opinion(duty: Duty) -> bool:
    return duty.rule in (OPINION, OPINION_OF_A_PERSON)


def _is_missing(case: DutyEngine, opinion: OwedDuty[Opinion], plan: Act) -> bool:
    """Whether the opinion is still owed when the plan comes; one that was superseded is asked of nobody."""
    duty = case.file.duties[opinion.duty]
    return (duty.open or duty.act is not None) and not case.done_before(opinion.duty, plan)


def _asked_of(duty: Duty) -> str:
    """The department, or the person assigned, who is asked for the opinion: it is part of the duty's id."""
    return duty.department or duty.id.split("@")[1].split("#")[0].split("~")[0]


# --- kept in the file


def keep(
    case: DutyEngine,
    revision: int,
    answer: DutyAnswer[Any],
    *,
    text: str,
    complete_by: datetime,
    cost: Decimal | None,
    missing: list[str] | None = None,
) -> None:
    """Record the revision in the file. It names those who gave no opinion (CR-5.2.2d)."""
    if all(kept.revision != revision for kept in case.file.plans):
        kept = PlanRevision(
            revision=revision,
            text=text,
            by=answer.act.by,
            at=answer.at,
            complete_by=complete_by,
            missing=tuple(missing or ()),
            cost=cost,
        )
        case.record(PlanKept(at=answer.at, by=answer.act.by, plan=kept))

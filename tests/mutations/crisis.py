"""What the crisis guide says that is in no datum of an edition: who may, in which order, what if not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from complaints import grading
from complaints.acts import registry
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case import duties, waiting
from complaints.case.complaint import Certainty, Channel
from complaints.case.events.case import PlanKept
from complaints.case.file import ActKind
from complaints.case.forms import Grading, WatchDecision
from complaints.crisis.forms import (
    AdjustedPlan,
    AfterRefusal,
    CostedPlan,
    LibraryDecision,
    PartiesWants,
    Progress,
    RefusalDecision,
    ResponsibleDepartments,
    TrackedProgress,
    UnderstandingSought,
)
from complaints.grading import watch
from complaints.intake import checking
from complaints.legal.forms import CourtFinding
from tests import memory
from tests.mutations import ways
from tests.mutations.mutation import Mutation, broken, wrapped
from workflows import crisis, crisis_execution, crisis_plan, tracks, watching
from workflows.chapters import CHAPTERS
from workflows.duty_engine import DutyEngine, OwedDuty

CHAIN = ("CR-5.3.2a.1", "CR-5.3.2a.2", "CR-5.3.2a.3", "CR-5.3.2a.4", "CR-5.3.2a.5")


def mutations() -> Iterator[Mutation]:
    yield from _criteria()
    yield from _intake()
    yield from _planning()
    yield from _approvals()
    yield from _execution()
    yield from _records()


# --- 3.1


def _criteria() -> Iterator[Mutation]:
    yield broken("CR-3.1a", "a loss that is only likely does not count", _only_actual, "loss_reason", "loss_is")
    yield broken("CR-3.1a", "500,000 itself does not count", _above, "loss_reason", "loss")
    yield broken("CR-3.1b", "exposure that is only likely does not count", _only_actual, "media_reason", "media_is")
    yield broken(
        "CR-3.1c", "a litigation that is only likely does not count", _only_actual, "households_reason", "households_is"
    )
    yield broken("CR-3.1c", "10 households do not count", _above, "households_reason", "households")


def _only_actual(function: str, certainty: str) -> Any:
    def only(original: Any, rule: str, what: str, facts: Any, *rest: Any, **more: Any) -> Any:
        return None if getattr(facts, certainty) is Certainty.LIKELY else original(rule, what, facts, *rest, **more)

    return wrapped(grading, function, only)


def _above(function: str, fact: str) -> Any:
    def above(original: Any, rule: str, what: str, facts: Any, figure: Any, **more: Any) -> Any:
        return None if getattr(facts, fact) == figure else original(rule, what, facts, figure, **more)

    return wrapped(grading, function, above)


# --- 5.1, 5.2.1


def _intake() -> Iterator[Mutation]:
    yield broken("CR-5.1.1", "a report in the media is no complaint", _refused_channel, Channel.MEDIA)
    yield broken("CR-5.1.1", "a visit is no complaint", _refused_channel, Channel.VISIT)
    yield broken("CR-5.1.1", "whoever gets it late is in breach for it", ways.returns, waiting, "held_by", None)
    yield broken("CR-5.1.2", "repeats are not on the watch list", ways.returns, watch, "_repeated", ())
    yield broken("CR-5.1.3", "an entry dismissed comes to nothing new", _nothing_new)
    yield broken("CR-5.1.3", "a regrade of an entry changes nothing", ways.returns, watching, "graded_anew", None)
    yield broken("CR-5.1.3", "any regrade is taken", ways.unchecked, WatchDecision)
    yield broken("CR-5.2.1a", "a grade below the proposal needs no reason", ways.unchecked, Grading)
    yield broken("CR-5.2.1a", "levels 2 to 4 are crises too", ways.returns, tracks, "track_of", tracks.Track.CRISIS)
    yield broken("CR-5.2.1a", "nothing is proposed", _nothing_proposed)
    yield broken("CR-5.2.1b", "the crisis begins without the report", _without_report)
    yield broken("CR-5.2.1c", "reviewed by nobody before the approval", _chain, "REPORT_CHAIN", 1, 2)
    yield broken("CR-5.2.1c", "approved by nobody after the review", _chain, "REPORT_CHAIN", 0, 1)
    yield broken("CR-5.2.1c", "approved before it is reviewed", _turned_round, "REPORT_CHAIN")
    for step in ("CR-5.2.1c.review", "CR-5.2.1c.approval"):
        yield broken(
            "CR-5.2.1c", f"{step}: may not be returned to the supervisor", ways.not_returned_to, step, "CR-5.2.1b"
        )
    yield broken("CR-5.2.1c", "returned without a reason", _return_without_reason)


def _refused_channel(channel: Channel) -> Any:
    def refused(original: Any, complaint: Any, *args: Any, **more: Any) -> Any:
        found = original(complaint, *args, **more)
        if complaint.channel is not channel:
            return found
        raise Refusal(Refused.INVALID, problems=f"channel: {channel.value}")

    return ways.all_of(wrapped(checking, "check", refused), wrapped(memory, "check", refused))


def _nothing_new() -> Any:
    return ways.returns(watching.Watch, "_something_new", False)


def _nothing_proposed() -> Any:
    def lowest(original: Any, *args: Any, **more: Any) -> Any:
        return original(*args, **more).but(level=4, reasons=())

    return wrapped(grading, "propose", lowest)


def _without_report() -> Any:
    """The approvals are opened beside the report instead of after it: there is nothing to open."""

    async def unreported(original: Any, case: Any) -> Any:
        return await crisis.approved(case, crisis.REPORT_CHAIN, since=case.file.track_since, back_to=("CR-5.2.1b",))

    return wrapped(crisis, "_reported", unreported)


def _chain(name: str, first: int, last: int) -> Any:
    return ways.replaced(crisis, name, getattr(crisis, name)[first:last])


def _turned_round(name: str) -> Any:
    return ways.replaced(crisis, name, tuple(reversed(getattr(crisis, name))))


def _return_without_reason() -> Any:
    return ways.replaced(type(registry.ACTS[ActKind.RETURN]), "needs_reason", False)


# --- 5.2.2, 5.2.3, 5.3.1


def _planning() -> Iterator[Mutation]:
    yield broken("CR-5.2.2a", "defamation does not go to court", _no_court)
    yield broken("CR-5.2.2a", "new evidence changes nothing", _nothing_follows, crisis.JUDGEMENT)
    yield broken("CR-5.2.2a", "back from the court it is reported again", ways.returns, crisis, "_found_genuine", None)
    yield broken("CR-5.2.2a", "what the court finds does not matter", _answer, CourtFinding, {"genuine": False})
    yield broken("CR-5.2.2a", "the report is not filed any more", _superseded_too, "CR-5.2.1c.filing")
    yield broken("CR-5.2.2b", "with other departments nothing begins anew", _nothing_follows, crisis.NAMING)
    yield broken("CR-5.2.2b", "a change is told to nobody", ways.returns, DutyEngine, "tell_changed", None)
    yield broken("CR-5.2.2b", "a new department does not get the plan", ways.returns, DutyEngine, "hand", None)
    yield broken("CR-5.2.2b", "any departments are taken", ways.unchecked, ResponsibleDepartments)
    yield broken("CR-5.2.2c", "the people assigned owe nothing", wrapped, crisis_plan, "_people_asked", _skipped)
    yield broken("CR-5.2.2c", "whoever is assigned later owes nothing", _only_the_first_assignment)
    yield broken("CR-5.2.2c", "whoever is no longer assigned still owes", _nothing_follows, crisis_plan.ASSIGNMENT)
    yield broken("CR-5.2.2c", "a plan does not wait for the assignment", _does_not_need, "CR-5.2.2e", "CR-5.2.2c")
    yield broken("CR-5.2.2d", "a plan does not name who gave no opinion", _nobody_missing)
    yield broken("CR-5.2.2d", "those concerned are not asked", _answer, ResponsibleDepartments, {"concerned": ()})
    yield broken("CR-5.2.2d", "only the lead is asked", _answer, ResponsibleDepartments, _first_department)
    yield broken("CR-5.2.2d", "the plan ends every opinion", _plan_ends_opinions)
    yield broken("CR-5.2.2d", "the approval ends an opinion before its limit", _ends_at_once)
    yield broken("CR-5.2.2d", "an opinion is owed for good", ways.returns, crisis, "opinions_end", None)
    yield broken("CR-5.2.2d", "a late opinion joins nothing", _nothing_is_joined)
    yield broken(
        "CR-5.2.2e", "the plan does not wait for the parts", _does_not_need, "CR-5.2.2e", "CR-5.2.2e.part@property"
    )
    yield broken("CR-5.2.2e", "a plan may be over before a part of it", ways.unchecked, CostedPlan)
    yield broken("CR-5.2.3", "a plan without marketing's statement", _does_not_need, "CR-5.2.2e", "CR-5.2.3")
    yield broken("CR-5.2.3", "what the media want may be left out", ways.unchecked, PartiesWants)
    yield broken("CR-5.3.1", "a customer who does not agree changes nothing", _always_agreed)
    yield broken("CR-5.3.1", "the media are no party", _answer, PartiesWants, {"media_wants": ""})
    yield broken("CR-5.2.2f", "approved before it is submitted", _not_submitted)


def _no_court() -> Any:
    return ways.replaced(crisis, "Track", _Tracks())


class _Tracks:
    """The tracks, but no court."""

    def __getattr__(self, name: str) -> Any:
        return None if name == "LEGAL" else getattr(tracks.Track, name)


def _nothing_follows(rule: str) -> Any:
    """Let nothing follow from a changed answer to the rule."""
    return patch.dict(cast("dict[str, Any]", CHAPTERS.on_revision), {rule: lambda *_: None})


def _nothing_is_joined() -> Any:
    rules = (crisis_plan.OPINION, crisis_plan.OPINION_OF_A_PERSON)
    return patch.dict(cast("dict[str, Any]", CHAPTERS.on_answer), dict.fromkeys(rules, lambda *_: None))


def _answer(form: type[Frozen], changes: dict[str, Any] | Callable[[Any], dict[str, Any]]) -> Any:
    """Let the chapters read another answer than was given, in every form of this class."""

    def other(original: Any, self: Any, *args: Any) -> Any:
        found = original(self, *args)
        if not isinstance(found.form, form):
            return found
        return replace(found, form=found.form.but(**(changes(found.form) if callable(changes) else changes)))

    return wrapped(DutyEngine, "answer", other)


def _first_department(form: Any) -> dict[str, Any]:
    return {"departments": form.departments[:1], "concerned": ()}


def _superseded_too(rule: str) -> Any:
    """Let a change of track end the duties of this rule, too."""

    def without(original: Any, self: Any, *args: Any, but: tuple[str, ...] = (), **more: Any) -> Any:
        return original(self, *args, but=tuple(one for one in but if one != rule), **more)

    return wrapped(tracks.TrackRunner, "change_track", without)


async def _skipped(original: Any, *_: Any, **__: Any) -> None:
    return None


def _only_the_first_assignment() -> Any:
    return wrapped(crisis_plan, "_assignments", lambda original, *args: original(*args)[:1])


def _does_not_need(step: str, needed: str) -> Any:
    """Let a duty not wait for another one."""

    def without(original: Any, engine: Any, duty_id: str, rule_id: str, *rest: Any) -> Any:
        duty = original(engine, duty_id, rule_id, *rest)
        return duty.but(needs=tuple(id for id in duty.needs if id != needed)) if rule_id == step else duty

    return wrapped(DutyEngine, "_duty", without)


def _nobody_missing() -> Any:
    def named(original: Any, event: Any, *args: Any) -> Any:
        return original(event.but(plan=event.plan.but(missing=())), *args)

    return wrapped(PlanKept, "changes", named)


def _plan_ends_opinions() -> Any:
    def ending(original: Any, case: Any, *args: Any, **more: Any) -> None:
        original(case, *args, **more)
        case.supersede(lambda duty: duty.rule.startswith("CR-5.2.2d"), by="CR-5.2.2e")

    return wrapped(crisis_plan, "keep", ending)


def _ends_at_once() -> Any:
    async def ended(original: Any, case: Any, opinion: Any, by: str) -> None:
        case.supersede(lambda duty: duty.id == opinion.duty, by=by)

    return wrapped(crisis_plan, "_owed_until_its_limit", ended)


def _always_agreed() -> Any:
    async def agreed(original: Any, *args: Any) -> None:
        await original(*args)

    return wrapped(crisis_plan, "_refusal", agreed)


def _not_submitted() -> Any:
    """The approvals begin when the parties have agreed, whether the plan was submitted or not."""

    async def at_once(original: Any, owed: Any) -> Any:
        case, duty = owed.case, owed.case.file.duties[owed.duty]
        if duty.rule != "CR-5.2.2f" or duty.act is not None:
            return await original(owed)
        return SimpleNamespace(at=duty.since, act=SimpleNamespace(by=duty.owner), duty=duty.id, case=case)

    return wrapped(OwedDuty, "answer", at_once)


# --- 5.3.2


def _approvals() -> Iterator[Mutation]:
    yield broken("CR-5.3.2a", "an approval of an older revision is taken", ways.any_revision)
    yield broken("CR-5.3.2a", "returned without a reason", _return_without_reason)
    for nth, step in enumerate(CHAIN):
        yield broken("CR-5.3.2a", f"without {step}", _without_step, nth)
        for earlier in ("CR-5.2.2b", "CR-5.2.2e", *CHAIN[:nth]):
            yield broken("CR-5.3.2a", f"{step} may not return it to {earlier}", ways.not_returned_to, step, earlier)
    for nth in range(4):
        yield broken("CR-5.3.2a", f"{CHAIN[nth + 1]} before {CHAIN[nth]}", _swapped, nth)
    yield broken("CR-5.3.2a", "only the leader of the first department reviews", _one_leader)
    yield broken(
        "CR-5.3.2a",
        "an adjusted plan may not be returned to its adjustment",
        ways.not_returned_to,
        CHAIN[4],
        "CR-5.3.3a",
    )


def _one_leader() -> Any:
    async def alone(original: Any, *args: Any, departments: tuple[str, ...] = (), **more: Any) -> Any:
        return await original(*args, departments=departments[:1], **more)

    return wrapped(crisis, "approved", alone)


def _without_step(nth: int) -> Any:
    chain = crisis.PLAN_CHAIN
    return ways.replaced(crisis, "PLAN_CHAIN", (*chain[:nth], *chain[nth + 1 :]))


def _swapped(nth: int) -> Any:
    chain = list(crisis.PLAN_CHAIN)
    chain[nth], chain[nth + 1] = chain[nth + 1], chain[nth]
    return ways.replaced(crisis, "PLAN_CHAIN", tuple(chain))


# --- 5.3.2b to 5.4


def _execution() -> Iterator[Mutation]:
    yield broken("CR-5.3.2b", "carried out before it is filed", _not_filed)
    yield broken("CR-5.3.2c", "only the lead carries it out", _the_lead_alone)
    yield broken("CR-5.3.2c", "every part has the date of the lead", _one_date)
    yield broken("CR-5.3.2c", "done without being begun", _does_not_need, "CR-5.3.2c", "CR-5.3.2c.start@engineering")
    yield broken("CR-5.3.2c", "nobody tracks it", wrapped, crisis_execution, "_tracked", _skipped)
    yield broken("CR-5.3.2c", "it is tracked only once", wrapped, crisis_execution, "_tracked", _tracked_once)
    yield broken("CR-5.3.3", "counted from the last department that starts", _last_start)
    yield broken("CR-5.3.3", "satisfied once is satisfied for good", _satisfied_for_good)
    yield broken("CR-5.3.3", "any change of the answer is taken", ways.unchecked, Progress)
    yield broken(
        "CR-5.3.3a", "a dearer plan is not approved again", ways.returns, crisis_execution.Execution, "exceeds", False
    )
    yield broken(
        "CR-5.3.3a", "every adjusted plan is approved again", ways.returns, crisis_execution.Execution, "exceeds", True
    )
    yield broken("CR-5.3.3a", "an adjusted plan is no revision", ways.returns, crisis_execution, "keep", None)
    yield broken("CR-5.3.3a", "any department gets another date", ways.unchecked, AdjustedPlan)
    yield broken(
        "CR-5.3.3b", "a refusal is nobody's to decide about", _answer, UnderstandingSought, {"understood": True}
    )
    yield broken("CR-5.3.3b", "a new plan is not made", _answer, RefusalDecision, {"follows": AfterRefusal.PLAN_STANDS})
    yield broken("CR-5.3.3c", "the departments are not told to go on", _satisfied_in_silence)
    yield broken("CR-5.4.1", "owed only when the customer is satisfied", _notice_waits_for_marketing)
    yield broken("CR-5.4.2a", "counted from the first notice", _first_notice)
    yield broken("CR-5.4.2a", "told while the plan is adjusted", _never_adjusting)
    yield broken("CR-5.4.2b", "revisited again before the first revisit", _does_not_need, "CR-5.4.2b", "CR-5.4.2a")
    yield broken("CR-5.4.3", "written before the second revisit", _does_not_need, "CR-5.4.3", "CR-5.4.2b")
    yield broken(
        "CR-5.4.3", "a study that was sent back is not written anew", _answer, LibraryDecision, {"rewrite": False}
    )
    yield broken("CR-5.4.4", "nobody is copied on a breach", _no_copies)
    yield broken("CR-5.4.4", "copied on every breach of any complaint", ways.returns, duties, "_monitored", True)
    yield broken("CR-5.4.4", "copied on breaches of the crisis guide alone", _copied_by_clause)


def _not_filed() -> Any:
    async def at_once(original: Any, case: Any, rule: str, *args: Any, **terms: Any) -> Any:
        if rule != crisis_execution.FILING:
            return await original(case, rule, *args, **terms)
        filing = case.owe(rule, *args, **terms)
        return SimpleNamespace(at=terms["since"], duty=filing.duty)

    return wrapped(DutyEngine, "owed", at_once)


def _the_lead_alone() -> Any:
    def begun(original: Any, case: Any, planning: Any, plan: Any, filed_at: Any) -> Any:
        return original(case, planning, replace(plan, departments=plan.departments[:1]), filed_at)

    return wrapped(crisis_execution, "_begun", begun)


def _one_date() -> Any:
    def begun(original: Any, case: Any, planning: Any, plan: Any, filed_at: Any) -> Any:
        dates = dict.fromkeys(plan.dates, plan.complete_by)
        return original(case, planning, replace(plan, dates=dates), filed_at)

    return wrapped(crisis_execution, "_begun", begun)


async def _tracked_once(original: Any, case: Any, since: Any) -> None:
    await case.owed(crisis_execution.TRACKING, TrackedProgress, since=since)


def _last_start() -> Any:
    async def last(original: Any, case: Any, starts: Any) -> Any:
        return max([await one.answer() for one in starts], key=lambda answer: answer.act.seq)

    return wrapped(crisis_execution, "_first_start", last)


def _satisfied_for_good() -> Any:
    async def rests(original: Any, self: Any, since: Any, until: Any = None) -> None:
        await original(self, since)

    return wrapped(crisis_execution.Execution, "rests", rests)


def _satisfied_in_silence() -> Any:
    def owed(original: Any, case: Any, rule: str, *args: Any, **terms: Any) -> Any:
        return None if rule == crisis_execution.GOING_ON else original(case, rule, *args, **terms)

    return wrapped(DutyEngine, "owe", owed)


def _notice_waits_for_marketing() -> Any:
    async def carries_out(original: Any, case: Any, execution: Any, work: Any) -> Any:
        await case.wait_until(lambda: execution.rested is not None)
        return await original(case, execution, work)

    return wrapped(crisis_execution, "_carries_out", carries_out)


def _first_notice() -> Any:
    async def told(original: Any, case: Any, done: Any) -> Any:
        return await original(case, replace(done, notices=done.notices[-1:]))

    return wrapped(crisis, "_told_of_the_completion", told)


def _never_adjusting() -> Any:
    async def until_complete(original: Any, case: Any, execution: Any, since: Any) -> Any:
        adjusting = case.chapter(original(case, execution, since=since))
        await case.wait_until(lambda: adjusting.done or all(one.complete for one in execution.work.values()))
        if adjusting.done:
            return adjusting.result()
        adjusting.cancel()
        await execution.rests(since)
        return None

    return wrapped(crisis_execution, "_adjusted", until_complete)


def _copied_by_clause() -> Any:
    return wrapped(duties, "_monitored", lambda original, file, duty, level: duty.rule.startswith("CR-"))


def _no_copies() -> Any:
    def without(original: Any, file: Any, duty: Any, *rest: Any) -> Any:
        found = original(file, duty, *rest)
        return found.but(copied=()) if duty.rule.startswith("CR-") else found

    return wrapped(duties, "ladder", without)


# --- 7


FIELDS = (
    "complaint.number",
    "field.category",
    "field.customer",
    "field.contact",
    "field.channel",
    "field.project",
    "field.building",
    "complaint.opinion",
    "field.receiver",
    "complaint.property_company",
    "complaint.preliminary",
    "complaint.final",
    "field.handler",
    "field.leader",
)


def _records() -> Iterator[Mutation]:
    for field in FIELDS:
        yield broken("CR-7.1", f"{field} stays empty", ways.stays_empty, "complaint", field)

"""What the crisis guide says that is in no datum of an edition: who may, in which order, what if not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from complaints import grading
from complaints.acts import registry
from complaints.base.errors import Refusal, Refused
from complaints.case import duties
from complaints.case.complaint import Certainty, Channel
from complaints.case.events.case import PlanKept
from complaints.case.file import ActKind
from complaints.case.forms import Grading, WatchDecision
from complaints.crisis.forms import Contact
from complaints.grading import watch
from complaints.intake import checking
from tests import memory
from tests.mutations import ways
from tests.mutations.mutation import Mutation, broken, wrapped
from workflows import crisis, tracks, watching
from workflows.duty_engine import DutyEngine

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
    yield broken("CR-5.1.1", "whoever gets it late is in breach for it", ways.returns, DutyEngine, "_held_by", None)
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
    yield broken("CR-5.2.2d", "a plan does not name who gave no opinion", _nobody_missing)
    yield broken("CR-5.2.2d", "only the first department is asked", _only_the_lead)
    yield broken("CR-5.2.3", "a plan without marketing's statement", ways.not_waited_for, "CR-5.2.2e")
    yield broken("CR-5.3.1", "a customer who does not agree changes nothing", _always_agreed)


def _no_court() -> Any:
    return ways.replaced(crisis, "Track", _Tracks())


class _Tracks:
    """The tracks, but no court."""

    def __getattr__(self, name: str) -> Any:
        return None if name == "LEGAL" else getattr(tracks.Track, name)


def _nobody_missing() -> Any:
    def named(original: Any, event: Any, *args: Any) -> Any:
        return original(event.but(plan=event.plan.but(missing=())), *args)

    return wrapped(PlanKept, "changes", named)


def _only_the_lead() -> Any:
    async def alone(original: Any, case: Any, departments: Any, *rest: Any, **more: Any) -> Any:
        return await original(case, departments[:1], *rest, **more)

    return wrapped(crisis, "_planned", alone)


def _always_agreed() -> Any:
    def agreed(original: Any, self: Any, *args: Any) -> Any:
        found = original(self, *args)
        return replace(found, form=found.form.but(agreed=True)) if isinstance(found.form, Contact) else found

    return wrapped(DutyEngine, "answer", agreed)


# --- 5.3.2


def _approvals() -> Iterator[Mutation]:
    yield broken("CR-5.3.2a", "an approval of an older revision is taken", ways.any_revision)
    yield broken("CR-5.3.2a", "returned without a reason", _return_without_reason)
    for nth, step in enumerate(CHAIN):
        yield broken("CR-5.3.2a", f"without {step}", _without_step, nth)
        for earlier in ("CR-5.2.2e", *CHAIN[:nth]):
            yield broken("CR-5.3.2a", f"{step} may not return it to {earlier}", ways.not_returned_to, step, earlier)
    for nth in range(4):
        yield broken("CR-5.3.2a", f"{CHAIN[nth + 1]} before {CHAIN[nth]}", _swapped, nth)


def _without_step(nth: int) -> Any:
    chain = crisis.PLAN_CHAIN
    return ways.replaced(crisis, "PLAN_CHAIN", (*chain[:nth], *chain[nth + 1 :]))


def _swapped(nth: int) -> Any:
    chain = list(crisis.PLAN_CHAIN)
    chain[nth], chain[nth + 1] = chain[nth + 1], chain[nth]
    return ways.replaced(crisis, "PLAN_CHAIN", tuple(chain))


# --- 5.3.2c to 5.4


def _execution() -> Iterator[Mutation]:
    yield broken("CR-5.3.3b", "the general manager is not told of a refusal", ways.not_told, "CR-5.3.3b.refused")
    yield broken("CR-5.4.4", "nobody is copied on a breach", _no_copies)


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

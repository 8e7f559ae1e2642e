"""What the revisit instruction says that is in no datum of an edition."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, cast
from unittest.mock import patch

from complaints.acts import drop, enquiry, invalidate
from complaints.acts.discharge import Discharge
from complaints.case import four_eyes
from complaints.case.act_context import incomplete
from complaints.case.complaint import Facts, Track
from complaints.printing.sheets.material import Material
from complaints.revisits import drawing
from complaints.revisits.forms import CaseEffectRevisit, CaseRevisit, RevisitAnswers, RevisitWay
from tests.mutations import ways
from tests.mutations.mutation import Mutation, broken, wrapped
from workflows import enquiry as answered
from workflows import linked_cases, major, ordinary, repair, tracks, withdrawn
from workflows import revisits as workflows_revisits
from workflows.chapters import CHAPTERS
from workflows.duty_engine import DutyEngine


def mutations() -> Iterator[Mutation]:
    for way in RevisitWay:
        yield broken("RV-3", f"{way.value} is no way of revisiting", _no_such_way, way)
    yield broken("RV-4.1a", "an ordinary complaint is not revisited", _not_revisited, ordinary)
    yield broken("RV-4.1a", "a major complaint is not revisited", _not_revisited, major)
    yield broken("RV-4.1a", "a withdrawal ends it unconfirmed", _ended_by, "DROP.confirmation")
    yield broken("RV-4.1a", "a major complaint is withdrawn without the leader", _ended_by, "DROP.consent")
    yield broken("RV-4.1a", "whoever took it in confirms the withdrawal", ways.returns, four_eyes, "_receiver", ())
    yield broken("RV-4.1a", "whoever recorded the withdrawal confirms it", ways.returns, drop, "_superior", None)
    yield broken("RV-4.1a", "only the person complained about heard it", ways.returns, drop, "_heard_by", None)
    yield broken("RV-4.1a", "a withdrawal is not revisited", _not_asked, withdrawn)
    yield from _no_complaint()
    yield broken("RV-4.1b", "whoever took a major complaint revisits it", ways.replaced, major, "DEVELOPMENT", None)
    yield broken(
        "RV-4.1b",
        "whoever took it revisits works the company paid for",
        ways.property_returns,
        repair.RepairsDone,
        "revisited_by",
        None,
    )
    yield broken(
        "RV-2", "whoever took a grave complaint revisits it", ways.returns, workflows_revisits, "_in_person", None
    )
    for field in ("revisit.at", "revisit.way", "revisit.reached", "revisit.satisfaction", "revisit.by"):
        yield broken("RV-4.1c", f"the record: {field} stays empty", ways.stays_empty, "revisit", field)
    yield broken("RV-4.1c", "a try that reached nobody has no record", _tries_unprinted)
    yield broken("RV-4.2", "a customer who is not satisfied changes nothing", _always_satisfied)
    yield broken("RV-4.2", "several tries on one day", _tries_on_one_day)
    yield broken("RV-4.2", "whoever tries gives it up themselves", _gives_up_alone)
    yield broken("RV-4.4", "a signature is no revisit", ways.property_returns, repair.RepairsDone, "signed", False)
    yield broken("RV-4.4", "revisited without a signature", ways.property_returns, repair.RepairsDone, "signed", True)
    yield broken("RV-5.3d", "somebody is drawn twice in a year", _drawn_again)
    yield broken("RV-5.3d", "one building after the other", _not_spread)
    yield broken("RV-5.3d", "another draw every time", _another_seed)
    for field in INFORMATION:
        yield broken("RV-7", f"{field} stays empty", ways.stays_empty, "info", field)


INFORMATION = (
    "field.received_at",
    "field.number",
    "field.level",
    "field.customer",
    "info.address",
    "field.phone",
    "info.source",
    "field.receiver",
    "info.handled_at",
    "info.plan",
    "info.tracking",
    "info.result",
)


def _ended_by(approval: str) -> Any:
    """Let a withdrawal wait for nobody's approval by this rule."""

    def unasked(original: Any, engine: Any, rule: str, *args: Any, **more: Any) -> None:
        if rule != approval:
            original(engine, rule, *args, **more)

    def ended(original: Any, case: Any, act: Any) -> bool:
        waits = original(case, act)
        about = drop.by_act(act.seq)
        still = any(duty.open and duty.about == about for duty in case.file.duties.values())
        if waits and not still:
            case.withdrawn(by="nobody", since=case.now)
        return waits and still

    return ways.all_of(wrapped(DutyEngine, "asks_approval", unasked), wrapped(drop, "_ask", ended))


def _not_asked(module: Any) -> Any:
    async def nobody(original: Any, *args: Any, **more: Any) -> None:
        return None

    return wrapped(module, "asked", nobody)


def _no_complaint() -> Iterator[Mutation]:
    """What is not valid, and what is a mere enquiry."""

    def of_it(name: str, way: Any, *arguments: Any) -> Mutation:
        return broken("RV-4.1a", name, way, *arguments)

    yield of_it("the supervisor ends alone what is not valid", _ended_at_once)
    yield of_it("returned, what is not valid ends all the same", _ended_though_returned)
    yield of_it("whoever found it not valid confirms it", ways.returns, four_eyes, "_asker", ())
    yield of_it("anybody finds it not valid", ways.returns, invalidate, "by_role", None)
    yield of_it("a crisis is found not valid", ways.returns, invalidate, "able_to_end", None)
    yield of_it("what was handled is found not valid", _handled_is_unknown)
    yield of_it("a crisis ends as not valid", ways.replaced, tracks, "ENDINGS", drop.APPROVALS)
    yield of_it("what is not valid keeps the cases that it leads", ways.returns, linked_cases, "release", None)
    yield of_it("an enquiry is not revisited", _not_asked, answered)
    yield of_it("an enquiry whose customer is not satisfied is archived", _contented)
    yield of_it("what names a harm becomes an enquiry", ways.property_returns, Facts, "harmless", True)
    yield of_it("whatever the case says, it becomes an enquiry", ways.returns, enquiry, "no_enquiry", None)
    yield of_it("anybody makes it an enquiry", ways.returns, enquiry, "by_receiver", None)
    yield of_it("a crisis becomes an enquiry", ways.returns, enquiry, "able_to_end", None)
    yield of_it("others depend on an enquiry", ways.returns, enquiry, "leads", False)
    yield of_it("the track goes on beside an enquiry", _goes_on_beside)
    yield of_it("an enquiry is not recorded", _unrecorded)


def _ended_at_once() -> Any:
    def alone(original: Any, kind: Any, case: Any, act: Any) -> None:
        case.invalid(by="nobody", since=act.at)

    return wrapped(invalidate.Invalidate, "effect", alone)


def _ended_though_returned() -> Any:
    def either_way(case: Any, duty: Any, act: Any) -> None:
        case.invalid(by=invalidate.REASON, since=act.at)

    return patch.dict(cast("dict[str, Any]", CHAPTERS.on_answer), {invalidate.CONFIRMATION: either_way})


def _handled_is_unknown() -> Any:
    def before(original: Any, kind: Any, context: Any, request: Any, at: Any) -> Any:
        file, context.file = context.file, context.file.but(handled_at=None)
        try:
            return original(kind, context, request, at)
        finally:
            context.file = file

    return wrapped(invalidate.Invalidate, "may", before)


def _contented() -> Any:
    async def always(original: Any, case: Any, *revisits: Any) -> bool:
        await original(case, *revisits)
        return True

    return wrapped(answered, "contented", always)


def _goes_on_beside() -> Any:
    def only_entered(original: Any, case: Any, by: str, since: Any) -> None:
        case.enter(Track.ENQUIRY, since)

    return wrapped(tracks.TrackRunner, "enquiry", only_entered)


def _unrecorded() -> Any:
    def all_superseded(original: Any, case: Any, by: str, since: Any) -> None:
        original(case, by=by, since=since)
        case.supersede(lambda duty: duty.rule == tracks.RECORD, by=by)

    return wrapped(tracks.TrackRunner, "enquiry", all_superseded)


def _no_such_way(way: RevisitWay) -> Any:
    def refused(original: Any, kind: Any, context: Any, request: Any, *rest: Any) -> Any:
        if (request.form or {}).get("way") == way.value:
            raise incomplete("revisit", f"way: {way.value}")
        return original(kind, context, request, *rest)

    return wrapped(Discharge, "may", refused)


def _not_revisited(module: Any) -> Any:
    async def none(original: Any, case: Any, **more: Any) -> bool:
        return True

    return wrapped(module, "revisited", none)


def _tries_unprinted() -> Any:
    def without(original: Any, m: Any, *forms: str) -> Any:
        return [act for act in original(m, *forms) if act.form.get("reached", True)]

    return wrapped(Material, "filled", without)


def _always_satisfied() -> Any:
    return ways.property_returns(RevisitAnswers, "unsatisfied", False)


def _tries_on_one_day() -> Any:
    return ways.unchecked(CaseRevisit, CaseEffectRevisit)


def _gives_up_alone() -> Any:
    def themselves(original: Any, engine: Any, rule: Any, terms: Any) -> Any:
        if rule.id == "RV-4.2.unreachable":
            first = engine.file.duties[terms["about"]]
            return original(engine, rule, {**terms, "person": first.owner, "role": first.role})
        return original(engine, rule, terms)

    return wrapped(DutyEngine, "owner", themselves)


def _drawn_again() -> Any:
    def from_all(original: Any, asking: Any, lot: Any, cycle: int, size: int, before: Any) -> Any:
        fresh = asking.but(population=tuple(one.but(cycle=0) for one in asking.population))
        return original(fresh, lot, cycle, size, before)

    return wrapped(drawing, "_part", from_all)


def _not_spread() -> Any:
    def in_a_row(original: Any, size: int, customers: Any, drawn: Any, free: Any) -> list[str]:
        every = [building for building in sorted(customers) for _ in range(free.get(building, 0))]
        return every[:size]

    return wrapped(drawing, "spread", in_a_row)


def _another_seed() -> Any:
    count = itertools.count()
    return wrapped(drawing, "seed", lambda original, *args: f"{next(count):064x}")

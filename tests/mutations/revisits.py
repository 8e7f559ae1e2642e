"""What the revisit instruction says that is in no datum of an edition."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from complaints.acts import drop
from complaints.acts.discharge import Discharge
from complaints.case import four_eyes
from complaints.case.act_context import incomplete
from complaints.printing.sheets.material import Material
from complaints.revisits import drawing
from complaints.revisits.forms import CaseEffectRevisit, CaseRevisit, RevisitAnswers, RevisitWay
from tests.mutations import ways
from tests.mutations.mutation import Mutation, broken, wrapped
from workflows import major, ordinary, repair, withdrawn
from workflows import revisits as workflows_revisits
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
    yield broken("RV-4.1a", "a withdrawal is not revisited", _not_asked)
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


def _not_asked() -> Any:
    async def nobody(original: Any, *args: Any, **more: Any) -> None:
        return None

    return wrapped(withdrawn, "asked", nobody)


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

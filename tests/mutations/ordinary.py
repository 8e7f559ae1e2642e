"""What the complaint-handling procedure says that is in no datum of an edition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from typing import Any

from complaints.acts.act import allowed_on
from complaints.acts.policy import ActPolicy
from complaints.acts.reschedule import Reschedule
from complaints.base.errors import Refusal, Refused
from complaints.case import duties
from complaints.ordinary import handling
from complaints.ordinary.forms import LiaisonNamed, Settlement, WorkOrder
from complaints.retention import listing, terms
from tests.mutations import ways
from tests.mutations.mutation import Mutation, broken, wrapped
from workflows import liaison, ordinary, responsibility
from workflows.duty_engine import DutyEngine
from workflows.duty_terms import Superseded

f3 = import_module("complaints.printing.sheets.register")  # the package has a function of this name


def mutations() -> Iterator[Mutation]:
    yield broken("CH-5a", "whoever took it handles it, whomever it is about", _by_the_receiver)
    yield broken("CH-5a", "people complained about may act", _may_act)
    yield broken("CH-5b", "nobody above takes what a level cannot solve", ways.returns, handling, "next_step", None)
    yield broken("CH-7.1.1", "nobody has to tell the date", _never_owed, "CH-7.1.1")
    yield broken("CH-7.1.2", "nobody has to repeat it", _never_owed, "CH-7.1.2")
    yield broken("CH-7.2.2", "a level that is late is not joined", ways.returns, ordinary, "_moves_up", False)
    yield broken("CH-7.2.2", "a level is passed over", _passed_over)
    yield broken("CH-7.2.3", "only one department is asked", _one_department)
    yield broken("CH-7.2.3", "the opinions are not waited for", _first_opinion_is_enough)
    yield broken("CH-7.2.2", "what goes up carries nothing", _nothing_handed)
    yield broken("CH-7.2.3", "the manager cannot issue it from the ladder", _not_from_the_ladder)
    yield broken("CH-7.2.3", "an opinion that does not say whose it is", _unclear)
    yield broken("CH-7.3.1", "the breach names who could not answer", ways.returns, duties, "blocked_by", None)
    yield broken("CH-7.3.3", "who asked for a third date hears no decision", _no_decision)
    yield broken("CH-7.5.1", "sales hear nothing of it", _never_owed, "CH-7.5.1.told")
    yield broken("CH-7.5.1", "owed for every complaint", _of_any_category)
    yield broken("CH-7.5.1", "owed by sales, too", ways.replaced, liaison, "SALES", "")
    yield broken("CH-7.5.1", "somebody of another department is named", ways.unchecked, LiaisonNamed)
    yield broken("CH-7.3.1", "an answer before there is an opinion", ways.not_waited_for, "CH-7.3.1")
    yield broken("CH-7.3.2", "face to face without a signature", _unsigned)
    yield broken("CH-7.3.2", "declined without a note", _without_note)
    yield broken("CH-7.3.3", "after the promised date too", _rescheduled, Refused.WRONG_TIME)
    yield broken("CH-7.3.3", "without the customer's understanding", _not_understood)
    yield broken("CH-7.3.3", "a third change is only refused", _never_owed, "CH-7.3.3.decide")
    yield broken("CH-8.1", "a hold spares nothing", _no_hold)
    yield broken("CH-8.1", "a record goes while a case linked to it is open", _no_chain)
    yield broken("CH-8.1", "a day too early", _a_day_early, terms.RecordKind.CASE)
    yield broken("CH-8.2", "a day too early", _a_day_early, terms.RecordKind.REPORT)
    yield broken("CH-8.2", "a hold spares nothing", _no_hold)
    for field in F1:
        yield broken("CH-9", f"F1: {field} stays empty", ways.stays_empty, "f1", field)
    for field in F2:
        yield broken("CH-9", f"F2: {field} stays empty", ways.stays_empty, "f2", field)
    for column in F3:
        yield broken("CH-7.5.4", f"F3: {column} stays empty", _empty_column, column)
    yield broken("CH-7.5.4", "F3: the last complaint of the period is not in it", _one_too_few)


F1 = (
    "field.number",
    "f1.complainant",
    "field.phone",
    "f1.address",
    "field.matter",
    "f1.expected",
    "f1.signature",
    "f1.recorded_at",
    "f1.recorded_by",
    "f1.measures",
    "f1.handler",
    "f1.execution",
    "f1.executor",
    "f1.completed",
    "f1.view",
)
F2 = ("f2.to", "f2.from", "f2.issued_at", "f2.due", "f2.request", "f2.opinion")
F3 = ("number", "received", "complainant", "matter", "expected", "outcome")


def _by_the_receiver() -> Any:
    def receiver(original: Any, received_by: str, about: Any, people: Any, edition: Any) -> Any:
        return original(received_by, frozenset(), people, edition)

    return wrapped(handling, "handler", receiver)


def _may_act() -> Any:
    def allowed(original: Any, policy: Any, request: Any) -> Any:
        with ways.property_returns(type(policy.file), "about", frozenset()):
            return original(policy, request)

    return wrapped(ActPolicy, "allow", allowed)


def _never_owed(step: str) -> Any:
    """Let a duty be superseded as soon as it is opened, by nothing."""
    ways.entry(step)

    async def never(original: Any, engine: Any, rule_id: str, *args: Any, **more: Any) -> Any:
        if rule_id == step:
            raise Superseded(rule_id)
        return await original(engine, rule_id, *args, **more)

    def aside(original: Any, engine: Any, rule_id: str, *args: Any, **more: Any) -> Any:
        if rule_id == step:
            raise Superseded(rule_id)
        return original(engine, rule_id, *args, **more)

    asked = (wrapped(DutyEngine, name, aside) for name in ("alongside", "owe"))
    return ways.all_of(wrapped(DutyEngine, "owed", never), *asked)


def _passed_over() -> Any:
    def over(original: Any, role: str) -> Any:
        steps = original(role)
        return (*steps[:1], *steps[2:]) if len(steps) > 2 else steps

    return wrapped(handling, "steps_from", over)


def _one_department() -> Any:
    def first(original: Any, engine: Any, *args: Any) -> Any:
        found = original(engine, *args)
        if not isinstance(found.form, WorkOrder):
            return found
        return replace(found, form=found.form.but(departments=found.form.departments[:1]))

    return wrapped(DutyEngine, "answer", first)


def _first_opinion_is_enough() -> Any:
    async def first(original: Any, case: Any, issued: Any, part: Any, **more: Any) -> Any:
        owed = [part(name, issued) for name in issued.form.departments]
        return [await owed[0].answer()]

    return wrapped(responsibility, "each_department", first)


def _nothing_handed() -> Any:
    def without(original: Any, engine: Any, *args: Any, **terms: Any) -> Any:
        return original(engine, *args, **{**terms, "hands": None})

    return wrapped(DutyEngine, "owe", without)


def _not_from_the_ladder() -> Any:
    return ways.returns(ordinary, "_form_of", Settlement)


def _unclear() -> Any:
    return ways.accepted(Refused.FORM_INCOMPLETE, "CH-7.2.3.opinion")


def _no_decision() -> Any:
    return ways.wrapped_chapter(ordinary, "decided_above", lambda *_: None)


def _of_any_category() -> Any:
    def sales(original: Any, case: Any) -> Any:
        file = case.file
        case.file = file.but(complaint=file.complaint.but(category="sales"))
        try:
            return original(case)
        finally:
            case.file = file

    return wrapped(liaison, "_taken_in_by", sales)


def _unsigned() -> Any:
    return _answer_without("signature goes with")


def _without_note() -> Any:
    return _answer_without("note says how")


def _answer_without(sentence: str) -> Any:
    return ways.accepted(
        Refused.FORM_INCOMPLETE,
        "CH-7.3.1",
        when=lambda refusal: sentence in str(refusal.params.get("problems")) and "; " not in str(refusal.params),
    )


def _rescheduled(code: Refused) -> Any:
    def accepting(original: Any, kind: Any, context: Any, request: Any, duty: Any, at: Any) -> Any:
        try:
            return original(kind, context, request, duty, at)
        except Refusal as refusal:
            if refusal.code is not code:
                raise
            return allowed_on(duty, at, dict(request.form or {}))

    return wrapped(Reschedule, "may", accepting)


def _not_understood() -> Any:
    return _rescheduled(Refused.FORM_INCOMPLETE)


def _no_hold() -> Any:
    def unheld(original: Any, records: Any, *rest: Any) -> Any:
        return original([one.but(hold=None) for one in records], *rest)

    return ways.wrapped_everywhere(listing, "listing", unheld)


def _no_chain() -> Any:
    def unlinked(original: Any, records: Any, *rest: Any) -> Any:
        return original([one.but(links=()) for one in records], *rest)

    return ways.wrapped_everywhere(listing, "listing", unlinked)


def _a_day_early(kind: Any) -> Any:
    def early(original: Any, records: Any, rules: Any, day: Any) -> Any:
        moved = [
            one.but(since=one.since - timedelta(days=1)) if one.kind is kind and one.since is not None else one
            for one in records
        ]
        return original(moved, rules, day)

    return ways.wrapped_everywhere(listing, "listing", early)


def _empty_column(column: str) -> Any:
    nth = list(f3.WIDTHS).index(column)

    def emptied(original: Any, *args: Any) -> Any:
        row = original(*args)
        return (*row[:nth], "", *row[nth + 1 :])

    return wrapped(f3, "_row", emptied)


def _one_too_few() -> Any:
    def fewer(original: Any, words: Any, files: Any, *rest: Any) -> Any:
        return original(words, list(files)[:-1], *rest)

    return ways.wrapped_everywhere(f3, "register", fewer)

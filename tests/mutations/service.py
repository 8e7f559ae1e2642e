"""What the customer-service procedure says that is in no datum of an edition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

from complaints.acts import cancel_matter
from complaints.acts.discharge import Discharge
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import incomplete
from complaints.repairs import retention_money
from complaints.repairs.forms import AdvancePaid, AuditResult, BillAudit, RepairAssignment, VouchedDeduction
from complaints.responsibility.forms import AdviceAsked, Coordination, DepartmentsOrder, Minutes, TechnicalAdvice
from tests.mutations import ways
from tests.mutations.mutation import Mutation, broken, wrapped
from workflows import ordinary, repair, responsibility, revisits
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import Superseded

customer_file = import_module("complaints.printing.sheets.customer_file")


def mutations() -> Iterator[Mutation]:
    for part in ("complaints", "promises", "repairs", "revisits", "surveys"):
        yield broken("CS-4.1.5", f"{part} are not in the file", _not_in_the_file, part)
    yield broken("CS-4.2.1b", "nobody has to tell customer service", _not_passed_on)
    yield broken("CS-4.2.3", "the departments hear nothing", _nothing_shared)
    yield broken("CS-4.2.3", "only departments that had duties of their own hear it", _not_shared_with_handlers)
    yield broken("CS-4.2.2a", "only the first department acts", _first_department)
    yield broken("CS-4.2.2a", "the lead hears nothing of the others", _silent, "part_done")
    yield broken("CS-4.2.2a", "an order to a department that does not exist", ways.unchecked, DepartmentsOrder)
    yield broken("CS-4.2.2a", "a department left out of a changed order goes on", _silent, "departments_changed")
    yield broken("CS-4.2.2b", "a department that does not exist advises", ways.unchecked, AdviceAsked)
    yield broken("CS-4.2.2b", "advice that it is ours leads nowhere", _advice_is_final)
    yield broken("CS-4.2.6", "the departments do not get the minutes", _silent, "minuted")
    yield broken("CS-4.2.1a", "what followed from a wrong assessment goes on", _goes_on_as_assessed)
    yield broken("CS-4.2.5", "the general manager cannot return it", ways.not_returned_to, "CS-2.8", "CS-4.2.5")
    yield broken("CS-4.2.5", "a department that does not exist", ways.unchecked, Coordination)
    yield broken("CS-4.2.6", "an item of somebody unknown, or of yesterday", ways.unchecked, Minutes)
    yield broken("CS-4.2.6", "nobody hears of a late item", ways.not_told, "CS-4.2.6.tracked")
    yield broken(
        "CS-4.3.1", "the general manager cannot return it", ways.not_returned_to, "CS-4.3.1.approval", "CS-4.3.1"
    )
    yield broken("CS-4.3.2", "a contractor without a contact", ways.unchecked, RepairAssignment)
    yield broken("CS-4.3.2", "the order does not say the contact", ways.returns, repair, "_whom_to_call", {})
    yield broken("CS-4.3.3", "nobody decides about a repair", ways.returns, repair, "is_about_the_product", False)
    yield broken("CS-4.3.3", "what was opened by mistake cannot be cancelled", _cannot_be_cancelled)
    yield broken("CS-4.3.3", "work that has begun is cancelled at once", _cancelled_at_once)
    yield broken("CS-4.3.3", "the firm is not told that it is called off", _not_called_off)
    for result in (AuditResult.SENT_BACK, AuditResult.NOTHING):
        yield broken("CS-4.3.4a", f"{result.value} is no result of an audit", _no_result, result)
    yield broken("CS-4.3.4a", "above the bill", ways.unchecked, BillAudit)
    yield broken("CS-4.3.4b", "above the audited sum, or without vouchers", ways.unchecked, VouchedDeduction)
    yield broken("CS-4.3.4b", "above the balance", _unlimited)
    yield broken("CS-4.3.4b", "a shortfall is claimed of nobody", _not_claimed)
    yield broken("CS-4.3.4c", "the contractor is not told", _never_told_contractor)
    yield broken("CS-4.3.4c", "nobody explains the cost", ways.returns, repair, "_explained", None)
    yield broken("CS-2.5", "more than was audited", ways.unchecked, AdvancePaid)
    yield broken("CS-2.5", "an advance is not deducted", _advance_not_deducted)
    yield broken("CS-4.3.6", "only the first report is owed", _one_report)


def _not_in_the_file(part: str) -> Any:
    """The file as it is laid out; that the records are searched for everything is shown with a database."""

    def without(original: Any, words: Any, file: Any, *rest: Any) -> Any:
        return original(words, file.but(**{part: ()}), *rest)

    return ways.wrapped_everywhere(customer_file, "customer_file", without)


def _not_passed_on() -> Any:
    def done_already(original: Any, case: Any, assessed: Any) -> Any:
        return OwedDuty(case, assessed.duty, type(assessed.form))

    return wrapped(responsibility, "_passed_on", done_already)


def _nothing_shared() -> Any:
    return ways.wrapped_chapter(revisits, "effect_shared", lambda *_: None)


def _not_shared_with_handlers() -> Any:
    return ways.replaced(revisits, "HANDLED_BY", ())


def _silent(consequence: str) -> Any:
    """Let what follows at once from an answer, or from its change, be left out."""
    return ways.wrapped_chapter(responsibility, consequence, lambda *_: None)


def _first_department() -> Any:
    def first(original: Any, engine: Any, *args: Any) -> Any:
        found = original(engine, *args)
        if not isinstance(found.form, DepartmentsOrder):
            return found
        return replace(found, form=found.form.but(departments=found.form.departments[:1]))

    return wrapped(DutyEngine, "answer", first)


def _advice_is_final() -> Any:
    def never_ours(original: Any, engine: Any, *args: Any) -> Any:
        found = original(engine, *args)
        if not isinstance(found.form, TechnicalAdvice):
            return found
        return replace(found, form=found.form.but(our_responsibility=False))

    return wrapped(DutyEngine, "answer", never_ours)


def _goes_on_as_assessed() -> Any:
    return ways.wrapped_chapter(ordinary, "reassessed", lambda *_: None)


def _cannot_be_cancelled() -> Any:
    def refused(original: Any, kind: Any, context: Any, request: Any, *rest: Any) -> Any:
        raise Refusal(Refused.WRONG_ACT, duty="—", act=request.kind.value, instead="discharge")

    return wrapped(cancel_matter.CancelMatter, "may", refused)


def _cancelled_at_once() -> Any:
    return ways.returns(cancel_matter, "work_has_begun", False)


def _not_called_off() -> Any:
    return ways.returns(cancel_matter, "contractor_is_ordered", False)


def _no_result(result: AuditResult) -> Any:
    def refused(original: Any, kind: Any, context: Any, request: Any, *rest: Any) -> Any:
        if (request.form or {}).get("result") == result.value:
            raise incomplete("bill_audit", f"result: {result.value}")
        return original(kind, context, request, *rest)

    return wrapped(Discharge, "may", refused)


def _not_claimed() -> Any:
    async def nobody(original: Any, *args: Any, **more: Any) -> None:
        pass

    return wrapped(repair, "_claimed", nobody)


def _never_told_contractor() -> Any:
    async def never(original: Any, engine: Any, rule_id: str, *args: Any, **more: Any) -> Any:
        if rule_id == "CS-4.3.4c.contractor":
            raise Superseded(rule_id)
        return await original(engine, rule_id, *args, **more)

    return wrapped(DutyEngine, "owed", never)


def _advance_not_deducted() -> Any:
    return ways.property_returns(RepairAssignment, "advanced", False)


def _unlimited() -> Any:
    def unlimited(original: Any, asked: Any, balance: Any) -> Any:
        return original(asked, max(balance, asked.requested))

    return ways.wrapped_everywhere(retention_money, "entries", unlimited)


def _one_report() -> Any:
    async def once(original: Any, case: Any, matter: Any, since: Any, until: Any) -> None:
        await case.owed("CS-4.3.6", repair.form.RepairReport, matter=matter.id, since=since)

    return wrapped(repair, "_kept_informed", once)

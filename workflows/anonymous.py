"""A complaint whose customer nobody knows: what is owed to the customer waits until they are known.

It is not called, told or revisited. Each such duty is recorded as waived, so that the file says why nobody did it; what
would have been answered is kept in the case (`customer_told` of the form). Once a correction names the customer,
all of this is owed from that moment on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Unpack, cast

from complaints.base import Frozen
from complaints.case.file import Act, ActKind, CaseFile, Duty
from complaints.case.port import by_act
from complaints.editions.rule_ids import RuleId
from complaints.forms import FORMS
from workflows.duty_engine import DutyEngine
from workflows.duty_terms import DutyTerms

ANONYMOUS = "anonymous"
"""`Duty.superseded_by` of what is not owed to an anonymous customer; text `cli.cause.anonymous`."""

TOLD_LATER: tuple[RuleId, ...] = ("CH-7.3.1", "MC-5.2.3f", "GATHERED.reply")
"""The answers that a customer who becomes known is owed."""


def waived(case: DutyEngine, rule: RuleId, **terms: Unpack[DutyTerms]) -> bool:
    """Whether the duty is not owed because nobody knew the customer then; if so, record that."""
    known = case.known(rule, **terms)
    unknown = case.file.complaint.anonymous if known is None else known.superseded_by == ANONYMOUS
    if unknown:
        case.waived(rule, by=ANONYMOUS, **terms)
    return unknown


def still_waived(case: DutyEngine, rule: RuleId) -> bool:
    """Whether the newest duty of the rule in this leg was waived because nobody knew the customer."""
    duties = [duty for duty in case.file.duties.values() if (duty.rule, duty.leg) == (rule, case.file.leg)]
    return bool(duties) and duties[-1].superseded_by == ANONYMOUS


def identification(file: CaseFile) -> Act | None:
    """The correction that said who the customer is; None while nobody knows, and if somebody always knew."""
    if file.corrected is None:
        return None
    acts = (act for act in file.acts if act.kind is ActKind.AMEND)
    return next((act for act in acts if act.form.get("anonymous") is False), None)


async def told_once_known(case: DutyEngine) -> None:
    """Owe the customer who has become known the answer that was kept for them, or left out, in this leg."""
    await case.wait_until(lambda: identification(case.file) is not None)
    act = identification(case.file)
    assert act is not None
    for duty in _kept(case, act):
        form = FORMS[case.edition.rule(duty.rule).form or ""]
        terms: dict[str, Any] = {"leg": duty.leg, "role": duty.role, "person": duty.owner}
        case.in_background(_told(case, duty, act.at, form, {**terms, "each": by_act(act.seq)}))


async def _told(case: DutyEngine, duty: Duty, since: datetime, form: type[Frozen], terms: dict[str, Any]) -> None:
    await case.owed(cast("RuleId", duty.rule), form, since=since, anchor="identification", **terms)


def _kept(case: DutyEngine, act: Act) -> list[Duty]:
    """The answers of this leg that reached nobody before the customer was known."""
    return [duty for duty in case.file.duties.values() if duty.rule in TOLD_LATER and _reached_nobody(case, duty, act)]


def _reached_nobody(case: DutyEngine, duty: Duty, known: Act) -> bool:
    if duty.leg != case.file.leg:
        return False
    if duty.superseded_by == ANONYMOUS:
        return True
    answer = case.act_of(duty.id)
    return answer is not None and answer.seq < known.seq and answer.form.get("customer_told") is False

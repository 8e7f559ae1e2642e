"""What a correction of the intake changes in the duties of a case (decisions 18 and 23).

A chapter that asks for a duty because of what was taken in asks by `owed_as_taken_in`: the duty falls away when a
correction takes the reason for it away, and is owed anew when another one brings it back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Unpack

from complaints.case.file import Act, ActKind, Duty, DutyStatus
from complaints.case.port import by_act
from complaints.editions.rule_ids import RuleId
from workflows.anonymous import ANONYMOUS, identification
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyTerms, F


def owed_as_taken_in(case: DutyEngine, rule: RuleId, form: type[F], **terms: Unpack[DutyTerms]) -> OwedDuty[F]:
    """Owe the duty once for its leg and department, however often it is asked for; anew if a correction ended it."""
    known = _known(case, rule, terms)
    if known and ended_by(case, known[-1]) is None and not _known_by_now(case, known[-1]):
        return OwedDuty(case, known[-1].id, form)
    return _owed(case, rule, form, known, terms)


def owed_again_as_taken_in(case: DutyEngine, rule: RuleId, form: type[F], **terms: Unpack[DutyTerms]) -> OwedDuty[F]:
    """Owe the duty as often as it is asked for (`DutyEngine.owe`), until corrections have ended one of them."""
    known = _known(case, rule, terms)
    if any(ended_by(case, duty) is not None for duty in known):
        return owed_as_taken_in(case, rule, form, **terms)
    return case.owe(rule, form, **terms)


def _known_by_now(case: DutyEngine, duty: Duty) -> bool:
    """Whether it was waived because nobody knew the customer, and they are known now."""
    return duty.superseded_by == ANONYMOUS and not case.file.complaint.anonymous


def _known(case: DutyEngine, rule: RuleId, terms: DutyTerms) -> list[Duty]:
    wanted = (rule, terms.get("leg", case.file.leg), terms.get("department"))
    return [duty for duty in case.file.duties.values() if (duty.rule, duty.leg, duty.department) == wanted]


def _owed(case: DutyEngine, rule: RuleId, form: type[F], known: list[Duty], terms: DutyTerms) -> OwedDuty[F]:
    if known and (correction := ended_by(case, known[-1])) is not None:
        terms["each"] = by_act(correction.seq)
    elif known and known[-1].superseded_by == ANONYMOUS and (known_by := identification(case.file)) is not None:
        terms |= {"since": known_by.at, "counts_from": None, "anchor": "identification", "each": by_act(known_by.seq)}
    return case.owe(rule, form, **terms)


def ended_by(case: DutyEngine, duty: Duty) -> Act | None:
    """Return the correction that ended the duty, or None."""
    if duty.status is not DutyStatus.SUPERSEDED:
        return None
    acts = (act for act in case.file.acts if act.kind is ActKind.AMEND)
    return next((act for act in acts if duty.superseded_by == _cause(act)), None)


def falls_away(case: DutyEngine, act: Act, chosen: Callable[[Duty], bool]) -> None:
    """Close the chosen open duties, which the correction `act` has taken the reason for away."""
    case.supersede(chosen, by=_cause(act))


def _cause(act: Act) -> str:
    return f"act {act.seq}"

"""Approvals in order (CR-5.2.1c, CR-5.3.2a): each approver approves the paper, or returns it to an earlier step."""

from __future__ import annotations

from datetime import datetime

from complaints.case.file import ActKind
from complaints.clock.anchors import Anchor
from complaints.editions.rule_ids import RuleId
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer, NoForm


async def approved(
    case: DutyEngine,
    chain: tuple[RuleId, ...],
    *,
    since: datetime,
    anchor: Anchor | None = None,
    back_to: tuple[RuleId, ...],
    departments: tuple[str, ...] = (),
    revision: int | None = None,
    withdrawable_by: str | None = None,
) -> DutyAnswer[NoForm]:
    """Have the paper approved step by step; return the deciding answer.

    If it is not an approval, the paper goes back to the step that the answer names, one of `back_to`; whoever withdrew
    it names none. The first step is a duty of each of these `departments`, side by side.
    """
    step = 0
    while True:
        signing = [
            case.owe(
                chain[step],
                since=since,
                anchor=anchor,
                department=department,
                revision=revision,
                returns_to=(*back_to, *chain[:step]),
                withdrawable_by=withdrawable_by,
            )
            for department in ((departments or (None,)) if step == 0 else (None,))
        ]
        decided = await _decided(case, signing)
        since, anchor = decided.at, None
        if decided.act.kind is ActKind.APPROVE:
            step += 1
            if step == len(chain):
                return decided
        elif decided.act.kind is ActKind.RETURN and decided.act.to in chain:
            step, anchor = chain.index(decided.act.to), "return"
        else:
            return decided


async def _decided(case: DutyEngine, signing: list[OwedDuty[NoForm]]) -> DutyAnswer[NoForm]:
    """Wait until all have approved, and return the last approval; or the first answer that is none, which ends it."""

    def sent_back() -> OwedDuty[NoForm] | None:
        acts = ((one, case.act_of(one.duty)) for one in signing)
        return next((one for one, act in acts if act is not None and act.kind is not ActKind.APPROVE), None)

    await case.wait_until(lambda: sent_back() is not None or not any(case.is_open(one.duty) for one in signing))
    if (first := sent_back()) is not None:
        others = {one.duty for one in signing}
        case.supersede(lambda duty: duty.id in others, by=first.duty)
        return await first.answer()
    return max([await one.answer() for one in signing], key=lambda answer: answer.at)

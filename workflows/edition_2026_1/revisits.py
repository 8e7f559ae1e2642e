"""客户回访工作指导书 4, 客户服务管理程序 4.2.3: revisits to the customer after the end of the handling.

Several revisits run side by side; the first answer of a customer who is not satisfied reopens the complaint. A customer
who cannot be reached is tried again on other days, until a person other than the one who tries gives it up.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from complaints.case.events.case import Reopened
from complaints.case.file import ActKind
from complaints.case.scheduler import Branch
from complaints.editions.rule_ids import RuleId
from complaints.people.roles import MARKETING_MANAGER, SUPERVISOR
from complaints.revisits.forms import EffectRevisit, Revisit, RevisitAnswers
from workflows.duty_engine import DutyEngine
from workflows.duty_terms import DutyAnswer

SIGNED = "RV-4.4"


@dataclass(frozen=True)
class RevisitRules:
    """The rules of one kind of revisit.

    The role `decides` gives up a customer who cannot be reached: the supervisor, or the marketing manager where the
    supervisor revisits.
    """

    rule: RuleId
    form: type[RevisitAnswers] = Revisit
    again: RuleId = "RV-4.2.again"
    decides: str = SUPERVISOR


REVISIT = RevisitRules("RV-4.3")
EFFECT = RevisitRules("CS-4.2.3", EffectRevisit, "CS-4.2.3.again", decides=MARKETING_MANAGER)


async def revisited(case: DutyEngine, *, since: datetime, role: str | None = None, signed: bool = False) -> bool:
    """RV-4.1a, RV-4.3, CS-4.2.3: revisit the customer within a day, and once more on the effect within a month.

    `since` is the end of the handling. `role` revisits instead of the complaint's receiver (RV-4.1b). `signed`: the
    customer signed on the spot, which counts as the first revisit but not as the one on the effect (RV-4.4). Returns
    whether the complaint can be archived: the customer is satisfied, or was given up. If not, it has been reopened
    (RV-4.2): the chapter leads to its own track again, whose clocks start at `track_since`.
    """
    known = (duty for duty in case.file.duties.values() if (duty.rule, duty.leg) == (REVISIT.rule, case.file.leg))
    if signed and all(duty.superseded_by == SIGNED for duty in known):  # no revisit was requested before
        case.waived(REVISIT.rule, by=SIGNED, since=since, role=role)
        return await contented(case, effect(case, since=since))
    return await contented(case, asked(case, REVISIT, since=since, role=role), effect(case, since=since))


async def contented(case: DutyEngine, *revisits: Coroutine[Any, Any, DutyAnswer[RevisitAnswers] | None]) -> bool:
    """Wait for all revisits. At the first dissatisfied answer, reopen the complaint and return False (RV-4.2)."""
    under_way: list[Branch[DutyAnswer[RevisitAnswers] | None]] = [case.in_background(revisit) for revisit in revisits]

    def complaining() -> DutyAnswer[RevisitAnswers] | None:
        answers = (revisit.result() for revisit in under_way if revisit.done)
        return next((answer for answer in answers if answer is not None and answer.form.unsatisfied), None)

    await case.wait_until(lambda: complaining() is not None or all(revisit.done for revisit in under_way))
    if answer := complaining():
        _reopened(case, answer)
        return False
    return True


async def effect(case: DutyEngine, *, since: datetime) -> DutyAnswer[RevisitAnswers] | None:
    """CS-4.2.3: one revisit on the effect within a month; the departments that had duties are told the result."""
    answer = await asked(case, EFFECT, since=since)
    if answer is not None:
        assert answer.form.satisfaction is not None
        departments = {duty.department for duty in case.file.duties.values()}
        for department in sorted(filter(None, departments)):
            found = answer.form.satisfaction.value
            case.tell(answer.duty, "CS-4.2.3.shared", department=department, satisfaction=found)
    return answer


async def asked(
    case: DutyEngine, question: RevisitRules, *, since: datetime, role: str | None = None
) -> DutyAnswer[RevisitAnswers] | None:
    """Repeat a revisit until the customer is reached (RV-4.2), or given up: then the answer is None.

    Tries are on different days. After as many as the edition says, the role `question.decides` decides each time
    whether to give up or to try once more.
    """
    first = case.owe(question.rule, question.form, since=since, role=role)
    answer = await first.answer()
    tries = 1
    while not answer.form.reached:
        since, anchor = answer.at, "no_reach"
        if tries >= (case.edition.rule("RV-4.2.tries").figures.tries or 1):
            decided = await case.owed(
                "RV-4.2.unreachable",
                since=since,
                role=question.decides,
                about=first.duty,
                returns_to=(question.again,),
            )
            if decided.act.kind is ActKind.APPROVE:
                return None
            since, anchor = decided.at, "return"
        owner = case.file.duties[answer.duty]
        again = case.owe(
            question.again,
            question.form,
            since=since,
            anchor=anchor,
            about=first.duty,
            person=owner.owner,
            role=owner.role,
        )
        answer = await again.answer()
        tries += 1
    return answer


def _reopened(case: DutyEngine, answer: DutyAnswer[RevisitAnswers]) -> None:
    """Reopen the complaint: supersede the open duties of the track; the clocks of the next leg start at the answer."""
    leg = case.file.leg
    by, rule, reason = answer.act.by, "RV-4.2", answer.form.reason
    case.record(Reopened(at=answer.at, by=by, duty=answer.duty, rule=rule, leg=leg, reason=reason))
    case.supersede(lambda duty: 0 < duty.leg <= leg, by="reopened")

"""客户回访工作指导书 4, 客户服务管理程序 4.2.3: revisits to the customer after the end of the handling.

Several revisits run side by side; the first answer of a customer who is not satisfied reopens the complaint. A customer
who cannot be reached is tried again on other days, until a person other than the one who tries gives it up.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from complaints.case.complaint import CRISIS, Track
from complaints.case.events.case import Reopened
from complaints.case.file import Act, ActKind, CaseFile, Duty
from complaints.case.port import by_act
from complaints.case.scheduler import Branch
from complaints.clock.anchors import Anchor
from complaints.editions.rule_ids import RuleId
from complaints.forms import FORMS
from complaints.major.forms import RevisitPlanned
from complaints.ordinary.handling import LADDER
from complaints.people.entries import MARKETING, PROPERTY, SALES
from complaints.people.roles import DEVELOPMENT, HEAD, MARKETING_MANAGER, SUPERVISOR
from complaints.revisits.forms import CaseEffectRevisit, CaseRevisit, RevisitAnswers
from workflows import anonymous
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer, DutyTerms, NoForm

if TYPE_CHECKING:
    from workflows.linked_cases import LinkedCase

SIGNED = "RV-4.4"
SHARED = "CS-4.2.3.shared"
HANDLED_BY = (*LADDER.values(), "CH-7.3.1", "CH-7.3.1.again", "GATHERED.reply")
"""Rules under which a complaint is handled by people whose duties name no department."""
HEADS_REVISIT = (MARKETING, SALES, PROPERTY)
"""The kinds of department whose heads revisit grave customer information in person, as that of development does."""


@dataclass(frozen=True)
class RevisitRules:
    """The rules of one kind of revisit.

    The role `decides` gives up a customer who cannot be reached: the supervisor, or the marketing manager where the
    supervisor revisits.
    """

    rule: RuleId
    form: type[RevisitAnswers] = CaseRevisit
    again: RuleId = "RV-4.2.again"
    decides: str = SUPERVISOR


REVISIT = RevisitRules("RV-4.3")
EFFECT = RevisitRules("CS-4.2.3", CaseEffectRevisit, "CS-4.2.3.again", decides=MARKETING_MANAGER)
OF_THE_COMPLETION = RevisitRules("CR-5.4.2a", decides=MARKETING_MANAGER)
WITHIN_THE_WEEK = RevisitRules("CR-5.4.2b", decides=MARKETING_MANAGER)


async def revisited(
    case: DutyEngine,
    *,
    since: datetime,
    role: str | None = None,
    signed: bool = False,
    arranged: OwedDuty[RevisitPlanned] | None = None,
) -> bool:
    """RV-4.1a, RV-4.3, CS-4.2.3: revisit the customer within a day, and once more on the effect within a month.

    `since` is the end of the handling. `role` revisits instead of the complaint's receiver (RV-4.1b). `signed`: the
    customer signed on the spot, which counts as the first revisit but not as the one on the effect (RV-4.4). With
    `arranged` the supervisor arranges it first (MC-5.2.3d). Returns whether the complaint can be archived: the customer
    is satisfied, or was given up. If not, it has been reopened (RV-4.2): the chapter leads to its own track again,
    whose clocks start at `track_since`.
    """
    known = (duty for duty in case.file.duties.values() if (duty.rule, duty.leg) == (REVISIT.rule, case.file.leg))
    if signed and all(duty.superseded_by == SIGNED for duty in known):  # no revisit was requested before
        case.waived(REVISIT.rule, by=SIGNED, since=since, role=role)
        return await contented(case, effect(case, since=since))
    head_of = _in_person(case) if role is None else None
    first = asked(case, REVISIT, since=since, role=role, head_of=head_of, arranged=arranged)
    return await contented(case, first, effect(case, since=since))


def _in_person(case: DutyEngine) -> str | None:
    """RV-2: the department whose head revisits a grave complaint in person; None if whoever took it does.

    Once the revisit is owed, nothing that becomes known later changes that.
    """
    file, people = case.file, case.reference.directory
    owed = (duty for duty in file.duties.values() if (duty.rule, duty.leg) == (REVISIT.rule, file.leg))
    if (known := next(owed, None)) is not None:
        return known.department
    level = case.edition.rule("RV-2.grave").figures.level
    grave = file.facts.injured or (level is not None and file.level is not None and file.level <= level)
    receiver = people.person(file.complaint.received_by)
    department = people.department(receiver.department) if receiver else None
    if not grave or department is None:
        return None
    development = people.person(people.who(DEVELOPMENT, case.now, shut_out=case.shut_out).person)
    of_development = development is not None and development.department == department.key
    return department.key if department.kind in HEADS_REVISIT or of_development else None


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
    """CS-4.2.3: one revisit on the effect within a month; `effect_shared` sends the result to the departments."""
    return await asked(case, EFFECT, since=since)


def effect_shared(case: DutyEngine, duty: Duty, act: Act) -> None:
    """CS-4.2.3: the heads of the departments that had duties, and of whoever handled it, get what was found."""
    if not act.form["reached"]:
        return
    people, now = case.reference.directory, case.now
    handlers = {one.by for one in case.file.acts if one.rule in HANDLED_BY and one.kind is ActKind.DISCHARGE}
    homes = (person.department for id in sorted(handlers) if (person := people.person(id)) is not None)
    concerned = {*homes, *(one.department for one in case.file.duties.values() if one.department)}
    role = case.edition.rule(SHARED).owner
    heads = (people.who(role, now, department=one, shut_out=case.shut_out).person for one in sorted(concerned))
    case.hand(DutyAnswer(duty.id, act, NoForm()), *heads)


async def asked(
    case: DutyEngine,
    question: RevisitRules,
    *,
    since: datetime,
    anchor: Anchor | None = None,
    role: str | None = None,
    needs: tuple[str, ...] = (),
    head_of: str | None = None,
    each: str | None = None,
    arranged: OwedDuty[RevisitPlanned] | None = None,
) -> DutyAnswer[RevisitAnswers] | None:
    """Repeat a revisit until the customer is reached (RV-4.2), or given up: then the answer is None.

    Nobody revisits a customer whom nobody knows: then it is None at once.

    The head of the department `head_of` revisits in person (RV-2). Tries are on different days. After as many as the
    edition says, the role `question.decides` decides each time whether to give up or to try once more.
    """
    terms: DutyTerms = {
        "since": since,
        "anchor": anchor,
        "role": HEAD if head_of else role,
        "department": head_of,
        "in_person": head_of is not None,
        "each": each,
        "needs": (*needs, arranged.duty) if arranged else needs,
    }
    if anonymous.waived(case, question.rule, **terms):
        return None
    first = case.owe(question.rule, question.form, **terms)
    if arranged:
        case.in_background(_as_arranged(case, first.duty, arranged))
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
            each=first.duty,
            person=owner.owner,
            role=owner.role,
            department=owner.department,
            in_person=owner.in_person,
        )
        answer = await again.answer()
        tries += 1
    return answer


async def _as_arranged(case: DutyEngine, revisit: str, arranged: OwedDuty[RevisitPlanned]) -> None:
    """MC-5.2.3d: the revisit is made by whom and when it was arranged; its limit stays (RV-4.3)."""
    plan = await arranged.answer()
    case.hand_on(revisit, cause=plan.duty, person=plan.form.by_whom, role=case.file.duties[revisit].role)
    case.remind_of(revisit, plan.form.when, cause=plan.duty)


def no_longer_satisfied(case: Any, duty: Duty, act: Act) -> None:
    """RV-4.2: a customer who was content at a revisit is no longer: the complaint reopens, until it is archived."""
    said = FORMS[case.edition.rule(duty.rule).form or ""].model_validate(act.form)
    if isinstance(said, RevisitAnswers) and said.unsatisfied:
        case.reopen(act.at, by=act.by, duty=duty.id, reason=said.reason)


def _reopened(case: DutyEngine, answer: DutyAnswer[RevisitAnswers]) -> None:
    """Reopen the complaint: supersede the open duties of the track; the clocks of the next leg start at the answer."""
    leg = case.file.leg
    by, rule, reason = answer.act.by, "RV-4.2", answer.form.reason
    case.once(Reopened(at=answer.at, by=by, duty=answer.duty, rule=rule, leg=leg, reason=reason))
    case.supersede(lambda duty: 0 < duty.leg <= leg, by="reopened")


async def revisited_once_known(case: DutyEngine) -> None:
    """Revisit the customer who has become known since the revisits of this leg were waived.

    One who is not satisfied reopens the complaint, like any other (RV-4.2).
    """
    await case.wait_until(lambda: anonymous.identification(case.file) is not None)
    act = anonymous.identification(case.file)
    assert act is not None
    leg, again = case.file.leg, {one.rule: one for one in (REVISIT, EFFECT, OF_THE_COMPLETION, WITHIN_THE_WEEK)}
    for duty in [*case.file.duties.values()]:
        if duty.leg == leg and duty.superseded_by == anonymous.ANONYMOUS and duty.rule in again:
            case.in_background(_revisited_later(case, again[cast("RuleId", duty.rule)], duty, act))


async def _revisited_later(case: DutyEngine, question: RevisitRules, waived: Duty, known: Act) -> None:
    answer = await asked(
        case,
        question,
        since=known.at,
        anchor="identification",
        role=waived.role,
        each=by_act(known.seq),
    )
    if answer is not None and answer.form.unsatisfied and case.file.leg == waived.leg:
        cast("LinkedCase", case).reopen(answer.at, _handled_on(case.file))


def _handled_on(file: CaseFile) -> Track:
    """The track on which it is handled again: that of its grade, if it was not handled, or by another case."""
    if file.track not in (Track.GATHERED, Track.WITHDRAWN) or file.level is None:
        return file.track
    return Track.CRISIS if file.level == CRISIS else Track.MAJOR if file.major else Track.ORDINARY

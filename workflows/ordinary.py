"""客户投诉处理程序 7.2 and 7.3: a complaint of levels 2 to 4, from its assessment to the archive.

The answer to the customer is owed from the beginning, because its date was promised then. It can be given as soon as
there is an opinion to tell, and is handed on with the complaint to the person who takes it over.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from complaints.case.complaint import Track
from complaints.case.file import Act, ActKind, Duty
from complaints.case.forms import Archive
from complaints.case.port import by_act
from complaints.ordinary import forms as form
from complaints.ordinary import handling
from complaints.ordinary.handling import AFTER_THE_ASSESSMENT, LADDER, OPINION_FIRST
from complaints.people.roles import SALES_MANAGER
from complaints.responsibility.forms import Assessment, Responsible
from workflows.answered_anew import AnsweredAnew
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer, NoForm, Superseded
from workflows.receiving import taken_in, taken_up
from workflows.repair import RepairsDone, repair_decided, repairs_over
from workflows.responsibility import Parts, from_the_ladder, not_ours, of_others, unagreed
from workflows.revisits import revisited

ANSWER, ANSWERED_ANEW, ARCHIVE = "CH-7.3.1", "CH-7.3.1.again", "CH-8.1.archive"
Assessed = DutyAnswer[Assessment]
Settled = form.Settlement | form.ManagersStep
Way = Callable[[DutyEngine, Assessed, str], Coroutine[Any, Any, Parts]]
"""A way of handling: it returns when there is an opinion to tell, with the parts still to be carried out."""


async def ordinary(case: DutyEngine) -> Track | None:
    """Run the ordinary track from the assessment to the archive; a customer who is not satisfied restarts it."""
    promised = await taken_in(case)
    assessing, answering = _begun(case, promised)
    case.in_background(_third_change(case, answering.duty))
    case.in_background(repair_decided(case))
    assessed = await assessing.answer()
    parts = await case.with_revisions(assessed, lambda newest: _until_answered(case, newest, answering))
    answers = AnsweredAnew(case, answering, lambda duty, unhappy: _above(case, duty, unhappy))
    case.in_background(answers.followed())
    others = await parts if parts is not None else []
    repaired = await _all_done(case, answers, others)
    done = [answers.newest, *others]
    answers.over = True
    end = max(repaired.at, *(each.at for each in done))
    case.handled(end)
    if not await revisited(case, since=end, role=repaired.revisited_by, signed=repaired.signed):
        return Track.ORDINARY
    await case.owed(ARCHIVE, Archive, since=await case.settled(before=ARCHIVE))
    case.comes_to("answered" if answers.reached else "unreached")
    return None


def _begun(case: DutyEngine, promised: datetime | None) -> tuple[OwedDuty[Assessment], OwedDuty[form.CustomerAnswer]]:
    """CH-5a: the complaint's handler assesses it, and owes the customer an answer (CS-4.2.1a, CH-7.3.1)."""
    file = case.file
    who = handling.handler(file.complaint.received_by, file.about, case.reference.directory, case.edition)
    began = taken_up(case)
    assessing = case.alongside("CS-4.2.1a", Assessment, **began, role=who.role, person=who.person)
    answering = case.alongside(
        ANSWER,
        form.CustomerAnswer,
        **began,
        role=who.role,
        person=who.person,
        promised=promised,
        needs=OPINION_FIRST,
    )
    return assessing, answering


async def _until_answered(case: DutyEngine, assessed: Assessed, answering: OwedDuty[form.CustomerAnswer]) -> Parts:
    """Handle it in the way that the assessment says, until the customer is answered; return the parts of others.

    CS-4.2.1a: until then the assessment can be corrected. Raises `Superseded` if it was: its new way begins.
    """
    if assessed.act.kind is ActKind.REVISE and case.file.duties[answering.duty].handed_on is not None:
        assessor = case.file.duties[assessed.duty]
        case.hand_on(answering.duty, cause=by_act(assessed.act.seq), person=assessor.owner, role=assessor.role)
    parts = await WAYS[assessed.form.responsible](case, assessed, answering.duty)
    await case.wait_until(lambda: case.changed_since(assessed) or not case.file.duties[answering.duty].open)
    if case.changed_since(assessed):
        raise Superseded(assessed.duty)
    return parts


def reassessed(case: DutyEngine, duty: Duty, act: Act) -> None:
    """CS-4.2.1a: the assessment was corrected: what followed from it and is still open is superseded."""
    first = duty.act or 0
    case.supersede(
        lambda one: one.rule in AFTER_THE_ASSESSMENT and one.leg == duty.leg and one.acts_before >= first,
        by=f"act {act.seq}",
    )


# --- 7.2.1, 7.2.2: one's own responsibility


async def _own(case: DutyEngine, assessed: Assessed, answer: str) -> Parts:
    """CH-7.2.1: the handler settles it and tells the superior; what they cannot settle goes up the ladder (CH-5b).

    The sales manager may find that it involves other departments, and issues the work orders from there (CH-7.2.3).
    """
    assessment = case.file.duties[assessed.duty]
    steps = handling.steps_from(assessment.role)
    settled = await _settled(case, steps, assessed, first=assessment.owner)
    by = case.file.duties[settled.duty]
    case.hand_on(answer, cause=settled.duty, person=by.owner, role=by.role)
    if isinstance(settled.form, form.ManagersStep) and settled.form.departments:
        return await from_the_ladder(case, DutyAnswer(settled.duty, settled.act, settled.form), answer)
    if by.role == steps[0] and len(steps) > 1:
        case.alongside("CH-7.2.1", form.Result, since=settled.at, person=by.owner, role=by.role)
    return None


async def _settled(case: DutyEngine, steps: tuple[str, ...], assessed: Assessed, first: str) -> DutyAnswer[Settled]:
    """CH-7.2.2: go up the ladder step by step, by an act or after a breach, until one step settles it.

    What goes up carries the work order (F2): the next step is sent the reason of the one below. A breach leaves the
    late duty open and the next step joins in; the first settlement supersedes the others' duties. Raises `Superseded`
    if the complaint left the ladder otherwise.
    """
    taken: list[str] = []
    since, anchor = assessed.at, "assessment"
    handed: DutyAnswer[Any] | None = None
    for step in steps:
        owed = case.alongside(
            LADDER[step],
            _form_of(step),
            since=since,
            anchor=anchor,
            person=first if step == steps[0] else None,
            role=step,
            passes_up=handling.next_step(step) is not None,
            hands=handed,
        )
        taken.append(owed.duty)
        await case.wait_until(
            lambda now=owed: (
                _settlement(case, taken) is not None or _leaves(case, now.duty) or _off_the_ladder(case, now.duty)
            )
        )
        if _settlement(case, taken):
            break
        if _off_the_ladder(case, owed.duty):
            raise Superseded(owed.duty)
        duty = case.file.duties[owed.duty]
        if duty.breached_at is not None and _moves_up(case):
            since, anchor, handed = duty.deadline.due, "joining", assessed
        else:
            passed_up = _passed_up(case, owed.duty)
            since, anchor, handed = passed_up.at, "passing_up", DutyAnswer(owed.duty, passed_up, NoForm())
    act = _settlement(case, taken)
    assert act is not None
    assert act.duty is not None
    case.supersede(lambda duty: duty.id in taken, by=act.duty)
    return case.answer(act.duty, _form_of(case.file.duties[act.duty].role))


def _form_of(step: str) -> type[Settled]:
    return form.ManagersStep if step == SALES_MANAGER else form.Settlement


def _settlement(case: DutyEngine, taken: list[str]) -> Act | None:
    """The first act that settled it, on any step."""
    acts = (act for act in case.file.acts if act.duty in taken and act.kind is ActKind.DISCHARGE)
    return next(acts, None)


def _leaves(case: DutyEngine, duty_id: str) -> bool:
    """Whether the complaint goes on to the next step, which it never does from the highest."""
    duty = case.file.duties[duty_id]
    passed_up = not duty.open and duty.act is not None
    return duty.passes_up and (passed_up or (duty.late and _moves_up(case)))


def _off_the_ladder(case: DutyEngine, duty_id: str) -> bool:
    """Whether the assessment was corrected while this was the highest step: the complaint goes no further up."""
    duty = case.file.duties[duty_id]
    by = duty.superseded_by
    if by is None or by in case.file.duties:  # open, passed up, or settled by another step
        return False
    above = handling.next_step(duty.role)
    higher = (one for one in case.file.duties.values() if above is not None and one.rule == LADDER[above])
    return not any(one.superseded_by == by for one in higher)


def _passed_up(case: DutyEngine, duty_id: str) -> Act:
    return next(act for act in case.file.acts if act.duty == duty_id and act.kind is ActKind.PASS_UP)


def _moves_up(case: DutyEngine) -> bool:
    """Whether the edition lets a breach bring in the next step."""
    return bool(case.edition.rule("CH-7.2.2.breach").figures.moves_up)


# --- 7.3 and after


async def _all_done(
    case: DutyEngine, answers: AnsweredAnew[form.CustomerAnswer], others: list[DutyAnswer[Any]]
) -> RepairsDone:
    """CH-5b: wait until no answer is owed any more and what is repaired is done, whichever is last."""
    while True:
        await case.wait_until(lambda: answers.rests)
        answered = answers.newest
        last = max((each.act for each in (answered, *others)), key=lambda act: act.seq)
        repaired = await repairs_over(case, last)
        if answers.rests and answers.newest.act.seq == answered.act.seq:
            return repaired


def _above(
    case: DutyEngine, duty: Duty, unhappy: DutyAnswer[form.CustomerAnswer]
) -> OwedDuty[form.CustomerAnswer] | None:
    """CH-5b: what one level could not solve, the level above answers; nobody is above the general manager."""
    role = handling.level_above(duty.role)
    if role is None:
        return None
    return case.owe(ANSWERED_ANEW, form.CustomerAnswer, since=unhappy.at, role=role, hands=unhappy)


async def _third_change(case: DutyEngine, answer: str) -> None:
    """CH-7.3.3: one change of date too many is refused; the step above decides and tells the customer."""
    allowed = case.edition.rule("CH-7.3.3").figures.changes or 0

    def too_many() -> Act | None:
        asked = [act for act in case.file.acts if (act.kind, act.duty) == (ActKind.RESCHEDULE, answer)]
        return asked[allowed] if len(asked) > allowed else None

    await case.wait_until(lambda: too_many() is not None or not case.file.duties[answer].open)
    if act := too_many():
        above = handling.above(case.file.duties[answer], case.reference.directory, case.now, case.shut_out)
        await case.owed("CH-7.3.3.decide", form.Decision, since=act.at, person=above.person)


def decided_above(case: DutyEngine, duty: Duty, act: Act) -> None:
    """CH-7.3.3: whoever owes the answer hears what was decided in place of another date."""
    owing = [one.owner for one in case.file.open_duties if (one.rule, one.leg) == (ANSWER, duty.leg)]
    case.hand(DutyAnswer(duty.id, act, NoForm()), *owing)


WAYS: dict[Responsible, Way] = {
    Responsible.OWN: _own,
    Responsible.OTHERS: of_others,
    Responsible.NOT_OURS: not_ours,
    Responsible.UNAGREED: unagreed,
}

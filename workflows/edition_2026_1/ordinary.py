"""客户投诉处理程序 7.2 and 7.3: a complaint of levels 2 to 4, from its assessment to the archive.

The answer to the customer is owed from the beginning, because its date was promised then. It can be given as soon as
there is an opinion to tell, and is handed on with the complaint to the person who takes it over.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from complaints.case.complaint import Track
from complaints.case.file import Act, ActKind
from complaints.case.forms import Archive
from complaints.ordinary import forms as form
from complaints.ordinary import handling
from complaints.ordinary.handling import BEFORE_THE_ANSWER, LADDER
from complaints.responsibility.forms import Assessment, Responsible
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer
from workflows.edition_2026_1.receiving import taken_in
from workflows.edition_2026_1.repair import repairs_over
from workflows.edition_2026_1.responsibility import not_ours, of_others, unagreed
from workflows.edition_2026_1.revisits import revisited

ANSWER, ARCHIVE = "CH-7.3.1", "CH-8.1.archive"
Assessed = DutyAnswer[Assessment]
Way = Callable[[DutyEngine, Assessed, str], Coroutine[Any, Any, list[OwedDuty[Any]]]]
"""A way of handling: it returns when there is an opinion to tell, with the duties still to be carried out."""


async def ordinary(case: DutyEngine) -> Track | None:
    """Run the ordinary track from the assessment to the archive; a customer who is not satisfied restarts it."""
    promised = await taken_in(case)
    assessing, answering = _begun(case, promised)
    case.in_background(_third_change(case, answering.duty))
    assessed = await assessing.answer()
    carried_out = await WAYS[assessed.form.responsible](case, assessed, answering.duty)
    answered = await answering.answer()
    done = [answered, *[await each.answer() for each in carried_out]]
    repaired = await repairs_over(case, max((each.act for each in done), key=lambda act: act.seq))
    end = max(repaired.at, *(each.at for each in done))
    case.handled(end)
    if not await revisited(case, since=end, role=repaired.revisited_by, signed=repaired.signed):
        return Track.ORDINARY
    await case.owed(ARCHIVE, Archive, since=await case.settled(before=ARCHIVE))
    case.comes_to("answered")
    return None


def _begun(case: DutyEngine, promised: datetime | None) -> tuple[OwedDuty[Assessment], OwedDuty[form.Answer]]:
    """CH-5a: the complaint's handler assesses it, and owes the customer an answer (CS-4.2.1a, CH-7.3.1)."""
    file = case.file
    who = handling.handler(file.complaint.received_by, file.about, case.reference.directory, case.edition)
    since = (file.track_since if file.leg > 1 else None) or file.complaint.received_at
    assessing = case.alongside(
        "CS-4.2.1a", Assessment, since=since, anchor=case.reentry, role=who.role, person=who.person
    )
    answering = case.alongside(
        ANSWER,
        form.Answer,
        since=since,
        anchor=case.reentry,
        role=who.role,
        person=who.person,
        promised=promised,
        needs=BEFORE_THE_ANSWER,
    )
    return assessing, answering


# --- 7.2.1, 7.2.2: one's own responsibility


async def _own(case: DutyEngine, assessed: Assessed, answer: str) -> list[OwedDuty[Any]]:
    """CH-7.2.1: the handler settles it and tells the superior; what they cannot settle goes up the ladder (CH-5b)."""
    assessment = case.file.duties[assessed.duty]
    steps = handling.steps_from(assessment.role)
    settled = await _settled(case, steps, assessment.owner, since=assessed.at)
    by = case.file.duties[settled.duty]
    case.hand_on(answer, cause=settled.duty, person=by.owner, role=by.role)
    if by.role == steps[0] and len(steps) > 1:
        case.alongside("CH-7.2.1", form.Result, since=settled.at, person=by.owner, role=by.role)
    return []


async def _settled(
    case: DutyEngine, steps: tuple[str, ...], first: str, since: datetime
) -> DutyAnswer[form.Settlement]:
    """CH-7.2.2: go up the ladder step by step, by an act or after a breach, until one step settles it.

    A breach leaves the late duty open and the next step joins in; the first settlement supersedes the others' duties.
    """
    taken: list[str] = []
    anchor = "assessment"
    for step in steps:
        passes_up = handling.next_step(step) is not None
        person = first if step == steps[0] else None
        owed = case.alongside(
            LADDER[step],
            form.Settlement,
            since=since,
            anchor=anchor,
            person=person,
            role=step,
            passes_up=passes_up,
        )
        taken.append(owed.duty)
        await case.wait_until(lambda now=owed: _settlement(case, taken) is not None or _leaves(case, now.duty))
        if _settlement(case, taken):
            break
        duty = case.file.duties[owed.duty]
        joins = duty.breached_at is not None and _moves_up(case)
        since, anchor = (duty.deadline.due, "joining") if joins else (_passed_up(case, owed.duty).at, "passing_up")
    act = _settlement(case, taken)
    assert act is not None
    assert act.duty is not None
    case.supersede(lambda duty: duty.id in taken, by=act.duty)
    return case.answer(act.duty, form.Settlement)


def _settlement(case: DutyEngine, taken: list[str]) -> Act | None:
    """The first act that settled it, on any step."""
    acts = (act for act in case.file.acts if act.duty in taken and act.kind is ActKind.DISCHARGE)
    return next(acts, None)


def _leaves(case: DutyEngine, duty_id: str) -> bool:
    """Whether the complaint goes on to the next step, which it never does from the highest."""
    duty = case.file.duties[duty_id]
    passed_up = not duty.open and duty.act is not None
    return duty.passes_up and (passed_up or (duty.late and _moves_up(case)))


def _passed_up(case: DutyEngine, duty_id: str) -> Act:
    return next(act for act in case.file.acts if act.duty == duty_id and act.kind is ActKind.PASS_UP)


def _moves_up(case: DutyEngine) -> bool:
    """Whether the edition lets a breach bring in the next step."""
    return bool(case.edition.rule("CH-7.2.2.breach").figures.moves_up)


# --- 7.3 and after


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


WAYS: dict[Responsible, Way] = {
    Responsible.OWN: _own,
    Responsible.OTHERS: of_others,
    Responsible.NOT_OURS: not_ours,
    Responsible.UNAGREED: unagreed,
}

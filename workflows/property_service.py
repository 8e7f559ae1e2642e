"""重大客户投诉应急预案 5.2.1 to 5.2.3: what a complaint about the property service leads to, whatever its track.

The resident hears an apology and the complaint is recorded, graded or not; the slip of a major complaint does not wait
for the grading either. Where the edition says so (`MC-5.2.2a.reception`), every such complaint gets a slip.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Unpack

from complaints.case.complaint import Channel, Track
from complaints.case.file import Act, ActKind, Duty, DutyStatus
from complaints.crisis.forms import Report
from complaints.editions.model import Edition
from complaints.editions.rule_ids import RuleId
from complaints.grading import is_elsewhere
from complaints.major import forms as form
from workflows.correcting import ended_by, falls_away, owed_as_taken_in
from workflows.corrective import corrected
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import ClockTerms, DutyAnswer, DutyTerms, Superseded
from workflows.receiving import from_receipt

RECORD: RuleId = "MC-5.2.1"
SPOT: RuleId = "MC-5.2.1b"
SLIP: RuleId = "MC-5.2.2a"
ANSWER: RuleId = "MC-5.2.3f"
ANSWERED_ANEW: RuleId = "MC-5.2.3f.again"
PART: RuleId = "MC-5.2.3f.part"
BY_DEPARTMENT = ("MC-5.2.2b", "MC-5.2.2c", "MC-5.2.2d", "MC-5.2.3a", ANSWER, PART, "MC-5.2.3g")
"""The rules of which each department complained about has a duty of its own."""

RECEIVED = (Track.INTAKE, Track.CRISIS, Track.LEGAL, Track.MAJOR, Track.ORDINARY, Track.GATHERED)
"""The tracks on which the resident has to be received: not once they withdraw, or another case is about the same."""


Slip = DutyAnswer[form.ComplaintSlip]


def is_property_service(case: DutyEngine) -> bool:
    """Whether it is about the property service: by its category, or by the department complained about (MC-3)."""
    return not is_elsewhere(case.file.complaint, case.edition, case.reference.directory)


def is_residents(case: DutyEngine) -> bool:
    """Whether a resident complains about the property service; a report in the media is no resident's."""
    return is_property_service(case) and case.file.complaint.channel is not Channel.MEDIA


# --- 5.2.1: the resident is received


async def explained(case: DutyEngine) -> None:
    """MC-5.2.1b: somebody explains to a resident who has come in person."""
    while True:
        await case.wait_until(lambda: _came_in_person(case))
        owed_as_taken_in(case, SPOT, form.ExplainedOnTheSpot, leg=0, **from_receipt(case))
        await case.wait_until(lambda: not _came_in_person(case))


def _came_in_person(case: DutyEngine) -> bool:
    return is_residents(case) and case.file.complaint.channel is Channel.VISIT


async def received(case: DutyEngine) -> None:
    """MC-5.2.1: the apology and the record, for every channel: letters and telephone calls too (MC-5.2.3e)."""
    while True:
        await case.wait_until(lambda: is_residents(case) and case.file.track in RECEIVED and not _records(case))
        recorded(case, **from_receipt(case))


def recorded(case: DutyEngine, **began: Unpack[ClockTerms]) -> OwedDuty[form.Reception]:
    """MC-5.2.1: the apology and the record, owed once for the case, through all changes of track."""
    if known := _records(case):
        return OwedDuty(case, known[-1].id, form.Reception)
    before = [duty for duty in case.file.duties.values() if duty.rule == RECORD]
    if before and ended_by(case, before[-1]) is not None:
        return owed_as_taken_in(case, RECORD, form.Reception, leg=before[-1].leg, **began)
    again = bool(before)
    return case.owe(RECORD, form.Reception, leg=case.file.leg if again else 0, **began)


def _records(case: DutyEngine) -> list[Duty]:
    """The duties to record it that hold: open, or done."""
    duties = case.file.duties.values()
    return [duty for duty in duties if duty.rule == RECORD and duty.status is not DutyStatus.SUPERSEDED]


# --- 5.2.2: it is passed on


async def reception(case: DutyEngine) -> None:
    """MC-5.2.2a before the grading: if the facts propose a major complaint, ten minutes cannot wait for it."""
    while True:
        await case.wait_until(lambda: bool(case.file.proposal.major))
        if case.file.level is not None or everybody_gets_a_slip(case.edition):
            return
        with suppress(Superseded):  # a correction may show that it is not about the property service
            await slip(case, leg=0, **from_receipt(case)).answer()
            return


async def passed_on(case: DutyEngine) -> None:
    """MC-5.2.2a to c: where the edition says so, every resident's complaint gets a slip, not only a major one."""

    def is_owed() -> bool:
        return everybody_gets_a_slip(case.edition) and (is_residents(case) or _was_sent(case))

    def to(sheet: Slip, new: tuple[str, ...]) -> None:
        for department in new:
            case.in_background(signed_and_forwarded(case, department, sheet, leg=0, **from_receipt(case)))

    while True:
        await case.wait_until(is_owed)
        sent = slip(case, leg=0, **from_receipt(case))
        try:
            await sent.answer()
        except Superseded:
            if ended_by(case, case.file.duties[sent.duty]) is None:
                return
        else:
            await each_version(case, sent, to, until=lambda: False)


def _was_sent(case: DutyEngine) -> bool:
    """Whether a slip went out before any grading: those on it have to do with it, whatever is corrected afterwards."""
    slips = (duty for duty in case.file.duties.values() if (duty.rule, duty.leg) == (SLIP, 0))
    return any(duty.status is DutyStatus.DONE for duty in slips)


def everybody_gets_a_slip(edition: Edition) -> bool:
    return edition.rule("MC-5.2.2a.reception").figures.reception == "all"


def only_major(edition: Edition) -> tuple[RuleId, ...]:
    """The rules whose duties from before the grading fall away if it is not graded major."""
    return () if everybody_gets_a_slip(edition) else (SLIP,)


def slip(case: DutyEngine, *, leg: int, **began: Unpack[ClockTerms]) -> OwedDuty[form.ComplaintSlip]:
    """MC-5.2.1, MC-5.2.2a: the apology and the record first, then the slip, which needs them within its ten minutes."""
    record = recorded(case, **began)
    case.hasten(record.duty, began.get("counts_from") or began["since"], began.get("anchor") or "receipt")
    return owed_as_taken_in(case, SLIP, form.ComplaintSlip, leg=leg, needs=(record.duty,), **began)


async def each_version(
    case: DutyEngine,
    sent: OwedDuty[form.ComplaintSlip],
    to: Callable[[Slip, tuple[str, ...]], None],
    until: Callable[[], bool],
) -> None:
    """Call `to` with the slip as it is sent, and whenever it is put right, and with the departments new on it.

    Returns when the slip has been sent and `until()` holds.
    """
    seen, before = 0, tuple[str, ...]()
    while True:
        await case.wait_until(lambda seen=seen: len(_versions(case, sent)) > seen or (seen > 0 and until()))
        sheets = _versions(case, sent)[seen:]
        if not sheets:
            return
        departments = sheets[0].form.departments
        to(sheets[0], tuple(one for one in departments if one not in before))
        seen, before = seen + 1, departments


def _versions(case: DutyEngine, sent: OwedDuty[form.ComplaintSlip]) -> list[Slip]:
    if case.file.duties[sent.duty].status is not DutyStatus.DONE:
        return []
    first = case.answer(sent.duty, form.ComplaintSlip)
    return [first, *case.revisions(first)]


async def signed_and_forwarded(
    case: DutyEngine, department: str, sheet: Slip, *, leg: int, major: bool = False, **began: Unpack[ClockTerms]
) -> None:
    """MC-5.2.2b to d: the department signs; whoever signed forwards it, and reports a major one to operations."""
    signing = case.owe("MC-5.2.2b", form.SheetSignature, since=sheet.at, leg=leg, department=department)
    terms: DutyTerms = {**began, "leg": leg, "department": department, "needs": (signing.duty,)}
    passing = [case.alongside("MC-5.2.2c", form.Forwarding, **terms).duty]
    if major:
        passing.append(case.alongside("MC-5.2.2d", Report, **terms).duty)
    signed = await signing.answer()
    for duty in passing:
        case.hand_on(duty, cause=signed.duty, person=signed.act.by)


def slip_sent(case: DutyEngine, sent: Duty, act: Act) -> None:
    """A department that is not on the slip, or not any more, owes nothing; the answer is the leading department's."""
    departments = form.ComplaintSlip.model_validate(act.form).departments
    by = sent.id if act.kind is ActKind.DISCHARGE else f"revised {sent.id}"
    answers = [duty for duty in case.file.duties.values() if duty.rule == ANSWER and duty.leg == case.file.leg]
    another_lead = bool(answers) and answers[-1].department != departments[0]

    def falls_away(duty: Duty) -> bool:
        if duty.rule not in BY_DEPARTMENT:
            return False
        return duty.department not in departments or (another_lead and duty.rule in (ANSWER, PART))

    case.supersede(falls_away, by=by)


def service_corrected(case: DutyEngine, act: Act) -> None:
    """What a correction has shown not to be about the property service, or another department, falls away."""
    file = case.file
    if not _came_in_person(case):
        falls_away(case, act, lambda duty: duty.rule == SPOT)
    if file.track is not Track.MAJOR and not is_residents(case):
        falls_away(case, act, lambda duty: duty.rule == RECORD)
    if not is_property_service(case):
        falls_away(case, act, lambda duty: duty.rule in (SLIP, *BY_DEPARTMENT) and duty.leg == 0)
    slips = [duty for duty in file.open_duties if duty.rule == SLIP]
    if any(duty.leg == file.leg or file.leg == 1 for duty in slips):  # once sent, the slip decides
        named = file.complaint.departments
        falls_away(
            case,
            act,
            lambda duty: duty.rule in BY_DEPARTMENT and duty.leg == file.leg and duty.department not in named,
        )


# --- 5.2.3: what follows from important complaints


async def important_corrected(case: DutyEngine) -> None:
    """MC-5.2.3b: important complaints lead to corrective and preventive action, as major ones do.

    Each leg is looked at anew: an action that was cancelled while the complaint did not require it is opened again.
    """
    important = case.edition.rule("MC-5.2.3b").figures.level
    while True:
        await case.wait_until(
            lambda: case.file.level == important and case.file.track is Track.ORDINARY and is_property_service(case)
        )
        since, leg = case.file.track_since, case.file.leg
        assert since is not None
        corrected(case, since=since)
        await case.wait_until(lambda leg=leg: case.file.leg != leg)

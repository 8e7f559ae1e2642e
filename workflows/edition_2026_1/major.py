"""重大客户投诉应急预案: a major complaint of the property service, clauses 4 and 5.2.

On the first leg the clocks run from the receipt, because the emergency plan counts from there; if the complaint became
major later, they run from that moment. If the criteria are met at the intake, the first two duties are opened before
the grading (`reception`), and this chapter finds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from complaints.case.complaint import Track
from complaints.case.file import DutyStatus
from complaints.case.forms import Archive
from complaints.clock.anchors import Anchor
from complaints.crisis.forms import Report
from complaints.major import emergency
from complaints.major import forms as form
from complaints.people.resolution import Assignee
from complaints.people.roles import DEVELOPMENT
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer
from workflows.edition_2026_1.corrective import corrected
from workflows.edition_2026_1.revisits import revisited

RECEPTION = ("MC-5.2.1", "MC-5.2.2a")
"""The rules whose duties do not wait for the grading if the criteria are met at the intake."""

BY_DEPARTMENT = ("MC-5.2.3f", "MC-5.2.3g")
ARCHIVE = "CH-8.1.archive"


@dataclass(frozen=True)
class TrackStart:
    """When the clocks of this leg start, and their anchor if it is not the rules' own."""

    at: datetime  # start of the clocks that the emergency plan counts from the receipt
    known: datetime  # when it was known to be major: there is no emergency team before
    anchor: Anchor | None

    @classmethod
    def of(cls, case: DutyEngine) -> TrackStart:
        file, since = case.file, case.file.track_since
        assert since is not None
        if file.unsolved is not None and file.unsolved.due == since:
            return cls(since, since, "month")
        if file.leg == 1 and file.unsolved is None:
            return cls(file.complaint.received_at, since, None)
        return cls(since, since, case.reentry or "grading")


async def reception(case: DutyEngine) -> None:
    """MC-5.2.1, MC-5.2.2a before the grading: a limit of ten minutes cannot wait for it.

    This holds for every channel: letters and telephone calls are no exception (MC-5.2.3e).
    """
    await case.wait_until(lambda: bool(case.file.proposal.major))
    if case.file.level is None:
        received = case.file.complaint.received_at
        opened = _recorded_and_sent(case, TrackStart(received, received, None), leg=0)
        await case.together(*(case.until_closed(owed.duty) for owed in opened))


async def major(case: DutyEngine) -> Track | None:
    """Run the major track from the apology to the archive. A resident who is not satisfied restarts it (RV-4.2)."""
    start = TrackStart.of(case)
    _team(case, start)
    over = await _handled(case, start)
    case.handled(over.at)
    case.in_background(_told(case, over))
    case.in_background(case.owed("MC-5.2.3d", form.RevisitArranged, since=over.at))
    case.in_background(_learnt(case, over))
    if not await revisited(case, since=over.at, role=DEVELOPMENT):
        case.supersede(lambda duty: duty.rule in RECEPTION, by="reopened")
        return Track.MAJOR
    last = await case.settled(before=ARCHIVE)
    await case.owed(ARCHIVE, Archive, since=last)
    case.comes_to("solved")
    return None


# --- 4: the emergency team


def _team(case: DutyEngine, start: TrackStart) -> None:
    """MC-4.1, MC-4.2: a leader takes over, and the leader at that time commands. MC-3c: the supervisor is told why."""
    lead = case.owe("MC-4.1", form.Lead, since=start.known, anchor=start.anchor, assigned=_leader(case))
    case.in_background(_commanded(case, lead))
    if start.anchor == "month":
        case.tell(lead.duty, "MC-3c.became_major")


async def _commanded(case: DutyEngine, lead: OwedDuty[form.Lead]) -> None:
    led = await lead.answer()
    await case.owed("MC-4.2", form.Command, since=led.at, assigned=_leader(case))


def _leader(case: DutyEngine) -> Assignee:
    """Who leads at this moment; a duty that is open already keeps its owner."""
    hours = case.edition.rule(emergency.HOURS)
    return emergency.leader(hours, case.now, case.reference, shut_out=case.shut_out)


# --- 5.2.1 to 5.2.3: taking it in, passing it on, handling it


def _recorded_and_sent(
    case: DutyEngine, start: TrackStart, leg: int
) -> tuple[OwedDuty[form.Reception], OwedDuty[form.ComplaintSheet]]:
    """MC-5.2.1, MC-5.2.2a: the apology and the record first, then the sheet, which needs them."""
    since, anchor = start.at, start.anchor
    recorded = case.owe("MC-5.2.1", form.Reception, since=since, anchor=anchor, leg=leg)
    sent = case.owe("MC-5.2.2a", form.ComplaintSheet, since=since, anchor=anchor, leg=leg, needs=(recorded.duty,))
    return recorded, sent


async def _handled(case: DutyEngine, start: TrackStart) -> DutyAnswer[form.Handling]:
    """MC-5.2.1 to MC-5.2.2d, MC-5.2.3f, g: one department is informed, signs, answers the resident and finishes."""
    since, anchor = start.at, start.anchor
    if _recorded_before(case):
        sent = case.owe("MC-5.2.2a", form.ComplaintSheet, since=since, anchor=anchor)
    else:
        recorded, sent = _recorded_and_sent(case, start, case.file.leg)
        case.in_background(recorded.answer())
    case.in_background(case.owed("MC-5.2.2c", form.Forwarding, since=since, anchor=anchor))
    case.in_background(case.owed("MC-5.2.2d", Report, since=since, anchor=anchor))
    corrected(case, since=start.known)  # MC-5.2.3b
    finished = await _finished(case, sent, start)
    return case.answer(finished, form.Handling)


async def _finished(case: DutyEngine, sent: OwedDuty[form.ComplaintSheet], start: TrackStart) -> str:
    """The id of the duty by which a department finished: the one named at intake, or the one the sheet was sent to.

    The clocks of a department named at intake run whether the sheet has reached it or not.
    """
    case.in_background(_signed(case, sent))
    supposed = case.file.complaint.department
    finishing = _finishing(case, supposed, start) if supposed else None
    await case.wait_until(lambda: any(not case.file.duties[id].open for id in (sent.duty, finishing) if id))
    if finishing is None or case.file.duties[finishing].status is not DutyStatus.DONE:
        department = case.answer(sent.duty, form.ComplaintSheet).form.department
        if department != supposed:
            case.supersede(lambda duty: duty.rule in BY_DEPARTMENT and duty.department == supposed, by=sent.duty)
            finishing = _finishing(case, department, start)
    assert finishing is not None
    await case.wait_until(lambda: not case.file.duties[finishing].open)
    return finishing


def _finishing(case: DutyEngine, department: str, start: TrackStart) -> str:
    """MC-5.2.3f, g: open the clear answer within a day and the handling within three; return the latter's id."""
    since, anchor = start.at, start.anchor
    case.alongside("MC-5.2.3f", form.ClearAnswer, since=since, anchor=anchor, department=department)
    finished = case.alongside("MC-5.2.3g", form.Handling, since=since, anchor=anchor, department=department)
    return finished.duty


async def _signed(case: DutyEngine, sent: OwedDuty[form.ComplaintSheet]) -> None:
    """MC-5.2.2b: the department that the sheet was sent to signs for it."""
    sheet = await sent.answer()
    await case.owed("MC-5.2.2b", form.SheetSignature, since=sheet.at, department=sheet.form.department)


def _recorded_before(case: DutyEngine) -> bool:
    """Whether an earlier leg has the apology and the record: done duties carry over."""
    earlier = [duty for duty in case.file.duties.values() if duty.rule == "MC-5.2.1" and duty.leg < case.file.leg]
    return case.file.leg > 1 and any(duty.status is DutyStatus.DONE for duty in earlier)


# --- 5.2.3, 5.2.4: what follows the handling


async def _told(case: DutyEngine, over: DutyAnswer[form.Handling]) -> None:
    """MC-5.2.3a, c: the sheet on the handling goes to customer service; supervisor and resident are told the result."""
    department = case.file.duties[over.duty].department
    handed = await case.owed("MC-5.2.3a", form.HandlingSheet, since=over.at, department=department)
    await case.owed("MC-5.2.3c", form.ResultTold, since=handed.at)


async def _learnt(case: DutyEngine, over: DutyAnswer[form.Handling]) -> None:
    """MC-5.2.4: sum up the case, revise the emergency plan where it failed, train people."""
    summed = await case.owed("MC-5.2.4a", form.SummingUp, since=over.at)
    case.in_background(case.owed("MC-5.2.4b", form.PlanReview, since=summed.at))
    await case.owed("MC-5.2.4c", form.Training, since=summed.at)

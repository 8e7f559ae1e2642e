"""重大客户投诉应急预案: a major complaint of the property service, clauses 4 and 5.2.

On the first leg the clocks run from the receipt, because the emergency plan counts from there; if the complaint became
major later, they run from that moment. What every complaint about the property service leads to, the apology and the
record above all, is in `property_service`; this chapter finds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from complaints.case.complaint import Track
from complaints.case.file import Act, ActKind, Duty, DutyStatus
from complaints.case.forms import Archive
from complaints.case.scheduler import Branch
from complaints.editions.rule_ids import RuleId
from complaints.major import emergency
from complaints.major import forms as form
from complaints.people.resolution import Assignee
from complaints.people.roles import DEVELOPMENT, GENERAL_MANAGER, SUPERVISOR
from workflows import anonymous
from workflows.answered_anew import AnsweredAnew
from workflows.correcting import owed_again_as_taken_in
from workflows.corrective import corrected
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import ClockTerms, DutyAnswer, Superseded
from workflows.property_service import ANSWER, ANSWERED_ANEW, PART, Slip, each_version, signed_and_forwarded, slip
from workflows.receiving import from_receipt
from workflows.repair import repair_decided
from workflows.revisits import revisited

COMMAND: RuleId = "MC-4.2a"
IN_AN_EMERGENCY: tuple[RuleId, ...] = ("MC-4.2b.security", "MC-4.2b.engineering", "MC-4.2b.operations")
EMERGENCY_OVER: RuleId = "MC-4.2b.end"
ARCHIVE: RuleId = "CH-8.1.archive"

Command = DutyAnswer[form.EmergencyCommand]


@dataclass(frozen=True)
class TrackStart:
    """When the clocks of this leg start."""

    clock: ClockTerms  # those that the emergency plan counts from the receipt
    minutes: ClockTerms  # the same, for limits in minutes: after a month they begin when the office opens (MC-3c)
    team: ClockTerms  # that of the emergency team: there is none before it is known to be major
    known: datetime  # when it was known to be major
    opens: datetime  # when the team begins

    @classmethod
    def of(cls, case: DutyEngine) -> TrackStart:
        file, since = case.file, case.file.track_since
        assert since is not None
        if file.unsolved is not None and file.unsolved.due == since:
            morning = _morning(case, since)
            minutes: ClockTerms = {"since": since, "counts_from": morning, "anchor": "month_morning"}
            return cls({"since": since, "anchor": "month"}, minutes, minutes, since, morning)
        if file.leg == 1 and file.unsolved is None:
            received = from_receipt(case)
            return cls(received, received, {"since": since}, since, since)
        anew: ClockTerms = {"since": since, "anchor": case.reentry or "grading"}
        return cls(anew, anew, anew, since, since)


def _morning(case: DutyEngine, since: datetime) -> datetime:
    """MC-3c: nobody is woken because a month is over at midnight: the team begins when the office opens (house)."""
    return emergency.office_opens(case.edition.rule(emergency.HOURS), since, case.reference)


async def major(case: DutyEngine) -> Track | None:
    """Run the major track from the apology to the archive. A resident who is not satisfied restarts it (RV-4.2)."""
    start = TrackStart.of(case)
    _team(case, start)
    case.in_background(repair_decided(case))
    corrected(case, since=start.known)  # MC-5.2.3b
    departments = Departments(case, start)
    over = await departments.handled()
    case.handled(over)
    case.in_background(_told(case, departments))
    case.in_background(_learnt(case, since=over))
    nobody = anonymous.waived(case, "MC-5.2.3d", since=over)
    arranged = None if nobody else case.owe("MC-5.2.3d", form.RevisitPlanned, since=over)
    if not await revisited(case, since=over, role=DEVELOPMENT, arranged=arranged):
        return Track.MAJOR
    last = await case.settled(before=ARCHIVE)
    await case.owed(ARCHIVE, Archive, since=last, role=SUPERVISOR)
    case.comes_to("solved")
    return None


# --- 4: the emergency team


def _team(case: DutyEngine, start: TrackStart) -> None:
    """MC-4.1, MC-4.2: a leader takes over and calls the team in. MC-3c: the supervisor is told why."""
    lead = case.owe("MC-4.1", form.EmergencyTeam, **start.team, assigned=_leader(case, start.opens))
    case.in_background(_commanded(case, lead))
    if start.clock.get("anchor") == "month":
        case.tell(lead.duty, "MC-3c.became_major")


async def _commanded(case: DutyEngine, lead: OwedDuty[form.EmergencyTeam]) -> None:
    """MC-4.2: the leader at that time commands, and may declare the state of emergency, then or until it is handled."""
    led = await lead.answer()
    first = await case.owed(COMMAND, form.EmergencyCommand, since=led.at, assigned=_leader(case, case.now))
    leg, seen, declared = case.file.leg, 0, False
    while True:
        await case.wait_until(
            lambda seen=seen: (
                len(_commands(case, first)) > seen or case.file.handled_at is not None or case.file.leg != leg
            )
        )
        commands = _commands(case, first)[seen:] if case.file.leg == leg else []
        if not commands:
            return
        command, seen = commands[0], seen + 1
        if command.form.emergency and not declared:
            case.in_background(_emergency(case, since=command.at))
        declared = command.form.emergency


def _commands(case: DutyEngine, first: Command) -> list[Command]:
    return [first, *case.revisions(first)]


async def _emergency(case: DutyEngine, since: datetime) -> None:
    """MC-4.2b: security, facilities and operations do their part; the leader says when the state of emergency ends."""
    for rule in IN_AN_EMERGENCY:
        case.alongside(rule, form.EmergencyWork, since=since)
    while True:
        leader = _leader(case, case.now)
        said = await case.owed(EMERGENCY_OVER, form.EmergencySituation, since=since, assigned=leader)
        if said.form.over:
            return
        since = said.at


def commanded_anew(case: DutyEngine, command: Duty, act: Act) -> None:
    """MC-4.2: a state of emergency that should not have been declared is over; nothing else is restarted."""
    if not act.form.get("emergency"):
        ended = (*IN_AN_EMERGENCY, EMERGENCY_OVER)
        case.supersede(lambda duty: duty.rule in ended and duty.leg == command.leg, by=f"revised {command.id}")


def _leader(case: DutyEngine, at: datetime) -> Assignee:
    """Who leads at this moment; a duty that is open already keeps its owner."""
    hours = case.edition.rule(emergency.HOURS)
    return emergency.leader(hours, at, case.reference, shut_out=case.shut_out)


# --- 5.2.2, 5.2.3: the departments complained about


class Departments:
    """MC-5.2.2, MC-5.2.3: the departments sign, answer the resident and finish; the first named leads the answer.

    The clocks of the department named at intake run whether the slip has reached it or not.
    """

    def __init__(self, case: DutyEngine, start: TrackStart) -> None:
        self.case = case
        self.start = start
        self._named: tuple[str, ...] = ()
        self._finishing: dict[str, OwedDuty[form.Handling]] = {}  # by department
        self._papers: dict[str, Branch[DutyAnswer[form.HandlingSheet] | None]] = {}
        self._answering: OwedDuty[form.ResidentAnswer] | None = None  # the leading department's
        self._answers: list[AnsweredAnew[form.ResidentAnswer]] = []

    async def handled(self) -> datetime:
        """Return when the last department on the slip has finished."""
        case = self.case
        sent = slip(case, leg=case.file.leg, **self.start.minutes)
        self._are(self._supposed(sent.duty))
        case.in_background(self._as_corrected(sent.duty))
        await each_version(case, sent, self._sent_to, until=self._finished)
        for answers in self._answers:
            answers.over = True
        return max(case.answer(self._finishing[one].duty, form.Handling).at for one in self._named)

    def _supposed(self, slip: str) -> tuple[str, ...]:
        """The departments that the intake names, or named when the slip was sent."""
        sent = self.case.act_of(slip)
        later = [act for act in self.case.file.acts if sent is not None and act.seq > sent.seq]
        before = [said for act in later if act.kind is ActKind.AMEND for said in act.form.get("before", ())]
        complaint = self.case.file.complaint
        first = (said["said"] for said in before if said["field"] == "department")
        also = (said["said"] for said in before if said["field"] == "also_departments")
        named = (next(first, complaint.department), *next(also, complaint.also_departments))
        return tuple(dict.fromkeys(one for one in named if one is not None))

    async def _as_corrected(self, slip: str) -> None:
        """Until the slip is sent, the departments are those that the intake names, as it is corrected."""
        case = self.case

        def sent() -> bool:
            return not case.file.duties[slip].open

        def named() -> tuple[str, ...]:
            return case.file.complaint.departments

        while not sent():
            await case.wait_until(lambda: sent() or named() != self._named)
            if not sent():
                self._are(named())

    def _sent_to(self, sheet: Slip, new: tuple[str, ...]) -> None:
        case = self.case
        for department in new:
            signing = signed_and_forwarded(case, department, sheet, leg=case.file.leg, major=True, **self.start.clock)
            case.in_background(signing)
        self._are(sheet.form.departments, sheet)

    def _are(self, departments: tuple[str, ...], sheet: Slip | None = None) -> None:
        """MC-5.2.3f, g: each department handles its part in three days; the leading one answers within one."""
        if not departments:
            self._named, self._answering = (), None
            return
        case, clock, lead = self.case, self.start.clock, departments[0]
        new = [one for one in departments if one not in self._named]
        for department in new:
            finishing = owed_again_as_taken_in(case, "MC-5.2.3g", form.Handling, **clock, department=department)
            self._finishing[department] = finishing
            self._papers[department] = case.in_background(self._handed_in(department, finishing))
        if self._answering is None or lead != self._named[0]:
            self._answering = owed_again_as_taken_in(case, ANSWER, form.ResidentAnswer, **clock, department=lead)
            answers = AnsweredAnew(case, self._answering, self._answered_anew)
            self._answers.append(answers)
            case.in_background(answers.followed())
            new = list(departments)
        answer = self._answering.duty
        if sheet is None or not case.done_before(answer, sheet.act):
            for department in new:
                if department != lead:
                    case.alongside(PART, form.AnswerPart, **clock, department=department, about=answer)
        self._named = departments

    def _answered_anew(
        self, duty: Duty, unhappy: DutyAnswer[form.ResidentAnswer]
    ) -> OwedDuty[form.ResidentAnswer] | None:
        """MC-4.2a: a resident who is not satisfied is answered by the emergency leader, then by the general manager."""
        case = self.case
        if duty.rule != ANSWERED_ANEW:
            leader = _leader(case, case.now)
            return case.owe(ANSWERED_ANEW, form.ResidentAnswer, since=unhappy.at, assigned=leader, hands=unhappy)
        if duty.role == GENERAL_MANAGER:
            return None
        return case.owe(ANSWERED_ANEW, form.ResidentAnswer, since=unhappy.at, role=GENERAL_MANAGER, hands=unhappy)

    def _finished(self) -> bool:
        duties = self.case.file.duties
        return all(duties[self._finishing[one].duty].status is DutyStatus.DONE for one in self._named)

    async def handed_in(self) -> datetime:
        """Return when the last department has handed in its papers. Raises `Superseded` if one need not any more."""
        papers = [await self._papers[one] for one in self._named]
        handed = [one.at for one in papers if one is not None]
        if len(handed) < len(papers):
            raise Superseded("MC-5.2.3a")
        return max(handed)

    async def _handed_in(self, department: str, finishing: OwedDuty[form.Handling]) -> DutyAnswer[form.HandlingSheet]:
        """MC-5.2.3a: a department that has finished hands the sheet on its part to customer service the same day."""
        finished = await finishing.answer()
        return await self.case.owed("MC-5.2.3a", form.HandlingSheet, since=finished.at, department=department)


# --- 5.2.3, 5.2.4: what follows the handling


async def _told(case: DutyEngine, departments: Departments) -> None:
    """MC-5.2.3a, c: customer service has the papers, reports to the supervisor, tells the resident the result."""
    await case.owed("MC-5.2.3c", form.ResultTold, since=await departments.handed_in())


async def _learnt(case: DutyEngine, since: datetime) -> None:
    """MC-5.2.4: sum up the case, revise the emergency plan where it failed, train people."""
    summed = await case.owed("MC-5.2.4a", form.SummingUp, since=since)
    case.in_background(case.owed("MC-5.2.4b", form.PlanReview, since=summed.at))
    await case.owed("MC-5.2.4c", form.Training, since=summed.at)

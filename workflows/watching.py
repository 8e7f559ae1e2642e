"""客户危机管理作业指引 5.1.3: a case that might become a crisis, or major, is put before the supervisor to decide."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from complaints import grading
from complaints.acts.regrade import graded_anew
from complaints.case import duties
from complaints.case.complaint import CRISIS, ENDED, Reason, Track
from complaints.case.events.case import WatchEntered, WatchOver
from complaints.case.file import Act, Duty, Notice, NoticeKind
from complaints.case.forms import WatchChoice, WatchDecision
from complaints.case.port import CaseAtWork
from complaints.case.scheduler import turn
from complaints.editions.model import RuleKind
from complaints.grading.watch import higher, watch
from workflows.duty_engine import DutyEngine
from workflows.duty_terms import Superseded

WATCH = "CR-5.1.3"
NOT_HANDLED_HERE = (Track.GATHERED, *ENDED)
"""Tracks without a handling of their own: nothing is watched, and only the grade of a crisis leads out of them."""


def decided(case: CaseAtWork, duty: Duty, act: Act) -> None:
    """Apply a regrade from the watch list: upwards at once, downwards after an approval."""
    if act.form.get("decision") == WatchChoice.REGRADE:
        major = case.file.major or bool(act.form.get("major"))
        graded_anew(case, int(act.form["level"]), major, act)


class Watch:
    """The entry of one case on the watch list."""

    def __init__(self, case: DutyEngine, known: tuple[Reason, ...] = ()) -> None:
        self.case = case
        self.known = known  # reasons already put before the supervisor, which are not put again
        self._found: tuple[Reason, ...] = ()
        self._looked_through: tuple[object, ...] = ()  # the fields of the file that `_found` was computed from

    async def run(self) -> None:
        """CR-5.1.3: put new reasons before the supervisor, who regrades the case or dismisses them with a reason."""
        case = self.case
        for duty in [duty for duty in case.file.duties.values() if duty.rule == WATCH]:
            case.in_background(self._looked_at(duty.since))
        while True:
            await case.wait_until(self._something_new)
            self.known = self._found
            told = self._figures_for_whoever_looks()
            case.record(WatchEntered(at=case.now, rule=WATCH, reasons=self.known, notices=told))
            if not self.looking():
                case.in_background(self._looked_at(case.now))
                await turn()  # so that its duty is open before new reasons are looked for

    def looking(self) -> list[Duty]:
        return [duty for duty in self.case.file.open_duties if duty.rule == WATCH]

    def _figures_for_whoever_looks(self) -> tuple[Notice, ...]:
        """Copies to the owner of an open watch duty whose reasons have changed: the decision must use the new ones."""
        moment, now = f"{self.case.file.journal_seq}.figures", self.case.now
        return tuple(duties.notice(duty, NoticeKind.COPY, moment, duty.owner, now) for duty in self.looking())

    async def _looked_at(self, since: datetime) -> None:
        with suppress(Superseded):
            await self.case.owed(WATCH, WatchDecision, leg=0, since=since)
        if not self.looking():
            self.case.once(WatchOver(at=self.case.now, rule=WATCH))

    def _something_new(self) -> bool:
        """Whether there is a new reason. Called at every change; recomputed only if a field of `_to_watch` changed."""
        file = self.case.file
        graded = (file.track, file.level, file.major, file.month_over)
        of = (*graded, file.complaint, file.facts, file.links, file.related, file.proposal)
        if self._looked_through != of:
            self._looked_through, self._found = of, self._to_watch()
        return any(reason not in self.known for reason in self._found)

    def _to_watch(self) -> tuple[Reason, ...]:
        """Reasons why it may become a crisis, and reasons that make it major but were not proposed (MC-3a, MC-3b)."""
        file, edition, people = self.case.file, self.case.edition, self.case.reference.directory
        if file.track in NOT_HANDLED_HERE or (file.track is Track.ENQUIRY and file.facts.harmless):
            return ()
        found = (*watch(file.known, file.level or 4, file.related, edition), *higher(file, edition, people))
        near = tuple(grading.with_members(reason, file.members) for reason in found)
        if file.major or file.level == CRISIS:
            return near
        if file.month_over is not None:  # not solved in time, which does not make it major by itself
            near = (*near, Reason(rule="MC-3c", params={"what": "unsolved-month"}))
        known = grading.propose_now(file, edition, people).major
        return (*near, *(reason for reason in known if reason not in file.proposal.major))

    def is_over(self) -> bool:
        """Whether a regrade upwards ends the watch: it is a crisis now, or was watched only for becoming major."""
        file = self.case.file
        return file.level == CRISIS or all(self._about_major(reason) for reason in file.watch)

    def _about_major(self, reason: Reason) -> bool:
        return self.case.edition.rule(reason.rule).kind is RuleKind.MAJOR

"""Takes a case through the procedures: grading, tracks, the matters beside them, the watch list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from complaints.acts import cancel_matter, drop, invalidate
from complaints.case.complaint import CRISIS, Reason, Track
from complaints.case.effects import EffectKind, EffectRefused
from complaints.case.events.case import Graded, Reopened, TrackEntered
from complaints.case.file import Act, CaseFile, Duty, JournalLine, Matter
from complaints.case.forms import Grading, Record
from complaints.case.messages import CaseMessage, MessageKind
from complaints.case.port import by_act
from complaints.case.scheduler import Branch
from complaints.editions.model import Edition
from complaints.editions.rule_ids import RuleId
from complaints.people.reference import Reference
from workflows import linked_cases
from workflows.becoming_major import becoming_major, month_of, month_over
from workflows.case_state import Log
from workflows.chapters import BY_EDITION
from workflows.duty_terms import DutyAnswer, Superseded
from workflows.receiving import from_receipt
from workflows.recounting import recounted
from workflows.watching import NOT_HANDLED_HERE, WATCH, Watch

RECORD = "CR-5.1.4"
"""The record of a complaint, which is owed even where another case is handled for it."""

ENDINGS = (*drop.APPROVALS, invalidate.CONFIRMATION)
"""Approvals that would end the handling."""

TELL: EffectKind[CaseMessage, None] = EffectKind("tell_case", type(None))
"""The effect that sends a message to another case."""


def track_of(level: int, major: bool) -> Track:
    """The track of a grade: level 1 is a crisis, 2 to 4 are ordinary (CR-5.2.1a) unless `major` is set (MC-3)."""
    if level == CRISIS:
        return Track.CRISIS
    return Track.MAJOR if major else Track.ORDINARY


class TrackRunner(linked_cases.LinkedCase):
    """The duty engine of a case: runs its tracks, and switches from one to another."""

    def __init__(
        self,
        file: CaseFile,
        edition: Edition,
        reference: Reference,
        now: datetime,
        lines: tuple[JournalLine, ...] = (),
        log: Log | None = None,
        *,
        untrimmed: tuple[Duty, ...] = (),
        watched_for: tuple[Reason, ...] = (),
        letters: tuple[CaseMessage, ...] = (),
    ) -> None:
        super().__init__(file, edition, reference, now, lines, log, untrimmed)
        self.chapters = BY_EDITION[edition.chapters]
        self.watch = Watch(self, watched_for)
        self.letters = list(letters)  # messages to other cases that are not sent yet
        self._matter_branches: dict[str, Branch[Any]] = {}

    async def run(self) -> None:
        """Run the case from the intake to the end of its last track; return when no duty is owed."""
        start = self.scheduler.start
        matters = start(self._matters(), "the matters")
        self.in_background(self.owed("CR-5.1.4", Record, leg=0, **from_receipt(self)))
        receiving = start(self.chapters.reception(self), "the reception")
        start(self._posting(), "posting")  # runs to the very end, because requests of other cases are answered
        leading = start(linked_cases.leading(self), "leading")
        besides = [start(work(self), work.__name__) for work in self.chapters.beside]
        graded = await self._first_grade()
        receiving.cancel()  # its duties belong to the chapter now, or are superseded
        if graded is not None and self.file.level is None:
            self._graded(graded.form, graded.at)
        watching = start(self.watch.run(), "the watch list")
        ageing = start(becoming_major(self, self.change_track), "becoming major")
        while await self._through_the_tracks() or await self._called_back():
            pass
        for beside in (watching, ageing, matters, leading, *besides):
            beside.cancel()

    @property
    def _of_reception(self) -> tuple[RuleId, ...]:
        return self.chapters.received(self.edition)

    async def _first_grade(self) -> DutyAnswer[Grading] | None:
        """CR-5.2.1a: the first grade; None for a complaint that was merged, gathered or withdrawn before it."""
        try:
            return await self.owed("CR-5.2.1a", Grading, leg=0, **from_receipt(self))
        except Superseded:
            return None

    def answered(self, duty: Duty, act: Act) -> None:
        """Apply what the duty's rule says about its answer (`Chapters.on_answer`), before the chapters go on."""
        super().answered(duty, act)
        if follows := self.chapters.on_answer.get(duty.rule):
            follows(self, duty, act)

    def revised(self, duty: Duty, act: Act) -> None:
        """Apply what a changed answer means (`Chapters.on_revision`); by default what followed from it is restarted."""
        self.tell_changed(duty, act)
        if follows := self.chapters.on_revision.get(duty.rule):
            follows(self, duty, act)
        else:
            super().revised(duty, act)

    def corrected(self, act: Act, before: CaseFile) -> None:
        """Decision 18: what the corrected intake no longer asks for falls away; chapters open what it asks for now."""
        recounted(self, act, before)
        for follows in self.chapters.on_correction:
            follows(self, act)

    def owes(self, rule: RuleId, act: Act, *, matter: str) -> None:
        """Open a duty that follows from the act. It survives every change of track, and no chapter asks for it."""
        self.owe(rule, since=act.at, leg=0, each=by_act(act.seq), matter=matter)

    def enter(self, track: Track, since: datetime) -> None:
        """Enter a new leg on `track`, whose clocks start at `since`."""
        self.record(TrackEntered(at=since, track=track, level=self.file.level, leg=self.file.leg + 1))

    def change_track(
        self, track: Track, since: datetime, by: str, also: tuple[str, ...] = (), but: tuple[str, ...] = ()
    ) -> None:
        """Switch to another track: supersede the duties of legs up to the present one, and of the rules `also`.

        Those of the rules `but` stay open.

        Done duties carry over, matters go on, the new clocks start at `since` (decision 2 of the common rules).
        """
        old_leg = self.file.leg
        if self.file.track is Track.GATHERED:
            linked_cases.leave(self, since)
        self.enter(track, since)
        self.supersede(
            lambda duty: (0 < duty.leg <= old_leg and duty.rule not in but) or duty.rule in also, by=by, at=since
        )

    def regrade(self, level: int, major: bool, act: Act) -> None:
        """Set a new grade, and switch the track if the grade requires another one (CR-5.2.1a)."""
        self._grade(level, major, act.at)
        track = track_of(level, major)
        stays = self.file.track in NOT_HANDLED_HERE and track is not Track.CRISIS
        if track is not self.file.track and not stays:
            watched = () if track is Track.ORDINARY else ("CR-5.1.3",) if self.watch.is_over() else ()
            undecided = ENDINGS if track is Track.CRISIS else ()  # a crisis is not ended so
            also = (*self._of_reception, *watched, *undecided)
            self.change_track(track, act.at, by=f"regraded to level {level}", also=also)

    def gathered(self, by: str, since: datetime) -> None:
        """Have another case lead this one from now on. What is owed to this customer, and the matters, go on."""
        if any(duty.rule == WATCH for duty in self.file.open_duties):
            self.watch.known = ()  # undecided: if the case is released, the supervisor has to look at it again
        self.enter(Track.GATHERED, since)
        goes_on = (RECORD, *self.chapters.of_each_customer)
        self.supersede(lambda duty: not (duty.rule in goes_on or duty.matter), by=by)

    def merged(self, by: str, since: datetime) -> None:
        """End this case as a duplicate: the other case owes what this one owed.

        Repairs and corrective actions go on here: nobody else would know of them.
        """
        self.comes_to("merged")
        self._nothing_more(Track.MERGED, by, since, going_on=lambda matter: True)

    def withdrawn(self, by: str, since: datetime) -> None:
        """End the handling, because the customer withdraws. The cases that this one leads are released."""
        linked_cases.release(self, since)
        self._nothing_more(Track.WITHDRAWN, by, since)

    def invalid(self, by: str, since: datetime) -> None:
        """End the case, because it is nothing a customer said. The cases that this one leads are released."""
        linked_cases.release(self, since)
        self.comes_to("invalid")
        self._nothing_more(Track.INVALID, by, since)

    def enquiry(self, by: str, since: datetime) -> None:
        """Go on as a mere enquiry, which is recorded like everything that a customer says."""
        self.enter(Track.ENQUIRY, since)
        self.supersede(lambda duty: duty.rule != RECORD, by=by)

    def reopen(
        self,
        since: datetime,
        track: Track | None = None,
        *,
        by: str | None = None,
        duty: str | None = None,
        reason: str = "",
    ) -> None:
        """Begin the present track again, or `track`, because a customer is not satisfied (RV-4.2)."""
        self.record(Reopened(at=since, by=by, duty=duty, rule="RV-4.2", leg=self.file.leg, reason=reason))
        self.change_track(track or self.file.track, since, by="reopened")

    def on_its_own(self, since: datetime) -> None:
        """Handle a gathered case on its own again: its chapter goes on from here."""
        linked_cases.leave(self, since)

    def _nothing_more(
        self, track: Track, by: str, since: datetime, going_on: Callable[[Matter], bool] | None = None
    ) -> None:
        """End the handling. What was repaired already is still paid, and a firm that was ordered is called off."""
        linked_cases.leave(self, since)
        self.enter(track, since)
        before, can_call_off = self.file, cancel_matter.CALLED_OFF in self.edition.rules

        def goes_on(matter: Matter) -> bool:
            return going_on(matter) if going_on is not None else cancel_matter.work_is_over(before, matter)

        kept = {one.id for one in before.matters if one.open and can_call_off and goes_on(one)}
        stay = {duty.id for duty in before.open_duties if duty.matter in kept}
        self.supersede(lambda duty: not (duty.id in stay or duty.about in stay), by=by)
        for matter in before.matters:
            if matter.id in kept:
                continue
            self.ended(matter, track.value, since)
            if task := self._matter_branches.get(matter.id):
                task.cancel()
            if matter.open and can_call_off and cancel_matter.contractor_is_ordered(before, matter):
                self.owes(cancel_matter.CALLED_OFF, before.acts[-1], matter=matter.id)

    def ask(self, says: MessageKind, act: Act) -> None:
        """Send a request to the case that the act names."""
        linked_cases.ask(self, says, act)

    def figures_changed(self) -> None:
        """Record a new proposed grade, because facts have changed."""
        linked_cases.figures_changed(self)

    def tell_figures(self) -> None:
        """Send the changed figures to the case that leads this one."""
        linked_cases.told_figures(self)

    def receive(self, word: CaseMessage, *, full: bool = False) -> None:
        """Receive a message from another case. A `full` case takes no others in."""
        linked_cases.receive(self, word, full=full)

    async def _posting(self) -> None:
        """Send the messages to other cases, in order. One that is sent twice, after a crash, changes nothing more."""
        while True:
            await self.wait_until(lambda: bool(self.letters))
            word = self.letters[0]
            try:
                await self.effect(TELL, word, f"to {word.to}: {word.says.value}")
            except EffectRefused:
                linked_cases.lost(self, word)
            if word in self.letters:
                self.letters.remove(word)

    def _graded(self, form: Grading, at: datetime) -> None:
        """Apply the first grade. If the month to solve the complaint is over already, it becomes major (MC-3c)."""
        month = month_of(self)
        self._grade(form.level, form.major, at)
        if form.level != CRISIS and not form.major and at >= month.due:
            month_over(self, month, since=at)
        if self.file.track is not Track.INTAKE:  # merged, gathered or withdrawn at the same moment
            return
        track = track_of(form.level, self.file.major)
        self.enter(track, at)
        if track is not Track.MAJOR:
            self.supersede(lambda duty: duty.rule in self._of_reception, by=f"graded level {form.level}")

    async def _through_the_tracks(self) -> bool:
        """Run the chapter of the present track. It may lead to another track; a regrade ends it and begins the next.

        Returns when nothing is open; True if an act at the very end has led to another track after all.
        """
        while True:
            leg = self.file.leg
            chapter = self.chapter(self.chapters.tracks[self.file.track](self))
            await self.wait_until(lambda leg=leg, chapter=chapter: chapter.done or self.file.leg != leg)
            if self.file.leg != leg:
                chapter.cancel()
            elif next_track := await chapter:
                await self._led_to(next_track)
            else:
                await self.wait_until(lambda leg=leg: self._nothing_open or self.file.leg != leg)
                return self.file.leg != leg

    async def _called_back(self) -> bool:
        """Tell the cases that this one leads that it is over; True if an act meanwhile has led to another track."""
        file = self.file
        leg = file.leg
        linked_cases.tell_handled(self, at=file.handled_at or self.now)
        await self.wait_until(lambda: self.file.leg != leg or (not self.letters and self._nothing_open))
        return self.file.leg != leg

    async def _led_to(self, track: Track) -> None:
        """Enter the next leg. INTAKE means the track of the grade; an ungraded case is graded first (CR-5.2.1a)."""
        since = self.file.track_since
        assert since is not None
        if track is Track.INTAKE and self.file.level is None:
            leg = self.file.leg
            graded = self.chapter(self._grade_of(since))
            await self.wait_until(lambda: graded.done or self.file.leg != leg)
            if self.file.leg != leg:
                graded.cancel()
                return
            since = graded.result()
        level = self.file.level or CRISIS
        self.enter(track_of(level, self.file.major) if track is Track.INTAKE else track, since)

    async def _grade_of(self, since: datetime) -> datetime:
        graded = await self.owed("CR-5.2.1a", Grading, leg=0, since=since, anchor="resumption")
        self._grade(graded.form.level, graded.form.major, graded.at)
        return graded.at

    def _grade(self, level: int, major: bool, at: datetime) -> None:
        self.once(Graded(at=at, rule="CR-5.2.1a", level=level, major=major))

    @property
    def _nothing_open(self) -> bool:
        file = self.file
        return not (file.open_duties or any(matter.open for matter in file.matters))

    async def _matters(self) -> None:
        """Run repairs and corrective actions beside the track, through all its changes, to their own end."""
        begun = 0
        while True:
            await self.wait_until(lambda seen=begun: len(self.file.matters) > seen)
            matter = self.file.matters[begun]
            begun += 1
            if matter.open:
                self._matter_branches[matter.id] = self.in_background(self._matter(matter))

    async def _matter(self, matter: Matter) -> None:
        """Run one matter to its end. If its duties are superseded, the matter is closed too."""
        try:
            await self.chapters.matters[matter.kind](self, matter)
        except Superseded:
            self.ended(matter, "superseded", self.now)

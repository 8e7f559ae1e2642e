"""The way of a case through the procedures: grading, tracks, what runs beside them, the watch list."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from complaints.case.effects import EffectKind, EffectRefused
from complaints.case.events.case import Graded, Reopened, TrackEntered
from complaints.case.scheduler import Branch
from complaints.forms.case import Grading, Record
from complaints.joining import Word
from complaints.model import Act, Matter, MatterKind, Reason, Track
from complaints.watch import CRISIS
from workflows import linking
from workflows.becoming_major import becoming_major, made_major, month_of
from workflows.casework import Answer, Casework, Superseded
from workflows.corrective import corrective
from workflows.crisis import crisis
from workflows.gathered import gathered
from workflows.legal import legal
from workflows.major import RECEPTION, major, reception
from workflows.ordinary import ordinary
from workflows.repair import repair
from workflows.watching import NOT_HANDLED_HERE, WATCH, Watch
from workflows.withdrawn import merged, withdrawn

Chapter = Callable[[Casework], Coroutine[Any, Any, Track | None]]
TRACKS: dict[Track, Chapter] = {
    Track.CRISIS: crisis,
    Track.LEGAL: legal,
    Track.MAJOR: major,
    Track.ORDINARY: ordinary,
    Track.GATHERED: gathered,
    Track.WITHDRAWN: withdrawn,
    Track.MERGED: merged,
}

RECORD = "CR-5.1.4"
"""The record of each complaint is owed even where another case is handled for it."""

TELL: EffectKind[Word, None] = EffectKind("tell_case", type(None))
"""A word for another case."""

MatterChapter = Callable[[Casework, Matter], Coroutine[Any, Any, None]]
MATTERS: dict[MatterKind, MatterChapter] = {MatterKind.REPAIR: repair, MatterKind.CORRECTIVE: corrective}


def track_of(level: int, major: bool) -> Track:
    """Level 1 is a crisis, 2 to 4 go the ordinary way (CR-5.2.1a) unless the complaint is a major one (MC-3)."""
    if level == CRISIS:
        return Track.CRISIS
    return Track.MAJOR if major else Track.ORDINARY


class Course:
    """Where a case stands in the procedures, and what takes it on from there."""

    def __init__(self, case: Casework, watched_for: tuple[Reason, ...] = (), letters: tuple[Word, ...] = ()) -> None:
        self.case = case
        self.watch = Watch(case, watched_for)
        self.letters = list(letters)  # words for other cases, on their way
        self._matter_branches: dict[str, Branch[Any]] = {}

    async def run(self) -> None:
        """From the intake to the end of the last track; returns when nobody owes anything any more."""
        case = self.case
        received = case.file.complaint.received_at
        start = case.scheduler.start
        matters = start(self._matters(), "the matters")
        case.aside(case.owed("CR-5.1.4", Record, leg=0, since=received))
        receiving = start(reception(case), "the reception")
        start(self._posting(), "posting")  # which goes on to the very end: what others ask is answered
        leading = start(linking.leading(self), "leading")
        graded = await self._first_grade(received)
        receiving.cancel()  # what it opened is the chapter's now, or falls away
        if graded is not None and case.file.level is None:
            self._graded(graded.form, graded.at)
        watching = start(self.watch.run(), "the watch list")
        ageing = start(becoming_major(case, self.change_track), "becoming major")
        while await self._through_the_tracks() or await self._called_back():
            pass
        for beside in (watching, ageing, matters, leading):
            beside.cancel()

    async def _first_grade(self, received: datetime) -> Answer[Grading] | None:
        """CR-5.2.1a; None for a complaint that was merged, gathered or withdrawn before anybody graded it."""
        try:
            return await self.case.owed("CR-5.2.1a", Grading, leg=0, since=received)
        except Superseded:
            return None

    def enter(self, track: Track, since: datetime) -> None:
        """A new leg of the way, whose clocks start at `since`."""
        case = self.case
        case.record(TrackEntered(at=since, track=track, level=case.file.level, leg=case.file.leg + 1))

    def change_track(self, track: Track, since: datetime, by: str, also: tuple[str, ...] = ()) -> None:
        """Another track governs from now on: duties of the present leg, and of the rules `also`, are superseded.

        What was done carries over, matters go on, the new clocks start at `since` (decision 2 of the common rules).
        """
        old_leg = self.case.file.leg
        if self.case.file.track is Track.GATHERED:
            linking.leave(self, since)
        self.enter(track, since)
        self.case.supersede(lambda duty: 0 < duty.leg <= old_leg or duty.rule in also, by=by, at=since)

    def regrade(self, level: int, major: bool, act: Act) -> None:
        """A new level, and with it perhaps another track (CR-5.2.1a)."""
        self._grade(level, major, act.at)
        track = track_of(level, major)
        stays = self.case.file.track in NOT_HANDLED_HERE and track is not Track.CRISIS
        if track is not self.case.file.track and not stays:
            watched = () if track is Track.ORDINARY else ("CR-5.1.3",) if self.watch.is_over() else ()
            self.change_track(track, act.at, by=f"regraded to level {level}", also=(*RECEPTION, *watched))

    def gathered(self, by: str, since: datetime) -> None:
        """Another case leads this one from now on. The record and what was begun beside the track go on."""
        if any(duty.rule == WATCH for duty in self.case.file.open_duties):
            self.watch.known = ()  # nobody has looked at it yet: if it comes back, somebody has to
        self.enter(Track.GATHERED, since)
        self.case.supersede(lambda duty: not (duty.rule == RECORD or duty.matter), by=by)

    def merged(self, by: str, since: datetime) -> None:
        """This case is a duplicate: it is over, and what it owed is owed by the other one."""
        self.case.comes_to("merged")
        self._nothing_more(Track.MERGED, by, since)

    def withdrawn(self, by: str, since: datetime) -> None:
        """The customer withdraws: nothing is handled any more, here or in the cases that this one leads."""
        linking.release(self, since)
        self._nothing_more(Track.WITHDRAWN, by, since)

    def reopen(self, since: datetime) -> None:
        """A customer is not satisfied (RV-4.2): the present track begins again."""
        self.case.record(Reopened(at=since, rule="RV-4.2", leg=self.case.file.leg))
        self.change_track(self.case.file.track, since, by="reopened")

    def on_its_own(self, since: datetime) -> None:
        """A gathered case is handled by itself again: its chapter goes on from here."""
        linking.leave(self, since)

    def _nothing_more(self, track: Track, by: str, since: datetime) -> None:
        linking.leave(self, since)
        self.enter(track, since)
        self.case.supersede(lambda duty: True, by=by)
        for matter in self.case.file.matters:
            self.case.ended(matter, track.value, since)
            if task := self._matter_branches.get(matter.id):
                task.cancel()

    def hear(self, word: Word, *, full: bool = False) -> None:
        """What another case says. A `full` case takes no others in."""
        linking.hear(self, word, full=full)

    async def _posting(self) -> None:
        """Send what other cases are to hear. A word that is sent twice, after a crash, says nothing new."""
        while True:
            await self.case.until(lambda: bool(self.letters))
            word = self.letters[0]
            try:
                await self.case.effect(TELL, word, f"to {word.to}: {word.says.value}")
            except EffectRefused:
                linking.lost(self, word)
            if word in self.letters:
                self.letters.remove(word)

    def _graded(self, form: Grading, at: datetime) -> None:
        """The supervisor's grade; a month without a solution makes a major one of what was never graded (MC-3c)."""
        case, month = self.case, month_of(self.case)
        self._grade(form.level, form.major, at)
        if form.level != CRISIS and not form.major and at >= month.due:
            made_major(case, month, since=at)
        if case.file.track is not Track.INTAKE:  # merged, gathered or withdrawn at the same moment
            return
        track = track_of(form.level, case.file.major)
        self.enter(track, at)
        if track is not Track.MAJOR:
            case.supersede(lambda duty: duty.rule in RECEPTION, by=f"graded level {form.level}")

    async def _through_the_tracks(self) -> bool:
        """Run the chapter of the present track. It may lead to another; a regrade ends it and begins the next.

        Returns when nothing is open any more; True if an act at the very end has led to another track after all.
        """
        case = self.case
        while True:
            leg = case.file.leg
            chapter = case.chapter(TRACKS[case.file.track](case))
            await case.until(lambda leg=leg, chapter=chapter: chapter.done or case.file.leg != leg)
            if case.file.leg != leg:
                chapter.cancel()
            elif next_track := await chapter:
                await self._led_to(next_track)
            else:
                await case.until(lambda leg=leg: self._nothing_open or case.file.leg != leg)
                return case.file.leg != leg

    async def _called_back(self) -> bool:
        """The cases that this one leads hear that it is over; True if an act meanwhile has led to another track."""
        file = self.case.file
        leg = file.leg
        linking.tell_handled(self, at=file.handled_at or self.case.now)
        await self.case.until(lambda: self.case.file.leg != leg or (not self.letters and self._nothing_open))
        return self.case.file.leg != leg

    async def _led_to(self, track: Track) -> None:
        """The next leg. INTAKE means: wherever the grade leads; what was never graded is graded now (CR-5.2.1a)."""
        case, since = self.case, self.case.file.track_since
        assert since is not None
        if track is Track.INTAKE and case.file.level is None:
            leg = case.file.leg
            graded = case.chapter(self._grade_of(since))
            await case.until(lambda: graded.done or case.file.leg != leg)
            if case.file.leg != leg:
                graded.cancel()
                return
            since = graded.result()
        level = case.file.level or CRISIS
        self.enter(track_of(level, case.file.major) if track is Track.INTAKE else track, since)

    async def _grade_of(self, since: datetime) -> datetime:
        graded = await self.case.owed("CR-5.2.1a", Grading, leg=0, since=since, anchor="resumption")
        self._grade(graded.form.level, graded.form.major, graded.at)
        return graded.at

    def _grade(self, level: int, major: bool, at: datetime) -> None:
        self.case.once(Graded(at=at, rule="CR-5.2.1a", level=level, major=major))

    @property
    def _nothing_open(self) -> bool:
        file = self.case.file
        return not (file.open_duties or any(matter.open for matter in file.matters))

    async def _matters(self) -> None:
        """Repairs and corrective actions run beside the track, through all its changes, to their own end."""
        begun = 0
        while True:
            await self.case.until(lambda seen=begun: len(self.case.file.matters) > seen)
            matter = self.case.file.matters[begun]
            begun += 1
            if matter.open:
                self._matter_branches[matter.id] = self.case.aside(self._matter(matter))

    async def _matter(self, matter: Matter) -> None:
        """One matter to its end. What closes its duties without an act closes the matter too."""
        try:
            await MATTERS[matter.kind](self.case, matter)
        except Superseded:
            self.case.ended(matter, "superseded", self.case.now)

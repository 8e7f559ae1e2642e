"""The way of a case through the procedures: grading, tracks, what runs beside them, the watch list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from complaints.duties import LineDraft
    from complaints.forms.case import Grading, Record, WatchDecision
    from complaints.model import Act, Matter, MatterKind, Reason, Track
    from complaints.watch import CRISIS, watch

from workflows.casework import Casework, Superseded
from workflows.crisis import crisis
from workflows.legal import legal
from workflows.ordinary import ordinary
from workflows.corrective import corrective

Chapter = Callable[[Casework], Coroutine[Any, Any, Track | None]]
TRACKS: dict[Track, Chapter] = {Track.CRISIS: crisis, Track.LEGAL: legal, Track.ORDINARY: ordinary}

from workflows.repair import repair
MatterChapter = Callable[[Casework, Matter], Coroutine[Any, Any, None]]
MATTERS: dict[MatterKind, MatterChapter] = {MatterKind.REPAIR: repair, MatterKind.CORRECTIVE: corrective}


def track_of(level: int, major: bool) -> Track:
    """Level 1 is a crisis, 2 to 4 go the ordinary way (CR-5.2.1a) unless the complaint is a major one (MC-3)."""
    if level == CRISIS:
        return Track.CRISIS
    return Track.MAJOR if major and Track.MAJOR in TRACKS else Track.ORDINARY


class Course:
    """Where a case stands in the procedures, and what takes it on from there."""

    def __init__(self, case: Casework, watched_for: tuple[Reason, ...] = ()) -> None:
        self.case = case
        self.watched_for = watched_for  # what was put before the supervisor once is not put before them again
        self.begun = False  # the first duties are open

    async def run(self) -> None:
        """From the intake to the end of the last track; returns when nobody owes anything any more."""
        case = self.case
        received = case.file.complaint.received_at
        case.resume()
        matters = asyncio.create_task(self._matters())
        case.aside(case.owed("CR-5.1.4", Record, leg=0, since=received))
        self.begun = True
        graded = await case.owed("CR-5.2.1a", Grading, leg=0, since=received)
        if case.file.level is None:
            self._graded(graded.form, graded.at)
        watching = asyncio.create_task(self._watch())
        await self._through_the_tracks()
        await workflow.wait_condition(lambda: not (case.file.open_duties or any(m.open for m in case.file.matters)))
        for beside in (watching, ageing, matters):
            beside.cancel()

    def enter(self, track: Track, since: datetime) -> None:
        """A new leg of the way, whose clocks start at `since`."""
        case = self.case
        case.note(track=track, track_since=since, leg=case.file.leg + 1)
        data = {"track": track.value, "level": case.file.level, "leg": case.file.leg}
        case.write(LineDraft(kind="track.entered", at=since, data=data))

    def change_track(self, track: Track, since: datetime, by: str, also: tuple[str, ...] = ()) -> None:
        """Another track governs from now on: duties of the present leg, and of the rules `also`, are superseded.

        What was done carries over, matters go on, the new clocks start at `since` (decision 2 of the common rules).
        """
        old_leg = self.case.file.leg
        self.enter(track, since)
        self.case.supersede(lambda duty: 0 < duty.leg <= old_leg or duty.rule in also, by=by)

    def regrade(self, level: int, major: bool, act: Act) -> None:
        """A new level, and with it perhaps another track (CR-5.2.1a)."""
        self.case.note(level=level, major=major)
        track = track_of(level, major)
        if track is not self.case.file.track:
            overtaken = ("CR-5.1.3",) if level == CRISIS else ()  # a crisis is not watched for becoming one
            self.change_track(track, act.at, by=f"regraded to level {level}", also=overtaken)

    def _graded(self, form: Grading, at: datetime) -> None:
        self.case.note(level=form.level, major=form.major)
        self.enter(track_of(form.level, form.major), at)

    async def _through_the_tracks(self) -> None:
        """Run the chapter of the present track. It may lead to another; a regrade ends it and begins the next."""
        case = self.case
        while True:
            leg = case.file.leg
            chapter = asyncio.create_task(TRACKS[case.file.track](case))
            await workflow.wait_condition(lambda leg=leg, chapter=chapter: chapter.done() or case.file.leg != leg)
            if case.file.leg != leg:
                chapter.cancel()
                with suppress(asyncio.CancelledError, Superseded):
                    await chapter
            elif next_track := await chapter:
                assert case.file.track_since is not None
                self.enter(next_track, case.file.track_since)
            else:
                return

    async def _matters(self) -> None:
        """Repairs and corrective actions run beside the track, through all its changes, to their own end."""
        begun = 0
        while True:
            await workflow.wait_condition(lambda seen=begun: len(self.case.file.matters) > seen)
            matter = self.case.file.matters[begun]
            begun += 1
            if matter.open:
                self.case.aside(self._matter(matter))

    async def _matter(self, matter: Matter) -> None:
        """One matter to its end. What closes its duties without an act closes the matter too."""
        try:
            await MATTERS[matter.kind](self.case, matter)
        except Superseded:
            self.case.ended(matter, "superseded", workflow.now())

    async def _watch(self) -> None:
        """CR-5.1.3: what might become a crisis is looked at, and either regraded or dismissed with a reason."""
        case = self.case
        looked_at = [duty for duty in case.file.duties.values() if duty.rule == "CR-5.1.3"]
        for duty in looked_at:
            await self._looked_at(duty.since)
        while True:
            await workflow.wait_condition(lambda: any(r not in self.watched_for for r in self._to_watch()))
            self.watched_for = self._to_watch()
            case.note(watch=self.watched_for)
            rules = [reason.rule for reason in case.file.watch]
            case.write(LineDraft(kind="watch.entered", at=workflow.now(), rule="CR-5.1.3", data={"reasons": rules}))
            await self._looked_at(workflow.now())

    async def _looked_at(self, since: datetime) -> None:
        case = self.case
        with suppress(Superseded):
            await case.owed("CR-5.1.3", WatchDecision, leg=0, since=since)
        if not any(duty.rule == "CR-5.1.3" for duty in case.file.open_duties):
            case.note(watch=())

    def _to_watch(self) -> tuple[Reason, ...]:
        file = self.case.file
        return watch(file.known, file.level or 4, file.related, self.case.edition)

"""The case's file and its journal: what is known and done, line by line, and what the records still lack of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Generic

from complaints.case import journal
from complaints.case.additions import Additions
from complaints.case.event import Event
from complaints.case.events.case import Handled, OutcomeReached, TrackLeft
from complaints.case.events.machine import Trimmed
from complaints.case.events.matters import MatterEnded, MatterOpened
from complaints.case.file import Act, Duty, FileT, JournalLine, Matter, MatterKind
from complaints.case.fold import append, changes_nothing
from complaints.case.scheduler import Scheduler, Wait

Log = logging.Logger | logging.LoggerAdapter[logging.Logger]

LONGEST_ANSWER = 100_000
"""Bytes of journal lines in the receipt of an act. Every receipt stays in the history, which is to be short; whoever is
further behind reads the file."""

LOGGED: dict[str, tuple[int, tuple[str, ...]]] = {
    "case.opened": (logging.INFO, ("level", "edition")),
    "case.numbered": (logging.INFO, ("number",)),
    "case.graded": (logging.INFO, ("level", "major")),
    "case.became-major": (logging.INFO, ()),
    "case.reopened": (logging.INFO, ("leg",)),
    "case.cancellation-ignored": (logging.WARNING, ()),
    "case.closed": (logging.INFO, ("outcome",)),
    "track.entered": (logging.INFO, ("track", "level", "leg")),
    "duty.breached": (logging.INFO, ()),
    "act.refused": (logging.INFO, ("what", "refused")),
    "file.trimmed": (logging.INFO, ()),
    "reference.changed": (logging.INFO, ("version",)),
    "round.opened": (logging.INFO, ("period", "subject")),
    "round.closed": (logging.INFO, ("outcome",)),
}
"""Events that operators read in the log too: how important each is, and what of it is said; no customer's name."""


class CaseState(Generic[FileT]):
    """A file while it changes. Whatever changes in it is an event of its journal, and nothing else changes it."""

    def __init__(
        self,
        file: FileT,
        now: datetime,
        lines: tuple[JournalLine, ...] = (),
        log: Log | None = None,
        untrimmed: tuple[Duty, ...] = (),
    ) -> None:
        self.file = file
        self.now = now  # the moment at which everything happens, until whoever drives the case says that it is later
        self.lines = list(lines)  # the last ones of its journal: what the records may still lack
        self.untrimmed = {duty.id: duty for duty in untrimmed}  # closed duties as the records are to have them
        self.written = 0  # bytes of lines in this run
        self.scheduler = Scheduler()
        self.moved = False  # whether anything has happened that whoever drives the case has not looked at
        self.log: Log = log or logging.getLogger(__name__)

    def record(self, *events: Event) -> None:
        """The events have happened: each changes the file, and is the next line of its journal."""
        for event in events:
            self.file, line = append(self.file, event)
            self.lines.append(line)
            self.written += journal.size((line,))
            self.moved = True
            if (logged := LOGGED.get(event.kind)) is not None:
                level, names = logged
                said = [event.duty or "", *(f"{name}={getattr(event, name)}" for name in names)]
                self.log.log(level, "%s %s", event.kind, " ".join(said).strip())

    def once(self, event: Event) -> None:
        """The same, unless the file says already what the event would bring: of a chapter that is run again."""
        if not changes_nothing(self.file, event):
            self.record(event)

    def trim(self) -> None:
        """What the records have, and nobody reads here again, leaves the file."""
        before = self.file
        self.record(Trimmed(at=self.now))
        left = (duty for id, duty in before.duties.items() if duty != self.file.duties[id])
        self.untrimmed = {**{duty.id: duty for duty in left}, **self.untrimmed}

    @property
    def for_records(self) -> FileT:
        """The file with its closed duties as the records are to have them: their lines may not be written yet."""
        return self.file.but(duties={**self.file.duties, **self.untrimmed}) if self.untrimmed else self.file

    def left_to_records(self, lines: Iterable[JournalLine]) -> tuple[Duty, ...]:
        """Those of the trimmed duties that these lines, which the records may lack, are about."""
        about = {line.duty for line in lines}
        return tuple(duty for id, duty in self.untrimmed.items() if id in about)

    def since(self, after: int) -> Additions:
        """What the records lack that have the journal up to line `after`."""
        return Additions.of(self.for_records, after, self.lines)

    def lines_since(self, seen: int | None) -> tuple[JournalLine, ...] | None:
        """The lines after line `seen`, for whoever has the file up to there.

        None if this run does not remember all of them, or if they are too long for an answer.
        """
        new = None if seen is None else journal.since(seen, self.lines, self.file.journal_seq)
        return new if new is not None and journal.size(new) <= LONGEST_ANSWER else None

    def comes_to(self, outcome: str) -> None:
        """How it ends, as far as is known now."""
        self.once(OutcomeReached(at=self.now, outcome=outcome))

    @property
    def shut_out(self) -> frozenset[str]:
        """Whoever is complained about owes, decides and hears nothing of it."""
        return self.file.about

    # --- matters and the handling, of cases

    def begin(
        self: CaseState,
        kind: MatterKind,
        cause: str,
        what: str,
        since: datetime,
        *,
        by: str = "",
        act: Act | None = None,
        department: str | None = None,
    ) -> Matter:
        """Something of its own beside the track, once for each `cause`: a duty, an act or a rule that led to it."""
        known = next((matter for matter in self.file.matters if (matter.kind, matter.cause) == (kind, cause)), None)
        if known is not None:
            return known
        nth = sum(matter.kind is kind for matter in self.file.matters) + 1
        begun = MatterOpened(
            at=since,
            by=by or None,
            rule=act.rule if act else None,
            matter=f"{kind[0].upper()}{nth}",
            kind=kind,
            what=what,
            cause=cause,
            department=department,
            begun=len(self.file.acts) + (act is not None),
            opening=act,
        )
        self.record(begun)
        return self.matter(begun.matter)

    def ended(self: CaseState, matter: Matter, outcome: str, at: datetime) -> None:
        """The matter is over. Asked again, nothing happens."""
        if self.matter(matter.id).open:
            self.record(MatterEnded(at=at, matter=matter.id, outcome=outcome))

    def matter(self: CaseState, id: str) -> Matter:
        return next(matter for matter in self.file.matters if matter.id == id)

    def handled(self: CaseState, at: datetime) -> None:
        """The handling's end: what is left are revisits and paper. Only the first time counts."""
        if self.file.handled_at is None:
            self.record(Handled(at=at))

    def leaves_the_track(self: CaseState, at: datetime) -> None:
        """The present track leads to another, whose clocks start at `at`."""
        self.once(TrackLeft(at=at))

    # --- waiting

    async def wait_until(
        self, happened: Callable[[], bool], *, within: timedelta | None = None, timer: str | None = None
    ) -> None:
        """Wait for a change of the case.

        Raises `TimeoutError` when it has not come `within` a time; `timer` is what operators see of that.
        """
        if not await Wait(happened, None if within is None else self.now + within, timer or ""):
            raise TimeoutError

    async def sleep(self, span: timedelta, timer: str) -> None:
        """Let time pass. `timer` is what operators see of it."""
        await Wait(lambda: False, self.now + span, timer)

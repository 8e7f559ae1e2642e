"""The state of a case or round: its file, and the journal lines that the read model (PostgreSQL) may still lack."""

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
"""Most bytes of journal lines in the receipt of an act. Every receipt stays in the history, which should be short; a
caller that is further behind queries the file."""

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
"""Events that are also logged for operators: log level and logged fields by event kind. Never a customer's name."""


class CaseState(Generic[FileT]):
    """Holds a file while it changes. Only recorded events change it, and each of them is a line of its journal."""

    def __init__(
        self,
        file: FileT,
        now: datetime,
        lines: tuple[JournalLine, ...] = (),
        log: Log | None = None,
        untrimmed: tuple[Duty, ...] = (),
    ) -> None:
        self.file = file
        self.now = now  # the time of everything that happens, until the driver advances it
        self.lines = list(lines)  # the end of the journal: lines that the read model may still lack
        self.untrimmed = {duty.id: duty for duty in untrimmed}  # trimmed duties in full, for the read model
        self.written = 0  # bytes of journal lines written in this run
        self.scheduler = Scheduler()
        self.moved = False  # whether there is a change that the driver has not processed yet
        self.log: Log = log or logging.getLogger(__name__)

    def record(self, *events: Event) -> None:
        """Apply each event to the file and append it to the journal."""
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
        """Record the event unless it would change nothing, as when a chapter is run again from its first line."""
        if not changes_nothing(self.file, event):
            self.record(event)

    def trim(self) -> None:
        """Drop from the file what the read model keeps and no chapter reads again."""
        before = self.file
        self.record(Trimmed(at=self.now))
        left = (duty for id, duty in before.duties.items() if duty != self.file.duties[id])
        self.untrimmed = {**{duty.id: duty for duty in left}, **self.untrimmed}

    @property
    def for_records(self) -> FileT:
        """The file with its closed duties in full, for the read model, which may not have written their lines yet."""
        return self.file.but(duties={**self.file.duties, **self.untrimmed}) if self.untrimmed else self.file

    def left_to_records(self, lines: Iterable[JournalLine]) -> tuple[Duty, ...]:
        """Full versions of those trimmed duties that `lines`, which the read model may lack, are about."""
        about = {line.duty for line in lines}
        return tuple(duty for id, duty in self.untrimmed.items() if id in about)

    def since(self, after: int) -> Additions:
        """What a read model that has the journal up to line `after` lacks."""
        return Additions.of(self.for_records, after, self.lines)

    def lines_since(self, seen: int | None) -> tuple[JournalLine, ...] | None:
        """The lines after line `seen`, for a caller that has the file up to there.

        None if this run does not hold all of them, or if they are longer than `LONGEST_ANSWER`.
        """
        new = None if seen is None else journal.since(seen, self.lines, self.file.journal_seq)
        return new if new is not None and journal.size(new) <= LONGEST_ANSWER else None

    def comes_to(self, outcome: str) -> None:
        """Set the outcome, as far as it is known now."""
        self.once(OutcomeReached(at=self.now, outcome=outcome))

    @property
    def shut_out(self) -> frozenset[str]:
        """The people complained about: they owe, decide and are told nothing in this case."""
        return self.file.about

    # --- matters and handling (cases only)

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
        """Open a matter beside the track, once for each `cause` (the duty, act or rule that led to it); return it."""
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
        """Close the matter. Idempotent."""
        if self.matter(matter.id).open:
            self.record(MatterEnded(at=at, matter=matter.id, outcome=outcome))

    def matter(self: CaseState, id: str) -> Matter:
        return next(matter for matter in self.file.matters if matter.id == id)

    def handled(self: CaseState, at: datetime) -> None:
        """Record the end of the handling; revisits and paperwork may remain. Only the first call counts."""
        if self.file.handled_at is None:
            self.record(Handled(at=at))

    def leaves_the_track(self: CaseState, at: datetime) -> None:
        """Record that the present track leads to another one, whose clocks start at `at`."""
        self.once(TrackLeft(at=at))

    # --- waiting

    async def wait_until(
        self, happened: Callable[[], bool], *, within: timedelta | None = None, timer: str | None = None
    ) -> None:
        """Wait until `happened()` is true; it is evaluated whenever the case changes.

        Raises `TimeoutError` if `within` passes first; `timer` is the name of that timer for operators.
        """
        if not await Wait(happened, None if within is None else self.now + within, timer or ""):
            raise TimeoutError

    async def sleep(self, span: timedelta, timer: str) -> None:
        """Wait for `span`. `timer` is the name of the timer for operators."""
        await Wait(lambda: False, self.now + span, timer)

"""The case's file and its journal: what is known and done, line by line, and what the records still lack of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from complaints import journal
    from complaints.duties import LineDraft
    from complaints.model import (
        Act,
        Additions,
        Deadline,
        Duty,
        Entry,
        FileT,
        Matter,
        MatterKind,
        Notice,
    )


WITHOUT_LINES = {"duties", "acts", "notices", "journal_seq", "journal_hash", "counted_at"}
"""Fields of a file whose change needs no line: they have lines of their own, or tell nobody anything new."""

LOGGED: dict[str, tuple[int, tuple[str, ...]]] = {
    "case.opened": (logging.INFO, ("level", "edition")),
    "case.numbered": (logging.INFO, ("number",)),
    "case.regraded": (logging.INFO, ("level", "major")),
    "case.became-major": (logging.INFO, ()),
    "case.reopened": (logging.INFO, ("leg",)),
    "case.cancellation-ignored": (logging.WARNING, ()),
    "case.closed": (logging.INFO, ("outcome",)),
    "track.entered": (logging.INFO, ("track", "level", "leg")),
    "duty.breached": (logging.INFO, ()),
    "act.refused": (logging.INFO, ("kind", "refused")),
    "reference.changed": (logging.INFO, ("version",)),
    "round.opened": (logging.INFO, ("period", "subject")),
    "round.closed": (logging.INFO, ("outcome",)),
}
"""Lines that operators read in the log too: how important each is, and what of its data is said; no customer's name."""


class Docket(Generic[FileT]):
    """A file while it changes. Every change that anybody may ask about later is a line of its journal."""

    def __init__(self, file: FileT, entries: tuple[Entry, ...] = ()) -> None:
        self.file = file
        self.entries = list(entries)  # what the records may still lack
        self._complete = file  # as the records will have it once they have its lines
        self._turns = 0  # how often somebody who waited has got on

    def write(self, draft: LineDraft, *, act: Act | None = None, notices: tuple[Notice, ...] = ()) -> None:
        """Write a line into the journal, with what it brought along."""
        line = journal.line(
            self.file.journal_seq,
            self.file.journal_hash or journal.GENESIS,
            at=draft.at,
            kind=draft.kind,
            by=draft.by,
            duty=draft.duty,
            rule=draft.rule,
            data=draft.data,
        )
        log(draft)
        self.entries.append(Entry(line=line, duty=draft.duty, act=act, notices=notices))
        self.file = self.file.but(
            journal_seq=line.seq,
            journal_hash=line.hash,
            acts=(*self.file.acts, act) if act else self.file.acts,
            notices=(*self.file.notices, *notices),
        )

    def complete(self) -> None:
        """At the end of a task: a change of the file as a whole that came without any line gets one.

        The records take what is new with the lines; without one they would not hear of it.
        """
        before, now = self._complete, self.file
        if now.journal_seq == before.journal_seq:
            names = [name for name in type(now).model_fields if name not in WITHOUT_LINES]
            if changed := [name for name in names if getattr(before, name) != getattr(now, name)]:
                self.write(LineDraft(kind="case.noted", at=workflow.now(), data={"changed": changed}))
        self._complete = self.file

    def note(self, **changes: Any) -> None:
        """Change what the file says of the case as a whole."""
        self.file = self.file.but(**changes)

    def since(self, after: int) -> Additions:
        """What the records lack that have the journal up to line `after`."""
        return self.file.additions(after, self.entries)

    def change(self, duty: Duty) -> None:
        """Put the duty into the file, new or in place of what it was."""
        self.file = self.file.but(duties={**self.file.duties, duty.id: duty})

    def redate(self, duty: Duty, deadline: Deadline) -> Duty:
        """Another deadline for an open duty. Nobody is reminded of moments that lie behind us by then."""
        past = sum(reminder.at <= workflow.now() for reminder in deadline.reminders)
        self.change(redated := duty.but(deadline=deadline, reminded=past))
        return redated

    @property
    def shut_out(self) -> frozenset[str]:
        """Whoever is complained about owes, decides and hears nothing of it."""
        return self.file.about

    # --- matters and the handling, of cases

    def begin(
        self: Docket,
        kind: MatterKind,
        cause: str,
        what: str,
        since: datetime,
        *,
        by: str = "",
        act: Act | None = None,
        **more: Any,
    ) -> Matter:
        """Something of its own beside the track, once for each `cause`: a duty, an act or a rule that led to it."""
        known = next((matter for matter in self.file.matters if (matter.kind, matter.cause) == (kind, cause)), None)
        if known is not None:
            return known
        nth = sum(matter.kind is kind for matter in self.file.matters) + 1
        begun = len(self.file.acts) + (act is not None)
        matter = Matter(
            id=f"{kind[0].upper()}{nth}", kind=kind, cause=cause, what=what, since=since, by=by, begun=begun, **more
        )
        self.note(matters=(*self.file.matters, matter))
        data = {"matter": matter.id, "kind": kind.value, "what": what, "cause": cause}
        rule = act.rule if act else None
        self.write(LineDraft(kind="matter.opened", at=since, by=by or None, rule=rule, data=data), act=act)
        return matter

    def ended(self: Docket, matter: Matter, outcome: str, at: datetime) -> None:
        """The matter is over. Asked again, nothing happens."""
        if self.matter(matter.id).open:
            self.note_matter(matter, outcome=outcome, ended_at=at)
            self.write(LineDraft(kind="matter.ended", at=at, data={"matter": matter.id, "outcome": outcome}))

    def note_matter(self: Docket, matter: Matter, **changes: Any) -> None:
        """Change what the file says of one matter."""
        changed = self.matter(matter.id).but(**changes)
        self.note(matters=tuple(changed if one.id == changed.id else one for one in self.file.matters))

    def matter(self: Docket, id: str) -> Matter:
        return next(matter for matter in self.file.matters if matter.id == id)

    def handled(self: Docket, at: datetime) -> None:
        """The handling's end: what is left are revisits and paper. Only the first time counts."""
        if self.file.handled_at is None:
            self.note(handled_at=at)
            self.write(LineDraft(kind="case.handled", at=at))

    # --- turns

    async def until(
        self, happened: Callable[[], bool], *, within: timedelta | None = None, timer: str | None = None
    ) -> None:
        """Wait for a change of the case. Everything that goes on with a case waits here, so that `rests` knows.

        Raises `TimeoutError` when it has not come `within` a time; `timer` is what operators see of that.
        """
        await workflow.wait_condition(happened, timeout=within, timeout_summary=timer)
        self._turns += 1

    async def rests(self) -> None:
        """Wait until everybody has got as far as they can without another act or another moment.

        Whoever waits is looked at when nothing else can run, all at once; those who can go on then take their turn.
        """
        seen = None
        while seen != self._turns:
            seen = self._turns
            await workflow.wait_condition(lambda: True)  # takes part in the next turn
            await workflow.wait_condition(lambda: True)  # and goes on when that one is over


def log(draft: LineDraft) -> None:
    """A line for operators, if it is one of theirs. The SDK says of which workflow, and says nothing in a replay."""
    if (logged := LOGGED.get(draft.kind)) is not None:
        level, names = logged
        said = [draft.duty or "", *(f"{name}={draft.data[name]}" for name in names if name in draft.data)]
        workflow.logger.log(level, "%s %s", draft.kind, " ".join(said).strip())


def recorded(act: Act) -> dict[str, Any]:
    """What the journal says of an act."""
    data: dict[str, Any] = {"act": act.seq, "kind": act.kind.value, "recorded_at": act.recorded_at.isoformat()}
    for name in ("form", "reason", "revision", "to"):
        if (value := getattr(act, name)) not in (None, "", {}):
            data[name] = value
    return data

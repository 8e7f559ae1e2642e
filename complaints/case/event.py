"""What an event is: one change of a case or a round, as its journal keeps it."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic

from pydantic import AwareDatetime, Field

from complaints.base import Frozen
from complaints.base.canonical import plain
from complaints.case.file import Act, ActKind, Attempt, CaseFile, Duty, File, FileT, Matter, Notice

ENVELOPE = {"at", "by", "duty", "rule"}
"""Fields that a journal line has columns for; the others are its data."""


class Event(Frozen):
    """One change. `kind` names it in the journal; a subclass says in `changes` what it changes of the file.

    Everything that is needed to change a file in the same way again is in the event: `changes` may look at the file,
    and at nothing else. Values are of types that JSON gives back as they were.
    """

    kind: ClassVar[str]
    changes_duty: ClassVar[bool] = False
    """Whether it changes the duty that it names, or opens it."""

    at: AwareDatetime
    """The event's own time, which may lie before the moment at which it was recorded."""
    by: str | None = None
    duty: str | None = None
    rule: str | None = None
    notices: tuple[Notice, ...] = ()
    """Whom to tell of it."""

    @property
    def data(self) -> dict[str, Any]:
        """What the journal line says beyond its columns, as plain JSON; what has its default is left out."""
        return plain(self.model_dump(by_alias=True, exclude=ENVELOPE, exclude_defaults=True))

    @property
    def act(self) -> Act | None:
        """The act that it records."""
        return None

    def changes(self, file: File) -> dict[str, Any]:
        """Fields of the file by name, as they are after the event. Notices and the journal's end are not among them."""
        return {"acts": (*file.acts, act)} if (act := self.act) is not None else {}


class OpeningEvent(Event, Generic[FileT]):
    """The first event of a journal: there was no file before it."""

    @abstractmethod
    def begins(self) -> FileT:
        """The file as it begins."""


class ByAct(Event):
    """What a person did, of whatever kind. Its data has the act's number as `act` and its kind as `kind`."""

    seq: int = Field(alias="act")
    what: ActKind = Field(alias="kind")
    recorded_at: AwareDatetime
    form: dict[str, Any] = {}
    reason: str = ""
    revision: int | None = None
    to: str | None = None
    attempt: Attempt | None = None

    @property
    def act(self) -> Act:
        return Act(
            seq=self.seq,
            kind=self.what,
            by=self.by or "",
            at=self.at,
            recorded_at=self.recorded_at,
            duty=self.duty,
            rule=self.rule or "",
            form=self.form,
            reason=self.reason,
            revision=self.revision,
            to=self.to,
            attempt=self.attempt,
        )


def of_act(act: Act) -> dict[str, Any]:
    """The arguments with which an event of `ByAct` records this act."""
    return {
        "at": act.at,
        "by": act.by,
        "duty": act.duty,
        "rule": act.rule,
        "act": act.seq,
        "kind": act.kind,
        "recorded_at": act.recorded_at,
        "form": act.form,
        "reason": act.reason,
        "revision": act.revision,
        "to": act.to,
        "attempt": act.attempt,
    }


class OfDuty(Event):
    """What happens to one duty."""

    changes_duty: ClassVar[bool] = True

    duty: str = ""  # pyright: ignore[reportIncompatibleVariableOverride]  # narrower: there is always one

    @abstractmethod
    def on(self, duty: Duty) -> Duty:
        """The duty after it."""

    def changes(self, file: File) -> dict[str, Any]:
        after = self.on(file.duties[self.duty])
        return {**super().changes(file), "duties": {**file.duties, after.id: after}}


class OfMatter(Event):
    """What happens to one repair or corrective action."""

    matter: str

    @abstractmethod
    def on(self, matter: Matter) -> Matter:
        """The matter after it."""

    def changes(self, file: File) -> dict[str, Any]:
        known = case_of(file).matters
        after = tuple(self.on(one) if one.id == self.matter else one for one in known)
        return {**super().changes(file), "matters": after}


class Noticed(Event):
    """What time brings. An outage may lie between the moment and its recording: then the journal says when that was."""

    recorded_at: AwareDatetime | None = None


def noticed_late(at: datetime, now: datetime) -> dict[str, Any]:
    """The argument of an event of `Noticed` that says when it was recorded, if an outage lies between."""
    return {"recorded_at": now} if now - at > timedelta(minutes=1) else {}


def case_of(file: File) -> CaseFile:
    """The file as that of a complaint: some events happen to no round."""
    assert isinstance(file, CaseFile)
    return file

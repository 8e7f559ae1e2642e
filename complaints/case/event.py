"""Base classes of events: an event is one change of a case or a round, as stored in its journal."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic

from pydantic import AwareDatetime, Field

from complaints.base import Frozen
from complaints.base.canonical import plain
from complaints.case.file import Act, ActKind, Attempt, CaseFile, Duty, File, FileT, Matter, Notice

ENVELOPE = {"at", "by", "duty", "rule"}
"""Event fields that are columns of a journal line; all others go into its `data`."""


class Event(Frozen):
    """One change. `kind` names it in the journal; a subclass returns the changed fields of the file from `changes`.

    An event contains everything needed to replay it: `changes` may read the event and the file only. Field values must
    survive a JSON round trip.
    """

    kind: ClassVar[str]
    changes_duty: ClassVar[bool] = False
    """Whether the event changes or opens the duty that it names."""

    at: AwareDatetime
    """The time of the event itself, which may be earlier than the time at which it was recorded."""
    by: str | None = None
    duty: str | None = None
    rule: str | None = None
    notices: tuple[Notice, ...] = ()
    """Notices to send about the event."""

    @property
    def data(self) -> dict[str, Any]:
        """The fields beyond the line's columns, as plain JSON; fields at their default are omitted."""
        return plain(self.model_dump(by_alias=True, exclude=ENVELOPE, exclude_defaults=True))

    @property
    def act(self) -> Act | None:
        """The act that the event records, if any."""
        return None

    def changes(self, file: File) -> dict[str, Any]:
        """Return the fields of the file that the event changes, without notices and the journal's end."""
        return {"acts": (*file.acts, act)} if (act := self.act) is not None else {}


class OpeningEvent(Event, Generic[FileT]):
    """The first event of a journal, which creates the file."""

    @abstractmethod
    def begins(self) -> FileT:
        """Build the initial file."""


class ByAct(Event):
    """An event that records an act. Its data has the act's number as `act` and the act's kind as `kind`."""

    seq: int = Field(alias="act")
    what: ActKind = Field(alias="kind")
    recorded_at: AwareDatetime
    form: dict[str, Any] = {}
    reason: str = ""
    revision: int | None = None
    to: str | None = None
    attempt: Attempt | None = None
    on_behalf: str | None = None

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
            on_behalf=self.on_behalf,
        )


def of_act(act: Act) -> dict[str, Any]:
    """Return the arguments with which a `ByAct` event records this act."""
    return {
        "at": act.at,
        "by": act.by,
        "duty": act.duty,
        "rule": act.rule or None,  # an act that no rule asks for has none
        "act": act.seq,
        "kind": act.kind,
        "recorded_at": act.recorded_at,
        "form": act.form,
        "reason": act.reason,
        "revision": act.revision,
        "to": act.to,
        "attempt": act.attempt,
        "on_behalf": act.on_behalf,
    }


class OfDuty(Event):
    """An event that changes one duty."""

    changes_duty: ClassVar[bool] = True

    duty: str = ""  # pyright: ignore[reportIncompatibleVariableOverride]  # narrower: never None

    @abstractmethod
    def on(self, duty: Duty) -> Duty:
        """Return the duty after the event."""

    def changes(self, file: File) -> dict[str, Any]:
        after = self.on(file.duties[self.duty])
        return {**super().changes(file), "duties": {**file.duties, after.id: after}}


class OfMatter(Event):
    """An event that changes one matter: a repair or a corrective action."""

    matter: str

    @abstractmethod
    def on(self, matter: Matter) -> Matter:
        """Return the matter after the event."""

    def changes(self, file: File) -> dict[str, Any]:
        known = case_of(file).matters
        after = tuple(self.on(one) if one.id == self.matter else one for one in known)
        return {**super().changes(file), "matters": after}


class Noticed(Event):
    """An event caused by the passage of time. `recorded_at` is set if an outage delayed its recording."""

    recorded_at: AwareDatetime | None = None


def noticed_late(at: datetime, now: datetime) -> dict[str, Any]:
    """Return `recorded_at` for a `Noticed` event if it is recorded more than a minute late; otherwise nothing."""
    return {"recorded_at": now} if now - at > timedelta(minutes=1) else {}


def case_of(file: File) -> CaseFile:
    """Narrow a file to a `CaseFile`, for events that do not occur in rounds."""
    assert isinstance(file, CaseFile)
    return file

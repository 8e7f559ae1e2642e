"""Events caused by the system: refused writes, trimming, gates, changes of directory and calendar."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from complaints.case.event import Event
from complaints.case.file import File


class RecordsRefusedSomething(Event):
    """A store, such as PostgreSQL, refused a request with a permanent error; it is asked again later."""

    kind: ClassVar[str] = "records.refused"
    what: str
    refusal: str | None = Field(alias="type")
    why: str


class MachineRefused(Event):
    """An automatic step of a round was refused and is not retried."""

    kind: ClassVar[str] = "machine.refused"
    what: str
    why: str


class Trimmed(Event):
    """A large file was trimmed: data that the read model has and that no chapter reads again was removed.

    `complaints.case.trimming` defines which data. Rows of the read model are derived as if the file was never trimmed.
    """

    kind: ClassVar[str] = "file.trimmed"

    def changes(self, file: File) -> dict[str, Any]:
        return {"trimmed": file.journal_seq + 1}


class GatesPassed(Event):
    """The version gates (`complaints.case.gates`) that a case or a round passed at its opening."""

    kind: ClassVar[str] = "gates.passed"
    gates: tuple[str, ...]

    def changes(self, file: File) -> dict[str, Any]:
        return {"gates": self.gates}


class ReferenceChanged(Event):
    """A new directory or calendar took effect for this case or round."""

    kind: ClassVar[str] = "reference.changed"
    version: str


class ReferenceKept(Event):
    """The new directory lacks the project, so the previous one stays in force."""

    kind: ClassVar[str] = "reference.kept"
    version: str
    why: str

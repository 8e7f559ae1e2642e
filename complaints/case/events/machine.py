"""What databases and reference files have to do with it."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from complaints.case.event import Event
from complaints.case.file import File


class RecordsRefusedSomething(Event):
    """PostgreSQL, or whoever else keeps something, refuses it for good; it is asked for again."""

    kind: ClassVar[str] = "records.refused"
    what: str
    refusal: str | None = Field(alias="type")
    why: str


class MachineRefused(Event):
    """A machine's step was refused and is not asked for again."""

    kind: ClassVar[str] = "machine.refused"
    what: str
    why: str


class Trimmed(Event):
    """The file has become large: what the records have, and no chapter reads again, leaves it.

    `complaints.case.trimming` says what that is. Rows are made from the journal as if nothing had left the file.
    """

    kind: ClassVar[str] = "file.trimmed"

    def changes(self, file: File) -> dict[str, Any]:
        return {"trimmed": file.journal_seq + 1}


class GatesPassed(Event):
    """The changes of behaviour (`complaints.case.gates`) that a case or a round follows from its beginning on."""

    kind: ClassVar[str] = "gates.passed"
    gates: tuple[str, ...]

    def changes(self, file: File) -> dict[str, Any]:
        return {"gates": self.gates}


class ReferenceChanged(Event):
    """A new directory or calendar is in force."""

    kind: ClassVar[str] = "reference.changed"
    version: str


class ReferenceKept(Event):
    """The new directory lacks the project: the one before stays in force."""

    kind: ClassVar[str] = "reference.kept"
    version: str
    why: str

"""Events of signed statements: each that was accepted, those that were refused, and the keys they are verified with."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime, ConfigDict, Field

from complaints.case.event import Event


class StatementSigned(Event):
    """A signed statement was accepted: its exact text and its signature, so that anybody can verify it later.

    The act itself, the opening or the recalculation has an event of its own.
    """

    model_config = ConfigDict(str_strip_whitespace=False)

    kind: ClassVar[str] = "statement.signed"
    what: str = Field(alias="kind")  # the kind of act, "opening", "again", "recalculate" or "restart"
    seq: int | None = Field(default=None, alias="act")  # the act's number
    verified_at: AwareDatetime | None = None  # as of when it was verified, if that is earlier than the line
    text: str
    signature: str


class StatementsRefused(Event):
    """Statements that came by signal, so without an answer to the caller, and whose signature did not hold.

    Whoever can send signals can send many, so one line counts those of a run.
    """

    kind: ClassVar[str] = "statement.refused"
    count: int
    codes: dict[str, int]  # refusal code → how many


class KeysChanged(Event):
    """A newer key ring took effect for this case or round."""

    kind: ClassVar[str] = "keys.changed"
    version: str


class KeysKept(Event):
    """A newer key ring lacks keys of the present one, which therefore stays in force."""

    kind: ClassVar[str] = "keys.kept"
    version: str  # of the one that was not taken

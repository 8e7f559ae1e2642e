"""Signed statements that a case takes once and that no act of its file names: refused signals, and recalculations.

Whoever can send signals can send a text again. An act that was done is known by its id; what was refused leaves no act,
and a recalculation is none. So their texts are remembered, by digest, until they expire, also in later runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from complaints.base.errors import Refusal, Refused
from complaints.case.event import Event
from complaints.case.events.case import ActRefused
from complaints.case.events.signing import StatementSigned
from complaints.signing.statement import ActStatement, RecalculationStatement, digest_of, read
from workflows.interface import UsedStatement

MOST = 1_000
"""How many are remembered: only a signer of ours can have made them. Beyond it, what expires first is forgotten."""


class UsedStatements:
    """What one case has used up."""

    def __init__(self, known: Iterable[UsedStatement] = ()) -> None:
        self._known = {one.digest: one for one in known}

    def add(self, one: UsedStatement) -> None:
        self._known[one.digest] = one
        if len(self._known) > MOST:
            del self._known[min(self._known.values(), key=lambda known: known.exp).digest]

    def has(self, text: str) -> bool:
        """Return whether this very text has been used."""
        return digest_of(text) in self._known

    def check(self, text: str) -> None:
        """Raises `Refusal` (`EXPIRED`) if this very text has been used."""
        if (one := self._known.get(digest_of(text))) is not None:
            raise Refusal(Refused.EXPIRED, at=one.at.isoformat())

    def unexpired(self, now: datetime) -> tuple[UsedStatement, ...] | None:
        """Return what a later run has to know; None if nothing."""
        return tuple(one for one in self._known.values() if one.exp > now) or None


def refused_act(text: str, at: datetime) -> UsedStatement:
    """The refusal of a verified act at this moment."""
    return UsedStatement(digest=digest_of(text), at=at, exp=read(ActStatement, text).exp)


def accepted_recalculation(text: str, at: datetime) -> UsedStatement:
    """The acceptance of a verified recalculation at this moment."""
    return UsedStatement(digest=digest_of(text), at=at, exp=read(RecalculationStatement, text).exp)


def used_in(events: Iterable[Event]) -> tuple[UsedStatement, ...] | None:
    """Return what a journal says has been used; None if nothing."""
    found = list[UsedStatement]()
    for event in events:
        if isinstance(event, ActRefused) and event.statement is not None and event.exp is not None:
            found.append(UsedStatement(digest=event.statement, at=event.at, exp=event.exp))
        elif isinstance(event, StatementSigned) and event.what == "recalculate":
            found.append(accepted_recalculation(event.text, event.at))
    return tuple(found[-MOST:]) or None

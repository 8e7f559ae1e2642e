"""Proves from a journal and the key ring alone who did what. Pure: no server, no database, no clock.

Each act must have its signed statement in the journal, signed with a key that was valid when it was accepted; and it
must say what the statement says. The journal's chain shows a change by somebody who cannot write the chain anew; the
signatures show one by somebody who can.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from complaints import editions, texts
from complaints.base import Frozen
from complaints.base.errors import Refusal
from complaints.case import journal as chain
from complaints.case.event import Event
from complaints.case.events.case import CaseOpened, Reopens
from complaints.case.events.duties import DutyRecalculated
from complaints.case.events.machine import GatesPassed
from complaints.case.events.rounds import RoundOpened
from complaints.case.events.signing import StatementSigned, StatementsRefused
from complaints.case.file import SIGNED, Act, ActKind, JournalLine
from complaints.case.reading import EventUnreadable, read
from complaints.clock.bounds import SKEW
from complaints.editions.model import Edition
from complaints.editions.problems import EditionMissing
from complaints.signing.encoding import decoded, unambiguous
from complaints.signing.key_ring import KeyRing
from complaints.signing.recorded import compared
from complaints.signing.statement import (
    ActStatement,
    AgainStatement,
    OpeningStatement,
    RecalculationStatement,
    RestartStatement,
    SignedStatement,
)
from complaints.signing.verifying import authenticate

OPENING, RECALCULATE, RESTART, AGAIN = "opening", "recalculate", "restart", "again"
FIRST_KEY = timedelta(minutes=1)
"""How long after the first key of an installation a case may still have begun without signing."""


class Deed(Frozen):
    """What a person did, as a verified statement says."""

    line: int  # of the journal
    what: str  # the kind of act, "opening", "again", "recalculate" or "restart"
    act: int | None = None  # its number
    by: str
    duty: str | None = None
    via: str
    signed_at: datetime
    accepted_at: datetime
    kid: str
    added: tuple[str, ...] = ()  # fields of the recorded form that the case has filled in
    left_out: tuple[str, ...] = ()  # fields of the signed form that changed nothing, and are not recorded


class ProofFault(Frozen):
    """What is not proven: text `proof.fault.<kind>` with these parameters, and the line of the journal."""

    kind: str
    line: int | None = None
    params: dict[str, str] = {}

    def words(self, lang: str) -> str:
        """Return it as a sentence."""
        said = dict(self.params)
        if "code" in said:
            said["why"] = texts.say(f"proof.why.{said['code']}", lang)
        return texts.say(f"proof.fault.{self.kind}", lang, line=self.line, **said)


class Proof(Frozen):
    """What a journal proves. `deeds` are proven one by one, also if others are not."""

    key: str | None = None
    signed: bool = False  # whether the case or round began under signing
    lines: int = 0
    deeds: tuple[Deed, ...] = ()
    refused: int = 0  # statements by signal whose refusal was only counted
    faults: tuple[ProofFault, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it began under signing and everything that people did is proven."""
        return self.signed and not self.faults


def prove(lines: Sequence[JournalLine], ring: KeyRing) -> Proof:
    """Verify the whole journal of a case or a round, from its first line on."""
    faults: list[ProofFault] = []
    try:
        chain.verify(lines)
    except chain.JournalBroken as broken:
        faults.append(ProofFault(kind="chain", line=broken.seq))
    events: list[tuple[JournalLine, Event]] = []
    for line in lines:
        try:
            events.append((line, read(line)))
        except EventUnreadable:
            faults.append(ProofFault(kind="unreadable", line=line.seq, params={"event": line.kind}))
    opened = events[0][1] if events else None
    if not isinstance(opened, CaseOpened | RoundOpened):
        return Proof(lines=len(lines), faults=(*faults, ProofFault(kind="no-beginning")))
    signed = any(isinstance(event, GatesPassed) and SIGNED in event.gates for _, event in events)
    if not signed:
        if any(key.valid_from + FIRST_KEY < opened.opened_at for key in ring.keys):
            faults.append(ProofFault(kind="keys-before", params={"at": opened.opened_at.isoformat()}))
        return Proof(key=opened.key, lines=len(lines), faults=tuple(faults))
    proving = _Proving(opened, ring)
    for line, event in events:
        proving.follow(line, event)
    faults += proving.finished()
    faults.sort(key=lambda fault: fault.line or 0)
    return Proof(
        key=opened.key,
        signed=True,
        lines=len(lines),
        deeds=tuple(proving.deeds),
        refused=proving.refused,
        faults=tuple(faults),
    )


def used_in(lines: Sequence[JournalLine], ring: KeyRing) -> KeyRing:
    """Return the keys of the ring that the statements of a journal name, as they were at its end.

    So the archive of a closed case has the same bytes whenever it is made: what is retired later does not count.
    """
    kids, end = kids_in(lines), max((line.at for line in lines), default=None)
    used = (key for key in ring.keys if key.kid in kids)
    return KeyRing(
        keys=tuple(key if end is not None and key.retired(end) else key.but(retired_at=None) for key in used)
    )


def kids_in(lines: Iterable[JournalLine]) -> frozenset[str]:
    """Return the ids of the keys that the statements of a journal name, whether or not they hold."""
    named = (_kid(str(line.data.get("signature", ""))) for line in lines if line.kind == StatementSigned.kind)
    return frozenset(kid for kid in named if kid is not None)


class _Proving:
    """The walk through one journal."""

    def __init__(self, opened: CaseOpened | RoundOpened, ring: KeyRing) -> None:
        self._opened = opened
        self._ring = ring
        self._edition = _edition_of(opened)
        self._acts: dict[int, tuple[JournalLine, Act]] = {}
        self._statements: dict[int, int] = {}  # number of the act → line of its statement
        self._accepted: dict[str, int] = {}  # what was signed ("act c-1", "opening", a text) → line of its statement
        self._reopens: list[Reopens] = []
        # The plan begins a round, and a person begins it again.
        self._opening_signed = isinstance(opened, RoundOpened) and opened.again is None and opened.by is None
        self._faults: list[ProofFault] = []
        self._kept: list[tuple[JournalLine, StatementSigned]] = []
        self._recalculated: list[tuple[JournalLine, DutyRecalculated]] = []
        self._asked: list[tuple[JournalLine, RecalculationStatement]] = []
        self.deeds: list[Deed] = []
        self.refused = 0

    def follow(self, line: JournalLine, event: Event) -> None:
        match event:
            case StatementSigned():
                self._kept.append((line, event))
            case StatementsRefused():
                self.refused += event.count
            case Reopens():
                self._reopens.append(event)
            case DutyRecalculated():
                self._recalculated.append((line, event))
            case _:
                if event.act is None:
                    return
                first = self._acts.setdefault(event.act.seq, (line, event.act))[0]
                if first is not line:
                    self._fault("act-twice", line, act=event.act.seq, first=first.seq, by=event.act.by)

    def finished(self) -> list[ProofFault]:
        if self._edition is None:
            name = f"{self._opened.edition} ({self._opened.digest[:12]})"
            self._faults.append(ProofFault(kind="edition", line=1, params={"edition": name}))
        for line, kept in self._kept:
            self._prove(line, kept)
        for seq, (line, act) in self._acts.items():
            if seq not in self._statements:
                self._fault("unsigned", line, act=seq, by=act.by)
        for line, event in self._recalculated:
            if not self._was_asked(line, event):
                self._fault("unsigned-line", line, by=event.by or "", event=line.kind)
        if not self._opening_signed:
            self._faults.append(ProofFault(kind="opening-unsigned", line=1, params={"by": self._opened.by or ""}))
        return self._faults

    def _was_asked(self, line: JournalLine, event: DutyRecalculated) -> bool:
        """Whether a person has asked for it: at that very moment, or by a correction of the project before."""
        if any(
            asked.seq < line.seq
            and asked.at == event.at
            and (said.person, said.recalculation.reason) == (event.by, event.reason)
            for asked, said in self._asked
        ):
            return True
        return any(
            act.kind is ActKind.AMEND
            and corrected.seq < line.seq
            and "project" in act.form
            and (act.by, act.reason) == (event.by, event.reason)
            for corrected, act in self._acts.values()
        )

    def _prove(self, line: JournalLine, kept: StatementSigned) -> None:
        form = _FORMS.get(kept.what, ActStatement)
        if form is ActStatement and kept.seq is not None:
            if (first := self._statements.setdefault(kept.seq, line.seq)) != line.seq:
                self._fault("statement-twice", line, first=first, by=kept.by or "")
                return
        elif form in (OpeningStatement, AgainStatement):
            self._opening_signed = True
        if kept.verified_at is not None and kept.verified_at > line.at:
            self._fault("verified-later", line, by=kept.by or "", at=kept.verified_at.isoformat())
            return
        try:
            found = authenticate(form, kept.text, kept.signature, self._ring, self._opened.key)
            found.check_time(kept.verified_at or line.at)
        except Refusal as refusal:
            kid = _kid(kept.signature) or ""
            self._fault("statement", line, code=refusal.code.value, kid=kid, by=kept.by or "")
            return
        said, place, what = found.statement, line, kept.what
        added, left_out = tuple[str, ...](), tuple[str, ...]()
        if (first := self._accepted.setdefault(_named(said, kept.text), line.seq)) != line.seq:
            self._fault("statement-twice", line, first=first, by=said.person)
            return
        if isinstance(said, ActStatement):
            recorded = self._acts.get(kept.seq or 0)
            if recorded is None:
                self._fault("no-act", line, act=kept.seq or 0, by=said.person)
                return
            place, act = recorded
            found_in = compared(said.act, act, line.at, self._edition)
            differ, added, left_out = found_in.differ, found_in.added, found_in.left_out
            stands = (("kind", said.act.kind.value, what), ("duty", act.duty, kept.duty))
            differ = (*differ, *(name for name, one, other in stands if one != other and name not in differ))
        elif isinstance(said, AgainStatement):
            differ = self._again_differs(said)
        elif isinstance(said, OpeningStatement):
            differ = self._opening_differs(said)
        else:
            differ = ()
        if said.person != kept.by:
            differ = ("by", *differ)
        if differ:
            self._fault("differs", place, fields=", ".join(dict.fromkeys(differ)), by=said.person)
            return
        if isinstance(said, RecalculationStatement):
            self._asked.append((line, said))
        deed = Deed(
            line=line.seq,
            what=what,
            act=kept.seq,
            by=said.person,
            duty=kept.duty,
            via=said.via,
            signed_at=said.iat,
            accepted_at=line.at,
            kid=found.key.kid,
            added=added,
            left_out=left_out,
        )
        self.deeds.append(deed)

    def _opening_differs(self, said: OpeningStatement) -> tuple[str, ...]:
        """The fields in which the opened complaint differs from the signed one.

        The time of receipt may have been set back to that of the server, if the receiver's clock was ahead of it.
        """
        if not isinstance(self._opened, CaseOpened):
            return ("complaint",)
        there, stated = self._opened.complaint, said.complaint
        ahead = stated.received_at - there.received_at
        if timedelta(0) < ahead <= SKEW:
            stated = stated.but(received_at=there.received_at)
        differ = [name for name in type(there).model_fields if getattr(there, name) != getattr(stated, name)]
        if self._opened.by != said.person:
            differ.append("by")
        former = said.former
        number, reason = (former.number, former.reason) if former is not None else (None, "")
        wanted = [] if stated.reopens is None else [(stated.reopens, number, reason, said.person)]
        if [(one.key, one.number, one.reason, one.by) for one in self._reopens] != wanted:
            differ.append("former")
        return tuple(differ)

    def _again_differs(self, said: AgainStatement) -> tuple[str, ...]:
        """The fields in which the opened round differs from the one that was signed."""
        opened = self._opened
        if not isinstance(opened, RoundOpened):
            return ("again",)
        there = {"rule": opened.rule, "period": opened.spans, "subject": opened.whose, "again": opened.again}
        differ = [name for name, value in there.items() if value != getattr(said, name)]
        return (*differ, "by") if opened.by != said.person else tuple(differ)

    def _fault(self, kind: str, line: JournalLine, **params: object) -> None:
        said = {name: str(value) for name, value in params.items()}
        self._faults.append(ProofFault(kind=kind, line=line.seq, params=said))


_FORMS: dict[str, type[SignedStatement]] = {
    OPENING: OpeningStatement,
    AGAIN: AgainStatement,
    RECALCULATE: RecalculationStatement,
    RESTART: RestartStatement,
}
"""What is stated, by `StatementSigned.what`; anything else is the kind of an act."""


def _named(said: SignedStatement, text: str) -> str:
    """What a statement is accepted once for: an act by its id, one opening, and any other text."""
    if isinstance(said, ActStatement):
        return f"act {said.act.act_id}"
    return OPENING if isinstance(said, OpeningStatement | AgainStatement) else text


def _edition_of(opened: CaseOpened | RoundOpened) -> Edition | None:
    try:
        return editions.get(opened.edition, opened.digest)
    except EditionMissing:
        return None


def _kid(signature: str) -> str | None:
    """The id of the key that a signature names."""
    raw = decoded(signature.partition(".")[0])
    try:
        said: Any = unambiguous((raw or b"").decode())
    except ValueError:
        return None
    kid: Any = cast("dict[str, Any]", said).get("kid") if isinstance(said, dict) else None
    return kid if isinstance(kid, str) else None

"""How a complaint becomes a case: the refusals, the first file, and the runtime that goes on from there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from complaints.base import size_limits
from complaints.case import urgency
from complaints.case.complaint import Complaint, Former
from complaints.case.event import Event
from complaints.case.events.case import CaseClosed, CaseOpened, Numbered, Reopens
from complaints.case.file import CaseFile, JournalLine, Link, LinkKind, Written
from complaints.case.fold import apply
from complaints.case.gates import passed
from complaints.case.messages import CaseMessage
from complaints.clock.bounds import SKEW
from complaints.editions.model import Edition
from complaints.grading import is_elsewhere, propose, proposed
from complaints.intake.again import may_reopen
from complaints.people.reference import Reference
from complaints.repairs.retention_money import BOOK
from workflows.case_state import Log
from workflows.interface import Carried, SignedAct
from workflows.runtime import Runtime
from workflows.tracks import TrackRunner
from workflows.used_statements import UsedStatements


class CaseRuntime(Runtime[CaseFile]):
    """The runtime of a complaint's case."""

    def __init__(self, tracks: TrackRunner, *, begun: bool) -> None:
        super().__init__(tracks, begun=begun)
        self.tracks = tracks

    @classmethod
    def carried_on(cls, carried: Carried, edition: Edition, now: datetime, log: Log | None = None) -> CaseRuntime:
        """Restore a case from what an earlier run of it carried."""
        tracks = TrackRunner(
            carried.file,
            edition,
            carried.reference,
            now,
            carried.lines,
            log,
            untrimmed=carried.untrimmed,
            watched_for=carried.watched_for,
            letters=carried.letters,
        )
        restored = cls(tracks, begun=True)
        restored.keys = carried.keys
        restored.used = UsedStatements(carried.used or ())
        return restored

    @property
    def carried(self) -> Carried:
        """What it carries to a later run, with all the journal lines that it holds."""
        return self.carrying(self.tracks.lines)

    def carrying(self, lines: Sequence[JournalLine]) -> Carried:
        tracks = self.tracks
        return Carried(
            file=tracks.file,
            reference=tracks.reference,
            lines=tuple(lines),
            untrimmed=tracks.left_to_records(lines),
            watched_for=tracks.watch.known,
            letters=tuple(tracks.letters),
            keys=self.keys,
            used=self.used.unexpired(tracks.now),
        )

    async def procedures(self) -> None:
        await self.tracks.run()

    def receive(self, word: CaseMessage, now: datetime) -> None:
        """Receive a message from another case, about merging or gathering."""
        full = not self.fits(size_limits.CASE - size_limits.growth(size_limits.size(word)))
        with self.moving(now):
            self.tracks.receive(word, full=full)

    @property
    def all_messages_sent(self) -> bool:
        booking = [one.argument.duty for one in self.case.effects if one.kind == BOOK]
        refused = self.case.refusals
        return not self.tracks.letters and all(f"deduction {duty}" in refused for duty in booking)

    def size_carried(self) -> int:
        return (
            size_limits.size(self.carried)
            + size_limits.size(self.file.complaint)  # carried once more in the start argument
            + size_limits.LETTER * len(self.file.members)
        )

    def closing(self) -> Event:
        return CaseClosed(at=self.case.now, outcome=self.file.outcome or "")

    # --- opening

    @property
    def has_a_line(self) -> bool:
        """Whether the journal has begun."""
        return self.file.journal_seq > 0

    def numbered(self, written: Written, now: datetime) -> None:
        """CR-5.1.4: take the number that the store gave, and the earlier cases of the customer or the building."""
        case = self.case
        numbered = Numbered(at=now, rule="CR-5.1.4", number=written.number, related=written.related)
        known = apply(case.file, numbered)
        if known.level is None and known.related:  # a repeat may lead to a higher grade (CR-5.1.2)
            numbered = numbered.but(proposal=proposed(known, case.edition, case.reference.directory))
        if not self.has_a_line:
            case.file = apply(case.file, numbered)  # the first journal line will contain it
            return
        with self.moving(now):  # it came late: the journal says when
            case.record(numbered)

    def open(
        self,
        former: Former | None,
        gates: tuple[str, ...],
        before: tuple[Event, ...],
        now: datetime,
        proof: SignedAct | None = None,
        verified_at: datetime | None = None,
    ) -> None:
        """Record the first events; `before` are those that occurred before the journal had a first line.

        `gates` are the version gates that the case passes (`complaints.case.gates`), `proof` is the signed statement
        of the opening, which was verified as of `verified_at`.
        """
        case, complaint = self.case, self.file.complaint
        case.at(now)
        case.file = urgency.taken_in(case.file, case.edition, case.reference)
        case.record(CaseOpened.of(case.file, case.reference.version))
        for link in case.file.links:
            reopens = Reopens(
                at=complaint.received_at,
                by=complaint.received_by,
                rule="RV-4.2",
                key=link.key,
                number=link.number,
                reason=former.reason if former else "",
            )
            case.record(reopens)
        case.record(*passed(gates, now), *before)
        if proof is not None:
            self.keep(proof, "opening", by=complaint.received_by, verified_at=verified_at)


def as_received(complaint: Complaint, sent: datetime) -> Complaint:
    """Set the time of receipt to `sent` if the receiver's clock was ahead of it, by at most `SKEW`."""
    return complaint.but(received_at=sent) if sent < complaint.received_at <= sent + SKEW else complaint


def new_case(
    complaint: Complaint,
    key: str,
    sent: datetime,
    former: Former | None,
    edition: Edition,
    reference: Reference,
    now: datetime,
    log: Log | None = None,
) -> CaseRuntime:
    """A new case, before its first journal line. Raises `Refusal` if it may not reopen the case it names."""
    file = CaseFile(
        key=key,
        complaint=complaint,
        links=_taken_up(complaint, former, reference),
        edition=edition.pin,
        proposal=propose(complaint.facts, edition, elsewhere=is_elsewhere(complaint, edition, reference.directory)),
        opened_at=max(sent, complaint.received_at),  # a drill may delay the start until the day being played
    )
    return CaseRuntime(TrackRunner(file, edition, reference, now, (), log), begun=False)


def _taken_up(complaint: Complaint, former: Former | None, reference: Reference) -> tuple[Link, ...]:
    """RV-4.2: the link to the closed case that this one reopens. Raises `Refusal` if its receiver may not do that."""
    if complaint.reopens is None:
        return ()
    may_reopen(reference.directory, complaint, former.received_by if former else None, complaint.received_at)
    number = former.number if former else None
    return (Link(kind=LinkKind.REOPENS, key=complaint.reopens, number=number, at=complaint.received_at),)

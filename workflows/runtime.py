"""Runs a case or a round for a driver: acts, messages and the time go in; receipts, clocks and effects come out.

The driver is a workflow (`duty_workflow.py`) or a test in memory. It passes the time with every call, runs a timer for
each of `case.clocks()`, carries out `case.effects`, and keeps the journal. Nothing here waits: when a call returns, no
coroutine of the case can proceed without a new message or timer.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Generic

from complaints.acts.act import AcceptedAct, ActOnDuty
from complaints.acts.policy import ActPolicy
from complaints.acts.registry import ACTS, carry_out
from complaints.base import size_limits
from complaints.base.errors import Refusal
from complaints.case import duties
from complaints.case.event import Event
from complaints.case.events.case import ActRefused
from complaints.case.events.duties import OwnerLeft
from complaints.case.events.machine import ReferenceChanged, ReferenceKept
from complaints.case.events.signing import KeysChanged, KeysKept, StatementSigned, StatementsRefused
from complaints.case.file import Act, ActReceipt, ActRequest, Attempt, Duty, FileT
from complaints.case.recalculation import DutyChange, Recalculation
from complaints.case.receipts import receipt, repeated
from complaints.case.scheduler import Branch
from complaints.case.stand_ins import DEPUTIES
from complaints.case.trimming import worthwhile
from complaints.people.reference import Reference
from complaints.signing.key_ring import KeyRing
from workflows import signatures
from workflows.duty_engine import DutyEngine
from workflows.interface import SignedAct
from workflows.recalculating import recalculate
from workflows.used_statements import UsedStatements, accepted_recalculation, refused_act


class Runtime(Generic[FileT]):
    """The interface to a driver that cases and rounds have in common."""

    def __init__(self, case: DutyEngine[FileT], *, begun: bool) -> None:
        """`begun`: it goes on from an earlier run and accepts acts at once; the chapters find what these changed."""
        self.case = case
        self.begun = begun  # whether acts are accepted
        self._procedures: Branch[None] | None = None
        self._looked_at = 0  # `case.written` at the last check whether to trim the file
        self._checked: tuple[FileT, datetime, ActRequest, AcceptedAct] | None = None  # last checked act, its inputs
        self._verifier = signatures.Verifier()
        self.keys: KeyRing | None = None  # the key ring, if it began under signing
        self.used = UsedStatements()  # signed statements that are not taken again
        self._recalculated: dict[str, tuple[DutyChange, ...]] = {}  # answers of this run, by the text that asked
        self._weighed = (0, 0)  # bytes carried, and `case.written`, when the size was last computed

    @property
    def file(self) -> FileT:
        return self.case.file

    # --- implemented by each subclass

    @abstractmethod
    async def procedures(self) -> None:
        """Everything from the first duty to the end; run again from its first line in every new run."""

    @abstractmethod
    def closing(self) -> Event:
        """The event that closes the file."""

    @abstractmethod
    def size_carried(self) -> int:
        """Bytes that a new run would carry now, including a reserve for messages that are known to follow."""

    @property
    def all_messages_sent(self) -> bool:
        """Whether every message is sent and every effect outside is done, or refused for now."""
        return True

    # --- lifecycle

    def start(self, now: datetime) -> None:
        """Start the procedures, at the beginning and after every restart."""
        with self.moving(now):
            self.case.resume()
            self._procedures = self.case.scheduler.start(self.procedures(), "the procedures")
        self.begun = True

    @property
    def over(self) -> bool:
        """Whether the procedures have ended, so that no duty is owed: it is closed then."""
        return self._procedures is not None and self._procedures.done

    @contextmanager
    def moving(self, now: datetime) -> Generator[DutyEngine[FileT]]:
        """Apply the changes in the block at `now`; then step every coroutine as far as it can go."""
        self.case.at(now)
        yield self.case
        self.case.settle()
        if self.over and not self.file.closed:  # at once: an act accepted in between would never be handled
            self.case.record(self.closing())
        self._trim_if_large()

    def _trim_if_large(self) -> None:
        case = self.case
        if case.written - self._looked_at >= size_limits.LOOK_AGAIN:
            self._looked_at = case.written
            if not case.file.closed and worthwhile(case.file):
                case.trim()

    def tick(self, now: datetime) -> None:
        """Advance the time to `now`."""
        with self.moving(now):
            pass

    # --- acts

    def stated(self, sent: SignedAct, now: datetime) -> ActRequest:
        """Decode an act, and verify its signature if the case began under signing. Raises `Refusal`."""
        return self._verifier.stated_act(sent, self.file, self.keys, now)

    def stated_recalculation(self, sent: Recalculation | SignedAct, now: datetime) -> Recalculation:
        """Decode a request to recalculate, and verify it likewise. Raises `Refusal`."""
        return signatures.stated_recalculation(sent, self.file, self.keys, now)

    def may(self, request: ActRequest, now: datetime, proof: SignedAct | None = None) -> AcceptedAct:
        """Check an act and return it as it will be recorded. Raises `Refusal`. Changes nothing.

        `proof`: the signed statement that the journal will keep beside it.
        """
        allowed = ActPolicy(self.file, self.case.edition, self.case.reference, now).allow(request)
        self.has_room(size_limits.check_act(request), self._kept(proof))
        return allowed

    def has_room(self, size: int, beside: int = 0) -> None:
        """Raises `Refusal` (`CASE_FULL`) if an act of this size (bytes) may make the case too large.

        `beside` are bytes that the journal keeps of it besides.
        """
        if not self.fits(size_limits.limit_for(size) - size_limits.growth(size) - beside):
            raise size_limits.full(self._weighed[0])

    def _kept(self, proof: SignedAct | None) -> int:
        return size_limits.size(proof) if proof is not None and self.file.signed else 0

    def size_if_large(self) -> int | None:
        """Bytes that it carries, if more than half of what it may carry (`size_limits.NEAR`); else None."""
        return None if self.fits(size_limits.NEAR) else self._weighed[0]

    @property
    def run_is_full(self) -> bool:
        """Whether it should continue as new: the new run carries only the lines that the read model lacks."""
        written = self.case.written
        full = written > size_limits.LINES_OF_A_FULL_CASE and not self.fits(size_limits.NEAR)
        return full or written > size_limits.LINES_OF_A_RUN

    def fits(self, limit: int) -> bool:
        """Whether it carries no more than `limit` bytes.

        Computing the size is expensive: it is repeated only if the lines written since could have reached the limit.
        """
        weighed, written = self._weighed
        if not weighed or weighed + size_limits.GROWTH * (self.case.written - written) > limit:
            self._weighed = (self.size_carried(), self.case.written)
        return self._weighed[0] <= limit

    def check(self, request: ActRequest, now: datetime, proof: SignedAct | None = None) -> None:
        """Raises `Refusal` if the act is not allowed. An act that was done already may be sent again."""
        if repeated(self.file, request) is None:
            self._unused(proof)
            self._checked = (self.file, now, request, self.may(request, now, proof))

    def act(self, request: ActRequest, now: datetime, proof: SignedAct | None = None) -> ActReceipt:
        """Carry out an act and all that follows from it at once. Raises `Refusal` if it is not allowed.

        In a case that began under signing the journal keeps `proof`, the statement that `stated` has verified.

        `act_id` is an idempotency key: an act sent again under it gets its first answer, and nothing changes.
        """
        answer = repeated(self.file, request)
        if answer is None:
            self._unused(proof)
            allowed = self._as_checked(request, now) or self.may(request, now, proof)
            with self.moving(now):
                act = self._do(request, allowed, now, proof)
            if allowed.refusal is not None:
                raise allowed.refusal
            answer = receipt(self.file, act)
        return answer.but(events=self.case.lines_since(request.seen))

    def _as_checked(self, request: ActRequest, now: datetime) -> AcceptedAct | None:
        """The result of `check` for this very act, if the file has not changed since."""
        checked, self._checked = self._checked, None
        if checked is None or checked[0] is not self.file or checked[1:3] != (now, request):
            return None
        return checked[3]

    def _unused(self, proof: SignedAct | None) -> None:
        """Raises `Refusal` for a signed act that was refused before, when it came by signal.

        It might be allowed by now; but its sender has done without it, and others may have the text.
        """
        if proof is not None and self.file.signed:
            self.used.check(proof.text)

    def act_later(
        self,
        request: ActRequest,
        now: datetime,
        proof: SignedAct | None = None,
        verified_at: datetime | None = None,
    ) -> Refusal | None:
        """Carry out an act whose sender waits for no answer: a refusal is journaled, once for each signed text.

        `verified_at` is when it arrived, as of which its statement was verified. Returns a refusal that is not
        journaled, because this very text was refused before: whoever can send signals could send it again and again.
        """
        try:
            self._unused(proof)
        except Refusal as refusal:
            return refusal
        with self.moving(now) as case:
            try:
                if repeated(self.file, request) is None:
                    self._do(request, self.may(request, now, proof), now, proof, verified_at)
            except Refusal as refusal:
                said: dict[str, Any] = {"kind": request.kind.value, "refused": refusal.code.value}
                if proof is not None and self.file.signed:
                    used = refused_act(proof.text, now)
                    self.used.add(used)
                    said |= {"statement": used.digest, "exp": used.exp}
                case.record(ActRefused(at=now, by=request.by, duty=request.duty, **said))
        return None

    def _do(
        self,
        request: ActRequest,
        allowed: AcceptedAct,
        now: datetime,
        proof: SignedAct | None,
        verified_at: datetime | None = None,
    ) -> Act:
        act = Act(
            seq=len(self.file.acts) + 1,
            kind=request.kind,
            by=request.by,
            at=allowed.at,
            recorded_at=now,
            duty=allowed.duty.id if allowed.duty else None,
            rule=allowed.rule,
            form=allowed.form,
            reason=request.reason,
            revision=request.revision,
            to=request.to,
            attempt=_attempt(request, allowed),
            on_behalf=self._represented(request, allowed.duty, now),
        )
        if proof is not None:
            self.keep(proof, act.kind.value, by=act.by, duty=act.duty, act=act.seq, verified_at=verified_at)
        carry_out(self.case, allowed.duty, act)
        self.case.keep_four_eyes(act)
        return act

    def keep(
        self,
        proof: SignedAct,
        what: str,
        *,
        by: str,
        duty: str | None = None,
        act: int | None = None,
        verified_at: datetime | None = None,
    ) -> None:
        """Keep a signed statement in the journal, so that anybody can verify it; only if the case began under signing.

        `what` is the kind of act with its number `act`, "opening", "again", "recalculate" or "restart". `verified_at`
        is the moment as of which it was verified, if that is not now.
        """
        if self.file.signed:
            earlier = verified_at if verified_at != self.case.now else None
            said: dict[str, Any] = {"kind": what, "act": act, "verified_at": earlier}
            said |= {"text": proof.text, "signature": proof.signature}
            self.case.record(StatementSigned(at=self.case.now, by=by, duty=duty, **said))

    def restarted(self, proof: SignedAct, by: str, now: datetime, verified_at: datetime) -> None:
        """Keep the signed statement by which the case was restarted from its journal."""
        with self.moving(now):
            self.keep(proof, "restart", by=by, verified_at=verified_at)

    def refused_statements(self, codes: Mapping[str, int], now: datetime) -> None:
        """Journal how many statements that came by signal were refused, by code, because their signature did not hold.

        They are counted, because whoever can send signals can send many.
        """
        if codes:
            with self.moving(now) as case:
                case.record(StatementsRefused(at=now, count=sum(codes.values()), codes=dict(codes)))

    def take_keys(self, newer: KeyRing, now: datetime) -> None:
        """Use a newer key ring, if it has come from the present one by adding and retiring keys; journal it."""
        present = self.keys or KeyRing()
        if newer.version == present.version:
            return
        with self.moving(now) as case:
            if not newer.continues(present):
                case.log.error("the key ring %s lacks keys of %s, and is not used", newer.version, present.version)
                case.record(KeysKept(at=now, version=newer.version))
                return
            self.keys = newer
            case.record(KeysChanged(at=now, version=newer.version))

    def _represented(self, request: ActRequest, duty: Duty | None, now: datetime) -> str | None:
        """The absent person for whom somebody acts as deputy; None if for nobody, and before 2026.2."""
        if DEPUTIES not in self.case.edition.rules:
            return None
        kind, people = ACTS[request.kind], self.case.reference.directory
        if isinstance(kind, ActOnDuty):
            whose = (kind.represented(self.file, duty),) if duty is not None else ()
        else:
            taken_by = self.file.received_by if kind.of_the_receiver else None
            whose = (taken_by, *(people.holders(kind.of_role) if kind.of_role else ()))
        if request.by in whose:
            return None
        absent = people.acts_for(request.by, now)
        return next((person for person in whose if person is not None and person in absent), None)

    # --- directory and calendar

    def go_on_with(self, newer: Reference, now: datetime) -> None:
        """Use a newer directory and calendar for everything opened and escalated from now on."""
        if newer.version == self.case.reference.version:  # another handler has fetched it already
            return
        if newer.project != self.file.place:  # the project was corrected meanwhile
            return
        with self.moving(now) as case:
            left = duties.left_owners(case.file, case.reference.directory, newer.directory)
            case.reference = newer
            case.record(ReferenceChanged(at=now, version=newer.version))
            for duty in left:
                said: dict[str, Any] = {"owner": duty.owner, "superiors": duty.superiors}
                case.record(OwnerLeft(at=now, duty=duty.id, rule=duty.rule, **said))

    def keep_reference(self, why: str, now: datetime) -> None:
        """Keep the present directory, because the newer one lacks the project; journal that."""
        with self.moving(now) as case:
            case.record(ReferenceKept(at=now, version=case.reference.version, why=why))

    def may_recalculate(self, asked: Recalculation, now: datetime, proof: SignedAct | None = None) -> None:
        """Raises `Refusal` unless this person may recalculate the open duties, and the case has room for it."""
        ActPolicy(self.file, self.case.edition, self.case.reference, now).keeps_order(asked.by)
        each = size_limits.size(asked) * (1 + len(list(self.file.open_duties)))  # each duty gets a journal line
        self.has_room(each, self._kept(proof))

    def recalculate(
        self,
        asked: Recalculation,
        now: datetime,
        proof: SignedAct | None = None,
        verified_at: datetime | None = None,
    ) -> tuple[DutyChange, ...]:
        """Give the open duties the dates and owners of the present directory and calendar.

        The same signed text again is answered as at first in the same run, and changes nothing in a later one.
        """
        if (known := self.recalculated(proof)) is not None:
            return known
        with self.moving(now) as case:
            if proof is not None:
                self.keep(proof, "recalculate", by=asked.by, verified_at=verified_at)
            changes = recalculate(case, asked)
        if proof is not None and self.file.signed:
            self.used.add(accepted_recalculation(proof.text, now))
            self._recalculated[proof.text] = changes
        return changes

    def recalculated(self, proof: SignedAct | None) -> tuple[DutyChange, ...] | None:
        """Return the answer to a recalculation that was accepted before; None if it was not."""
        if proof is None or not self.file.signed or not self.used.has(proof.text):
            return None
        return self._recalculated.get(proof.text, ())


def _attempt(request: ActRequest, allowed: AcceptedAct) -> Attempt | None:
    if request.act_id is None:
        return None
    refused = allowed.refused.value if allowed.refused else None
    params = allowed.params if allowed.refused else {}
    return Attempt(id=request.act_id, content=request.content, refused=refused, params=params)

"""Runs a case or a round for a driver: acts, messages and the time go in; receipts, clocks and effects come out.

The driver is a workflow (`duty_workflow.py`) or a test in memory. It passes the time with every call, runs a timer for
each of `case.clocks()`, carries out `case.effects`, and keeps the journal. Nothing here waits: when a call returns, no
coroutine of the case can proceed without a new message or timer.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Generic

from complaints.acts.act import AcceptedAct
from complaints.acts.policy import ActPolicy
from complaints.acts.registry import carry_out
from complaints.base import size_limits
from complaints.base.errors import Refusal
from complaints.case import duties
from complaints.case.event import Event
from complaints.case.events.case import ActRefused
from complaints.case.events.duties import OwnerLeft
from complaints.case.events.machine import ReferenceChanged, ReferenceKept
from complaints.case.file import Act, ActReceipt, ActRequest, Attempt, FileT
from complaints.case.recalculation import DutyChange
from complaints.case.receipts import receipt, repeated
from complaints.case.scheduler import Branch
from complaints.case.trimming import worthwhile
from complaints.people.reference import Reference
from workflows.duty_engine import DutyEngine
from workflows.interface import Recalculation
from workflows.recalculating import recalculate


class Runtime(Generic[FileT]):
    """The interface to a driver that cases and rounds have in common."""

    def __init__(self, case: DutyEngine[FileT], *, begun: bool) -> None:
        """`begun`: it goes on from an earlier run and accepts acts at once; the chapters find what these changed."""
        self.case = case
        self.begun = begun  # whether acts are accepted
        self._procedures: Branch[None] | None = None
        self._looked_at = 0  # `case.written` at the last check whether to trim the file
        self._checked: tuple[FileT, datetime, ActRequest, AcceptedAct] | None = None  # last checked act, its inputs
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

    def may(self, request: ActRequest, now: datetime) -> AcceptedAct:
        """Check an act and return it as it will be recorded. Raises `Refusal`. Changes nothing."""
        allowed = ActPolicy(self.file, self.case.edition, self.case.reference, now).allow(request)
        self.has_room(size_limits.check_act(request))
        return allowed

    def has_room(self, size: int) -> None:
        """Raises `Refusal` (`CASE_FULL`) if an act of this size (bytes) may make the case too large."""
        if not self.fits(size_limits.limit_for(size) - size_limits.growth(size)):
            raise size_limits.full(self._weighed[0])

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

    def check(self, request: ActRequest, now: datetime) -> None:
        """Raises `Refusal` if the act is not allowed. An act that was done already may be sent again."""
        if repeated(self.file, request) is None:
            self._checked = (self.file, now, request, self.may(request, now))

    def act(self, request: ActRequest, now: datetime) -> ActReceipt:
        """Carry out an act and all that follows from it at once. Raises `Refusal` if it is not allowed.

        `act_id` is an idempotency key: an act sent again under it gets its first answer, and nothing changes.
        """
        answer = repeated(self.file, request)
        if answer is None:
            allowed = self._as_checked(request, now) or self.may(request, now)
            with self.moving(now):
                act = self._do(request, allowed, now)
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

    def act_later(self, request: ActRequest, now: datetime) -> None:
        """Carry out an act whose sender waits for no answer: a refusal is journaled."""
        with self.moving(now) as case:
            try:
                if repeated(self.file, request) is None:
                    self._do(request, self.may(request, now), now)
            except Refusal as refusal:
                said: dict[str, Any] = {"kind": request.kind.value, "refused": refusal.code.value}
                case.record(ActRefused(at=now, by=request.by, duty=request.duty, **said))

    def _do(self, request: ActRequest, allowed: AcceptedAct, now: datetime) -> Act:
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
        )
        carry_out(self.case, allowed.duty, act)
        self.case.keep_four_eyes(act)
        return act

    # --- directory and calendar

    def go_on_with(self, newer: Reference, now: datetime) -> None:
        """Use a newer directory and calendar for everything opened and escalated from now on."""
        if newer.version == self.case.reference.version:  # another handler has fetched it already
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

    def may_recalculate(self, asked: Recalculation, now: datetime) -> None:
        """Raises `Refusal` unless this person may recalculate the open duties, and the case has room for it."""
        ActPolicy(self.file, self.case.edition, self.case.reference, now).keeps_order(asked.by)
        self.has_room(size_limits.size(asked) * (1 + len(list(self.file.open_duties))))  # each duty gets a journal line

    def recalculate(self, asked: Recalculation, now: datetime) -> tuple[DutyChange, ...]:
        """Give the open duties the dates and owners of the present directory and calendar."""
        with self.moving(now) as case:
            return recalculate(case, asked)


def _attempt(request: ActRequest, allowed: AcceptedAct) -> Attempt | None:
    if request.act_id is None:
        return None
    refused = allowed.refused.value if allowed.refused else None
    params = allowed.params if allowed.refused else {}
    return Attempt(id=request.act_id, content=request.content, refused=refused, params=params)

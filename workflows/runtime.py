"""A case or a round at work, for whoever drives it: acts, words and moments go in; receipts, clocks and effects out.

Whoever drives it is a workflow (`life.py`) or a test in memory. It says what time it is with everything that happens,
has a timer for each of `case.clocks()`, has `case.effects` done, and keeps the journal. Nothing here waits: when a call
returns, everybody has got as far as they can without another act or another moment.
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
    """What a case and a round have in common for whoever drives them."""

    def __init__(self, case: DutyEngine[FileT], *, begun: bool) -> None:
        """`begun`: it goes on from where it was, and acts may come at once: what they change, the chapters find."""
        self.case = case
        self.begun = begun  # whether acts may come
        self._procedures: Branch[None] | None = None
        self._looked_at = 0  # bytes of lines of this run, when it was last looked at whether to trim the file
        self._checked: tuple[FileT, datetime, ActRequest, AcceptedAct] | None = (
            None  # the act checked last, and of what
        )
        self._weighed = (0, 0)  # bytes of what it carries, when that was found, and of lines by then

    @property
    def file(self) -> FileT:
        return self.case.file

    # --- what each says for itself

    @abstractmethod
    async def procedures(self) -> None:
        """All of it, from the first duty to the end; run again from its first line whenever the file was carried on."""

    @abstractmethod
    def closing(self) -> Event:
        """The last event."""

    @abstractmethod
    def size_carried(self) -> int:
        """Bytes of what it would take along into a new run now, and of what it is known to have to say yet."""

    @property
    def all_messages_sent(self) -> bool:
        """Whether others have done and heard everything that they were asked and told."""
        return True

    # --- its life

    def start(self, now: datetime) -> None:
        """Begin, or go on after a restart."""
        with self.moving(now):
            self.case.resume()
            self._procedures = self.case.scheduler.start(self.procedures(), "the procedures")
        self.begun = True

    @property
    def over(self) -> bool:
        """Whether nobody owes anything any more: then it is closed."""
        return self._procedures is not None and self._procedures.done

    @contextmanager
    def moving(self, now: datetime) -> Generator[DutyEngine[FileT]]:
        """For what changes it at `now`; then everybody gets as far as they can."""
        self.case.at(now)
        yield self.case
        self.case.settle()
        if self.over and not self.file.closed:  # nothing may come between: it would be accepted and never handled
            self.case.record(self.closing())
        self._trim_if_large()

    def _trim_if_large(self) -> None:
        case = self.case
        if case.written - self._looked_at >= size_limits.LOOK_AGAIN:
            self._looked_at = case.written
            if not case.file.closed and worthwhile(case.file):
                case.trim()

    def tick(self, now: datetime) -> None:
        """It is `now`."""
        with self.moving(now):
            pass

    # --- acts

    def may(self, request: ActRequest, now: datetime) -> AcceptedAct:
        """The act as it will be recorded; raises `Refusal`. Changes nothing."""
        allowed = ActPolicy(self.file, self.case.edition, self.case.reference, now).allow(request)
        self.has_room(size_limits.check_act(request))
        return allowed

    def has_room(self, size: int) -> None:
        """Raises `Refusal` (`CASE_FULL`) if the case may become too large by an act of this size (bytes)."""
        if not self.fits(size_limits.limit_for(size) - size_limits.growth(size)):
            raise size_limits.full(self._weighed[0])

    def size_if_large(self) -> int | None:
        """Bytes of what it carries, if that is more than half of what it may become."""
        return None if self.fits(size_limits.NEAR) else self._weighed[0]

    @property
    def run_is_full(self) -> bool:
        """Whether it should go on in a new run, which takes along only those lines that the records lack."""
        written = self.case.written
        full = written > size_limits.LINES_OF_A_FULL_CASE and not self.fits(size_limits.NEAR)
        return full or written > size_limits.LINES_OF_A_RUN

    def fits(self, limit: int) -> bool:
        """Whether it weighs no more than `limit` bytes.

        Weighing is dear: it is done again only where what was written since could have brought it to the limit.
        """
        weighed, written = self._weighed
        if not weighed or weighed + size_limits.GROWTH * (self.case.written - written) > limit:
            self._weighed = (self.size_carried(), self.case.written)
        return self._weighed[0] <= limit

    def check(self, request: ActRequest, now: datetime) -> None:
        """Raises `Refusal` for an act that may not be done; one that was done already may be sent again."""
        if repeated(self.file, request) is None:
            self._checked = (self.file, now, request, self.may(request, now))

    def act(self, request: ActRequest, now: datetime) -> ActReceipt:
        """A person's act, and all that follows from it at once. Raises `Refusal` if it may not be done.

        Sent again under the same `act_id`, it is answered as at first, and nothing happens.
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
        """What the act was allowed as a moment ago, if it was checked and nothing has moved since."""
        checked, self._checked = self._checked, None
        if checked is None or checked[0] is not self.file or checked[1:3] != (now, request):
            return None
        return checked[3]

    def act_later(self, request: ActRequest, now: datetime) -> None:
        """The same act of somebody who waits for no answer: a refusal is kept in the journal."""
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
        return act

    # --- directory and calendar

    def go_on_with(self, newer: Reference, now: datetime) -> None:
        """A newer directory or calendar counts for what is opened and escalated from now on."""
        if newer.version == self.case.reference.version:  # somebody else asked too, and it is here
            return
        with self.moving(now) as case:
            left = duties.left_owners(case.file, case.reference.directory, newer.directory)
            case.reference = newer
            case.record(ReferenceChanged(at=now, version=newer.version))
            for duty in left:
                said: dict[str, Any] = {"owner": duty.owner, "superiors": duty.superiors}
                case.record(OwnerLeft(at=now, duty=duty.id, rule=duty.rule, **said))

    def keep_reference(self, why: str, now: datetime) -> None:
        """The newer directory lacks the project: who is known stays known, and it goes on with them."""
        with self.moving(now) as case:
            case.record(ReferenceKept(at=now, version=case.reference.version, why=why))

    def may_recalculate(self, asked: Recalculation, now: datetime) -> None:
        """Raises `Refusal` unless this person may have the open duties recalculated."""
        ActPolicy(self.file, self.case.edition, self.case.reference, now).keeps_order(asked.by)
        self.has_room(size_limits.size(asked) * (1 + len(list(self.file.open_duties))))  # each of them has a line of it

    def recalculate(self, asked: Recalculation, now: datetime) -> tuple[DutyChange, ...]:
        """Give the open duties the dates and owners of the directory and the calendar that are in force."""
        with self.moving(now) as case:
            return recalculate(case, asked)


def _attempt(request: ActRequest, allowed: AcceptedAct) -> Attempt | None:
    if request.act_id is None:
        return None
    refused = allowed.refused.value if allowed.refused else None
    params = allowed.params if allowed.refused else {}
    return Attempt(id=request.act_id, content=request.content, refused=refused, params=params)

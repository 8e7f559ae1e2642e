"""Cases and rounds of the simulated year, each with its own clock, moved from one event to the next."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import uuid4

from temporalio.client import WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError

from bench.year import habits
from bench.year.plan import Year, share
from bench.year.striding import Clock, Strider
from complaints import editions
from complaints.base.errors import Refusal, Refused
from complaints.case import duties
from complaints.case.file import ActKind, ActReceipt, ActRequest, Duty, File, JournalLine
from complaints.case.fold import go_on
from complaints.clock.calendar import Calendar
from complaints.editions.model import Edition
from complaints.people.model import Directory
from complaints.people.reference import Reference
from starters.client import Duly
from starters.drill import filling
from starters.drill.skipping import NEAR
from workflows import interface

TRIES = 8  # of a query or an act that gets no answer
ANSWER = timedelta(seconds=20)  # timeout for a busy worker
FIRST = timedelta(seconds=2)  # timeout of the first query: one that is sent just when a case closes may be lost
AGAIN = 0.1  # real seconds between two tries
REFUSALS = 3  # of one life, before it counts as stuck
AFTER_AN_OUTAGE = timedelta(hours=4)  # time within which all people get to the duties that have waited


FileT = TypeVar("FileT", bound=File)


class Stuck(Exception):
    """A life does not go on; the message has its key and the reason."""


@dataclass
class Place:
    """The environment that all lives of a company share."""

    duly: Duly  # on the strider's client
    strider: Strider
    year: Year
    directory: Directory
    calendar: Calendar
    edition: Edition = field(default_factory=editions.newest)
    strict: bool = False  # all people are in time
    refused: list[str] = field(default_factory=list[str])
    acts: int = 0
    _references: dict[str, Reference] = field(default_factory=dict[str, Reference])

    def reference(self, project: str) -> Reference:
        if project not in self._references:
            self._references[project] = Reference.of(self.directory, project, self.calendar)
        return self._references[project]

    def renew(self, directory: Directory) -> None:
        """Use another directory from now on."""
        self.directory = directory
        self._references.clear()


class Life(ABC, Generic[FileT]):
    """One workflow, from its beginning to its end. `next` is when it needs attention again; None: it is over."""

    def __init__(self, place: Place, key: str, begins: datetime) -> None:
        self.place = place
        self.key = key
        self.begins = begins
        self.next: datetime | None = begins
        self.file: FileT | None = None
        self.clock = Clock()
        self.lock = asyncio.Lock()
        self.handle: WorkflowHandle[Any, Any] = place.duly.client.get_workflow_handle(key)
        self._ready: dict[str, datetime] = {}
        self._put_off = set[str]()  # duties whose act was refused
        self._at_it: str | None = None  # who has just acted
        self._refusals = 0

    # --- hooks of cases and rounds

    @abstractmethod
    async def start(self, delay: timedelta) -> None:
        """Have the server start it after a delay."""

    @abstractmethod
    async def look(self) -> None:
        """Read the file as it is now. Raises `WorkflowQueryFailedError` while there is none."""

    async def instead(self, duty: Duty) -> ActRequest | None:
        """Return an act that is done before this duty or in its place; None: there is none."""
        return None

    def strikes(self) -> list[datetime]:
        """Return the next moments at which its duties need action of the workflow (timers)."""
        assert self.file is not None
        return [moment for duty in self.file.open_duties if (moment := self._moment(duty)) is not None]

    def strike(self) -> datetime | None:
        """Return the first of these moments."""
        return min(self.strikes(), default=None)

    # --- time

    async def step(self) -> None:
        """Play the next event."""
        async with self.lock:
            if self.file is None:
                await self.begin(self.begins)
            else:
                await self._onwards()
            self._reckon()

    async def begin(self, at: datetime) -> None:
        """Start it at this time; it has a file and open duties when this returns."""
        await self.start_unseen(at)
        await self.place.strider.at_rest(self.handle, self.clock, self._there)

    async def start_unseen(self, at: datetime) -> None:
        """Start it at this time without waiting for its worker; its clock is an assumption until it is next seen."""
        delay = max(at - self.clock.now, timedelta())
        await self.start(delay)
        self.clock.ahead += delay

    async def bring(self, to: datetime) -> None:
        """Let its time pass to `to`, with everything that happens until then, but without acts of people."""
        async with self.lock:
            if self.file is not None and not self.file.closed:
                await self._move(to)
                self._reckon()

    async def again(self) -> None:
        """After something was done to it from outside: wait until it has processed that, and read its file."""
        async with self.lock:
            await self.place.strider.at_rest(self.handle, self.clock, self.caught_up)
            self._reckon()

    @property
    def duties(self) -> list[Duty]:
        """Its open duties."""
        return self.file.open_duties if self.file is not None else []

    async def unattended(self, to: datetime) -> bool:
        """Let its time pass while no worker runs. Return False if it stops before `to`."""
        async with self.lock:
            return await self.place.strider.unattended(self.handle, self.clock, to, self.strikes())

    async def attended_again(self, at: datetime) -> None:
        """Let it catch up after the workers were started again."""
        async with self.lock:
            await self.place.strider.at_rest(self.handle, self.clock, self._there)
            await self.place.strider.at_rest(self.handle, self.clock, self.caught_up)
            await self._move(at)
            self._reckon()

    async def _onwards(self) -> None:
        assert self.next is not None
        await self._move(self.next)
        assert self.file is not None
        strike = self.strike()
        if not self.file.closed and strike is not None and strike <= self.clock.now + NEAR:  # too near for a skip
            await asyncio.sleep(max((strike - self.clock.now).total_seconds(), 0))
            await self.place.strider.at_rest(self.handle, self.clock, self.caught_up)
        while not self.file.closed and (coming := self._coming()) and coming[0] <= self.clock.now + NEAR:
            self._at_it = coming[1].owner
            await self._act(coming[1])
        self._at_it = None

    async def _move(self, to: datetime) -> None:
        assert self.file is not None
        while to - self.clock.now > NEAR and not self.file.closed:
            strike = self.strike()
            await self.place.strider.leap(self.handle, self.clock, to)
            if strike is None or strike > to:
                return
            await self.place.strider.at_rest(self.handle, self.clock, self.caught_up, strike)

    async def caught_up(self) -> bool:
        """Return whether everything up to its present time has happened to it."""
        await self.look()
        assert self.file is not None
        strike = self.strike()
        return self.file.closed or strike is None or strike > self.clock.now

    async def _there(self) -> bool:
        try:
            await self.look()
        except (WorkflowQueryFailedError, RPCError):  # it is being opened
            return False
        assert self.file is not None
        return self.file.closed or bool(self.file.open_duties)

    def _reckon(self) -> None:
        """Set `next`: when it needs attention next."""
        assert self.file is not None
        if self.file.closed:
            self.next = None
            return
        strike, coming = self.strike(), self._coming()
        wanted = [at for at in (strike, coming and coming[0]) if at is not None]
        self.next = max(min(wanted, default=self.clock.now), self.clock.now)

    def _moment(self, duty: Duty) -> datetime | None:
        assert self.file is not None
        reference = self.place.reference(self.file.place)
        rule = self.place.edition.rule(duty.rule)
        ladder = duties.ladder(
            self.file, duty, self.place.edition, reference.directory, self.clock.now, self.file.about
        )
        return duties.next_moment(duty, rule, ladder, reference)

    # --- people

    def _coming(self) -> tuple[datetime, Duty] | None:
        """Return the duty that a person does next, and when."""
        assert self.file is not None
        found: list[tuple[datetime, str, Duty]] = []
        for duty in self.file.open_duties:
            if self.file.awaited_by(duty):
                continue
            ready = self._ready.setdefault(duty.id, self.clock.now)
            at = habits.moment(self.key, duty, ready, self.place.calendar, self.place.strict)
            if duty.owner == self._at_it and duty.id not in self._put_off and habits.at_once(self.key, duty):
                at = self.clock.now
            if at is not None:
                found.append((self._not_away(at), duty.id, duty))
        at, _, duty = min(found, default=(None, "", None), key=lambda one: one[:2])
        return (at, duty) if at is not None and duty is not None else None

    def _not_away(self, at: datetime) -> datetime:
        """Return `at`, or a time after the outage: people cannot act while no worker runs."""
        outage = self.place.year.outage
        if outage is None or not self.place.year.away(at):
            return at
        return outage[1] + timedelta(minutes=10) + AFTER_AN_OUTAGE * share(self.key, at, "after")

    async def _act(self, duty: Duty) -> None:
        assert self.file is not None
        request = await self.instead(duty) or await self._answer(duty)
        events: tuple[JournalLine, ...] | None = None
        try:
            receipt = await self._acted(request.but(seen=self.file.journal_seq))
            events = receipt.events
            self.clock.ahead = receipt.recorded_at - datetime.now(UTC)
            self.place.acts += 1
        except Refusal as refusal:
            self._refusals += 1
            self.place.refused.append(f"{self.key} {duty.id} {request.kind.value}: {refusal.code} {refusal.params}")
            if self._refusals >= REFUSALS:
                raise Stuck(self.place.refused[-1]) from refusal
            self._ready[duty.id] = self.clock.now + timedelta(hours=1)
            self._put_off.add(duty.id)
        if events is None:
            await self.look()
        else:
            self.file = go_on(self.file, events)
        if not self.file.open_duties and not self.file.closed:
            await self.place.strider.at_rest(self.handle, self.clock, self._goes_on)

    async def _acted(self, request: ActRequest) -> ActReceipt:
        """Do the act once, under one idempotency key, however long the answer takes on a busy machine."""
        act_id = uuid4().hex
        for _ in range(TRIES):
            try:
                return await self.place.duly.act(self.key, request, act_id)
            except Refusal as refusal:
                if refusal.code is not Refused.SERVER_UNREACHABLE:
                    raise
        raise Stuck(f"{self.key}: no answer to {request.kind.value} of {request.duty}")

    async def asked(self, result: type[FileT]) -> FileT:
        """Query the file from a worker that may be busy. Raises `WorkflowQueryFailedError`."""
        for nth in range(TRIES):
            within = FIRST if nth == 0 else ANSWER
            with contextlib.suppress(RPCError, WorkflowQueryFailedError):
                return await self.handle.query(interface.CASE, result_type=result, rpc_timeout=within)
            await asyncio.sleep(AGAIN)
        return await self.handle.query(interface.CASE, result_type=result)

    async def _goes_on(self) -> bool:
        await self.look()
        assert self.file is not None
        return self.file.closed or bool(self.file.open_duties)

    async def _answer(self, duty: Duty) -> ActRequest:
        assert self.file is not None
        if self.place.edition.rule(duty.rule).kind == "approval":
            return ActRequest(by=duty.owner, kind=ActKind.APPROVE, duty=duty.id, revision=duty.revision)
        form = self.place.edition.rule(duty.rule).form
        said = await self.said(duty, form or "")
        zone, now = duty.deadline.why.zone, self.clock.now
        fields = filling.filled(form, said, self.file, self.place.directory, now, zone, "zh")
        return ActRequest(by=duty.owner, kind=ActKind.DISCHARGE, duty=duty.id, form=fields)

    async def said(self, duty: Duty, form: str) -> dict[str, Any]:
        """Return the values of this duty's form that differ from the defaults."""
        return {}

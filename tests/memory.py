"""Cases without a server: the engine that the workflow drives, driven here, with stand-ins for whatever is outside.

`MemoryDuly` and its handles are to `tests/world.py` what the client and the server are: the same tests run on both.
Time is the real one and what each case has skipped. With `anew` every case is put together again from its journal after
each step (an act, a tick, the answer to an effect), its chapters are run from their first line, and nothing may be
different.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.ledger import Ledger
from activities.reference import References
from activities.retention import Retention
from complaints import editions
from complaints.case.additions import Additions
from complaints.case.effects import Effect, EffectRefused
from complaints.case.receipts import repeated
from complaints.editions import Edition
from complaints.errors import Refusal, Refused
from complaints.intake import Named, check
from complaints.joining import Word
from complaints.model import ActReceipt, ActRequest, CaseFile, Complaint, JournalLine, OpenReceipt
from complaints.recalculation import Change
from starters.client import Duly
from starters.drill.skipping import CaughtUp, Skipper
from tests.fakes import ExampleReferences, MemoryRecords, MemoryRetention
from workflows import interface
from workflows.course import TELL
from workflows.interface import Closing, Former, Recalculation
from workflows.opening import CaseEngine, as_received, new_case

OPEN = SimpleNamespace(HasField=lambda _: False, pending_activities=[])


class MemoryCase:
    """One case at work, and the handle by which tests speak to it."""

    def __init__(self, server: MemoryDuly, engine: CaseEngine) -> None:
        self._server = server
        self.engine = engine
        self.id = engine.file.key
        self.ahead = timedelta()
        self.lines: list[JournalLine] = []
        self.run = 1
        self.closed = False

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @property
    def file(self) -> CaseFile:
        return self.engine.file

    # --- steps

    async def keep(self) -> None:
        """The records take the new lines; with `anew` the case is put together again."""
        known = self.lines[-1].seq if self.lines else 0
        if known == self.file.journal_seq:
            return
        new = self.engine.case.since(known)
        self.lines += new.lines
        await self._server.records.write(new)
        if self._server.anew and not self.file.closed:
            self.goes_on_anew()

    def goes_on_anew(self) -> None:
        """The same case from its journal, with its chapters run from their first line."""
        before, now = self.engine, self.engine.case.now
        carried = before.carried
        folded = self._server.records.files[self.id]
        assert isinstance(folded, CaseFile)
        assert folded == before.file, "the case is not what its journal comes to"
        self.engine = CaseEngine.carried_on(carried.but(file=folded), before.case.edition, now)
        self.engine.start(now)
        said = [line.kind for line in self.engine.case.since(self.lines[-1].seq).lines]
        assert said == [], f"run again, the chapters do {said} once more"
        assert clocks(self.engine) == clocks(before), "run again, it waits for other moments"
        assert asked(self.engine) == asked(before), "run again, others have other things to do"
        before.case.scheduler.close()

    # --- time

    async def passes(self, length: timedelta) -> timedelta:
        """Let `length` pass, from moment to moment."""
        end = self.now + length
        while not self.closed:
            due = [clock.at for clock in self.engine.case.clocks() if clock.at is not None and clock.at <= end]
            if not due:
                break
            self._at(min(due))
            self.engine.tick(max(min(due), self.now))
            await self._server.settle()
        self._at(end)
        return self.ahead

    async def is_told_the_time(self) -> None:
        """What real time has brought about meanwhile."""
        now = self.now
        if not self.closed and any(clock.at is not None and clock.at <= now for clock in self.engine.case.clocks()):
            self.engine.tick(now)
            await self._server.settle()

    def _at(self, moment: datetime) -> None:
        self.ahead = max(self.ahead, moment - datetime.now(UTC))

    # --- what a handle does

    async def query(self, name: str, *arguments: Any, **_: Any) -> Any:
        await self.is_told_the_time()
        if name == interface.CASE:
            return self.file
        assert name == interface.SINCE
        return self.engine.case.since(*arguments)

    async def signal(self, name: str, *arguments: Any) -> None:
        await self.is_told_the_time()
        if name == interface.AFRESH:
            if not self.closed:
                self.goes_on_anew()
                self.run += 1
        elif name == interface.REFERENCE_CHANGED:
            await self._hears_of_a_reference()
        elif name == interface.FROM_CASE:
            self.engine.hear(arguments[0], self.now)
        elif name == interface.ACT_LATER:
            self.engine.act_later(arguments[0], self.now)
        else:
            raise NotImplementedError(name)
        await self._server.settle()

    async def _hears_of_a_reference(self) -> None:
        if self.closed:
            return
        try:
            newer = await self._server.reference(self.file.place, self.engine.case.reference.version)
        except ApplicationError as refusal:
            self.engine.keep_reference(str(refusal.type), self.now)
        else:
            if newer is not None:
                self.engine.go_on_with(newer, self.now)

    async def describe(self) -> Any:
        status = WorkflowExecutionStatus.COMPLETED if self.closed else WorkflowExecutionStatus.RUNNING
        return SimpleNamespace(
            run_id=str(self.run), status=status, history_length=len(self.lines) + self.run, raw_description=OPEN
        )

    async def result(self) -> dict[str, Any]:
        assert self.closed, f"{[duty.id for duty in self.file.open_duties]} are open, {asked(self.engine)} under way"
        file = self.file
        late = sum(duty.late for duty in file.duties.values())
        closing = Closing(
            number=file.number, level=file.level, outcome=file.outcome, duties=len(file.duties), late=late
        )
        return closing.model_dump(mode="json")


def clocks(engine: CaseEngine) -> list[tuple[Any, str]]:
    """When it waits for what, as operators see it."""
    return sorted((clock.at, clock.summary) for clock in engine.case.clocks())


def asked(engine: CaseEngine) -> list[tuple[str, Any]]:
    """What it waits for others to do."""
    return [(effect.kind.name, effect.argument) for effect in engine.case.effects if not effect.over]


class MemoryDuly(Duly):
    """The client, over cases in this process."""

    def __init__(
        self,
        references: ExampleReferences,
        retention: MemoryRetention | None = None,
        *,
        anew: bool = False,
        newest: Callable[[], Edition] = editions.newest,
    ) -> None:
        super().__init__(cast(Client, SimpleNamespace(get_workflow_handle=self.handle)))
        self.records = MemoryRecords()
        self.anew = anew
        self.cases: dict[str, MemoryCase] = {}
        self._references = References(references, newest)
        self._retention = Retention(retention or MemoryRetention())

    def handle(self, key: str) -> MemoryCase:
        return self.cases[key]

    # --- what the outside does

    async def put_together_again(self) -> None:
        """As after a crash: whatever was in memory is gone."""
        for case in self.cases.values():
            if not case.closed:
                case.goes_on_anew()
        await self.settle()

    async def settle(self) -> None:
        """Everything that follows from what has just happened to any case, until nothing does."""
        while any([await self._step(case) for case in tuple(self.cases.values())]):
            pass

    async def _step(self, case: MemoryCase) -> bool:
        """One thing that others have to do for the case is done, or it is closed; whether there was anything."""
        await case.keep()
        for effect in tuple(case.engine.case.effects):
            if await self._carry_out(effect):
                case.engine.tick(case.now)
                await case.keep()
                return True
        case.closed = case.engine.over and case.engine.all_is_said
        return False

    async def _carry_out(self, effect: Effect[Any, Any]) -> bool:
        """Have the effect done; whether it is over. What is away for now is asked again at the next step."""
        try:
            if effect.kind is TELL:
                self._tell(effect.argument)
                effect.done(None)
            else:
                assert effect.kind.name == "deduct_retention"
                effect.done(await ActivityEnvironment().run(self._retention.deduct, effect.argument))
        except EffectRefused as refusal:
            effect.refused(refusal)
        except ApplicationError as failure:
            if not failure.non_retryable:
                return False
            effect.refused(EffectRefused(failure.type, failure.message))
        return True

    def _tell(self, word: Word) -> None:
        other = self.cases.get(word.to)
        if other is None or other.closed:
            raise EffectRefused("lost", f"there is no open case {word.to}")
        other.engine.hear(word, other.now)

    async def reference(self, place: str, known: str | None) -> Any:
        return await ActivityEnvironment().run(self._references.reference, place, known)

    # --- the client

    async def _open(self, taken: Complaint, former: Former | None = None) -> OpenReceipt:
        sent = datetime.now(UTC)
        key = interface.complaint_key(taken.source, taken.external_id)
        if key not in self.cases:
            self.cases[key] = await self._opened(taken, key, sent, former)
            await self.settle()
        file = self.cases[key].file
        if file.complaint != as_received(taken, file.opened_at):
            differs = [name for name in Complaint.model_fields if getattr(file.complaint, name) != getattr(taken, name)]
            said = {"source": taken.source, "external_id": taken.external_id, "differs": ", ".join(differs)}
            raise Refusal(Refused.CONFLICT, **said)
        owed = tuple(file.open_duties)
        return OpenReceipt(key=key, number=file.number, proposal=file.proposal, duties=owed, lacks=file.lacks)

    async def _opened(self, complaint: Complaint, key: str, sent: datetime, former: Former | None) -> MemoryCase:
        problems = check(complaint, now=sent, sent=sent)
        complaint = as_received(complaint, sent)
        beginning = await ActivityEnvironment().run(self._references.opening, Named.of(complaint))
        if problems := [*problems, *beginning.problems]:
            raise Refusal(Refused.INVALID, problems=" ".join(problem.text() for problem in problems))
        edition = editions.get(beginning.edition.name, beginning.edition.digest)
        assert beginning.reference is not None
        engine = new_case(complaint, key, sent, former, edition, beginning.reference, sent)
        registration = Additions.registering(engine.file)
        engine.numbered(await ActivityEnvironment().run(Ledger(self.records).write, registration), sent)
        engine.open(former, (), sent)
        engine.start(sent)
        return MemoryCase(self, engine)

    async def _key(self, case: str) -> str:
        numbers = {one.file.number: key for key, one in self.cases.items()}
        key = case if case in self.cases else numbers.get(case)
        if key is None:
            raise Refusal(Refused.CASE_UNKNOWN, case=case)
        return key

    async def _over(self, file: CaseFile) -> bool:
        return file.closed

    async def _there(self, key: str) -> CaseFile | None:
        return self.cases[key].file if key in self.cases else None

    async def case(self, case: str) -> CaseFile:
        return await self.cases[await self._key(case)].query(interface.CASE)

    async def act(self, case: str, request: ActRequest, act_id: str | None = None) -> ActReceipt:
        one = self.cases[await self._key(case)]
        await one.is_told_the_time()
        asked = request.but(act_id=act_id or request.act_id or os.urandom(8).hex())
        if one.closed:
            if (known := repeated(one.file, asked)) is not None:
                return known
            raise Refusal(Refused.CASE_CLOSED, case=one.file.name)
        try:
            return one.engine.act(asked, one.now)
        finally:
            await self.settle()  # some acts are refused and have consequences all the same

    async def act_later(self, case: str, request: ActRequest) -> None:
        await self.cases[await self._key(case)].signal(interface.ACT_LATER, request)

    async def recalculate(self, case: str, *, by: str, reason: str) -> tuple[Change, ...]:
        one = self.cases[await self._key(case)]
        await one.is_told_the_time()
        asked = Recalculation(by=by, reason=reason)
        one.engine.may_recalculate(asked, one.now)
        newer = await self.reference(one.file.place, one.engine.case.reference.version)
        if newer is not None:
            one.engine.go_on_with(newer, one.now)
            await one.keep()
        found = one.engine.recalculate(asked, one.now)
        await self.settle()
        return found


class MemorySkipper(Skipper):
    """Lets the time of cases in this process pass."""

    def __init__(self) -> None:
        """There is no server."""

    async def skip(self, handle: Any, length: timedelta, caught_up: CaughtUp) -> timedelta:
        assert isinstance(handle, MemoryCase)
        ahead = await handle.passes(length)
        assert await caught_up(handle.now), f"at {handle.now} it is behind its clock"
        return ahead

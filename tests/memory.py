"""Cases and rounds without a server: drives the runtime as the workflow does, and simulates everything outside it.

For `tests/world.py`, `MemoryDuly` and its handles take the place of client and server: the same tests run on both. A
case's time is the real time plus what it has skipped. With `anew`, every case is rebuilt from its journal after each
step (an act, a tick, the answer to an effect), its chapters are run from their first line, and nothing may differ.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Generic, TypeVar, cast

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.ledger import Ledger
from activities.reference import Beginning, References
from activities.retention import Retention
from activities.rounds import Ports, RoundActivities
from complaints import editions
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.additions import Additions
from complaints.case.complaint import Complaint, Former
from complaints.case.effects import Effect, EffectRefused
from complaints.case.file import ActReceipt, ActRequest, CaseFile, FileT, JournalLine, OpenReceipt
from complaints.case.gates import passed
from complaints.case.messages import CaseMessage, MessageKind
from complaints.case.recalculation import DutyChange, Recalculation
from complaints.case.receipts import repeated
from complaints.case.round import RoundFile
from complaints.editions.model import Edition
from complaints.intake.checking import NamedIds, check
from complaints.people.reference import Reference
from complaints.rounds.renewal import taken
from starters.client import Duly
from starters.client.temporal import TemporalTransport
from starters.drill.skipping import BehindItsClock, CaughtUp, Skipper
from tests.fakes import ExampleReferences, MemoryRecords, MemoryRetention
from workflows import interface
from workflows.case_runtime import CaseRuntime, as_received, new_case
from workflows.from_journal import carried_from
from workflows.interface import Carried, Closing, RoundClosing, RoundStart
from workflows.rounds import automatic
from workflows.rounds.opening import begins, round_opened
from workflows.rounds.runner import RoundRunner
from workflows.rounds.runtime import RoundRuntime
from workflows.runtime import Runtime
from workflows.tracks import TELL

T = TypeVar("T")
OPEN = SimpleNamespace(HasField=lambda _: False, pending_activities=[])


class MemoryWork(ABC, Generic[FileT]):
    """A running case or round, and at the same time the handle by which tests address it."""

    engine: Runtime[FileT]

    def __init__(self, server: MemoryTransport, key: str) -> None:
        self._server = server
        self.id = key
        self.ahead = server.ahead
        self.lines: list[JournalLine] = []
        self.run = 1
        self.closed = False

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @property
    def file(self) -> FileT:
        return self.engine.file

    # --- hooks of cases and rounds

    @property
    def begun(self) -> bool:
        """Whether it has begun, so that there is a runtime to drive."""
        return True

    @abstractmethod
    def carried_on(self, file: FileT, now: datetime, lines: Sequence[JournalLine]) -> Runtime[FileT]:
        """Return a runtime that continues with this file, and with these last lines of its journal."""

    @abstractmethod
    def closing(self) -> Frozen:
        """Return the result of the workflow."""

    def awaits(self, engine: Runtime[FileT]) -> list[tuple[str, Any]]:
        """Return the effects that it waits for and whose answers it uses."""
        return asked(engine)

    @abstractmethod
    async def hears(self, name: str, *arguments: Any) -> None:
        """Handle a signal that only this kind of workflow takes."""

    # --- steps

    async def keep(self) -> None:
        """Write the new lines to the read model; with `anew`, rebuild the runtime."""
        known = self.lines[-1].seq if self.lines else 0
        if known == self.file.journal_seq:
            return
        new = self.engine.case.since(known)
        self.lines += new.lines
        await self._server.records.write(new)
        if self._server.anew and not self.file.closed:
            await self.goes_on_anew()
        if self.engine.run_is_full and not self.file.closed:
            await self.goes_on_anew(lines=())
            self.run += 1

    async def goes_on_anew(self, lines: Sequence[JournalLine] | None = None) -> None:
        """Rebuild the runtime from the journal, with its chapters run from their first line.

        Effects that a chapter requests a second time are carried out again; that may not change anything.
        """
        before, now = self.engine, self.engine.case.now
        folded = self._server.records.states[self.id]
        assert folded == before.file, "it is not what its journal comes to"
        self.engine = self.carried_on(cast(FileT, folded), now, before.case.lines if lines is None else lines)
        self.engine.start(now)
        await self._has_done_again(self.awaits(before))
        said = [line.kind for line in self.engine.case.since(self.lines[-1].seq).lines]
        if not before.case.refusals.any:  # a refused effect is retried at once, and then its pause begins anew
            assert said == [], f"run again, the chapters do {said} once more"
            assert clocks(self.engine) == clocks(before), "run again, it waits for other moments"
            assert self.awaits(self.engine) == self.awaits(before), "run again, others have other things to do"
        before.case.scheduler.close()

    async def _has_done_again(self, awaited: list[tuple[str, Any]]) -> None:
        """Carry out all effects that it requests although they were carried out before."""
        case = self.engine.case
        while again := [one for one in case.effects if (one.kind.name, one.argument) not in awaited]:
            if not any([await self._server.carry_out(effect) for effect in again]):
                return
            self.engine.tick(case.now)

    # --- time

    def moments(self) -> list[datetime]:
        """Return the times at which it needs a tick."""
        return [clock.at for clock in self.engine.case.clocks() if clock.at is not None]

    def tick(self, now: datetime) -> None:
        """Tell it that the time is `now`."""
        self.engine.tick(now)

    async def passes(self, length: timedelta) -> timedelta:
        """Let `length` pass, from moment to moment. Return how far its clock is then ahead of the real one."""
        end = self.now + length
        while not self.closed:
            due = [moment for moment in self.moments() if moment <= end]
            if not due:
                break
            self._at(min(due))
            self.tick(max(min(due), self.now))
            await self._server.settle()
        self._at(end)
        return self.ahead

    async def is_told_the_time(self) -> None:
        """Process what has fallen due in real time meanwhile."""
        now = self.now
        if not self.closed and any(moment <= now for moment in self.moments()):
            self.tick(now)
        elif not (self.begun and self.engine.case.effects):  # effects that failed for a time are retried
            return
        await self._server.settle()

    def _at(self, moment: datetime) -> None:
        self.ahead = max(self.ahead, moment - datetime.now(UTC))

    # --- the handle of the workflow

    async def query(self, name: str, *arguments: Any, args: Sequence[Any] = (), **_: Any) -> Any:
        await self.is_told_the_time()
        if not self.begun:
            raise WorkflowQueryFailedError("it has not begun")
        if name == interface.CASE:
            return self.file
        assert name == interface.SINCE
        return self.engine.case.since(*arguments, *args)

    async def signal(self, name: str, *arguments: Any) -> None:
        await self.is_told_the_time()
        if name == interface.CONTINUE_AS_NEW:
            if not self.closed:
                await self.goes_on_anew()
                self.run += 1
        elif name == interface.REFERENCE_CHANGED:
            await self._hears_of_a_reference()
        elif name == interface.ACT_LATER:
            self.engine.act_later(arguments[0], self.now)
        else:
            await self.hears(name, *arguments)
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
        return self.closing().model_dump(mode="json")


class MemoryCase(MemoryWork[CaseFile]):
    """One complaint's case."""

    engine: CaseRuntime

    def __init__(self, server: MemoryTransport, engine: CaseRuntime) -> None:
        super().__init__(server, engine.file.key)
        self.engine = engine  # pyright: ignore[reportIncompatibleVariableOverride]

    def carried_on(self, file: CaseFile, now: datetime, lines: Sequence[JournalLine]) -> CaseRuntime:
        self._says_so_in_its_journal(self.engine.carried)
        return CaseRuntime.carried_on(self.engine.carrying(lines).but(file=file), self.engine.case.edition, now)

    def _says_so_in_its_journal(self, carried: Carried) -> None:
        """Assert that the journal also has what it carries beside its file: `duly records restart` needs that."""
        kinds = {line.kind for line in self.lines}
        if not kinds & {"watch.entered", "case.merging", "case.gathering"} and not carried.letters:
            return
        derived = carried_from(carried.file, self.lines, carried.reference)
        assert isinstance(derived, Carried)
        assert derived.watched_for == carried.watched_for
        last = {word.to: (word.says, word.at, word.by, word.why) for word in carried.letters}
        said: dict[str, set[Any]] = defaultdict(set)
        for word in derived.letters:
            said[word.to].add((word.says, word.at, word.by, word.why))
        if "link.unknown" not in kinds and not carried.file.closed:
            untold = {
                to: word
                for to, word in last.items()
                if word not in said.get(to, set()) and word[0] is not MessageKind.AGREED
            }
            assert not untold, "its journal does not tell of a letter"
            assert last.keys() <= said.keys()

    def closing(self) -> Closing:
        file = self.file
        late = sum(duty.late for duty in file.duties.values())
        return Closing(number=file.number, level=file.level, outcome=file.outcome, duties=len(file.duties), late=late)

    async def hears(self, name: str, *arguments: Any) -> None:
        assert name == interface.FROM_CASE
        self.engine.receive(arguments[0], self.now)


class MemoryRound(MemoryWork[RoundFile]):
    """One round, which first waits for its day."""

    engine: RoundRuntime

    def __init__(self, server: MemoryTransport, key: str, opening: RoundStart, memo: dict[str, Any]) -> None:
        super().__init__(server, key)
        self._opening = opening
        self._memo = memo
        self._edition: Edition | None = None
        self._reference: Reference | None = None
        self._gates: tuple[str, ...] = ()
        self._begun = False

    @property
    def begun(self) -> bool:
        return self._begun

    async def takes_up(self) -> None:
        """Get the edition, directory and calendar; write its first line if its day has come."""
        began = await self._server.round_opening(self._opening.subject.project or "")
        assert began.reference is not None
        self._edition = editions.get(began.edition.name, began.edition.digest)
        self._reference, self._gates = began.reference, began.gates
        self._begins_if_it_can(self.now)

    def _begins_if_it_can(self, now: datetime) -> None:
        assert self._edition is not None
        assert self._reference is not None
        if self.moments() and min(self.moments()) > now:
            return
        opened = round_opened(self._opening, self.id, self._edition, self._reference, now)
        self.engine = RoundRuntime(RoundRunner(opened.begins(), self._edition, self._reference, now))  # pyright: ignore[reportIncompatibleVariableOverride]
        self.engine.work.record(opened, *passed(self._gates, now))
        self._begun = True
        self.engine.start(now)

    def moments(self) -> list[datetime]:
        if self._begun:
            return super().moments()
        if self._edition is None or self._reference is None:
            return []
        waits = not (self._opening.at_once or self._opening.again)
        return [begins(self._opening, self._edition, self._reference)] if waits else []

    def tick(self, now: datetime) -> None:
        if self._begun:
            super().tick(now)
        else:
            self._begins_if_it_can(now)

    def carried_on(self, file: RoundFile, now: datetime, lines: Sequence[JournalLine]) -> RoundRuntime:
        case, untrimmed = self.engine.case, self.engine.carrying(lines).untrimmed
        runner = RoundRunner(file, case.edition, case.reference, now, tuple(lines), untrimmed=untrimmed)
        return RoundRuntime(runner, self.engine.keys)

    def awaits(self, engine: Runtime[RoundFile]) -> list[tuple[str, Any]]:
        """Return the effects whose answers it uses: not a draft in progress once the draft before it was issued."""
        report = engine.file.report
        unheeded = {automatic.DRAFT_REPORT.name} if report and taken(engine.file, engine.case.edition) else set[str]()
        return [one for one in asked(engine) if one[0] not in unheeded]

    def closing(self) -> RoundClosing:
        file = self.file
        late = sum(duty.late for duty in file.duties.values())
        return RoundClosing(outcome=file.outcome, duties=len(file.duties), late=late)

    async def hears(self, name: str, *arguments: Any) -> None:
        assert name == interface.REDRAFT
        self.engine.redraft(self.now)

    async def describe(self) -> Any:
        async def memo_value(name: str, default: Any) -> Any:
            return self._memo.get(name, default)

        described = await super().describe()
        described.memo_value = memo_value
        return described


def at_work(duly: Duly, key: str) -> MemoryCase:
    """Return a case of a client in memory."""
    assert isinstance(duly, MemoryDuly)
    found = duly.cases[key]
    assert isinstance(found, MemoryCase)
    return found


def clocks(engine: Runtime[Any]) -> list[tuple[Any, str]]:
    """Return the moments that it waits for, with their summaries for operators."""
    return sorted((clock.at, clock.summary) for clock in engine.case.clocks())


def asked(engine: Runtime[Any]) -> list[tuple[str, Any]]:
    """Return the effects that it waits for, by name and argument."""
    return [(effect.kind.name, effect.argument) for effect in engine.case.effects if not effect.over]


class MemoryTransport(TemporalTransport):
    """Cases in this process, with the code that speaks to a Temporal server."""

    def __init__(
        self,
        references: ExampleReferences,
        retention: MemoryRetention | None = None,
        ports: Ports | None = None,
        *,
        anew: bool = False,
        newest: Callable[[], Edition] = editions.newest,
    ) -> None:
        self.records = MemoryRecords()
        self.ahead = timedelta()
        """How far the time is ahead of the real one at which cases begin; negative if it is behind."""
        client = cast(Client, SimpleNamespace(get_workflow_handle=self.handle))
        super().__init__(client, kept=self.records.file, clock=lambda: datetime.now(UTC) + self.ahead)
        self.anew = anew
        self.cases: dict[str, MemoryCase | MemoryRound] = {}
        self.references = References(references, newest)
        of_rounds = RoundActivities(ports or Ports())
        self._activities = named(
            Retention(retention or MemoryRetention()), of_rounds, Ledger(self.records), self.references
        )

    def handle(self, key: str) -> MemoryCase | MemoryRound:
        return self.cases[key]

    # --- effects

    async def put_together_again(self) -> None:
        """Rebuild all open cases, as after a crash in which all that was in memory is lost."""
        for case in self.cases.values():
            if case.begun and not case.closed:
                await case.goes_on_anew()
        await self.settle()

    async def settle(self) -> None:
        """Process everything that follows from what has just happened to any case, until nothing is left."""
        while any([await self._step(case) for case in tuple(self.cases.values())]):
            pass

    async def _step(self, case: MemoryCase | MemoryRound) -> bool:
        """Carry out one effect of the case, or close it. Return whether there was anything to do."""
        if not case.begun:
            return False
        await case.keep()
        for effect in tuple(case.engine.case.effects):
            if await self.carry_out(effect):
                case.engine.tick(case.now)
                await case.keep()
                return True
        if case.engine.over and case.engine.all_messages_sent and not case.closed:
            case.closed = True
            await case.keep()
        return False

    async def carry_out(self, effect: Effect[Any, Any]) -> bool:
        """Carry out the effect. Return whether it is over; after a retryable failure it is retried at the next step."""
        try:
            if effect.kind is TELL:
                self.tell(effect.argument)
                effect.done(None)
            else:
                effect.done(await ActivityEnvironment().run(self._activities[effect.kind.name], effect.argument))
        except EffectRefused as refusal:
            effect.refused(refusal)
        except ApplicationError as failure:
            if not failure.non_retryable:
                return False
            effect.refused(EffectRefused(failure.type, failure.message))
        return True

    def tell(self, word: CaseMessage) -> None:
        other = self.cases.get(word.to)
        if not isinstance(other, MemoryCase) or other.closed:
            raise EffectRefused("lost", f"there is no open case {word.to}")
        other.engine.receive(word, other.now)

    async def reference(self, place: str, known: str | None) -> Any:
        return await ActivityEnvironment().run(self.references.reference, place, known)

    async def round_opening(self, place: str) -> Beginning:
        return await ActivityEnvironment().run(self.references.round_opening, place)

    # --- client methods for rounds

    async def _begun(
        self,
        key: str,
        opening: RoundStart,
        *,
        delay: timedelta | None = None,
        memo: dict[str, Any] | None = None,
        reuse: Any = None,
    ) -> bool:
        assert delay is None
        if key in self.cases:
            return False
        self.cases[key] = round = MemoryRound(self, key, opening, memo or {})
        await round.takes_up()
        await self.settle()
        return True

    async def _described(self, key: str) -> Any:
        return await self.cases[key].describe() if key in self.cases else None

    async def _answer(self, call: Callable[[], Awaitable[T]], key: str) -> T:
        if key not in self.cases:
            raise Refusal(Refused.CASE_UNKNOWN, case=key)
        return await call()

    # --- client methods for cases

    async def _open(self, taken: Complaint, former: Former | None = None) -> OpenReceipt:
        sent = datetime.now(UTC) + self.ahead
        key = interface.complaint_key(taken.source, taken.external_id)
        if key not in self.cases:
            self.cases[key] = await self._opened(taken, key, sent, former)
            await self.settle()
        file = self._case(key).file
        if file.complaint != as_received(taken, file.opened_at):
            differs = [name for name in Complaint.model_fields if getattr(file.complaint, name) != getattr(taken, name)]
            said = {"source": taken.source, "external_id": taken.external_id, "differs": ", ".join(differs)}
            raise Refusal(Refused.CONFLICT, **said)
        owed = tuple(file.open_duties)
        return OpenReceipt(key=key, number=file.number, proposal=file.proposal, duties=owed, lacks=file.lacks)

    async def _opened(self, complaint: Complaint, key: str, sent: datetime, former: Former | None) -> MemoryCase:
        problems = check(complaint, now=sent, sent=sent)
        complaint = as_received(complaint, sent)
        beginning = await ActivityEnvironment().run(self.references.opening, NamedIds.of(complaint))
        if problems := [*problems, *beginning.problems]:
            raise Refusal(Refused.INVALID, problems=" ".join(problem.text() for problem in problems))
        edition = editions.get(beginning.edition.name, beginning.edition.digest)
        assert beginning.reference is not None
        engine = new_case(complaint, key, sent, former, edition, beginning.reference, sent)
        registration = Additions.registering(engine.file)
        engine.numbered(await ActivityEnvironment().run(Ledger(self.records).write, registration), sent)
        engine.keys = beginning.keys
        engine.open(former, beginning.gates, (), sent)
        engine.start(sent)
        return MemoryCase(self, engine)

    def _case(self, key: str) -> MemoryCase:
        one = self.cases[key]
        assert isinstance(one, MemoryCase)
        return one

    async def _key(self, case: str) -> str:
        numbers = {one.file.number: key for key, one in self.cases.items() if isinstance(one, MemoryCase)}
        key = case if case in self.cases else numbers.get(case)
        if key is None:
            raise Refusal(Refused.CASE_UNKNOWN, case=case)
        return key

    async def _over(self, file: CaseFile) -> bool:
        return file.closed

    async def _there(self, key: str) -> CaseFile | None:
        return self._case(key).file if key in self.cases else None

    async def case(self, case: str) -> CaseFile:
        return await self.completed(await self.cases[await self._key(case)].query(interface.CASE))

    async def act(self, name: str, asked: ActRequest) -> ActReceipt:
        one = self.cases[await self._key(name)]
        await one.is_told_the_time()
        if one.closed:
            if (known := repeated(one.file, asked)) is not None:
                return known
            raise Refusal(Refused.CASE_CLOSED, case=one.file.name)
        try:
            return one.engine.act(asked, one.now)
        finally:
            await self.settle()  # some refused acts have consequences all the same

    async def act_later(self, name: str, asked: ActRequest) -> None:
        await self.cases[await self._key(name)].signal(interface.ACT_LATER, asked)

    async def recalculate(self, case: str, asked: Recalculation) -> tuple[DutyChange, ...]:
        one = self.cases[await self._key(case)]
        await one.is_told_the_time()
        one.engine.may_recalculate(asked, one.now)
        newer = await self.reference(one.file.place, one.engine.case.reference.version)
        if newer is not None:
            one.engine.go_on_with(newer, one.now)
            await one.keep()
        found = one.engine.recalculate(asked, one.now)
        await self.settle()
        return found


class MemoryDuly(Duly):
    """The client, over cases in this process."""

    def __init__(self, references: ExampleReferences, *given: Any, **more: Any) -> None:
        self.memory = MemoryTransport(references, *given, **more)
        super().__init__(self.memory)

    @property
    def cases(self) -> dict[str, MemoryCase | MemoryRound]:
        return self.memory.cases

    @property
    def records(self) -> MemoryRecords:
        return self.memory.records

    async def settle(self) -> None:
        await self.memory.settle()

    async def put_together_again(self) -> None:
        await self.memory.put_together_again()


def named(*owners: object) -> dict[str, Callable[[Any], Awaitable[Any]]]:
    """Return the activities of these objects by their names."""
    methods = [getattr(owner, name) for owner in owners for name in dir(owner)]
    found = [(definition, method) for method in methods if (definition := activity_of(method))]
    return {str(definition): method for definition, method in found}


def activity_of(method: Any) -> str | None:
    """Return the activity's name; None if the method is no activity."""
    definition = getattr(method, "__temporal_activity_definition", None)
    return None if definition is None else definition.name


TRIES = 10


class MemorySkipper(Skipper):
    """Lets the time of cases in this process pass."""

    def __init__(self) -> None:
        """Skip the set-up of `Skipper`: there is no server."""

    async def skip(self, handle: Any, length: timedelta, caught_up: CaughtUp) -> timedelta:
        assert isinstance(handle, MemoryWork)
        ahead = await handle.passes(length)
        for _ in range(TRIES):  # each check retries effects that failed for a time
            if await caught_up(handle.now):
                return ahead
        raise BehindItsClock(f"{handle.id} is behind {handle.now}")

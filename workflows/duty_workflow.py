"""Base class of the workflows of cases and rounds: it drives a runtime (`runtime.py`) with Temporal.

Acts enter by an update named by their kind, or by the signal `act_later`; the query `case` returns the whole file. The
runtime's clocks are native timers, its effects are activities and signals. Search attributes and details for operators
are updated in each workflow task that changes the file. The openings are in `complaint.py` and in `rounds/round.py`.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.reference import References
    from activities.settling import RecordsSettlement, Settling
    from complaints import editions
    from complaints.base.errors import Refusal, Refused
    from complaints.case.additions import Additions
    from complaints.case.effects import Effect, EffectRefused
    from complaints.case.event import Event
    from complaints.case.events.case import ActRefused, CancellationIgnored
    from complaints.case.file import ActKind, ActReceipt, ActRequest, File, FileT, JournalLine
    from complaints.case.recalculation import DutyChange, Recalculation
    from complaints.editions.model import Edition
    from complaints.editions.pin import EditionPin
    from complaints.people.reference import Reference
    from complaints.signing.key_ring import KeyRing
    from complaints.texts import say
    from workflows import interface, operator_view
    from workflows.change_hints import ChangeHint, WorkflowTask, publish, this_task  # shares the worker's listeners
    from workflows.interface import SignedAct

from workflows import effects
from workflows.case_clocks import Clock
from workflows.duty_engine import DutyEngine
from workflows.effects import refusal_of
from workflows.key_looks import KeyLooks
from workflows.refusals import Refusals, intervals
from workflows.runtime import Runtime
from workflows.signatures import stated_restart, unverified_act
from workflows.task_supervisor import Ends, TaskSupervisor, failing_the_task

T = TypeVar("T")

# So long a local activity may keep the workflow task waiting; after that a normal activity retries while clocks run.
FIRST_ATTEMPT = timedelta(seconds=3)
RETRY_UNTIL_DONE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
RETRY_UNLESS_REFUSED = replace(RETRY_UNTIL_DONE, non_retryable_error_types=[Refused.INVALID.value])
ATTEMPT_TIMEOUT = timedelta(seconds=30)

RESTARTS_ARE_SIGNED = "restarts-are-signed"

RECORDS = "journal"
REFERENCE = "directory and calendar"


class DutyWorkflow(Generic[FileT]):
    """Runs the duties of a case or a round until it is closed."""

    _edition: Edition
    """The edition of the rules. Not set before the opening, when no act is accepted yet."""

    def __init__(self, carried: File | None) -> None:
        if carried is not None:
            self._use_edition(carried.edition)
        self._supervisor = TaskSupervisor()
        self._refused: ApplicationError | None = None  # why the opening is refused, for handlers that wait for it
        self._unsigned: Counter[str] = Counter()  # statements by signal whose refusal is only counted, by code
        # A state that comes with a start and not from an earlier run is anybody's, until its signature is verified.
        self._unproven = carried is not None and _is_restart()
        self._key_looks = KeyLooks(self._take_newest_keys)
        self._refusals = Refusals(self._record_when_it_can, workflow.now, _sleep, workflow.logger)
        self._events_before_opening: list[Event] = []
        self._continue_requested = False
        self._published: FileT | None = None
        self._first_task = this_task()
        self._timers: dict[str, tuple[Clock, asyncio.Task[None]]] = {}
        self._under_way: dict[Effect[Any, Any], asyncio.Task[None]] = {}

    def _use_edition(self, pin: EditionPin) -> None:
        """Use this edition. A worker without it fails the workflow task, which is retried until a worker has it."""
        self._edition = editions.get(pin.name, pin.digest)

    # --- implemented by each subclass

    @property
    @abstractmethod
    def _engine(self) -> Runtime[FileT]:
        """The runtime that it drives. Raises `ApplicationError` while there is none yet."""

    @property
    @abstractmethod
    def _journal_begun(self) -> bool:
        """Whether the journal has begun."""

    @property
    @abstractmethod
    def _ready(self) -> bool:
        """Whether acts are accepted."""

    @abstractmethod
    def _operator_view(self, file: FileT) -> tuple[dict[Any, Any], str]:
        """Search attributes for lists, and Markdown details for operators."""

    _awaited = "CR-5.1.4"
    """The rule that has to come first, as named in the refusal of an act that comes too early."""

    @property
    def _case(self) -> DutyEngine[FileT]:
        return self._engine.case

    # --- messages

    def _act(self, kind: ActKind, signed: SignedAct) -> ActReceipt:
        """Carry out an act. Its validator is `_check`: a refusal is typed and leaves no trace in the history."""
        with _refusing(), failing_the_task(kind.value):
            request = self._stated(kind, signed)
            return self._engine.act(request, workflow.now(), signed)

    def _check(self, kind: ActKind, signed: SignedAct) -> None:
        with _refusing():
            if not self._ready:
                early = unverified_act(signed, workflow.info().workflow_id)
                raise Refusal(Refused.NOT_READY, duty=early.duty or "—", awaited=self._awaited)
            request = self._stated(kind, signed)
            self._engine.check(request, workflow.now(), signed)

    def _stated(self, kind: ActKind, signed: SignedAct) -> ActRequest:
        """Decode the act and verify its signature. The handler does it, too: a replay calls no validator."""
        request = self._engine.stated(signed, workflow.now())
        if request.kind is not kind:
            raise Refusal(Refused.INVALID, problems=f"kind: {request.kind.value} ≠ {kind.value}")
        return request

    @workflow.signal(name=interface.ACT_LATER)
    async def act_later(self, signed: SignedAct) -> None:
        """Carry out an act for a caller that cannot wait; a refusal is journaled."""
        if self._ready or await self._begun():
            with failing_the_task("act_later"):
                arrived = workflow.now()
                try:
                    request = await self._stated_later(signed, arrived)
                except Refusal as refusal:
                    if not self._unsigned:  # once a run: whoever can send signals can send many
                        workflow.logger.warning("an act that came by signal is not taken: %s", refusal)
                    if self._case.file.signed:
                        self._unsigned[refusal.code.value] += 1
                        return
                    said: dict[str, Any] = {"kind": interface.ACT_LATER, "refused": refusal.code.value}
                    self._case.record(ActRefused(at=workflow.now(), **said))
                else:
                    if again := self._engine.act_later(request, workflow.now(), signed, arrived):
                        self._unsigned[again.code.value] += 1

    async def _stated_later(self, signed: SignedAct, arrived: datetime) -> ActRequest:
        """Decode an act that came by signal. If its key is unknown, fetch the keys first: nobody can send it again.

        If it stays unknown some times in a run, no more: each time is in the history, and anybody may invent keys.
        """
        try:
            return self._engine.stated(signed, arrived)
        except Refusal as refusal:
            if refusal.code is not Refused.KEY_UNKNOWN:
                raise
        await self._key_looks.look_for_a_signal()
        return self._engine.stated(signed, arrived)

    @workflow.signal(name=interface.REFERENCE_CHANGED)
    async def reference_changed(self) -> None:
        """Fetch the new directory and calendar, for everything opened and escalated from now on."""
        if await self._begun():
            with failing_the_task("reference_changed"):
                if self._case.file.signed:
                    await self._key_looks.look()
                try:
                    await self._take_newest_reference()
                except ApplicationError as refusal:  # it keeps the present reference; the next version is fetched again
                    self._keep_reference(refusal)

    @workflow.update(name=interface.RECALCULATE)
    async def recalculate(self, asked: Recalculation | SignedAct) -> tuple[DutyChange, ...]:
        """Fetch the newest directory and calendar, and give the open duties their dates and owners."""
        if not await self._begun():
            assert self._refused is not None
            raise self._refused
        arrived = workflow.now()
        proof = asked if isinstance(asked, SignedAct) else None
        if (known := self._engine.recalculated(proof)) is not None:
            self._recalculation(asked, arrived)
            return known
        await self._take_newest_reference()
        request = self._recalculation(asked, arrived)  # again: the case may have changed meanwhile
        with failing_the_task("recalculate"):
            return self._engine.recalculate(request, workflow.now(), proof, arrived)

    @recalculate.validator
    def _may_recalculate(self, asked: Recalculation | SignedAct) -> None:
        self._recalculation(asked, workflow.now())

    def _recalculation(self, asked: Recalculation | SignedAct, arrived: datetime) -> Recalculation:
        """Check a request that arrived at `arrived`: fetching the directory makes no statement too old."""
        with _refusing():
            request = self._engine.stated_recalculation(asked, arrived)
            self._engine.may_recalculate(request, workflow.now(), asked if isinstance(asked, SignedAct) else None)
            return request

    @workflow.signal(name=interface.CONTINUE_AS_NEW)
    def continue_as_new_requested(self) -> None:
        """Continue as new, with a short history."""
        self._continue_requested = True

    @workflow.query(name=interface.SINCE)
    def since(self, after: int) -> Additions:
        """What a read model that has the journal up to line `after` lacks."""
        return self._case.since(after)

    async def _begun(self) -> bool:
        """Wait until acts are accepted, so that no early message is lost. False if the opening was refused."""
        await workflow.wait_condition(lambda: self._ready or self._refused is not None)
        return self._refused is None

    # --- lifecycle

    async def _run_ignoring_cancellation(self, life: Coroutine[Any, Any, T]) -> T:
        """Run to completion and ignore cancellation requests: each is only journaled. A case ends by acts.

        The SDK cancels what this coroutine awaits. So everything else runs in a task of its own, and this coroutine
        awaits nothing but the end of that task.
        """
        task = self._supervisor.start(life, "the workflow", expected=(Ends,))
        while not (task.done() or self._supervisor.failed):
            try:
                await workflow.wait_condition(lambda: task.done() or self._supervisor.failed)
            except asyncio.CancelledError:
                reason = workflow.cancellation_reason()
                self._record_when_it_can(CancellationIgnored(at=workflow.now(), reason=reason or ""))
        self._supervisor.check()
        try:
            return task.result()
        except Ends as ended:
            raise ended.refusal from None

    async def _run_until_closed(self) -> bool:
        """Drive the runtime until no duty is owed; False if it has to continue as new, or is refused, before that."""
        self._engine.start(workflow.now())
        self._supervisor.start(self._follow_changes(), "keeping up")
        if self._case.file.signed and self._engine.keys is None:  # restarted from its journal, which has no keys
            self._supervisor.start(self._key_looks.look(), "keys for signatures")
        await workflow.wait_condition(
            lambda: self._engine.over or self._refused is not None or self._should_continue_as_new()
        )
        return self._engine.over

    async def _verify_restart(
        self, signed: SignedAct | None, carried: interface.Carried | interface.RoundCarried | None
    ) -> None:
        """Verify that a restart is signed, if the installation has a key. Raises `Ends`: nothing of it is taken."""
        if not self._unproven:
            return
        assert carried is not None
        info = workflow.info()
        ring = await newest_keys(KeyRing())
        received, by = info.workflow_start_time, ""
        try:
            if ring is not None:
                by = stated_restart(signed, ring, info.workflow_id, interface.digest_of(carried), received)
        except Refusal as refusal:
            workflow.logger.warning("the restart is refused: %s", refusal)
            self._refused = refused(refusal)
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise Ends(self._refused) from None
        self._unproven = False
        if signed is not None:
            self._engine.restarted(signed, by, workflow.now(), received)

    def _record_when_it_can(self, event: Event) -> None:
        if not self._journal_begun:
            self._events_before_opening.append(event)  # recorded after the opening's own line
        else:
            self._case.record(event)

    async def _take_newest_reference(self) -> None:
        """Fetch directory and calendar, and use them if they are newer.

        Raises `ApplicationError` of type `invalid` if the directory no longer has the project.
        """
        case = self._case
        try:
            newer: Reference | None = await workflow.execute_activity_method(
                References.reference,
                args=[case.file.place, case.reference.version],
                start_to_close_timeout=ATTEMPT_TIMEOUT,
                retry_policy=RETRY_UNLESS_REFUSED,
                summary="directory and calendar",
            )
        except ActivityError as failure:
            if isinstance(failure.cause, ApplicationError):
                raise failure.cause from failure
            raise
        self._refusals.over(REFERENCE)
        if newer is not None:
            self._engine.go_on_with(newer, workflow.now())

    async def _take_newest_keys(self) -> bool:
        """Fetch the key ring, and use it if it is newer; return whether another one is in use then."""
        before = self._engine.keys
        newer = await newest_keys(before or KeyRing())
        if newer is not None:
            self._engine.take_keys(newer, workflow.now())
        return self._engine.keys is not before

    def _journal_refused_statements(self) -> None:
        self._engine.refused_statements(self._unsigned, workflow.now())
        self._unsigned.clear()

    def _keep_reference(self, refusal: ApplicationError) -> None:
        """Keep the present reference and journal why: the newer one lacks the project, or the store refuses it."""
        if refusal.type == Refused.INVALID:
            self._engine.keep_reference(refusal.type, workflow.now())
        else:
            self._refusals.note(REFERENCE, EffectRefused(refusal.type, refusal.message), known=self._case.lines)

    # --- timers, effects, operator view

    async def _follow_changes(self) -> None:
        """After each change of the case: adjust its timers and effects, and publish it."""
        case = self._case
        while True:
            await workflow.wait_condition(lambda: case.moved)
            case.moved = False
            self._match_timers()
            self._match_effects()
            if case.file is not self._published:
                self._publish()

    def _match_timers(self) -> None:
        """Run one native timer for each clock, with its summary for operators."""
        wanted = {clock.name: clock for clock in self._case.clocks()}
        for name, (clock, timer) in tuple(self._timers.items()):
            if (now := wanted.get(name)) is None or (now.at, now.summary) != (clock.at, clock.summary):
                timer.cancel()
                del self._timers[name]
        for name, clock in wanted.items():
            if name not in self._timers:
                self._timers[name] = (clock, self._supervisor.start(self._timer(clock), name))

    async def _timer(self, clock: Clock) -> None:
        assert clock.at is not None
        await workflow.sleep(clock.at - workflow.now(), summary=clock.summary)
        del self._timers[clock.name]
        self._engine.tick(workflow.now())

    def _match_effects(self) -> None:
        """Start the effects that the case waits for, and cancel those that it no longer waits for."""
        wanted = self._case.effects
        for effect, task in tuple(self._under_way.items()):
            if effect not in wanted:
                task.cancel()
                del self._under_way[effect]
        for effect in wanted:
            if effect not in self._under_way:
                self._under_way[effect] = self._supervisor.start(self._carry_out(effect), effect.kind.name)

    async def _carry_out(self, effect: Effect[Any, Any]) -> None:
        await effects.carry_out(effect)
        if self._under_way.pop(effect, None) is not None:  # the case still waits for it
            self._engine.tick(workflow.now())

    def _publish(self) -> None:
        """Update search attributes and details for operators, and send a change hint to the projector."""
        case = self._case
        self._published = case.file
        attributes, markdown = self._operator_view(case.file)
        # Each upsert writes the whole row of the workflow list, and a history event.
        if changed := operator_view.changes(workflow.info().typed_search_attributes, attributes):
            workflow.upsert_search_attributes(changed)  # pyright: ignore[reportUnknownMemberType]  # the SDK's own type
        workflow.set_current_details(markdown + operator_view.size(self._engine.size_if_large()))
        publish(ChangeHint(case.for_records, tuple(case.lines), self._task()))

    def _task(self) -> WorkflowTask:
        """The workflow task that is under way."""
        task = this_task()
        # Local activities advance the clock within the first task, so its time at the start is used.
        return self._first_task if task.event == self._first_task.event else task

    # --- end of a run, end of the workflow

    def _should_continue_as_new(self) -> bool:
        enough = self._engine.run_is_full
        return self._continue_requested or enough or workflow.info().is_continue_as_new_suggested()

    async def _finish_run(self) -> tuple[JournalLine, ...]:
        """End this run: wait until the read model has its lines and no handler is under way.

        Returns the lines to carry into the next run: those that came meanwhile, or all of them if the read model
        refuses them.
        """
        settled = await self._settle()
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._journal_refused_statements()
        case = self._case
        carried = tuple(line for line in case.lines if line.seq > settled)
        workflow.logger.info("goes on in a new run from line %d, with %d lines", case.file.journal_seq, len(carried))
        return carried

    async def _settle(self) -> int:
        """Wait until the read model has every line there is now; returns the last seq, or 0 if it refuses them."""
        case = self._case
        sequence = case.file.journal_seq
        try:
            await workflow.execute_activity_method(
                Settling.settle,
                RecordsSettlement(key=case.file.key, sequence=sequence),
                start_to_close_timeout=ATTEMPT_TIMEOUT,
                retry_policy=RETRY_UNTIL_DONE,
                summary=f"records up to line {sequence}",
            )
        except ActivityError as failure:
            self._refusals.note(RECORDS, refusal_of(failure), known=case.lines)
            return 0
        self._refusals.over(RECORDS)
        return sequence

    async def _close(self) -> None:
        """Wait until the read model has every line, no handler is under way, and all messages are sent."""
        engine = self._engine
        self._journal_refused_statements()
        settled, pauses = 0, intervals()
        while settled < engine.file.journal_seq:  # again if a line came meanwhile, e.g. of a refused signal
            settled = await self._settle()
            await workflow.wait_condition(lambda: workflow.all_handlers_finished() and engine.all_messages_sent)
            if settled == 0:  # it stays open, with all its lines, until an operator has repaired the read model
                await self._pause(next(pauses))

    async def _pause(self, span: timedelta) -> None:
        """Wait before a refused request is retried; operators cut the wait short by the signal `afresh`."""
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._continue_requested, timeout=span, timeout_summary="refused: again later"
            )
        self._continue_requested = False


def _is_restart() -> bool:
    """Whether somebody started this run, and not an earlier run; False for runs from before this was asked."""
    return workflow.info().continued_run_id is None and workflow.patched(RESTARTS_ARE_SIGNED)


async def verified_with(keys: KeyRing, stated: Callable[[KeyRing], T]) -> tuple[KeyRing, T]:
    """Return what `stated` has verified, and the key ring with which it has.

    A worker may know a key some seconds later than its signer: then the newest ring is fetched. Raises `Refusal`.
    """
    try:
        return keys, stated(keys)
    except Refusal as refusal:
        newer = await newest_keys(keys) if refusal.code is Refused.KEY_UNKNOWN else None
        if newer is None or not newer.continues(keys):
            raise
        return newer, stated(newer)


async def newest_keys(present: KeyRing) -> KeyRing | None:
    """Fetch the key ring; None if `present` is the newest."""
    return await workflow.execute_activity_method(
        References.key_ring,
        present.version,
        start_to_close_timeout=ATTEMPT_TIMEOUT,
        retry_policy=RETRY_UNTIL_DONE,
        summary="keys for signatures",
    )


def _update(kind: ActKind) -> Any:
    """The update handler for acts of one kind; its name is the kind, which operators read in the history."""

    # `self` stays unannotated: the SDK reads argument types, and would take an annotated `self` for the first argument.
    def act(self, signed: SignedAct) -> ActReceipt:  # pyright: ignore[reportUnknownParameterType, reportMissingParameterType]
        return cast(DutyWorkflow[Any], self)._act(kind, signed)  # pyright: ignore[reportPrivateUsage]

    def check(self, signed: SignedAct) -> None:  # pyright: ignore[reportUnknownParameterType, reportMissingParameterType]
        cast(DutyWorkflow[Any], self)._check(kind, signed)  # pyright: ignore[reportPrivateUsage]

    act.__name__ = act.__qualname__ = f"act_{kind.name.lower()}"
    named: Any = workflow.update(name=kind.value)
    update = named(act)
    update.validator(check)
    return update


for _kind in ActKind:
    setattr(DutyWorkflow, f"act_{_kind.name.lower()}", _update(_kind))


async def _sleep(span: timedelta, summary: str) -> None:
    await workflow.sleep(span, summary=summary)


@contextmanager
def _refusing() -> Generator[None]:
    """Raise a `Refusal` from inside as an `ApplicationError`."""
    try:
        yield
    except Refusal as refusal:
        if refusal.code is Refused.CASE_FULL:
            workflow.logger.warning("it is as large as it may become: %s KB", refusal.params["size"])
        raise refused(refusal) from None


def refused(refusal: Refusal) -> ApplicationError:
    """A refusal as an `ApplicationError`: its code as type, its sentence as message, its parameters as details."""
    sentence = say(f"refused.{refusal.code}", **refusal.params)
    return ApplicationError(sentence, refusal.params, type=refusal.code.value, non_retryable=True)

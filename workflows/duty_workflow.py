"""What the workflows of a case and of a round have in common: they drive an engine (`engine.py`) by Temporal.

Acts enter by an update named by their kind, or by the signal `act_later`; the query `case` tells all. The engine's
clocks are native timers, what it has others do are activities and signals, what lists and operators see follows each
task. How each begins is in `complaint.py` and in `rounds/round.py`.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Coroutine, Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
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
    from complaints.case.recalculation import DutyChange
    from complaints.editions.model import Edition
    from complaints.editions.pin import EditionPin
    from complaints.people.reference import Reference
    from complaints.texts import say
    from workflows import interface, operator_view
    from workflows.change_hints import ChangeHint, WorkflowTask, publish, this_task  # whose listeners are the worker's
    from workflows.interface import Recalculation, SignedAct

from workflows import effects
from workflows.duty_engine import Clock, DutyEngine
from workflows.effects import refusal_of
from workflows.refusals import Refusals, intervals
from workflows.runtime import Runtime
from workflows.task_supervisor import Ends, TaskSupervisor, failing_the_task

T = TypeVar("T")

# Worth waiting for a moment inside the task; beyond that a durable activity goes on trying while the clocks run.
FIRST_ATTEMPT = timedelta(seconds=3)
RETRY_UNTIL_DONE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
RETRY_UNLESS_REFUSED = replace(RETRY_UNTIL_DONE, non_retryable_error_types=[Refused.INVALID.value])
ATTEMPT_TIMEOUT = timedelta(seconds=30)

RECORDS = "journal"
REFERENCE = "directory and calendar"


class DutyWorkflow(Generic[FileT]):
    """A workflow that holds people to duties until it is over."""

    _edition: Edition
    """The rules it goes by. There are none before the beginning, when nobody can do anything yet."""

    def __init__(self, carried: File | None) -> None:
        if carried is not None:
            self._use_edition(carried.edition)
        self._supervisor = TaskSupervisor()
        self._refused: ApplicationError | None = None  # why nothing begins, for whoever waits for the beginning
        self._refusals = Refusals(self._record_when_it_can, workflow.now, _sleep, workflow.logger)
        self._events_before_opening: list[Event] = []
        self._continue_requested = False
        self._published: FileT | None = None
        self._first_task = this_task()
        self._timers: dict[str, tuple[Clock, asyncio.Task[None]]] = {}
        self._under_way: dict[Effect[Any, Any], asyncio.Task[None]] = {}

    def _use_edition(self, pin: EditionPin) -> None:
        """Keep to this edition. A worker without it fails the task, which waits for one that has it."""
        self._edition = editions.get(pin.name, pin.digest)

    # --- what each says for itself

    @property
    @abstractmethod
    def _engine(self) -> Runtime[FileT]:
        """What it drives. Raises `ApplicationError` while there is none yet."""

    @property
    @abstractmethod
    def _journal_begun(self) -> bool:
        """Whether the journal has begun."""

    @property
    @abstractmethod
    def _ready(self) -> bool:
        """Whether acts may come."""

    @abstractmethod
    def _operator_view(self, file: FileT) -> tuple[dict[Any, Any], str]:
        """Search attributes and Markdown, for lists and operators."""

    _awaited = "CR-5.1.4"
    """The rule that is waited for before acts may come."""

    @property
    def _case(self) -> DutyEngine[FileT]:
        return self._engine.case

    # --- messages

    def _act(self, kind: ActKind, signed: SignedAct) -> ActReceipt:
        """A person's act. Refused at once, typed and without a trace in the history, if it may not be done."""
        with _refusing(), failing_the_task(kind.value):
            request = self._stated(kind, signed)
            return self._engine.act(request, workflow.now())

    def _check(self, kind: ActKind, signed: SignedAct) -> None:
        with _refusing():
            request = self._stated(kind, signed)
            if not self._ready:
                raise Refusal(Refused.NOT_READY, duty=request.duty or "—", awaited=self._awaited)
            self._engine.check(request, workflow.now())

    def _stated(self, kind: ActKind, signed: SignedAct) -> ActRequest:
        request = signed.statement(workflow.info().workflow_id).act
        if request.kind is not kind:
            raise Refusal(Refused.INVALID, problems=f"kind: {request.kind.value} ≠ {kind.value}")
        return request

    @workflow.signal(name=interface.ACT_LATER)
    async def act_later(self, signed: SignedAct) -> None:
        """The same act for callers that cannot wait; a refusal is kept in the journal."""
        if self._ready or await self._begun():
            with failing_the_task("act_later"):
                try:
                    request = signed.statement(workflow.info().workflow_id).act
                except Refusal as refusal:
                    workflow.logger.warning("an act that came by signal cannot be read: %s", refusal)
                    said: dict[str, Any] = {"kind": interface.ACT_LATER, "refused": refusal.code.value}
                    self._case.record(ActRefused(at=workflow.now(), **said))
                else:
                    self._engine.act_later(request, workflow.now())

    @workflow.signal(name=interface.REFERENCE_CHANGED)
    async def reference_changed(self) -> None:
        """Directory or calendar have a new version: take it for what is opened and escalated from now on."""
        if await self._begun():
            with failing_the_task("reference_changed"):
                try:
                    await self._take_newest_reference()
                except ApplicationError as refusal:  # it goes on with what it has; the next version is asked for again
                    self._keep_reference(refusal)

    @workflow.update(name=interface.RECALCULATE)
    async def recalculate(self, asked: Recalculation) -> tuple[DutyChange, ...]:
        """Take the newest directory and calendar, and give the open duties their dates and owners by them."""
        if not await self._begun():
            assert self._refused is not None
            raise self._refused
        await self._take_newest_reference()
        self._may_recalculate(asked)  # much may have happened meanwhile
        with failing_the_task("recalculate"):
            return self._engine.recalculate(asked, workflow.now())

    @recalculate.validator
    def _may_recalculate(self, asked: Recalculation) -> None:
        with _refusing():
            self._engine.may_recalculate(asked, workflow.now())

    @workflow.signal(name=interface.CONTINUE_AS_NEW)
    def continue_as_new_requested(self) -> None:
        """Go on in a new run with a short history."""
        self._continue_requested = True

    @workflow.query(name=interface.SINCE)
    def since(self, after: int) -> Additions:
        """What the file has added since journal line `after`."""
        return self._case.since(after)

    async def _begun(self) -> bool:
        """Wait until acts may come: a message is never too early, it keeps. False if the opening was refused."""
        await workflow.wait_condition(lambda: self._ready or self._refused is not None)
        return self._refused is None

    # --- living

    async def _run_ignoring_cancellation(self, life: Coroutine[Any, Any, T]) -> T:
        """Live to the end. It ends by acts: who asks the server to cancel it is noted, and it goes on.

        The SDK cancels what this coroutine awaits, so it awaits nothing but a task that has everything else in it.
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
        """Drive the engine until nobody owes anything any more; False if it goes on in a new run, or ends, before."""
        self._engine.start(workflow.now())
        self._supervisor.start(self._follow_changes(), "keeping up")
        await workflow.wait_condition(
            lambda: self._engine.over or self._refused is not None or self._should_continue_as_new()
        )
        return self._engine.over

    def _record_when_it_can(self, event: Event) -> None:
        if not self._journal_begun:
            self._events_before_opening.append(event)  # which is that of the opening
        else:
            self._case.record(event)

    async def _take_newest_reference(self) -> None:
        """Directory and calendar, if there are newer ones.

        Raises `ApplicationError` of type `invalid` if the directory does not have the project any more.
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

    def _keep_reference(self, refusal: ApplicationError) -> None:
        """There is a newer reference that this case cannot have: the journal says so."""
        if refusal.type == Refused.INVALID:
            self._engine.keep_reference(refusal.type, workflow.now())
        else:
            self._refusals.note(REFERENCE, EffectRefused(refusal.type, refusal.message), known=self._case.lines)

    # --- clocks, effects, lists

    async def _follow_changes(self) -> None:
        """After whatever has moved the case: its timers, what others have to do for it, what of it is shown."""
        case = self._case
        while True:
            await workflow.wait_condition(lambda: case.moved)
            case.moved = False
            self._match_timers()
            self._match_effects()
            if case.file is not self._published:
                self._publish()

    def _match_timers(self) -> None:
        """One native timer for each running clock, named for operators."""
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
        """What others have to do for the case is under way, and nothing else."""
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
        if self._under_way.pop(effect, None) is not None:  # and nobody has ceased to wait for it meanwhile
            self._engine.tick(workflow.now())

    def _publish(self) -> None:
        """What lists and operators see, and a word to whoever keeps the records."""
        case = self._case
        self._published = case.file
        attributes, markdown = self._operator_view(case.file)
        # Each upsert writes the whole row of the workflow list and an event of the history.
        if changed := operator_view.changes(workflow.info().typed_search_attributes, attributes):
            workflow.upsert_search_attributes(changed)  # pyright: ignore[reportUnknownMemberType]  # the SDK's own type
        workflow.set_current_details(markdown + operator_view.size(self._engine.size_if_large()))
        publish(ChangeHint(case.for_records, tuple(case.lines), self._task()))

    def _task(self) -> WorkflowTask:
        """The task that is under way."""
        task = this_task()
        # The local activities of the first task set the clock forward within it.
        return self._first_task if task.event == self._first_task.event else task

    # --- the end of a run, and of it all

    def _should_continue_as_new(self) -> bool:
        enough = self._engine.run_is_full
        return self._continue_requested or enough or workflow.info().is_continue_as_new_suggested()

    async def _finish_run(self) -> tuple[JournalLine, ...]:
        """The last of this run: the records have settled, and nobody is in the middle of anything.

        The lines that came meanwhile, and go along into the next run: all of them, if the records refuse them.
        """
        settled = await self._settle()
        await workflow.wait_condition(workflow.all_handlers_finished)
        case = self._case
        carried = tuple(line for line in case.lines if line.seq > settled)
        workflow.logger.info("goes on in a new run from line %d, with %d lines", case.file.journal_seq, len(carried))
        return carried

    async def _settle(self) -> int:
        """Wait until the records have every line there is now; returns the last of them, or 0 if they refuse them."""
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
        """Return when the records have everything, and everybody outside has heard what there was to say."""
        engine = self._engine
        settled, pauses = 0, intervals()
        while settled < engine.file.journal_seq:  # again, if something was noted meanwhile: a signal refused, say
            settled = await self._settle()
            await workflow.wait_condition(lambda: workflow.all_handlers_finished() and engine.all_messages_sent)
            if settled == 0:  # it stays as it is, with all its lines, until somebody has put the records right
                await self._pause(next(pauses))

    async def _pause(self, span: timedelta) -> None:
        """Wait before something that was refused is asked for again; operators shorten it by the signal `afresh`."""
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._continue_requested, timeout=span, timeout_summary="refused: again later"
            )
        self._continue_requested = False


def _update(kind: ActKind) -> Any:
    """The update by which acts of one kind enter: operators read the kind as its name."""

    # The SDK reads the types of the arguments, and takes a `self` that has one for the first of them.
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
    """What is refused inside travels as an `ApplicationError`."""
    try:
        yield
    except Refusal as refusal:
        if refusal.code is Refused.CASE_FULL:
            workflow.logger.warning("it is as large as it may become: %s KB", refusal.params["size"])
        raise refused(refusal) from None


def refused(refusal: Refusal) -> ApplicationError:
    """A refusal as it travels: its code as type, its sentence, and what it is made of."""
    sentence = say(f"refused.{refusal.code}", **refusal.params)
    return ApplicationError(sentence, refusal.params, type=refusal.code.value, non_retryable=True)

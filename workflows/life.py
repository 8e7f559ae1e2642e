"""What a case and a round have in common as workflows: how acts enter, what is published, how they end.

Acts enter by the update `act` or the signal `act_later`; the query `case` tells all. What differs (how it begins,
which chapters it goes through) is in `complaint.py` and in `rounds/round.py`.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.reference import References
    from activities.settling import Settlement, Settling
    from complaints import duties, editions
    from complaints.acts import Allowed, Desk
    from complaints.case.additions import Additions
    from complaints.case.event import Event
    from complaints.case.events.case import ActRefused, CancellationIgnored
    from complaints.case.events.duties import OwnerLeft
    from complaints.case.events.machine import ReferenceChanged, ReferenceKept
    from complaints.editions import Edition
    from complaints.errors import Refusal, Refused
    from complaints.model import Act, ActReceipt, ActRequest, EditionPin, File, FileT, JournalLine
    from complaints.recalculation import Change
    from complaints.texts import say
    from workflows import details, interface
    from workflows.follow import News, tell
    from workflows.interface import Recalculation

from workflows.casework import Casework
from workflows.recalculating import recalculate
from workflows.refusals import Refusals, cause_of, intervals
from workflows.supervising import Ends, Supervisor, failing_the_task

T = TypeVar("T")

# Worth waiting for a moment inside the task; beyond that a durable activity goes on trying while the clocks run.
AT_ONCE = timedelta(seconds=3)
UNTIL_IT_WORKS = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
UNLESS_REFUSED = replace(UNTIL_IT_WORKS, non_retryable_error_types=[Refused.INVALID.value])
A_TRY = timedelta(seconds=30)

RECORDS = "journal"
REFERENCE = "directory and calendar"


class Life(Generic[FileT]):
    """A workflow that holds people to duties until it is over."""

    _edition: Edition
    """The rules it goes by. There are none before the beginning, when nobody can do anything yet."""

    def __init__(self, carried: File | None) -> None:
        if carried is not None:
            self._goes_by(carried.edition)
        self._supervisor = Supervisor()
        self._refused: ApplicationError | None = None  # why nothing begins, for whoever waits for the beginning
        self._refusals = Refusals(self._record_when_it_can)
        self._afresh = False
        self._published: FileT | None = None
        self._before_the_first_line: list[Event] = []
        self._attributes: dict[Any, Any] = {}
        self._changed: datetime | None = None

    def _goes_by(self, pin: EditionPin) -> None:
        """Keep to this edition. A worker without it fails the task, which waits for one that has it."""
        self._edition = editions.get(pin.name, pin.digest)

    # --- what each says for itself

    @property
    @abstractmethod
    def _at_work(self) -> Casework[FileT]:
        """The file while it changes. Raises `ApplicationError` while there is none yet."""

    @property
    @abstractmethod
    def _ready(self) -> bool:
        """Whether acts may come."""

    @abstractmethod
    def _carry_out(self, act: Act, allowed: Allowed) -> None:
        """Let the act take effect."""

    @abstractmethod
    def _shown(self, file: FileT) -> tuple[dict[Any, Any], str]:
        """Search attributes and Markdown, for lists and operators."""

    _awaited = "CR-5.1.4"
    """The rule that is waited for before acts may come."""

    # --- messages

    @workflow.update(name=interface.ACT)
    async def act(self, request: ActRequest) -> ActReceipt:
        """A person's act. Refused at once, typed and without a trace in the history, if it may not be done."""
        before = self._at_work.file
        allowed = self._allow(request)
        with failing_the_task(request.kind.value):
            act = self._do(request, allowed)
        await self._at_work.rests()  # the chapters have done what follows from the act
        if allowed.refusal is not None:
            raise refused(allowed.refusal)
        file = self._at_work.file
        opened = tuple(duty for duty in file.duties if duty not in before.duties)
        events = self._at_work.lines_since(request.seen)
        return ActReceipt(seq=act.seq, recorded_at=act.recorded_at, opened=opened, events=events)

    @act.validator
    def _may(self, request: ActRequest) -> None:
        self._allow(request)

    @workflow.signal(name=interface.ACT_LATER)
    async def act_later(self, request: ActRequest) -> None:
        """The same act for callers that cannot wait; a refusal is kept in the journal."""
        if not self._ready and not await self._begun():
            return
        with failing_the_task(request.kind.value):
            try:
                allowed = self._allow(request)
            except ApplicationError as refusal:
                said: dict[str, Any] = {"kind": request.kind.value, "refused": refusal.type}
                self._at_work.record(ActRefused(at=workflow.now(), by=request.by, duty=request.duty, **said))
            else:
                self._do(request, allowed)

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
    async def recalculate(self, asked: Recalculation) -> tuple[Change, ...]:
        """Take the newest directory and calendar, and give the open duties their dates and owners by them."""
        if not await self._begun():
            assert self._refused is not None
            raise self._refused
        await self._take_newest_reference()
        with failing_the_task("recalculate"):
            return recalculate(self._at_work, asked)

    @recalculate.validator
    def _may_recalculate(self, asked: Recalculation) -> None:
        case = self._at_work
        try:
            Desk(case.file, self._edition, case.reference, workflow.now()).keeps_order(asked.by)
        except Refusal as refusal:
            raise refused(refusal) from None

    @workflow.signal(name=interface.AFRESH)
    def afresh(self) -> None:
        """Go on in a new run with a short history."""
        self._afresh = True

    @workflow.query(name=interface.SINCE)
    def since(self, after: int) -> Additions:
        """What the file has added since journal line `after`."""
        return self._at_work.since(after)

    async def _begun(self) -> bool:
        """Wait until acts may come: a message is never too early, it keeps. False if the opening was refused."""
        await workflow.wait_condition(lambda: self._ready or self._refused is not None)
        return self._refused is None

    # --- acts

    def _allow(self, request: ActRequest) -> Allowed:
        try:
            if not self._ready:
                raise Refusal(Refused.NOT_READY, duty=request.duty or "—", awaited=self._awaited)
            case = self._at_work
            return Desk(case.file, self._edition, case.reference, workflow.now()).allow(request)
        except Refusal as refusal:
            raise refused(refusal) from None

    def _do(self, request: ActRequest, allowed: Allowed) -> Act:
        act = Act(
            seq=len(self._at_work.file.acts) + 1,
            kind=request.kind,
            by=request.by,
            at=allowed.at,
            recorded_at=workflow.now(),
            duty=allowed.duty.id if allowed.duty else None,
            rule=allowed.rule,
            form=allowed.form,
            reason=request.reason,
            revision=request.revision,
            to=request.to,
        )
        self._carry_out(act, allowed)
        return act

    # --- living

    async def _whatever_the_server_is_asked(self, life: Coroutine[Any, Any, T]) -> T:
        """Live to the end. It ends by acts: who asks the server to cancel it is noted, and it goes on.

        The SDK cancels what this coroutine awaits, so it awaits nothing but a task that has everything else in it.
        """
        task = self._supervisor.start(life, "the workflow", expected=(Ends,))
        while not (task.done() or self._supervisor.failed):
            try:
                await workflow.wait_condition(lambda: task.done() or self._supervisor.failed)
            except asyncio.CancelledError:
                self._note_cancellation()
        self._supervisor.check()
        try:
            return task.result()
        except Ends as ended:
            raise ended.refusal from None

    def _note_cancellation(self) -> None:
        """Somebody has asked the server to cancel it: that is remembered, and nothing else happens."""
        reason = workflow.cancellation_reason()
        self._record_when_it_can(CancellationIgnored(at=workflow.now(), reason=reason or ""))

    def _record_when_it_can(self, event: Event) -> None:
        if not self._has_a_line:
            self._before_the_first_line.append(event)  # which is that of the opening
        else:
            self._at_work.record(event)

    @property
    @abstractmethod
    def _has_a_line(self) -> bool:
        """Whether the journal has begun."""

    async def _take_newest_reference(self) -> None:
        """Directory and calendar, if there are newer ones.

        Raises `ApplicationError` of type `invalid` if the directory does not have the project any more.
        """
        case = self._at_work
        try:
            newer = await workflow.execute_activity_method(
                References.reference,
                args=[case.file.place, case.reference.version],
                start_to_close_timeout=A_TRY,
                retry_policy=UNLESS_REFUSED,
                summary="directory and calendar",
            )
        except ActivityError as failure:
            raise cause_of(failure) from failure
        self._refusals.over(REFERENCE)
        if newer is None or newer.version == case.reference.version:  # somebody else asked too, and it is here
            return
        left = duties.left_owners(case.file, case.reference.directory, newer.directory)
        case.reference = newer
        now = workflow.now()
        case.record(ReferenceChanged(at=now, version=newer.version))
        for duty in left:
            said: dict[str, Any] = {"owner": duty.owner, "superiors": duty.superiors}
            case.record(OwnerLeft(at=now, duty=duty.id, rule=duty.rule, **said))

    def _keep_reference(self, refusal: ApplicationError) -> None:
        """There is a newer reference that this case cannot have: the journal says so."""
        case = self._at_work
        if refusal.type != Refused.INVALID:
            self._refusals.note(REFERENCE, refusal, known=case.lines)
            return
        # The directory lacks the project: who is known stays known, and the case goes on with them.
        kept = ReferenceKept(at=workflow.now(), version=case.reference.version, why=str(refusal.type))
        case.record(kept)

    async def _publish(self) -> None:
        """After each task: what lists and operators see, and a word to whoever keeps the records."""
        case = self._at_work
        while True:
            await workflow.wait_condition(lambda: case.file is not self._published)
            await case.rests()  # one upsert a task, not one a line
            self._published = case.file
            self._show()
            now = workflow.now()
            if self._changed == now:  # by this task, which the server takes with what is told, or not at all
                tell(News(case.file, tuple(case.lines), workflow.info().run_id, now))

    def _show(self) -> None:
        attributes, markdown = self._shown(self._at_work.file)
        if changed := details.changes(self._attributes, attributes):
            self._attributes, self._changed = attributes, workflow.now()
            changed.append(interface.CHANGED_KEY.value_set(self._changed))
            workflow.upsert_search_attributes(changed)  # pyright: ignore[reportUnknownMemberType]  # the SDK's own type
        workflow.set_current_details(markdown)

    def _should_go_on_afresh(self) -> bool:
        return self._afresh or workflow.info().is_continue_as_new_suggested()

    async def _left_behind(self) -> tuple[JournalLine, ...]:
        """The last of this run: the records have settled, and nobody is in the middle of anything.

        The lines that came meanwhile, and go along into the next run: all of them, if the records refuse them.
        """
        case = self._at_work
        settled = await self._settle()
        await workflow.wait_condition(workflow.all_handlers_finished)
        carried = tuple(line for line in case.lines if line.seq > settled)
        workflow.logger.info("goes on in a new run from line %d, with %d lines", case.file.journal_seq, len(carried))
        return carried

    async def _settle(self) -> int:
        """Wait until the records have every line there is now; returns the last of them, or 0 if they refuse them."""
        case = self._at_work
        sequence = case.file.journal_seq
        try:
            await workflow.execute_activity_method(
                Settling.settle,
                Settlement(key=case.file.key, sequence=sequence),
                start_to_close_timeout=A_TRY,
                retry_policy=UNTIL_IT_WORKS,
                summary=f"records up to line {sequence}",
            )
        except ActivityError as failure:
            self._refusals.note(RECORDS, failure, known=case.lines)
            return 0
        self._refusals.over(RECORDS)
        return sequence

    async def _closed(self, closing: Event) -> None:
        """The last event is recorded, and the records have everything."""
        case = self._at_work
        case.record(closing)
        self._show()
        settled, pauses = 0, intervals()
        while settled < case.file.journal_seq:  # again, if something was noted meanwhile: a signal refused, say
            settled = await self._settle()
            await workflow.wait_condition(workflow.all_handlers_finished)
            if settled == 0:  # it stays as it is, with all its lines, until somebody has put the records right
                await self._pause(next(pauses))

    async def _pause(self, span: timedelta) -> None:
        """Wait before something that was refused is asked for again; operators shorten it by the signal `afresh`."""
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._afresh, timeout=span, timeout_summary="refused: again later")
        self._afresh = False


def refused(refusal: Refusal) -> ApplicationError:
    """A refusal as it travels: its code as type, its sentence, and what it is made of."""
    sentence = say(f"refused.{refusal.code}", **refusal.params)
    return ApplicationError(sentence, refusal.params, type=refusal.code.value, non_retryable=True)

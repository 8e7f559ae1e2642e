"""A complaint, from intake to archive: record and number, grade, go through the tracks, close."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from activities.ledger import Ledger
    from activities.reference import References
    from activities.settling import Settlement, Settling
    from complaints import editions
    from complaints.acts import Allowed, Desk
    from complaints.acts.reopening import may_reopen
    from complaints.directory.reference import Reference
    from complaints.duties import LineDraft
    from complaints.errors import Refusal, Refused
    from complaints.grading import proposed
    from complaints.joining import Word
    from complaints.model import (
        Act,
        ActReceipt,
        ActRequest,
        Batch,
        CaseFile,
        Link,
        LinkKind,
        OpenReceipt,
        Written,
    )
    from complaints.recalculation import Change
    from complaints.texts import say
    from workflows import details, interface
    from workflows.follow import look_soon
    from workflows.interface import Carried, Closing, Opening, Recalculation

from workflows.casework import Casework
from workflows.course import Course
from workflows.operations import carry_out
from workflows.recalculating import recalculate

# Worth waiting for a moment inside the task; beyond that a durable activity goes on trying while the clocks run.
_AT_ONCE = timedelta(seconds=3)
_UNTIL_IT_WORKS = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
_A_TRY = timedelta(seconds=30)


@workflow.defn(name=interface.COMPLAINT)
class ComplaintWorkflow:
    """One complaint. Acts enter by the update `act` or the signal `act_later`; the query `case` tells all."""

    @workflow.init
    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        # A worker without this edition fails the task, and the case waits for one that has it: nothing is lost.
        self._edition = editions.get(opening.edition.name, opening.edition.digest)
        self._course: Course | None = None
        self._refused: ApplicationError | None = None
        self._afresh = False
        self._numbering: asyncio.Task[None] | None = None
        self._published: CaseFile | None = None
        self._before_the_first_line: list[LineDraft] = []
        self._attributes: dict[Any, Any] = {}
        if opening.carried is not None:
            carried = opening.carried
            case = Casework(carried.file, self._edition, carried.reference, carried.entries)
            self._course = Course(case, carried.watched_for, carried.letters)

    @workflow.run
    async def run(self, opening: Opening) -> Closing:
        """The whole life of the case. It ends by acts: who asks the server to cancel it is noted, and it goes on.

        The SDK cancels what this coroutine awaits, so it awaits nothing but a task that has everything else in it.
        """
        life = asyncio.create_task(self._live())
        while not life.done():
            try:
                await workflow.wait_condition(life.done)
            except asyncio.CancelledError:
                self._note_cancellation()
        return life.result()

    async def _live(self) -> Closing:
        try:
            await self._take_up()
        except ApplicationError as refused:  # there is no such project: whoever opened it is told, and nothing begins
            self._refused = refused
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise
        keeping = asyncio.create_task(self._publish())
        procedures = asyncio.create_task(self._course_of_it.run())
        await workflow.wait_condition(lambda: procedures.done() or self._should_go_on_afresh())
        if not procedures.done():
            await self._go_on_afresh()
        await procedures
        keeping.cancel()
        return await self._close()

    # --- messages

    @workflow.update(name=interface.INTAKE)
    async def intake(self) -> OpenReceipt:
        """The number, the proposed level and the first duties, as soon as they are known."""
        await workflow.wait_condition(lambda: self._ready or self._refused is not None)
        if self._refused is not None:
            raise self._refused
        file = self._at_work.file
        return OpenReceipt(
            key=file.key,
            number=file.number,
            proposal=file.proposal,
            duties=tuple(file.open_duties),
            lacks=file.lacks,
        )

    @workflow.update(name=interface.ACT)
    async def act(self, request: ActRequest) -> ActReceipt:
        """A person's act. Refused at once, typed and without a trace in the history, if it may not be done."""
        before = set(self._at_work.file.duties)
        allowed = self._allow(request)
        act = self._do(request, allowed)
        await self._at_work.rests()  # the chapters have done what follows from the act
        if allowed.refusal is not None:
            raise _refused(allowed.refusal)
        opened = tuple(duty for duty in self._at_work.file.duties if duty not in before)
        return ActReceipt(seq=act.seq, recorded_at=act.recorded_at, opened=opened)

    @act.validator
    def _may(self, request: ActRequest) -> None:
        self._allow(request)

    @workflow.signal(name=interface.ACT_LATER)
    async def act_later(self, request: ActRequest) -> None:
        """The same act for callers that cannot wait; a refusal is kept in the journal."""
        if not self._ready:  # a signal is never too early: it keeps until the case is open
            await workflow.wait_condition(lambda: self._ready)
        try:
            self._do(request, self._allow(request))
        except ApplicationError as refused:
            data = {"kind": request.kind.value, "refused": refused.type}
            by = request.by
            self._at_work.write(LineDraft(kind="act.refused", at=workflow.now(), by=by, duty=request.duty, data=data))

    @workflow.signal(name=interface.FROM_CASE)
    async def from_case(self, word: Word) -> None:
        """What another case says: it is merged into this one, leads it, is led by it."""
        if not self._ready:
            await workflow.wait_condition(lambda: self._ready)
        await self._course_of_it.hear(word)

    @workflow.signal(name=interface.REFERENCE_CHANGED)
    async def reference_changed(self) -> None:
        """Directory or calendar have a new version: take it for what is opened and escalated from now on."""
        await workflow.wait_condition(lambda: self._ready)
        case = self._at_work
        newer = await self._reference(case.reference.version)
        if newer is not None:
            case.reference = newer
            data = {"version": newer.version}
            case.write(LineDraft(kind="reference.changed", at=workflow.now(), data=data))

    @workflow.update(name=interface.RECALCULATE)
    async def recalculate(self, asked: Recalculation) -> tuple[Change, ...]:
        """Take the newest directory and calendar, and give the open duties their dates and owners by them."""
        await self.reference_changed()
        return recalculate(self._at_work, asked)

    @recalculate.validator
    def _may_recalculate(self, asked: Recalculation) -> None:
        case = self._at_work
        try:
            Desk(case.file, self._edition, case.reference, workflow.now()).keeps_order(asked.by)
        except Refusal as refusal:
            raise _refused(refusal) from None

    @workflow.signal(name=interface.AFRESH)
    def afresh(self) -> None:
        """Go on in a new run with a short history."""
        self._afresh = True

    def _note_cancellation(self) -> None:
        """Somebody has asked the server to cancel the case: that is remembered, and nothing else happens."""
        reason = workflow.cancellation_reason()
        data = {"reason": reason} if reason else {}
        line = LineDraft(kind="case.cancellation-ignored", at=workflow.now(), data=data)
        if self._course is None or not self._at_work.file.journal_seq:
            self._before_the_first_line.append(line)  # which is that of the opening
        else:
            self._at_work.write(line)

    @workflow.query(name=interface.CASE)
    def case(self) -> CaseFile:
        """The whole case file."""
        return self._at_work.file

    @workflow.query(name=interface.SINCE)
    def since(self, after: int) -> Batch:
        """What the case has added since journal line `after`."""
        return self._at_work.since(after)

    def _allow(self, request: ActRequest) -> Allowed:
        try:
            if not self._ready:
                raise Refusal(Refused.NOT_READY, duty=request.duty or "—", awaited="CR-5.1.4")
            case = self._at_work
            return Desk(case.file, self._edition, case.reference, workflow.now()).allow(request)
        except Refusal as refusal:
            raise _refused(refusal) from None

    def _do(self, request: ActRequest, allowed: Allowed) -> Act:
        case = self._at_work
        act = Act(
            seq=len(case.file.acts) + 1,
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
        carry_out(self._course_of_it, act, allowed)
        return act

    # --- beginning, keeping, ending

    @property
    def _course_of_it(self) -> Course:
        if self._course is None:
            raise ApplicationError("the case is being opened", type=Refused.NOT_READY.value)
        return self._course

    @property
    def _at_work(self) -> Casework:
        return self._course_of_it.case

    @property
    def _ready(self) -> bool:
        """Whether acts may come. In a new run at once: what they change, the chapters find."""
        return self._course is not None and (self._course.begun or self._opening.carried is not None)

    async def _take_up(self) -> None:
        """Get the directory and the calendar, draw the number, write the first line."""
        if self._course is not None:
            return
        reference = await self._reference(None)
        assert reference is not None
        info = workflow.info()
        links = self._taken_up(reference)
        file = CaseFile(
            key=info.workflow_id,
            complaint=self._opening.complaint,
            links=links,
            edition=self._opening.edition,
            proposal=self._opening.proposal,
            # Not the time of this task: tried again after a crash, it must register the same case.
            opened_at=max(info.start_time, self._opening.complaint.received_at),
        )
        case = Casework(file, self._edition, reference)
        self._course = Course(case)
        await self._number()
        data = {"level": file.proposal.level, "edition": file.edition.name, "source": file.complaint.source}
        by, received = file.complaint.received_by, file.complaint.received_at
        case.write(LineDraft(kind="case.opened", at=received, by=by, rule="CR-5.1.1", data=data))
        for link in links:
            reason = self._opening.former.reason if self._opening.former else ""
            data = {"key": link.key, "number": link.number, "reason": reason}
            case.write(LineDraft(kind="case.reopens", at=received, by=by, rule="RV-4.2", data=data))
        for line in self._before_the_first_line:
            case.write(line)

    def _taken_up(self, reference: Reference) -> tuple[Link, ...]:
        """RV-4.2: the closed case that this one takes up again. Raises if whoever took it in may not."""
        complaint, former = self._opening.complaint, self._opening.former
        if complaint.reopens is None:
            return ()
        receiver = former.received_by if former else None
        try:
            may_reopen(reference.directory, complaint, receiver, complaint.received_at)
        except Refusal as refusal:
            raise _refused(refusal) from None
        number = former.number if former else None
        return (Link(kind=LinkKind.REOPENS, key=complaint.reopens, number=number, at=complaint.received_at),)

    async def _number(self) -> None:
        """CR-5.1.4: the records give the number. With them away the case goes on, and the number follows."""
        registration = self._at_work.since(0)
        try:
            written = await workflow.execute_local_activity_method(
                Ledger.write,
                registration,
                schedule_to_close_timeout=_AT_ONCE,
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except FailureError:  # a local activity fails with its own error, unwrapped
            self._numbering = asyncio.create_task(self._number_later(registration))
        else:
            self._numbered(written)

    async def _number_later(self, registration: Batch) -> None:
        written = await workflow.execute_activity_method(
            Ledger.write,
            registration,
            start_to_close_timeout=_A_TRY,
            retry_policy=_UNTIL_IT_WORKS,
            summary="CR-5.1.4 number",
        )
        self._numbered(written)

    def _numbered(self, written: Written) -> None:
        case = self._at_work
        case.note(number=written.number, related=written.related)
        if case.file.level is None and written.related:  # a repeat may lead to a higher grade (CR-5.1.2)
            case.note(proposal=proposed(case.file, self._edition))
        if self._ready:  # it came late: the journal says when
            data = {"number": written.number}
            self._at_work.write(LineDraft(kind="case.numbered", at=workflow.now(), rule="CR-5.1.4", data=data))

    async def _reference(self, known: str | None) -> Reference | None:
        wanted = [self._opening.complaint.project, known]
        try:
            return await workflow.execute_local_activity_method(
                References.reference,
                args=wanted,
                schedule_to_close_timeout=_AT_ONCE,
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except FailureError as failure:  # a local activity fails with its own error, unwrapped
            if isinstance(failure, ApplicationError) and failure.type == Refused.INVALID:
                raise
        try:
            return await workflow.execute_activity_method(
                References.reference,
                args=wanted,
                start_to_close_timeout=_A_TRY,
                retry_policy=_UNTIL_IT_WORKS,
                summary="directory and calendar",
            )
        except ActivityError as failure:
            raise failure.cause or failure from failure

    async def _publish(self) -> None:
        """After each task: what lists and operators see, and a word to whoever keeps the records."""
        case = self._at_work
        while True:
            await workflow.wait_condition(lambda: case.file is not self._published)
            await case.rests()  # one upsert a task, not one a line
            case.complete()
            self._published = case.file
            self._show()
            look_soon()

    def _show(self) -> None:
        case = self._at_work
        attributes = details.attributes(case.file)
        if changed := details.changes(self._attributes, attributes):
            workflow.upsert_search_attributes(changed)  # pyright: ignore[reportUnknownMemberType]  # the SDK's own type
            self._attributes = attributes
        workflow.set_current_details(details.markdown(case.file, case.edition, case.reference))

    def _should_go_on_afresh(self) -> bool:
        return self._afresh or workflow.info().is_continue_as_new_suggested()

    async def _go_on_afresh(self) -> None:
        case = self._at_work
        case.complete()
        settled = await self._settle()
        await workflow.wait_condition(workflow.all_handlers_finished)
        case.complete()
        since = tuple(entry for entry in case.entries if entry.line.seq > settled)
        course = self._course_of_it
        carried = Carried(
            file=case.file,
            reference=case.reference,
            entries=since,
            watched_for=course.watch.known,
            letters=tuple(course.letters),
        )
        workflow.continue_as_new(self._opening.but(carried=carried))

    async def _settle(self) -> int:
        """Wait until the records have every line there is now; returns the last of them."""
        case = self._at_work
        await workflow.wait_condition(lambda: case.file.number is not None)
        sequence = case.file.journal_seq
        await workflow.execute_activity_method(
            Settling.settle,
            Settlement(key=case.file.key, sequence=sequence),
            start_to_close_timeout=_A_TRY,
            retry_policy=_UNTIL_IT_WORKS,
            summary=f"records up to line {sequence}",
        )
        return sequence

    async def _close(self) -> Closing:
        case = self._at_work
        case.note(closed_at=workflow.now())
        case.write(LineDraft(kind="case.closed", at=workflow.now(), data={"outcome": case.file.outcome or ""}))
        self._show()
        settled = 0
        while settled < case.file.journal_seq:  # again, if something was noted meanwhile: a signal refused, say
            settled = await self._settle()
            await workflow.wait_condition(workflow.all_handlers_finished)
        file = case.file
        late = sum(duty.late for duty in file.duties.values())
        return Closing(number=file.number, level=file.level, outcome=file.outcome, duties=len(file.duties), late=late)


def _refused(refusal: Refusal) -> ApplicationError:
    """A refusal as it travels: its code as type, its sentence, and what it is made of."""
    sentence = say(f"refused.{refusal.code}", **refusal.params)
    return ApplicationError(sentence, refusal.params, type=refusal.code.value, non_retryable=True)

"""The workflow of a complaint, from intake to archive: record and number, grade, go through the tracks, close."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from activities.ledger import Ledger
    from activities.reference import Beginning, References
    from complaints.base.errors import Refusal, Refused
    from complaints.case.additions import Additions
    from complaints.case.complaint import Complaint
    from complaints.case.file import CaseFile, EarlierCase, OpenReceipt, Written
    from complaints.case.messages import CaseMessage
    from complaints.intake.checking import NamedIds, Rejected, check
    from complaints.signing.key_ring import KeyRing
    from complaints.texts import say
    from workflows import interface, operator_view
    from workflows.interface import CaseStart, Closing

from workflows.case_runtime import CaseRuntime, as_received, new_case
from workflows.duty_workflow import (
    ATTEMPT_TIMEOUT,
    FIRST_ATTEMPT,
    REFERENCE,
    RETRY_UNTIL_DONE,
    DutyWorkflow,
    refused,
    verified_with,
)
from workflows.effects import refusing
from workflows.signatures import stated_opening
from workflows.task_supervisor import Ends, failing_the_task

NUMBER = "number"


@workflow.defn(name=interface.COMPLAINT)
class ComplaintWorkflow(DutyWorkflow[CaseFile]):
    """The workflow of one complaint."""

    @workflow.init
    def __init__(self, opening: CaseStart) -> None:
        carried = opening.carried
        super().__init__(carried.file if carried else None)
        self._opening = opening
        self._at_work: CaseRuntime | None = None
        if carried is not None:
            self._at_work = CaseRuntime.carried_on(carried, self._edition, workflow.now(), workflow.logger)

    @workflow.run
    async def run(self, opening: CaseStart) -> Closing:
        """Run the case from its opening to its end."""
        return await self._run_ignoring_cancellation(self._run())

    async def _run(self) -> Closing:
        try:
            await self._take_up()
        except ApplicationError as refusal:  # the caller is told, and nothing begins
            if refusal.type not in set(Refused):  # not a refusal of the complaint
                raise
            workflow.logger.warning("the opening is refused: %s", refusal.type)
            self._refused = refusal
            await workflow.wait_condition(workflow.all_handlers_finished)
            self._at_work = None
            raise Ends(refusal) from None
        if self._case.file.number is None and self._opening.carried is not None:  # refused in the last run
            self._follow_with_the_number(Additions.registering(self._case.file))
        over = await self._run_until_closed()
        await self._unless_closed_before()
        if not over:
            await self._continue_as_new()
        await self._close()
        file = self._engine.file
        late = sum(duty.late for duty in file.duties.values())
        return Closing(number=file.number, level=file.level, outcome=file.outcome, duties=len(file.duties), late=late)

    # --- messages

    @workflow.update(name=interface.INTAKE)
    async def intake(self) -> OpenReceipt:
        """Return the number, the proposed level and the first duties, as soon as they are known."""
        if not await self._begun():
            assert self._refused is not None
            raise self._refused
        file = self._engine.file
        return OpenReceipt(
            key=file.key,
            number=file.number,
            proposal=file.proposal,
            duties=tuple(file.open_duties),
            lacks=file.lacks,
        )

    @workflow.signal(name=interface.FROM_CASE)
    async def from_case(self, word: CaseMessage) -> None:
        """Receive a message from another case, about merging or gathering."""
        if self._ready or await self._begun():
            with failing_the_task("from_case"):
                self._engine.receive(word, workflow.now())

    @workflow.query(name=interface.CASE)
    def case(self) -> CaseFile:
        """The whole case file."""
        return self._engine.file

    def _operator_view(self, file: CaseFile) -> tuple[dict[Any, Any], str]:
        return operator_view.attributes(file), operator_view.markdown(file, self._case.edition, self._case.reference)

    # --- opening, numbering, ending

    @property
    def _engine(self) -> CaseRuntime:
        if self._at_work is None or self._unproven:
            raise ApplicationError("the case is being opened", type=Refused.NOT_READY.value)
        return self._at_work

    @property
    def _journal_begun(self) -> bool:
        return self._at_work is not None and self._at_work.has_a_line and not self._unproven

    @property
    def _ready(self) -> bool:
        return self._at_work is not None and self._at_work.begun and not self._unproven

    async def _take_up(self) -> None:
        """Open the case: get edition, directory and calendar, draw the number, write the first journal line.

        Raises `ApplicationError` for a complaint that is refused: nothing begins.
        """
        if self._at_work is not None:
            await self._verify_restart(self._opening.signed, self._opening.carried)
            return
        opening, info = self._opening, workflow.info()
        complaint, former = opening.complaint, opening.former
        # Not the time of this task, nor `info.start_time`, which is that of the first task that this worker has seen:
        # retried after a crash, the workflow must register the same case.
        sent = info.workflow_start_time
        # Checked before the directory is fetched. Waiting for a worker does not make a complaint too old.
        _refuse(check(complaint, now=workflow.now(), sent=sent))
        complaint = as_received(complaint, sent)
        beginning = await self._beginning(NamedIds.of(complaint))
        _refuse(beginning.problems)
        reference, now = beginning.reference, workflow.now()
        assert reference is not None
        self._use_edition(beginning.edition)
        try:
            keys = await self._verified(beginning.keys, sent) if beginning.keys is not None else None
            engine = new_case(complaint, info.workflow_id, sent, former, self._edition, reference, now, workflow.logger)
        except Refusal as refusal:
            raise refused(refusal) from None
        engine.keys = keys
        self._at_work = engine
        await self._number()
        before = tuple(self._events_before_opening)
        engine.open(former, beginning.gates, before, workflow.now(), proof=opening.signed, verified_at=sent)

    async def _verified(self, keys: KeyRing, sent: datetime) -> KeyRing:
        """Verify the signed statement of the opening, which the server received at `sent`; return the key ring.

        Raises `Refusal`.
        """
        opening, key = self._opening, workflow.info().workflow_id
        keys, stated = await verified_with(keys, lambda ring: stated_opening(opening.signed, ring, key, sent))
        if stated != (opening.complaint, opening.former):
            raise Refusal(Refused.INVALID, problems="complaint: it differs from the signed statement")
        return keys

    async def _beginning(self, named: NamedIds) -> Beginning:
        """Edition, directory and calendar: within this task if they come in a moment, because the caller waits.

        After a local activity the clock may differ by some milliseconds when the task is run again, so no event of the
        journal may take its time from there.
        """
        try:
            return await workflow.execute_local_activity_method(
                References.opening,
                named,
                schedule_to_close_timeout=FIRST_ATTEMPT,
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except FailureError:  # no directory is loaded yet, or the store is away or refuses it for now
            return await self._refusals.insist(REFERENCE, lambda: self._beginning_later(named), tuple)

    async def _beginning_later(self, named: NamedIds) -> Beginning:
        with refusing():
            return await workflow.execute_activity_method(
                References.opening,
                named,
                start_to_close_timeout=ATTEMPT_TIMEOUT,
                retry_policy=RETRY_UNTIL_DONE,
                summary="edition, directory and calendar",
            )

    async def _number(self) -> None:
        """CR-5.1.4: draw the number from the store. If the store is away, the case goes on and the number follows."""
        registration = Additions.registering(self._case.file)
        try:
            written = await workflow.execute_local_activity_method(
                Ledger.write,
                registration,
                schedule_to_close_timeout=FIRST_ATTEMPT,
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except FailureError:  # a local activity fails with its own error, unwrapped
            self._follow_with_the_number(registration)
            return
        if written.earlier is not None:
            raise _known_before(self._opening.complaint, written.earlier)
        self._numbered(written)

    def _follow_with_the_number(self, registration: Additions) -> None:
        self._supervisor.start(self._number_later(registration), "numbering")

    async def _number_later(self, registration: Additions) -> None:
        async def write() -> Written:
            with refusing():
                return await workflow.execute_activity_method(
                    Ledger.write,
                    registration,
                    start_to_close_timeout=ATTEMPT_TIMEOUT,
                    retry_policy=RETRY_UNTIL_DONE,
                    summary="CR-5.1.4 number",
                )

        written = await self._refusals.insist(NUMBER, write, lambda: self._case.lines)
        if written.earlier is None:
            self._numbered(written)
        else:  # the case began while the store was away, and the store has another one of this id
            self._refused = _known_before(self._opening.complaint, written.earlier)

    def _numbered(self, written: Written) -> None:
        if written.reference not in (None, self._case.reference.version):  # a newer one was loaded during the opening
            self._supervisor.start(self.reference_changed(), "the newer directory")  # a task: no duty waits for it
        self._engine.numbered(written, workflow.now())

    async def _unless_closed_before(self) -> None:
        """End the workflow if the store has said meanwhile that another case has this id."""
        if self._refused is not None:
            workflow.logger.error("ends, because another case has its id: %s", self._refused.type)
            await workflow.wait_condition(workflow.all_handlers_finished)
            self._at_work = None
            raise Ends(self._refused)

    async def _continue_as_new(self) -> None:
        lines = await self._finish_run()
        # The journal has kept the signed statement of the opening.
        workflow.continue_as_new(self._opening.but(signed=None, carried=self._engine.carrying(lines)))

    async def _settle(self) -> int:
        await workflow.wait_condition(
            lambda: self._case.file.number is not None or NUMBER in self._refusals or self._refused is not None
        )
        await self._unless_closed_before()
        if self._case.file.number is None:  # a read model without the case cannot have its lines
            return 0
        return await super()._settle()


def _known_before(complaint: Complaint, earlier: EarlierCase) -> ApplicationError:
    """The refusal of a complaint whose id the store has from another case; it names that case."""
    code = Refused.CLOSED_BEFORE if earlier.closed_at else Refused.NOT_RUNNING
    said = earlier.model_dump(mode="json") | {"differs": ", ".join(earlier.differs)}
    return refused(Refusal(code, source=complaint.source, external_id=complaint.external_id, **said))


def _refuse(problems: Sequence[Rejected]) -> None:
    """If the complaint has problems, raise a refusal that names every field."""
    if problems:
        sentence = say("refused.invalid", problems=" ".join(problem.text() for problem in problems))
        said = [problem.model_dump(exclude={"line"}) for problem in problems]
        raise ApplicationError(sentence, {"problems": said}, type=Refused.INVALID.value, non_retryable=True)

"""The workflow of a round, and the workflow that a schedule runs to start it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.reference import Beginning, References
    from complaints import editions
    from complaints.base.errors import Refusal, Refused
    from complaints.case.file import Duty, JournalLine
    from complaints.case.gates import passed
    from complaints.case.round import RoundFile, round_key
    from complaints.clock.local_time import local
    from complaints.clock.period_opening import period_of
    from complaints.people.reference import Reference
    from complaints.rounds.plan import may_begin_again, opening_of, owner_of
    from complaints.signing.key_ring import KeyRing
    from workflows import interface, operator_view
    from workflows.interface import RoundCall, RoundClosing, RoundStart

from workflows.duty_workflow import ATTEMPT_TIMEOUT, REFERENCE, RETRY_UNTIL_DONE, DutyWorkflow, refused, verified_with
from workflows.effects import refusing
from workflows.rounds.opening import begins as opening_begins
from workflows.rounds.opening import begins_at_the_earliest, round_opened
from workflows.rounds.runner import RoundRunner
from workflows.rounds.runtime import RoundRuntime
from workflows.signatures import stated_again
from workflows.task_supervisor import Ends, failing_the_task
from workflows.used_statements import UsedStatements

NOMINAL = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
"""The scheduled start time of a workflow; after an outage the server starts it later."""

LOOK_AGAIN = timedelta(days=1)  # between two looks at the calendar, while a round waits for a working day


@workflow.defn(name=interface.ROUND)
class RoundWorkflow(DutyWorkflow[RoundFile]):
    """The workflow of one round, from its beginning until no duty of it is owed."""

    @workflow.init
    def __init__(self, opening: RoundStart) -> None:
        carried = opening.carried
        super().__init__(carried.file if carried else None)
        self._opening = opening
        self._awaited = opening.rule
        self._at_work: RoundRuntime | None = None
        if carried is not None:
            self._at_work = self._engine_of(
                carried.file, carried.reference, carried.lines, carried.untrimmed, carried.keys
            )
            self._at_work.used = UsedStatements(carried.used or ())

    @workflow.run
    async def run(self, opening: RoundStart) -> RoundClosing:
        """Run the round from its opening to its end."""
        return await self._run_ignoring_cancellation(self._run())

    @workflow.query(name=interface.CASE)
    def case(self) -> RoundFile:
        """The whole file of the round."""
        return self._engine.file

    @workflow.signal(name=interface.REDRAFT)
    async def redraft(self) -> None:
        """Draft the report anew from what is known now, unless it is issued."""
        if await self._begun():
            with failing_the_task("redraft"):
                self._engine.redraft(workflow.now())

    async def _run(self) -> RoundClosing:
        if self._at_work is None:
            try:
                await self._take_up()
            except Refusal as refusal:  # nothing begins
                workflow.logger.warning("the round is refused: %s", refusal)
                self._refused = refused(refusal)
                await workflow.wait_condition(workflow.all_handlers_finished)
                raise Ends(self._refused) from None
        else:
            await self._verify_restart(self._opening.signed, self._opening.carried)
        if not await self._run_until_closed():
            await self._continue_as_new()
        await self._close()
        file = self._engine.file
        late = sum(duty.late for duty in file.duties.values())
        return RoundClosing(outcome=file.outcome, duties=len(file.duties), late=late)

    async def _take_up(self) -> None:
        """Wait for the round's opening time by the newest calendar, then write the first journal line.

        Raises `Refusal` for a round that may not begin so, where signing has begun.
        """
        opening = self._opening
        began = await self._refusals.insist(REFERENCE, self._round_opening, tuple)
        reference = began.reference
        assert reference is not None
        self._use_edition(opening.edition or began.edition)
        rule = self._edition.rule(opening.rule)
        keys = None if began.keys is None else await self._verified(began.keys, reference)
        begins = opening_begins(opening, self._edition, reference)
        while begins > workflow.now() and not opening.at_once and opening.again is None:
            until = begins
            if opening_of(rule).workday is not None:  # a calendar notice may still change the day
                earliest = begins_at_the_earliest(opening, self._edition, reference)
                until = min(begins, max(earliest, workflow.now() + LOOK_AGAIN))
            await workflow.sleep(until - workflow.now(), summary=f"begins {begins:%Y-%m-%d %H:%M}Z")
            reference = await self._its_reference()
            begins = opening_begins(opening, self._edition, reference)
        now = workflow.now()
        opened = round_opened(opening, workflow.info().workflow_id, self._edition, reference, now)
        engine = self._engine_of(opened.begins(), reference, keys=keys)
        engine.work.record(opened, *passed(began.gates, now), *self._events_before_opening)
        if opening.again is not None and opening.signed is not None:
            engine.keep(opening.signed, "again", by=opening.again.by, verified_at=workflow.info().workflow_start_time)
        self._at_work = engine

    async def _verified(self, keys: KeyRing, reference: Reference) -> KeyRing:
        """Verify who begins the round: the plan does, or a person who may begin it again. Returns the key ring.

        Raises `Refusal`.
        """
        opening, info = self._opening, workflow.info()
        again, rule = opening.again, self._edition.rule(opening.rule)
        key = round_key(opening.rule, opening.period, opening.subject, 1 if again is None else again.nth)
        if info.workflow_id != key:
            raise Refusal(Refused.OTHER_CASE, signed=key, case=info.workflow_id)
        if again is None:
            return keys
        received = info.workflow_start_time
        keys, said = await verified_with(keys, lambda ring: stated_again(opening.signed, ring, key, received))
        if (said.rule, said.period, said.subject, said.again) != (
            opening.rule,
            opening.period,
            opening.subject,
            again,
        ):
            raise Refusal(Refused.INVALID, problems="again: it differs from the signed statement")
        now = workflow.now()
        if not may_begin_again(again.by, rule, opening.subject, reference, now):
            raise Refusal(Refused.NOT_YOURS, duty=rule.id, owner=owner_of(rule, opening.subject, reference, now))
        return keys

    def _engine_of(
        self,
        file: RoundFile,
        reference: Reference,
        lines: tuple[JournalLine, ...] = (),
        untrimmed: tuple[Duty, ...] = (),
        keys: KeyRing | None = None,
    ) -> RoundRuntime:
        now = workflow.now()
        runner = RoundRunner(file, self._edition, reference, now, lines, workflow.logger, untrimmed)
        return RoundRuntime(runner, keys)

    async def _its_reference(self) -> Reference:
        """Directory and calendar; retried until there is a directory that has the round's project."""
        reference = await self._refusals.insist(REFERENCE, self._newest_reference, tuple)
        assert reference is not None
        return reference

    async def _round_opening(self) -> Beginning:
        with refusing():
            return await workflow.execute_activity_method(
                References.round_opening,
                self._opening.subject.project or "",
                start_to_close_timeout=ATTEMPT_TIMEOUT,
                retry_policy=RETRY_UNTIL_DONE,
                summary="edition, directory and calendar",
            )

    async def _newest_reference(self) -> Reference | None:
        with refusing():
            return await workflow.execute_activity_method(
                References.reference,
                args=[self._opening.subject.project or "", None],
                start_to_close_timeout=ATTEMPT_TIMEOUT,
                retry_policy=RETRY_UNTIL_DONE,
                summary="directory and calendar",
            )

    async def _continue_as_new(self) -> None:
        lines = await self._finish_run()
        workflow.continue_as_new(self._opening.but(signed=None, carried=self._engine.carrying(lines)))

    # --- required by `DutyWorkflow`

    @property
    def _engine(self) -> RoundRuntime:
        if self._at_work is None or self._unproven:
            raise ApplicationError("the round has not begun", type="not-ready")
        return self._at_work

    @property
    def _ready(self) -> bool:
        return self._at_work is not None and not self._unproven

    @property
    def _journal_begun(self) -> bool:
        return self._ready

    def _operator_view(self, file: RoundFile) -> tuple[dict[Any, Any], str]:
        return operator_view.of_round(file), operator_view.round_markdown(
            file, self._case.edition, self._case.reference
        )


@workflow.defn(name=interface.ROUND_CALL)
class RoundCallWorkflow:
    """Run by a schedule: starts the round of the period that the scheduled time lies in, unless it has started."""

    @workflow.run
    async def run(self, call: RoundCall) -> str:
        """Start the round; return its key."""
        rule = editions.get(call.edition.name, call.edition.digest).rule(call.rule)
        assert rule.every is not None
        info = workflow.info()
        nominal = info.typed_search_attributes.get(NOMINAL) or info.workflow_start_time
        period = period_of(opening_of(rule), rule.every, local(nominal, call.zone).date())
        key = round_key(call.rule, period, call.subject)
        opening = RoundStart(rule=call.rule, period=period, subject=call.subject, edition=call.edition)
        with failing_the_task("round call"):
            try:
                await workflow.start_child_workflow(
                    interface.ROUND,
                    opening,
                    id=key,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    parent_close_policy=ParentClosePolicy.ABANDON,
                    static_summary=f"{call.rule} · {period.name} · {call.subject.key}",
                )
            except WorkflowAlreadyStartedError:
                return key  # it was started by hand
        return key

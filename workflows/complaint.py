"""A complaint, from intake to archive: record and number, grade, go through the tracks, close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from activities.ledger import Ledger
    from activities.reference import Beginning, References
    from complaints.acts import Allowed
    from complaints.acts.reopening import may_reopen
    from complaints.bounds import SKEW
    from complaints.case.additions import Additions
    from complaints.case.events.case import CaseClosed, CaseOpened, Numbered, Reopens
    from complaints.case.fold import apply
    from complaints.directory.reference import Reference
    from complaints.errors import Refusal, Refused
    from complaints.grading import propose, proposed
    from complaints.intake import Named, Rejected, check
    from complaints.joining import Word
    from complaints.model import (
        Act,
        CaseFile,
        Complaint,
        Link,
        LinkKind,
        OpenReceipt,
        Written,
    )
    from complaints.texts import say
    from workflows import details, interface
    from workflows.interface import Carried, Closing, Opening

from workflows.casework import Casework
from workflows.course import Course
from workflows.life import A_TRY, AT_ONCE, REFERENCE, UNTIL_IT_WORKS, Life, refused
from workflows.operations import carry_out
from workflows.supervising import Ends, failing_the_task

NUMBER = "number"


@workflow.defn(name=interface.COMPLAINT)
class ComplaintWorkflow(Life[CaseFile]):
    """One complaint."""

    @workflow.init
    def __init__(self, opening: Opening) -> None:
        super().__init__(opening.carried.file if opening.carried else None)
        self._opening = opening
        self._course: Course | None = None
        if opening.carried is not None:
            carried = opening.carried
            case = Casework(carried.file, self._edition, carried.reference, self._supervisor, carried.lines)
            self._course = Course(case, carried.watched_for, carried.letters)

    @workflow.run
    async def run(self, opening: Opening) -> Closing:
        """The whole life of the case."""
        return await self._whatever_the_server_is_asked(self._live())

    async def _live(self) -> Closing:
        try:
            await self._take_up()
        except ApplicationError as refusal:  # whoever opened it is told, and nothing begins
            if refusal.type not in set(Refused):  # no refusal that anybody meant
                raise
            workflow.logger.warning("the opening is refused: %s", refusal.type)
            self._refused = refusal
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise Ends(refusal) from None
        keeping = self._supervisor.start(self._publish(), "publishing")
        if self._at_work.file.number is None and self._opening.carried is not None:  # it was refused in the last run
            self._follow_with_the_number(Additions.registering(self._at_work.file))
        procedures = self._supervisor.start(self._course_of_it.run(), "the procedures")
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
        if not await self._begun():
            assert self._refused is not None
            raise self._refused
        file = self._at_work.file
        return OpenReceipt(
            key=file.key,
            number=file.number,
            proposal=file.proposal,
            duties=tuple(file.open_duties),
            lacks=file.lacks,
        )

    @workflow.signal(name=interface.FROM_CASE)
    async def from_case(self, word: Word) -> None:
        """What another case says: it is merged into this one, leads it, is led by it."""
        if self._ready or await self._begun():
            with failing_the_task("from_case"):
                await self._course_of_it.hear(word)

    @workflow.query(name=interface.CASE)
    def case(self) -> CaseFile:
        """The whole case file."""
        return self._at_work.file

    def _carry_out(self, act: Act, allowed: Allowed) -> None:
        carry_out(self._course_of_it, act, allowed)

    def _shown(self, file: CaseFile) -> tuple[dict[Any, Any], str]:
        case = self._at_work
        return details.attributes(file), details.markdown(file, case.edition, case.reference)

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
    def _has_a_line(self) -> bool:
        return self._course is not None and self._course.case.file.journal_seq > 0

    @property
    def _ready(self) -> bool:
        """Whether acts may come. In a new run at once: what they change, the chapters find."""
        return self._course is not None and (self._course.begun or self._opening.carried is not None)

    async def _take_up(self) -> None:
        """Get the edition, the directory and the calendar, draw the number, write the first line.

        Raises `ApplicationError` for a complaint that cannot be taken: nothing begins.
        """
        if self._course is not None:
            return
        complaint, info = self._opening.complaint, workflow.info()
        # Not the time of this task, nor `info.start_time`, which is that of the first task that this worker has seen:
        # tried again after a crash, the workflow must register the same case.
        sent = info.workflow_start_time
        # Refused before anybody is asked for the directory. It is not too old because it had to wait for a worker.
        _refuse(check(complaint, now=workflow.now(), sent=sent))
        if sent < complaint.received_at <= sent + SKEW:  # by a clock that is ahead: nobody waits until ours is there
            complaint = complaint.but(received_at=sent)
        beginning = await self._beginning(Named.of(complaint))
        _refuse(beginning.problems)
        reference = beginning.reference
        assert reference is not None
        self._goes_by(beginning.edition)
        links = self._taken_up(complaint, reference)
        file = CaseFile(
            key=info.workflow_id,
            complaint=complaint,
            links=links,
            edition=beginning.edition,
            proposal=propose(complaint.facts, self._edition),
            opened_at=max(sent, complaint.received_at),  # a start may be delayed until the day that it is played on
        )
        case = Casework(file, self._edition, reference, self._supervisor)
        self._course = Course(case)
        await self._number()
        case.record(CaseOpened.of(case.file, reference.version))
        by, received = file.complaint.received_by, file.complaint.received_at
        for link in links:
            reason = self._opening.former.reason if self._opening.former else ""
            said: dict[str, Any] = {"key": link.key, "number": link.number, "reason": reason}
            case.record(Reopens(at=received, by=by, rule="RV-4.2", **said))
        for event in self._before_the_first_line:
            case.record(event)

    async def _beginning(self, named: Named) -> Beginning:
        """The edition, directory and calendar: within the task if they can be had in a moment, as somebody waits.

        After a local activity the clock may be some milliseconds off when the task is run again, so nothing that is
        sealed by the journal may take its time from there.
        """
        try:
            return await workflow.execute_local_activity_method(
                References.opening,
                named,
                schedule_to_close_timeout=AT_ONCE,
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except FailureError:  # no directory is loaded yet, or the records are away, or refuse it for now
            return await self._refusals.insist(REFERENCE, lambda: self._beginning_later(named), tuple)

    async def _beginning_later(self, named: Named) -> Beginning:
        return await workflow.execute_activity_method(
            References.opening,
            named,
            start_to_close_timeout=A_TRY,
            retry_policy=UNTIL_IT_WORKS,
            summary="edition, directory and calendar",
        )

    def _taken_up(self, complaint: Complaint, reference: Reference) -> tuple[Link, ...]:
        """RV-4.2: the closed case that this one takes up again. Raises if whoever took it in may not."""
        former = self._opening.former
        if complaint.reopens is None:
            return ()
        receiver = former.received_by if former else None
        try:
            may_reopen(reference.directory, complaint, receiver, complaint.received_at)
        except Refusal as refusal:
            raise refused(refusal) from None
        number = former.number if former else None
        return (Link(kind=LinkKind.REOPENS, key=complaint.reopens, number=number, at=complaint.received_at),)

    async def _number(self) -> None:
        """CR-5.1.4: the records give the number. With them away the case goes on, and the number follows."""
        registration = Additions.registering(self._at_work.file)
        try:
            written = await workflow.execute_local_activity_method(
                Ledger.write,
                registration,
                schedule_to_close_timeout=AT_ONCE,
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except FailureError:  # a local activity fails with its own error, unwrapped
            self._follow_with_the_number(registration)
        else:
            self._numbered(written)

    def _follow_with_the_number(self, registration: Additions) -> None:
        self._supervisor.start(self._number_later(registration), "numbering")

    async def _number_later(self, registration: Additions) -> None:
        async def write() -> Written:
            return await workflow.execute_activity_method(
                Ledger.write,
                registration,
                start_to_close_timeout=A_TRY,
                retry_policy=UNTIL_IT_WORKS,
                summary="CR-5.1.4 number",
            )

        self._numbered(await self._refusals.insist(NUMBER, write, lambda: self._at_work.lines))

    def _numbered(self, written: Written) -> None:
        case = self._at_work
        if written.reference not in (None, case.reference.version):  # another was loaded while this case was opened
            self._supervisor.start(self.reference_changed(), "the newer directory")  # no duty waits for it
        numbered = Numbered(at=workflow.now(), rule="CR-5.1.4", number=written.number, related=written.related)
        known = apply(case.file, numbered)
        if known.level is None and known.related:  # a repeat may lead to a higher grade (CR-5.1.2)
            numbered = numbered.but(proposal=proposed(known, self._edition))
        if self._has_a_line:  # it came late: the journal says when
            case.record(numbered)
        else:
            case.file = apply(case.file, numbered)  # which the first line will say

    async def _go_on_afresh(self) -> None:
        since = await self._left_behind()
        case, course = self._at_work, self._course_of_it
        carried = Carried(
            file=case.file,
            reference=case.reference,
            lines=since,
            watched_for=course.watch.known,
            letters=tuple(course.letters),
        )
        workflow.continue_as_new(self._opening.but(carried=carried))

    async def _settle(self) -> int:
        await workflow.wait_condition(lambda: self._at_work.file.number is not None or NUMBER in self._refusals)
        if self._at_work.file.number is None:  # records without the case cannot have its lines
            return 0
        return await super()._settle()

    async def _close(self) -> Closing:
        await self._closed(CaseClosed(at=workflow.now(), outcome=self._at_work.file.outcome or ""))
        file = self._at_work.file
        late = sum(duty.late for duty in file.duties.values())
        return Closing(number=file.number, level=file.level, outcome=file.outcome, duties=len(file.duties), late=late)


def _refuse(problems: Sequence[Rejected]) -> None:
    """Raise the refusal of a complaint that has problems, naming every field."""
    if problems:
        sentence = say("refused.invalid", problems=" ".join(problem.text() for problem in problems))
        said = [problem.model_dump(exclude={"line"}) for problem in problems]
        raise ApplicationError(sentence, {"problems": said}, type=Refused.INVALID.value, non_retryable=True)

"""The part of the client that begins and reads rounds."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar, cast

from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from complaints import editions
from complaints.base.errors import Refusal, Refused
from complaints.case.additions import Additions
from complaints.case.complaint import Complaint
from complaints.case.file import CaseFile, File, FileT
from complaints.case.round import Again, Period, RoundFile, Subject, round_key
from complaints.case.trimming import completed
from complaints.clock.local_time import local
from complaints.people.reference import Reference
from complaints.rounds.plan import may_begin_again, owner_of
from workflows import interface

if TYPE_CHECKING:
    from starters.client import Duly

T = TypeVar("T")
Kept = Callable[[str], Awaitable[File | None]]
"""The file with this key as the records have it; None if they are away or do not have it."""

CONTENT = "content"  # memo: digest of the complaint as it was opened, to tell a repeat from a conflict
_ASKED = "asked"  # memo: digest of who had a round begun again and why, to tell a repeat
_LOOK_AGAIN = 0.2  # seconds between two looks whether the first draft of a report is there


class Rounds:
    """Rounds by their keys. Shapes and errors as in `Duly`; acts on a round's duties are those on a case's."""

    async def run_round(
        self,
        rule: str,
        period: Period,
        subject: Subject,
        *,
        at_once: bool = True,
        delay: timedelta | None = None,
    ) -> tuple[str, bool]:
        """Begin a round, or find it: a period's round of a rule and a subject is one. Its key, and whether it is new.

        `at_once` begins it now even if its day has not come; without, it waits for its day. A `delay` (in drills)
        starts its workflow only after so long. The round begins under the newest edition that the worker has.
        """
        key = round_key(rule, period, subject)
        opening = interface.RoundOpening(rule=rule, period=period, subject=subject, at_once=at_once)
        return key, await self._begun(key, opening, delay=delay)

    async def begin_again(
        self,
        rule: str,
        period: Period,
        subject: Subject,
        *,
        by: str,
        reason: str,
        reference: Reference,
        known: int = 0,
    ) -> tuple[str, bool]:
        """Begin another round of a period whose approved document has to be revised. Its key, and whether it is new.

        The rounds before it must be over; `known` is how many of them the caller knows to be, for the server forgets
        them in time. Whoever owes the round may, and who stands above them: `reference` says who that is. Sent again by
        the same person with the same reason, it is the same round. Raises `Refusal`.
        """
        from workflows.rounds.chapters import ends_in_a_document

        edition, now, said = editions.newest(), self._clock(), reason.strip()
        if not ends_in_a_document(rule):
            raise Refusal(Refused.NOT_AGAIN, round=round_key(rule, period, subject), why="no-document")
        if not said:
            raise Refusal(Refused.REASON_NEEDED, act="again")
        if not may_begin_again(by, edition.rule(rule), subject, reference, now):
            raise Refusal(Refused.NOT_YOURS, duty=rule, owner=owner_of(edition.rule(rule), subject, reference, now))
        asked = blake2b(f"{by}\n{said}".encode(), digest_size=16).hexdigest()
        while True:
            last, described = await self._last(rule, period, subject, known)
            key = round_key(rule, period, subject, max(last, 1))
            if last == 0:
                raise Refusal(Refused.CASE_UNKNOWN, case=key)
            if described is not None and await described.memo_value(_ASKED, None) == asked:
                return key, False
            if described is not None and described.status is WorkflowExecutionStatus.RUNNING:
                raise Refusal(Refused.CASE_OPEN, case=key)
            if local(now, reference.zone).date() > period.end:
                raise Refusal(Refused.NOT_AGAIN, round=key, why="period-over")
            again = Again(nth=last + 1, by=by, reason=said)
            key = round_key(rule, period, subject, again.nth)
            opening = interface.RoundOpening(rule=rule, period=period, subject=subject, again=again)
            if await self._begun(key, opening, memo={_ASKED: asked}):
                return key, True

    async def _last(
        self, rule: str, period: Period, subject: Subject, known: int
    ) -> tuple[int, WorkflowExecutionDescription | None]:
        """How many rounds of the period there are, and what the server says of the last one."""
        last, described = known, await self._described(round_key(rule, period, subject, known)) if known else None
        while (next := await self._described(round_key(rule, period, subject, last + 1))) is not None:
            last, described = last + 1, next
        return last, described

    async def _begun(
        self,
        key: str,
        opening: interface.RoundOpening,
        *,
        delay: timedelta | None = None,
        memo: dict[str, Any] | None = None,
    ) -> bool:
        """Start the round's workflow; whether it was not there yet."""

        def start() -> Awaitable[Any]:
            return cast("Duly", self).client.start_workflow(
                interface.ROUND,
                opening,
                id=key,
                task_queue=self._task_queue,
                task_timeout=self._task_timeout,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                start_delay=delay,
                memo=memo,
                static_summary=f"{opening.rule} · {opening.period.name} · {opening.subject.key}",
            )

        try:
            await self._answer(start, key)
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def round(self, key: str) -> RoundFile:
        """The whole file of a round; also of one that is over, while the server keeps its history."""
        return await self._asked(key, RoundFile)

    async def _asked(self, key: str, shape: type[FileT]) -> FileT:
        """A file, with what has left it."""
        return await self._completed(await self._queried(key, interface.CASE, [], shape))

    async def _queried(self, key: str, query: str, given: list[Any], shape: type[T]) -> T:
        """What a case or a round answers. The answer to who asks just as it closes may be lost: they ask once more."""
        handle = cast("Duly", self).client.get_workflow_handle(key)

        async def asked() -> T:
            within = timedelta(seconds=self._answer_within / 6)
            try:
                return await handle.query(query, args=given, result_type=shape, rpc_timeout=within)
            except RPCError as late:
                if late.status not in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED):
                    raise
            return await handle.query(query, args=given, result_type=shape)

        return await self._answer(asked, key)

    async def _completed(self, file: FileT) -> FileT:
        """A file that has become large with what left it, which the records have; as it is while they are away."""
        kept = await self._kept(file.key) if file.trimmed and self._kept is not None else None
        return file if kept is None else completed(file, kept)

    async def file(self, name: str) -> File:
        """The file of a case, by key or number, or of a round, by key."""
        return await self.round(name.strip()) if interface.is_round(name.strip()) else await self.case(name)

    async def since(self, key: str, after: int) -> Additions | None:
        """The journal of a case or a round, by key, after a line; None if the server has none, or nothing ever began.

        `Additions.file` says where it ends.
        """
        try:
            return await self._queried(key, interface.SINCE, [after], Additions)
        except Refusal as refusal:
            if refusal.code is not Refused.CASE_UNKNOWN:
                raise
            return None

    async def runs_on(self, key: str) -> bool:
        """Whether the workflow of a case or a round is there and has not ended."""
        described = await self._described(key)
        return described is not None and described.status is WorkflowExecutionStatus.RUNNING

    async def remembered(self, key: str) -> Additions:
        """The journal of a case or a round, by key, as far back as the runs that the server still has tell it.

        `Additions.file` says where it ends.
        """
        client, run = cast("Duly", self).client, None
        handle = client.get_workflow_handle(key)
        found = await self._queried(key, interface.SINCE, [0], Additions)
        while found.sequence and (not found.lines or found.lines[0].seq > 1):
            try:
                started = await anext(handle.fetch_history_events(page_size=1))
                run = started.workflow_execution_started_event_attributes.continued_execution_run_id
                if not run:
                    break
                handle = client.get_workflow_handle(key, run_id=run)
                earlier = await handle.query(interface.SINCE, 0, result_type=Additions)
            except RPCError:  # its time is over
                break
            first = found.lines[0].seq if found.lines else found.sequence + 1
            found = found.but(lines=(*(line for line in earlier.lines if line.seq < first), *found.lines))
        return found

    async def restart(self, carried: interface.Carried | interface.RoundCarried) -> None:
        """Have a case or a round go on from this. Whatever workflow the server has of it ends.

        `workflows.from_journal.carried_from` makes it of a journal.
        """
        opening, memo = _opening(carried)
        file, round = carried.file, isinstance(carried, interface.RoundCarried)

        def start() -> Awaitable[Any]:
            return cast("Duly", self).client.start_workflow(
                interface.ROUND if round else interface.COMPLAINT,
                opening,
                id=file.key,
                task_queue=self._task_queue,
                task_timeout=self._task_timeout,
                id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
                memo=memo,
            )

        await self._answer(start, file.key)

    async def redraft(self, key: str) -> bool:
        """Have the report of a round drafted anew from what is known now, while nobody has issued it.

        A round that has just begun gets the time that its first draft takes. False, and nothing happens, if the round
        has no report, or somebody has issued it.
        """
        report = (await self._drafted(key)).report
        if report is None or report.issued_at is not None:
            return False
        handle = cast("Duly", self).client.get_workflow_handle(key)
        await self._answer(lambda: handle.signal(interface.REDRAFT), key)
        return True

    async def _drafted(self, key: str) -> RoundFile:
        """The round as soon as somebody owes something of it: until then its first draft may be under way."""
        loop = asyncio.get_running_loop()
        given_up = loop.time() + self._answer_within
        while True:
            file = await self.round(key)
            if file.report is not None or file.duties or file.closed or loop.time() >= given_up:
                return file
            await asyncio.sleep(_LOOK_AGAIN)

    _kept: Kept | None
    _clock: Callable[[], datetime]
    _answer_within: float
    _task_queue: str
    _task_timeout: timedelta | None

    @abstractmethod
    async def case(self, case: str) -> CaseFile: ...

    @abstractmethod
    async def _described(self, key: str) -> WorkflowExecutionDescription | None: ...

    @abstractmethod
    async def _answer(self, call: Callable[[], Awaitable[T]], key: str) -> T: ...


def _opening(carried: interface.Carried | interface.RoundCarried) -> tuple[Any, dict[str, Any]]:
    """What a workflow starts from to go on with this, and its memo."""
    file = carried.file
    if isinstance(carried, interface.RoundCarried):
        assert isinstance(file, RoundFile)
        rest = {"rule": file.rule, "period": file.period, "subject": file.subject, "again": file.again}
        return interface.RoundOpening(**rest, edition=file.edition, carried=carried), {}
    assert isinstance(file, CaseFile)
    return interface.Opening(complaint=file.complaint, carried=carried), {CONTENT: content_of(file.complaint)}


def content_of(complaint: Complaint) -> str:
    """A digest of everything that a complaint says."""
    return blake2b(complaint.model_dump_json().encode(), digest_size=16).hexdigest()

"""Files and journals of cases and rounds, asked of the Temporal server."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import (
    WorkflowExecutionStatus,
)
from temporalio.service import RPCError, RPCStatusCode

from complaints.base.errors import Refusal, Refused
from complaints.case.additions import Additions
from complaints.case.file import CaseFile, FileT
from complaints.case.round import RoundFile
from complaints.case.trimming import completed
from complaints.connection.temporal import quoted
from starters.client.temporal.calls import TemporalCalls
from starters.client.transport import EventsSince
from workflows import interface

T = TypeVar("T")


_LOOK_AGAIN = 0.5  # seconds between two questions of a case for new lines


class TemporalFiles(TemporalCalls):
    """Reads files. An unknown case or round raises `Refusal` (`CASE_UNKNOWN`), unless a method says otherwise."""

    async def case(self, case: str) -> CaseFile:
        key = await self._key(case)
        return await self._asked(key, CaseFile)

    async def kept_case(self, case: str) -> CaseFile:
        try:
            return await self.case(case)
        except Refusal as refusal:
            kept = await self._kept(case.strip()) if refusal.code is Refused.CASE_UNKNOWN and self._kept else None
            if not isinstance(kept, CaseFile):
                raise
            return kept

    async def round(self, key: str) -> RoundFile:
        return await self._asked(key, RoundFile)

    async def events(self, name: str, after: int, wait: float) -> EventsSince:
        key = await self._key(name)
        given_up = asyncio.get_running_loop().time() + wait
        while True:
            found = await self._queried(key, interface.SINCE, [after], Additions)
            left = given_up - asyncio.get_running_loop().time()
            if found.lines or found.over or left <= 0:
                return EventsSince(lines=found.lines, last=max(found.sequence, after), closed=found.over)
            await asyncio.sleep(min(_LOOK_AGAIN, left))

    async def waiting_on(self, person: str) -> list[str]:
        query = f"ExecutionStatus = 'Running' AND {interface.WAITING_ON} = {quoted(person)}"
        return [found.id async for found in self.client.list_workflows(query)]

    async def since(self, key: str, after: int) -> Additions | None:
        """Return the journal lines of a case or a round, by key, after line `after` (0: from the beginning).

        They are those that the present run has; `Additions.file.journal_seq` is the last line of the journal. None if
        the server has no such case, or if its opening was refused.
        """
        try:
            return await self._queried(key, interface.SINCE, [after], Additions)
        except Refusal as refusal:
            if refusal.code is not Refused.CASE_UNKNOWN:
                raise
            return None

    async def remembered(self, key: str) -> Additions:
        """Return the journal of a case or a round, by key, as far back as the runs go that the server still has.

        `Additions.file.journal_seq` is the last line of the journal.
        """
        client, run = self.client, None
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
            except RPCError:  # the server keeps that run no longer
                break
            first = found.lines[0].seq if found.lines else found.sequence + 1
            found = found.but(lines=(*(line for line in earlier.lines if line.seq < first), *found.lines))
        return found

    async def runs_on(self, key: str) -> bool:
        """Whether the workflow of a case or a round, by key, exists and has not ended."""
        described = await self._described(key)
        return described is not None and described.status is WorkflowExecutionStatus.RUNNING

    async def _asked(self, key: str, shape: type[FileT]) -> FileT:
        """Query a file, and add what was trimmed from it."""
        return await self.completed(await self._queried(key, interface.CASE, [], shape))

    async def _queried(self, key: str, query: str, given: list[Any], shape: type[T]) -> T:
        """Query a case or a round. The answer may be lost if it closes just then, so the query is sent once more."""
        handle = self.client.get_workflow_handle(key)

        async def asked() -> T:
            within = timedelta(seconds=self._answer_within / 6)
            try:
                return await handle.query(query, args=given, result_type=shape, rpc_timeout=within)
            except RPCError as late:
                if late.status not in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED):
                    raise
            return await handle.query(query, args=given, result_type=shape)

        return await self._answer(asked, key)

    async def completed(self, file: FileT) -> FileT:
        """Complete a trimmed file from the read model; while that is unavailable, return the file unchanged."""
        kept = await self._kept(file.key) if file.trimmed and self._kept is not None else None
        return file if kept is None else completed(file, kept)

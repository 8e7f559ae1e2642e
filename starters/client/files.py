"""The part of the client that reads: files and journals of cases and rounds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import (
    WorkflowExecutionStatus,
)
from temporalio.service import RPCError, RPCStatusCode

from complaints.base.errors import Refusal, Refused
from complaints.case.additions import Additions
from complaints.case.file import CaseFile, File, FileT
from complaints.case.round import RoundFile
from complaints.case.trimming import completed
from starters.client.calls import Calls
from workflows import interface

T = TypeVar("T")


class Files(Calls):
    """Reading. Shapes and errors as in `Duly`."""

    async def case(self, case: str) -> CaseFile:
        """The whole case file, by key or number; also of a closed case, while the server keeps its history.

        A case that has become large leaves its notices and long texts to the records (`CaseFile.trimmed`). They are
        fetched from there if this process knows where that is (`DATABASE_URL`) and has what it takes to ask.
        """
        key = await self._key(case)
        return await self._asked(key, CaseFile)

    async def round(self, key: str) -> RoundFile:
        """The whole file of a round; also of one that is over, while the server keeps its history."""
        return await self._asked(key, RoundFile)

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

    async def remembered(self, key: str) -> Additions:
        """The journal of a case or a round, by key, as far back as the runs that the server still has tell it.

        `Additions.file` says where it ends.
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
            except RPCError:  # its time is over
                break
            first = found.lines[0].seq if found.lines else found.sequence + 1
            found = found.but(lines=(*(line for line in earlier.lines if line.seq < first), *found.lines))
        return found

    async def runs_on(self, key: str) -> bool:
        """Whether the workflow of a case or a round is there and has not ended."""
        described = await self._described(key)
        return described is not None and described.status is WorkflowExecutionStatus.RUNNING

    async def _asked(self, key: str, shape: type[FileT]) -> FileT:
        """A file, with what has left it."""
        return await self._completed(await self._queried(key, interface.CASE, [], shape))

    async def _queried(self, key: str, query: str, given: list[Any], shape: type[T]) -> T:
        """What a case or a round answers. The answer to who asks just as it closes may be lost: they ask once more."""
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

    async def _completed(self, file: FileT) -> FileT:
        """A file that has become large with what left it, which the records have; as it is while they are away."""
        kept = await self._kept(file.key) if file.trimmed and self._kept is not None else None
        return file if kept is None else completed(file, kept)

"""Calls to the Temporal server: each gets an answer, or the refusal that a failure amounts to, in bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsAway
from complaints.base.matching import typed
from complaints.case.file import File
from complaints.connection.settings import Settings
from complaints.connection.temporal import PATIENCE, connect, quoted
from starters.client.numbers import is_key, is_number
from workflows import interface

_NOT_PROCESSED = "UnprocessedUpdate"
"""What the server says of an Update that reached no worker, as after a crash: nothing happened, ask again."""

_NOT_READY_FOR = 3.0
"""Seconds for which a case may be unable to answer: the server may hold a new run back for one of them."""

T = TypeVar("T")
Clock = Callable[[], datetime]
Call = Callable[[], Awaitable[T]]
Kept = Callable[[str], Awaitable[File | None]]
"""The file with this key as the records have it; None if they are away or do not have it."""


def of_records(settings: Settings) -> Kept:
    """Files of the records of this installation, which are asked for a large case alone."""

    async def kept(key: str) -> File | None:
        try:
            from complaints.store.records import PostgresRecords
        except ImportError:  # a client that only has what it needs to speak to the server
            return None
        if (url := settings.located().database_url) is None:
            return None
        records = PostgresRecords(url, size=1)
        try:
            return await (records.round(key) if interface.is_round(key) else records.case(key))
        except RecordsAway:
            return None
        finally:
            await records.close()

    return kept


def _now() -> datetime:
    return datetime.now(UTC)


class Calls:
    """A connection to the Temporal server, and what becomes of a call that fails."""

    def __init__(
        self,
        client: Client,
        *,
        patience: float = PATIENCE,
        answer_within: float = 30.0,
        clock: Clock = _now,
        task_queue: str = interface.TASK_QUEUE,
        task_timeout: timedelta | None = None,
        kept: Kept | None = None,
    ) -> None:
        """`patience` seconds for the server, `answer_within` seconds for a worker; `clock` gives aware times.

        `kept` has the files of the records: what has left the file of a case that has become large is there.
        """
        self.client = client
        self._task_queue = task_queue
        self._task_timeout = task_timeout
        self._patience = patience
        self._answer_within = answer_within
        self._clock = clock
        self._kept = kept

    @classmethod
    async def connect(cls, address: str | None = None, namespace: str | None = None, **options: Any) -> Self:
        """A `Duly` for the server at `address` (host:port).

        Without it: `TEMPORAL_ADDRESS`, else the stack that runs on `DULY_HOME`. `namespace` is `TEMPORAL_NAMESPACE` or
        "default"; "drill" is for exercises. `options` are those of `Duly`. Raises `Unsettled` (of
        `complaints.connection.settings`) when no server is named or running.
        """
        settings = Settings.from_env(namespace=namespace)
        place = address or settings.located().need_address()
        client = await connect(place, settings.namespace, patience=options.get("patience", PATIENCE))
        if address is None:  # the records of another server are not known
            options.setdefault("kept", of_records(settings))
        return cls(client, **options)

    def _handle(self, key: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(key)

    async def _key(self, case: str) -> str:
        """The key of a case by its number, which the server's search knows."""
        wanted = case.strip()
        if is_key(wanted) or interface.is_round(wanted):
            return wanted
        number = typed(wanted)
        key = await self._answer(lambda: self._numbered(number), wanted) if is_number(number) else None
        if key is None:
            raise Refusal(Refused.CASE_UNKNOWN, case=case)
        return key

    async def _numbered(self, number: str) -> str | None:
        async for found in self.client.list_workflows(f"{interface.NUMBER} = {quoted(number)}", limit=1):
            return found.id
        return None

    async def _described(self, key: str) -> WorkflowExecutionDescription | None:
        """What the server says of a case; None if it has none. Not asked twice: somebody may open it in between."""
        try:
            return await self._waited_for(self._handle(key).describe())
        except RPCError as failed:
            if failed.status is RPCStatusCode.NOT_FOUND:
                return None
            raise await self._understood(failed, key) from failed

    async def _answer(self, call: Call[T], key: str) -> T:
        """The call's answer, or the refusal it amounts to; a server that is down is told within `patience` seconds."""
        try:
            return await self._once_ready(call)
        except WorkflowUpdateFailedError as failed:
            if isinstance(failed.cause, ApplicationError) and failed.cause.type == _NOT_PROCESSED:
                raise self._unreachable("worker") from failed
            raise _refusal(failed.cause) or failed from failed.cause
        except WorkflowQueryFailedError as failed:  # it is still being opened, or its worker cannot go on with it
            described = await self._described(key)
            if described is not None and described.status is WorkflowExecutionStatus.FAILED:  # nothing ever began
                raise Refusal(Refused.CASE_UNKNOWN, case=key) from failed
            raise self._unreachable("worker") from failed
        except RPCError as failed:
            raise await self._understood(failed, key) from failed

    async def _once_ready(self, call: Call[T]) -> T:
        """The call's answer. A case that is being opened, or has just gone on in a new run, is asked again."""
        given_up: float | None = None  # counted from the first answer, which may have taken long itself
        while True:
            try:
                return await self._waited_for(call())
            except (RPCError, WorkflowQueryFailedError) as failed:
                now = asyncio.get_running_loop().time()
                given_up = given_up or now + _NOT_READY_FOR
                if not _not_ready(failed) or now >= given_up:
                    raise
            await asyncio.sleep(_NOT_READY_FOR / 15)

    async def _waited_for(self, call: Awaitable[T]) -> T:
        task = asyncio.ensure_future(call)
        deadline = asyncio.get_running_loop().time() + self._answer_within
        try:
            # A busy worker may take its time, a server may not: ask it from time to time whether it is there.
            while not (await asyncio.wait({task}, timeout=self._patience * 0.6))[0]:
                if not await self._alive():
                    raise self._unreachable("server")
                if asyncio.get_running_loop().time() >= deadline:
                    raise self._unreachable("worker")
            return task.result()
        finally:
            await dismissed(task)

    async def _alive(self) -> bool:
        limit = self._patience * 0.3
        try:
            async with asyncio.timeout(limit):
                return await self.client.service_client.check_health(timeout=timedelta(seconds=limit))
        except (RPCError, RuntimeError, TimeoutError):
            return False

    def _unreachable(self, what: str) -> Refusal:
        address = f"{self.client.service_client.config.target_host}, {self.client.namespace}"
        return Refusal(Refused.SERVER_UNREACHABLE, what=what, address=address)

    async def _understood(self, failed: RPCError, key: str) -> Refusal:
        """What an answer of the server itself means to the caller."""
        if failed.status is not RPCStatusCode.NOT_FOUND:
            return self._unreachable("worker" if await self._alive() else "server")
        try:
            await self._handle(key).describe(rpc_timeout=timedelta(seconds=self._patience))
        except RPCError as absent:
            known = absent.status is RPCStatusCode.NOT_FOUND
            return Refusal(Refused.CASE_UNKNOWN, case=key) if known else self._unreachable("server")
        return Refusal(Refused.CASE_CLOSED, case=key)


def _not_ready(failed: RPCError | WorkflowQueryFailedError) -> bool:
    """Whether the case itself, not the server, cannot answer yet: nothing of what was asked has happened."""
    return isinstance(failed, WorkflowQueryFailedError) or failed.status is RPCStatusCode.FAILED_PRECONDITION


async def dismissed(task: asyncio.Future[Any]) -> None:
    """End what nobody waits for any more, and look at its error, so that the loop does not report it as forgotten."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1)
    if task.done() and not task.cancelled():
        task.exception()


def _refusal(cause: BaseException | None) -> Refusal | None:
    """The typed refusal that a workflow sent: its type is the code, its first detail the parameters."""
    if not isinstance(cause, ApplicationError) or cause.type not in set(Refused):
        return None
    params: Any = cause.details[0] if cause.details else {}
    return Refusal(Refused(cause.type), **params)

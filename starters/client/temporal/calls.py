"""Calls to the Temporal server: each returns an answer or raises a refusal, in bounded time."""

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
from complaints.connection.running_stack import default_home
from complaints.connection.settings import Settings, WrongSetting
from complaints.connection.temporal import PATIENCE, connect, described, quoted
from complaints.objects.store import Objects
from complaints.private_keys.places import has_keys, place_of
from complaints.signing.signer import Signer
from starters.client.numbers import is_key, is_number
from starters.client.transport import Transport
from workflows import interface

_NOT_PROCESSED = "UnprocessedUpdate"
"""Error type of an update that reached no worker, as after a crash: nothing happened, the caller may retry."""

_NOT_READY_FOR = 3.0
"""Seconds for which a case may be unable to answer: the server may delay a new run by one second."""

_KEYS_WITHIN, _KEYS_AGAIN = 10.0, 0.1
"""How long, and how often, an act is sent again to a case that does not know its key yet; in seconds."""

T = TypeVar("T")
S = TypeVar("S")
Clock = Callable[[], datetime]
CaseClock = Callable[[str], Awaitable[datetime]]
"""Returns the time of the case with this key."""
Call = Callable[[], Awaitable[T]]
Kept = Callable[[str], Awaitable[File | None]]
"""Returns the file with this key from the read model; None if that is unavailable or lacks the file."""


def of_records(settings: Settings) -> Kept:
    """Return a reader of this installation's read model, which is asked only for the files of large cases."""

    async def kept(key: str) -> File | None:
        try:
            from complaints.store.records import PostgresRecords
        except ImportError:  # an installation with only the client's dependencies
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


def of_objects(settings: Settings) -> Objects | None:
    """Return this installation's store of attachments; None if no place is set. Nothing is written or connected yet."""
    place = settings.located().object_place()
    return None if place is None else Objects.at(place)


def of_keys(settings: Settings) -> Signer | None:
    """Return a signer with the keys of the gateway, where this process may read them; None if it may not.

    So programs and commands on the machine of the development stack can act without signing in. Raises
    `KeyFileUnusable`.
    """
    place = place_of(settings.home or default_home(), settings.namespace)
    if not has_keys(place) or (url := settings.located().database_url) is None:
        return None
    try:
        from complaints.private_keys.folder import KeyFolder
        from complaints.private_keys.keeper import KeyKeeper
        from complaints.store.signing_keys import SigningKeys
    except ImportError:  # an installation with only the client's dependencies
        return None
    keeper = KeyKeeper(KeyFolder(place), SigningKeys(url, size=1))
    keeper.read()
    return keeper.signer("local")


def of_the_case(client: Client) -> CaseClock:
    """Return a clock that asks the server for the case's own time, which drills skip; ours for a case to be opened."""

    async def clock(key: str) -> datetime:
        try:
            shown = await described(client, key)
        except RPCError as absent:
            if absent.status is not RPCStatusCode.NOT_FOUND:
                raise
            return _now()
        skipping = shown.workflow_extended_info.time_skipping_info
        return skipping.current_time.ToDatetime(tzinfo=UTC) if skipping.HasField("current_time") else _now()

    return clock


def _now() -> datetime:
    return datetime.now(UTC)


class TemporalCalls(Transport):
    """A connection to the Temporal server that turns failed calls into refusals."""

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
        objects: Objects | None = None,
        signer: Signer | None = None,
        case_clock: CaseClock | None = None,
    ) -> None:
        """Wait `patience` seconds for the server and `answer_within` seconds for a worker.

        `clock` returns aware datetimes. `task_timeout` is the workflow task timeout of new workflows (None: the
        server's default). `kept` reads files from the read model, which has what was trimmed from a large case's file.
        `objects` is the store of attachments. `signer` signs every act, opening and recalculation, which cases that
        began under signing need; other cases take them, too. `case_clock` is the time by which they are signed for a
        case, if it is not `clock`: in drills each case has a time of its own (`of_the_case`).
        """
        self.client = client
        self.task_queue = task_queue
        self._task_timeout = task_timeout
        self._patience = patience
        self._answer_within = answer_within
        self._clock = clock
        self._kept = kept
        self.objects = objects
        self._signer = signer
        self._case_clock = case_clock

    @classmethod
    async def connect(cls, address: str | None = None, namespace: str | None = None, **options: Any) -> Self:
        """Connect to the server at `address` (host:port).

        `address` defaults to `TEMPORAL_ADDRESS`, else to the stack that runs on `DULY_HOME`. `namespace` defaults to
        `TEMPORAL_NAMESPACE`, else to "default"; "drill" is for drills. `options` are the constructor's keyword
        arguments, such as `patience` (5 seconds) and `answer_within` (30 seconds). Raises `Unsettled` if no server is
        named or running, `WrongSetting` for an unusable setting or a refused certificate or API key (both of
        `complaints.connection.settings`), and `Refusal` (`SERVER_UNREACHABLE`) after `patience` seconds.
        """
        settings = Settings.from_env(namespace=namespace)
        place = address or settings.located().need_address()
        client = await connect(place, settings.namespace, patience=options.get("patience", PATIENCE))
        if address is None:  # of another server neither the read model nor the attachments are known
            options.setdefault("kept", of_records(settings))
            options.setdefault("objects", of_objects(settings))
            options.setdefault("signer", of_keys(settings))
        if settings.drill:
            options.setdefault("case_clock", of_the_case(client))
        return cls(client, **options)

    async def close(self) -> None:
        """Do nothing: the connection of Temporal's SDK ends with the last reference to it."""

    def now(self) -> datetime:
        return self._clock()

    def _handle(self, key: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(key)

    def _updated(self, key: str, update: str, argument: Any, id: str, result: type[T]) -> Awaitable[T]:
        """Send an Update with this id and wait for its result."""
        update_of: Any = self._handle(key).execute_update  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return update_of(update, argument, id=id, result_type=result)

    async def _key(self, case: str) -> str:
        """Return the key for a case's key or number or a round's key; numbers are found by the server's search."""
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
        """Return the server's view of a case; None if it has none. Asked once only: a case may be opened meanwhile."""
        try:
            return await self._waited_for(self._handle(key).describe())
        except RPCError as failed:
            if failed.status is RPCStatusCode.NOT_FOUND:
                return None
            raise await self._understood(failed, key) from failed

    async def _answer(self, call: Call[T], key: str) -> T:
        """Return the call's answer or raise its refusal; a server that is down is told within `patience` seconds."""
        try:
            return await self._once_ready(call)
        except WorkflowUpdateFailedError as failed:
            if isinstance(failed.cause, ApplicationError) and failed.cause.type == _NOT_PROCESSED:
                raise self._unreachable("worker") from failed
            raise refusal_in(failed.cause) or failed from failed.cause
        except WorkflowQueryFailedError as failed:  # the case is still being opened, or its worker cannot go on with it
            described = await self._described(key)
            if described is not None and described.status is WorkflowExecutionStatus.FAILED:  # its opening was refused
                raise Refusal(Refused.CASE_UNKNOWN, case=key) from failed
            raise self._unreachable("worker") from failed
        except RPCError as failed:
            raise await self._understood(failed, key) from failed

    async def _signed_answer(self, key: str, sign: Callable[[], Awaitable[S]], send: Callable[[S], Awaitable[T]]) -> T:
        """Send what `sign` returns and return the answer, whether or not its key is new to the case, or was retired.

        A case fetches the keys when it is told to, and then the same text is sent again. If the key is retired, it is
        signed anew with another.
        """
        stated = await sign()
        told, given_up = False, asyncio.get_running_loop().time() + _KEYS_WITHIN
        while True:
            try:
                return await self._answer(lambda stated=stated: send(stated), key)
            except Refusal as refusal:
                if self._signer is None or refusal.code not in (Refused.KEY_UNKNOWN, Refused.KEY_RETIRED):
                    raise
                if asyncio.get_running_loop().time() >= given_up:
                    raise
                if refusal.code is Refused.KEY_UNKNOWN and not told:
                    told = True
                    await self._answer(lambda: self._handle(key).signal(interface.REFERENCE_CHANGED), key)
                elif refusal.code is Refused.KEY_RETIRED and self._signer.renew is not None:
                    await self._signer.renew()
                    stated = await sign()
            await asyncio.sleep(_KEYS_AGAIN)

    async def _time_of(self, key: str) -> datetime:
        """The time by which something is signed for this case."""
        return self._clock() if self._case_clock is None else await self._answer(lambda: self._clock_of(key), key)

    async def _clock_of(self, key: str) -> datetime:
        assert self._case_clock is not None
        return await self._case_clock(key)

    async def _once_ready(self, call: Call[T]) -> T:
        """Return the call's answer; ask again while the case is being opened or has just continued in a new run."""
        given_up: float | None = None  # counted from the first failure, because the first call may have been slow
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
            # A busy worker may be slow, the server may not: check the server's health from time to time.
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
        """Return the refusal that an RPC error of the server means for the caller.

        Raises `WrongSetting` if the server does not let us do it: nobody told it that we may, or the token expired.
        """
        if failed.status in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED):
            address = self.client.service_client.config.target_host
            raise WrongSetting("settings.refused-key", address=address, why=str(failed)) from failed
        if failed.status is not RPCStatusCode.NOT_FOUND:
            return self._unreachable("worker" if await self._alive() else "server")
        try:
            await self._handle(key).describe(rpc_timeout=timedelta(seconds=self._patience))
        except RPCError as absent:
            known = absent.status is RPCStatusCode.NOT_FOUND
            return Refusal(Refused.CASE_UNKNOWN, case=key) if known else self._unreachable("server")
        return Refusal(Refused.CASE_CLOSED, case=key)


def _not_ready(failed: RPCError | WorkflowQueryFailedError) -> bool:
    """Whether the case itself, not the server, cannot answer yet: the call has had no effect."""
    return isinstance(failed, WorkflowQueryFailedError) or failed.status is RPCStatusCode.FAILED_PRECONDITION


async def dismissed(task: asyncio.Future[Any]) -> None:
    """Cancel an abandoned task and retrieve its exception, so asyncio does not warn that it was never retrieved."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1)
    if task.done() and not task.cancelled():
        task.exception()


def refusal_in(cause: BaseException | None) -> Refusal | None:
    """Return the refusal that a workflow raised: the error's type is the code, its first detail the parameters."""
    if not isinstance(cause, ApplicationError) or cause.type not in set(Refused):
        return None
    params: Any = cause.details[0] if cause.details else {}
    return Refusal(Refused(cause.type), **params)

"""The connection to PostgreSQL: opened on demand, with short timeouts, typed errors. Only this module uses asyncpg."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import inspect
import json
import ssl
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, ClassVar, Self, TypeAlias, cast
from weakref import WeakKeyDictionary

import asyncpg  # pyright: ignore[reportMissingTypeStubs]

from complaints.base.canonical import plain
from complaints.base.faults import Fault, RecordsAway, RecordsRefused, RecordsSlow, RecordsUntrusted

Connection: TypeAlias = Any  # the driver's connection behind its pool's proxy; the driver has no types
_driver: Any = asyncpg

_BETWEEN = {__file__, contextlib.__file__}
"""Source files of the frames between the method that uses a connection and the place that notices a timeout."""

CONNECT = 1.0
"""Seconds to connect. A local activity must fail fast, so that no case's timers wait for PostgreSQL."""
STATEMENT = 2.0
"""Seconds for one statement."""
QUEUE = 2.0
"""Seconds to wait for a free connection, including the time to connect."""
WHOLE = 4.0
"""Seconds for one use of a connection as a whole, unless the caller sets another limit."""
LONG = 20.0
"""Seconds for methods that read or search much data."""

FAULTS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""All errors that the driver raises when a statement or a connection fails."""
TOO_SLOW = {"57014", "55P03"}
"""SQLSTATEs of a statement that took too long, and of one that waited too long for a lock."""


def fault_of(error: BaseException) -> Fault:
    """Convert the driver's error by its code and constraint. Its own message is dropped, because it may quote rows.

    Only errors caused by the data are `RecordsRefused` (SQLSTATE classes 22 and 23). All others (server absent,
    starting, stopping, full, not migrated yet, no permission) can be fixed by an operator, so a retry makes sense.
    """
    code = str(getattr(error, "sqlstate", None) or "")
    name = type(error).__name__
    if code[:2] in {"22", "23"} or isinstance(error, asyncpg.DataError):
        where = getattr(error, "constraint_name", None) or getattr(error, "table_name", None) or "no constraint"
        return RecordsRefused(f"PostgreSQL refuses the data: {name} {code} ({where})")
    if isinstance(error, ssl.SSLError):
        why = getattr(error, "verify_message", "") or error.reason or name
        return RecordsUntrusted(f"the encrypted connection to PostgreSQL was not made, see its certificate: {why}")
    return RecordsAway(f"PostgreSQL is away or cannot do it now: {name} {code}".rstrip())


def _too_slow(error: BaseException) -> bool:
    """Return whether a statement on an intact connection took too long. A broken connection is another fault."""
    return isinstance(error, TimeoutError) or getattr(error, "sqlstate", None) in TOO_SLOW


def _operation() -> str:
    """Return the name of the method that uses the connection, for messages: the nearest public one outside this module.

    It is found in the call stack when something was slow, so that no method has to pass its name.
    """
    frame = inspect.currentframe()
    while frame is not None:
        code = frame.f_code
        if code.co_filename not in _BETWEEN and not code.co_name.startswith(("_", "<")):
            return code.co_qualname
        frame = frame.f_back
    return "a statement"


def is_duplicate(error: BaseException) -> bool:
    """Return whether a row with that key exists already: a concurrent writer was faster."""
    return isinstance(error, asyncpg.UniqueViolationError)


async def connect(url: str, patience: float = CONNECT) -> Connection:
    """Open one connection outside any pool, within `patience` seconds."""
    return await _driver.connect(url, timeout=patience)


class _Pool:
    """A pool that opens when a connection is first needed, and again after it was closed."""

    def __init__(self, url: str, size: int) -> None:
        self.url = url
        self.size = size
        self._pool: Any = None
        self._opening = asyncio.Lock()
        self._keeps_plans: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()

    async def opened(self) -> Any:
        """Return the driver's pool."""
        async with self._opening:
            if self._pool is None:
                self._pool = await _driver.create_pool(
                    self.url,
                    min_size=0,
                    max_size=self.size,
                    timeout=CONNECT,
                    command_timeout=STATEMENT,
                    init=_speak_json,
                    reset=_as_it_is,
                    server_settings={"application_name": "duly", "timezone": "UTC", "plan_cache_mode": "auto"},
                )
            return self._pool

    async def plan(self, connection: Connection, keeps_plans: bool) -> None:
        """Set how the connection plans statements: one round trip, but only if its last user wanted the other mode."""
        raw = connection._con
        if self._keeps_plans.get(raw, True) is not keeps_plans:
            await connection.execute(f"SET plan_cache_mode = {'auto' if keeps_plans else 'force_custom_plan'}")
            self._keeps_plans[raw] = keeps_plans

    async def close(self) -> None:
        """Close every connection, within `STATEMENT` seconds; those that will not are cut off.

        Their closing is not waited for any more: it may wait, cancelled or not, for an answer that never comes.
        """
        pool, self._pool = self._pool, None
        if pool is None:
            return
        closing: asyncio.Future[None] = asyncio.ensure_future(pool.close())
        await asyncio.wait((closing,), timeout=STATEMENT)
        if closing.done() and not closing.cancelled() and closing.exception() is None:
            return
        pool.terminate()
        closing.cancel()
        closing.add_done_callback(lambda over: over.cancelled() or over.exception())


class Database:
    """A pool of connections that connects when it is first needed and again whenever PostgreSQL comes back.

    `url` is a PostgreSQL URL of libpq's form, Unix sockets included. Every use raises `RecordsAway` or `RecordsRefused`
    instead of the driver's errors. A process creates one and passes it to every `Store` that it needs.

    By default each execution of a statement is planned for its actual values: a plan shared by a day and a year, or by
    one project and all of them, may take thirty times as long. `keeps_plans` caches plans instead, which saves the
    planning time where statements are simple and frequent.
    """

    def __init__(self, url: str, size: int = 10, *, keeps_plans: bool = False) -> None:
        self._pool = _Pool(url, size)
        self._keeps_plans = keeps_plans
        self._places = asyncio.Semaphore(size)

    def share(self, at_most: int, *, keeps_plans: bool) -> Database:
        """Return the same pool, for a user that has at most so many connections at a time and plans in this way."""
        other = copy.copy(self)
        other._keeps_plans = keeps_plans
        other._places = asyncio.Semaphore(at_most)
        return other

    @asynccontextmanager
    async def connection(self, within: float | None = WHOLE) -> AsyncGenerator[Connection]:
        """Yield a connection outside a transaction: each statement is its own. Terminated after `within` seconds.

        A caller that asks for more than the usual time may spend all of it on one statement.
        """
        began, held, placed = time.monotonic(), False, False
        try:
            pool = await self._pool.opened()
            await self._placed()
            placed = True
            connection = await self._acquired(pool)
            held = True
            try:
                async with asyncio.timeout(within):
                    await self._pool.plan(connection, self._keeps_plans)
                    yield connection if within is None or within <= WHOLE else _Patient(connection, within)
            except (TimeoutError, asyncio.CancelledError):
                # A statement may still be running on it: close it rather than wait for the answer.
                connection.terminate()
                raise
            finally:
                await pool.release(connection, timeout=STATEMENT)
        except FAULTS as error:
            if held and _too_slow(error):
                raise RecordsSlow(_operation(), time.monotonic() - began) from None
            raise fault_of(error) from None
        finally:
            if placed:
                self._places.release()

    @asynccontextmanager
    async def transaction(self, within: float | None = WHOLE) -> AsyncGenerator[Connection]:
        """Yield a connection within one transaction: committed at the end, rolled back by any error."""
        async with self.connection(within) as connection, connection.transaction():
            yield connection

    async def close(self) -> None:
        """Close every connection; later use opens the pool again."""
        await self._pool.close()

    async def _placed(self) -> None:
        """Wait for one of the connections that this share of the pool may have."""
        try:
            async with asyncio.timeout(QUEUE):
                await self._places.acquire()
        except TimeoutError:
            raise RecordsSlow(f"{_operation()} (waiting for a free connection)", QUEUE) from None

    async def _acquired(self, pool: Any) -> Connection:
        """Acquire a connection of the pool. If this process uses all of them, PostgreSQL is slow, not unavailable."""
        try:
            return await pool.acquire(timeout=QUEUE)
        except TimeoutError:
            if pool.get_size() >= self._pool.size and not pool.get_idle_size():
                raise RecordsSlow(f"{_operation()} (waiting for a free connection)", QUEUE) from None
            raise


class Store:
    """A part of the read model. Every method of a subclass raises `RecordsAway` while PostgreSQL is unavailable."""

    keeps_plans: ClassVar[bool] = False
    """Whether its statements are simple and frequent (see `Database`)."""

    def __init__(self, at: str | Database, size: int = 2) -> None:
        """Use the process's database `at`, or open a pool for a URL; `size` connections at a time at most."""
        self._own = None if isinstance(at, Database) else Database(at, size)
        self._database = (self._own or cast(Database, at)).share(size, keeps_plans=self.keeps_plans)

    async def close(self) -> None:
        """Close the connections of its own pool; a shared one stays open."""
        if self._own is not None:
            await self._own.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


_STATEMENTS = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "copy_records_to_table"}


class _Patient:
    """A connection whose statements may take longer than usual; an explicit `timeout` of a statement still applies."""

    def __init__(self, connection: Connection, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        return functools.partial(found, timeout=self._seconds) if name in _STATEMENTS else found


async def _speak_json(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=as_json, decoder=json.loads, format="text")


async def _as_it_is(connection: Connection) -> None:
    """Reset nothing between two uses: a reset costs a round trip, and `_Pool.plan` tracks our only session setting."""


class Json(str):
    """JSON text in a form that PostgreSQL can store: a parameter of type jsonb that is sent unchanged."""

    __slots__ = ()


def as_json(value: Any) -> str:
    """Return `value` as JSON text that PostgreSQL can store. The driver calls this for all parameters of type jsonb."""
    if isinstance(value, Json):
        return value
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))

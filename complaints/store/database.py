"""The connection to PostgreSQL: lazy, impatient, honest about what went wrong. Only this module knows the driver."""

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
"""The files between the method that uses a connection and the place where a time-out is noticed."""

CONNECT = 1.0
"""Seconds to connect. A local activity must fail fast, so that a clock never waits for the records."""
STATEMENT = 2.0
"""Seconds for one statement."""
QUEUE = 2.0
"""Seconds to wait for a free connection, connecting included."""
WHOLE = 4.0
"""Seconds for all that is done with a connection at a time, unless the user says otherwise."""
LONG = 20.0
"""Seconds for what reads or searches much."""

FAULTS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""All that the driver raises when a statement or a connection fails."""
TOO_SLOW = {"57014", "55P03"}
"""SQLSTATEs of a statement that took too long, and of one that waited too long for a lock."""


def fault_of(error: BaseException) -> Fault:
    """The driver's error as ours, by its code and constraint: its own words may quote rows, and stay out.

    Refused is only what the data themselves are to blame for (SQLSTATE classes 22 and 23). All else (not there,
    starting, stopping, full, not migrated yet, no permission) somebody can put right: it is worth trying again.
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
    """Whether a statement of a connection that stands took too long. A connection that breaks is another fault."""
    return isinstance(error, TimeoutError) or getattr(error, "sqlstate", None) in TOO_SLOW


def _operation() -> str:
    """The method that uses the connection, for messages: the nearest public one outside this module.

    Found by the frames of the caller when something was slow, so that no method has to say its name.
    """
    frame = inspect.currentframe()
    while frame is not None:
        code = frame.f_code
        if code.co_filename not in _BETWEEN and not code.co_name.startswith(("_", "<")):
            return code.co_qualname
        frame = frame.f_back
    return "a statement"


def is_duplicate(error: BaseException) -> bool:
    """Whether a row of that key is there already: somebody else was faster."""
    return isinstance(error, asyncpg.UniqueViolationError)


async def connect(url: str, patience: float = CONNECT) -> Connection:
    """One connection outside any pool, within `patience` seconds."""
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
        """The driver's pool."""
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
                    server_settings={"application_name": "duly", "timezone": "UTC"},
                )
            return self._pool

    async def plan(self, connection: Connection, keeps_plans: bool) -> None:
        """Have the connection plan in this way. It costs a round trip only if its last user wanted the other way."""
        raw = connection._con
        if self._keeps_plans.get(raw, True) is not keeps_plans:
            await connection.execute(f"SET plan_cache_mode = {'auto' if keeps_plans else 'force_custom_plan'}")
            self._keeps_plans[raw] = keeps_plans

    async def close(self) -> None:
        """Close every connection."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), timeout=STATEMENT)
        except FAULTS:
            pool.terminate()


class Database:
    """A pool of connections that connects when it is first needed and again whenever PostgreSQL comes back.

    `url` is a PostgreSQL URL of libpq's form, Unix sockets included. Every use raises `RecordsAway` or `RecordsRefused`
    instead of the driver's errors. A process makes one and gives it to every `Store` that it needs.

    A statement is planned anew each time, for the values that it has then: one plan for a day and a year, for one
    project and all of them, may take thirty times as long as theirs. `keeps_plans` saves that planning where statements
    are simple and many.
    """

    def __init__(self, url: str, size: int = 10, *, keeps_plans: bool = False) -> None:
        self._pool = _Pool(url, size)
        self._keeps_plans = keeps_plans

    def planning(self, *, keeps_plans: bool) -> Database:
        """The same pool for statements that are planned in this way."""
        other = copy.copy(self)
        other._keeps_plans = keeps_plans
        return other

    @asynccontextmanager
    async def connection(self, within: float | None = WHOLE) -> AsyncGenerator[Connection]:
        """A connection outside a transaction: each statement is one. Given back `within` seconds, or lost.

        A user that asks for more than the usual time may spend all of it on one statement.
        """
        began, held = time.monotonic(), False
        try:
            pool = await self._pool.opened()
            connection = await self._acquired(pool)
            held = True
            try:
                async with asyncio.timeout(within):
                    await self._pool.plan(connection, self._keeps_plans)
                    yield connection if within is None or within <= WHOLE else _Patient(connection, within)
            except (TimeoutError, asyncio.CancelledError):
                # Nobody knows what is under way on it: let it go rather than wait for its answer.
                connection.terminate()
                raise
            finally:
                await pool.release(connection, timeout=STATEMENT)
        except FAULTS as error:
            if held and _too_slow(error):
                raise RecordsSlow(_operation(), time.monotonic() - began) from None
            raise fault_of(error) from None

    @asynccontextmanager
    async def transaction(self, within: float | None = WHOLE) -> AsyncGenerator[Connection]:
        """A connection within one transaction: committed at the end, rolled back by any error."""
        async with self.connection(within) as connection, connection.transaction():
            yield connection

    async def close(self) -> None:
        """Close every connection; later use opens the pool again."""
        await self._pool.close()

    async def _acquired(self, pool: Any) -> Connection:
        """A connection of the pool. If all are in use by this process, PostgreSQL is slow and not away."""
        try:
            return await pool.acquire(timeout=QUEUE)
        except TimeoutError:
            if pool.get_size() >= self._pool.size and not pool.get_idle_size():
                raise RecordsSlow(f"{_operation()} (waiting for a free connection)", QUEUE) from None
            raise


class Store:
    """A part of the read model. Every method of one raises `RecordsAway` while PostgreSQL is away."""

    keeps_plans: ClassVar[bool] = False
    """Whether its statements are simple and many (`Database`)."""

    def __init__(self, at: str | Database, size: int = 2) -> None:
        """`at` is the database of this process, or a URL for a pool of its own of at most `size` connections."""
        self._own = None if isinstance(at, Database) else Database(at, size)
        self._database = (self._own or cast(Database, at)).planning(keeps_plans=self.keeps_plans)

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
    """A connection whose statements may take longer than others; a `timeout` of their own still counts."""

    def __init__(self, connection: Connection, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        return functools.partial(found, timeout=self._seconds) if name in _STATEMENTS else found


async def _speak_json(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=as_json, decoder=json.loads, format="text")


async def _as_it_is(connection: Connection) -> None:
    """Between two uses: nothing of ours changes a session, so resetting it would only cost a round trip each time."""


class Json(str):
    """JSON text that PostgreSQL can keep already: a parameter of type jsonb that goes over as it is."""

    __slots__ = ()


def as_json(value: Any) -> str:
    """`value` as JSON text that PostgreSQL can keep. Parameters of type jsonb pass through it by themselves."""
    if isinstance(value, Json):
        return value
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))

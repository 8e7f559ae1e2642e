"""The installation that is attacked: a locked stack of its own, a worker, the keys of a gateway, and open cases."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from bench.attacks.forging import FIRST, Keys
from bench.attacks.tally import ACCEPTED
from bench.stage import DIRECTORY
from complaints.base.errors import Refusal
from complaints.case.file import CaseFile, JournalLine
from complaints.connection.settings import Settings
from complaints.connection.temporal import connect
from complaints.signing.signer import Signer
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from complaints.store.signing_keys import SigningKeys
from devstack.progress import silent
from devstack.stack import Stack, running
from starters.client import Duly
from tests.people import CLERK, ENGINEERING, MANAGER, SUPERVISOR
from worker.main import run_worker
from workflows import interface

PATIENCE = 120.0
"""Seconds for what has to happen on a machine that is busy with other things."""
OUR_OWN = (
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
    EventType.EVENT_TYPE_TIMER_FIRED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_TIMER_CANCELED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    EventType.EVENT_TYPE_MARKER_RECORDED,
)
"""What a case does when one of its own timers fires, or the server takes its worker for gone."""
T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T]], pause: float = 0.1) -> T:
    """Return what `look` returns, once it neither raises `Refusal` nor fails an assertion."""
    end = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            return await look()
        except (Refusal, AssertionError):
            if asyncio.get_running_loop().time() > end:
                raise
            await asyncio.sleep(pause)


class NotLocked(Exception):
    """The server cannot be locked: it is the `temporal` CLI's."""


@dataclass
class Ground:
    """An installation, and how to look at it. `duly` is its gateway: what it sends is signed with the good key."""

    stack: Stack
    settings: Settings
    keys: Keys
    table: SigningKeys
    records: PostgresRecords
    duly: Duly

    @property
    def client(self) -> Client:
        """A connection with the gateway's token, which may write."""
        return self.duly.client

    def handle(self, key: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(key)

    async def opened(self, **changes: Any) -> str:
        """Open a case and return its key."""
        return (await self.duly.open_complaint(complaint(**changes))).key

    async def update(self, key: str, name: str, sent: Any) -> str:
        """Send an update straight to the server, and return the reason of the refusal."""
        update: Any = self.handle(key).execute_update
        try:
            await update(name, sent, id=uuid4().hex)
        except WorkflowUpdateFailedError as failed:
            return reason_of(failed.cause)
        except RPCError as failed:
            return failed.status.name.lower().replace("_", "-")
        return ACCEPTED

    async def events(self, key: str) -> int:
        """Return the length of the history, once no workflow task is under way whose end would be another event."""

        async def quiet() -> int:
            shown = await self.handle(key).describe()
            assert not shown.raw_description.HasField("pending_workflow_task")
            return shown.history_length

        return await eventually(quiet)

    async def grown(self, key: str, before: int) -> Counter[str]:
        """Return the events that a case has more than `before`, by type, without those of its own timers."""
        after = await self.events(key)
        if after == before:
            return Counter()
        new = [one async for one in self.handle(key).fetch_history_events() if one.event_id > before]
        own = any(one.event_type == EventType.EVENT_TYPE_TIMER_FIRED for one in new) or any(
            one.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT for one in new
        )
        return Counter(
            EventType.Name(one.event_type).removeprefix("EVENT_TYPE_").lower()
            for one in new
            if not (own and one.event_type in OUR_OWN)
        )

    async def file(self, key: str) -> CaseFile:
        return await self.duly.case(key)

    async def afresh(self, *keys: str) -> None:
        """Have the cases continue as new, with which the count of refused signals is written to their journals."""
        runs = {key: (await self.handle(key).describe()).run_id for key in keys}
        for key in keys:
            await self.handle(key).signal(interface.CONTINUE_AS_NEW)
        for key, run in runs.items():

            async def later(key: str = key, run: str | None = run) -> None:
                assert (await self.handle(key).describe()).run_id != run

            await eventually(later)

    async def journal(self, key: str) -> list[JournalLine]:
        """Return all lines of a journal, as soon as the read model has them."""
        written = (await eventually(lambda: self.file(key))).journal_seq

        async def there() -> None:
            assert await self.records.cursor(key) >= written

        await eventually(there)
        return await self.records.journal(key)


def complaint(**changes: Any) -> dict[str, Any]:
    """A complaint of a customer of its own: repeated ones would be proposed a higher level."""
    nth = uuid4().hex
    return {
        "source": "crm",
        "external_id": nth,
        "project": "hf01",
        "received_at": datetime.now(UTC).isoformat(),
        "received_by": CLERK,
        "channel": "phone",
        "category": "engineering",
        "customer": f"客户{nth[:12]}",
        "contact": nth[:12],
        "matter": "地下室渗水",
        **changes,
    }


def reason_of(cause: BaseException | None) -> str:
    """Return the code of a refusal, or "undecodable" for what the case could not even read."""
    if not isinstance(cause, ApplicationError):
        return type(cause).__name__
    known = cause.type or ""
    return known if known.islower() else "undecodable"


@asynccontextmanager
async def installation(home: Path | None = None) -> AsyncGenerator[Ground]:
    """Run an installation for the duration of the block. Raises `StackError`, and `NotLocked`."""
    async with AsyncExitStack() as held:
        place = home or Path(held.enter_context(tempfile.TemporaryDirectory(prefix="duly-attacks-")))
        held.enter_context(_unset("TEMPORAL_ADDRESS", "DATABASE_URL", "TEMPORAL_API_KEY", "TEMPORAL_API_KEY_FILE"))
        stack = await held.enter_async_context(running(place, progress=silent, drill_speed=True))
        if stack.tokens is None:
            raise NotLocked
        await migrate(stack.database_url)
        records = PostgresRecords(stack.database_url, size=2)
        held.push_async_callback(records.close)
        await records.load_directory(DIRECTORY.read_text(encoding="utf-8"), by="bench")
        table = await held.enter_async_context(SigningKeys(stack.database_url, size=2))
        keys = await published(table)
        settings = Settings(
            temporal_address=stack.temporal_address, database_url=stack.database_url, home=place, health_address="off"
        )
        await held.enter_async_context(_working(settings))
        duly = Duly(await connect(stack.temporal_address), signer=Signer(keys.good, "session"))
        yield Ground(stack, settings, keys, table, records, duly)


async def published(table: SigningKeys) -> Keys:
    """Publish keys, and retire the one that is to be retired."""
    keys, now = Keys(), datetime.now(UTC)
    add = tuple(key.public("gateway", now - FIRST) for key in (keys.good, keys.retired))
    await table.change(by="bench", add=(*add, keys.coming.public("gateway", now + timedelta(days=1))))
    await table.change(by="bench", retire={keys.retired.kid: now - timedelta(seconds=1)}, reason="stolen")
    return keys


@contextlib.contextmanager
def _unset(*names: str) -> Any:
    """Leave out the settings of another installation for the duration of the block."""
    before: Mapping[str, str] = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(before)


@asynccontextmanager
async def _working(settings: Settings) -> AsyncGenerator[None]:
    """A worker in this process, so that a test can switch off one of its checks."""
    stop, ready = asyncio.Event(), asyncio.Event()
    working = asyncio.create_task(run_worker(settings, stop, ready.set))
    begun = asyncio.create_task(ready.wait())
    await asyncio.wait({working, begun}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield
    finally:
        begun.cancel()
        stop.set()
        await working


ABSENCE = """
[[absence]]
person = "{person}"
from = {since}
until = {until}
"""


async def without(ground: Ground, person: str) -> None:
    """Put a directory in force in which the person is away today. Cases hear of it when they are told."""
    now = datetime.now(UTC)
    since, until = ((now + timedelta(days=days)).isoformat(timespec="seconds") for days in (-1, 2))
    away = ABSENCE.format(person=person, since=since, until=until)
    await ground.records.load_directory(DIRECTORY.read_text(encoding="utf-8") + away, by="bench")


async def with_everybody(ground: Ground) -> None:
    await ground.records.load_directory(DIRECTORY.read_text(encoding="utf-8"), by="bench")


@dataclass(frozen=True)
class Cases:
    """The cases that are attacked."""

    common: tuple[str, ...]  # for whatever is wrong with a statement
    graded: str  # a crisis: SUPERVISOR has asked for a lower grade, which MANAGER is to approve
    about: str  # about ENGINEERING
    deciding: str  # like `graded`, and MANAGER is away: SUPERVISOR stands in, and would decide about themselves
    replayed: str  # has acts that were accepted, whose texts are sent elsewhere, and whose ids are used again
    answering: str  # has acts that were accepted, whose texts are sent again: the answers are in its history

    @property
    def quiet(self) -> tuple[str, ...]:
        """The cases whose histories must not grow."""
        return (*self.common, self.graded, self.about, self.deciding, self.replayed)


GRADING = "CR-5.2.1a"
APPROVAL = "REGRADE.approval@act-2"  # asked for by the second act of the case


async def _graded(ground: Ground) -> str:
    key = await ground.opened(loss="600000")
    duly = ground.duly
    await duly.discharge(key, GRADING, by=SUPERVISOR, form={"level": 1, "reason": "可能损失超过标准"})
    await duly.regrade(key, by=SUPERVISOR, level=2, reason="损失核减")
    file = await ground.file(key)
    assert file.duties[APPROVAL].owner == MANAGER
    return key


async def cases(ground: Ground, common: int = 4) -> Cases:
    """Open the cases."""
    deciding = await _graded(ground)
    await without(ground, MANAGER)
    await ground.handle(deciding).signal(interface.REFERENCE_CHANGED)

    async def heard() -> None:
        lines = (await ground.duly.remembered(deciding)).lines
        assert any(line.kind == "reference.changed" for line in lines)

    await eventually(heard)
    await with_everybody(ground)
    return Cases(
        common=tuple([await ground.opened() for _ in range(common)]),
        graded=await _graded(ground),
        about=await ground.opened(about=[ENGINEERING]),
        deciding=deciding,
        replayed=await ground.opened(),
        answering=await ground.opened(),
    )

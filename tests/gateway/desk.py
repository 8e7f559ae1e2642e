"""A gateway over cases in memory: the client is `MemoryDuly`, the read model is real. No Temporal server is needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx2
from temporalio.service import RPCError, RPCStatusCode

from complaints.access.principal import Principal
from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, minted
from complaints.accounts.model import SessionKind
from complaints.base.errors import Refusal, Refused
from complaints.case.additions import Additions
from complaints.case.file import CaseFile, Written
from complaints.case.round import RoundFile
from complaints.store.records import PostgresRecords
from starters.client import Duly
from starters.gateway import signing_in
from tests.fakes import ExampleReferences
from tests.gateway.house import GOOD, House, house
from tests.memory import MemoryDuly


class DeskDuly(MemoryDuly):
    """The client in memory, which knows when there is no such case."""

    async def since(self, key: str, after: int) -> Additions | None:
        return await super().since(key, after) if key in self.cases else None

    async def round(self, key: str) -> RoundFile:
        if key not in self.cases:
            raise Refusal(Refused.CASE_UNKNOWN, case=key)
        return await super().round(key)


class DeskClients:
    """Gives everybody the one client in memory, and remembers who asked for it."""

    signs = True

    def __init__(self, duly: MemoryDuly) -> None:
        self._duly = duly
        self.asked: list[Principal] = []

    async def duly(self, principal: Principal) -> Duly:
        self.asked.append(principal)
        return self._duly


@dataclass
class Desk:
    """A gateway, its cases, and programs that are signed in."""

    house: House
    duly: MemoryDuly
    clients: DeskClients
    _open: AsyncExitStack
    _seeds: list[int] = field(default_factory=lambda: [100])

    async def person(self, id: str) -> httpx2.AsyncClient:
        """Return a program that acts for a person of the directory."""
        await self.house.account(id)
        return await self.signed_in(id)

    async def signed_in(self, id: str) -> httpx2.AsyncClient:
        """Return a program that acts for somebody who has an account already."""
        done = await signing_in.with_password(self.house.parts, id, GOOD, SessionKind.COMMAND, "203.0.113.7")
        return await self._program(done.credential.text)

    async def backend(self, *scopes: str) -> httpx2.AsyncClient:
        """Return a backend with these scopes."""
        self._seeds[0] += 1
        made = minted(CredentialKind.BACKEND, bytes([self._seeds[0]]) * RANDOM_BYTES)
        until = self.house.now + timedelta(days=30)
        add = self.house.parts.tokens.add
        await add(made, "crm", frozenset(scopes), by="ops", now=self.house.now, expires_at=until)
        return await self._program(made.text)

    async def anybody(self) -> httpx2.AsyncClient:
        """Return a program without a credential."""
        return await self._open.enter_async_context(self.house.program())

    async def _program(self, token: str) -> httpx2.AsyncClient:
        return await self._open.enter_async_context(self.house.program(authorization=f"Bearer {token}"))

    async def opened(self, external_id: str = "1", **changes: Any) -> CaseFile:
        """Open a complaint without the gateway, and return its case."""
        receipt = await self.duly.open_complaint(complaint(external_id, **changes))
        return await self.duly.case(receipt.key)


def complaint(external_id: str | None = "1", **changes: Any) -> dict[str, Any]:
    """The body of a complaint."""
    said: Mapping[str, Any] = {
        "source": "crm",
        "external_id": external_id,
        "project": "hf01",
        "received_at": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "received_by": "zhou.min",
        "channel": "phone",
        "category": "engineering",
        "customer": "钱女士",
        "contact": "13800000017",
        "building": "3栋 1201",
        "matter": "外墙渗水，客厅墙面发霉。",
        "confirmed": True,
    }
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


@asynccontextmanager
async def desk(url: str, **changes: Any) -> AsyncIterator[Desk]:
    """A gateway on the database at `url`, with the example directory."""
    duly = DeskDuly(ExampleReferences())
    clients = DeskClients(duly)
    _knows_what_runs(duly)
    async with house(url, clients=clients, **changes) as built, AsyncExitStack() as opened:
        built.moment[0] = datetime.now(UTC)
        _write_into(duly, built.parts.stores(PostgresRecords))
        yield Desk(built, duly, clients, opened)


def _knows_what_runs(duly: Any) -> None:
    """Let the connection list the cases that run, and no schedules."""

    async def running(_: str) -> AsyncIterator[Any]:
        for key, case in list(duly.cases.items()):
            if not case.closed:
                yield SimpleNamespace(id=key)

    async def nothing() -> AsyncIterator[Any]:
        for one in ():
            yield one

    async def schedules() -> AsyncIterator[Any]:
        return nothing()

    async def unknown() -> Any:
        raise RPCError("no such schedule", RPCStatusCode.NOT_FOUND, b"")

    duly.client.list_workflows = running
    duly.client.list_schedules = schedules
    duly.client.get_schedule_handle = lambda _: SimpleNamespace(describe=unknown)


def _write_into(duly: MemoryDuly, records: PostgresRecords) -> None:
    """Let cases in memory be written into the real read model too, which gives them their numbers."""
    memory = duly.records.write

    async def write(additions: Additions) -> Written:
        await memory(additions)
        return await records.write(additions)

    duly.records.write = write  # pyright: ignore[reportAttributeAccessIssue]

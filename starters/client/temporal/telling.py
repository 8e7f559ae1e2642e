"""Tells open cases of a new directory or calendar: a signal to each that does not have it yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows import interface

AT_ONCE = 32
"""Concurrent signals. After this many failures without a single success, the remaining cases are not tried."""


class OutdatedReader(Protocol):
    """What this module needs from the read model."""

    async def reference_version(self) -> str | None: ...
    async def open_keys(self) -> list[str]: ...
    async def known_versions(self, keys: Sequence[str], /) -> dict[str, str]: ...


@dataclass
class SignalledCases:
    """The keys of the cases and rounds that were signalled, and of those that were not, with the reason."""

    told: set[str] = field(default_factory=set[str])
    untold: dict[str, str] = field(default_factory=dict[str, str])


async def behind(records: OutdatedReader, keys: list[str], newest: str) -> list[str]:
    """Return which of these open cases do not have the newest version of directory and calendar."""
    known = await records.known_versions(keys)
    return [key for key in keys if known.get(key) != newest]


async def tell_outdated(client: Client, records: OutdatedReader, telling: SignalledCases, newest: str) -> None:
    """Signal every open case without the newest version, those included that the read model does not have yet.

    May be interrupted and repeated: a case that has the version is skipped, and one that cannot be signalled does not
    stop the others.
    """
    while True:
        running = {found.id async for found in client.list_workflows(interface.AT_WORK)} | set(
            await records.open_keys()
        )
        left = await behind(records, sorted(running - telling.told - telling.untold.keys()), newest)
        if not left:
            return
        await tell(client, left, telling)


async def tell(
    client: Client, keys: Sequence[str], telling: SignalledCases, done: Callable[[], None] = lambda: None
) -> None:
    """Signal these cases; the server keeps a signal once it is sent. `done` is called for each."""
    slots, before = asyncio.Semaphore(AT_ONCE), len(telling.told)

    async def one(key: str) -> None:
        async with slots:
            if len(telling.untold) >= AT_ONCE and len(telling.told) == before:  # no answer: waiting is useless
                telling.untold[key] = next(iter(telling.untold.values()))
                return
            try:
                await client.get_workflow_handle(key).signal(interface.REFERENCE_CHANGED)
            except RPCError as fault:
                if fault.status is not RPCStatusCode.NOT_FOUND:
                    telling.untold[key] = f"{fault.status.name}: {fault.message}"
                    return
            telling.told.add(key)  # also if NOT_FOUND: it has closed meanwhile and needs no signal
            done()

    await asyncio.gather(*(one(key) for key in keys))

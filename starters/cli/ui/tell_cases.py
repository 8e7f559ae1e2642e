"""After a load: every open case that does not know the newest directory and calendar is told of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starters.cli.ui.progress import progress
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from complaints.store.records import PostgresRecords
    from starters.client import Duly

AT_ONCE = 32
"""Cases that are told side by side; after so many that cannot be told, and none that can, the others are left."""


@dataclass
class ToldCases:
    """What came of it: the keys of the cases that were told, and those that were not, with the reason."""

    told: set[str] = field(default_factory=set[str])
    untold: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def data(self) -> dict[str, Any]:
        """For `--json`."""
        untold = [{"case": key, "say": said} for key, said in self.untold.items()]
        return {"cases_told": len(self.told), "untold": untold}


async def tell_cases(here: Session, records: PostgresRecords, *, loaded: bool) -> ToldCases:
    """Tell every open case that does not know the newest version. What is told once is kept by the server.

    May be interrupted and repeated: a case that knows the version is left alone. A case that cannot be told does not
    keep the others from being told. `loaded`: something was loaded just now, so that cases count too that the records
    do not have yet.
    """
    telling = ToldCases()
    newest = await records.reference_version()
    if newest is None:  # there is no calendar or no directory yet: whatever is open waits for both, and asks by itself
        return telling
    if not loaded and not await _behind(records, await records.open_keys(), newest):
        return telling
    duly = await here.duly()
    try:
        while behind := await _untold(duly, records, newest, telling):
            with progress(here, len(behind), "telling.progress") as advance:
                await _tell(duly, behind, telling, advance)
    except asyncio.CancelledError:
        here.warn(here.say("telling.interrupted", told=len(telling.told)))
        raise
    return telling


def report(here: Session, telling: ToldCases) -> None:
    """Name the cases that could not be told."""
    for key, said in telling.untold.items():
        here.warn(here.say("telling.untold", case=key, said=said))
    if telling.untold:
        here.warn(here.say("telling.again", count=len(telling.untold)))


async def _untold(duly: Duly, records: PostgresRecords, newest: str, telling: ToldCases) -> list[str]:
    from workflows import interface

    running = duly.client.list_workflows(interface.AT_WORK)
    keys = {found.id async for found in running} | set(await records.open_keys())
    return await _behind(records, sorted(keys - telling.told - telling.untold.keys()), newest)


async def _behind(records: PostgresRecords, keys: list[str], newest: str) -> list[str]:
    known = await records.known_versions(keys)
    return [key for key in keys if known.get(key) != newest]


async def _tell(duly: Duly, keys: list[str], telling: ToldCases, advance: Any) -> None:
    from temporalio.service import RPCError, RPCStatusCode

    from workflows import interface

    slots, before = asyncio.Semaphore(AT_ONCE), len(telling.told)

    async def tell(key: str) -> None:
        async with slots:
            if len(telling.untold) >= AT_ONCE and len(telling.told) == before:  # nobody answers: waiting would not help
                telling.untold[key] = next(iter(telling.untold.values()))
                return
            try:
                await duly.client.get_workflow_handle(key).signal(interface.REFERENCE_CHANGED)
            except RPCError as fault:
                if fault.status is not RPCStatusCode.NOT_FOUND:
                    telling.untold[key] = f"{fault.status.name}: {fault.message}"
                    return
            telling.told.add(key)  # or it has closed in the meantime, and there is nothing to tell
            advance()

    await asyncio.gather(*(tell(key) for key in keys))

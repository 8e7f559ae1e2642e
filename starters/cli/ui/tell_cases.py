"""After a load: signals every open case that does not have the newest directory and calendar."""

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
"""Concurrent signals. After this many failures without a single success, the remaining cases are not tried."""


@dataclass
class ToldCases:
    """The result: the keys of the cases that were signalled, and those that were not, with the reason."""

    told: set[str] = field(default_factory=set[str])
    untold: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def data(self) -> dict[str, Any]:
        """The result for `--json`."""
        untold = [{"case": key, "say": said} for key, said in self.untold.items()]
        return {"cases_told": len(self.told), "untold": untold}


async def tell_cases(here: Session, records: PostgresRecords, *, loaded: bool) -> ToldCases:
    """Signal every open case that does not have the newest version. The server keeps a signal once it is sent.

    May be interrupted and repeated: a case that has the version is skipped. A case that cannot be signalled does not
    stop the others. `loaded`: something was loaded just now, so the server's list is read too, for cases that the read
    model does not have yet.
    """
    telling = ToldCases()
    newest = await records.reference_version()
    if newest is None:  # no calendar or no directory yet: open cases wait for both, and request them themselves
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


async def tell_all(here: Session) -> ToldCases:
    """Signal every open case and round: they fetch directory, calendar and keys, as far as these are new to them."""
    from workflows import interface

    telling, duly = ToldCases(), await here.duly()
    keys = sorted({found.id async for found in duly.client.list_workflows(interface.AT_WORK)})
    with progress(here, len(keys), "telling.progress") as advance:
        await _tell(duly, keys, telling, advance)
    return telling


def report(here: Session, telling: ToldCases) -> None:
    """Warn about the cases that could not be signalled."""
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
            if len(telling.untold) >= AT_ONCE and len(telling.told) == before:  # no answer: waiting is useless
                telling.untold[key] = next(iter(telling.untold.values()))
                return
            try:
                await duly.client.get_workflow_handle(key).signal(interface.REFERENCE_CHANGED)
            except RPCError as fault:
                if fault.status is not RPCStatusCode.NOT_FOUND:
                    telling.untold[key] = f"{fault.status.name}: {fault.message}"
                    return
            telling.told.add(key)  # also if NOT_FOUND: it has closed meanwhile and needs no signal
            advance()

    await asyncio.gather(*(tell(key) for key in keys))

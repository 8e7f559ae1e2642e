"""Compares the cases and rounds at the Temporal server with those in the read model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from temporalio.client import WorkflowExecution

    from complaints.store.agreement import Disagreement
    from complaints.store.rebuilding import Examined
    from complaints.store.records import PostgresRecords
    from starters.client import Duly

AT_ONCE = 8
"""Concurrent queries: a worker may have to replay each case."""


class AtTheServer:
    """Compares the ends of journals. Sends no further queries once the server or the workers do not answer."""

    def __init__(self, duly: Duly, records: PostgresRecords) -> None:
        self._duly = duly
        self._records = records
        self.answers = True

    async def compared(self, examined: Iterable[Examined]) -> list[Disagreement]:
        """Examined cases whose journal at the server differs, and open ones that the server has lost."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(found: Examined) -> Disagreement | None:
            async with slots:
                return await self._compared(found) if self.answers and found.lines else None

        return [parted for parted in await asyncio.gather(*map(one, examined)) if parted is not None]

    async def _compared(self, found: Examined) -> Disagreement | None:
        from complaints.base.errors import Refusal
        from complaints.store.agreement import Disagreement, Parted

        try:
            server = await self._duly.since(found.key, found.lines)
            parted = await self._records.disagreement(server, found.lines) if server is not None else None
            if parted is not None or found.closed or await self._duly.runs_on(found.key):
                return parted
        except Refusal:
            self.answers = False
            return None
        if (now := await self._records.folded(found.key)) is not None and now.closed:  # closed after it was examined
            return None
        detail = f"the records have line {found.lines}, and no workflow runs"
        return Disagreement(key=found.key, kind=Parted.GONE, line=found.lines, detail=detail)

    async def unknown(self, known: set[str]) -> list[Disagreement]:
        """The running cases and rounds at the server that the read model does not have."""
        from complaints.store.agreement import Disagreement, Parted
        from workflows import interface

        found: list[Disagreement] = []
        if not self.answers:
            return found
        strange = [
            one.id
            async for one in self._duly.client.list_workflows(interface.AT_WORK)
            if one.id not in known and any(name.startswith("Duly") for name in _names(one))
        ]
        if strange:
            await asyncio.sleep(2)  # the projector lags a moment behind
        for key in strange:
            if await self._records.cursor(key) == 0:
                found.append(Disagreement(key=key, kind=Parted.UNKNOWN, line=0, detail="the records do not have it"))
        return found


async def at_the_server(here: Session, records: PostgresRecords) -> AtTheServer | None:
    """The comparison with the server; None if no server is configured or it is unreachable."""
    from complaints.base.errors import Refusal
    from complaints.connection.settings import Unsettled

    try:
        return AtTheServer(await here.duly(), records)
    except (Refusal, Unsettled):
        return None


def _names(one: WorkflowExecution) -> list[str]:
    """The names of the search attributes that a workflow has."""
    pairs: list[Any] = list(one.typed_search_attributes)
    return [str(pair.key.name) for pair in pairs]

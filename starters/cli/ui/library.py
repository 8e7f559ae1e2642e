"""The case library, for commands: at the gateway, as whoever is signed in; in drills in the database itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from complaints.base.matching import fold
from starters.cli.ui.desk import PAGE, Desk, given, in_path, shaped_items
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from complaints.library.model import Results, Study
    from complaints.store.library import CaseLibrary


class Library(Protocol):
    """Finished cases that one may learn from."""

    async def search(self, text: str, project: str | None, studies: bool, *, limit: int, offset: int) -> Results:
        """Finished cases with every word of the text, the best first."""
        ...

    async def show(self, case: str) -> Study | None:
        """A finished case with its study, by number or key; None for one that is not there."""
        ...


@asynccontextmanager
async def library(here: Session) -> AsyncGenerator[Library]:
    """Where this command reads the library. Raises as `Session.desk`, or `Unsettled`; in it `RecordsAway`."""
    if here.through_gateway:
        yield GatewayLibrary(await here.desk())
        return
    from complaints.store.library import CaseLibrary

    async with CaseLibrary(here.settings.need_database()) as stored:
        yield StoredLibrary(stored)


class GatewayLibrary:
    """The library as the gateway shows it to its person."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def search(self, text: str, project: str | None, studies: bool, *, limit: int, offset: int) -> Results:
        from complaints.library.model import FoundCase, Results

        found: list[FoundCase] = []
        filters = {"q": text, "project": project, "studies": studies, "cursor": None}
        while True:
            asked = given({**filters, "limit": min(PAGE, offset + limit - len(found))})
            page: dict[str, Any] = (await self._desk.ask("GET", "/library", params=asked)).json()
            found += shaped_items(page["cases"], FoundCase)
            filters["cursor"] = page.get("next")
            if filters["cursor"] is None or len(found) >= offset + limit:
                words = tuple(map(fold, text.split()))
                return Results(count=page["count"], found=tuple(found[offset:]), words=words)

    async def show(self, case: str) -> Study | None:
        from complaints.base.errors import Refused
        from complaints.library.model import Study

        return await self._desk.known(f"/library/{in_path(case)}", Study, Refused.RECORD_UNKNOWN)


class StoredLibrary:
    """The library of the database."""

    def __init__(self, stored: CaseLibrary) -> None:
        self._stored = stored

    async def search(self, text: str, project: str | None, studies: bool, *, limit: int, offset: int) -> Results:
        return await self._stored.search(text, project=project, studies=studies, limit=limit, offset=offset)

    async def show(self, case: str) -> Study | None:
        return await self._stored.show(case)

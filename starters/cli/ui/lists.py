"""What lists of staff are read from: the gateway, as whoever is signed in; in drills the read model itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from starters.cli.ui.desk import Desk, in_path, shaped_items
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from complaints.case.complaint import Track
    from complaints.library.model import Similar
    from complaints.people.model import Directory
    from complaints.store.cases import CaseLine, InboxItem, OpenDuty
    from complaints.store.records import PostgresRecords


class Lists(Protocol):
    """The lists, for one person."""

    async def inbox(self, person: str) -> list[InboxItem]:
        """What waits for the person, and for those whom they stand in for. Raises `Refusal` (`UNKNOWN_PERSON`)."""
        ...

    async def claimable(self, person: str) -> list[OpenDuty]:
        """The duties that the person may claim. Raises `Refusal` (`UNKNOWN_PERSON`)."""
        ...

    async def read(self, person: str, key: str) -> None:
        """Mark the person's notices of a closed case as read."""
        ...

    async def watchlist(self, project: str | None) -> list[CaseLine]:
        """The open complaints that may become a crisis, the newest first."""
        ...

    async def similar(self, key: str, most: int) -> tuple[Similar, ...]:
        """Finished cases that are like this one, the most similar first."""
        ...

    async def waiting_on(self, person: str) -> list[str]:
        """The keys of open cases and rounds that wait for the person; it may lag a moment behind."""
        ...

    async def search(
        self,
        text: str,
        project: str | None,
        level: int | None,
        track: Track | None,
        status: str | None,
        *,
        limit: int,
        offset: int,
    ) -> list[CaseLine]:
        """The complaints with every word of the text, the newest first."""
        ...


@asynccontextmanager
async def reading(here: Session) -> AsyncGenerator[Lists]:
    """Where this command reads its lists. Raises as `Session.desk`, or `Unsettled`; in it `RecordsAway`."""
    if here.through_gateway:
        yield GatewayLists(await here.desk())
        return
    async with here.records() as records:
        yield StoredLists(here, records)


class GatewayLists:
    """Lists of the gateway: of its person, whoever is named."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def inbox(self, person: str) -> list[InboxItem]:
        from complaints.store.cases import InboxItem

        return shaped_items((await self._desk.ask("GET", "/inbox")).json()["items"], InboxItem)

    async def claimable(self, person: str) -> list[OpenDuty]:
        from complaints.store.cases import OpenDuty

        found: list[dict[str, Any]] = (await self._desk.ask("GET", "/inbox/pool")).json()["items"]
        return shaped_items([{name: one[name] for name in OpenDuty.model_fields} for one in found], OpenDuty)

    async def read(self, person: str, key: str) -> None:
        await self._desk.ask("POST", "/inbox/read", json={"case": key})

    async def watchlist(self, project: str | None) -> list[CaseLine]:
        from complaints.store.cases import CaseLine

        return await self._desk.pages("/watch-list", "complaints", CaseLine, project=project)

    async def similar(self, key: str, most: int) -> tuple[Similar, ...]:
        from complaints.library.model import Similar

        answer = await self._desk.ask("GET", f"/complaints/{in_path(key)}/similar", params={"limit": most})
        return tuple(shaped_items(answer.json()["similar"], Similar))

    async def waiting_on(self, person: str) -> list[str]:
        found: dict[str, list[str]] = (await self._desk.ask("GET", f"/people/{in_path(person)}/files")).json()
        return found["keys"]

    async def search(
        self,
        text: str,
        project: str | None,
        level: int | None,
        track: Track | None,
        status: str | None,
        *,
        limit: int,
        offset: int,
    ) -> list[CaseLine]:
        from complaints.store.cases import CaseLine

        filters = {"project": project, "level": level, "stage": track.value if track else None, "status": status}
        found = await self._desk.pages(
            "/complaints", "complaints", CaseLine, most=offset + limit, text=text or None, **filters
        )
        return found[offset:]


class StoredLists:
    """Lists of the read model."""

    def __init__(self, here: Session, records: PostgresRecords) -> None:
        self._here = here
        self._records = records

    async def inbox(self, person: str) -> list[InboxItem]:
        directory = await self._directory()
        if directory is not None and directory.person(person) is None:
            raise _unknown(person)
        items = await self._records.inbox(person)
        absent_ones = directory.slice("").acts_for(person, datetime.now(UTC)) if directory is not None else ()
        for absent in absent_ones:
            theirs = await self._records.inbox(absent)
            items += [one.but(instead_of=absent) for one in theirs if one.kind == "duty"]
        return items

    async def claimable(self, person: str) -> list[OpenDuty]:
        from complaints.case.pools import claimable

        directory = await self._directory()
        holder = directory.person(person) if directory is not None else None
        if directory is None or holder is None:
            raise _unknown(person)
        found = await self._records.of_roles(holder.roles, person)
        now, slices = datetime.now(UTC), {one.project: directory.slice(one.project) for one in found}
        return [one for one in found if claimable(one.duty, person, slices[one.project], now)]

    async def read(self, person: str, key: str) -> None:
        await self._records.read(person, key)

    async def watchlist(self, project: str | None) -> list[CaseLine]:
        return await self._records.watchlist(project)

    async def similar(self, key: str, most: int) -> tuple[Similar, ...]:
        from complaints.store.library import CaseLibrary

        async with CaseLibrary(self._here.settings.need_database()) as library:
            return await library.similar(key, most)

    async def waiting_on(self, person: str) -> list[str]:
        return await (await self._here.duly()).transport.waiting_on(person)

    async def search(
        self,
        text: str,
        project: str | None,
        level: int | None,
        track: Track | None,
        status: str | None,
        *,
        limit: int,
        offset: int,
    ) -> list[CaseLine]:
        return await self._records.search(text, project, level, track, status, limit=limit, offset=offset)

    async def _directory(self) -> Directory | None:
        from complaints.people.loader import load
        from complaints.people.own_absences import with_own

        stored, own = await self._records.directory(), await self._records.absences()
        return with_own(load(stored[1], "directory"), own) if stored else None


def _unknown(person: str) -> Exception:
    from complaints.base.errors import Refusal, Refused

    return Refusal(Refused.UNKNOWN_PERSON, person=person)

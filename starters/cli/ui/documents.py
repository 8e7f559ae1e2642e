"""Where documents under approval are read and written: at the gateway; in drills in the read model itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from starters.cli.ui.desk import Desk, given, in_path, shaped
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from complaints.documents.model import Document, DocumentKind, DocumentRef, Draft
    from complaints.store.documents import DocumentShelf


class Shelf(Protocol):
    """The documents. Each method raises `DocumentRefused`."""

    async def get(self, id: str) -> Document:
        """The document with every version."""
        ...

    async def documents(self, kind: DocumentKind | None, project: str | None, *, waiting: bool) -> tuple[Document, ...]:
        """The documents, by their ids; `waiting`: only those under review."""
        ...

    async def write(self, draft: Draft, by: str, before: Document | None, content: bytes | None) -> DocumentRef:
        """Write a version in the name of `by`, after those of `before`. The same content again is the same version."""
        ...

    async def file(self, id: str, number: int) -> bytes | None:
        """The file that is attached to a version."""
        ...


@asynccontextmanager
async def shelf_of(here: Session) -> AsyncGenerator[Shelf]:
    """Where this command finds documents. Raises as `Session.desk`, or `Unsettled`; in it `RecordsAway`."""
    if here.through_gateway:
        yield GatewayShelf(await here.desk(), whole=here.json)
        return
    from complaints.store.documents import DocumentShelf

    async with DocumentShelf(here.settings.need_database()) as shelf:
        yield StoredShelf(shelf)


class GatewayShelf:
    """Documents of the gateway. Its lists have no texts; `whole` reads each document of a list with them."""

    def __init__(self, desk: Desk, *, whole: bool) -> None:
        self._desk = desk
        self._whole = whole

    async def get(self, id: str) -> Document:
        from complaints.base.errors import Refused
        from complaints.documents.course import DocumentRefusal, DocumentRefused
        from complaints.documents.model import Document

        found = await self._desk.known(f"/documents/{in_path(id)}", Document, Refused.RECORD_UNKNOWN)
        if found is None:
            raise DocumentRefused(DocumentRefusal.UNKNOWN, document=id)
        return found

    async def documents(self, kind: DocumentKind | None, project: str | None, *, waiting: bool) -> tuple[Document, ...]:
        from complaints.documents.model import Document

        filters = {"kind": kind.value if kind else None, "project": project, "waiting": waiting}
        found = await self._desk.pages("/documents", "documents", Document, None, **filters)
        return tuple([await self.get(one.id) for one in found] if self._whole else found)

    async def write(self, draft: Draft, by: str, before: Document | None, content: bytes | None) -> DocumentRef:
        from complaints.documents.model import DocumentRef

        said = draft.model_dump(mode="json", include={"kind", "project", "title", "summary"}, exclude_none=True)
        path = f"/documents/{in_path(draft.document)}/versions"
        if draft.attachment is None:
            return shaped(await self._desk.ask("POST", path, json={**said, "text": draft.text}), DocumentRef)
        answer = await self._desk.ask(
            "POST",
            f"{path}/file",
            params=given({**said, "filename": draft.attachment.name}),
            content=content,
            headers={"content-type": "application/octet-stream"},
        )
        return shaped(answer, DocumentRef)

    async def file(self, id: str, number: int) -> bytes | None:
        return (await self._desk.ask("GET", f"/documents/{in_path(id)}/file", params={"version": number})).content


class StoredShelf:
    """Documents of the read model."""

    def __init__(self, shelf: DocumentShelf) -> None:
        self._shelf = shelf

    async def get(self, id: str) -> Document:
        return await self._shelf.get(id)

    async def documents(self, kind: DocumentKind | None, project: str | None, *, waiting: bool) -> tuple[Document, ...]:
        return tuple(one for one in await self._shelf.documents(kind, project) if not waiting or one.under_review)

    async def write(self, draft: Draft, by: str, before: Document | None, content: bytes | None) -> DocumentRef:
        same = before is not None and before.newest.digest == draft.digest
        number = (before.newest.number if before else 0) + (not same)
        return await self._shelf.write(draft, by, datetime.now(UTC), f"new/{number}/{draft.digest}", content)

    async def file(self, id: str, number: int) -> bytes | None:
        return await self._shelf.file(id, number)

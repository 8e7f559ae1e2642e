"""The part of the client that attaches: letters, photographs, recordings … with their bytes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import uuid4

from complaints.acts.attach import has_room, unlike
from complaints.acts.detach import attachment as attached
from complaints.attachments.sniffing import check_size, sniff
from complaints.base import Frozen, size_limits
from complaints.base.errors import Refusal, Refused
from complaints.base.faults import ObjectDamaged, ObjectsAway, ObjectsFull
from complaints.case.act_context import validated
from complaints.case.attachments import AttachedFile, Attachment, MediaType, attachments, id_of
from complaints.case.file import ActKind, ActReceipt, ActRequest, CaseFile
from complaints.case.receipts import repeated
from complaints.connection.settings import Unsettled
from complaints.objects.copies import Copies, NoCopy, Variant
from starters.client.acts import Acts
from starters.client.calls import valid

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from complaints.objects.store import Objects

Content: TypeAlias = bytes | Path | AsyncIterable[bytes]
"""What is attached: its bytes, a file, or a stream of parts."""


class AttachmentContent(Frozen):
    """The bytes of an attachment as they may be shown, their type, and a name to save them under.

    Send it with exactly this type, `X-Content-Type-Options: nosniff` and as a download, unless it is a picture.
    """

    content: bytes
    media_type: MediaType
    file: str


class Attaching(Acts):
    """Attachments with their bytes. Calls that touch the bytes may raise `STORE_AWAY` and `STORE_FULL`."""

    async def attach(
        self,
        case: str,
        content: Content,
        *,
        by: str,
        kind: str,
        brought_by: str,
        name: str | None = None,
        duty: str | None = None,
        at: datetime | None = None,
        act_id: str | None = None,
        **more: Any,
    ) -> Attachment:
        """附上: keep a file with the case, by key or number, and return the attachment with its id ("A12").

        `content` is the file's bytes, a `Path`, or an async stream of bytes; at most 25,000,000 bytes are read. `kind`
        is "letter", "photo", "recording", "signature", "voucher" or "other", `brought_by` who brought it, in words (1
        to 100 characters), `at` when (aware datetime; now if None). `name` is the file's name, which may be left out
        for a path. `duty` is the id of a duty of the case, open or not.

        The bytes are stored before the act is sent, so no case names bytes that are not there; without the act they are
        removed after a week. Its type is found in the content, never taken from the name. Raises `FILE_EMPTY`,
        `FILE_TOO_LARGE`, `FILE_TYPE` (not kept), `FILE_LIES` (the name says another type), `FILE_UNSAFE`,
        `FORM_INCOMPLETE` (a name with a slash), `ATTACHMENTS_FULL` (600 files or 2,000 MB), `ATTACHED_BEFORE`,
        `UNKNOWN_DUTY`, and what any act may raise; `Unsettled` if no store is set. Repeat the call with the same
        `act_id` after a failure.
        """
        objects, key = self._need_objects(), await self._key(case)
        named = name if name is not None else content.name if isinstance(content, Path) else ""
        body = await _read(content, named)
        found = await asyncio.to_thread(sniff, named, body)
        said = {"file": named, "sha256": hashlib.sha256(body).hexdigest(), "size": len(body), "media_type": found}
        whose = {"kind": kind, "brought_by": brought_by, **({} if duty is None else {"for_duty": duty})}
        form = validated("attachment", AttachedFile, {**said, **whose}, self._clock())
        asked = valid(
            ActRequest, by=by, kind=ActKind.ATTACH, form=form.model_dump(mode="json"), at=at,
            act_id=act_id or str(uuid4()), **more,
        )  # fmt: skip
        receipt = await self._attached(objects, key, form, asked, body)
        moment = {"at": at or receipt.recorded_at, "recorded_at": receipt.recorded_at}
        return Attachment(id=id_of(receipt.seq), by=by, **moment, **form.model_dump(mode="json"))

    async def _attached(
        self, objects: Objects, key: str, form: AttachedFile, asked: ActRequest, body: bytes
    ) -> ActReceipt:
        file = await self.case(key)
        if (known := repeated(file, asked)) is not None:
            return known
        if file.closed:
            raise Refusal(Refused.CASE_CLOSED, case=file.name)
        has_room(file, form.size)  # before anything is stored; the case itself checks again
        unlike(file, form.sha256)
        async with _understood():
            await asyncio.to_thread(objects.keep, body, form.sha256, key)
        return await self.act(key, asked)

    async def attachments(self, case: str) -> tuple[Attachment, ...]:
        """Return the attachments of a case, by key or number, the oldest first, those struck out included."""
        return attachments(await self._known(case))

    async def attachment(
        self, case: str, id: str, *, original: bool = False, preview: bool = False
    ) -> AttachmentContent:
        """Return an attachment of a case to show: a copy without place and maker, upright if it is a picture.

        `original`: the bytes as they came; only for those whom `complaints.attachments.access.sees_original` names,
        which the caller has to ask. A copy of a Word document, an Excel sheet or a mail is a text in UTF-8. `preview`:
        a small picture, of a PDF its first page, of a text copy its beginning. Copies are made when first asked for,
        within 90 seconds. Raises `ATTACHMENT_UNKNOWN`, `ATTACHMENT_DAMAGED` (the stored bytes are missing, or others)
        and `NO_COPY`, in which case nothing but the original is there.
        """
        objects, file = self._need_objects(), await self._known(case)
        one = attached(file, id)
        async with _understood(one.id):
            if original:
                body = await asyncio.to_thread(objects.read, one.sha256)
                return AttachmentContent(content=body, media_type=MediaType(one.media_type), file=one.file)
            made = await self._copies.shown(one.sha256, one.media_type, Variant.PREVIEW if preview else Variant.COPY)
        return AttachmentContent(content=made.content, media_type=made.media_type, file=_renamed(one, made.media_type))

    @cached_property
    def _copies(self) -> Copies:
        return Copies(self._need_objects())

    def _need_objects(self) -> Objects:
        if self._objects is None:
            raise Unsettled("settings.no-attachments")
        return self._objects

    async def _known(self, case: str) -> CaseFile:
        """Return the file of a case, from the read model if the server has forgotten it."""
        try:
            return await self.case(case)
        except Refusal as refusal:
            kept = await self._kept(case.strip()) if refusal.code is Refused.CASE_UNKNOWN and self._kept else None
            if not isinstance(kept, CaseFile):
                raise
            return kept


def _renamed(one: Attachment, shown: MediaType) -> str:
    """Return the name of a copy, with the ending of its type."""
    stem = one.file.rpartition(".")[0] or one.file or one.id
    endings = {MediaType.JPEG: "jpg", MediaType.PNG: "png", MediaType.PDF: "pdf", MediaType.TEXT: "txt"}
    return one.file if shown.value == one.media_type else f"{stem}.{endings.get(shown, 'bin')}"


async def _read(content: Content, name: str) -> bytes:
    """Return the bytes, as far as they are not too many. Raises `Refusal`, and `OSError` for a file."""
    most = size_limits.ATTACHMENT + 1
    if isinstance(content, Path):
        body = await asyncio.to_thread(_of_file, content, name, most)
    elif isinstance(content, AsyncIterable):
        parts = bytearray()
        async for part in content:
            parts += part
            check_size(name, len(parts) or 1)
        body = bytes(parts)
    else:
        body = bytes(content)
    check_size(name, len(body))
    return body


def _of_file(path: Path, name: str, most: int) -> bytes:
    with path.open("rb") as file:
        if path.is_file():  # others, such as a pipe, have no size
            check_size(name, path.stat().st_size)
        return file.read(most)


@asynccontextmanager
async def _understood(attachment: str = "") -> AsyncGenerator[None]:
    """Raise faults of the store, and what is wrong with what it holds, as refusals."""
    try:
        yield
    except ObjectsFull:
        raise Refusal(Refused.STORE_FULL) from None
    except ObjectsAway as away:
        raise Refusal(Refused.STORE_AWAY, why=away.message) from None
    except ObjectDamaged:
        raise Refusal(Refused.ATTACHMENT_DAMAGED, attachment=attachment) from None
    except NoCopy as none:
        raise Refusal(Refused.NO_COPY, attachment=attachment, why=none.why) from None

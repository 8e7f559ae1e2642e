"""Attachments: the bytes in this installation's object store, the acts as Updates of the Temporal server."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from complaints.acts.attach import has_room, unlike
from complaints.acts.detach import attachment as attached
from complaints.attachments.sniffing import check_size, sniff
from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.base.faults import ObjectDamaged, ObjectsAway, ObjectsFull
from complaints.case.act_context import validated
from complaints.case.attachments import AttachedFile, Attachment, MediaType, id_of
from complaints.case.file import ActReceipt, ActRequest
from complaints.case.receipts import repeated
from complaints.connection.settings import Unsettled
from complaints.objects.copies import Copies, NoCopy, Variant
from starters.client.fields import new_file
from starters.client.temporal.acts import TemporalActs
from starters.client.transport import AttachmentContent, Content, NewAttachment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from complaints.objects.store import Objects


class TemporalAttachments(TemporalActs):
    """Attachments of cases."""

    async def attach(self, case: str, content: Content, said: NewAttachment, asked: ActRequest) -> Attachment:
        objects, key = self._need_objects(), await self._key(case)
        body = await _read(content, said.name)
        found = await asyncio.to_thread(sniff, said.name, body)
        of_file = {
            "file": said.name,
            "sha256": hashlib.sha256(body).hexdigest(),
            "size": len(body),
            "media_type": found,
        }
        whose = {"kind": said.kind, "brought_by": said.brought_by}
        of_duty = {} if said.duty is None else {"for_duty": said.duty}
        form = validated("attachment", AttachedFile, {**of_file, **whose, **of_duty}, self._clock())
        dumped = form.model_dump(mode="json")
        receipt = await self._attached(objects, key, form, asked.but(form=dumped), body)
        moment = {"at": asked.at or receipt.recorded_at, "recorded_at": receipt.recorded_at}
        return Attachment(id=id_of(receipt.seq), by=asked.by, **moment, **dumped)

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

    async def attachment(self, case: str, id: str, *, original: bool, preview: bool) -> AttachmentContent:
        objects, file = self._need_objects(), await self.kept_case(case)
        one = attached(file, id)
        async with _understood(one.id):
            if original:
                body = await asyncio.to_thread(objects.read, one.sha256)
                return AttachmentContent(content=body, media_type=MediaType(one.media_type), file=one.file)
            made = await self._copies.shown(one.sha256, one.media_type, Variant.PREVIEW if preview else Variant.COPY)
        return AttachmentContent(content=made.content, media_type=made.media_type, file=_renamed(one, made.media_type))

    async def save_attachment(self, case: str, id: str, to: Path, *, original: bool) -> MediaType:
        found = await self.attachment(case, id, original=original, preview=False)
        await asyncio.to_thread(_write, to, found.content)
        return found.media_type

    @cached_property
    def _copies(self) -> Copies:
        return Copies(self._need_objects())

    def _need_objects(self) -> Objects:
        if self.objects is None:
            raise Unsettled("settings.no-attachments")
        return self.objects


def _write(to: Path, content: bytes) -> None:
    with new_file(to) as file:
        file.write(content)


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

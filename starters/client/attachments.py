"""The part of the client that attaches: letters, photographs, recordings … with their bytes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from complaints.case.attachments import Attachment, MediaType, attachments
from complaints.case.file import ActKind, ActRequest
from starters.client.acts import Acts
from starters.client.fields import valid
from starters.client.transport import AttachmentContent, Content, NewAttachment


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
        named = name if name is not None else content.name if isinstance(content, Path) else ""
        said = NewAttachment(name=named, kind=kind, brought_by=brought_by, duty=duty)
        asked = valid(ActRequest, by=by, kind=ActKind.ATTACH, at=at, act_id=act_id or str(uuid4()), **more)
        return await self.transport.attach(case, content, said, asked)

    async def attachments(self, case: str) -> tuple[Attachment, ...]:
        """Return the attachments of a case, by key or number, the oldest first, those struck out included."""
        return attachments(await self.transport.kept_case(case))

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
        return await self.transport.attachment(case, id, original=original, preview=preview)

    async def save_attachment(self, case: str, id: str, to: Path, *, original: bool = False) -> MediaType:
        """Write an attachment into the new file `to`, and return its type; it is never whole in memory over HTTP.

        What is shown, `original`, and the refusals are those of `attachment`. Raises `FileExistsError`. A file that
        could not be written to its end is removed.
        """
        return await self.transport.save_attachment(case, id, to, original=original)

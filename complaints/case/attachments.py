"""What a case knows of its attachments (附件, decision 19): letters, photographs, recordings, signatures, vouchers.

The bytes are in the object store under their SHA-256, and no workflow sees them. A case carries the acts that attached
and struck out; everything here is derived from these.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints

from complaints.base import Frozen, size_limits
from complaints.base.fields import unless_none
from complaints.case.file import Act, ActKind, DutyId, File

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[^/\\\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]{1,200}$")]
"""The last part of a path, without characters that are not seen or turn the reading direction."""
PREFIX = "A"


class AttachmentKind(StrEnum):
    LETTER = "letter"  # 来信
    PHOTO = "photo"  # 照片
    RECORDING = "recording"  # 录音
    SIGNATURE = "signature"  # 签名, scanned
    VOUCHER = "voucher"  # 凭证
    OTHER = "other"  # 其他


class MediaType(StrEnum):
    """The types of content that are kept, as they are found in the content itself."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    GIF = "image/gif"
    WEBP = "image/webp"
    HEIC = "image/heic"
    MP3 = "audio/mpeg"
    M4A = "audio/mp4"
    WAV = "audio/wav"
    AMR = "audio/amr"
    OGG = "audio/ogg"
    MP4 = "video/mp4"
    MOV = "video/quicktime"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    TEXT = "text/plain"
    MAIL = "message/rfc822"


class AttachedFile(Frozen):
    """The form of an attachment: the file, and whose it is. Its bytes are in the object store before the act is sent.

    `file` is its name, `size` its bytes, `brought_by` who brought it, in words ("客户本人", "邻居"), `for_duty` the id
    of the duty that it belongs to.
    """

    file: FileName
    sha256: Sha256
    size: Annotated[int, Field(gt=0, le=size_limits.ATTACHMENT)]
    media_type: MediaType
    kind: AttachmentKind
    brought_by: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    for_duty: DutyId | None = unless_none()


class Detachment(Frozen):
    """The form of striking out: the id of the attachment."""

    attachment: Annotated[str, StringConstraints(pattern=r"^A[1-9][0-9]{0,8}$")]


class Attachment(Frozen):
    """One attachment of a case. `file` and `brought_by` are empty in a file that was trimmed.

    `at` is when it was brought, `recorded_at` when it was recorded; `detached` has the act that struck it out.
    """

    id: str
    sha256: str
    size: int
    media_type: str
    kind: str
    file: str = ""
    brought_by: str = ""
    for_duty: str | None = None
    by: str
    at: AwareDatetime
    recorded_at: AwareDatetime
    detached: Act | None = None


def id_of(seq: int) -> str:
    """Return the id of the attachment that the act of this number attached."""
    return f"{PREFIX}{seq}"


def attachments(file: File) -> tuple[Attachment, ...]:
    """Return all attachments in the order in which they were attached, those struck out included."""
    struck_out = {str(act.form["attachment"]): act for act in file.acts if act.kind is ActKind.DETACH}
    return tuple(_attachment(act, struck_out.get(id_of(act.seq))) for act in file.acts if act.kind is ActKind.ATTACH)


def in_force(file: File) -> dict[str, Attachment]:
    """Return the attachments that are not struck out, by id: those that an act may refer to."""
    return {one.id: one for one in attachments(file) if one.detached is None}


def _attachment(act: Act, detached: Act | None) -> Attachment:
    said = {name: value for name, value in act.form.items() if name in Attachment.model_fields}
    about = {"id": id_of(act.seq), "by": act.by, "at": act.at, "recorded_at": act.recorded_at, "detached": detached}
    return Attachment.model_validate({**said, **about})


def carried(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a trimmed case carries of the form of an attachment: what later acts are checked against."""
    return {name: form[name] for name in ("sha256", "size", "media_type", "kind", "for_duty") if name in form}

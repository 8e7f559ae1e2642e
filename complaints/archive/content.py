"""The content of an archive, file by file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO

from complaints import texts
from complaints.archive.page import page
from complaints.base import Frozen
from complaints.base.canonical import plain
from complaints.base.zip_files import pack_into
from complaints.case.attachments import MediaType, attachments
from complaints.case.file import CaseFile, JournalLine
from complaints.printing.sheets.names import SheetNames
from complaints.signing.key_ring import KeyRing
from complaints.signing.proof import used_in

CASE, JOURNAL, INDEX, README, CHECKSUMS = "case.json", "journal.jsonl", "index.html", "README.txt", "CHECKSUMS.sha256"
KEYS = "keys.json"
"""The public keys that the journal's statements are verified with; only in an archive that has such statements."""
FORMS, HISTORY, ATTACHMENTS = "forms/", "history/", "attachments/"
ALL = "all.pdf"
"""All forms in one PDF: each PDF carries its fonts, and one copy of them is enough."""


class Content(Frozen):
    """The files of an archive by name. `digest` is the SHA-256 (hex) of CHECKSUMS.sha256, which covers all others.

    `attachments` has the SHA-256 of each attachment's file, whose bytes are fetched when the archive is written.
    """

    files: dict[str, bytes]
    attachments: dict[str, str] = {}
    digest: str


ENDINGS = {
    kind.value: ending
    for kind, ending in {
        MediaType.PDF: "pdf",
        MediaType.JPEG: "jpg",
        MediaType.PNG: "png",
        MediaType.GIF: "gif",
        MediaType.WEBP: "webp",
        MediaType.HEIC: "heic",
        MediaType.MP3: "mp3",
        MediaType.M4A: "m4a",
        MediaType.WAV: "wav",
        MediaType.AMR: "amr",
        MediaType.OGG: "ogg",
        MediaType.MP4: "mp4",
        MediaType.MOV: "mov",
        MediaType.DOCX: "docx",
        MediaType.XLSX: "xlsx",
        MediaType.TEXT: "txt",
        MediaType.MAIL: "eml",
    }.items()
}


def attachment_file(id: str, media_type: str) -> str:
    """Return the name of an attachment's file in an archive: its own name may be anything."""
    return f"{ATTACHMENTS}{id}.{ENDINGS.get(media_type, 'bin')}"


def content(
    file: CaseFile,
    journal: Sequence[JournalLine],
    names: SheetNames,
    forms: Mapping[str, bytes],
    histories: Sequence[str],
    lang: str = "zh",
    keys: KeyRing | None = None,
) -> Content:
    """Build the archive of a case: its file, its whole journal, its forms by file name, its histories run by run.

    Of the key ring `keys` it has those that the journal's statements were signed with (`used_in`).
    The server keeps histories for a limited time. Without them, the page and README.txt say that there is none.
    """
    runs = {f"{HISTORY}run-{nth}.json": run.encode() for nth, run in enumerate(histories, 1)}
    papers = {f"{FORMS}{name}": body for name, body in forms.items()}
    attached = {attachment_file(one.id, one.media_type): one.sha256 for one in attachments(file)}
    used = used_in(journal, keys or KeyRing())
    public = {KEYS: used.written().encode()} if used.keys else {}
    listed = sorted([*papers, *runs, *attached, *public, CASE, JOURNAL])
    files: dict[str, bytes] = {
        INDEX: page(file, journal, names, listed, lang).encode(),
        CASE: (json.dumps(plain(file), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode(),
        JOURNAL: "".join(_line(line) for line in journal).encode(),
        README: _readme(file, bool(runs)).encode(),
        **public,
        **papers,
        **runs,
    }
    sums = checksums(files, attached)
    digest = hashlib.sha256(sums).hexdigest()
    return Content(files={**files, CHECKSUMS: sums}, attachments=attached, digest=digest)


def checksums(files: Mapping[str, bytes], known: Mapping[str, str] | None = None) -> bytes:
    """Return one line for each file, sorted by name, in the format of `sha256sum --check`; `known` has hashes."""
    hashes = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()} | dict(known or {})
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()


def write(made: Content, target: BinaryIO, fetch: Callable[[str], bytes]) -> None:
    """Write the archive; `fetch` returns the bytes of an attachment by its SHA-256. Raises what `fetch` raises."""
    large = {name: partial(fetch, sha256) for name, sha256 in made.attachments.items()}
    pack_into(target, made.files, large)


def _line(line: JournalLine) -> str:
    said: dict[str, Any] = plain(line)
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n"


def _readme(file: CaseFile, history: bool) -> str:
    """Write the README in both languages, because its reader is not known."""
    key = "history" if history else "no-history"
    said = (
        texts.say("archive.readme", lang, number=file.number or file.key, history=texts.say(f"archive.{key}", lang))
        for lang in texts.LANGUAGES
    )
    return "\n\n".join(text.strip() for text in said) + "\n"

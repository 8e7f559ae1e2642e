"""Checks that an archive is unchanged. Needs only the file: no server and no database."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from complaints import texts
from complaints.archive.content import CASE, CHECKSUMS, INDEX, JOURNAL, README, attachment_file
from complaints.base import Frozen
from complaints.base.line_breaks import lines_of
from complaints.base.zip_files import NotAnArchive, OpenArchive, opened
from complaints.case import journal as chain
from complaints.case.attachments import id_of
from complaints.case.events.case import Attached
from complaints.case.file import JournalLine

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


class ArchiveFault(Frozen):
    """A change that was found: text `archive.fault.<kind>`, with the file name or the journal line."""

    kind: str  # not-an-archive | no-checksums | changed | missing | added | journal | end
    file: str = ""
    line: int | None = None

    def words(self, lang: str) -> str:
        return texts.say(f"archive.fault.{self.kind}", lang, file=self.file, line=self.line)


class Verdict(Frozen):
    """The result of the check. Compare `digest` with the one that was noted when the archive was written."""

    number: str | None = None
    digest: str | None = None
    files: int = 0
    lines: int = 0  # of the journal
    faults: tuple[ArchiveFault, ...] = ()

    @property
    def whole(self) -> bool:
        return not self.faults


def verify(packed: bytes | Path) -> Verdict:
    """Check every file against its checksum, the journal line by line, its end and the attachments against the case.

    The archive is given as its bytes or its file.
    """
    try:
        with opened(packed) as archive:
            return _verified(archive)
    except NotAnArchive:
        return Verdict(faults=(ArchiveFault(kind="not-an-archive"),))


def _verified(archive: OpenArchive) -> Verdict:
    if CHECKSUMS not in archive.names:
        return Verdict(files=len(archive.names), faults=(ArchiveFault(kind="no-checksums", file=CHECKSUMS),))
    sums, hashes = archive.read(CHECKSUMS), {name: archive.sha256(name) for name in archive.names}
    faults = [*_against(sums, hashes)]
    case = _json(archive.read(CASE))
    lines, broken = _journal(archive.read(JOURNAL))
    faults += broken
    end = (lines[-1].seq, lines[-1].hash) if lines else (0, chain.GENESIS)
    if not broken and end != (case.get("journal_seq"), case.get("journal_hash") or chain.GENESIS):
        faults.append(ArchiveFault(kind="end", file=CASE))
    known = {fault.file for fault in faults}
    faults += [fault for fault in _attachments(lines, hashes) if fault.file not in known]
    return Verdict(
        number=case.get("number"),
        digest=hashlib.sha256(sums).hexdigest(),
        files=len(archive.names),
        lines=len(lines),
        faults=tuple(faults),
    )


def _attachments(lines: list[JournalLine], hashes: Mapping[str, str]) -> Iterator[ArchiveFault]:
    """Compare the files of the attachments with what the journal says of them, which its chain seals."""
    for line in lines:
        if line.kind != Attached.kind:
            continue
        form: dict[str, Any] = line.data.get("form", {})
        name = attachment_file(id_of(int(line.data.get("act", 0))), str(form.get("media_type", "")))
        if name not in hashes:
            yield ArchiveFault(kind="missing", file=name)
        elif hashes[name] != form.get("sha256"):
            yield ArchiveFault(kind="changed", file=name)


def _against(sums: bytes, files: Mapping[str, str]) -> Iterator[ArchiveFault]:
    """Compare the list of checksums with those of the files."""
    listed: dict[str, str] = {}
    for line in lines_of(sums.decode("utf-8", "replace")):
        found = _LINE.fullmatch(line)
        if found is None or found[2] in listed:
            yield ArchiveFault(kind="changed", file=CHECKSUMS)
            return
        listed[found[2]] = found[1]
    for name in sorted({*listed, *files, INDEX, CASE, JOURNAL, README} - {CHECKSUMS}):
        if name not in files:
            yield ArchiveFault(kind="missing", file=name)
        elif name not in listed:
            yield ArchiveFault(kind="added", file=name)
        elif files[name] != listed[name]:
            yield ArchiveFault(kind="changed", file=name)


def _journal(said: bytes) -> tuple[list[JournalLine], list[ArchiveFault]]:
    """Return the journal's lines, and where its chain is broken."""
    lines: list[JournalLine] = []
    for nth, line in enumerate(lines_of(said.decode("utf-8", "replace")), 1):
        try:
            lines.append(JournalLine.model_validate_json(line))
        except ValidationError:
            return lines, [ArchiveFault(kind="journal", file=JOURNAL, line=nth)]
    try:
        chain.verify(lines)
    except chain.JournalBroken as broken:
        return lines, [ArchiveFault(kind="journal", file=JOURNAL, line=broken.seq)]
    return lines, []


def _json(said: bytes) -> dict[str, Any]:
    try:
        found = json.loads(said)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

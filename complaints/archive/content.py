"""The content of an archive, file by file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from complaints import texts
from complaints.archive.page import page
from complaints.base import Frozen
from complaints.base.canonical import plain
from complaints.case.file import CaseFile, JournalLine
from complaints.printing.sheets.names import SheetNames

CASE, JOURNAL, INDEX, README, CHECKSUMS = "case.json", "journal.jsonl", "index.html", "README.txt", "CHECKSUMS.sha256"
FORMS, HISTORY = "forms/", "history/"
ALL = "all.pdf"
"""All forms in one PDF: each PDF carries its fonts, and one copy of them is enough."""


class Content(Frozen):
    """The files of an archive by name. `digest` is the SHA-256 (hex) of CHECKSUMS.sha256, which covers all others."""

    files: dict[str, bytes]
    digest: str


def content(
    file: CaseFile,
    journal: Sequence[JournalLine],
    names: SheetNames,
    forms: Mapping[str, bytes],
    histories: Sequence[str],
    lang: str = "zh",
) -> Content:
    """Build the archive of a case: its file, its whole journal, its forms by file name, its histories run by run.

    The server keeps histories for a limited time. Without them, the page and README.txt say that there is none.
    """
    runs = {f"{HISTORY}run-{nth}.json": run.encode() for nth, run in enumerate(histories, 1)}
    papers = {f"{FORMS}{name}": body for name, body in forms.items()}
    listed = sorted([*papers, *runs, CASE, JOURNAL])
    files: dict[str, bytes] = {
        INDEX: page(file, journal, names, listed, lang).encode(),
        CASE: (json.dumps(plain(file), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode(),
        JOURNAL: "".join(_line(line) for line in journal).encode(),
        README: _readme(file, bool(runs)).encode(),
        **papers,
        **runs,
    }
    sums = checksums(files)
    return Content(files={**files, CHECKSUMS: sums}, digest=hashlib.sha256(sums).hexdigest())


def checksums(files: Mapping[str, bytes]) -> bytes:
    """Return one line for each file, sorted by name, in the format of `sha256sum --check`."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


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

"""Answers that are files: printed forms, reports, lists. They are made in a thread: typesetting takes long."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal
from urllib.parse import quote

from starlette.responses import Response

from complaints.printing import font_folders, printed
from complaints.printing.layout import Sheet
from complaints.printing.sheets.material import SheetWords
from complaints.printing.sheets.names import SheetNames
from complaints.spreadsheets.writing import csv_text
from starters.gateway.api.call import ApiCall
from starters.gateway.api.documented import documented

Paper = Literal["pdf", "docx", "html", "txt"]
"""Kinds of files of a printed form."""
MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "bin": "application/octet-stream",
}
"""Kind of file → media type."""


def words_of(call: ApiCall) -> SheetWords:
    """Return names, language and time of printing for the forms of a call."""
    return SheetWords(names=SheetNames.of(call.directory), lang=call.lang, printed_at=call.parts.now())


async def paper(name: str, kind: Paper, sheets: Callable[[], Sequence[Sheet]]) -> Response:
    """Answer with printed sheets, as a file `name` without its suffix."""

    def made() -> bytes:
        return printed(sheets(), f".{kind}", font_folders(os.environ))

    return file(f"{name}.{kind}", await asyncio.to_thread(made), kind)


def csv_file(name: str, rows: Any) -> Response:
    """Answer with a list for a spreadsheet program: CSV in UTF-8, with the mark that tells these programs so."""
    return file(f"{name}.csv", ("\ufeff" + csv_text(rows)).encode(), "csv")


def file(name: str, content: bytes, kind: str) -> Response:
    """Answer with a file to be saved, never to be shown as a page of ours."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, headers={"content-disposition": disposition}, media_type=MEDIA[kind])


def documented_file(summary: str, kinds: Sequence[str], *codes: str, body: bool = False) -> dict[str, Any]:
    """Return the arguments of a route that answers with a file of one of these kinds; `codes` as for `documented`."""
    found = documented(summary, None, *codes, body=body)
    schema = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}, "example": "…"}
    content = {MEDIA[kind].partition(";")[0]: schema for kind in kinds}
    found["responses"][200] = {"description": "The file.", "content": content}
    return {**found, "response_class": Response}

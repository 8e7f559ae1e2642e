"""Lists that are sent as files: CSV, or a workbook (XLSX), as the whole body. What it is, its content says."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from starters.gateway.api.call import ApiCall
from starters.gateway.api.spool import WITHIN
from starters.gateway.middleware import BodyRule
from starters.gateway.problems import ApiProblem

CSV, XLSX, ANY = (
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)
LISTS = BodyRule((CSV, XLSX, ANY), 20_000_000, streamed=True)
"""What a path takes that takes a list."""
TEXTS = BodyRule(("text/plain", "application/toml", ANY), 2_000_000, streamed=True)
"""What a path takes that takes a text file, such as a directory."""


async def content(request: Request) -> bytes:
    """Return the file that is the body, for somebody who was recognised.

    Raises `ApiProblem` for an empty one, one that was cut off or came too slowly (`bad-request`), `body-too-large`, and
    `rate` if too many send at a time.
    """
    call: ApiCall = request.state.call
    with call.parts.uploads.taken(f"{call.principal.kind} {call.principal.id}"):
        try:
            async with asyncio.timeout(WITHIN):
                data = await request.body()
        except (ClientDisconnect, TimeoutError):
            raise ApiProblem(400, "bad-request") from None
    if not data:
        raise ApiProblem(422, "invalid", fields=({"field": "body", "code": "missing"},))
    return data


async def text(request: Request) -> str:
    """Return the text that is the body. Raises `ApiProblem` for one that is not UTF-8."""
    try:
        said = (await content(request)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ApiProblem(400, "bad-request") from None
    if "\0" in said:
        raise ApiProblem(400, "bad-request")
    return said


def taking(rule: BodyRule, example: str) -> dict[str, Any]:
    """Return the argument of a route that takes such a file: its request body in the document.

    The document has one type, of which every program can send bytes; the description names the others.
    """
    schema = {"schema": {"type": "string", "minLength": 1}, "example": example}
    said = f"The file as it is, of {rule.most_bytes:,} bytes at most. Its type may be {', '.join(rule.types)}."
    body = {"required": True, "description": said, "content": {ANY: schema}}
    return {"openapi_extra": {"requestBody": body}}

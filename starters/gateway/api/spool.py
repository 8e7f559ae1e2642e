"""Uploads: the body is written to a file as it arrives, so that a slow client holds no memory."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.requests import ClientDisconnect, Request

from starters.gateway.api.call import ApiCall
from starters.gateway.problems import ApiProblem

WITHIN = 300.0
"""Seconds in which a body has to arrive."""


@asynccontextmanager
async def spooled(call: ApiCall, request: Request) -> AsyncGenerator[Path]:
    """Yield a file with the body of the request; it is removed at the end.

    Raises `ApiProblem`: `rate` if too many send at a time, `body-too-large`, `bad-request` for a body that was cut off
    or came too slowly.
    """
    with (
        call.parts.uploads.taken(f"{call.principal.kind} {call.principal.id}"),
        tempfile.TemporaryDirectory(prefix="duly-upload-") as folder,
    ):
        path = Path(folder) / "body"
        try:
            async with asyncio.timeout(WITHIN):
                await _write(request, path)
        except (ClientDisconnect, TimeoutError):
            raise ApiProblem(400, "bad-request") from None
        yield path


async def _write(request: Request, path: Path) -> None:
    with path.open("wb") as file:
        async for part in request.stream():
            await asyncio.to_thread(file.write, part)

"""A connection that a test can hold: what goes there, or what comes back, waits until it is let go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Valve:
    """A proxy in front of a server. Both directions are open at first."""

    def __init__(self) -> None:
        self.there = asyncio.Event()
        self.back = asyncio.Event()
        self.held = asyncio.Event()  # set once something waits
        self.address = ""
        self.there.set()
        self.back.set()

    async def copied(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event) -> None:
        """Pass everything on, while the gate is open."""
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if not gate.is_set():
                    self.held.set()
                    await gate.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def valve(address: str) -> AsyncIterator[Valve]:
    """Run a proxy in front of the server at `address` (host:port)."""
    made = Valve()
    host, _, port = address.rpartition(":")
    under_way = set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        for pair in ((reader, back, made.there), (there, writer, made.back)):
            under_way.add(asyncio.create_task(made.copied(*pair)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

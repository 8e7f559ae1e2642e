"""Receivers of webhooks on this machine: real ones, by TLS, that take, fail, wait, redirect and lie."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trustme

NAME = "receiver.example"
"""A name of the certificate; tests say to which number it leads."""
TAKEN = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


def status(code: int, *headers: str, body: bytes = b"") -> bytes:
    """An answer with this status."""
    lines = (f"HTTP/1.1 {code} So", f"content-length: {len(body)}", *headers)
    return "\r\n".join((*lines, "", "")).encode() + body


@dataclass
class Got:
    """A request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A receiver, what it has got, and what it says: the next of `answers`, the last one for ever.

    `hold` is waited for before it answers.
    """

    answers: list[bytes] = field(default_factory=lambda: [TAKEN])
    hold: asyncio.Event | None = None
    got: list[Got] = field(default_factory=list[Got])
    connections: int = 0
    port: int = 0
    url: str = ""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.got]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """A client's context that knows this authority alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


def to(number: str) -> Callable[[str, int], list[str]]:
    """A lookup by which every name leads to this number."""
    return lambda host, port: [number]


@asynccontextmanager
async def receiving(
    authority: trustme.CA | None, *answers: bytes, names: tuple[str, ...] = (NAME, "127.0.0.1")
) -> AsyncIterator[Receiver]:
    """A receiver on loopback: with a certificate of the authority, or without TLS."""
    here = Receiver()
    here.answers = list(answers) or here.answers

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (one.partition(":") for one in head[1:] if one)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            here.got.append(Got(head[0], headers, body))
            here.arrived.set()
            if here.hold is not None:
                await here.hold.wait()
            writer.write(here.answers.pop(0) if len(here.answers) > 1 else here.answers[0])
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    context = None
    if authority is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    here.port = server.sockets[0].getsockname()[1]
    here.url = f"{'https' if authority else 'http'}://{names[0] if authority else '127.0.0.1'}:{here.port}/duly"
    try:
        yield here
    finally:
        if here.hold is not None:
            here.hold.set()
        server.close()

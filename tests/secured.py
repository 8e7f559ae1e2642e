"""Servers behind TLS for tests: a temporary CA, and proxies that speak TLS in front of servers without TLS."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

Opened = tuple[asyncio.StreamReader, asyncio.StreamWriter]
SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


@dataclass(frozen=True)
class Papers:
    """Files of a CA, of a client's certificate and of another CA, and a server's certificate for localhost."""

    ca: Path
    other_ca: Path
    client_cert: Path
    client_key: Path
    server: trustme.LeafCert
    issuer: trustme.CA

    @classmethod
    def made(cls, folder: Path) -> Papers:
        ca, other = trustme.CA(), trustme.CA()
        client = ca.issue_cert("duly@client.example")
        paths = [folder / name for name in ("ca.pem", "other.pem", "client.pem", "client.key")]
        ca.cert_pem.write_to_path(paths[0])
        other.cert_pem.write_to_path(paths[1])
        client.cert_chain_pems[0].write_to_path(paths[2])
        client.private_key_pem.write_to_path(paths[3])
        return cls(*paths, server=ca.issue_cert("localhost"), issuer=ca)

    def context(self, *, asks_client: bool = False, alpn: bool = False) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.configure_cert(context)
        if alpn:
            context.set_alpn_protocols(["h2"])
        if asks_client:
            self.issuer.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


@asynccontextmanager
async def grpc_behind_tls(address: str, context: ssl.SSLContext) -> AsyncIterator[str]:
    """Yield the address of a proxy that accepts TLS only, in front of a gRPC server without TLS."""
    host, _, port = address.rpartition(":")
    async with listening(lambda: asyncio.open_connection(host, int(port)), context) as there:
        yield f"localhost:{there}"


@asynccontextmanager
async def postgres_behind_tls(socket: str, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Yield the port of a proxy that accepts TLS only (PostgreSQL's SSLRequest), in front of a Unix socket."""
    async with listening(lambda: asyncio.open_unix_connection(socket), context, asks=True) as port:
        yield port


@asynccontextmanager
async def listening(
    reach: Callable[[], Awaitable[Opened]], context: ssl.SSLContext | None, *, asks: bool = False
) -> AsyncIterator[int]:
    """Yield the port of a proxy on loopback: TLS at once, after PostgreSQL's SSLRequest (`asks`), or no TLS."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ssl.SSLError, asyncio.IncompleteReadError):
            if asks:
                if await reader.readexactly(8) != SSL_REQUEST:
                    writer.close()
                    return
                writer.write(b"S")
                await writer.drain()
                assert context is not None
                await writer.start_tls(context)
            there, back = await reach()
            await asyncio.gather(_copied(reader, back), _copied(there, writer))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=None if asks else context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()

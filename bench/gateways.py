"""Gateways in processes of their own, for measurements and attacks, and programs that are signed in to them."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import psutil

from bench.stage import ROOT
from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, minted
from complaints.accounts.passwords import PRACTICE_BYTES, practice
from complaints.case.file import ActReceipt, ActRequest
from complaints.store.api_tokens import ApiTokens

PRACTICE = practice(secrets.token_bytes(PRACTICE_BYTES))
"""The practice password of the example directory, with which everybody signs in."""
NO_LIMIT = "100000000"
"""Requests a minute that one client may send: more than anybody does here."""
PATIENCE = 120.0
"""Seconds within which an answer comes on a machine that is busy."""


class NotSeen(Exception):
    """The gateway knows of no such case that this person may see."""


@dataclass(frozen=True)
class GatewayProcess:
    """A gateway at work."""

    url: str
    process: asyncio.subprocess.Process

    @property
    def measured(self) -> psutil.Process:
        return psutil.Process(self.process.pid)

    async def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def gateway(
    env: Mapping[str, str], log: Path, *, module: str = "starters.gateway", port: int | None = None
) -> AsyncGenerator[GatewayProcess]:
    """Run a gateway from when it listens until the end of the block. `env` names server, database, namespace, home."""
    said = {"DULY_GATEWAY_ADDRESS": f"127.0.0.1:{port or free_port()}", "DULY_GATEWAY_RATE": NO_LIMIT}
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            "--with-parent",
            env={**env, "DULY_PRACTICE_PASSWORD": PRACTICE, **said},
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode().strip()
        if not url:
            raise RuntimeError(f"{module} did not start: see {log}")
        yield GatewayProcess(url, process)
    finally:
        process.stdin.close()
        await process.wait()


def free_port() -> int:
    """Return a port of this machine that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def program(url: str, token: str | None = None, **headers: str) -> httpx2.AsyncClient:
    """Return a program that shows this token with every request, on connections that it keeps."""
    said = {**headers, **({"authorization": f"Bearer {token}"} if token else {})}
    return httpx2.AsyncClient(base_url=url, headers=said, timeout=PATIENCE, trust_env=False)


async def session(url: str, person: str) -> str:
    """Sign a person of the example directory in, and return the token of their session."""
    async with program(url) as nobody:
        answer = await nobody.post("/api/v1/sessions", json={"account": person, "password": PRACTICE})
        answer.raise_for_status()
        return answer.json()["access_token"]


async def backend(database_url: str, *scopes: str, days: float = 30) -> str:
    """Make a backend's token with these scopes, and return it."""
    made, now = minted(CredentialKind.BACKEND, secrets.token_bytes(RANDOM_BYTES)), datetime.now(UTC)
    async with ApiTokens(database_url, size=1) as tokens:
        until = now + timedelta(days=days)
        await tokens.add(made, "bench", frozenset(scopes), by="bench", now=now, expires_at=until)
    return made.text


def body_of(act: ActRequest, *, by: bool) -> dict[str, Any]:
    """Return the body with which an act is sent; `by`: with the person in whose name, as backends say it."""
    said: dict[str, Any] = json.loads(act.model_dump_json(exclude_defaults=True, exclude={"by", "act_id"}))
    return {**said, **({"by": act.by} if by else {})}


class NoAnswer(RuntimeError):
    """The gateway could not reach something in time: the same is to be sent again, under the same key."""


async def acted(client: httpx2.AsyncClient, case: str, act: ActRequest, *, by: bool, **headers: str) -> ActReceipt:
    """Do an act by HTTP. Raises `NotSeen`, and `RuntimeError` with the problem for an act that is refused.

    That is `NoAnswer` if something behind the gateway gave none.
    """
    answer = await client.post(f"/api/v1/complaints/{case}/acts", json=body_of(act, by=by), headers=headers)
    if answer.status_code == 404 and answer.json()["code"] == "case-unknown":
        raise NotSeen
    if answer.status_code != 200:
        kind = NoAnswer if answer.status_code == 503 else RuntimeError
        raise kind(f"{act.kind.value} by {act.by}: {answer.status_code} {answer.text}")
    return ActReceipt.model_validate_json(answer.content)

"""The Temporal server as `docker-compose.yml` runs it: its configuration on a real server, plainly and with mTLS."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
import pytest_asyncio
import yaml
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from complaints.base.errors import Refusal
from complaints.connection.settings import WrongSetting
from complaints.connection.temporal import connect
from complaints.connection.tokens import TokenRole, jwks_file, token_file
from devstack import build
from devstack.places import choose_ports
from tests.places import ROOT
from tests.secured import Papers
from worker.namespaces import NAMESPACES, answers, register
from worker.token_issuer import TokenIssuer

SERVICES = ("FRONTEND", "INTERNAL_FRONTEND", "HISTORY", "MATCHING", "WORKER")


@dataclass(frozen=True)
class Deployed:
    """A server by the files of `deploy/`, on free ports of this machine."""

    address: str
    locks: Path
    ports: dict[str, int]
    process: subprocess.Popen[bytes]


def composed() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


@pytest.fixture(scope="module")
def databases(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address (host:port) of a PostgreSQL with Temporal's schema, by way of `deploy/schema.sh`."""
    programs = build.cached(build.SERVER)
    if programs is None:
        pytest.skip("no server is built here")
    folder = tmp_path_factory.mktemp("postgres")
    postgres = subprocess.Popen(
        [sys.executable, "-m", "tests.loopback_postgres", str(folder)], stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    assert postgres.stdout is not None
    try:
        parts = urlsplit(postgres.stdout.readline().strip())
        tools = folder / "bin"
        tools.mkdir()
        (tools / "temporal-sql-tool").symlink_to(programs / "sql")
        env = os.environ | {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "SQL_HOST": "127.0.0.1",
            "SQL_PORT": str(parts.port),
            "SQL_USER": "postgres",
            "SQL_PASSWORD": "any",
            "SQL_PLUGIN": "postgres12_pgx",
        }
        for name in ("temporal", "temporal_visibility"):
            subprocess.run([tools / "temporal-sql-tool", "--db", name, "create"], env=env, check=True)
        subprocess.run(["/bin/sh", ROOT / "deploy" / "schema.sh"], env=env, check=True, capture_output=True)
        yield f"127.0.0.1:{parts.port}"
    finally:
        postgres.terminate()
        postgres.wait(120)  # it waits for connections to close, and the machine may be busy


@contextmanager
def deployed(databases: str, folder: Path, **more: str) -> Iterator[Deployed]:
    """Run the server with the environment of the compose file, and the addresses of this machine in it."""
    programs = build.cached(build.SERVER)
    assert programs is not None
    locks, (host, _, port) = folder / "locks", databases.rpartition(":")
    TokenIssuer(locks).refresh()
    names = [f"{service}_{kind}_PORT" for service in SERVICES for kind in ("GRPC", "MEMBERSHIP")]
    ports = choose_ports(tuple(names), {})
    said = {name: str(value) for name, value in composed()["temporal"]["environment"].items()}
    env = said | {
        "TEMPORAL_SERVER_CONFIG_FILE_PATH": str(ROOT / "deploy" / "temporal.yaml"),
        "DYNAMIC_CONFIG_FILE_PATH": str(ROOT / "deploy" / "dynamic.yaml"),
        "TEMPORAL_JWT_KEY_SOURCE1": jwks_file(locks).as_uri(),
        "POSTGRES_SEEDS": host,
        "DB_PORT": port,
        "POSTGRES_USER": "postgres",
        "POSTGRES_PWD": "any",
        "NUM_HISTORY_SHARDS": "4",
        **{name: str(number) for name, number in ports.items()},
        **more,
    }
    with open(folder / "server.log", "wb") as log:
        process = subprocess.Popen([programs / "server", "start"], env=env, cwd=folder, stdout=log, stderr=log)
    try:
        yield Deployed(f"127.0.0.1:{ports['FRONTEND_GRPC_PORT']}", locks, ports, process)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def told(monkeypatch: pytest.MonkeyPatch, server: Deployed, role: TokenRole | None, **variables: object) -> None:
    """Set the environment of a program in that deployment."""
    for name in list(os.environ):
        if name.startswith(("TEMPORAL_", "DULY_TEMPORAL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TEMPORAL_ADDRESS", server.address)
    if role is not None:
        monkeypatch.setenv("TEMPORAL_API_KEY_FILE", str(token_file(server.locks, role)))
    for name, value in variables.items():
        monkeypatch.setenv(name, str(value))


async def serving(address: str) -> None:
    async with asyncio.timeout(90):
        while await answers(address) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


@pytest_asyncio.fixture(loop_scope="session")
async def plain(databases: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Deployed]:
    with deployed(databases, tmp_path) as server:
        told(monkeypatch, server, TokenRole.OPERATOR, TEMPORAL_TLS="false")
        await serving(server.address)
        yield server


@pytest.mark.long(20)
async def test_the_deployed_server_asks_for_tokens_and_shows_its_frontend_alone(
    plain: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register(plain.address)
    bare = await Client.connect(plain.address)
    with pytest.raises(RPCError) as refused:
        await bare.count_workflows()
    assert refused.value.status is RPCStatusCode.PERMISSION_DENIED
    for namespace in NAMESPACES:
        for role in (TokenRole.WORKER, TokenRole.GATEWAY, TokenRole.READER):
            told(monkeypatch, plain, role, TEMPORAL_TLS="false")
            assert (await (await connect(plain.address, namespace)).count_workflows()).count == 0
    told(monkeypatch, plain, TokenRole.READER, TEMPORAL_TLS="false")
    with pytest.raises(RPCError) as refused:
        await (await connect(plain.address)).get_workflow_handle("nobody").signal("afresh")
    assert refused.value.status is RPCStatusCode.PERMISSION_DENIED
    outside = {
        connection.laddr.port
        for connection in psutil.Process(plain.process.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.ip not in ("127.0.0.1", "::1")
    }
    assert outside <= {plain.ports["FRONTEND_GRPC_PORT"], plain.ports["FRONTEND_MEMBERSHIP_PORT"]}


@pytest.mark.long(20)
async def test_with_mtls_a_certificate_and_a_token_are_asked_for(
    databases: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Generated certificates on the server's own frontend; the client is set up by `temporalio.envconfig`."""
    papers = Papers.made(tmp_path)
    (tmp_path / "server.pem").write_bytes(b"".join(pem.bytes() for pem in papers.server.cert_chain_pems))
    papers.server.private_key_pem.write_to_path(tmp_path / "server.key")
    tls = {
        "TEMPORAL_TLS_FRONTEND_CERT": str(tmp_path / "server.pem"),
        "TEMPORAL_TLS_FRONTEND_KEY": str(tmp_path / "server.key"),
        "TEMPORAL_TLS_CLIENT1_CA_CERT": str(papers.ca),
    }
    ours = {
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH": papers.ca,
        "TEMPORAL_TLS_SERVER_NAME": "localhost",
        "TEMPORAL_TLS_CLIENT_CERT_PATH": papers.client_cert,
        "TEMPORAL_TLS_CLIENT_KEY_PATH": papers.client_key,
    }
    with deployed(databases, tmp_path, **tls) as server:
        told(monkeypatch, server, TokenRole.OPERATOR, **ours)
        await serving(server.address)
        await register(server.address)
        told(monkeypatch, server, TokenRole.GATEWAY, **ours)
        client = await connect(server.address)
        assert (await client.count_workflows()).count == 0

        told(monkeypatch, server, TokenRole.READER, **ours)
        with pytest.raises(RPCError) as refused:
            await (await connect(server.address)).get_workflow_handle("nobody").signal("afresh")
        assert refused.value.status is RPCStatusCode.PERMISSION_DENIED

        told(monkeypatch, server, None, **ours)  # a certificate is not enough
        with pytest.raises(WrongSetting) as wrong:
            await connect(server.address)
        assert wrong.value.key == "settings.refused-key"

        told(monkeypatch, server, TokenRole.GATEWAY, **ours)  # and neither is a token
        for name in ("TEMPORAL_TLS_CLIENT_CERT_PATH", "TEMPORAL_TLS_CLIENT_KEY_PATH"):
            monkeypatch.delenv(name)
        with pytest.raises((WrongSetting, Refusal)):
            await connect(server.address)
        told(monkeypatch, server, TokenRole.GATEWAY, **{**ours, "TEMPORAL_TLS_SERVER_CA_CERT_PATH": papers.other_ca})
        with pytest.raises(WrongSetting) as wrong:
            await connect(server.address)
        assert wrong.value.key == "settings.refused-tls"
        told(monkeypatch, server, TokenRole.GATEWAY, TEMPORAL_TLS="false")
        with pytest.raises((WrongSetting, Refusal)):
            await connect(server.address, patience=timedelta(seconds=3).total_seconds())


def test_each_service_of_the_compose_file_sees_its_own_token_alone() -> None:
    seen = {
        name: sorted(volume.split(":")[0] for volume in service.get("volumes", []) if str(volume).startswith("token-"))
        for name, service in composed().items()
    }
    assert {name: volumes for name, volumes in seen.items() if volumes} == {
        "tokens": [f"token-{name}" for name in ("gateway", "keys", "operator", "public", "reader", "worker")],
        "temporal": ["token-public"],
        "namespaces": ["token-operator"],
        "ui-front": ["token-reader"],
        "worker": ["token-reader", "token-worker"],
    }
    services = composed()
    assert services["ui"]["environment"]["TEMPORAL_DISABLE_WRITE_ACTIONS"] == "true"
    assert "ports" not in services["ui"], "it is reached through the one that shows the token"
    assert services["tokens"]["network_mode"] == "none"
    for service in services.values():
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


def test_every_token_that_a_service_names_is_mounted_there() -> None:
    """A file that is not there ends a program at its start."""
    for name, service in composed().items():
        environment = service.get("environment", {})
        named = [str(value) for key, value in environment.items() if key.endswith("_FILE")]
        named += [str(word).partition("=")[2] for word in service.get("command", []) if "--token=" in str(word)]
        targets = [str(volume).split(":")[1] for volume in service.get("volumes", [])]
        for file in named:
            assert str(Path(file).parent) in targets, f"{name}: {file}"

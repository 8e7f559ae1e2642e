"""The Temporal server as `docker-compose.yml` runs it: its configuration on a real server, plainly and with mTLS."""

from __future__ import annotations

import asyncio
import os
import re
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
from complaints.connection import variables
from complaints.connection.settings import WrongSetting
from complaints.connection.temporal import connect
from complaints.connection.tokens import TokenRole, jwks_file, token_file
from complaints.connection.variables import Variables
from complaints.private_keys.places import place_of
from devstack import build
from devstack.places import choose_ports
from starters.gateway.config import GatewayConfig
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


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return composed()


def mounts(service: dict[str, Any]) -> dict[str, str]:
    """The volumes of a service by name, and where each is."""
    pairs = [str(volume).split(":") for volume in service.get("volumes", [])]
    return {one[0]: one[1] for one in pairs}


def example() -> dict[str, str]:
    """The variables of `deploy/env.example` that say something, filled in where the operator has to."""
    lines = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8").splitlines()
    said = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for name in ("POSTGRES_PASSWORD", "TEMPORAL_DB_PASSWORD", "DULY_DB_PASSWORD"):
        assert said[name] == "", "no password has a default"
        said[name] = f"{name.lower()}x"
    assert said["DULY_GATEWAY_URL"] == ""
    return said | {"DULY_GATEWAY_URL": "https://duly.example"}


def interpolated(text: str, env: dict[str, str]) -> str:
    """Fill in `${NAME}`, `${NAME:-default}` and `${NAME:?message}`, the inner ones first."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found["name"], found["kind"], found["rest"] or ""
        if env.get(name):
            return env[name]
        assert kind != "?", f"{name}: {rest}"
        return rest

    pattern = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<rest>[^${}]*))?\}")
    while pattern.search(text):
        text = pattern.sub(value, text)
    return text


def test_each_service_of_the_compose_file_sees_its_own_token_alone(services: dict[str, Any]) -> None:
    seen = {
        name: sorted(volume for volume in mounts(service) if volume.startswith("token-"))
        for name, service in services.items()
    }
    assert {name: volumes for name, volumes in seen.items() if volumes} == {
        "tokens": [f"token-{name}" for name in ("gateway", "keys", "operator", "public", "reader", "worker")],
        "temporal": ["token-public"],
        "namespaces": ["token-operator"],
        "ui-front": ["token-reader"],
        "worker": ["token-reader", "token-worker"],
        "gateway": ["token-gateway"],
    }
    assert services["ui"]["environment"]["TEMPORAL_DISABLE_WRITE_ACTIONS"] == "true"
    assert "ports" not in services["ui"], "it is reached through the one that shows the token"
    assert services["tokens"]["network_mode"] == "none"
    for service in services.values():
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_gateway_alone_has_the_keys_that_acts_are_signed_with(services: dict[str, Any]) -> None:
    home = services["gateway"]["environment"]["DULY_HOME"]
    assert mounts(services["gateway"])["gateway-keys"] == home
    assert place_of(Path(home), "default").is_relative_to(home)
    for name, service in services.items():
        there = mounts(service)
        assert name == "gateway" or "gateway-keys" not in there, name
        targets = [Path(target) for target in there.values()]
        assert name == "gateway" or not any(Path(home).is_relative_to(one) for one in targets), name
    assert services["worker"]["environment"]["DULY_HOME"] != home


def test_folders_of_volumes_belong_to_the_user_of_the_image_and_private_keys_to_nobody_else(
    services: dict[str, Any],
) -> None:
    """A new volume takes owner and mode of the folder in the image."""
    made = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    folders: dict[str, str] = {}
    for words in re.findall(r"install --directory --owner=duly ([^&\n]*)", made):
        mode = next((word for word in words.split() if word.startswith("--mode")), "")
        folders |= {word: mode for word in words.split() if word.startswith("/")}
    ours = [service for service in services.values() if service["image"].startswith("duly:")]
    assert {target for service in ours for target in mounts(service).values()} == set(folders)
    private = {"/gateway", "/gateway/webhooks", "/worker/webhooks", "/locks/keys"}
    assert {folder for folder, mode in folders.items() if mode == "--mode=0700"} == private


def test_gateway_and_worker_share_the_webhook_key_and_the_worker_cannot_change_it(services: dict[str, Any]) -> None:
    assert "webhook-key:/gateway/webhooks" in services["gateway"]["volumes"]
    assert "webhook-key:/worker/webhooks:ro" in services["worker"]["volumes"]
    assert [name for name, one in services.items() if "webhook-key" in mounts(one)] == ["worker", "gateway"]
    for name in ("gateway", "worker"):
        environment = services[name]["environment"]
        assert f"{environment['DULY_HOME']}/webhooks" in mounts(services[name]).values()
        assert "DULY_GATEWAY_URL" in environment


def test_secrets_are_files_of_the_services_that_need_them(services: dict[str, Any]) -> None:
    seen = {name: sorted(service.get("secrets", [])) for name, service in services.items()}
    assert {name: secrets for name, secrets in seen.items() if secrets} == {
        "postgres": ["duly_password", "postgres_password", "temporal_password"],
        "schema": ["temporal_password"],
        "migrate": ["database_url"],
        "worker": ["database_url", "duly_smtp_url"],
        "gateway": ["database_url", "duly_oidc_client_secret"],
    }
    declared = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["secrets"]
    assert {secret for secrets in seen.values() for secret in secrets} == set(declared)
    assert {one["environment"] for one in declared.values()} <= set(example()), "compose refuses one that is not set"
    ours = {one.lower() for one in variables.names().values()}
    for name, service in services.items():
        said = " ".join(f"{key} {value}" for key, value in service.get("environment", {}).items())
        hidden = [one["environment"] for one in declared.values() if f"${{{one['environment']}" in said]
        assert hidden == (["TEMPORAL_DB_PASSWORD"] if name == "temporal" else []), name
        if service["image"].startswith("duly:"):
            assert set(seen[name]) <= ours, "our programs look for a variable's name"


def test_the_gateway_of_the_compose_file_takes_its_settings(
    services: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = example()
    said = {name: interpolated(str(value), env) for name, value in services["gateway"]["environment"].items()}
    said.pop("TEMPORAL_API_KEY_FILE")
    (tmp_path / "database_url").write_text(interpolated(env["DULY_DATABASE_URL"], env), encoding="utf-8")
    (tmp_path / "duly_oidc_client_secret").write_text(env["DULY_OIDC_CLIENT_SECRET"], encoding="utf-8")
    read = Variables.read(said | {"DULY_SECRETS": str(tmp_path)})
    assert read.database_url == "postgresql://duly:duly_db_passwordx@postgres:5432/duly"
    config = GatewayConfig.of(read)
    assert (config.secure, config.origin, config.port) == (True, "https://duly.example", 7281)
    assert config.proxies == ("172.31.71.1",)
    assert config.provider is None
    whole = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    network = whole["networks"]["default"]["ipam"]["config"][0]
    assert interpolated(network["gateway"], env) == config.proxies[0]
    with pytest.raises(AssertionError, match="DULY_GATEWAY_URL"):
        interpolated(services["gateway"]["environment"]["DULY_GATEWAY_URL"], {})


def test_every_service_that_goes_on_of_ours_is_watched(services: dict[str, Any]) -> None:
    assert services["gateway"]["healthcheck"]["test"][-1].endswith(
        services["gateway"]["environment"]["DULY_GATEWAY_ADDRESS"].rpartition(":")[2]
    )
    for name in ("postgres", "temporal", "tokens", "worker", "gateway"):
        assert "healthcheck" in services[name], name


def test_every_token_that_a_service_names_is_mounted_there(services: dict[str, Any]) -> None:
    """A file that is not there ends a program at its start."""
    for name, service in services.items():
        environment = service.get("environment", {})
        named = [str(value) for key, value in environment.items() if key.endswith("_FILE")]
        named += [str(word).partition("=")[2] for word in service.get("command", []) if "--token=" in str(word)]
        targets = list(mounts(service).values())
        for file in named:
            secret = Path(file).parent == Path("/run/secrets") and Path(file).name in service.get("secrets", [])
            assert secret or str(Path(file).parent) in targets, f"{name}: {file}"

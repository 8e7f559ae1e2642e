"""TLS towards Temporal: certificates, a client that has to show one, and what is said when they do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from complaints.base.errors import Refusal
from complaints.connection.running_stack import StackInfo
from complaints.connection.settings import WrongSetting
from complaints.connection.temporal import connect, security
from tests.secured import Papers, grpc_behind_tls
from worker.namespaces import answers


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers.made(tmp_path)


def told(monkeypatch: pytest.MonkeyPatch, address: str, **variables: object) -> None:
    for name in ("TEMPORAL_API_KEY", "TEMPORAL_TLS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    for name, value in variables.items():
        monkeypatch.setenv(name, str(value))


async def test_a_server_behind_tls_is_reached_with_its_ca(
    stack: StackInfo, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with grpc_behind_tls(stack.temporal_address, papers.context(alpn=True)) as address:
        told(monkeypatch, address, TEMPORAL_TLS_SERVER_CA_CERT_PATH=papers.ca)
        client = await connect(address)
        assert await client.service_client.check_health()
        assert await answers(address) is not None
        assert (await connect(address, "not-registered")).namespace == "not-registered", "it let us in"
        told(monkeypatch, address)
        monkeypatch.delenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH")
        with pytest.raises(Refusal):  # it does not speak plainly, and nobody said that it is TLS
            await connect(address, patience=2)


async def test_a_certificate_of_another_ca_is_said_with_what_to_check(
    stack: StackInfo, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with grpc_behind_tls(stack.temporal_address, papers.context(alpn=True)) as address:
        told(monkeypatch, address, TEMPORAL_TLS_SERVER_CA_CERT_PATH=papers.other_ca)
        with pytest.raises(WrongSetting) as wrong:
            await connect(address)
        assert wrong.value.key == "settings.refused-tls"
        assert wrong.value.params["address"] == address
        told(monkeypatch, address, TEMPORAL_TLS_SERVER_CA_CERT_PATH=papers.ca, TEMPORAL_TLS_SERVER_NAME="other.example")
        with pytest.raises(WrongSetting) as wrong:
            await connect(address)
        assert wrong.value.key == "settings.refused-tls"


async def test_a_server_that_asks_for_a_client_s_certificate_gets_it(
    stack: StackInfo, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with grpc_behind_tls(stack.temporal_address, papers.context(alpn=True, asks_client=True)) as address:
        ours = {"TEMPORAL_TLS_CLIENT_CERT_PATH": papers.client_cert, "TEMPORAL_TLS_CLIENT_KEY_PATH": papers.client_key}
        told(monkeypatch, address, TEMPORAL_TLS_SERVER_CA_CERT_PATH=papers.ca, **ours)
        assert await (await connect(address)).service_client.check_health()
        for name in ours:
            monkeypatch.delenv(name)
        with pytest.raises((WrongSetting, Refusal)):
            await connect(address)


async def test_a_profile_of_the_sdk_s_own_file_is_taken(
    stack: StackInfo, papers: Papers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with grpc_behind_tls(stack.temporal_address, papers.context(alpn=True)) as address:
        file = tmp_path / "temporal.toml"
        file.write_text(
            f'[profile.site]\naddress = "{address}"\n[profile.site.tls]\nserver_ca_cert_path = "{papers.ca}"\n',
            encoding="utf-8",
        )
        told(monkeypatch, address, TEMPORAL_CONFIG_FILE=file, TEMPORAL_PROFILE="site")
        monkeypatch.delenv("TEMPORAL_ADDRESS")
        assert await (await connect(address)).service_client.check_health()
        monkeypatch.setenv("TEMPORAL_PROFILE", "nowhere")
        with pytest.raises(WrongSetting) as wrong:
            await connect(address)
        assert wrong.value.key == "settings.profile"


async def test_a_key_that_is_refused_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: object, **given: object) -> Client:
        assert given["api_key"] == "k-1"
        assert given["tls"]
        raise RPCError("Request unauthorized.", RPCStatusCode.UNAUTHENTICATED, b"")

    told(monkeypatch, "cloud.example:7233", TEMPORAL_API_KEY="k-1")
    monkeypatch.setattr(Client, "connect", refused)
    with pytest.raises(WrongSetting) as wrong:
        await connect("cloud.example:7233")
    assert wrong.value.key == "settings.refused-key"
    assert "k-1" not in str(wrong.value)


async def test_a_proxy_that_closes_the_connection_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its server may be starting: that is no reason to end a worker."""

    async def closed(*_: object, **__: object) -> Client:
        raise RuntimeError('Failed client connect: Custom { kind: UnexpectedEof, error: "tls handshake eof" }')

    told(monkeypatch, "cloud.example:7233", TEMPORAL_API_KEY="k-1")
    monkeypatch.setattr(Client, "connect", closed)
    with pytest.raises(Refusal):
        await connect("cloud.example:7233")


def test_a_stack_of_this_machine_that_nobody_named_is_spoken_to_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, "cloud.example:7233", TEMPORAL_API_KEY="k-1")
    assert security("127.0.0.1:7233")
    monkeypatch.delenv("TEMPORAL_ADDRESS")
    assert security("127.0.0.1:7233") == {}
    assert security("cloud.example:7233")

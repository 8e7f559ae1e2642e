"""Requests to a gateway: sent again within bounds, to an address that keeps the token, which nothing shows."""

from __future__ import annotations

import asyncio
import logging
import ssl
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
import trustme

from complaints.base.errors import Refusal, Refused
from complaints.connection.settings import WrongSetting
from starters.client import Duly
from starters.client.http.connection import GatewayConnection
from starters.client.http.problems import GatewayProblem

HERE = "http://127.0.0.1:7281"
TOKEN = "duly_backend_0123456789_secret"


class Gateway:
    """Answers as it is told to, and keeps what it was asked and how long the client waited."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []
        self.bodies: list[bytes] = []
        self.waited: list[float] = []

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        self.bodies.append(await request.aread())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body, headers = cast("tuple[int, Any, dict[str, str]]", (*answer, {})[:3])
        return httpx2.Response(status, json=body, headers=headers)

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)

    def connection(self, address: str = HERE, **options: Any) -> GatewayConnection:
        through = httpx2.MockTransport(self.answer)
        return GatewayConnection(address, TOKEN, through=through, **{"sleep": self.sleep, **options})


def problem(status: int, code: str, **more: Any) -> tuple[int, dict[str, Any]]:
    return status, {"type": f"urn:duly:problem:{code}", "status": status, "code": code, "detail": "…", **more}


async def refused(attempt: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        await attempt
    return refusal.value


async def test_an_answer_is_given_as_it_comes_and_the_token_is_shown_to_the_gateway():
    gateway = Gateway((200, {"id": "crm"}))
    answer = await gateway.connection().ask("GET", "/api/v1/me")
    assert answer.json() == {"id": "crm"}
    [asked] = gateway.asked
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["accept-language"] == "zh"
    assert str(asked.url) == f"{HERE}/api/v1/me"


async def test_a_gateway_behind_a_path_is_asked_there():
    gateway = Gateway((200, {}))
    await gateway.connection("https://one.example/duly/").ask("GET", "/api/v1/me")
    assert str(gateway.asked[0].url) == "https://one.example/duly/api/v1/me"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_what_answers_not_now_is_asked_again_with_the_same_key_and_body(status: int):
    gateway = Gateway((*problem(status, "away"), {"retry-after": "2"}), (200, {}))
    await gateway.connection().ask("POST", "/api/v1/x", json={"a": 1}, headers={"idempotency-key": "k-1"})
    assert [one.headers["idempotency-key"] for one in gateway.asked] == ["k-1", "k-1"]
    assert gateway.bodies[0] == gateway.bodies[1] != b""
    assert gateway.waited == [2.0], "as long as the gateway says"


async def test_a_gateway_that_wants_a_longer_rest_than_there_is_time_for_is_not_asked_again():
    gateway = Gateway((*problem(429, "rate"), {"retry-after": "60"}))
    with pytest.raises(GatewayProblem) as found:
        await gateway.connection(answer_within=30).ask("GET", "/x")
    assert (found.value.code, found.value.status, len(gateway.asked)) == ("rate", 429, 1)


async def test_a_refusal_that_no_repeating_heals_is_raised_at_once():
    gateway = Gateway(problem(403, "not-yours", params={"duty": "CR-5.2.1a", "owner": "李娜"}))
    refusal = await refused(gateway.connection().ask("POST", "/x"))
    assert (refusal.code, refusal.params) == (Refused.NOT_YOURS, {"duty": "CR-5.2.1a", "owner": "李娜"})
    assert len(gateway.asked) == 1


async def test_a_connection_that_breaks_is_made_again():
    gateway = Gateway(httpx2.ConnectError("refused"), httpx2.RemoteProtocolError("gone"), (200, {}))
    assert (await gateway.connection().ask("GET", "/x")).status_code == 200
    assert len(gateway.waited) == 2


async def test_a_gateway_that_is_away_is_told_within_the_patience():
    gateway = Gateway(httpx2.ConnectError("refused"))
    refusal = await refused(gateway.connection(patience=0.0).ask("GET", "/x"))
    assert (refusal.code, refusal.params) == (Refused.SERVER_UNREACHABLE, {"what": "gateway", "address": HERE})
    assert len(gateway.asked) == 1


async def test_patience_ends_although_every_attempt_fails_at_once():
    """With the real clock: each pause counts, so that it ends by itself."""
    gateway = Gateway(httpx2.ConnectError("refused"))
    await refused(gateway.connection(patience=0.5, sleep=asyncio.sleep).ask("GET", "/x"))
    assert 1 < len(gateway.asked) < 20


async def test_no_answer_in_time_is_no_answer():
    async def never(request: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    connection = GatewayConnection(HERE, TOKEN, answer_within=0.05, through=httpx2.MockTransport(never))
    assert (await refused(connection.ask("GET", "/x"))).code is Refused.SERVER_UNREACHABLE


async def test_whoever_asks_the_gateway_to_wait_waits_as_much_longer():
    gateway = Gateway((200, {}))
    await gateway.connection(patience=2, answer_within=5).ask("GET", "/x", wait=20)
    assert gateway.asked[0].extensions["timeout"] == {"connect": 2, "read": 25, "write": 25, "pool": 25}


async def test_a_body_that_is_streamed_begins_anew_with_each_attempt():
    gateway = Gateway(problem(503, "away"), (201, {}))

    async def parts() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    async with gateway.connection().answer("POST", "/x", body=parts) as answer:
        assert answer.status_code == 201
    assert gateway.bodies == [b"one two"] * 2


async def test_a_redirect_is_not_followed():
    gateway = Gateway((307, {}, {"location": "https://elsewhere.example/"}))
    with pytest.raises(GatewayProblem) as found:
        await gateway.connection().ask("GET", "/x")
    assert (found.value.code, len(gateway.asked)) == ("http-307", 1)


async def test_named_fields_become_the_problems_of_the_refusal():
    errors = [
        {"field": "body.facts.loss", "code": "type", "detail": "…"},
        {"field": "body", "code": "no-such-code", "detail": "…"},
    ]
    refusal = await refused(Gateway(problem(422, "invalid", errors=errors)).connection().ask("POST", "/x"))
    assert [(one["field"], one["key"]) for one in refusal.params["problems"]] == [
        ("facts.loss", "gateway.field.type"),
        (None, "gateway.field.invalid"),
    ]


@pytest.mark.parametrize("said", [b"<html>", b"[1]", b'"text"', b"", b'{"code": 7}', b'{"code": "x", "errors": 3}'])
async def test_an_answer_that_no_gateway_gives_is_an_error_of_its_own(said: bytes):
    async def odd(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(500, content=said)

    with pytest.raises(GatewayProblem):
        await GatewayConnection(HERE, TOKEN, through=httpx2.MockTransport(odd)).ask("GET", "/x")


# --- where the token goes, and where it is not to be seen


@pytest.mark.parametrize(
    "address",
    [
        "http://duly.example",
        "http://10.0.0.5:7281",
        "http://127.0.0.1.example",
        "ftp://127.0.0.1",
        "https://user:pass@duly.example",
        "https://",
        "https://duly.example?x=1",
        "https://duly.example#x",
        "https://[::1",
        "https://duly.example:0",
    ],
)
async def test_an_address_to_which_no_token_may_go_is_refused(address: str):
    with pytest.raises(WrongSetting) as wrong:
        await Duly.connect(address, token=TOKEN)
    assert "settings.bad-gateway" in repr(wrong.value.key)


@pytest.mark.parametrize("token", ["", " ", "a b", "a\r\nX-Other: b", "用户", "x" * 501])
async def test_what_is_no_token_is_refused_and_not_repeated(token: str):
    with pytest.raises(WrongSetting) as wrong:
        await Duly.connect("https://duly.example", token=token)
    assert not token.strip() or token not in "".join(traceback.format_exception(wrong.value))


async def test_a_token_is_for_a_gateway():
    with pytest.raises(WrongSetting):
        await Duly.connect("127.0.0.1:7233", token=TOKEN)


async def test_the_token_stands_in_no_log_text_or_error(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    gateway = Gateway(problem(401, "credential"))
    connection = gateway.connection()
    told = [repr(connection), repr(vars(connection)), str(connection)]
    for answer in (problem(401, "credential"), problem(500, "error"), httpx2.ConnectError("no")):
        gateway.answers = [answer]
        with pytest.raises((WrongSetting, GatewayProblem, Refusal)) as failed:
            await connection.ask("GET", "/x")
        told += traceback.format_exception(failed.value)
        told += [repr(vars(failed.value)), repr(failed.value.__cause__)]
    told += [record.getMessage() for record in caplog.records]
    assert "secret" not in "\n".join(told)


async def test_a_refused_token_is_a_wrong_setting():
    with pytest.raises(WrongSetting) as wrong:
        await Gateway(problem(401, "credential")).connection().ask("GET", "/x")
    assert wrong.value.key == "settings.refused-token"


async def test_no_proxy_of_the_environment_gets_the_token(monkeypatch: pytest.MonkeyPatch):
    met: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(await reader.read(1000))
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    async with server:
        await refused(GatewayConnection("http://127.0.0.1:1", TOKEN, patience=0).ask("GET", "/x"))
    assert met == []


# --- https


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def secured(authority: trustme.CA) -> AsyncIterator[str]:
    """The address of a server with a certificate of that authority, which answers everything with {}."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline() not in (b"\r\n", b""):
            pass
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
def file_of(authority: trustme.CA, tmp_path: Path) -> Iterator[Callable[[], Path]]:
    def written() -> Path:
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        return tmp_path / "ca.pem"

    return written  # type: ignore[return-value]


async def test_a_certificate_of_nobody_that_is_known_is_refused_at_once(secured: str):
    with pytest.raises(WrongSetting) as wrong:
        await GatewayConnection(secured, TOKEN).ask("GET", "/x")
    assert wrong.value.key == "settings.refused-https"


async def test_an_authority_that_is_named_counts(secured: str, file_of: Callable[[], Path]):
    connection = GatewayConnection(secured, TOKEN, ca=file_of())
    assert (await connection.ask("GET", "/x")).json() == {}
    await connection.close()
    await connection.close()


async def test_a_file_that_has_no_certificates_is_a_wrong_setting(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("nothing", encoding="utf-8")
    for file in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
        with pytest.raises(WrongSetting) as wrong:
            GatewayConnection("https://duly.example", TOKEN, ca=file)
        assert wrong.value.key == "settings.bad-ca"

"""A worker answers how it is, whatever it is asked, and says what it runs on while its servers are away."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from complaints.connection.settings import HEALTH, Settings, WrongSetting
from tests.notify.test_mail import free_port
from worker import health
from worker.health import HealthServer, ask

WELL = {"ok": True, "ready": True}


@asynccontextmanager
async def answering(shown: Callable[[], dict[str, Any]]) -> AsyncIterator[tuple[str, int]]:
    server = HealthServer("127.0.0.1", 0, shown)
    running = asyncio.create_task(server.run())
    while server.address is None:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    host, _, port = server.address.rpartition(":")
    try:
        yield host, int(port)
    finally:
        running.cancel()


async def raw(place: tuple[str, int], request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*place)
    writer.write(request)
    writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def test_each_endpoint_has_its_own_answer():
    said = {"ok": True, "ready": False, "parts": {"mail": {"state": "running"}}}
    async with answering(lambda: said) as place:
        assert await asyncio.to_thread(ask, *place, "/healthz") == (200, said)
        assert await asyncio.to_thread(ask, *place, "/readyz") == (503, said)
        said = {"ok": False, "ready": True}
        assert await asyncio.to_thread(ask, *place, "/healthz?x=1") == (503, said)
        assert await asyncio.to_thread(ask, *place, "/readyz") == (200, said)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"GET /healthz HTTP/1.1\r\n\r\n", b"200 OK"),
        (b"HEAD /healthz HTTP/1.0\r\n\r\n", b"200 OK"),
        (b"POST /healthz HTTP/1.1\r\n\r\n", b"405 "),
        (b"GET / HTTP/1.1\r\n\r\n", b"404 "),
        (b"GET /../etc/passwd HTTP/1.1\r\n\r\n", b"404 "),
        (b"nonsense\r\n\r\n", b"400 "),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"400 "),
        (b"GET /healthz HTTP/1.1\r\n" + b"x" * 100_000, b""),
        (b"GET /healthz", b""),
        (b"", b""),
    ],
)
async def test_bad_requests_get_an_error_or_nothing_and_the_next_one_is_answered(request_: bytes, answer: bytes):
    async with answering(lambda: WELL) as place:
        assert (await raw(place, request_))[9 : 9 + len(answer)] == answer
        assert (await asyncio.to_thread(ask, *place))[0] == 200


async def test_callers_who_say_nothing_are_let_go_and_do_not_pile_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(health, "PATIENCE", 0.2)
    async with answering(lambda: WELL) as place:
        silent = [await asyncio.open_connection(*place) for _ in range(health.AT_ONCE + 4)]
        async with asyncio.timeout(5):
            assert [await reader.read() for reader, _ in silent] == [b""] * len(silent)
        assert (await asyncio.to_thread(ask, *place))[0] == 200
        for _, writer in silent:
            writer.close()


async def test_a_port_that_is_taken_is_an_error_unless_another_will_do():
    async with answering(lambda: WELL) as (host, port):
        with pytest.raises(OSError, match="in use"):
            await HealthServer(host, port, lambda: WELL).run()
        other = HealthServer(host, port, lambda: WELL, elsewhere=True)
        running = asyncio.create_task(other.run())
        while other.address is None:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        assert other.address not in (None, f"{host}:{port}")
        running.cancel()


def test_the_address_is_a_setting():
    assert Settings.from_env({}).health() == HEALTH
    assert Settings.from_env({"DULY_HEALTH_ADDRESS": "off"}).health() is None
    assert Settings.from_env({"DULY_HEALTH_ADDRESS": "0.0.0.0:80"}).health() == ("0.0.0.0", 80)
    assert Settings.from_env({"DULY_HEALTH_ADDRESS": "[::1]:80"}).health() == ("::1", 80)
    for wrong in ("7280", "localhost:", "localhost:http", "localhost:99999", ":7280"):
        with pytest.raises(WrongSetting):
            Settings.from_env({"DULY_HEALTH_ADDRESS": wrong})


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [(str(Path(sys.executable).with_name("duly")), "worker"), (sys.executable, "-m", "worker")]
)
def test_a_started_worker_runs_on_uvloop_says_so_and_ends_when_it_is_told_to(command: tuple[str, ...], tmp_path: Path):
    """In both ways of starting it, and while server and records are away."""
    port = free_port()
    env = os.environ | {
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "DATABASE_URL": "postgresql://x@127.0.0.1:1/x",
        "DULY_HEALTH_ADDRESS": f"127.0.0.1:{port}",
        "DULY_HOME": str(tmp_path),
    }
    worker = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    try:
        status, shown = _answer(port)
        assert (status, shown["loop"], shown["ready"]) == (200, "uvloop", False)
        assert shown["not_ready_because"] == ["no Temporal tasks are being taken", "the records are not prepared"]
        asked = [sys.executable, "-m", "worker.health"]
        told = subprocess.run(asked, env=env, capture_output=True, text=True, check=False)
        assert (told.returncode, json.loads(told.stdout)["loop"]) == (0, "uvloop")
        assert subprocess.run([*asked, "--ready"], env=env, capture_output=True, check=False).returncode == 1
    finally:
        worker.send_signal(signal.SIGTERM)
        said = worker.communicate(timeout=60)[1]
    assert worker.returncode == 0, said
    assert subprocess.run(asked, env=env, capture_output=True, check=False).returncode == 1
    assert said.count("no answer from the Temporal server") == 1


def _answer(port: int) -> tuple[int, dict[str, Any]]:
    until = time.monotonic() + 60
    while True:
        try:
            return ask("127.0.0.1", port)
        except (OSError, ValueError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _asking(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DULY_HEALTH_ADDRESS", address)
    monkeypatch.setattr(sys, "argv", ["worker.health"])
    health.main()


async def test_another_address_can_be_asked_such_as_a_gateways(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DULY_HEALTH_ADDRESS", "127.0.0.1:1")
    async with answering(lambda: {"ok": True, "ready": False}) as (host, port):
        for more, code in (([], 0), (["--ready"], 1)):
            monkeypatch.setattr(sys, "argv", ["worker.health", f"--at={host}:{port}", *more])
            with pytest.raises(SystemExit) as ended:
                await asyncio.to_thread(health.main)
            assert ended.value.code == code


def test_a_setting_that_cannot_be_used_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(SystemExit) as ended:
        _asking(monkeypatch, "localhost")
    assert "DULY_HEALTH_ADDRESS" in str(ended.value)


@pytest.mark.parametrize(
    ("address", "asked"),
    [("0.0.0.0:80", "127.0.0.1"), ("[::]:80", "::1"), ("[::1]:80", "::1"), ("127.0.0.2:80", "127.0.0.2")],
)
def test_a_worker_that_listens_on_every_address_is_asked_on_this_machine(
    address: str, asked: str, monkeypatch: pytest.MonkeyPatch
):
    """Over the same version of IP: a socket for every IPv6 address takes no IPv4."""
    places: list[str] = []

    def ask(host: str, port: int, path: str) -> tuple[int, dict[str, Any]]:
        places.append(host)
        return 200, WELL

    monkeypatch.setattr(health, "ask", ask)
    with pytest.raises(SystemExit) as ended:
        _asking(monkeypatch, address)
    assert (ended.value.code, places) == (0, [asked])

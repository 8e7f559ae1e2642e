"""`duly doctor` at the gateway: a good one, one without a key, one behind a proxy that lets anybody in, and none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from complaints.connection.settings import Settings
from worker import gateway_checks
from worker.findings import Finding, FindingState

Judge = Callable[[str, dict[str, str]], tuple[int, Any]]
API = {"openapi": "3.1.0"}
PROBLEM = {"code": "credential"}


@contextmanager
def serving(judge: Judge) -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """A server that answers as `judge` says; yields its address, and what it was asked."""
    asked: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = {name.lower(): value for name, value in self.headers.items()}
            asked.append((self.path, said))
            status, body = judge(self.path, said)
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def good(path: str, said: dict[str, str], **more: Any) -> tuple[int, Any]:
    if said["host"] == gateway_checks.NO_HOST:
        return 421, {"code": "host"}
    if path == gateway_checks.ME:
        return 401, PROBLEM
    return 200, API if path == gateway_checks.OPENAPI else {"ready": True, "signs": True, **more}


def found(url: str) -> dict[str, Finding]:
    return {finding.name: finding for finding in gateway_checks.tried(url)}


GOOD = ["gateway", "gateway-nobody", "gateway-forged", "gateway-host", "gateway-signs"]


def test_a_good_gateway_refuses_what_it_should() -> None:
    with serving(good) as (url, asked):
        seen = found(url)
    assert list(seen) == GOOD
    assert {finding.state for finding in seen.values()} == {FindingState.OK}
    sent = [said.get("authorization", "") for path, said in asked if path == gateway_checks.ME]
    assert [text.startswith("Bearer duly_backend_") for text in sent] == [False, True, False]
    forged = sent[1].removeprefix("Bearer ")
    assert all(forged not in finding.words(lang) for finding in seen.values() for lang in ("zh", "en"))


def test_one_that_lets_anybody_in_is_a_fault() -> None:
    with serving(lambda path, said: (200, API if path == gateway_checks.OPENAPI else {"signs": True})) as (url, _):
        seen = found(url)
    faults = {name for name, finding in seen.items() if finding.state is FindingState.MISSING}
    assert faults == {"gateway-nobody", "gateway-forged", "gateway-host"}


def test_one_that_takes_any_host_name_is_a_fault_though_it_asks_for_a_sign_in() -> None:
    """Its 401 says that it has looked at the request."""
    with serving(lambda path, said: good(path, {**said, "host": "any"})) as (url, _):
        seen = found(url)
    assert {name for name, finding in seen.items() if not finding.ok} == {"gateway-host"}


def test_one_without_a_key_is_a_warning_and_one_that_does_not_say_is_not_tried() -> None:
    with serving(lambda path, said: good(path, said, signs=False)) as (url, _):
        assert (without := found(url)["gateway-signs"]).state is FindingState.WARN
        assert "duly keys begin" in without.words("en")
    with serving(lambda path, said: good(path, said, signs=None)) as (url, _):
        assert found(url)["gateway-signs"].state is FindingState.WARN


@pytest.mark.parametrize("status", [302, 429, 502, 503])
def test_an_answer_of_something_else_proves_nothing(status: int) -> None:
    def judge(path: str, said: dict[str, str]) -> tuple[int, Any]:
        return (200, API) if path == gateway_checks.OPENAPI else (status, {})

    with serving(judge) as (url, _):
        seen = found(url)
    assert {seen[name].state for name in ("gateway-nobody", "gateway-forged")} == {FindingState.WARN}


def test_what_is_no_gateway_is_a_fault_and_silence_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with serving(lambda path, said: (404, [])) as (url, _):
        assert found(url)["gateway"].state is FindingState.MISSING
    seen = found(url)
    assert list(seen) == ["gateway"]
    assert seen["gateway"].state is FindingState.WARN
    monkeypatch.setenv("DULY_GATEWAY_URL", f"{url}/")
    assert [one.name for one in gateway_checks.findings(Settings(home=tmp_path))] == ["gateway"]
    monkeypatch.delenv("DULY_GATEWAY_URL")
    assert list(gateway_checks.findings(Settings(home=tmp_path))) == [], "no gateway is named, and no stack runs there"

"""Commands of staff go through the gateway: who acts, what they may see, and what is said where it cannot be."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from complaints.connection.settings import Settings
from complaints.store.looks import LookBook
from complaints.store.sessions import Sessions
from starters.cli.ui.gateway import KeptSignIn
from tests.people import CLERK, MANAGER, SALESPERSON, SUPERVISOR
from tests.secured import Papers
from tests.server.desk import Terminals
from tests.server.office import Shell, shell_of
from tests.server.test_cli import complaint


@pytest.fixture
def typed(
    office: Settings,
    terminals: Terminals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    """Types a command at a terminal where nobody is signed in yet. It knows neither database nor Temporal server."""
    terminals.open(office, tmp_path / "config", monkeypatch)
    for name in ("DATABASE_URL", "TEMPORAL_ADDRESS"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("DULY_HOME", str(tmp_path / "home"))
    return shell_of(capsys)


async def opened(typed: Shell, terminals: Terminals, tmp_path: Path, **said: object) -> str:
    """The number of a complaint that the clerk opens."""
    file = tmp_path / "complaint.json"
    file.write_bytes(complaint(**said))
    await terminals.sign_in(CLERK)
    code, out, err = await typed("--json", "open", str(file))
    assert code == 0, err
    return json.loads(out)["opened"][0]["number"]


async def test_nobody_acts_without_a_sign_in(typed: Shell) -> None:
    for command in (("inbox",), ("show", "HF01-2026-000001"), ("comment", "HF01-2026-000001", "x")):
        code, _, err = await typed(*command)
        assert (code, "请运行 duly login" in err) == (2, True), err


async def test_a_sign_in_that_has_ended_says_so(typed: Shell, office: Settings, terminals: Terminals) -> None:
    await terminals.sign_in(MANAGER)
    assert (await typed("inbox"))[0] == 0
    async with Sessions(office.need_database(), size=1) as sessions:
        await sessions.end_all(MANAGER, datetime.now(UTC))
    code, _, err = await typed("--json", "inbox")
    assert (code, json.loads(err)["error"]) == (2, "login.over")
    assert "duly login" in json.loads(err)["say"]


@pytest.mark.parametrize("command", [("inbox",), ("do", "X", "CR-5.2.1a"), ("attach", "X", "a.pdf"), ("reopen", "X")])
@pytest.mark.parametrize("by_variable", [False, True])
async def test_a_name_that_is_only_said_counts_in_drills_alone(
    typed: Shell, terminals: Terminals, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], by_variable: bool
) -> None:
    await terminals.sign_in(CLERK)
    more = ("--reason", "x") if command[0] == "reopen" else ()
    if by_variable:
        monkeypatch.setenv("DULY_AS", SUPERVISOR)
    code, _, err = await typed("--json", *command, *more, *(() if by_variable else ("--as", SUPERVISOR)))
    assert (code, json.loads(err)["error"]) == (2, "as.drill-only")
    assert "duly login" in json.loads(err)["say"]


async def test_in_a_drill_somebody_has_to_be_named(typed: Shell) -> None:
    code, _, err = await typed("--json", "--namespace", "drill", "inbox")
    assert (code, json.loads(err)["error"]) == (2, "as.needed")


async def test_an_act_is_that_of_whoever_is_signed_in(typed: Shell, terminals: Terminals, tmp_path: Path) -> None:
    number = await opened(typed, terminals, tmp_path)
    code, _, err = await typed("do", number, "CR-5.2.1a", "--form", "level=4")
    assert (code, "李娜" in err) == (2, True), "it is the supervisor's"
    await terminals.sign_in(SUPERVISOR)
    assert (await typed("do", number, "CR-5.2.1a", "--form", "level=4"))[0] == 0
    code, out, _ = await typed("--json", "show", number)
    assert [(act["kind"], act["by"]) for act in json.loads(out)["acts"]] == [("discharge", SUPERVISOR)]


async def test_contacts_are_masked_and_each_look_is_logged(
    typed: Shell, office: Settings, terminals: Terminals, tmp_path: Path
) -> None:
    number = await opened(typed, terminals, tmp_path, customer="钱女士", contact="13800000017")
    await terminals.sign_in(MANAGER)
    code, out, _ = await typed("show", number)
    assert (code, "13800000017" in out, "13*******17" in out) == (0, False, True)
    async with LookBook(office.need_database(), size=1) as looks:
        found = await looks.looks(number, MANAGER)
    assert [(one.what.value, one.who) for one in found] == [("open", MANAGER)]


async def test_whoever_is_complained_about_finds_nothing(typed: Shell, terminals: Terminals, tmp_path: Path) -> None:
    number = await opened(typed, terminals, tmp_path, about=[SALESPERSON])
    await terminals.sign_in(SALESPERSON)
    for command in (("show", number), ("show", number, "--journal"), ("form", number), ("attachments", number)):
        code, _, err = await typed("--json", *command)
        assert (code, json.loads(err)["error"]) == (2, "case-unknown"), command
    code, out, _ = await typed("--json", "search", number)
    assert (code, json.loads(out)) == (0, [])


async def test_without_a_gateway_it_says_so(typed: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULY_GATEWAY_URL", "http://127.0.0.1:9")
    KeptSignIn("http://127.0.0.1:9").keep("duly_command_x")
    code, _, err = await typed("--json", "inbox")
    assert (code, json.loads(err)["error"]) == (3, "server-unreachable")
    monkeypatch.delenv("DULY_GATEWAY_URL")
    code, _, err = await typed("--json", "inbox")
    assert (code, json.loads(err)["error"]) == (3, "login.no-gateway")


class _Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def behind_tls(papers: Papers) -> Iterator[str]:
    """A gateway that takes no sign-in, with a certificate of a CA that nobody knows."""
    server = HTTPServer(("127.0.0.1", 0), _Refusing)
    server.socket = papers.context().wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def test_a_certificate_that_is_not_trusted_gets_no_token(
    typed: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = Papers.made(tmp_path)
    with behind_tls(papers) as address:
        monkeypatch.setenv("DULY_GATEWAY_URL", address)
        KeptSignIn(address).keep("duly_command_x")
        for command in (("inbox",), ("whoami",)):
            code, _, err = await typed("--json", *command)
            assert (code, json.loads(err)["error"]) == (3, "login.not-trusted"), err
        monkeypatch.setenv("DULY_GATEWAY_CA", str(papers.ca))
        code, _, err = await typed("--json", "inbox")
        assert (code, json.loads(err)["error"]) == (2, "login.over"), "it is reached, and takes no such sign-in"

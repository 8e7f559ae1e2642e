"""`duly login` and its neighbours against a gateway that runs in a process of its own, as `duly gateway` starts it."""

from __future__ import annotations

import asyncio
import getpass
import io
import json
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import keyring
import keyring.backend
import keyring.backends.fail
import pytest

from complaints.connection.running_stack import StackInfo, write_info
from starters.cli.app import run
from starters.cli.ui.gateway import KeptSignIn
from tests.places import ROOT
from tests.store.postgres import rows

PRACTICE = "abcd-efgh"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Desk:
    """Somebody at a terminal of a machine with a gateway."""

    def __init__(self, gateway: str, log: Path, monkeypatch: Any, capsys: Any) -> None:
        self.gateway = gateway
        self.log = log
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def duly(self, *arguments: str, typed: str = "") -> tuple[int, str]:
        """Run the command; returns its exit code and all that it has printed."""
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = run(["--lang", "en", *arguments])
        said = self._capsys.readouterr()
        return code, " ".join((said.out + said.err).split())

    def data(self, *arguments: str, typed: str = "") -> Any:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        assert run(["--lang", "en", "--json", *arguments]) == 0
        return json.loads(self._capsys.readouterr().out)


@pytest.fixture
def desk(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    for name in ("DULY_GATEWAY_URL", "DULY_GATEWAY_PROXIES", "DULY_OIDC_ISSUER", "DULY_OIDC_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)
    address = f"127.0.0.1:{free_port()}"
    env = {
        "DATABASE_URL": url,
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "DULY_HOME": str(tmp_path / "home"),
        "DULY_GATEWAY_ADDRESS": address,
        "DULY_PRACTICE_PASSWORD": PRACTICE,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DULY_GATEWAY_URL", f"http://{address}")
    keyring.set_keyring(keyring.backends.fail.Keyring())
    with serving(tmp_path / "gateway.log") as gateway:
        monkeypatch.delenv("DULY_PRACTICE_PASSWORD")
        yield Desk(gateway, tmp_path / "gateway.log", monkeypatch, capsys)


class serving:
    """The gateway as a process of its own."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def __enter__(self) -> str:
        command = [sys.executable, "-m", "starters.gateway", "--with-parent"]
        with self._log.open("wb") as said:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
            )
        assert self._process.stdout is not None
        found = self._process.stdout.readline().strip()
        assert found, self._log.read_text(encoding="utf-8")
        return found

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        assert self._process.wait(15) == 0
        self._process.stdout.close()


def test_a_person_signs_in_looks_and_signs_out(desk: Desk, tmp_path: Path) -> None:
    assert desk.duly("whoami")[0] == 2
    code, said = desk.duly("login", "li.na", "--password-stdin", typed=f"{PRACTICE}\n")
    assert (code, "li.na is signed in" in said) == (0, True), said
    file = tmp_path / "config" / "duly" / "sign-in.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = desk.data("whoami")
    assert (found["kind"], found["id"]) == ("person", "li.na")
    assert "李娜 (li.na)" in desk.duly("whoami")[1]
    token = json.loads(file.read_text(encoding="utf-8"))[desk.gateway]
    assert desk.duly("logout")[0] == 0
    assert not file.exists()
    answer = httpx2.get(f"{desk.gateway}/api/v1/me", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert desk.duly("logout")[0] == 2
    for secret in (PRACTICE, token):
        assert secret not in desk.log.read_text(encoding="utf-8")


def test_a_wrong_password_is_said_so(desk: Desk) -> None:
    code, said = desk.duly("login", "li.na", "--password-stdin", typed="wrong\n")
    assert (code, "is not right" in said) == (2, True)
    code, said = desk.duly("login", "li.na", typed="")
    assert (code, "--password-stdin" in said) == (2, True)


def test_a_device_waits_until_somebody_confirms_its_code(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person reads the code on the terminal and confirms it in a browser, while the command polls."""
    browser = httpx2.Client(base_url=desk.gateway, headers={"origin": desk.gateway, "sec-fetch-site": "same-origin"})
    browser.post("/sign-in", data={"account": "wang.qiang", "password": PRACTICE})
    polls = []

    async def confirmed(seconds: float) -> None:
        polls.append(seconds)
        if len(polls) == 2:
            [row] = await rows_here()
            answer = browser.post("/device/decision", data={"code": row["user_code"], "decision": "allow"})
            assert answer.status_code == 200

    async def rows_here() -> Any:
        import os

        return await rows(os.environ["DATABASE_URL"], "SELECT user_code FROM device_grants")

    monkeypatch.setattr(asyncio, "sleep", confirmed)
    code, said = desk.duly("login")
    assert code == 0, said
    assert re.search(r"/device\?code=[B-Z]{4}-[B-Z]{4}", said)
    assert polls == [5.0, 5.0]
    assert desk.data("whoami")["id"] == "wang.qiang"


def test_an_operator_makes_resets_and_disables_accounts(desk: Desk) -> None:
    code, said = desk.duly("accounts", "new", "nobody")
    assert (code, "The directory has no" in said) == (2, True)
    assert desk.duly("accounts", "new", "li.na", "--administrator")[0] == 2
    assert desk.duly("accounts", "new", "Root'; --", "--administrator")[0] == 2
    made = desk.data("accounts", "new", "li.na")
    assert desk.duly("accounts", "new", "li.na")[0] == 2
    code, said = desk.duly("login", "li.na", "--password-stdin", typed=made["password"])
    assert (code, "/password" in said) == (2, True)  # it has to be changed first
    reset = desk.data("accounts", "reset", "li.na")
    assert reset["password"] != made["password"]
    assert "generated password" in desk.duly("accounts", "list")[1]
    assert desk.duly("login", "li.na", "--password-stdin", typed=PRACTICE)[0] == 0
    assert desk.data("accounts", "disable", "li.na")["ended"] == 1
    assert desk.duly("whoami")[0] == 2
    assert desk.duly("accounts", "enable", "li.na")[0] == 0
    for command in ("reset", "unlock", "disable", "enable", "sign-out"):
        assert desk.duly("accounts", command, "nobody")[0] == 2
    assert desk.duly("login", "wang.qiang", "--password-stdin", typed=PRACTICE)[0] == 0
    assert desk.data("accounts", "sign-out", "wang.qiang", "--as", "zhou.min")["ended"] == 1
    assert desk.duly("whoami")[0] == 2
    assert desk.duly("accounts", "disable", "wang.qiang")[0] == 0  # without an account
    assert "no password" in desk.duly("accounts", "list")[1]
    assert desk.duly("login", "wang.qiang", "--password-stdin", typed=PRACTICE)[0] == 2
    log = desk.data("accounts", "log")
    assert [(one["what"], one["subject"]) for one in log] == [
        ("disabled", "wang.qiang"),
        ("signed-out", "wang.qiang"),
        ("enabled", "li.na"),
        ("disabled", "li.na"),
        ("password-reset", "li.na"),
        ("account-new", "li.na"),
    ]
    user = f"{getpass.getuser()}@{socket.gethostname()}"
    assert [one["by"] for one in log[:2]] == [user, f"zhou.min ({user})"]
    assert f"signed out zhou.min ({user})" in desk.duly("accounts", "log", "wang.qiang")[1]
    assert f"--before {log[0]['id']}" in desk.duly("accounts", "log", "--limit", "1")[1]
    assert len(desk.data("accounts", "log", "--before", str(log[0]["id"]))) == 5


def test_an_operator_issues_and_revokes_tokens(desk: Desk) -> None:
    made = desk.data("tokens", "new", "crm", "--scope", "open", "--scope", "act:comment", "--days", "30")
    headers = {"authorization": f"Bearer {made['token']}"}
    assert httpx2.get(f"{desk.gateway}/api/v1/me", headers=headers).json()["scopes"] == ["open", "act:comment"]
    listed = desk.duly("tokens", "list")[1]
    assert "crm" in listed
    assert made["token"] not in listed
    assert desk.duly("tokens", "revoke", made["id"])[0] == 0
    assert httpx2.get(f"{desk.gateway}/api/v1/me", headers=headers).status_code == 401
    assert "revoked" in desk.duly("tokens", "list")[1]
    log = desk.data("accounts", "log", made["id"])
    assert [(one["what"], one["note"]) for one in log] == [
        ("token-revoked", "crm"),
        ("token-new", "crm: act:comment open"),
    ]
    for wrong in (
        ("revoke", made["id"]),
        ("revoke", "nobody"),
        ("new", "x", "--scope", "evil"),
        ("new", "", "--scope", "open"),
    ):
        assert desk.duly("tokens", *wrong)[0] == 2, wrong


def test_over_a_socket_the_headers_of_requests_are_still_checked(desk: Desk) -> None:
    host = desk.gateway.removeprefix("http://")
    for request, status in (
        (f"GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n", (400, 421)),
        (f"POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", (400,)),
        (f"POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n", (400, 413)),
        ("GET / HTTP/1.1\r\n\r\n", (400, 421)),
        (f"GET / HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 203.0.113.1\r\n\r\n", (303,)),
    ):
        with socket.create_connection((host.partition(":")[0], int(host.partition(":")[2])), timeout=5) as raw:
            raw.sendall(request.encode())
            line = raw.recv(100).split(b"\r\n")[0]
        assert int(line.split()[1]) in status, request
        assert b"uvicorn" not in line


def test_who_sends_too_much_over_a_socket_gets_an_answer(desk: Desk) -> None:
    """A connection that is closed while its client is still sending is reset, and the answer is lost."""
    host = desk.gateway.removeprefix("http://")
    size = 8_000_000
    head = f"POST /api/v1/sessions HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    with socket.create_connection((host.partition(":")[0], int(host.partition(":")[2])), timeout=60) as raw:
        raw.sendall(f"{head}Content-Length: {size}\r\n\r\n".encode())
        for _ in range(size // 100_000):
            raw.sendall(b"x" * 100_000)
        assert raw.recv(100).startswith(b"HTTP/1.1 413 ")


# --- where the sign-in is kept; which gateway is asked


class Ring(keyring.backend.KeyringBackend):
    """A desktop's keyring."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def no_ring() -> Iterator[None]:
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(keyring.backends.fail.Keyring())


def test_a_sign_in_is_kept_in_the_keyring_if_there_is_one(tmp_path: Path, no_ring: None) -> None:
    file = tmp_path / "sign-in.json"
    assert KeptSignIn("https://a.example", file).keep("one") == str(file)
    assert KeptSignIn("https://b.example", file).keep("two") == str(file)
    assert [KeptSignIn(f"https://{name}.example", file).read() for name in "abc"] == ["one", "two", None]
    ring = Ring()
    keyring.set_keyring(ring)
    assert KeptSignIn("https://a.example", file).keep("three") == "keyring"
    assert ring.kept == {("duly", "https://a.example"): "three"}
    assert "one" not in file.read_text(encoding="utf-8")
    assert KeptSignIn("https://a.example", file).read() == "three"
    KeptSignIn("https://a.example", file).forget()
    KeptSignIn("https://b.example", file).forget()
    assert not ring.kept
    assert not file.exists()


def test_a_keyring_that_fails_does_not_keep_anybody_out(tmp_path: Path, no_ring: None) -> None:
    class Locked(Ring):
        def set_password(self, service: str, username: str, password: str) -> None:
            raise RuntimeError("locked")

        get_password = delete_password = set_password  # type: ignore[assignment]

    keyring.set_keyring(Locked())
    kept = KeptSignIn("https://a.example", tmp_path / "sign-in.json")
    kept.keep("one")
    assert kept.read() == "one"
    kept.forget()
    assert kept.read() is None


def test_a_file_that_is_damaged_or_readable_by_others_is_replaced(tmp_path: Path, no_ring: None) -> None:
    file = tmp_path / "sign-in.json"
    for damaged in ("{", "[]", "\x00"):
        file.write_text(damaged, encoding="utf-8")
        file.chmod(0o644)
        kept = KeptSignIn("https://a.example", file)
        assert kept.read() is None
        kept.keep("one")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "url", ["http://duly.example", "http://127.0.0.1.evil.example", "http://localhost.evil.example", "ftp://x"]
)
def test_no_password_is_sent_in_clear_text(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--lang", "en", "login", "li.na", "--gateway", url]) == 2
    assert "https" in capsys.readouterr().err


def test_a_gateway_that_is_away_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DULY_HOME", str(tmp_path))
    monkeypatch.delenv("DULY_GATEWAY_URL", raising=False)
    write_info(
        tmp_path, StackInfo("127.0.0.1:1", "", "", gateway_url="http://127.0.0.1:1")
    )  # of a stack that has ended
    assert run(["--lang", "en", "login"]) == 3
    assert "No gateway was found" in capsys.readouterr().err
    assert run(["--lang", "en", "login", "--gateway", "http://127.0.0.1:1"]) == 3
    assert "gives no answer" in capsys.readouterr().err

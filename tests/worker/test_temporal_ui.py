"""What stands in front of the Temporal UI: whose token it shows, what it passes on, and what it refuses."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from worker.temporal_ui import LONGEST, Front


class Behind(BaseHTTPRequestHandler):
    """The UI's own server: tells what it was asked."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str, dict[str, str], bytes]] = []

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if self.path == "/unchanged":
            self.send_response(304)
            self.end_headers()
        elif self.path == "/pieces":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
        else:
            said = b"" if self.command == "HEAD" else b"hello"
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.send_header("Set-Cookie", "a=1")
            self.send_header("Set-Cookie", "b=2")
            self.end_headers()
            self.wfile.write(said)

    do_POST = do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    (tmp_path / "token").write_text("t-1\n", encoding="ascii")
    Behind.asked = []
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    before = Front(("127.0.0.1", 0), ("127.0.0.1", behind.server_address[1]), tmp_path / "token", [])
    before.hosts = frozenset((f"127.0.0.1:{before.server_address[1]}", "temporal.example"))
    threads = [threading.Thread(target=one.serve_forever, args=(0.01,)) for one in (behind, before)]
    for thread in threads:
        thread.start()
    yield before
    for server, thread in zip((behind, before), threads, strict=True):
        server.shutdown()
        server.server_close()
        thread.join()


def ask(
    front: Front, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, bytes, list[str]]:
    connection = http.client.HTTPConnection("127.0.0.1", front.server_address[1], timeout=10)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers.get_all("Set-Cookie") or []
    finally:
        connection.close()


def test_the_reader_s_token_is_shown_and_no_other(front: Front, tmp_path: Path) -> None:
    mine = {"Authorization": "Bearer mine", "Authorization_Extras": "mine", "Caller_Type": "operator"}
    assert ask(front, "GET", "/api?query=a%20b", None, **mine) == (200, b"hello", ["a=1", "b=2"])
    method, path, headers, _ = Behind.asked[-1]
    assert (method, path, headers["authorization"]) == ("GET", "/api?query=a%20b", "Bearer t-1")
    assert "mine" not in str(headers)
    assert "operator" not in str(headers)
    (tmp_path / "token").write_text("t-2", encoding="ascii")
    ask(front, "GET", "/")
    assert Behind.asked[-1][2]["authorization"] == "Bearer t-2", "it is renewed without a restart"


def test_bodies_and_answers_of_every_shape_pass(front: Front) -> None:
    assert ask(front, "POST", "/query", b'{"a": 1}')[:2] == (200, b"hello")
    assert Behind.asked[-1][3] == b'{"a": 1}'
    assert ask(front, "GET", "/pieces")[:2] == (200, b"abcdefg")
    assert ask(front, "GET", "/unchanged")[:2] == (304, b"")
    assert ask(front, "HEAD", "/")[:2] == (200, b"")


def test_one_connection_serves_many_requests(front: Front) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", front.server_address[1], timeout=10)
    for path in ("/", "/pieces", "/unchanged", "/"):
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()
    assert len(Behind.asked) == 4


def test_a_name_that_points_here_from_elsewhere_is_refused(front: Front) -> None:
    assert ask(front, "GET", "/", Host="evil.example")[0] == 421
    assert Behind.asked == []
    assert ask(front, "GET", "/", Host="Temporal.Example")[0] == 200


@pytest.mark.parametrize(
    "headers", [{"Content_Length": str(LONGEST + 1)}, {"Content_Length": "-1"}, {"Transfer_Encoding": "chunked"}]
)
def test_a_body_that_is_too_long_or_has_no_length_is_refused(front: Front, headers: dict[str, str]) -> None:
    assert ask(front, "POST", "/query", None, **headers)[0] == 413
    assert Behind.asked == []


def test_without_a_token_nothing_is_asked(front: Front, tmp_path: Path) -> None:
    (tmp_path / "token").unlink()
    status, said, _ = ask(front, "GET", "/")
    assert status == 503
    assert b"token" in said
    assert Behind.asked == []


def test_a_ui_that_is_away_is_a_bad_gateway(front: Front) -> None:
    front.to = ("127.0.0.1", 1)
    assert ask(front, "GET", "/")[0] == 502

"""`python -m worker.temporal_ui`: stands in front of the Temporal UI and shows the Temporal server the reader's token.

The UI's own server passes on the token of the browser that calls it, and has none itself. Where people sign in to the
UI by OIDC, it needs nobody in front of it. Where they do not, this program puts the reader's token into each request.
It reads the token's file every time, so a renewed token is used at once. What the browser sends as credentials never
gets through, and a request for another host's name is refused: a page of another site could otherwise read the answers
by letting its own name point here.

It adds no sign-in: whoever reaches its port may read. So it listens on this machine, or behind a gateway.
"""

from __future__ import annotations

import argparse
import http.client
import logging
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from complaints.connection.leaving import leave

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds without a byte after which a connection is closed, in either direction."""
LONGEST = 1024 * 1024
"""Bytes of a request's body, of which only queries of workflows have one."""
PIECE = 65536

_FOR_ONE_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
_CREDENTIALS = frozenset(("authorization", "authorization-extras", "caller-type"))


class Front(ThreadingHTTPServer):
    """The server. `hosts` are the names under which browsers may call it (host:port)."""

    daemon_threads = True

    def __init__(self, listen: tuple[str, int], to: tuple[str, int], token: Path, hosts: Iterable[str]) -> None:
        self.to = to
        self.token = token
        self.hosts = frozenset(hosts)
        super().__init__(listen, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    server: Front  # pyright: ignore[reportIncompatibleVariableOverride]

    def _pass_on(self) -> None:
        if self.headers.get("Host", "").lower() not in self.server.hosts:
            return self._refuse(421, "this is the Temporal UI of another host")
        size = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (size.isascii() and size.isdigit()) or int(size) > LONGEST:
            return self._refuse(413, "the request is too long, or does not say how long it is")
        body = self.rfile.read(int(size))
        try:
            token = self.server.token.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            log.error("the token %s cannot be read", self.server.token)
            return self._refuse(503, "the token for the Temporal server cannot be read")
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in _FOR_ONE_HOP | _CREDENTIALS | {"content-length"}
        }
        headers["Authorization"] = f"Bearer {token}"
        behind = http.client.HTTPConnection(*self.server.to, timeout=PATIENCE)
        try:
            behind.request(self.command, self.path, body or None, headers)
            answer = behind.getresponse()
        except (OSError, http.client.HTTPException) as fault:
            log.warning("the UI does not answer: %s", fault)
            behind.close()
            return self._refuse(502, "the Temporal UI does not answer")
        try:
            return self._answer(answer)
        except (OSError, http.client.HTTPException):  # one of both ends has gone in the middle of the answer
            self.close_connection = True
        finally:
            behind.close()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _pass_on

    def _answer(self, answer: http.client.HTTPResponse) -> None:
        self.send_response(answer.status, answer.reason)
        length = answer.getheader("Content-Length")
        for name, value in answer.getheaders():
            if name.lower() not in _FOR_ONE_HOP | {"content-length", "server", "date"}:
                self.send_header(name, value)
        bodiless = self.command == "HEAD" or answer.status in (204, 304)
        if length is not None:
            self.send_header("Content-Length", length)
        elif not bodiless:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if bodiless:
            return
        while piece := answer.read1(PIECE):
            self.wfile.write(piece if length is not None else b"%x\r\n%s\r\n" % (len(piece), piece))
        if length is None:
            self.wfile.write(b"0\r\n\r\n")

    def _refuse(self, status: int, why: str) -> None:
        self.close_connection = True
        said = why.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(said)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:
        """Log no request: its path may name a case."""


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m worker.temporal_ui", description=__doc__)
    parser.add_argument("--listen", type=_address, required=True, metavar="HOST:PORT")
    parser.add_argument("--to", type=_address, required=True, metavar="HOST:PORT", help="where the UI's own server is")
    parser.add_argument("--token", type=Path, required=True, help="the file with the reader's token")
    parser.add_argument(
        "--host", action="append", default=[], metavar="NAME:PORT", help="a name under which browsers call, beside ours"
    )
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(message)s")
    port = asked.listen[1]
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}", *(name.lower() for name in asked.host)}
    try:
        Front(asked.listen, asked.to, asked.token, hosts).serve_forever()
    except OSError as fault:
        leave(f"{asked.listen[0]}:{port}: {fault}")
    except KeyboardInterrupt:
        leave()


if __name__ == "__main__":
    main()

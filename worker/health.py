"""The health endpoints of a worker over HTTP: `/healthz` and `/readyz`, each a JSON document with status 200 or 503.

`/healthz` is 503 from the failure of a part until that part has been restarted and has run well for a while. `/readyz`
is 503 until the worker takes Temporal tasks and the records are prepared, and again while the worker stops. Neither
document names a case or a person. `python -m worker.health` queries the worker on this machine, or a gateway (`--at`),
for the health check of a container.

Decision. Two answers of fixed form need no web framework: the server reads one request line, answers and closes. It
reads at most 8 KB within 5 seconds, keeps no connection open and limits concurrent connections, so a client that sends
nonsense, or nothing, costs nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import http.client
import json
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

from complaints.connection.settings import HEALTH, Settings, Unsettled

log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds to receive a request and send the answer
LONGEST = 8192  # maximum size of a request in bytes
AT_ONCE = 16  # concurrent connections; further ones are closed

HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where to query a worker on this machine that listens on every address."""

Shown = Callable[[], Mapping[str, Any]]
"""Returns the status of a worker: `ok` and `ready` decide the HTTP status, the rest is for people."""


class HealthServer:
    """Serves the endpoints on `host` and `port`. With `elsewhere` it uses a free port if that one is taken."""

    def __init__(self, host: str, port: int, shown: Shown, *, elsewhere: bool = False) -> None:
        self._host = host
        self._port = port
        self._shown = shown
        self._elsewhere = elsewhere
        self._open = 0
        self.address: str | None = None

    async def run(self) -> None:
        """Serve until cancelled. Raises `OSError` if it cannot listen on the address."""
        async with await self._listen() as server:
            host, port = server.sockets[0].getsockname()[:2]
            self.address = f"{host}:{port}"
            log.info("health at http://%s/healthz and /readyz", self.address)
            try:
                await server.serve_forever()
            finally:
                self.address = None

    async def _listen(self) -> asyncio.Server:
        try:
            return await asyncio.start_server(self._serve, self._host, self._port, limit=LONGEST)
        except OSError as error:
            if not self._elsewhere or error.errno != errno.EADDRINUSE:
                raise
            return await asyncio.start_server(self._serve, self._host, 0, limit=LONGEST)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= AT_ONCE:
                async with asyncio.timeout(PATIENCE):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(self._answer(head))
                    await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a broken or slow request gets no answer
        finally:
            self._open -= 1
            writer.close()

    def _answer(self, head: bytes) -> bytes:
        words = head.split(b"\r\n", 1)[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            return _response(400, {"error": "bad request"})
        if words[0] not in (b"GET", b"HEAD"):
            return _response(405, {"error": "GET or HEAD only"})
        keys = {b"/healthz": "ok", b"/readyz": "ready"}
        key = keys.get(words[1].split(b"?", 1)[0])
        if key is None:
            return _response(404, {"error": "/healthz or /readyz"})
        shown = self._shown()
        return _response(200 if shown[key] else 503, shown, body=words[0] == b"GET")


def _response(status: int, shown: Mapping[str, Any], *, body: bool = True) -> bytes:
    said = json.dumps(shown, ensure_ascii=False, indent=1, default=str).encode() + b"\n"
    lines = (
        f"HTTP/1.1 {status} {http.client.responses[status]}",
        "Content-Type: application/json; charset=utf-8",
        f"Content-Length: {len(said)}",
        "Cache-Control: no-store",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + (said if body else b"")


def ask(host: str, port: int, path: str = "/healthz", patience: float = PATIENCE) -> tuple[int, dict[str, Any]]:
    """Return status and document of a worker's endpoint. Raises `OSError` or `ValueError` without a valid answer."""
    connection = http.client.HTTPConnection(host, port, timeout=patience)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except http.client.HTTPException as odd:
        raise ValueError(type(odd).__name__) from odd
    finally:
        connection.close()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def main() -> None:
    """Exit with 0 if the worker, or the gateway, on this machine is well (`--ready`: takes tasks), with 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m worker.health", description=main.__doc__)
    parser.add_argument("--ready", action="store_true", help="ask /readyz instead of /healthz")
    parser.add_argument("--at", type=_address, help="host:port to ask, such as a gateway's; without it the worker's")
    asked = parser.parse_args()
    path = "/readyz" if asked.ready else "/healthz"
    try:
        host, port = asked.at or Settings.from_env().health() or HEALTH
        status, shown = ask(HERE.get(host, host), port, path)
    except Unsettled as unsettled:
        sys.exit(unsettled.words("zh") + "\n" + unsettled.words("en"))
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: {type(error).__name__}")
    print(json.dumps(shown, ensure_ascii=False, indent=1))
    sys.exit(0 if status == 200 else 1)


if __name__ == "__main__":
    main()

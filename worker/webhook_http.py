"""Sends one message of a webhook by HTTP, to nobody but the address that was checked, within fifteen seconds.

The name is resolved here and every number of it is checked; the connection is made to one of these numbers, while host
and certificate are those of the name. There are no redirects, no proxies and no cookies, and of the answer nothing but
its status is read, and `Retry-After` of a receiver that is busy.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2

from complaints.webhooks import retries
from complaints.webhooks.addresses import AllowedHost, WebhookTarget, bracketed, is_public, target_of
from complaints.webhooks.errors import WebhookRefused
from complaints.webhooks.model import SendingFault

WHOLE = 15.0
"""Seconds for one attempt, from looking up the name to the status of the answer."""
CONNECT = 5.0
"""Seconds for one connection; another number of the same name may be tried after it."""
TRIED = 3
"""Numbers of a name that are tried at most."""
BUSY = (429, 503)
"""Statuses of a receiver that may ask for a pause."""
LOOKUPS = 32
"""Names that are looked up at the same time at most: a lookup that hangs keeps its thread until the system gives up."""

Lookup = Callable[[str, int], list[str]]
"""Returns the numbers of a name. May block; raises `OSError`."""


class NotTaken(Exception):
    """A message was not taken, for this reason.

    `status` is that of the answer, if there was one, `asked` the pause for which the receiver has asked.
    """

    def __init__(self, fault: SendingFault, status: int | None = None, asked: timedelta = retries.NOTHING) -> None:
        self.fault = fault
        self.status = status
        self.asked = asked
        super().__init__(f"{fault} {status or ''}".rstrip())


def system_lookup(host: str, port: int) -> list[str]:
    """Look a name up as the system does."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True)
class _Goal:
    target: WebhookTarget
    numbers: tuple[str, ...]


class WebhookHttp:
    """Sends messages. `allowed` are the hosts that may be private; `trusted` are the certificates that count."""

    def __init__(
        self,
        allowed: tuple[AllowedHost, ...] = (),
        *,
        lookup: Lookup = system_lookup,
        trusted: ssl.SSLContext | None = None,
        whole: float = WHOLE,
    ) -> None:
        self._allowed = allowed
        self._lookup = lookup
        self._trusted = trusted or httpx2.create_ssl_context()
        self._whole = whole
        self._looking: dict[str, asyncio.Future[list[str]]] = {}

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post a body; return the status of the answer, which is 2xx. Raises `NotTaken`."""
        try:
            async with asyncio.timeout(self._whole):
                status, retry_after = await self._posted(await self._goal(url), headers, body)
        except TimeoutError:
            raise NotTaken(SendingFault.TIMEOUT) from None
        if 200 <= status < 300:
            return status
        if status == 410:
            raise NotTaken(SendingFault.GONE, status)
        asked = retries.asked_pause(retry_after, datetime.now(UTC)) if status in BUSY else retries.NOTHING
        raise NotTaken(SendingFault.STATUS, status, asked)

    async def _goal(self, url: str) -> _Goal:
        try:
            target, private = target_of(url, self._allowed)
        except WebhookRefused:
            raise NotTaken(SendingFault.ADDRESS) from None
        numbers = await self._resolved(target)
        if not private and not all(map(is_public, numbers)):
            raise NotTaken(SendingFault.NOT_PUBLIC)
        return _Goal(target, tuple(numbers[:TRIED]))

    async def _resolved(self, target: WebhookTarget) -> list[str]:
        """Look the name up; who waits for a name that is being looked up shares the answer."""
        looking = self._looking.get(target.host)
        if looking is None:
            if len(self._looking) >= LOOKUPS:
                raise NotTaken(SendingFault.NAME)
            looking = self._looking[target.host] = self._begun(target.host, target.port)
        try:
            numbers = await asyncio.shield(looking)
        except (OSError, UnicodeError):
            raise NotTaken(SendingFault.NAME) from None
        if not numbers:
            raise NotTaken(SendingFault.NAME)
        return numbers

    def _begun(self, host: str, port: int) -> asyncio.Future[list[str]]:
        """Look a name up in a thread of its own, so that one that hangs is in nobody's way."""
        loop = asyncio.get_running_loop()
        looking: asyncio.Future[list[str]] = loop.create_future()

        def done(numbers: list[str] | None, error: Exception | None) -> None:
            self._looking.pop(host, None)
            if looking.cancelled():
                return
            if error is not None:
                looking.set_exception(error)
                looking.exception()  # nobody may be waiting any more
            else:
                looking.set_result(numbers or [])

        def look() -> None:
            numbers, error = None, None
            try:
                numbers = self._lookup(host, port)
            except Exception as failed:
                error = failed
            if not loop.is_closed():
                loop.call_soon_threadsafe(done, numbers, error)

        threading.Thread(target=look, name="webhook-lookup", daemon=True).start()
        return looking

    async def _posted(self, goal: _Goal, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        for nth, number in enumerate(goal.numbers, 1):
            try:
                return await self._post_to(goal.target, number, headers, body)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                if nth == len(goal.numbers) or _is_tls(error):
                    raise NotTaken(_fault_of(error)) from None
            except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
                raise NotTaken(_fault_of(error)) from None
        raise NotTaken(SendingFault.UNREACHABLE)

    async def _post_to(
        self, target: WebhookTarget, number: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, str]:
        """Return status and `Retry-After` of the answer."""
        scheme = "https" if target.https else "http"
        address = f"{scheme}://{bracketed(number)}:{target.port}{target.path}"
        said = {
            **headers,
            "host": target.host_header,
            "content-type": "application/json",
            "user-agent": "Duly-Webhooks/1",
            "connection": "close",
        }
        async with (
            httpx2.AsyncClient(
                verify=self._trusted,
                trust_env=False,
                follow_redirects=False,
                timeout=httpx2.Timeout(self._whole, connect=CONNECT),
            ) as client,
            client.stream(
                "POST", address, content=body, headers=said, extensions={"sni_hostname": target.host}
            ) as answer,
        ):
            return answer.status_code, answer.headers.get("retry-after", "")


def _fault_of(error: Exception) -> SendingFault:
    if _is_tls(error):
        return SendingFault.TLS
    if isinstance(error, httpx2.TimeoutException):
        return SendingFault.TIMEOUT
    if isinstance(error, httpx2.ProtocolError | httpx2.DecodingError | httpx2.InvalidURL | httpx2.StreamError):
        return SendingFault.PROTOCOL
    return SendingFault.UNREACHABLE


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False

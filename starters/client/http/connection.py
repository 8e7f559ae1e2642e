"""Requests to the gateway: sent again after a failure, in bounded time, and with a token that nothing shows."""

from __future__ import annotations

import asyncio
import ipaddress
import random
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx2

from complaints.base.errors import Refusal, Refused
from complaints.connection.temporal import PATIENCE
from complaints.connection.variables import WrongSetting
from starters.client.http.problems import problem_of

_BUSY = (429, 502, 503, 504)
"""Answers after which the same request may succeed."""
_LONGEST_PAUSE = 5.0
"""Seconds between two attempts at most, where the answer names none."""
_TOKEN = re.compile(r"[\x21-\x7e]{1,500}", re.ASCII)


class _Bearer(httpx2.Auth):
    """Adds the token to each request. It is in no header of the client, and `repr` does not show it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx2.Request) -> Any:
        request.headers["authorization"] = f"Bearer {self._token}"
        yield request

    def __repr__(self) -> str:
        return "<token>"


class GatewayConnection:
    """Sends requests to a gateway.

    What is sent must be safe to repeat: each request is a reading one, or has an `Idempotency-Key` or an id of its own.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        lang: str = "zh",
        ca: Path | None = None,
        patience: float = PATIENCE,
        answer_within: float = 30.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        through: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepare the connection; nothing is sent yet. `through` sends requests in tests.

        `patience` are the seconds for which a gateway may be out of reach, `answer_within` those for an answer. `ca` is
        a file with the certificates of authorities that count instead of those of this machine. Raises `WrongSetting`.
        """
        parts = _checked(address)
        if not _TOKEN.fullmatch(token):
            raise WrongSetting("settings.bad-token")
        self.address = f"{parts.scheme}://{parts.netloc}"
        self._patience = patience
        self._answer_within = answer_within
        self._sleep = sleep
        self._http = httpx2.AsyncClient(
            base_url=address.rstrip("/"),
            auth=_Bearer(token),
            headers={"accept": "application/json", "accept-language": lang},
            timeout=answer_within,
            verify=_certificates(ca),
            follow_redirects=False,  # a redirect would take the token elsewhere
            trust_env=False,  # so would a proxy of the environment
            transport=through,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, method: str, path: str, *, wait: float = 0, **said: Any) -> httpx2.Response:
        """Send a request and return the answer. `said` are arguments of `httpx2`, `wait` the seconds it may ask for.

        Raises what `problem_of` makes of a problem, `Refusal` (`SERVER_UNREACHABLE`) if there is no answer in time, and
        `WrongSetting` for a certificate that does not count.
        """
        async with self.answer(method, path, wait=wait, **said) as found:
            await found.aread()
            return found

    @asynccontextmanager
    async def answer(
        self,
        method: str,
        path: str,
        *,
        wait: float = 0,
        body: Callable[[], AsyncIterator[bytes]] | None = None,
        **said: Any,
    ) -> AsyncGenerator[httpx2.Response]:
        """Send a request and yield its answer, whose body is still to be read. `body` begins the body of each attempt.

        Raises what `ask` does.
        """
        request, found = self._attempts(method, path, wait, body, said), None
        found = await request
        try:
            yield found
        except httpx2.TransportError:  # while the body of the answer was read
            raise self._unreachable() from None
        finally:
            await found.aclose()

    async def _attempts(
        self, method: str, path: str, wait: float, body: Callable[[], AsyncIterator[bytes]] | None, said: dict[str, Any]
    ) -> httpx2.Response:
        clock = asyncio.get_running_loop().time
        given_up, failing_since = clock() + self._answer_within + wait, None
        for nth in range(1_000_000):
            pause = min(_LONGEST_PAUSE, 0.2 * 2 ** min(nth, 10)) * random.uniform(0.5, 1)
            try:
                async with asyncio.timeout(given_up - clock()):
                    content = {} if body is None else {"content": body()}
                    within = httpx2.Timeout(self._answer_within + wait, connect=self._patience)
                    request = self._http.build_request(method, path.lstrip("/"), timeout=within, **content, **said)
                    answer = await self._http.send(request, stream=True)
            except (TimeoutError, httpx2.ReadTimeout, httpx2.WriteTimeout, httpx2.PoolTimeout):
                raise self._unreachable() from None
            except httpx2.TransportError as failed:
                if (why := _of_certificate(failed)) is not None:
                    raise WrongSetting("settings.refused-https", address=self.address, why=why) from None
                failing_since = clock() if failing_since is None else failing_since
                if clock() + pause >= min(given_up, failing_since + self._patience):
                    raise self._unreachable() from None
            else:
                failing_since = None
                if answer.is_success or answer.status_code == 304:
                    return answer
                problem = await self._problem(answer)
                pause = max(pause, _seconds(answer))
                if answer.status_code not in _BUSY or clock() + pause >= given_up:
                    raise problem
            await self._sleep(pause)
        raise self._unreachable()

    async def _problem(self, answer: httpx2.Response) -> Exception:
        try:
            await answer.aread()
        except httpx2.TransportError:
            return self._unreachable()
        finally:
            await answer.aclose()
        return problem_of(answer, self.address)

    def _unreachable(self) -> Refusal:
        return Refusal(Refused.SERVER_UNREACHABLE, what="gateway", address=self.address)


def is_web_address(text: str) -> bool:
    """Return whether this is the address of a gateway, not that of a Temporal server."""
    return "://" in text


def _checked(address: str) -> SplitResult:
    """Return the parts of an address to which a token may be sent. Raises `WrongSetting`."""
    try:
        parts = urlsplit(address)
        plain = parts.hostname is not None and parts.port != 0
    except ValueError:
        raise WrongSetting("settings.bad-gateway") from None
    if not plain or parts.username is not None or parts.query or parts.fragment:
        raise WrongSetting("settings.bad-gateway")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(parts.hostname or "")):
        raise WrongSetting("settings.bad-gateway")
    return parts


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _certificates(ca: Path | None) -> ssl.SSLContext | bool:
    if ca is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as fault:  # ssl.SSLError too
        why = fault.strerror or type(fault).__name__
        raise WrongSetting("settings.bad-ca", file=str(ca), why=why) from None


def _of_certificate(failed: BaseException) -> str | None:
    """Return what is wrong with the certificate of the gateway, if that is why there was no connection."""
    seen: BaseException | None = failed
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return seen.verify_message
        seen = seen.__cause__ or seen.__context__
    return None


def _seconds(answer: httpx2.Response) -> float:
    """Return the seconds after which the gateway wants to be asked again; 0 if it does not say."""
    said = answer.headers.get("retry-after", "")
    return float(said) if re.fullmatch(r"[0-9]{1,6}", said) else 0.0

"""What every request passes, and every answer: headers, host, origin, body. Plain ASGI, so that nothing slips past."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from complaints.base.error_text import traced
from starters.gateway.config import GatewayConfig
from starters.gateway.problems import ApiProblem
from starters.gateway.rates import Left
from starters.gateway.security_log import SecurityEvent, SecurityLog

log = logging.getLogger(__name__)

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
API = "/api/"
WATCHED = ("/healthz", "/readyz")
"""Paths that are asked by address, by whoever watches the gateway."""
JSON_TYPE, FORM_TYPE = "application/json", "application/x-www-form-urlencoded"
MOST_BYTES = {JSON_TYPE: 1_000_000, FORM_TYPE: 16_384}
"""Bytes of a body. One act has 128 KB at most; a form of the sign-in pages has a few fields."""
ARRIVES_WITHIN = 60.0
"""Seconds in which such a body has to arrive."""
DRAINED = 30_000_000
"""Bytes of a body that is too large which are read all the same, and thrown away, before it is refused."""
DRAINED_WITHIN = 5.0
"""Seconds for that."""
DEEPEST = 32
"""Levels of lists and objects in a JSON body; the deepest form of ours has five."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
"""Nothing but what this gateway serves itself: no inline script or style, no frame around it."""

SECURITY_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not "no-referrer": browsers would send "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
STRICT_TRANSPORT = "max-age=31536000"

Answer = Callable[[Request, ApiProblem], Response]
"""Turns a problem into the answer for this request: a document for programs, a page for people."""


@dataclass(frozen=True)
class BodyRule:
    """What a path takes as a body. A route with a rule of its own, such as one for uploads, is named by its path.

    A name in braces stands for any part of the path. Without `types` it is of any type. `streamed`: given to the route
    as it arrives, so that nobody whom the route does not recognise fills the memory.
    """

    types: tuple[str, ...]
    most_bytes: int
    streamed: bool = False


class Hardened:
    """Adds the security headers to every answer, and turns an unexpected error into one that tells nothing."""

    def __init__(self, app: ASGIApp, config: GatewayConfig, security: SecurityLog, answer: Answer) -> None:
        self._app = app
        self._config = config
        self._security = security
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def sent(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._add(message, scope["path"])
                _add_rate(message, scope)
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:
            log.error("a request failed: %s", traced(error))  # without the traceback's own message, which quotes data
            self._security.write(SecurityEvent.ERROR, address=address_of(scope), why=type(error).__name__)
            if started:
                raise
            await self._answer(Request(scope), ApiProblem(500, "error"))(scope, receive, sent)

    def _add(self, message: Message, path: str) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in SECURITY_HEADERS.items():
            headers.setdefault(name, value)
        if not path.startswith("/static/"):
            headers.setdefault("cache-control", "no-store")
        if self._config.secure:
            headers["strict-transport-security"] = STRICT_TRANSPORT


def _add_rate(message: Message, scope: Scope) -> None:
    """Say how many requests are left to the client, where they were counted."""
    left: Left | None = scope.get("state", {}).get("rate")
    if left is not None:
        headers = MutableHeaders(scope=message)
        for name, value in left.headers.items():
            headers.setdefault(name, value)


class OwnHost:
    """Refuses requests to another host name, so that no foreign name can be made to lead here (DNS rebinding)."""

    def __init__(self, app: ASGIApp, config: GatewayConfig, security: SecurityLog, answer: Answer) -> None:
        self._app = app
        self._hosts = config.hosts
        self._security = security
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in WATCHED or self._is_own(scope):
            await self._app(scope, receive, send)
            return
        self._security.write(SecurityEvent.HOST_REFUSED, address=address_of(scope))
        await self._answer(Request(scope), ApiProblem(421, "host"))(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        named = Headers(scope=scope).getlist("host")
        return len(named) == 1 and named[0].lower() in self._hosts


class OwnOrigin:
    """Refuses what a page of another site makes a browser send (CSRF).

    Browsers say where a request comes from in `Sec-Fetch-Site`, which no page can forge, and for all but the simplest
    requests in `Origin`. Programs send neither; without a cookie they have nothing that a page could abuse.
    """

    def __init__(self, app: ASGIApp, config: GatewayConfig, security: SecurityLog, answer: Answer) -> None:
        self._app = app
        self._origins = config.origins
        self._security = security
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        changes = scope["type"] == "http" and scope["method"] not in SAFE
        why = foreign(Headers(scope=scope), self._origins) if changes else None
        if why is None:
            await self._app(scope, receive, send)
            return
        self._security.write(SecurityEvent.ORIGIN_REFUSED, address=address_of(scope), why=why)
        await self._answer(Request(scope), ApiProblem(403, "origin"))(scope, receive, send)


def foreign(headers: Mapping[str, str], origins: frozenset[str]) -> str | None:
    """Return why a request that changes something is not taken; None if it may come from one of our own pages."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return "site"
    if origin is not None and origin not in origins:
        return "origin"
    if site is None and origin is None and "cookie" in headers:
        return "unknown"
    return None


class BoundedBody:
    """Takes a body of the right type, of bounded size and depth, and whole, before anything looks at it."""

    def __init__(self, app: ASGIApp, rules: Mapping[str, BodyRule], security: SecurityLog, answer: Answer) -> None:
        self._app = app
        self._rules = [(_pattern(path), rule) for path, rule in rules.items()]
        self._security = security
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            if (rule := self._rule(scope["path"])).streamed and scope["method"] not in SAFE:
                _check_head(Headers(scope=scope), rule)
                _check_type(Headers(scope=scope), rule)
                await self._app(scope, _bounded(receive, rule.most_bytes), send)
                return
            body = await self._body(scope, receive)
        except ApiProblem as problem:
            self._security.write(SecurityEvent.BODY_REFUSED, address=address_of(scope), why=problem.code)
            answer = self._answer(Request(scope), problem)
            answer.headers["connection"] = "close"  # what is left of the body is not read
            if problem.status == 413 and _may_come(Headers(scope=scope)):
                await _drained(receive)
            await answer(scope, receive, send)
            return
        except ClientDisconnect:  # nobody is there for an answer, and half a body may mean something else
            self._security.write(SecurityEvent.BODY_REFUSED, address=address_of(scope), why="cut-off")
            return
        given = False

        async def replayed() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replayed, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        headers, method = Headers(scope=scope), scope["method"]
        rule = self._rule(scope["path"])
        _check_head(headers, rule)
        try:
            async with asyncio.timeout(ARRIVES_WITHIN):
                body = await _whole(receive, rule.most_bytes)
        except TimeoutError:  # whoever sends a byte now and then would keep a place for ever
            raise ApiProblem(400, "bad-request") from None
        if method in SAFE or (not body and method == "DELETE"):
            return body
        if (body or _type_of(headers)) and _check_type(headers, rule) == JSON_TYPE:
            _check_encoding(body)
            if is_deeper(body, DEEPEST):
                raise ApiProblem(400, "body-too-deep", {"limit": DEEPEST})
            _check_characters(body)
        return body

    def _rule(self, path: str) -> BodyRule:
        for pattern, rule in self._rules:
            if pattern.fullmatch(path):
                return rule
        kind = JSON_TYPE if path.startswith(API) else FORM_TYPE
        return BodyRule((kind,), MOST_BYTES[kind])


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{[a-z_]+\}", path)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))


def _check_head(headers: Headers, rule: BodyRule) -> None:
    """Raise `ApiProblem` for a body that says of itself that it is too large, or that it is compressed."""
    length = headers.get("content-length")
    if length is not None and (not re.fullmatch(r"[0-9]{1,18}", length) or int(length) > rule.most_bytes):
        raise ApiProblem(413, "body-too-large", {"limit": rule.most_bytes})
    if headers.get("content-encoding", "identity") != "identity":
        raise ApiProblem(415, "content-encoding")


def _check_type(headers: Headers, rule: BodyRule) -> str:
    """Return the type of a body. Raises `ApiProblem` for one that the path does not take."""
    kind = _type_of(headers)
    if rule.types and kind not in rule.types:
        raise ApiProblem(415, "content-type", {"wanted": ", ".join(rule.types)})
    return kind


def _type_of(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _bounded(receive: Receive, most: int) -> Receive:
    """Return what receives no more than so many bytes of a body. It raises `ApiProblem` at the first one too many."""
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        if message["type"] == "http.request":
            size += len(message.get("body", b""))
            if size > most:
                raise ApiProblem(413, "body-too-large", {"limit": most})
        return message

    return bounded


def _may_come(headers: Headers) -> bool:
    """Whether a body that is too large says of itself that it is small enough to be thrown away."""
    length = headers.get("content-length", "0")
    return bool(re.fullmatch(r"[0-9]{1,9}", length)) and int(length) <= DRAINED


async def _drained(receive: Receive) -> None:
    """Read what is left of a body, within bounds: who is still sending when the connection closes gets no answer."""
    size = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAINED_WITHIN):
            while size < DRAINED:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                size += len(message.get("body", b""))


def _check_encoding(body: bytes) -> None:
    """Raise `ApiProblem` for JSON in another encoding than UTF-8 (RFC 8259, section 8.1).

    The parser would guess UTF-16 and UTF-32 by their zero bytes, which UTF-8 has too; depth is counted in UTF-8.
    """
    try:
        body.decode()
    except UnicodeDecodeError:
        raise ApiProblem(400, "bad-request") from None
    if b"\0" in body:
        raise ApiProblem(400, "bad-request")


_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def _check_characters(body: bytes) -> None:
    """Raise `ApiProblem` for JSON with texts that no database, file or terminal can hold: NUL, half a surrogate."""
    if not _ESCAPED.search(body):
        return
    try:
        inside: list[Any] = [json.loads(body)]
    except ValueError:  # the route says what is wrong with it
        return
    while inside:
        value = inside.pop()
        if isinstance(value, str) and ("\0" in value or any("\ud800" <= one <= "\udfff" for one in value)):
            raise ApiProblem(422, "invalid", fields=({"field": "body", "code": "characters"},))
        if isinstance(value, dict):
            inside += chain.from_iterable(cast("dict[str, Any]", value).items())
        elif isinstance(value, list):
            inside += cast("list[Any]", value)


async def _whole(receive: Receive, most: int) -> bytes:
    """Return the whole body. Raises `ClientDisconnect` for one that is cut off, and `ApiProblem`."""
    parts: list[bytes] = []
    size = 0
    while True:
        message: MutableMapping[str, Any] = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > most:
            raise ApiProblem(413, "body-too-large", {"limit": most})
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.S)
_BRACKETS = re.compile(rb"[\[\]{}]")


def is_deeper(body: bytes, levels: int) -> bool:
    """Return whether lists and objects of a JSON text are nested in more levels. In linear time, without recursion."""
    depth = 0
    for found in _BRACKETS.finditer(_STRINGS.sub(b"", body)):
        depth += 1 if found[0] in b"[{" else -1
        if depth > levels:
            return True
    return False


def address_of(scope: Scope) -> str:
    """Return the address that a request came from; behind a proxy that is trusted, the one that it names."""
    client = scope.get("client")
    return str(client[0]) if client else ""

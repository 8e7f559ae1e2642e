"""Who asks: the session of a cookie, or the token of the header `Authorization`, looked up for every request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from complaints.access.principal import Principal
from complaints.accounts import lifetimes
from complaints.accounts.credentials import CredentialKind, digest_if
from complaints.accounts.model import ApiToken, OpenSession
from complaints.accounts.resident_links import ResidentLink
from complaints.accounts.throttling import address_key
from complaints.store.resident_links import ResidentLinks
from starters.gateway.middleware import address_of
from starters.gateway.parts import GatewayParts
from starters.gateway.problems import ApiProblem
from starters.gateway.rates import RateLimit
from starters.gateway.security_log import SecurityEvent

SESSION_COOKIE = "duly"
ACTING = frozenset({"person", "backend"})
"""Kinds of principal that work on cases. Administrators and residents are for routes that name them."""

_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="A backend's token, or a command's sign-in.")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, scheme_name="session", description="A browser's sign-in.")


@dataclass(frozen=True)
class Recognised:
    """Who asks, with the session, the token or the link that proves it."""

    principal: Principal
    session: OpenSession | None = None
    token: ApiToken | None = None
    link: ResidentLink | None = None

    @property
    def ends_at(self) -> datetime:
        """When the credential ends by itself, however much it is used."""
        if self.session is not None:
            return lifetimes.ends_at(self.session)
        ending = self.token or self.link
        assert ending is not None
        return ending.expires_at

    @property
    def name(self) -> str:
        """The name of the person or the token; "" for an administrator and a customer."""
        return self.session.name if self.session else self.token.name if self.token else ""


def parts_of(request: Request) -> GatewayParts:
    """Return what the gateway of this request is made of."""
    return request.app.state.parts


async def session_of(request: Request) -> OpenSession | None:
    """Return the session of the browser's cookie while it counts; None for a browser that is not signed in."""
    parts = parts_of(request)
    text = request.cookies.get(parts.config.cookie(SESSION_COOKIE))
    digest = digest_if(text, CredentialKind.BROWSER)
    return await _live(request, digest) if digest else None


async def recognised(request: Request) -> Recognised:
    """Return who asks. Raises `ApiProblem`: `not-signed-in`, `credential`, `two-credentials`, `password-change`.

    Two credentials are refused, because they might be of two people.
    """
    parts = parts_of(request)
    headers = request.headers.getlist("authorization")
    cookie = request.cookies.get(parts.config.cookie(SESSION_COOKIE))
    if headers and (cookie is not None or len(headers) > 1):
        raise ApiProblem(400, "two-credentials")
    if not headers and cookie is None:
        raise unproved("not-signed-in")
    found = await _of_header(request, headers[0]) if headers else await _of_cookie(request)
    if found is None:
        _check_rate(request, parts.limits.unknown, address_key(address_of(request.scope)))
        raise unproved("credential")
    _check_rate(request, parts.limits.known, f"{found.principal.kind} {found.principal.id}")
    if found.session is not None and found.session.must_change:
        page = f"{parts.config.base(request.headers.get('host', ''))}/password"
        raise ApiProblem(403, "password-change", {"page": page})
    return found


async def principal(
    found: Annotated[Recognised, Depends(recognised)],
    _token: Annotated[Any, Security(_bearer)] = None,
    _session: Annotated[Any, Security(_cookie)] = None,
) -> Principal:
    """Return who asks, for routes: `who: Annotated[Principal, Depends(principal)]`. Raises as `recognised`."""
    return found.principal


def needs(scope: str, kinds: Collection[str] = ACTING) -> Callable[..., Coroutine[Any, Any, Principal]]:
    """Return the dependency of a route for these kinds of principal. A backend needs the scope, people need none."""

    async def scoped(request: Request, who: Annotated[Principal, Depends(principal)]) -> Principal:
        check_scope(request, who, scope, kinds)
        return who

    return scoped


def check_scope(request: Request, who: Principal, scope: str, kinds: Collection[str] = ACTING) -> None:
    """Raise `ApiProblem` for another kind of principal (`not-for-you`), or a backend without the scope (`scope`).

    For routes that know the scope only from the request; the others have `needs`.
    """
    if who.kind not in kinds:
        parts_of(request).security.write(
            SecurityEvent.SCOPE_REFUSED, address=address_of(request.scope), who=who.id, why=who.kind
        )
        raise ApiProblem(403, "not-for-you")
    if who.kind == "backend" and scope not in who.scopes:
        parts_of(request).security.write(
            SecurityEvent.SCOPE_REFUSED, address=address_of(request.scope), who=who.id, why=scope.partition(":")[0]
        )
        raise ApiProblem(403, "scope", {"scope": scope})


def _check_rate(request: Request, limit: RateLimit, client: str) -> None:
    """Count the request of the client. Raises `ApiProblem` (`rate`) for one too many."""
    request.state.rate = left = limit.take(client)
    if not left.taken:
        parts_of(request).security.write(
            SecurityEvent.RATE_REFUSED, address=address_of(request.scope), why=limit.rate.name
        )
        raise ApiProblem(429, "rate", {"seconds": left.retry}, headers=left.headers)


def _check_unknown(request: Request, digest: str) -> None:
    """Raise `ApiProblem` (`rate`) if the address has sent too many credentials that do not count.

    A token that was recognised lately is looked up all the same: others of the address must not shut it out.
    """
    limits = parts_of(request).limits
    if digest not in limits.seen and not limits.unknown.left(address_key(address_of(request.scope))).taken:
        _check_rate(request, limits.unknown, address_key(address_of(request.scope)))


async def _of_cookie(request: Request) -> Recognised | None:
    session = await session_of(request)
    return _recognised(session) if session else None


async def _of_header(request: Request, header: str) -> Recognised | None:
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "bearer":
        return None
    if (digest := digest_if(text, CredentialKind.COMMAND)) is not None:
        _check_unknown(request, digest)
        session = await _live(request, digest)
        return _recognised(session) if session else None
    if (digest := digest_if(text, CredentialKind.BACKEND)) is not None:
        _check_unknown(request, digest)
        return await _backend(request, digest)
    if (digest := digest_if(text, CredentialKind.LINK)) is not None:
        _check_unknown(request, digest)
        return await _resident(request, digest)
    _refuse(request, SecurityEvent.TOKEN_REFUSED, "form")
    return None


async def _backend(request: Request, digest: str) -> Recognised | None:
    parts = parts_of(request)
    now = parts.now()
    token = await parts.tokens.find(digest, now)
    if token is None or not token.counts(now):
        why = "unknown" if token is None else "revoked" if token.revoked_at else "expired"
        _refuse(request, SecurityEvent.TOKEN_REFUSED, why, token.id if token else "")
        return None
    parts.limits.recognised(digest)
    return Recognised(Principal(kind="backend", id=token.id, scopes=token.scopes, via=token.id), token=token)


async def resident_of(request: Request, digest: str | None) -> Recognised | None:
    """Return the customer whose link is in the address; None if it does not count. Raises `ApiProblem` (`rate`).

    `digest` is None for what has not even the form of a link.
    """
    if digest is not None:
        _check_unknown(request, digest)
    found = await _resident(request, digest) if digest is not None else None
    limits = parts_of(request).limits
    if found is None:
        _check_rate(request, limits.unknown, address_key(address_of(request.scope)))
    else:
        _check_rate(request, limits.known, f"{found.principal.kind} {found.principal.id}")
    return found


async def _resident(request: Request, digest: str) -> Recognised | None:
    parts = parts_of(request)
    link, now = await parts.stores(ResidentLinks).find(digest), parts.now()
    if link is None or not link.counts(now):
        why = "unknown" if link is None else "revoked" if link.revoked_at else "expired"
        _refuse(request, SecurityEvent.TOKEN_REFUSED, why, link.id if link else "")
        return None
    parts.limits.recognised(digest)
    return Recognised(Principal(kind="resident", id=link.id, via=link.id), link=link)


async def _live(request: Request, digest: str) -> OpenSession | None:
    parts = parts_of(request)
    now, practice = parts.now(), parts.config.practice
    session = await parts.sessions.find(digest)
    why = "unknown" if session is None else lifetimes.why_over(session, now, practice.directory if practice else None)
    if session is None or why is not None:
        _refuse(request, SecurityEvent.SESSION_REFUSED, str(why), session.id if session else "")
        return None
    parts.limits.recognised(digest)
    if lifetimes.is_to_touch(session, now):
        await parts.sessions.touch(session.id, now)
    return session


def _recognised(session: OpenSession) -> Recognised:
    kind = "administrator" if session.administrator else "person"
    return Recognised(Principal(kind=kind, id=session.person, via=session.id), session=session)


def _refuse(request: Request, event: SecurityEvent, why: str, ref: str = "") -> None:
    parts_of(request).security.write(event, address=address_of(request.scope), why=why, ref=ref)


def unproved(code: str) -> ApiProblem:
    """Return the problem of a request whose credential is missing, or does not count."""
    return ApiProblem(401, code, headers={"www-authenticate": 'Bearer realm="duly"'})

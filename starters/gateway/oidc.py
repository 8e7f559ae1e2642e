"""Sign-in with the company's identity provider: OpenID Connect, authorization code with PKCE, state and nonce.

The library makes the requests and checks the claims. Here stands what it leaves open: that the metadata are the
issuer's own, which algorithms count, that the audience is checked, and that keys are fetched again when they change.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx2
from authlib.integrations import httpx_client
from authlib.oauth2 import rfc7636
from authlib.oidc import core
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from complaints.accounts.claims import MAIL
from starters.gateway.config import Provider

_authlib_client: Any = httpx_client.AsyncOAuth2Client  # the library has no types
_rfc7636: Any = rfc7636
_id_token_claims: Any = core.CodeIDToken

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures with a key of the provider alone: never "none", and no shared secret."""
SCOPE = "openid email profile"
PATIENCE = 8.0
"""Seconds for one answer of the provider."""
LEEWAY = 60
"""Seconds by which its clock may differ from ours."""
FRESH = 3600.0
"""Seconds for which its metadata and keys are used before they are fetched again."""
AGAIN = 30.0
"""Seconds between two fetches because of a key that is not known: a forged token must not make us ask each time."""


class ProviderAway(Exception):
    """The provider gives no answer that can be used, or is not set up right."""


class ProviderRefused(Exception):
    """The sign-in is refused. `why` is a code for the log."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True)
class _Known:
    metadata: Mapping[str, Any]
    keys: KeySet
    at: float


class IdentityProvider:
    """The provider of the settings. Its metadata and keys are fetched when they are first needed."""

    def __init__(
        self,
        provider: Provider,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._provider = provider
        self._transport = transport
        self._clock = clock
        self._known: _Known | None = None

    async def address(self, redirect: str, state: str, nonce: str, verifier: str) -> str:
        """Return where to send the browser. Raises `ProviderAway`."""
        known = await self._fresh()
        async with self._client(redirect) as client:
            url, _ = client.create_authorization_url(
                _endpoint(known, "authorization_endpoint"),
                state=state,
                nonce=nonce,
                code_challenge=_rfc7636.create_s256_code_challenge(verifier),
                code_challenge_method="S256",
            )
        return str(url)

    async def claims(self, code: str, redirect: str, nonce: str, verifier: str) -> dict[str, Any]:
        """Exchange the code, and return the verified claims. Raises `ProviderAway` or `ProviderRefused`."""
        known = await self._fresh()
        async with self._client(redirect) as client:
            try:
                endpoint, kind = _endpoint(known, "token_endpoint"), "authorization_code"
                token = await client.fetch_token(endpoint, code=code, code_verifier=verifier, grant_type=kind)
            except httpx2.HTTPError as error:
                raise ProviderAway(type(error).__name__) from None
            except Exception as error:  # the library's errors quote the provider's answer
                raise ProviderRefused("code") from error
            claims = await self._verified(cast("dict[str, Any]", token), nonce)
            wanted = self._wanted()
            if not wanted <= claims.keys() and "userinfo_endpoint" in known.metadata:
                # A mail address and whether it is verified have to come from one place, so all wanted claims are taken.
                said = await self._userinfo(client, known, str(claims["sub"]))
                claims |= {name: said[name] for name in wanted if name in said}
        return claims

    def _wanted(self) -> set[str]:
        """The claims that say who it is."""
        claim = self._provider.claim
        return {claim, "email_verified"} if claim == MAIL else {claim}

    async def _verified(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        text = token.get("id_token")
        if not isinstance(text, str):
            raise ProviderRefused("no-id-token")
        known = await self._fresh()
        try:
            decoded = self._decoded(text, known)
        except InvalidKeyIdError:
            decoded = self._decoded_anew(text, await self._fresh(AGAIN))
        options = {
            "iss": {"essential": True, "value": self._provider.issuer},
            "aud": {"essential": True, "value": self._provider.client_id},
            "exp": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        }
        params = {"nonce": nonce, "client_id": self._provider.client_id, "access_token": token.get("access_token")}
        claims = _id_token_claims(decoded.claims, decoded.header, options, params)
        try:
            claims.validate(leeway=LEEWAY)
        except (JoseError, ValueError, TypeError) as wrong:
            raise ProviderRefused(f"claim-{getattr(wrong, 'claim', None) or 'invalid'}"[:40]) from None
        return dict(decoded.claims)

    def _decoded_anew(self, text: str, known: _Known) -> jwt.Token:
        try:
            return self._decoded(text, known)
        except InvalidKeyIdError:
            raise ProviderRefused("key") from None

    def _decoded(self, text: str, known: _Known) -> jwt.Token:
        offered = known.metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        algorithms = [name for name in ALGORITHMS if name in offered]
        try:
            return jwt.decode(text, known.keys, registry=JWSRegistry(algorithms=algorithms, strict_check_header=False))
        except InvalidKeyIdError:
            raise
        except (JoseError, ValueError, TypeError, KeyError):
            raise ProviderRefused("signature") from None

    async def _userinfo(self, client: Any, known: _Known, sub: str) -> dict[str, Any]:
        try:
            answer = await client.get(_endpoint(known, "userinfo_endpoint"))
            said = answer.raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderAway(type(error).__name__) from None
        if not isinstance(said, dict) or cast("dict[str, Any]", said).get("sub") != sub:
            raise ProviderRefused("userinfo")
        return cast("dict[str, Any]", said)

    async def _fresh(self, at_most: float = FRESH) -> _Known:
        """Return metadata and keys that are at most so many seconds old."""
        if self._known is not None and self._clock() - self._known.at < at_most:
            return self._known
        issuer = self._provider.issuer
        async with httpx2.AsyncClient(transport=self._transport, timeout=PATIENCE) as client:
            metadata = await _fetched(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if metadata.get("issuer") != issuer:
                raise ProviderAway("the metadata name another issuer")
            keys = await _fetched(client, str(metadata.get("jwks_uri", "")))
        try:
            found = KeySet.import_key_set(cast("Any", keys))
        except (JoseError, ValueError, TypeError, KeyError):
            raise ProviderAway("its keys cannot be read") from None
        self._known = _Known(metadata, found, self._clock())
        return self._known

    def _client(self, redirect: str) -> Any:
        provider = self._provider
        return _authlib_client(
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            token_endpoint_auth_method="client_secret_basic" if provider.client_secret else "none",
            scope=SCOPE,
            redirect_uri=redirect,
            timeout=PATIENCE,
            transport=self._transport,
        )


async def _fetched(client: httpx2.AsyncClient, url: str) -> dict[str, Any]:
    try:
        found = (await client.get(url)).raise_for_status().json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise ProviderAway(type(error).__name__) from None
    if not isinstance(found, dict):
        raise ProviderAway("no JSON object")
    return cast("dict[str, Any]", found)


def _endpoint(known: _Known, name: str) -> str:
    found = known.metadata.get(name)
    if not isinstance(found, str):
        raise ProviderAway(f"the metadata lack {name}")
    return found

"""`/api/v1/me`, and how a command signs in and out: with a password, or by a device code (RFC 8628)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from complaints.access.principal import Principal
from complaints.accounts import device_codes, lifetimes, scopes
from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, digest_if, minted
from complaints.accounts.device_codes import PollAnswer
from complaints.accounts.errors import AccountRefused
from complaints.accounts.model import SessionKind
from complaints.accounts.throttling import address_key
from starters.gateway import signing_in
from starters.gateway.api import examples
from starters.gateway.api.documented import documented
from starters.gateway.api.models import DeviceAnswer, Me, SignedInAnswer, SignInBody
from starters.gateway.middleware import FORM_TYPE, BodyRule, address_of
from starters.gateway.pages.rendering import form_of
from starters.gateway.problems import ApiProblem
from starters.gateway.recognition import Recognised, parts_of, principal, recognised
from starters.gateway.security_log import SecurityEvent

router = APIRouter(prefix="/api/v1", tags=["identity"])

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
AUTHORIZE, TOKEN = "/api/v1/device/authorization", "/api/v1/device/token"
FORMS = {path: BodyRule((FORM_TYPE,), 4096) for path in (AUTHORIZE, TOKEN)}
"""RFC 8628 sends forms; everything else in the API is JSON."""
_TOLD = {
    PollAnswer.PENDING: ("device-pending", PollAnswer.PENDING.value),
    PollAnswer.SLOW_DOWN: ("device-slow", PollAnswer.SLOW_DOWN.value),
    PollAnswer.DENIED: ("device-denied", PollAnswer.DENIED.value),
    PollAnswer.EXPIRED: ("device-expired", PollAnswer.EXPIRED.value),
}


@router.get("/me", **documented("Who asks.", examples.ME))
async def me(found: Annotated[Recognised, Depends(recognised)], who: Annotated[Principal, Depends(principal)]) -> Me:
    """Say who asks, and until when."""
    ends = found.ends_at
    listed = scopes.written(who.scopes).split()
    return Me(kind=who.kind, id=who.id, name=found.name, scopes=listed, via=who.via, expires_at=ends)


@router.post(
    "/sessions",
    **documented(
        "Sign in with a password.",
        examples.SIGNED_IN,
        *("sign-in-failed", "sign-in-wait", "sign-in-locked", "password-change", "busy"),
        status=201,
        body=True,
        anybody=True,
    ),
)
async def sign_in(request: Request, body: SignInBody) -> SignedInAnswer:
    """Sign a command in with a password."""
    parts, address = parts_of(request), address_of(request.scope)
    try:
        done = await signing_in.with_password(parts, body.account, body.password, SessionKind.COMMAND, address)
    except AccountRefused as refused:
        raise ApiProblem.of_account(refused) from None
    if done.must_change:  # a command cannot change it, so it gets no session that could do nothing
        await parts.sessions.end(done.credential.id, parts.now())
        raise ApiProblem(403, "password-change", {"page": f"{parts.config.base(request.headers['host'])}/password"})
    return _answer(done)


@router.delete("/sessions/current", **documented("Sign out.", status=204), dependencies=[Depends(principal)])
async def sign_out(request: Request, found: Annotated[Recognised, Depends(recognised)]) -> Response:
    """End the session that asks."""
    if found.session is None:
        raise ApiProblem(403, "not-for-you")
    parts = parts_of(request)
    await parts.sessions.end(found.session.id, parts.now())
    _signed_out(request, found, found.session.id)
    return Response(status_code=204)


@router.delete("/sessions", **documented("Sign out everywhere.", status=204), dependencies=[Depends(principal)])
async def sign_out_everywhere(request: Request, found: Annotated[Recognised, Depends(recognised)]) -> Response:
    """End every session of the person who asks."""
    if found.session is None:
        raise ApiProblem(403, "not-for-you")
    parts = parts_of(request)
    await parts.sessions.end_all(found.principal.id, parts.now())
    _signed_out(request, found, "")
    return Response(status_code=204)


@router.post(
    "/device/authorization",
    **documented("Begin a sign-in by code.", examples.DEVICE, "device-many", body=True, anybody=True),
    openapi_extra=examples.form({"client_id": {"type": "string"}}, {}),
)
async def device(request: Request) -> DeviceAnswer:
    """Let a device wait until a person has confirmed the code that it shows. The form may be empty."""
    parts, now, address = parts_of(request), parts_of(request).now(), address_key(address_of(request.scope))
    waiting = minted(CredentialKind.DEVICE, parts.random(RANDOM_BYTES))
    code = device_codes.user_code(int.from_bytes(parts.random(16)) % device_codes.CODES)
    if not await parts.sessions.begin_grant(waiting.digest, code, address, now):
        raise ApiProblem(429, "device-many", headers={"retry-after": "60"})
    page = f"{parts.config.base(request.headers['host'])}/device"
    return DeviceAnswer(
        device_code=waiting.text,
        user_code=code,
        verification_uri=page,
        verification_uri_complete=f"{page}?code={code}",
        expires_in=int(device_codes.LIFETIME.total_seconds()),
        interval=int(device_codes.INTERVAL.total_seconds()),
    )


@router.post(
    "/device/token",
    **documented(
        "Ask whether a device was confirmed.",
        examples.SIGNED_IN,
        *("device-pending", "device-slow", "device-denied", "device-expired", "grant-type"),
        body=True,
        anybody=True,
    ),
    openapi_extra=examples.form(
        {"grant_type": {"const": DEVICE_GRANT}, "device_code": {"type": "string"}},
        {"grant_type": DEVICE_GRANT, "device_code": "duly_device_…"},
    ),
)
async def device_token(request: Request) -> SignedInAnswer:
    """Give a device its sign-in once a person has confirmed it; until then an error with the code of RFC 8628."""
    parts, form = parts_of(request), await form_of(request)
    if form.get("grant_type") != DEVICE_GRANT:
        raise ApiProblem(400, "grant-type", error="unsupported_grant_type")
    digest = digest_if(form.get("device_code"), CredentialKind.DEVICE)
    if digest is None:
        raise ApiProblem(400, "device-expired", error=PollAnswer.EXPIRED.value)
    now, credential = parts.now(), minted(CredentialKind.COMMAND, parts.random(RANDOM_BYTES))
    told, grant = await parts.sessions.poll_grant(digest, credential, now)
    if told is not PollAnswer.APPROVED or grant is None or grant.person is None:
        code, error = _TOLD[told]
        params = {"seconds": int(device_codes.INTERVAL.total_seconds())} if told is PollAnswer.SLOW_DOWN else {}
        raise ApiProblem(400, code, params, error=error)
    parts.security.write(
        SecurityEvent.SIGNED_IN,
        address=address_of(request.scope),
        who=grant.person,
        why=grant.means.value,
        ref=credential.id,
    )
    return _answer(signing_in.SignedIn(credential, grant.person, grant.administrator, False, now))


def _answer(done: signing_in.SignedIn) -> SignedInAnswer:
    seconds = int(lifetimes.LIFETIMES[SessionKind.COMMAND].absolute.total_seconds())
    return SignedInAnswer(access_token=done.credential.text, expires_in=seconds, account=done.person)


def _signed_out(request: Request, found: Recognised, ref: str) -> None:
    parts_of(request).security.write(
        SecurityEvent.SIGNED_OUT,
        address=address_of(request.scope),
        who=found.principal.id,
        why="" if ref else "everywhere",
        ref=ref,
    )

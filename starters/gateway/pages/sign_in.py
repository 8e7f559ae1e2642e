"""Pages: sign-in, also by the identity provider, the password, one's own sign-in, signing out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from complaints.accounts import lifetimes, passwords
from complaints.accounts.claims import ClaimProblem
from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, digest_if, minted
from complaints.accounts.errors import AccountRefused
from complaints.accounts.model import OpenSession, SessionKind, SignInMeans
from complaints.accounts.throttling import address_key
from complaints.store.sessions import SignInFlow
from starters.gateway import signing_in
from starters.gateway.middleware import address_of
from starters.gateway.oidc import ProviderAway, ProviderRefused
from starters.gateway.pages.rendering import form_of, language, page, redirect, target_of
from starters.gateway.parts import GatewayParts
from starters.gateway.problems import STATUS_OF_ACCOUNTS, ApiProblem
from starters.gateway.recognition import SESSION_COOKIE, parts_of, session_of
from starters.gateway.security_log import SecurityEvent

router = APIRouter(include_in_schema=False)

FLOW_COOKIE = "duly-flow"
FLOW_LASTS = timedelta(minutes=10)
"""How long somebody may take at the identity provider."""
ZONE = ZoneInfo("Asia/Shanghai")
LONGEST_CODE = 4000
"""Characters of a provider's code."""


@router.get("/")
async def start(request: Request) -> Response:
    parts = parts_of(request)
    return redirect(parts.home if await session_of(request) else "/sign-in")


@router.get("/sign-in")
async def sign_in_page(request: Request) -> Response:
    parts = parts_of(request)
    session = await session_of(request)
    target = target_of(request.query_params.get("next"), parts.home)
    if session is not None:
        return redirect("/password" if session.must_change else target)
    return await _sign_in_page(request, target)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    parts, form = parts_of(request), await form_of(request)
    target = target_of(form.get("next"), parts.home)
    name, password = form.get("account", ""), form.get("password", "")
    try:
        if not name or len(name) > 200 or not password or len(password) > 1000:
            raise AccountRefused("sign-in-failed")
        await _end_before(request)
        done = await signing_in.with_password(parts, name, password, SessionKind.BROWSER, address_of(request.scope))
    except AccountRefused as refused:
        problem = ApiProblem.of_account(refused)
        words = refused.words(language(request, parts.config.lang))
        return await _sign_in_page(request, target, problem.status, words, problem.headers)
    return _with_session(parts, redirect("/password" if done.must_change else target), done)


@router.get("/sign-in/provider")
async def to_provider(request: Request) -> Response:
    parts = parts_of(request)
    if parts.provider is None:
        raise ApiProblem(404, "provider-off")
    state, browser = (minted(CredentialKind.FLOW, parts.random(RANDOM_BYTES)) for _ in range(2))
    flow = SignInFlow(
        browser=browser.digest,
        nonce=parts.random(32).hex(),
        verifier=parts.random(48).hex(),
        target=target_of(request.query_params.get("next"), parts.home),
        expires_at=parts.now() + FLOW_LASTS,
    )
    try:
        url = await parts.provider.address(_callback(request), state.text, flow.nonce, flow.verifier)
    except ProviderAway as away:
        raise _away(request, away) from None
    if not await parts.sessions.begin_flow(state.digest, flow, address_key(address_of(request.scope)), parts.now()):
        raise ApiProblem(429, "provider-many", headers={"retry-after": "60"})
    response = redirect(url)
    _set_cookie(parts, response, FLOW_COOKIE, browser.text, int(FLOW_LASTS.total_seconds()))
    return response


@router.get("/sign-in/callback")
async def from_provider(request: Request) -> Response:
    """Take somebody who comes back from the provider: with our state, in the browser that we have sent there, once."""
    parts, query = parts_of(request), request.query_params
    if parts.provider is None:
        raise ApiProblem(404, "provider-off")
    flow = await _flow(request)
    code = query.get("code", "")
    if "error" in query or not code or len(code) > LONGEST_CODE:
        raise _refused(request, "provider-error" if "error" in query else "no-code")
    if query.get("iss", parts.config.provider and parts.config.provider.issuer) != parts.config.provider.issuer:  # pyright: ignore[reportOptionalMemberAccess]
        raise _refused(request, "issuer")  # RFC 9207: the answer is another provider's
    try:
        said = await parts.provider.claims(code, _callback(request), flow.nonce, flow.verifier)
    except ProviderAway as away:
        raise _away(request, away) from None
    except ProviderRefused as refused:
        raise _refused(request, refused.why) from None
    await _end_before(request)
    done = await signing_in.as_named(parts, said, address_of(request.scope))
    if isinstance(done, ClaimProblem):
        raise _refused(request, done.value, "provider-nobody")
    response = _with_session(parts, redirect(flow.target), done)
    response.delete_cookie(parts.config.cookie(FLOW_COOKIE), secure=parts.config.secure, httponly=True, samesite="lax")
    return response


@router.get("/password")
async def password_page(request: Request) -> Response:
    session = await session_of(request)
    if session is None:
        return to_sign_in(request)
    return _password_page(request, session)


@router.post("/password")
async def change_password(request: Request) -> Response:
    parts, form = parts_of(request), await form_of(request)
    session = await session_of(request)
    if session is None:
        return to_sign_in(request, "/password")
    present, new, again = (form.get(name, "")[:1000] for name in ("present", "new", "again"))
    try:
        done = await signing_in.choose_password(parts, session, present, new, again, address_of(request.scope))
    except AccountRefused as refused:
        words = refused.words(language(request, parts.config.lang))
        return _password_page(request, session, STATUS_OF_ACCOUNTS.get(refused.code, 422), words)
    return _with_session(parts, redirect("/account?changed=1"), done)


@router.get("/account")
async def account_page(request: Request) -> Response:
    parts, session = parts_of(request), await session_of(request)
    if session is None:
        return to_sign_in(request)
    if session.must_change:
        return redirect("/password")
    until = lifetimes.ends_at(session).astimezone(ZONE)
    return page(
        request,
        parts.config,
        "account.html",
        name=session.name if session.in_directory else "",
        person=session.person,
        administrator=session.administrator,
        until=f"{until:%Y-%m-%d %H:%M}",
        may_change=session.means is SignInMeans.PASSWORD,
        changed="changed" in request.query_params,
    )


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    await _end_before(request)
    return _without_session(parts_of(request), redirect("/signed-out"))


@router.post("/sign-out/everywhere")
async def sign_out_everywhere(request: Request) -> Response:
    parts, session = parts_of(request), await session_of(request)
    if session is not None:
        await parts.sessions.end_all(session.person, parts.now())
        parts.security.write(
            SecurityEvent.SIGNED_OUT, address=address_of(request.scope), who=session.person, why="everywhere"
        )
    return _without_session(parts, redirect("/signed-out"))


@router.get("/signed-out")
async def signed_out(request: Request) -> Response:
    return page(request, parts_of(request).config, "signed-out.html")


def to_sign_in(request: Request, target: str | None = None) -> Response:
    """Send the browser to sign in and then back, to `target` or to the page it asked for."""
    query = f"?{request.url.query}" if request.url.query else ""
    back = target_of(target or f"{request.url.path}{query}", parts_of(request).home)
    return redirect(f"/sign-in?next={quote(back, safe='/')}")


async def _sign_in_page(
    request: Request, target: str, status: int = 200, problem: str = "", headers: Any = None
) -> Response:
    parts = parts_of(request)
    practice = parts.config.practice
    practised = practice is not None and await parts.accounts.directory_version() == practice.directory
    params = {"target": target, "problem": problem, "provider": parts.provider is not None, "practice": practised}
    response = page(request, parts.config, "sign-in.html", status, **params)
    response.headers.update(headers or {})
    return response


def _password_page(request: Request, session: OpenSession, status: int = 200, problem: str = "") -> Response:
    if session.means is not SignInMeans.PASSWORD:
        raise ApiProblem(403, "not-for-you")
    config = parts_of(request).config
    params = {"account": session.person, "first": session.must_change, "shortest": passwords.SHORTEST}
    return page(request, config, "password.html", status, problem=problem, **params)


async def _flow(request: Request) -> SignInFlow:
    """Return the flow that this browser has begun, which counts once. Raises `ApiProblem`."""
    parts = parts_of(request)
    state = digest_if(request.query_params.get("state"), CredentialKind.FLOW)
    browser = digest_if(request.cookies.get(parts.config.cookie(FLOW_COOKIE)), CredentialKind.FLOW)
    if state is None or browser is None:
        raise _refused(request, "state" if state is None else "browser")
    flow = await parts.sessions.take_flow(state)
    if flow is None:
        raise _refused(request, "state")
    if flow.browser != browser:  # somebody else's sign-in, put upon this browser
        raise _refused(request, "browser")
    if parts.now() >= flow.expires_at:
        raise _refused(request, "late")
    return flow


async def _end_before(request: Request) -> None:
    """End the session that the browser has, before it gets another one or none."""
    parts = parts_of(request)
    session = await session_of(request)
    if session is not None:
        await parts.sessions.end(session.id, parts.now())
        parts.security.write(
            SecurityEvent.SIGNED_OUT, address=address_of(request.scope), who=session.person, ref=session.id
        )


def _callback(request: Request) -> str:
    return f"{parts_of(request).config.base(request.headers.get('host', ''))}/sign-in/callback"


def _with_session(parts: GatewayParts, response: Response, done: signing_in.SignedIn) -> Response:
    lasts: timedelta = lifetimes.LIFETIMES[SessionKind.BROWSER].absolute
    _set_cookie(parts, response, SESSION_COOKIE, done.credential.text, int(lasts.total_seconds()))
    return response


def _without_session(parts: GatewayParts, response: Response) -> Response:
    name = parts.config.cookie(SESSION_COOKIE)
    response.delete_cookie(name, secure=parts.config.secure, httponly=True, samesite="lax")
    return response


def _set_cookie(parts: GatewayParts, response: Response, name: str, value: str, seconds: int) -> None:
    """Set a cookie. "lax": who follows a link from a mail is still signed in; nothing is changed by GET."""
    secure = parts.config.secure
    response.set_cookie(
        parts.config.cookie(name), value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax"
    )


def _refused(request: Request, why: str, code: str = "provider-refused") -> ApiProblem:
    parts_of(request).security.write(SecurityEvent.PROVIDER_REFUSED, address=address_of(request.scope), why=why)
    return ApiProblem(403, code)


def _away(request: Request, away: ProviderAway) -> ApiProblem:
    why = f"away: {away}"[:100]
    parts_of(request).security.write(SecurityEvent.PROVIDER_REFUSED, address=address_of(request.scope), why=why)
    return ApiProblem(503, "provider-away", headers={"retry-after": "30"})


def since(at: datetime, now: datetime) -> int:
    """Return the whole minutes since `at`."""
    return int((now - at).total_seconds() // 60)

"""The page on which a person confirms a device that shows a code (RFC 8628)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from complaints.accounts import device_codes
from complaints.accounts.errors import AccountRefused
from complaints.accounts.model import DeviceGrant, OpenSession
from complaints.texts import say
from starters.gateway.middleware import address_of
from starters.gateway.pages.rendering import form_of, language, page, redirect
from starters.gateway.pages.sign_in import since, to_sign_in
from starters.gateway.problems import ApiProblem
from starters.gateway.recognition import parts_of, session_of
from starters.gateway.security_log import SecurityEvent

router = APIRouter(include_in_schema=False)


@router.get("/device")
async def device_page(request: Request) -> Response:
    session = await session_of(request)
    if session is None:
        return to_sign_in(request)
    if session.must_change:
        return redirect("/password")
    typed = request.query_params.get("code", "")
    return await _looked_up(request, session, typed) if typed else _page(request)


@router.post("/device/decision")
async def decide(request: Request) -> Response:
    parts, form = parts_of(request), await form_of(request)
    session = await session_of(request)
    if session is None:
        return to_sign_in(request, "/device")
    if session.must_change:
        return redirect("/password")
    code, decision = device_codes.read_user_code(form.get("code", "")), form.get("decision")
    if decision not in ("allow", "deny"):
        raise ApiProblem(400, "bad-request")
    allow = decision == "allow"
    if code is None or not await parts.sessions.decide_grant(code, session, parts.now(), allow=allow):
        return _unknown(request, session)
    event = SecurityEvent.DEVICE_ALLOWED if allow else SecurityEvent.DEVICE_DENIED
    parts.security.write(event, address=address_of(request.scope), who=session.person, ref=session.id)
    lang = language(request, parts.config.lang)
    return _page(request, done=say("gateway.page.device-allowed" if allow else "gateway.page.device-denied", lang))


async def _looked_up(request: Request, session: OpenSession, typed: str) -> Response:
    parts = parts_of(request)
    code, now = device_codes.read_user_code(typed), parts.now()
    grant = await parts.sessions.grant(code) if code else None
    told = device_codes.answer(grant, now)
    waits = told in (device_codes.PollAnswer.PENDING, device_codes.PollAnswer.SLOW_DOWN)
    return _page(request, grant=grant) if grant and waits else _unknown(request, session)


def _unknown(request: Request, session: OpenSession) -> Response:
    parts = parts_of(request)
    parts.security.write(SecurityEvent.DEVICE_REFUSED, address=address_of(request.scope), who=session.person)
    words = AccountRefused("code-unknown").words(language(request, parts.config.lang))
    return _page(request, 404, problem=words)


def _page(
    request: Request, status: int = 200, *, grant: DeviceGrant | None = None, problem: str = "", done: str = ""
) -> Response:
    parts = parts_of(request)
    minutes = since(grant.created_at, parts.now()) if grant else 0
    params = {"grant": grant, "problem": problem, "done": done, "minutes": minutes}
    return page(request, parts.config, "device.html", status, **params)

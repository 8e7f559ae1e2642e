"""Tokens of backends, and sign-ins of commands: what counts where, until when, and for what."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, Depends, Request

from complaints.access.principal import Principal
from complaints.accounts import device_codes
from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, minted
from complaints.accounts.errors import AccountRefused
from complaints.store import sessions
from starters.gateway.api.identity import DEVICE_GRANT
from starters.gateway.config import GatewayConfig, Provider
from starters.gateway.problems import ApiProblem
from starters.gateway.recognition import check_scope, needs
from tests.gateway.house import GOOD, House, all_counted_before_any_is_added, house
from tests.gateway.test_signing_in import PRACTICE, practising
from tests.store.postgres import rows

DAY = timedelta(days=1)
probe = APIRouter()


@probe.post("/api/v1/probe")
async def probed(who: Annotated[Principal, Depends(needs("open"))]) -> str:
    return who.id


@probe.post("/api/v1/probe/named")
async def named(who: Annotated[Principal, Depends(needs("open", kinds=("administrator",)))]) -> str:
    return who.id


async def backend(gateway: House, *scopes: str, seed: int = 1) -> tuple[str, str]:
    """A new token: its id and its text."""
    made = minted(CredentialKind.BACKEND, bytes([seed]) * RANDOM_BYTES)
    until = gateway.now + 30 * DAY
    await gateway.parts.tokens.add(
        made, "crm", frozenset(scopes or ("open",)), by="ops", now=gateway.now, expires_at=until
    )
    return made.id, made.text


async def ask(gateway: House, header: str, path: str = "/api/v1/me") -> httpx2.Response:
    async with gateway.program(authorization=header) as program:
        return await program.get(path)


async def test_a_backend_is_known_by_its_token(gateway: House) -> None:
    id, text = await backend(gateway, "open", "read", "act:comment", "act:approve")
    found = (await ask(gateway, f"Bearer {text}")).json()
    assert (found["kind"], found["id"], found["name"], found["via"]) == ("backend", id, "crm", id)
    assert found["scopes"] == ["open", "read", "act:approve,comment"]
    assert (await gateway.parts.tokens.tokens())[0].used_at == gateway.now
    assert text not in str(await rows(gateway.url, "SELECT * FROM api_tokens"))


async def test_a_token_counts_until_it_is_revoked_or_expires(gateway: House) -> None:
    id, text = await backend(gateway)
    _, other = await backend(gateway, seed=2)
    assert (await ask(gateway, f"Bearer {text}")).status_code == 200
    await gateway.parts.tokens.revoke(id, by="ops", now=gateway.now)
    assert (await ask(gateway, f"Bearer {text}")).status_code == 401
    with pytest.raises(AccountRefused, match="token-revoked"):
        await gateway.parts.tokens.revoke(id, by="ops", now=gateway.now)
    gateway.later(30 * DAY)
    assert (await ask(gateway, f"Bearer {other}")).status_code == 401
    assert [line["why"] for line in gateway.lines] == ["revoked", "expired"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic bGk6bmE=",
        "Bearer null",
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJsaS5uYSJ9.",
        "Bearer duly_backend_'; DROP TABLE api_tokens; --",
        "Bearer " + "x" * 5000,
        "Bearer <script>alert(1)</script>",
    ],
)
async def test_what_is_no_token_is_refused_and_not_repeated(gateway: House, header: str) -> None:
    answer = await ask(gateway, header)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    text = header.partition(" ")[2]
    assert len(text) < 5 or text not in answer.text + str(gateway.lines)


async def test_a_forged_token_of_the_right_form_is_refused(gateway: House) -> None:
    await backend(gateway)
    forged = minted(CredentialKind.BACKEND, b"\x09" * RANDOM_BYTES).text
    assert (await ask(gateway, f"Bearer {forged}")).status_code == 401
    assert gateway.lines[-1]["why"] == "unknown"


async def test_a_credential_counts_only_where_it_belongs(gateway: House) -> None:
    await gateway.account()
    _, text = await backend(gateway)
    browser = await gateway.signed_in()
    cookie = str(browser.cookies["duly"])
    assert (await ask(gateway, f"Bearer {cookie}")).status_code == 401
    async with gateway.browser() as other:
        other.cookies.set("duly", text)
        assert (await other.get("/api/v1/me")).status_code == 401
    both = await browser.get("/api/v1/me", headers={"authorization": f"Bearer {text}", "accept": "*/*"})
    assert (both.status_code, both.json()["code"]) == (400, "two-credentials")


async def test_a_backend_does_what_its_scopes_say_and_no_more(url: str) -> None:
    async with house(url, routers=[probe]) as gateway:
        await gateway.account()
        _, may = await backend(gateway, "open")
        _, may_not = await backend(gateway, "read", "act:comment", seed=2)
        answers = {}
        for text in (may, may_not):
            async with gateway.program(authorization=f"Bearer {text}") as program:
                answers[text] = await program.post("/api/v1/probe")
        assert answers[may].status_code == 200
        assert (answers[may_not].status_code, answers[may_not].json()["code"]) == (403, "scope")
        assert gateway.events()[-1] == "scope-refused"
        assert (await (await gateway.signed_in()).post("/api/v1/probe")).status_code == 200  # people need no scope
        assert (await gateway.program().post("/api/v1/probe")).status_code == 401


async def test_an_administrator_works_on_no_case(url: str) -> None:
    async with house(url, routers=[probe]) as gateway:
        await gateway.account("root", admin=True)
        root = await gateway.signed_in("root")
        answer = await root.post("/api/v1/probe", headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (403, "not-for-you")
        assert (gateway.lines[-1]["event"], gateway.lines[-1]["why"]) == ("scope-refused", "administrator")
        assert (await root.post("/api/v1/probe/named")).status_code == 200
        await gateway.account()
        assert (await (await gateway.signed_in()).post("/api/v1/probe/named")).status_code == 403


@pytest.mark.parametrize("kind", ["administrator", "resident"])
def test_a_scope_that_is_known_late_is_for_people_and_backends_too(gateway: House, kind: Any) -> None:
    request = Request({"type": "http", "app": gateway.app, "headers": [], "client": ("203.0.113.7", 1)})
    with pytest.raises(ApiProblem) as caught:
        check_scope(request, Principal(kind=kind, id="x", via="x"), "read")
    assert caught.value.code == "not-for-you"
    check_scope(request, Principal(kind=kind, id="x", via="x"), "read", kinds=(kind,))
    check_scope(request, Principal(kind="person", id="x", via="x"), "read")


async def test_a_backend_has_no_session_to_end(gateway: House) -> None:
    _, text = await backend(gateway)
    async with gateway.program(authorization=f"Bearer {text}") as program:
        for path in ("/api/v1/sessions/current", "/api/v1/sessions"):
            assert (await program.delete(path)).status_code == 403
    assert (await ask(gateway, f"Bearer {text}")).status_code == 200


# --- commands


async def command(gateway: House, id: str = "li.na", password: str = GOOD) -> httpx2.Response:
    async with gateway.program() as program:
        return await program.post("/api/v1/sessions", json={"account": id, "password": password})


async def test_a_command_signs_in_with_a_password_and_out(gateway: House) -> None:
    await gateway.account()
    said = (await command(gateway)).json()
    assert (said["token_type"], said["account"]) == ("Bearer", "li.na")
    text = said["access_token"]
    found = (await ask(gateway, f"Bearer {text}")).json()
    assert (found["kind"], found["id"]) == ("person", "li.na")
    gateway.later(6 * DAY)
    async with gateway.program(authorization=f"Bearer {text}") as program:
        assert (await program.delete("/api/v1/sessions/current")).status_code == 204
        assert (await program.get("/api/v1/me")).status_code == 401


async def test_a_command_waits_and_is_locked_out_like_a_browser(gateway: House) -> None:
    await gateway.account()
    for _ in range(5):
        answer = await command(gateway, password="wrong")
        assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-failed")
    answer = await command(gateway)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (429, "sign-in-wait", "30")


async def test_a_generated_password_is_not_for_commands(gateway: House) -> None:
    await gateway.account(generated=True)
    answer = await command(gateway)
    assert (answer.status_code, answer.json()["code"]) == (403, "password-change")
    assert "http://127.0.0.1:7281/password" in answer.json()["detail"]
    assert await rows(gateway.url, "SELECT * FROM sessions WHERE ended_at IS NULL") == []


async def test_signing_out_everywhere_reaches_browser_and_commands(gateway: House) -> None:
    await gateway.account()
    browser = await gateway.signed_in()
    text = (await command(gateway)).json()["access_token"]
    async with gateway.program(authorization=f"Bearer {text}") as program:
        assert (await program.delete("/api/v1/sessions")).status_code == 204
        assert (await program.get("/api/v1/me")).status_code == 401
    assert (await browser.get("/api/v1/me")).status_code == 401


# --- devices


async def begun(gateway: House) -> dict[str, str]:
    async with gateway.program() as program:
        answer = await program.post("/api/v1/device/authorization", data={})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def poll(gateway: House, code: str) -> httpx2.Response:
    async with gateway.program() as program:
        return await program.post("/api/v1/device/token", data={"grant_type": DEVICE_GRANT, "device_code": code})


async def test_a_device_is_signed_in_by_somebody_who_confirms_its_code(gateway: House) -> None:
    await gateway.account()
    device = await begun(gateway)
    assert device["verification_uri_complete"] == f"http://127.0.0.1:7281/device?code={device['user_code']}"
    pending = await poll(gateway, device["device_code"])
    assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
    assert (await poll(gateway, device["device_code"])).json()["error"] == "slow_down"
    browser = await gateway.signed_in()
    page = await browser.get("/device", params={"code": device["user_code"].lower()})
    assert device["user_code"] in page.text
    assert "203.0.113.7" in page.text
    done = await browser.post("/device/decision", data={"code": device["user_code"], "decision": "allow"})
    assert "signed in" in done.text
    said = (await poll(gateway, device["device_code"])).json()
    assert said["account"] == "li.na"
    assert (await ask(gateway, f"Bearer {said['access_token']}")).json()["id"] == "li.na"
    assert (await poll(gateway, device["device_code"])).json()["error"] == "expired_token"  # once
    again = await browser.post("/device/decision", data={"code": device["user_code"], "decision": "allow"})
    assert again.status_code == 404
    stored = str(await rows(gateway.url, "SELECT * FROM device_grants"))
    assert device["device_code"] not in stored


async def test_a_device_that_is_refused_or_late_stays_out(gateway: House) -> None:
    await gateway.account()
    browser = await gateway.signed_in()
    refused, late = await begun(gateway), await begun(gateway)
    await browser.post("/device/decision", data={"code": refused["user_code"], "decision": "deny"})
    assert (await poll(gateway, refused["device_code"])).json()["error"] == "access_denied"
    gateway.later(device_codes.LIFETIME)
    answer = await browser.post("/device/decision", data={"code": late["user_code"], "decision": "allow"})
    assert answer.status_code == 404
    assert (await poll(gateway, late["device_code"])).json()["error"] == "expired_token"


async def test_nobody_confirms_without_signing_in_or_from_another_site(gateway: House) -> None:
    await gateway.account()
    device = await begun(gateway)
    body = {"code": device["user_code"], "decision": "allow"}
    anybody = gateway.browser()
    assert (await anybody.post("/device/decision", data=body)).headers["location"] == "/sign-in?next=/device"
    page = await anybody.get("/device", params={"code": device["user_code"]})
    assert page.headers["location"] == f"/sign-in?next=/device%3Fcode%3D{device['user_code']}"
    browser = await gateway.signed_in()
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert (await browser.post("/device/decision", data=body, headers=foreign)).status_code == 403
    assert (await browser.get("/device/decision", params=body)).status_code == 405
    assert (await poll(gateway, device["device_code"])).json()["error"] == "authorization_pending"


@pytest.mark.parametrize("body", [{}, {"code": "BCDF-GHJK"}, {"code": "BCDF-GHJK", "decision": "<script>"}])
async def test_a_decision_that_is_none(gateway: House, body: dict[str, str]) -> None:
    await gateway.account()
    browser = await gateway.signed_in()
    answer = await browser.post("/device/decision", data=body)
    assert answer.status_code == 400
    assert "<script>" not in answer.text


async def test_one_address_does_not_fill_the_list_of_devices(gateway: House) -> None:
    for _ in range(device_codes.MOST_WAITING):
        await begun(gateway)
    async with gateway.program() as program:
        assert (await program.post("/api/v1/device/authorization", data={})).status_code == 429
    gateway.later(device_codes.LIFETIME)
    await begun(gateway)
    await gateway.parts.sessions.forget(gateway.now)
    assert len(await rows(gateway.url, "SELECT * FROM device_grants")) == 1


async def test_many_devices_at_once_do_not_slip_through(gateway: House) -> None:
    for _ in range(device_codes.MOST_WAITING - 1):
        await begun(gateway)
    async with gateway.program() as program:
        path = "/api/v1/device/authorization"
        async with all_counted_before_any_is_added(gateway.url, "device_grants"):
            asked = [asyncio.create_task(program.post(path, data={})) for _ in range(6)]
        answers = await asyncio.gather(*asked)
    assert sorted(answer.status_code for answer in answers) == [200] + [429] * 5


class AnyProvider:
    async def address(self, redirect: str, state: str, nonce: str, verifier: str) -> str:
        return f"https://id.example/?state={state}"


async def test_one_address_does_not_fill_the_list_of_browsers_at_the_provider(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_FLOWS", 5)
    config = GatewayConfig(provider=Provider("https://id.example", "duly"))
    async with house(url, config, AnyProvider()) as gateway, gateway.program() as program:  # type: ignore[arg-type]
        for _ in range(4):
            assert (await program.get("/sign-in/provider")).status_code == 303
        async with all_counted_before_any_is_added(url, "sign_in_flows"):
            asked = [asyncio.create_task(program.get("/sign-in/provider")) for _ in range(6)]
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status_code for answer in answers) == [303] + [429] * 5
        assert {answer.headers["retry-after"] for answer in answers if answer.status_code == 429} == {"60"}
        assert len(await rows(url, "SELECT * FROM sign_in_flows")) == 5
        gateway.later(timedelta(minutes=10))
        assert (await program.get("/sign-in/provider")).status_code == 303


async def test_a_device_confirmed_in_practice_is_out_with_the_practice(url: str) -> None:
    async with house(url, await practising(url)) as gateway:
        device = await begun(gateway)
        browser = await gateway.signed_in("li.na", PRACTICE)
        await browser.post("/device/decision", data={"code": device["user_code"], "decision": "allow"})
        said = (await poll(gateway, device["device_code"])).json()
    async with house(url) as gateway:  # started without the practice password
        assert (await ask(gateway, f"Bearer {said['access_token']}")).status_code == 401


@pytest.mark.parametrize(
    ("form", "code", "error"),
    [
        ({}, "grant-type", "unsupported_grant_type"),
        ({"grant_type": "password"}, "grant-type", "unsupported_grant_type"),
        ({"grant_type": DEVICE_GRANT}, "device-expired", "expired_token"),
        ({"grant_type": DEVICE_GRANT, "device_code": "x"}, "device-expired", "expired_token"),
        (
            {"grant_type": DEVICE_GRANT, "device_code": minted(CredentialKind.DEVICE, b"\x07" * 40).text},
            "device-expired",
            "expired_token",
        ),
    ],
)
async def test_a_poll_that_leads_nowhere(gateway: House, form: dict[str, str], code: str, error: str) -> None:
    async with gateway.program() as program:
        answer = await program.post("/api/v1/device/token", data=form)
    assert (answer.status_code, answer.json()["code"], answer.json()["error"]) == (400, code, error)

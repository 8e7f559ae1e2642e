"""Sign-in with the company's identity provider, against a real one: what counts, once, for whom, in which browser."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import pytest_asyncio

from starters.gateway.config import GatewayConfig, Provider
from starters.gateway.oidc import IdentityProvider
from tests.gateway.house import House, house
from tests.gateway.identity_server import IdentityServer, running
from tests.store.postgres import rows

CLIENT = "duly"


@pytest.fixture(scope="module")
def server(servers: None) -> Iterator[IdentityServer]:
    with running() as found:
        yield found


@pytest_asyncio.fixture
async def gateway(url: str, server: IdentityServer) -> AsyncIterator[House]:
    server.differ()
    async with using(url, server) as built:
        yield built


def using(url: str, server: IdentityServer, claim: str = "email", clock: Any = time.monotonic) -> Any:
    provider = Provider(server.issuer, CLIENT, None, claim)
    return house(url, GatewayConfig(provider=provider), IdentityProvider(provider, clock=clock))


async def to_provider(browser: httpx2.AsyncClient, target: str = "") -> str:
    """Go to the provider; returns where it sends the browser back."""
    answer = await browser.get("/sign-in/provider", params={"next": target} if target else None)
    assert answer.status_code == 303, answer.text
    async with httpx2.AsyncClient() as outside:
        return (await outside.get(answer.headers["location"])).headers["location"]


async def come_back(browser: httpx2.AsyncClient, back: str, **changes: str) -> httpx2.Response:
    parts = urlsplit(back)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return await browser.get(parts.path, params={name: value for name, value in query.items() if value})


async def test_a_person_signs_in_with_the_company_s_account(gateway: House) -> None:
    browser = gateway.browser()
    assert "/sign-in/provider" in (await browser.get("/sign-in")).text
    back = await to_provider(browser, "/device?code=BCDF-GHJK")
    assert back.startswith("http://127.0.0.1:7281/sign-in/callback?")
    answer = await come_back(browser, back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/device?code=BCDF-GHJK")
    assert (await browser.get("/api/v1/me")).json()["id"] == "li.na"
    assert "duly-flow" not in browser.cookies
    assert [(line["event"], line.get("why")) for line in gateway.lines] == [("signed-in", "oidc")]
    await rows(gateway.url, "DELETE FROM people WHERE id = 'li.na'")
    assert (await browser.get("/api/v1/me")).status_code == 401


async def test_the_browser_is_sent_with_pkce_state_and_nonce(gateway: House) -> None:
    answer = await gateway.browser().get("/sign-in/provider")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert asked["scope"] == "openid email profile"
    assert "HttpOnly" in answer.headers["set-cookie"]
    stored = str(await rows(gateway.url, "SELECT * FROM sign_in_flows"))
    assert asked["state"] not in stored


async def test_an_answer_counts_once(gateway: House) -> None:
    browser = gateway.browser()
    back = await to_provider(browser)
    kept = str(browser.cookies["duly-flow"])
    assert (await come_back(browser, back)).status_code == 303
    for clear in (False, True):
        other = gateway.browser()
        if not clear:
            other.cookies.set("duly-flow", kept)
        assert (await come_back(other, back)).status_code == 403


async def test_a_code_counts_once_even_in_another_flow(gateway: House) -> None:
    """The provider is asked with the verifier of the other flow, and refuses."""
    first, second = gateway.browser(), gateway.browser()
    stolen = parse_qs(urlsplit(await to_provider(first)).query)["code"][0]
    answer = await come_back(second, await to_provider(second), code=stolen)
    assert answer.status_code == 403
    assert gateway.lines[-1]["why"] == "no-id-token"
    assert "duly" not in second.cookies


async def test_nobody_is_signed_in_as_somebody_else_by_a_link(gateway: House) -> None:
    """Login CSRF: the attacker sends their own answer of the provider to another browser."""
    attacker = gateway.browser()
    back = await to_provider(attacker)
    victim = gateway.browser()
    assert (await come_back(victim, back)).status_code == 403
    assert gateway.lines[-1]["why"] == "browser"
    await to_provider(victim)  # even one that is on its own way
    assert (await come_back(victim, back)).status_code == 403
    assert gateway.lines[-1]["why"] == "browser"
    assert "duly" not in victim.cookies


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"state": ""}, "state"),
        ({"state": "x" * 5000}, "state"),
        ({"state": "<script>"}, "state"),
        ({"code": ""}, "no-code"),
        ({"code": "x" * 5000}, "no-code"),
        ({"code": "<script>alert(1)</script>"}, "no-id-token"),
        ({"error": "access_denied", "error_description": "<script>"}, "provider-error"),
        ({"iss": "https://evil.example"}, "issuer"),
    ],
)
async def test_an_answer_that_is_not_right(gateway: House, changes: dict[str, str], why: str) -> None:
    browser = gateway.browser()
    answer = await come_back(browser, await to_provider(browser), **changes)
    assert answer.status_code == 403
    assert "<script" not in answer.text
    assert gateway.lines[-1] | {"at": ""} == {
        "event": "provider-refused",
        "at": "",
        "address": "203.0.113.7",
        "why": why,
    }
    assert "duly" not in browser.cookies


async def test_who_takes_too_long_begins_again(gateway: House) -> None:
    browser = gateway.browser()
    back = await to_provider(browser)
    gateway.later(timedelta(minutes=10))
    assert (await come_back(browser, back)).status_code == 403
    assert gateway.lines[-1]["why"] == "late"


@pytest.mark.parametrize(
    "wanted",
    [
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"aud": "another-client"}},
        {"claims": {"aud": ["another-client", "third"]}},
        {"claims": {"aud": "another-client", "azp": "duly"}},
        {"claims": {"nonce": "another"}},
        {"without": ["nonce"]},
        {"without": ["exp"]},
        {"without": ["sub"]},
        {"claims": {"exp": 1}},
        {"claims": {"nbf": 4102444800}},
        {"claims": {"iat": 4102444800}},
        {"claims": {"exp": "tomorrow"}},
        {"claims": {"azp": "another-client", "aud": ["duly", "another-client"]}},
        {"forge": "none"},
        {"forge": "payload"},
        {"forge": "missing"},
        {"forge": "nonsense"},
        {"header": {"kid": "of-nobody"}},
        {"status": 400},
    ],
    ids=str,
)
async def test_a_token_that_is_forged_or_not_for_us(
    gateway: House, server: IdentityServer, wanted: dict[str, Any]
) -> None:
    browser = gateway.browser()
    back = await to_provider(browser)
    server.differ(**wanted)
    answer = await come_back(browser, back)
    assert answer.status_code == 403, answer.text
    assert "duly" not in browser.cookies
    assert await rows(gateway.url, "SELECT * FROM sessions") == []
    assert gateway.events() == ["provider-refused"]


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"email": "nobody@huafu.example"}, "nobody"),
        ({"email_verified": False}, "mail-unverified"),
        ({"email": ["li.na@huafu.example"]}, "claim-unusable"),
        ({"email": "<script>@huafu.example"}, "nobody"),
    ],
)
async def test_somebody_whom_the_directory_does_not_have(
    gateway: House, server: IdentityServer, claims: dict[str, Any], why: str
) -> None:
    browser = gateway.browser()
    back = await to_provider(browser)
    server.differ(claims=claims)
    answer = await come_back(browser, back)
    assert answer.status_code == 403
    assert "directory of this system has nobody" in answer.text
    assert gateway.lines[-1]["why"] == why
    assert "<script" not in answer.text


async def test_a_disabled_account_stays_out(gateway: House) -> None:
    await gateway.account()
    await gateway.parts.accounts.disable("li.na", by="ops", now=gateway.now)
    browser = gateway.browser()
    assert (await come_back(browser, await to_provider(browser))).status_code == 403
    assert gateway.lines[-1]["why"] == "disabled"


async def test_another_claim_can_name_the_person(url: str, server: IdentityServer) -> None:
    async with using(url, server, claim="employee") as gateway:
        browser = gateway.browser()
        back = await to_provider(browser)
        server.differ(claims={"employee": "wang.qiang"})
        assert (await come_back(browser, back)).status_code == 303
        assert (await browser.get("/api/v1/me")).json()["id"] == "wang.qiang"


@pytest.mark.parametrize(
    ("userinfo", "status"),
    [({"employee": "wang.qiang"}, 303), ({"employee": "wang.qiang", "sub": "other"}, 403), ({}, 403)],
)
async def test_a_claim_may_come_with_the_user_s_profile(
    url: str, server: IdentityServer, userinfo: dict[str, str], status: int
) -> None:
    async with using(url, server, claim="employee") as gateway:
        browser = gateway.browser()
        back = await to_provider(browser)
        server.differ(userinfo=userinfo)
        assert (await come_back(browser, back)).status_code == status


@pytest.mark.parametrize(
    ("userinfo", "status"),
    [
        ({"email": "wang.qiang@huafu.example", "email_verified": True}, 303),
        ({"email": "wang.qiang@huafu.example", "email_verified": False}, 403),
        ({"email": "wang.qiang@huafu.example"}, 403),
    ],
)
async def test_whether_the_mail_is_verified_may_come_with_the_profile(
    gateway: House, server: IdentityServer, userinfo: dict[str, Any], status: int
) -> None:
    browser = gateway.browser()
    back = await to_provider(browser)
    server.differ(userinfo={**userinfo, "iss": "https://evil.example"}, without=["email_verified"])
    assert (await come_back(browser, back)).status_code == status
    if status == 303:  # the address that was verified counts, not that of the token
        assert (await browser.get("/api/v1/me")).json()["id"] == "wang.qiang"
    else:
        assert gateway.lines[-1]["why"] == "mail-unverified"


async def test_keys_that_change_are_fetched_again(url: str, server: IdentityServer) -> None:
    elapsed = [0.0]
    async with using(url, server, clock=lambda: elapsed[0]) as gateway:
        for _ in range(2):
            browser = gateway.browser()
            back = await to_provider(browser)
            server.differ(rotate=True)
            elapsed[0] += 31
            assert (await come_back(browser, back)).status_code == 303


async def test_a_provider_that_is_away_or_another_one(url: str, server: IdentityServer) -> None:
    server.differ(metadata={"issuer": "https://evil.example"})
    async with using(url, server) as gateway:
        answer = await gateway.browser().get("/sign-in/provider")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    async with using(url, IdentityServer("http://127.0.0.1:1")) as gateway:
        assert (await gateway.browser().get("/sign-in/provider")).status_code == 503
    server.differ()


async def test_without_a_provider_there_is_no_way_to_one(url: str) -> None:
    async with house(url) as gateway:
        for path in ("/sign-in/provider", "/sign-in/callback?code=x&state=y"):
            assert (await gateway.browser().get(path)).status_code == 404

"""Who is signed out stays out: no device confirmed before, no password replaced meanwhile lets anybody in again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from complaints.accounts.errors import AccountRefused
from complaints.accounts.model import SessionKind, SignInMeans
from complaints.store import sessions
from complaints.store.database import Database
from complaints.store.records import PostgresRecords
from complaints.store.sign_out import hold, sign_out
from starters.gateway import signing_in
from tests.gateway.house import GOOD, House
from tests.gateway.test_tokens import begun, poll
from tests.store.postgres import DIRECTORY, rows

NEW = "window fern tuba"


async def confirmed(gateway: House, browser: httpx2.AsyncClient) -> str:
    """A device that li.na has confirmed and that has not asked yet."""
    device = await begun(gateway)
    body = {"code": device["user_code"], "decision": "allow"}
    assert (await browser.post("/device/decision", data=body)).status_code == 200
    return device["device_code"]


async def by_a_new_password(gateway: House, browser: httpx2.AsyncClient) -> None:
    answer = await browser.post("/password", data={"present": GOOD, "new": NEW, "again": NEW})
    assert answer.status_code == 303


async def by_herself(gateway: House, browser: httpx2.AsyncClient) -> None:
    assert (await browser.post("/sign-out/everywhere")).status_code == 303


async def by_a_program(gateway: House, browser: httpx2.AsyncClient) -> None:
    assert (await browser.delete("/api/v1/sessions")).status_code == 204


async def by_a_reset(gateway: House, browser: httpx2.AsyncClient) -> None:
    await gateway.parts.accounts.reset_password("li.na", gateway.hasher.hash(NEW), by="ops", now=gateway.now)


async def by_disabling(gateway: House, browser: httpx2.AsyncClient) -> None:
    await gateway.parts.accounts.disable("li.na", by="ops", now=gateway.now)
    await gateway.parts.accounts.enable("li.na", by="ops", now=gateway.now)


async def by_an_operator(gateway: House, browser: httpx2.AsyncClient) -> None:
    assert await gateway.parts.accounts.sign_out("li.na", by="ops", now=gateway.now) == 1


@pytest.mark.parametrize(
    "deed", [by_a_new_password, by_herself, by_a_program, by_a_reset, by_disabling, by_an_operator]
)
async def test_a_device_confirmed_before_stays_out(
    gateway: House, deed: Callable[[House, httpx2.AsyncClient], Awaitable[None]]
) -> None:
    await gateway.account()
    await gateway.account("wang.qiang")
    browser, other = await gateway.signed_in(), await gateway.signed_in("wang.qiang")
    code, of_another = await confirmed(gateway, browser), await confirmed(gateway, other)
    before = str(browser.cookies["duly"])
    await deed(gateway, browser)
    assert (await poll(gateway, code)).json()["error"] == "access_denied"
    assert (await poll(gateway, of_another)).json()["account"] == "wang.qiang"
    async with gateway.browser() as kept:
        kept.cookies.set("duly", before)
        assert (await kept.get("/api/v1/me")).status_code == 401


async def test_a_device_gets_its_session_with_the_answer_or_not_at_all(
    gateway: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await gateway.account()
    code = await confirmed(gateway, await gateway.signed_in())
    with monkeypatch.context() as broken:
        broken.setattr(sessions, "ADD", "SELECT 1 / 0, $1, $2, $3, $4, $5, $6, $7")
        assert (await poll(gateway, code)).status_code >= 400
    assert (await poll(gateway, code)).json()["account"] == "li.na"


async def test_whoever_is_being_signed_out_confirms_and_begins_nothing(gateway: House) -> None:
    """The sign-out has begun and is not committed yet: all others wait for it."""
    await gateway.account()
    browser = await gateway.signed_in()
    code, device = await confirmed(gateway, browser), await begun(gateway)
    database = Database(gateway.url, 2)
    async with database.transaction(30) as connection:
        await hold(connection, "li.na")
        polling = asyncio.create_task(poll(gateway, code))
        body = {"code": device["user_code"], "decision": "allow"}
        deciding = asyncio.create_task(browser.post("/device/decision", data=body))
        await asyncio.sleep(0.3)
        await sign_out(connection, gateway.now, "li.na")
        assert not polling.done()
        assert not deciding.done()
    await database.close()
    assert (await polling).json()["error"] == "access_denied"
    assert (await deciding).status_code == 404
    assert (await poll(gateway, device["device_code"])).json()["error"] == "authorization_pending"


# --- a password that is replaced while another one is proved


def meanwhile(gateway: House, deed: Callable[[], Awaitable[Any]]) -> None:
    """Let something happen while the hash of the next password is computed."""
    fits, passwords = gateway.parts.passwords.fits, gateway.parts.passwords

    async def slow(hash: str | None, password: str) -> bool:
        passwords.fits = fits  # type: ignore[method-assign]
        found = await fits(hash, password)
        await deed()
        return found

    passwords.fits = slow  # type: ignore[method-assign]


async def test_the_old_password_does_not_outlive_its_replacement(gateway: House) -> None:
    await gateway.account()
    meanwhile(gateway, lambda: by_a_reset(gateway, gateway.browser()))
    answer = await gateway.browser().post("/sign-in", data={"account": "li.na", "password": GOOD})
    assert answer.status_code == 401
    assert gateway.lines[-1]["why"] == "over"
    assert await rows(gateway.url, "SELECT * FROM sessions") == []


async def test_who_is_disabled_meanwhile_has_no_session_that_comes_alive_later(gateway: House) -> None:
    await gateway.account()
    meanwhile(gateway, lambda: gateway.parts.accounts.disable("li.na", by="ops", now=gateway.now))
    answer = await gateway.browser().post("/sign-in", data={"account": "li.na", "password": GOOD})
    assert answer.status_code == 401
    assert await rows(gateway.url, "SELECT * FROM sessions") == []


async def test_a_choice_does_not_undo_a_reset(gateway: House) -> None:
    await gateway.account()
    browser = await gateway.signed_in()
    meanwhile(gateway, lambda: by_a_reset(gateway, browser))
    chosen = "quarry lantern moth"
    answer = await browser.post("/password", data={"present": GOOD, "new": chosen, "again": chosen})
    assert answer.status_code == 422
    [row] = await rows(gateway.url, "SELECT password, generated FROM accounts")
    assert (row["password"], row["generated"]) == (gateway.hasher.hash(NEW), True)


# --- people who come by the identity provider have no account


async def by_provider(gateway: House, id: str = "li.na") -> httpx2.AsyncClient:
    done = await signing_in.begin(gateway.parts, id, False, SessionKind.BROWSER, SignInMeans.OIDC, "203.0.113.7")
    browser = gateway.browser()
    browser.cookies.set("duly", done.credential.text)
    assert (await browser.get("/api/v1/me")).status_code == 200
    return browser


async def test_an_operator_throws_out_somebody_without_an_account(gateway: House) -> None:
    accounts = gateway.parts.accounts
    browser = await by_provider(gateway)
    assert await accounts.sign_out("li.na", by="ops", now=gateway.now) == 1
    assert (await browser.get("/api/v1/me")).status_code == 401
    browser = await by_provider(gateway)
    assert await accounts.disable("li.na", by="ops", now=gateway.now) == 1
    assert (await browser.get("/api/v1/me")).status_code == 401
    with pytest.raises(AccountRefused):
        await by_provider(gateway)
    answer = await gateway.browser().post("/sign-in", data={"account": "li.na", "password": ""})
    assert answer.status_code == 401
    await accounts.enable("li.na", by="ops", now=gateway.now)
    await by_provider(gateway)
    await accounts.add("li.na", gateway.hasher.hash(GOOD), administrator=False, by="ops", now=gateway.now)
    with pytest.raises(AccountRefused, match="account-exists"):
        await accounts.add("li.na", gateway.hasher.hash(GOOD), administrator=False, by="ops", now=gateway.now)
    for deed in (accounts.disable, accounts.sign_out):
        with pytest.raises(AccountRefused, match="person-unknown"):
            await deed("nobody", by="ops", now=gateway.now)


async def test_who_has_left_the_directory_leaves_nothing_to_a_later_one(gateway: House) -> None:
    """Somebody leaves with the next directory, and somebody else gets the id later."""
    arrive = "INSERT INTO people (id, name) VALUES ('sun.li', '孙丽')"
    await rows(gateway.url, arrive)
    await gateway.account("sun.li")
    await gateway.account("wang.qiang")
    browser, other = await gateway.signed_in("sun.li"), await gateway.signed_in("wang.qiang")
    code = await confirmed(gateway, browser)
    async with PostgresRecords(gateway.url) as records:
        await records.load_directory(DIRECTORY + "\n# without her\n", by="test")
    await rows(gateway.url, arrive)
    assert (await browser.get("/api/v1/me")).status_code == 401
    assert (await poll(gateway, code)).json()["error"] == "access_denied"
    answer = await gateway.browser().post("/sign-in", data={"account": "sun.li", "password": GOOD})
    assert answer.status_code == 401
    assert gateway.lines[-1]["why"] == "disabled"
    [event] = await rows(gateway.url, "SELECT by, subject FROM account_events WHERE what = 'left'")
    assert dict(event) == {"by": "test", "subject": "sun.li"}
    assert (await other.get("/api/v1/me")).status_code == 200


# --- the log of what operators do


async def test_what_operators_do_is_written_down(gateway: House) -> None:
    accounts = gateway.parts.accounts
    await accounts.add("li.na", "x", administrator=False, by="a", now=gateway.now)
    await accounts.reset_password("li.na", "y", by="b", now=gateway.now)
    await accounts.unlock("li.na", by="c", now=gateway.now)
    await accounts.disable("li.na", by="d", now=gateway.now)
    await accounts.enable("li.na", by="e", now=gateway.now)
    await accounts.sign_out("li.na", by="f", now=gateway.now)
    found = await rows(gateway.url, "SELECT by, what FROM account_events WHERE subject = 'li.na' ORDER BY id")
    assert [(row["by"], row["what"]) for row in found] == [
        ("a", "account-new"),
        ("b", "password-reset"),
        ("c", "unlocked"),
        ("d", "disabled"),
        ("e", "enabled"),
        ("f", "signed-out"),
    ]
    with pytest.raises(AccountRefused):
        await accounts.unlock("nobody", by="c", now=gateway.now)
    assert len(await rows(gateway.url, "SELECT * FROM account_events")) == 6


@pytest.mark.parametrize(
    "change", ["UPDATE account_events SET by = 'nobody'", "DELETE FROM account_events", "TRUNCATE account_events"]
)
async def test_the_log_only_grows(gateway: House, change: str) -> None:
    await gateway.parts.accounts.add("li.na", "x", administrator=False, by="a", now=gateway.now)
    with pytest.raises(Exception, match="only grows"):
        await rows(gateway.url, change)
    assert len(await rows(gateway.url, "SELECT * FROM account_events")) == 1

"""Signing in with a password: in a browser, without JavaScript; who is told what, who waits, who is out."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import httpx2
import pytest

from complaints.accounts import throttling
from complaints.store.records import PostgresRecords
from starters.gateway import hashing
from starters.gateway.config import GatewayConfig, Practice
from starters.gateway.hashing import Passwords
from tests.gateway.house import GOOD, House, all_counted_before_any_is_added, house
from tests.store.postgres import DIRECTORY, rows

HOUR = timedelta(hours=1)


async def try_in(gateway: House, id: str, password: str) -> httpx2.Response:
    async with gateway.browser() as browser:
        return await browser.post("/sign-in", data={"account": id, "password": password})


async def me(client: httpx2.AsyncClient) -> int:
    return (await client.get("/api/v1/me")).status_code


async def test_a_person_signs_in_and_out(gateway: House) -> None:
    await gateway.account()
    browser = await gateway.signed_in()
    [cookie] = browser.cookies.jar
    assert (cookie.name, cookie.path, cookie.secure) == ("duly", "/", False)
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "lax"
    found = (await browser.get("/api/v1/me")).json()
    assert (found["kind"], found["id"], found["name"], found["scopes"]) == ("person", "li.na", "李娜", [])
    assert "李娜" in (await browser.get("/account")).text
    out = await browser.post("/sign-out")
    assert (out.status_code, out.headers["location"]) == (303, "/signed-out")
    assert await me(browser) == 401
    browser.cookies.set("duly", str(cookie.value))  # somebody who has kept it
    assert await me(browser) == 401
    assert gateway.events() == ["signed-in", "signed-out", "session-refused"]


async def test_by_https_the_cookie_is_bound_to_this_host(url: str) -> None:
    config = GatewayConfig(origin="https://duly.example")
    async with house(url, config) as gateway:
        await gateway.account()
        async with gateway.browser() as browser:
            answer = await browser.post("/sign-in", data={"account": "li.na", "password": GOOD})
    said = answer.headers["set-cookie"]
    assert said.startswith("__Host-duly=duly_browser_")
    assert "Secure" in said
    assert "Path=/" in said
    assert "Domain" not in said
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_nothing_of_a_credential_is_stored_or_logged(gateway: House) -> None:
    await gateway.account()
    await try_in(gateway, GOOD, "li.na")  # typed into the wrong fields
    browser = await gateway.signed_in()
    token = str(browser.cookies["duly"])
    stored = str(
        [await rows(gateway.url, f"SELECT * FROM {name}") for name in ("accounts", "sessions", "sign_in_attempts")]
    )
    for secret in (GOOD, token, token.split("_")[3]):
        assert secret not in stored
        assert secret not in str(gateway.lines)


async def test_wrong_name_and_wrong_password_are_one_answer_at_one_cost(gateway: House) -> None:
    await gateway.account()
    await gateway.account("wang.qiang", generated=True)
    await gateway.account("root", admin=True)
    await gateway.parts.accounts.disable("root", by="ops", now=gateway.now)
    texts = set[str]()
    cases = [("li.na", "wrong"), ("nobody", "wrong"), ("zhou.min", GOOD), ("root", GOOD), ("<script>", GOOD)]
    for id, password in [*cases, ("li.na' OR '1'='1", GOOD), ("li.na\x00", GOOD), ("x" * 200, GOOD)]:
        before = gateway.hasher.verified
        answer = await try_in(gateway, id, password)
        assert answer.status_code == 401, id
        assert gateway.hasher.verified == before + 1, id
        texts.add(answer.text)
    assert len(texts) == 1
    assert "script>" not in texts.pop()
    assert [line["why"] for line in gateway.lines][:4] == ["password", "unknown", "unknown", "disabled"]


async def test_an_unknown_name_takes_as_long_as_a_wrong_password(url: str) -> None:
    """With the real hash, whose cost is what could tell them apart."""
    async with house(url, passwords=Passwords()) as gateway:
        hash = await gateway.parts.passwords.hashed(GOOD)
        await gateway.parts.accounts.add("li.na", hash, administrator=False, by="test", now=gateway.now)
        spans: dict[str, list[float]] = {"li.na": [], "nobody": []}
        for _ in range(4):
            for id, found in spans.items():
                began = time.perf_counter()
                assert (await try_in(gateway, id, "wrong")).status_code == 401
                found.append(time.perf_counter() - began)
        fastest = {id: min(found) for id, found in spans.items()}
        assert fastest["nobody"] > 0.5 * fastest["li.na"] > 0.005


async def test_who_fails_often_waits_and_is_locked_out(gateway: House) -> None:
    await gateway.account()
    for _ in range(throttling.FREE + 1):
        assert (await try_in(gateway, "li.na", "wrong")).status_code == 401
    for password in ("wrong", GOOD):  # not even the right one
        answer = await try_in(gateway, "li.na", password)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    assert (await try_in(gateway, "nobody", "wrong")).status_code == 401  # others do not wait
    gateway.later(timedelta(seconds=30))
    await gateway.signed_in()
    assert (await try_in(gateway, "li.na", "wrong")).status_code == 401  # and it begins anew


async def test_a_locked_account_is_unlocked_by_time_or_an_administrator(gateway: House) -> None:
    await gateway.account()
    for _ in range(throttling.LOCK_AFTER):
        await gateway.parts.accounts.begin_attempt("li.na", "203.0.113.9", gateway.now)
        gateway.later(throttling.LONGEST_WAIT)
    gateway.later(-throttling.LONGEST_WAIT)
    answer = await try_in(gateway, "LI.NA ", GOOD)
    assert answer.status_code == 429
    assert "locked" in answer.text
    assert gateway.lines[-1]["why"] == "locked"
    await gateway.parts.accounts.unlock("li.na", by="ops", now=gateway.now)
    await gateway.signed_in()


async def test_many_guesses_at_once_do_not_slip_through(gateway: House) -> None:
    await gateway.account()
    answers = await asyncio.gather(*(try_in(gateway, "li.na", f"guess {n}") for n in range(20)))
    assert sum(answer.status_code == 401 for answer in answers) == throttling.FREE + 1
    assert gateway.hasher.verified == throttling.FREE + 1


async def test_one_address_that_tries_many_names_waits(gateway: House) -> None:
    await gateway.account()
    for nth in range(throttling.BY_ADDRESS):
        await gateway.parts.accounts.begin_attempt(f"name{nth}", "203.0.113.7", gateway.now)
    assert (await try_in(gateway, "li.na", GOOD)).status_code == 429
    gateway.later(throttling.ADDRESS_WINDOW)
    await gateway.signed_in()


async def test_many_names_at_once_from_one_address_do_not_slip_through(gateway: House) -> None:
    for nth in range(throttling.BY_ADDRESS - 1):
        await gateway.parts.accounts.begin_attempt(f"name{nth}", "203.0.113.7", gateway.now)
    async with all_counted_before_any_is_added(gateway.url, "sign_in_attempts"):
        tries = [asyncio.create_task(try_in(gateway, f"other{n}", "wrong")) for n in range(6)]
    answers = await asyncio.gather(*tries)
    assert sorted(answer.status_code for answer in answers) == [401, 429, 429, 429, 429, 429]


async def test_nobody_is_locked_out_from_afar(gateway: House) -> None:
    accounts = gateway.parts.accounts
    await gateway.account()
    await gateway.signed_in()
    for nth in range(throttling.LOCK_AFTER):
        await accounts.begin_attempt("li.na", f"198.51.100.{nth}", gateway.now)
        gateway.later(throttling.LONGEST_WAIT)
    gateway.later(-throttling.LONGEST_WAIT)
    await accounts.forget_attempts(gateway.now)
    hindered = await accounts.begin_attempt("li.na", "198.51.100.99", gateway.now)
    assert isinstance(hindered, throttling.SignInHindrance)
    assert hindered.locked
    await gateway.signed_in()  # from where she signs in
    for _ in range(throttling.FREE + 1):
        assert (await try_in(gateway, "li.na", "wrong")).status_code == 401
    assert (await try_in(gateway, "li.na", GOOD)).status_code == 429  # there, her own failures count


async def test_an_address_is_usual_for_thirty_days(gateway: House) -> None:
    await gateway.account()
    await gateway.signed_in()
    for after, status in ((timedelta(days=29), 303), (timedelta(days=31), 429)):
        gateway.later(after)
        await gateway.parts.accounts.forget_attempts(gateway.now)
        for nth in range(throttling.FREE + 1):
            await gateway.parts.accounts.begin_attempt("li.na", f"198.51.100.{nth}", gateway.now)
        assert (await try_in(gateway, "li.na", GOOD)).status_code == status


@pytest.mark.parametrize("page", ["sign-in", "password"])
async def test_who_is_sent_away_because_of_too_many_has_not_failed(
    gateway: House, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await gateway.account()
    browser = await gateway.signed_in() if page == "password" else gateway.browser()
    before = len(await rows(gateway.url, "SELECT * FROM sign_in_attempts"))
    form = {"account": "li.na", "password": GOOD, "present": GOOD, "new": "x" * 20, "again": "x" * 20}
    with monkeypatch.context() as full:
        full.setattr(hashing, "WAITING", 0)
        for _ in range(throttling.FREE + 2):
            assert (await browser.post(f"/{page}", data=form)).status_code == 503
    assert len(await rows(gateway.url, "SELECT * FROM sign_in_attempts")) == before
    await gateway.signed_in()


async def test_attempts_are_forgotten_after_a_day(gateway: House) -> None:
    await try_in(gateway, "nobody", "wrong")
    await gateway.parts.accounts.forget_attempts(gateway.now + throttling.COUNTED + HOUR)
    assert await rows(gateway.url, "SELECT * FROM sign_in_attempts") == []


# --- sessions end


async def test_a_session_ends_when_it_is_not_used(gateway: House) -> None:
    await gateway.account()
    browser = await gateway.signed_in()
    for _ in range(2):
        gateway.later(3 * HOUR)
        assert await me(browser) == 200
    gateway.later(4 * HOUR)
    assert await me(browser) == 401


async def test_a_session_ends_after_a_day_of_work_however_much_it_is_used(gateway: House) -> None:
    await gateway.account()
    browser = await gateway.signed_in()
    for _ in range(11):
        gateway.later(HOUR)
        assert await me(browser) == 200
    gateway.later(HOUR)
    assert await me(browser) == 401
    assert gateway.lines[-1]["why"] == "absolute"


async def test_who_leaves_the_directory_is_out_at_once(gateway: House) -> None:
    await gateway.account()
    browser = await gateway.signed_in()
    assert await me(browser) == 200
    await rows(gateway.url, "DELETE FROM people WHERE id = 'li.na'")  # what loading another directory does
    assert await me(browser) == 401
    assert gateway.lines[-1]["why"] == "left"
    assert (await try_in(gateway, "li.na", GOOD)).status_code == 401


async def test_a_person_signs_out_everywhere(gateway: House) -> None:
    await gateway.account()
    await gateway.account("wang.qiang")
    one, other = [await gateway.signed_in() for _ in range(2)]
    another = await gateway.signed_in("wang.qiang")
    assert (await one.post("/sign-out/everywhere")).status_code == 303
    assert [await me(client) for client in (one, other, another)] == [401, 401, 200]


async def test_who_signs_in_again_has_another_session(gateway: House) -> None:
    await gateway.account()
    browser = await gateway.signed_in()
    first = str(browser.cookies["duly"])
    await browser.post("/sign-in", data={"account": "li.na", "password": GOOD})
    assert browser.cookies["duly"] != first
    async with gateway.browser() as kept:
        kept.cookies.set("duly", first)
        assert await me(kept) == 401


# --- passwords


async def test_a_generated_password_is_changed_before_anything_else(gateway: House) -> None:
    await gateway.account(generated=True)
    browser = gateway.browser()
    answer = await browser.post("/sign-in", data={"account": "li.na", "password": GOOD, "next": "/account"})
    assert answer.headers["location"] == "/password"
    refused = await browser.get("/api/v1/me", headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (403, "password-change")
    for page in ("/account", "/device", "/sign-in"):
        assert (await browser.get(page)).headers["location"] == "/password"
    first = str(browser.cookies["duly"])
    new = "window fern tuba"
    changed = await browser.post("/password", data={"present": GOOD, "new": new, "again": new})
    assert (changed.status_code, changed.headers["location"]) == (303, "/account?changed=1")
    assert browser.cookies["duly"] != first
    assert await me(browser) == 200
    assert (await try_in(gateway, "li.na", GOOD)).status_code == 401
    await gateway.signed_in(password=new)


@pytest.mark.parametrize(
    ("present", "new", "again", "said"),
    [
        ("wrong", "window fern tuba", "window fern tuba", "present password is not right"),
        (GOOD, "window fern tuba", "window fern tubas", "differ"),
        (GOOD, GOOD, GOOD, "is the old one"),
        (GOOD, "short", "short", "too short"),
        (GOOD, "li.na password 123456", "li.na password 123456", "too easy"),
        (GOOD, "", "", "too short"),
    ],
)
async def test_a_new_password_that_is_not_taken(gateway: House, present: str, new: str, again: str, said: str) -> None:
    await gateway.account(generated=True)
    browser = await gateway.signed_in()
    answer = await browser.post("/password", data={"present": present, "new": new, "again": again})
    assert answer.status_code == 422
    assert said in answer.text
    assert not new or f'value="{new}"' not in answer.text
    assert (await browser.get("/account")).headers["location"] == "/password"


async def test_a_new_password_signs_out_everywhere_else(gateway: House) -> None:
    await gateway.account()
    browser, other = [await gateway.signed_in() for _ in range(2)]
    new = "window fern tuba"
    await browser.post("/password", data={"present": GOOD, "new": new, "again": new})
    assert [await me(browser), await me(other)] == [200, 401]


async def test_the_present_password_cannot_be_guessed_in_a_stolen_session(gateway: House) -> None:
    await gateway.account()
    browser = await gateway.signed_in()
    for _ in range(throttling.FREE + 1):
        answer = await browser.post("/password", data={"present": "wrong", "new": "x" * 20, "again": "x" * 20})
        assert answer.status_code == 422
    new = "window fern tuba"
    answer = await browser.post("/password", data={"present": GOOD, "new": new, "again": new})
    assert answer.status_code == 429
    other = await gateway.signed_in()  # its owner does not wait
    assert (await other.post("/password", data={"present": GOOD, "new": new, "again": new})).status_code == 303


async def test_a_generated_password_is_not_kept_for_ever(gateway: House) -> None:
    await gateway.account(generated=True)
    gateway.later(timedelta(days=7))
    assert (await try_in(gateway, "li.na", GOOD)).status_code == 401
    assert gateway.lines[-1]["why"] == "generated-over"


async def test_an_old_hash_is_renewed_when_the_password_is_there(gateway: House) -> None:
    await gateway.account()
    await rows(gateway.url, "UPDATE accounts SET password = 'old:' || password")
    gateway.hasher.verify = lambda hash, password: hash.removeprefix("old:") == gateway.hasher.hash(password)  # type: ignore[method-assign]
    await gateway.signed_in()
    [row] = await rows(gateway.url, "SELECT password FROM accounts")
    assert row["password"] == gateway.hasher.hash(GOOD)


# --- administrators


async def test_an_administrator_is_no_person(gateway: House) -> None:
    await gateway.account("root", admin=True)
    browser = await gateway.signed_in("root")
    found = (await browser.get("/api/v1/me")).json()
    assert (found["kind"], found["id"]) == ("administrator", "root")
    await rows(gateway.url, "INSERT INTO people (id, name) VALUES ('root', 'Root')")
    assert await me(browser) == 401
    assert gateway.lines[-1]["why"] == "promoted"
    assert (await try_in(gateway, "root", GOOD)).status_code == 401


# --- practice


PRACTICE = "abcd-efgh"


async def practising(url: str) -> GatewayConfig:
    [row] = await rows(url, "SELECT version FROM directory_versions ORDER BY id DESC LIMIT 1")
    return GatewayConfig(practice=Practice(PRACTICE, row["version"]))


async def test_with_the_practice_password_everybody_of_the_example_is_in(url: str) -> None:
    async with house(url, await practising(url)) as gateway:
        for id in ("li.na", "wang.qiang"):
            browser = await gateway.signed_in(id, PRACTICE)
            assert (await browser.get("/api/v1/me")).json()["id"] == id
            assert (await browser.get("/password", headers={"accept": "text/html"})).status_code == 403
        for id, password in (("nobody", PRACTICE), ("li.na", PRACTICE + "x"), ("li.na", "")):
            assert (await try_in(gateway, id, password)).status_code == 401
        assert "practice password" in (await gateway.browser().get("/sign-in")).text


async def test_practice_is_over_with_the_example(url: str) -> None:
    async with house(url, await practising(url)) as gateway:
        browser = await gateway.signed_in("li.na", PRACTICE)
        async with PostgresRecords(url) as records:
            await records.load_directory(DIRECTORY + "\n# ours\n", by="test")
        assert await me(browser) == 401
        assert gateway.lines[-1]["why"] == "practice"
        assert (await try_in(gateway, "li.na", PRACTICE)).status_code == 401
        assert "practice password" not in (await gateway.browser().get("/sign-in")).text


async def test_a_disabled_account_does_not_practise(url: str) -> None:
    async with house(url, await practising(url)) as gateway:
        await gateway.account()
        await gateway.parts.accounts.disable("li.na", by="ops", now=gateway.now)
        assert (await try_in(gateway, "li.na", PRACTICE)).status_code == 401

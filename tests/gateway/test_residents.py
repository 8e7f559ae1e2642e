"""Customers' links: who may make one, what is seen and done by one, and every way in which one counts no more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx2
import pytest

from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, minted
from complaints.accounts.resident_links import MOST_LINKS
from complaints.case.file import ActKind, CaseFile
from complaints.case.residents import MOST_A_DAY, RESIDENT, ResidentWord
from complaints.store.resident_links import ResidentLinks
from starters.gateway.app import create_app
from tests.gateway.desk import Desk
from tests.store.destruction import carried_out, closed
from tests.store.postgres import rows

CLERK, SUPERVISOR, STRANGER = "zhou.min", "li.na", "sun.tao"
OWN, MESSAGES = "/api/v1/resident", "/api/v1/resident/messages"


def links(case: CaseFile) -> str:
    return f"/api/v1/complaints/{case.key}/links"


async def made(api: Desk, case: CaseFile, by: httpx2.AsyncClient | None = None, days: int = 90) -> dict[str, Any]:
    """A link that the clerk has made."""
    program = by or await api.person(CLERK)
    answer = await program.post(links(case), json={"days": days})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def resident(api: Desk, link: Mapping[str, Any]) -> httpx2.AsyncClient:
    """A program that has the link."""
    program = await api.anybody()
    program.headers["authorization"] = f"Bearer {link['token']}"
    return program


async def refused(answer: httpx2.Response, status: int = 401, code: str = "credential") -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


# --- what is seen


async def test_a_customer_sees_their_complaint_and_nothing_of_the_inside(api: Desk) -> None:
    promised = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    case = await api.opened(promised=promised.isoformat())
    await api.duly.comment(case.key, by=CLERK, text="内部：此人难缠")
    await api.duly.contact(case.key, by=CLERK, channel="phone", said="说话很冲", who="其夫")
    program = await resident(api, await made(api, case))
    answer = await program.get(OWN)
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert (seen["number"], seen["matter"], seen["stage"]) == (case.number, case.complaint.matter, "received")
    assert (seen["answer_is"], seen["answered_by"] != "", seen["may_write"]) == ("promised", True, True)
    assert seen["contact"] == "13*******17"
    directory = await api.house.parts.directory()
    inside = {one.id for one in directory.people} | {one.name for one in directory.people}
    inside |= {duty.id for duty in case.open_duties} | {duty.rule for duty in case.open_duties}
    inside |= {"内部", "难缠", "很冲", case.key, "level", "journal", "edition", "proposal"}
    assert [one for one in inside if one in answer.text] == []


async def test_the_words_are_right_before_and_after_the_promised_moment(api: Desk) -> None:
    promised = api.house.now.replace(microsecond=0) + timedelta(hours=1)
    case = await api.opened(promised=promised.isoformat())
    program = await resident(api, await made(api, case))
    api.house.moment[0] = promised
    at_last = (await program.get(OWN)).json()
    assert (at_last["answer_is"], "You will be answered by" in at_last["answer_text"]) == ("promised", True)
    api.house.moment[0] = promised + timedelta(seconds=1)
    late = (await program.get(OWN)).json()
    assert late["answer_is"] == "late"
    assert "will be answered" not in late["answer_text"]
    assert "has passed" in late["answer_text"]
    assert "delay" in late["answer_text"]
    chinese = (await program.get(OWN, headers={"accept-language": "zh"})).json()["answer_text"]
    assert "已过" in chinese


async def test_without_a_promise_no_date_is_invented(api: Desk) -> None:
    case = await api.opened(channel="online", confirmed=False)
    seen = (await (await resident(api, await made(api, case))).get(OWN)).json()
    assert (seen["answer_is"], seen["promised"]) == ("open", None)
    assert not any(one.isdigit() for one in seen["answer_text"])


async def test_each_look_is_in_the_log(api: Desk) -> None:
    case = await api.opened()
    link = await made(api, case)
    await (await resident(api, link)).get(OWN)
    looks = await api.house.parts.looks.looks(case.key)
    assert [(one.kind, one.who, one.via) for one in looks] == [("resident", link["id"], link["id"])]


# --- what is done


@pytest.mark.parametrize("word", list(ResidentWord))
async def test_what_a_customer_writes_is_a_contact_of_the_case_and_ends_no_duty(api: Desk, word: ResidentWord) -> None:
    case = await api.opened()
    link = await made(api, case)
    program = await resident(api, link)
    answer = await program.post(MESSAGES, json={"word": word.value, "said": "今天下雨，还是漏水。"})
    assert answer.status_code == 201, answer.text
    assert set(answer.json()) == {"word", "at"}
    after = await api.duly.case(case.key)
    act = after.acts[-1]
    assert (act.kind, act.by, act.form["word"], act.form["link"]) == (ActKind.CONTACT, RESIDENT, word.value, link["id"])
    assert act.form["urging"] is (word is ResidentWord.NOT_SOLVED)
    assert not after.closed
    assert {duty.id for duty in case.open_duties} <= {duty.id for duty in after.open_duties}
    assert api.clients.asked[-1].kind == "resident", "it is signed as the customer's"
    written = (await program.get(OWN)).json()["written"]
    assert [(one["word"], one["said"]) for one in written] == [(word.value, "今天下雨，还是漏水。")]


async def test_one_link_does_not_show_what_was_written_by_another(api: Desk) -> None:
    case = await api.opened()
    one, other = await made(api, case), await made(api, case, await api.person(SUPERVISOR))
    await (await resident(api, one)).post(MESSAGES, json={"said": "只给你们看"})
    seen = await (await resident(api, other)).get(OWN)
    assert seen.status_code == 200
    assert "只给你们看" not in seen.text


async def test_a_message_that_is_sent_again_happens_once(api: Desk) -> None:
    case = await api.opened()
    program = await resident(api, await made(api, case))
    key = {"idempotency-key": "m-1"}
    first = await program.post(MESSAGES, json={"said": "请回电"}, headers=key)
    again = await program.post(MESSAGES, json={"said": "请回电"}, headers=key)
    assert (first.status_code, again.json()) == (201, first.json())
    await refused(await program.post(MESSAGES, json={"said": "别的"}, headers=key), 409, "act-id-taken")
    assert len((await api.duly.case(case.key)).contacts) == 1


async def test_a_case_takes_so_many_messages_a_day(api: Desk) -> None:
    case = await api.opened()
    program = await resident(api, await made(api, case))
    for nth in range(MOST_A_DAY):
        assert (await program.post(MESSAGES, json={"said": str(nth)})).status_code == 201
    await refused(await program.post(MESSAGES, json={"said": "再来"}), 409, "too-many-messages")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"said": ""},
        {"said": 1},
        {"said": "x", "word": "discharge"},
        {"said": "x", "by": CLERK},
        {"said": "x" * 99_999},
    ],
)
async def test_a_message_that_is_wrong_is_refused_and_not_repeated(api: Desk, body: dict[str, Any]) -> None:
    case = await api.opened()
    program = await resident(api, await made(api, case))
    answer = await program.post(MESSAGES, json=body)
    await refused(answer, 422, "invalid")
    assert "discharge" not in answer.text
    assert (await api.duly.case(case.key)).contacts == ()


# --- what is not reached


async def test_nothing_else_of_the_api_takes_a_link(api: Desk) -> None:
    """Every operation of the document, but those for customers, and those that need no credential."""
    case, other = await api.opened(), await api.opened("2", customer="李先生", contact="13900000001")
    program = await resident(api, await made(api, case))
    document = create_app(api.house.parts).openapi()
    tried = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "security" not in operation or path in ("/api/v1/me", OWN, MESSAGES):
                continue
            for number in (case.number, other.number):
                place = path.replace("{case}", str(number))
                while "{" in place:
                    place = place[: place.index("{")] + "x" + place[place.index("}") + 1 :]
                answer = await program.request(method.upper(), place, json={})
                assert answer.status_code in (401, 403, 404, 405, 415, 422), f"{method} {place}: {answer.text}"
                assert other.complaint.matter not in answer.text
                assert "李先生" not in answer.text
                tried += 1
    assert tried > 10
    assert (await program.get("/api/v1/me")).json()["kind"] == "resident"
    answer = await program.get(f"/api/v1/complaints/{case.number}")
    await refused(answer, 403, "not-for-you")
    assert len((await api.duly.case(case.key)).acts) == len(case.acts)


async def test_people_and_backends_are_no_customers(api: Desk) -> None:
    case = await api.opened()
    for program in (await api.person(CLERK), await api.backend("read", "act:contact")):
        await refused(await program.get(OWN), 403, "not-for-you")
        await refused(await program.post(MESSAGES, json={"said": "x"}), 403, "not-for-you")
    said = {
        "kind": "contact",
        "by": RESIDENT,
        "form": {"channel": "online", "said": "满意", "word": "satisfied", "link": "x"},
    }
    backend = await api.backend("act:contact")
    await refused(await backend.post(f"/api/v1/complaints/{case.key}/acts", json=said), 422, "unknown-person")
    assert (await api.duly.case(case.key)).contacts == ()


async def test_a_link_leads_to_its_own_case_alone(api: Desk) -> None:
    one = await api.opened()
    other = await api.opened("2", customer="李先生", contact="13900000001", matter="电梯停运")
    seen = (await (await resident(api, await made(api, one))).get(OWN)).text
    assert str(other.number) not in seen
    assert "电梯停运" not in seen


# --- when it counts no more


async def test_it_ends_at_its_moment(api: Desk) -> None:
    case = await api.opened()
    link = await made(api, case, days=1)
    program = await resident(api, link)
    ends = datetime.fromisoformat(link["expires_at"])
    assert ends == api.house.now + timedelta(days=1)
    api.house.moment[0] = ends - timedelta(microseconds=1)
    assert (await program.get(OWN)).json()["link_ends_at"] == link["expires_at"]
    api.house.moment[0] = ends
    await refused(await program.get(OWN))
    await refused(await program.post(MESSAGES, json={"said": "x"}))
    assert {"event": "token-refused", "why": "expired", "ref": link["id"]}.items() <= api.house.lines[-1].items()


async def test_it_ends_at_once_when_it_is_revoked_and_who_did_what_is_kept(api: Desk) -> None:
    case = await api.opened()
    clerk, supervisor = await api.person(CLERK), await api.person(SUPERVISOR)
    link = await made(api, case, clerk)
    program = await resident(api, link)
    assert (await program.get(OWN)).status_code == 200
    assert (await supervisor.delete(f"{links(case)}/{link['id']}")).status_code == 204
    await refused(await program.get(OWN))
    assert (await clerk.delete(f"{links(case)}/{link['id']}")).status_code == 204
    await refused(await clerk.delete(f"{links(case)}/nothing-like-this"), 404, "record-unknown")
    listed = (await clerk.get(links(case))).json()["items"]
    assert [(one["id"], one["made_by"], one["revoked_by"]) for one in listed] == [(link["id"], CLERK, SUPERVISOR)]
    assert listed[0]["revoked_at"] is not None
    assert link["token"] not in json.dumps(listed)
    events = [line for line in api.house.lines if line["event"].startswith("link-")]
    assert [(line["event"], line["who"], line["ref"]) for line in events][:2] == [
        ("link-made", CLERK, link["id"]),
        ("link-revoked", SUPERVISOR, link["id"]),
    ]


async def test_it_ends_when_the_complaint_is_found_to_be_of_somebody_else(api: Desk) -> None:
    case = await api.opened()
    program = await resident(api, await made(api, case))
    await api.duly.amend(
        case.key, by=SUPERVISOR, reason="登记错了客户", form={"customer": "李先生", "contact": "13900000001"}
    )
    answer = await program.get(OWN)
    await refused(answer)
    await refused(await program.post(MESSAGES, json={"said": "x"}))
    assert "李" not in answer.text


async def test_it_goes_with_the_case(api: Desk, url: str) -> None:
    from complaints.store.records import PostgresRecords
    from complaints.store.retention import RetentionStore

    records = api.house.parts.stores(PostgresRecords)
    await closed(records, "gone")
    new = minted(CredentialKind.LINK, b"1" * RANDOM_BYTES)
    store = api.house.parts.stores(ResidentLinks)
    said: dict[str, Any] = {"by": CLERK, "via": "session x", "now": api.house.now, "most": 1}
    until = api.house.now + timedelta(days=30)
    assert await store.add(new, "gone", "any", expires_at=until, **said)
    await carried_out(api.house.parts.stores(RetentionStore))
    assert await rows(url, "SELECT * FROM resident_links") == []
    await refused(await (await resident(api, {"token": new.text})).get(OWN))
    other = minted(CredentialKind.LINK, b"2" * RANDOM_BYTES)
    assert await store.add(other, "gone", "any", expires_at=until, **said) is None, "a destroyed case gets none"


async def test_a_link_to_a_case_that_nobody_has_is_no_credential(api: Desk) -> None:
    new = minted(CredentialKind.LINK, b"3" * RANDOM_BYTES)
    until = api.house.now + timedelta(days=30)
    store = api.house.parts.stores(ResidentLinks)
    await store.add(new, "crm-0123456789abcdef", "x", by=CLERK, via="x", now=api.house.now, expires_at=until, most=1)
    await refused(await (await resident(api, {"token": new.text})).get(OWN))


@pytest.mark.parametrize("kind", [CredentialKind.BACKEND, CredentialKind.COMMAND, CredentialKind.BROWSER])
async def test_forged_ones_and_those_of_another_kind_are_refused(api: Desk, kind: CredentialKind) -> None:
    for forged in (minted(CredentialKind.LINK, b"4" * RANDOM_BYTES).text, minted(kind, b"5" * RANDOM_BYTES).text):
        await refused(await (await resident(api, {"token": forged})).get(OWN))
    await refused(await (await api.anybody()).get(OWN), 401, "not-signed-in")


# --- who may make one


async def test_whoever_may_not_act_on_a_case_makes_no_link_to_it(api: Desk) -> None:
    case, about = await api.opened(), await api.opened("2", about=[SUPERVISOR], received_by=CLERK)
    missing = await (await api.person(CLERK)).post("/api/v1/complaints/crm-0123456789abcdef/links", json={})
    supervisor, reader = await api.person(SUPERVISOR), await api.backend("read")
    for answer in (
        await supervisor.post(links(about), json={}),
        await supervisor.get(links(about)),
        await supervisor.delete(f"{links(about)}/x"),
    ):
        assert (answer.status_code, answer.json()) == (404, missing.json())
    await refused(await reader.post(links(case), json={}), 403, "scope-missing")
    await refused(await (await api.backend("act:contact")).post(links(case), json={}), 403, "scope-missing")
    assert (await (await api.backend("read", "act:contact")).post(links(case), json={})).status_code == 201


async def test_a_case_has_so_many_links_at_most(api: Desk) -> None:
    case = await api.opened()
    program = await api.person(CLERK)
    first = await made(api, case, program)
    for _ in range(MOST_LINKS - 1):
        await made(api, case, program)
    await refused(await program.post(links(case), json={}), 409, "links-many")
    await program.delete(f"{links(case)}/{first['id']}")
    await made(api, case, program)


@pytest.mark.parametrize("days", [0, -1, 367, "90", 1.5])
async def test_a_link_counts_for_a_year_at_most(api: Desk, days: Any) -> None:
    case = await api.opened()
    await refused(await (await api.person(CLERK)).post(links(case), json={"days": days}), 422, "invalid")


async def test_the_receipt_says_what_the_link_is_for_and_until_when(api: Desk) -> None:
    case = await api.opened()
    link = await made(api, case)
    assert str(case.number) in link["receipt"]
    assert link["url"] in link["receipt"]
    assert link["url"].endswith(f"/r/{link['token']}")


async def test_the_table_is_a_log_and_has_no_secret(api: Desk, url: str) -> None:
    case = await api.opened()
    link = await made(api, case)
    stored = await rows(url, "SELECT * FROM resident_links")
    secret = link["token"].split("_")[3]
    assert all(secret not in str(value) for row in stored for value in row.values())
    assert "钱" not in str([dict(row) for row in stored])
    for statement in (
        "UPDATE resident_links SET expires_at = expires_at + interval '1 year'",
        "UPDATE resident_links SET made_by = 'x'",
        "DELETE FROM resident_links",
        "TRUNCATE resident_links",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await rows(url, statement)


# --- the page


async def opened_page(api: Desk, link: Mapping[str, Any], browser: httpx2.AsyncClient) -> httpx2.Response:
    return await browser.get(httpx2.URL(link["url"]).path)


async def test_the_page_of_a_link_shows_the_complaint_and_takes_a_message_once(api: Desk) -> None:
    case = await api.opened(matter="<script>alert(1)</script>漏水")
    link = await made(api, case)
    async with api.house.browser() as browser:
        shown = await opened_page(api, link, browser)
        assert shown.status_code == 200, shown.text
        assert str(case.number) in shown.text
        assert "<script>" not in shown.text
        assert (shown.headers["cache-control"], shown.headers["x-robots-tag"]) == ("no-store", "noindex")
        key = shown.text.partition('name="key" value="')[2].partition('"')[0]
        path = httpx2.URL(link["url"]).path
        said = {"word": "not-solved", "said": "还在漏", "key": key}
        for _ in range(2):
            answer = await browser.post(path, data=said)
            assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?done=1")
        after = await browser.get(f"{path}?done=1")
        assert "We have it" in after.text
        assert "还在漏" in after.text
        for wrong in ({"word": "not-solved", "said": " "}, {"word": "discharge", "said": "x"}, {"said": "x"}):
            assert (await browser.post(path, data=wrong)).status_code == 422
    assert [act.form["said"] for act in (await api.duly.case(case.key)).contacts] == ["还在漏"]


async def test_the_page_says_alike_of_every_link_that_does_not_count(api: Desk) -> None:
    case = await api.opened()
    revoked, expired = await made(api, case), await made(api, case, await api.signed_in(CLERK), 1)
    await (await api.signed_in(CLERK)).delete(f"{links(case)}/{revoked['id']}")
    api.house.later(timedelta(days=1))
    forged = minted(CredentialKind.LINK, b"6" * RANDOM_BYTES).text
    backend = minted(CredentialKind.BACKEND, b"6" * RANDOM_BYTES).text
    async with api.house.browser() as browser:
        paths = [httpx2.URL(one["url"]).path for one in (revoked, expired)]
        pages = [await browser.get(path) for path in (*paths, f"/r/{forged}", f"/r/{backend}", "/r/x")]
        assert {one.status_code for one in pages} == {404}
        assert len({one.text.replace(str(one.url.path), "") for one in pages}) == 1
        assert "does not work" in pages[0].text
        assert (await browser.post(paths[0], data={"word": "message", "said": "x"})).status_code == 404
    assert (await api.duly.case(case.key)).contacts == ()


async def test_a_page_of_another_site_cannot_write_in_a_customers_name(api: Desk) -> None:
    link = await made(api, await api.opened())
    async with api.house.browser(origin="https://evil.example", **{"sec-fetch-site": "cross-site"}) as browser:
        answer = await browser.post(httpx2.URL(link["url"]).path, data={"word": "withdraw", "said": "x"})
    assert answer.status_code == 403

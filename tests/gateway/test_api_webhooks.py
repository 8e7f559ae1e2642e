"""`/api/v1/webhooks`: a backend has its addresses told, and sees and changes its own alone."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trustme

from complaints.private_keys.webhook_key import WebhookKey
from complaints.store.records import PostgresRecords
from complaints.store.webhooks import Webhooks
from complaints.webhooks import signing
from complaints.webhooks.addresses import AllowedHost
from complaints.webhooks.model import MOST_WEBHOOKS
from tests.gateway.desk import Desk, desk
from tests.gateway.house import WEBHOOK_KEY
from tests.store.casefiles import Story
from tests.store.postgres import rows
from tests.webhooks.receiver import NAME, authority, receiving, to, trusting
from worker.webhook_http import WebhookHttp
from worker.webhooks import WebhookSender

__all__ = ["authority"]

AT = "/api/v1/webhooks"
WANTED: dict[str, Any] = {"url": "https://crm.example/duly", "kinds": ["opening", "stage"]}


async def added(program: httpx2.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await program.post(AT, json=WANTED | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_webhook_is_added_listed_and_removed_and_its_secret_is_shown_once(api: Desk) -> None:
    backend = await api.backend("read")
    answer = await backend.post(AT, json=WANTED)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    new = answer.json()
    assert new["secret"] == signing.shown_secret(signing.secret_of(WEBHOOK_KEY, new["id"]))
    listed = (await backend.get(AT)).json()["webhooks"]
    assert listed == [{name: value for name, value in new.items() if name != "secret"}]
    assert (await backend.get(f"{AT}/{new['id']}")).json() == listed[0]
    assert (await backend.delete(f"{AT}/{new['id']}")).status_code == 204
    assert (await backend.get(AT)).json() == {"webhooks": []}
    gone = await backend.delete(f"{AT}/{new['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "webhook-unknown")


async def test_from_registering_to_a_verified_request(api: Desk, authority: trustme.CA) -> None:
    async with receiving(authority) as receiver:
        new = await added(await api.backend("read"), url=receiver.url, kinds=["opening"])
        case = await api.opened()
        async with Webhooks(api.house.url) as webhooks:
            http = WebhookHttp((AllowedHost(NAME),), lookup=to("127.0.0.1"), trusted=trusting(authority), whole=60)
            key = WebhookKey(Path("nowhere"), "default", WEBHOOK_KEY)
            await WebhookSender(webhooks, http, key, now=lambda: api.house.now + timedelta(hours=1)).drain()
    (got,) = receiver.got
    said = json.loads(got.body)
    assert (said["type"], said["data"]["number"]) == ("opening", case.number)
    assert signing.shown_secret(signing.secret_of(WEBHOOK_KEY, new["id"])) == new["secret"]
    shown = await (await api.backend("read")).get(said["data"]["link"])
    assert shown.json()["number"] == case.number, "the link leads to the case"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"url": "http://crm.example/"}, 422, "webhook-scheme"),
        ({"url": "https://127.0.0.1/"}, 422, "webhook-not-public"),
        ({"url": "https://[::ffff:169.254.169.254]/"}, 422, "webhook-not-public"),
        ({"url": "https://user:s3cret@crm.example/"}, 422, "webhook-address"),
        ({"url": "javascript:alert(1)"}, 422, "webhook-address"),
        ({"url": "https://crm.example/\x00"}, 422, "invalid"),
        ({"url": ""}, 422, "invalid"),
        ({"url": "https://crm.example/" + "a" * 5000}, 422, "invalid"),
        ({"url": 7}, 422, "invalid"),
        ({"kinds": []}, 422, "invalid"),
        ({"kinds": ["opened"]}, 422, "invalid"),
        ({"kinds": "opening"}, 422, "invalid"),
        ({"kinds": ["opening"] * 9}, 422, "invalid"),
        ({"secret": "mine"}, 422, "invalid"),
        ({"token": "another"}, 422, "invalid"),
    ],
)
async def test_what_cannot_be_added_is_refused_and_not_repeated(
    api: Desk, change: dict[str, Any], status: int, code: str
) -> None:
    backend = await api.backend("read")
    answer = await backend.post(AT, json=WANTED | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    (field,) = {one["field"].partition("[")[0] for one in answer.json()["errors"]}
    assert field.startswith("body")
    if code.startswith("webhook-"):
        assert field == "body.url"
    for sent in ("s3cret", "alert", "169.254", "opened", "another"):
        assert sent not in answer.text
    assert (await backend.get(AT)).json() == {"webhooks": []}


async def test_people_administrators_and_tokens_that_do_not_read_have_none(api: Desk) -> None:
    for program, code in (
        (await api.person("li.na"), "not-for-you"),
        (await api.backend("open", "act:comment"), "scope-missing"),
        (await api.anybody(), "not-signed-in"),
    ):
        for answer in (await program.post(AT, json=WANTED), await program.get(AT), await program.get(f"{AT}/x")):
            assert answer.json()["code"] == code


async def test_what_is_anothers_does_not_exist(api: Desk) -> None:
    mine, theirs = await api.backend("read"), await api.backend("read")
    new = await added(theirs, kinds=["opening"])
    await api.opened()
    (told,) = (await theirs.get(f"{AT}/{new['id']}/deliveries")).json()["deliveries"]
    for method, path in (
        ("GET", f"/{new['id']}"),
        ("DELETE", f"/{new['id']}"),
        ("POST", f"/{new['id']}/enable"),
        ("GET", f"/{new['id']}/deliveries"),
        ("POST", f"/{new['id']}/deliveries/resend"),
        ("POST", f"/{new['id']}/deliveries/{told['id']}/resend"),
    ):
        hidden = await mine.request(method, AT + path)
        missing = await mine.request(method, AT + path.replace(new["id"], "whk_nobody"))
        assert hidden.status_code == missing.status_code == 404, path
        assert hidden.json() == missing.json()
    own = await added(mine)
    answer = await mine.post(f"{AT}/{own['id']}/deliveries/{told['id']}/resend")
    assert (answer.status_code, answer.json()["code"]) == (404, "delivery-unknown")
    assert (await theirs.get(AT)).json()["webhooks"][0]["pending"] == 1


async def test_deliveries_are_paged_filtered_and_sent_again(api: Desk) -> None:
    backend = await api.backend("read")
    new = await added(backend, kinds=["opening"])
    records = api.house.parts.stores(PostgresRecords)
    for nth in range(5):
        await records.write(Story(f"case-{nth}").goes_on())
    at = f"{AT}/{new['id']}/deliveries"
    first = (await backend.get(at, params={"limit": 3})).json()
    rest = (await backend.get(at, params={"limit": 3, "cursor": first["next"]})).json()
    assert [one["data"]["key"] for one in first["deliveries"] + rest["deliveries"]] == [
        f"case-{nth}" for nth in (4, 3, 2, 1, 0)
    ]
    assert rest["next"] is None
    wrong = await backend.get(at, params={"limit": 3, "cursor": first["next"], "state": "failed"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "query.cursor")
    one = first["deliveries"][0]
    assert (one["state"], one["attempts"], one["next_try"] is None) == ("pending", 0, False)
    pending = await backend.post(f"{at}/{one['id']}/resend")
    assert (pending.status_code, pending.json()["code"]) == (409, "delivery-pending")
    url = api.house.url
    await rows(url, "UPDATE webhook_deliveries SET (state, last_fault, last_status) = ('failed', 'status', 500)")
    await rows(url, "UPDATE webhooks SET (disabled_at, disabled_because) = (now(), 'failing')")
    failed = (await backend.get(at, params={"state": "failed"})).json()["deliveries"]
    assert {(each["last_fault"], each["last_status"], each["next_try"]) for each in failed} == {("status", 500, None)}
    assert (await backend.post(f"{AT}/{new['id']}/enable")).json()["disabled_because"] is None
    assert (await backend.post(f"{at}/{one['id']}/resend")).status_code == 202
    assert (await backend.post(f"{at}/resend")).json() == {"resent": 4}
    assert (await backend.get(at, params={"state": "failed"})).json()["deliveries"] == []


async def test_a_token_has_so_many_and_a_revoked_one_none(api: Desk) -> None:
    backend = await api.backend("read")
    for _ in range(MOST_WEBHOOKS):
        await added(backend)
    answer = await backend.post(AT, json=WANTED)
    assert (answer.status_code, answer.json()["code"]) == (409, "webhook-many")
    assert str(MOST_WEBHOOKS) in answer.json()["detail"]
    for token in await api.house.parts.tokens.tokens():
        await api.house.parts.tokens.revoke(token.id, by="ops", now=api.house.now)
    assert (await backend.get(AT)).status_code == 401


async def test_without_the_right_key_none_is_added(url: str, tmp_path: Path) -> None:
    async with desk(url) as here:
        await added(await here.backend("read"))
    other = WebhookKey(tmp_path, "default")
    for key, nth in ((None, 50), (other, 60)):
        async with desk(url, webhook_key=key) as there:
            there._seeds[0] += nth  # pyright: ignore[reportPrivateUsage]
            answer = await (await there.backend("read")).post(AT, json=WANTED)
            assert (answer.status_code, answer.json()["code"]) == (503, "webhook-key")
    other.file.write_text("odd")
    async with desk(url, webhook_key=other) as there:
        there._seeds[0] += 70  # pyright: ignore[reportPrivateUsage]
        answer = await (await there.backend("read")).post(AT, json=WANTED)
        assert (answer.status_code, answer.json()["code"]) == (503, "away")
        assert str(tmp_path) not in answer.text

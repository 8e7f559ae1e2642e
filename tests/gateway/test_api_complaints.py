"""Complaints through the API: opened, found, shown, reopened; and what of it nobody may learn."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.access.looks import LookKind
from tests.gateway.desk import Desk, complaint

COMPLAINTS = "/api/v1/complaints"
CLERK, SUPERVISOR, MANAGER = "zhou.min", "li.na", "wang.qiang"


async def test_a_backend_opens_a_complaint_and_finds_it_again(api: Desk) -> None:
    backend = await api.backend("open", "read")
    opened = await backend.post(COMPLAINTS, json=complaint("A-1"))
    assert opened.status_code == 201, opened.text
    receipt = opened.json()
    assert opened.headers["location"] == f"{COMPLAINTS}/{receipt['key']}"
    assert receipt["proposal"]["level"]
    again = await backend.post(COMPLAINTS, json=complaint("A-1", received_at=receipt_time(api, receipt["key"])))
    assert again.json()["key"] == receipt["key"]
    opener = await api.backend("open")
    repeated = await opener.post(COMPLAINTS, json=complaint("A-1", received_at=receipt_time(api, receipt["key"])))
    assert repeated.json()["number"] == receipt["number"]
    by_id = await backend.get(COMPLAINTS, params={"source": "crm", "external_id": "A-1"})
    assert [one["key"] for one in by_id.json()["complaints"]] == [receipt["key"]]
    for name in (receipt["key"], receipt["number"], receipt["number"].lower()):
        assert (await backend.get(f"{COMPLAINTS}/{name}")).json()["key"] == receipt["key"]


def receipt_time(api: Desk, key: str) -> str:
    return api.duly.memory.cases[key].file.complaint.received_at.isoformat()  # type: ignore[union-attr]


async def test_an_idempotency_key_stands_for_the_external_id(api: Desk) -> None:
    backend, other = await api.backend("open"), await api.backend("open")
    body = complaint(None)
    first = await backend.post(COMPLAINTS, json=body, headers={"idempotency-key": "k-1"})
    second = await backend.post(COMPLAINTS, json=body, headers={"idempotency-key": "k-1"})
    assert first.status_code == second.status_code == 201, second.text
    assert first.json()["key"] == second.json()["key"]
    strangers = await other.post(COMPLAINTS, json=body, headers={"idempotency-key": "k-1"})
    assert strangers.json()["key"] != first.json()["key"]
    changed = await backend.post(COMPLAINTS, json={**body, "matter": "另一件事"}, headers={"idempotency-key": "k-1"})
    assert (changed.status_code, changed.json()["code"]) == (409, "conflict")


async def test_a_person_takes_a_complaint_in_themselves(api: Desk) -> None:
    clerk = await api.person(CLERK)
    mine = await clerk.post(COMPLAINTS, json=complaint("P-1", received_by=None))
    assert mine.status_code == 201, mine.text
    assert (await clerk.get(f"{COMPLAINTS}/{mine.json()['key']}")).json()["complaint"]["received_by"] == CLERK
    others = await clerk.post(COMPLAINTS, json=complaint("P-2", received_by=SUPERVISOR))
    assert (others.status_code, others.json()["code"]) == (403, "other-person")


async def test_who_may_open(api: Desk) -> None:
    reader = await (await api.backend("read")).post(COMPLAINTS, json=complaint("B-1"))
    assert (reader.status_code, reader.json()["code"]) == (403, "scope-missing")
    nobody = await (await api.backend("open")).post(COMPLAINTS, json=complaint("B-2", received_by=None))
    assert nobody.status_code == 422
    assert nobody.json()["errors"][0]["field"] == "body.by"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"project": 7}, "body.project"),
        ({"matter": None}, "body.matter"),
        ({"channel": "pigeon"}, "body.channel"),
        ({"received_at": 0}, "body.received_at"),
        ({"received_at": "2026-01-12T10:00:00"}, "body.received_at"),
        ({"received_at": "2099-01-12T10:00:00Z"}, "body.received_at"),
        ({"facts": {"loss": "-1"}}, "body.facts.loss"),
        ({"facts": {"injured": "yes"}}, "body.facts.injured"),
        ({"surplus": 1}, "body"),
        ({"customer": ""}, "body.customer"),
    ],
)
async def test_a_wrong_field_is_named(api: Desk, changes: dict[str, Any], field: str) -> None:
    body = {name: value for name, value in {**complaint("C-1"), **changes}.items() if value is not None}
    answer = await (await api.backend("open")).post(COMPLAINTS, json=body)
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_an_unknown_project_is_refused_and_not_repeated(api: Desk) -> None:
    answer = await (await api.backend("open")).post(COMPLAINTS, json=complaint("C-2", project="nowhere"))
    assert answer.status_code == 422
    assert "nowhere" not in answer.text


async def test_a_complaint_that_does_not_say_when_it_came_is_one_however_often_it_is_sent(api: Desk) -> None:
    backend = await api.backend("open", "read")
    said = complaint("T-1", received_at=None)
    first, again = [(await backend.post(COMPLAINTS, json=said)) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201), again.text
    assert first.json()["key"] == again.json()["key"]
    other = await backend.post(COMPLAINTS, json={**said, "matter": "另一件事"})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


async def test_whoever_is_complained_about_learns_nothing_by_opening_it_again(api: Desk) -> None:
    case = await api.opened("S-1", about=[SUPERVISOR])
    program = await api.person(SUPERVISOR)
    same = complaint("S-1", about=[SUPERVISOR], received_by=None)
    other = complaint("S-1", received_by=None, matter="试探")
    for body in (same, other):
        answer = await program.post(COMPLAINTS, json=body)
        assert answer.status_code == 409, answer.text
        assert case.number is not None
        assert case.number not in answer.text
        assert "about" not in answer.text


async def test_a_list_shows_what_may_be_seen_page_by_page(api: Desk) -> None:
    keys = [(await api.opened(f"L-{nth}")).key for nth in range(5)]
    hidden = await api.opened("L-x", about=[SUPERVISOR])
    program = await api.person(SUPERVISOR)
    found: list[str] = []
    cursor: str | None = None
    for _ in range(10):
        asked = {"limit": 2, "project": "hf01", **({"cursor": cursor} if cursor else {})}
        page = (await program.get(COMPLAINTS, params=asked)).json()
        found += [one["key"] for one in page["complaints"]]
        assert len(page["complaints"]) <= 2
        if (cursor := page["next"]) is None:
            break
    assert sorted(found) == sorted(keys)
    assert hidden.key not in found


async def test_a_list_is_filtered(api: Desk) -> None:
    one = await api.opened("F-1", matter="电梯停运")
    await api.opened("F-2", project="yx02", matter="地库积水")
    program = await api.backend("read")

    async def keys(**asked: Any) -> list[str]:
        return [line["key"] for line in (await program.get(COMPLAINTS, params=asked)).json()["complaints"]]

    assert await keys(text="电梯") == [one.key]
    assert await keys(project="hf01") == [one.key]
    assert await keys(status="closed") == []
    assert len(await keys(stage="intake")) == 2
    assert (await program.get(COMPLAINTS, params={"mine": True})).status_code == 422
    assert (await program.get(COMPLAINTS, params={"source": "crm"})).json()["errors"][0]["field"] == "query.external_id"
    clerk = await api.person(CLERK)
    mine = (await clerk.get(COMPLAINTS, params={"mine": True})).json()["complaints"]
    assert len(mine) == 2


async def test_contacts_are_masked_in_lists(api: Desk) -> None:
    await api.opened("M-1")
    masked = (await (await api.backend("read")).get(COMPLAINTS)).json()["complaints"][0]
    whole = (await (await api.backend("read", "contacts")).get(COMPLAINTS)).json()["complaints"][0]
    assert (masked["building"], whole["building"]) == ("3栋 ****", "3栋 1201")


async def test_a_look_at_contacts_needs_a_reason_and_is_logged(api: Desk) -> None:
    case = await api.opened("U-1")
    program = await api.person(MANAGER)
    seen = (await program.get(f"{COMPLAINTS}/{case.key}")).json()["complaint"]
    assert seen["contact"] != "13800000017"
    blank = await program.post(f"{COMPLAINTS}/{case.key}/contacts", json={"why": "  "})
    assert (blank.status_code, blank.json()["code"]) == (422, "look-needs-reason")
    shown = await program.post(f"{COMPLAINTS}/{case.key}/contacts", json={"why": "回访"})
    assert shown.json() == {"customer": "钱女士", "contact": "13800000017", "building": "3栋 1201"}
    looks = await api.house.parts.looks.looks(case.key)
    assert [(one.what, one.why) for one in looks if one.what is LookKind.UNMASK] == [(LookKind.UNMASK, "回访")]


async def test_an_open_case_is_not_reopened(api: Desk) -> None:
    case = await api.opened("R-1")
    program = await api.person(CLERK)
    answer = await program.post(f"{COMPLAINTS}/{case.key}/reopen", json={"reason": "又漏了"})
    assert (answer.status_code, answer.json()["code"]) == (409, "case-open")


async def test_a_form_is_printed_as_it_may_be_seen(api: Desk) -> None:
    case = await api.opened("Q-1")
    path = f"{COMPLAINTS}/{case.key}/papers/complaint"
    text = await (await api.person(CLERK)).get(path, params={"format": "txt"})
    assert (text.status_code, text.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "13800000017" in text.text
    masked = await (await api.backend("read")).get(path, params={"format": "txt"})
    assert "13800000017" not in masked.text
    pdf = await (await api.signed_in(CLERK)).get(path)
    assert pdf.content.startswith(b"%PDF-")
    assert (await (await api.signed_in(CLERK)).get(f"{COMPLAINTS}/{case.key}/papers/x")).json()[
        "code"
    ] == "record-unknown"
    looks = await api.house.parts.looks.looks(case.key)
    assert [one.what for one in looks] == [LookKind.PRINT] * 3


async def test_a_stranger_prints_nothing(api: Desk) -> None:
    case = await api.opened("Q-2", about=[SUPERVISOR])
    answer = await (await api.person(SUPERVISOR)).get(f"{COMPLAINTS}/{case.key}/papers/complaint")
    assert (answer.status_code, answer.json()["code"]) == (404, "case-unknown")

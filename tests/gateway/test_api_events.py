"""Events, inbox and attachments through the API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from complaints.access.looks import LookKind
from complaints.case.file import ActKind, ActRequest, CaseFile
from complaints.connection.settings import ObjectPlace
from complaints.objects.store import Objects
from complaints.store import feed
from starters.gateway.api import waiting
from starters.gateway.slots import Slots
from tests.gateway.desk import Desk, desk

COMPLAINTS = "/api/v1/complaints"
CLERK, SUPERVISOR, MANAGER = "zhou.min", "li.na", "wang.qiang"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060"
    "000000050001a5f645400000000049454e44ae426082"
)


async def said(api: Desk, case: CaseFile, text: str, by: str = CLERK) -> None:
    await api.duly.act(case.key, ActRequest(by=by, kind=ActKind.COMMENT, reason=text))


async def test_events_since_a_line(api: Desk) -> None:
    case = await api.opened()
    program = await api.person(CLERK)
    path = f"{COMPLAINTS}/{case.key}/events"
    first = (await program.get(path, params={"limit": 1})).json()
    assert [line["seq"] for line in first["lines"]] == [1]
    assert first["last"] == 1
    rest = (await program.get(path, params={"after": 1})).json()
    assert [line["seq"] for line in rest["lines"]] == list(range(2, case.journal_seq + 1))
    assert (rest["last"], rest["closed"]) == (case.journal_seq, False)
    none = (await program.get(path, params={"after": case.journal_seq})).json()
    assert none == {"lines": [], "last": case.journal_seq, "closed": False}


async def test_a_poll_ends_with_the_next_event(api: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOK_AGAIN", 0.02)
    case = await api.opened()
    program = await api.person(CLERK)
    asked = {"after": case.journal_seq, "wait": 20}
    poll = asyncio.create_task(program.get(f"{COMPLAINTS}/{case.key}/events", params=asked))
    await asyncio.sleep(0)
    await said(api, case, "有进展了")
    async with asyncio.timeout(15):
        found = (await poll).json()
    assert [line["kind"] for line in found["lines"]] == ["case.commented"]


async def test_a_poll_does_not_outlive_the_right_to_see(api: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOK_AGAIN", 0.02)
    case = await api.opened()
    program = await api.person(SUPERVISOR)
    asked = {"after": case.journal_seq, "wait": 20}
    poll = asyncio.create_task(program.get(f"{COMPLAINTS}/{case.key}/events", params=asked))
    while not api.house.parts.polls._taken:  # noqa: ASYNC110 # pyright: ignore[reportPrivateUsage]
        await asyncio.sleep(0.01)
    about = {"also_about": [SUPERVISOR]}
    await api.duly.amend(case.key, by=CLERK, reason="客户补充", form=about)
    async with asyncio.timeout(15):
        answer = await poll
    assert (answer.status_code, answer.json()["code"]) == (404, "case-unknown")


async def test_only_so_many_wait(url: str) -> None:
    async with desk(url, polls=Slots(1, 1)) as api:
        case = await api.opened()
        program = await api.person(CLERK)
        asked = {"after": case.journal_seq, "wait": 1}
        path = f"{COMPLAINTS}/{case.key}/events"
        answers = await asyncio.gather(*(program.get(path, params=asked) for _ in range(3)))
        assert sorted(one.status_code for one in answers) == [200, 429, 429]


async def test_lines_are_masked_and_the_look_is_logged_once_there_are_some(api: Desk) -> None:
    case = await api.opened()
    backend = await api.backend("read")
    path = f"{COMPLAINTS}/{case.key}/events"
    lines = await backend.get(path)
    assert "13800000017" not in lines.text
    await backend.get(path, params={"after": case.journal_seq})
    looks = await api.house.parts.looks.looks(case.key)
    assert [one.what for one in looks] == [LookKind.JOURNAL]


async def test_an_inbox_has_what_is_owed(api: Desk) -> None:
    case = await api.opened()
    owners = {duty.owner for duty in case.open_duties}
    for owner in owners:
        items = (await (await api.person(owner)).get("/api/v1/inbox")).json()["items"]
        assert [one["key"] for one in items if one["kind"] == "duty"] == [case.key] * sum(
            duty.owner == owner for duty in case.open_duties
        )
    backend = await api.backend("read")
    named = await backend.get("/api/v1/inbox", params={"person": next(iter(owners))})
    assert named.json()["items"]
    assert (await backend.get("/api/v1/inbox")).json()["errors"][0]["field"] == "query.person"
    clerk = await api.signed_in(next(iter(owners)))
    other = await clerk.get("/api/v1/inbox", params={"person": MANAGER})
    assert (other.status_code, other.json()["code"]) == (403, "other-person")
    assert (await clerk.get("/api/v1/inbox/pool")).status_code == 200


async def test_forms_are_described(api: Desk) -> None:
    program = await api.person(CLERK)
    keys = (await program.get("/api/v1/forms")).json()["forms"]
    assert "grading" in keys
    for key in keys:
        assert (await program.get(f"/api/v1/forms/{key}")).json()["form"]["type"] == "object"
    assert (await program.get("/api/v1/forms/nothing")).json()["code"] == "record-unknown"


async def test_a_file_is_attached_listed_and_fetched(api: Desk, tmp_path: Path) -> None:
    api.duly.memory.objects = Objects.at(ObjectPlace(folder=tmp_path))
    case = await api.opened()
    program = await api.person(CLERK)
    path = f"{COMPLAINTS}/{case.key}/attachments"
    asked = {"name": "现场.png", "kind": "photo", "brought_by": "客户"}
    key = {"idempotency-key": "a-1"}
    sent = await program.post(path, params=asked, content=PNG, headers=key)
    assert sent.status_code == 201, sent.text
    assert (await program.post(path, params=asked, content=PNG, headers=key)).json() == sent.json()
    listed = (await program.get(path)).json()["attachments"]
    assert [(one["id"], one["file"], one["by"]) for one in listed] == [(sent.json()["id"], "现场.png", CLERK)]
    one = f"{path}/{sent.json()['id']}"
    copy = await program.get(one)
    assert (copy.status_code, copy.headers["content-type"]) == (200, "image/png")
    assert copy.headers["content-disposition"].startswith("attachment;")
    assert (await program.get(one, params={"variant": "original"})).content == PNG
    stranger = await api.person(MANAGER)
    refused = await stranger.get(one, params={"variant": "original"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-entitled")
    assert (await program.get(f"{path}/A99")).json()["code"] == "attachment-unknown"


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("leer.txt", b"", 422, "file-empty"),
        ("a.exe", b"MZ\x90\x00" + b"\0" * 200, 415, "file-type"),
        ("a.pdf", PNG, 422, "file-lies"),
        ("../a.png", PNG, 422, "form-incomplete"),
    ],
)
async def test_a_file_that_is_not_kept(
    api: Desk, tmp_path: Path, name: str, content: bytes, status: int, code: str
) -> None:
    api.duly.memory.objects = Objects.at(ObjectPlace(folder=tmp_path))
    case = await api.opened()
    asked = {"name": name, "kind": "other", "brought_by": "客户"}
    answer = await (await api.person(CLERK)).post(f"{COMPLAINTS}/{case.key}/attachments", params=asked, content=content)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert not (await api.duly.case(case.key)).acts


async def test_a_body_that_is_too_large_is_not_read_to_its_end(api: Desk, tmp_path: Path) -> None:
    api.duly.memory.objects = Objects.at(ObjectPlace(folder=tmp_path))
    case = await api.opened()
    parts = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal parts
        while parts < 1000:
            parts += 1
            yield b"x" * 1_000_000

    asked = {"name": "a.txt", "kind": "other", "brought_by": "客户"}
    program = await api.person(CLERK)
    answer = await program.post(f"{COMPLAINTS}/{case.key}/attachments", params=asked, content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert parts < 1000


async def test_an_act_on_a_round_that_is_none(api: Desk) -> None:
    program = await api.person(CLERK)
    answer = await program.post("/api/v1/rounds/round-nothing/acts", json={"kind": "comment", "reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (404, "case-unknown")
    assert (await program.get("/api/v1/rounds/round-nothing/events")).status_code == 404


async def test_the_feed_has_what_happens_in_all_cases_that_are_seen(api: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "SETTLED", timedelta())
    first, hidden = await api.opened("1"), await api.opened("2", about=[SUPERVISOR])
    elsewhere = await api.opened("3", project="yx02")
    program, backend = await api.person(SUPERVISOR), await api.backend("read")
    found = await events_of(program, limit=7)
    assert {one["key"] for one in found} == {first.key, elsewhere.key}
    seqs = [one["seq"] for one in found if one["key"] == first.key]
    assert seqs == list(range(1, first.journal_seq + 1))
    assert {one["key"] for one in await events_of(backend)} == {first.key, hidden.key, elsewhere.key}
    assert {one["key"] for one in await events_of(backend, project="yx02")} == {elsewhere.key}
    assert "13800000017" not in str(await events_of(backend))


async def test_the_feed_goes_on_where_it_ended(api: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "SETTLED", timedelta())
    monkeypatch.setattr(waiting, "LOOK_AGAIN", 0.02)
    case = await api.opened()
    backend = await api.backend("read")
    begun = (await backend.get("/api/v1/events", params={"begin": "now"})).json()
    assert begun["events"] == []
    asked = {"cursor": begun["next"], "wait": 20}
    poll = asyncio.create_task(backend.get("/api/v1/events", params=asked))
    await said(api, case, "有进展了")
    async with asyncio.timeout(15):
        page = (await poll).json()
    assert [one["kind"] for one in page["events"]] == ["case.commented"]
    assert (await backend.get("/api/v1/events", params={"cursor": page["next"]})).json()["events"] == []


async def test_a_wait_for_the_feed_ends_with_the_rights_of_its_end(api: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "SETTLED", timedelta())
    monkeypatch.setattr(waiting, "LOOK_AGAIN", 0.02)
    case, other = await api.opened("1"), await api.opened("2")
    program = await api.person(SUPERVISOR)
    begun = (await program.get("/api/v1/events", params={"begin": "now"})).json()
    poll = asyncio.create_task(program.get("/api/v1/events", params={"cursor": begun["next"], "wait": 20}))
    while not api.house.parts.polls._taken:  # noqa: ASYNC110 # pyright: ignore[reportPrivateUsage]
        await asyncio.sleep(0.01)
    await api.duly.amend(other.key, by=CLERK, reason="客户补充", form={"also_about": [SUPERVISOR]})
    await said(api, case, str(other.number))  # a line that names it
    async with asyncio.timeout(15):
        page = (await poll).json()
    assert page["events"] == []


async def test_the_feed_waits_until_no_line_can_come_before(api: Desk) -> None:
    await api.opened()
    backend = await api.backend("read")
    assert (await backend.get("/api/v1/events")).json()["events"] == []


async def events_of(program: Any, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(50):
        page = (await program.get("/api/v1/events", params={**asked, **({"cursor": cursor} if cursor else {})})).json()
        if not page["events"]:
            break
        found += page["events"]
        cursor = page["next"]
    return found

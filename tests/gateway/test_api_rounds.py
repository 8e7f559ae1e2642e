"""Rounds over HTTP: listed and shown to whom they concern, begun by their owner, again for a reason."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from complaints import editions
from complaints.case.round import Period, Subject
from complaints.people.reference import Reference
from complaints.rounds.plan import owner_of
from tests.gateway.desk import Desk
from tests.gateway.records import API, begun, code, fields, looks, records, room

__all__ = ["room"]

DAILY = {"rule": "CH-7.4.1", "period": "2026-11-30", "subject": "hf01"}


async def test_a_round_is_listed_and_shown_to_its_owner_and_not_to_a_stranger(room: Desk):
    file = await begun(room)
    owner, stranger = await room.person("fang.yun"), await room.person("lei.ming")
    page = (await owner.get(f"{API}/rounds?since=2026-01-01")).json()
    assert [one["key"] for one in page["rounds"]] == [file.key]
    assert page["next"] is None
    assert (await stranger.get(f"{API}/rounds?since=2026-01-01")).json()["rounds"] == []
    assert await looks(room) == []
    shown = await owner.get(f"{API}/rounds/{file.key}")
    assert shown.json()["report"]["id"] == "complaint_report-2026-11-hf01"
    journal = await owner.get(f"{API}/rounds/{file.key}/journal")
    assert [one["kind"] for one in journal.json()["lines"]] == ["round.opened", "report.drafted", "duty.opened"]
    assert await looks(room) == [("fang.yun", "open", file.key), ("fang.yun", "journal", file.key)]
    for path in (f"/rounds/{file.key}", f"/rounds/{file.key}/journal", "/rounds/round-CH-7.4.2-2026-10-hf01"):
        answer = await stranger.get(f"{API}{path}")
        assert (code(answer), file.key in answer.text) == ("case-unknown", False)
    assert len(await looks(room)) == 2


async def test_rounds_come_in_pages(room: Desk):
    for project in ("hf01", "yx02", None):
        await begun(room, Subject(project=project))
    person = await room.person("zhao.lei")
    found: list[str] = []
    query = "since=2026-01-01&limit=2"
    cursor = ""
    while True:
        page = (await person.get(f"{API}/rounds?{query}{cursor}")).json()
        found += [one["key"] for one in page["rounds"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(found) == len(set(found)) == 3
    other = await person.get(f"{API}/rounds?since=2026-02-01&limit=2{cursor}")
    assert fields(other) == [("query.cursor", "invalid")]


async def test_a_round_is_begun_by_its_owner_and_found_again(room: Desk):
    stored = await records(room).stored()
    assert stored is not None
    directory, rule = await room.house.parts.directory(), editions.newest().rule("CH-7.4.1")
    subject, reference = Subject(project="hf01"), Reference.of(directory, "hf01", stored.calendar)
    owner = await room.person(owner_of(rule, subject, reference, room.house.now))
    answer = await owner.post(f"{API}/rounds", json=DAILY)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"key": "round-CH-7.4.1-2026-11-30-hf01", "new": True}
    assert (await owner.post(f"{API}/rounds", json=DAILY)).json()["new"] is False
    assert room.clients.asked[0].kind == "person"
    stranger = await room.person("yuan.tao")
    assert code(await stranger.post(f"{API}/rounds", json=DAILY)) == "not-yours"
    again = await stranger.post(f"{API}/rounds/again", json={**DAILY, "reason": "补充"})
    assert code(again) == "not-yours"
    again = await owner.post(f"{API}/rounds/again", json={**DAILY, "reason": "补充"})
    assert code(again) == "not-again"  # of this rule nothing is revised


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"rule": "XX-1"}, ("body.rule", "choice")),
        ({"period": "2026-11"}, ("body.period", "choice")),
        ({"period": "yesterday"}, ("body.period", "invalid")),
        ({"subject": "zz99"}, ("body.subject", "choice")),
        ({"subject": None}, ("body.subject", "missing")),
        ({"by": "zhao.lei"}, ("body", "unknown")),
        ({"rule": 7}, ("body.rule", "type")),
    ],
)
async def test_what_names_no_round_is_refused(room: Desk, changed: dict[str, object], field: tuple[str, str]):
    person = await room.person("zhao.lei")
    answer = await person.post(f"{API}/rounds", json={**DAILY, **changed})
    assert (answer.status_code, fields(answer)) == (422, [field])
    assert "zz99" not in answer.text


async def test_the_plan_is_read_by_everybody(room: Desk):
    person = await room.person("lei.ming")
    plan = (await person.get(f"{API}/rounds/plan?rule=CH-7.4.2&subject=hf01&since=2026-11-30&weeks=8")).json()
    assert "2026-12-01" in [one["period"]["start"] for one in plan["rounds"]]
    assert plan["rounds"][0]["owner"] != "lei.ming"


async def test_a_report_is_drafted_anew_by_the_owner_of_its_round(room: Desk):
    file = await begun(room)
    owner, reader = await room.person("fang.yun"), await room.person("zhou.min")
    assert code(await reader.post(f"{API}/rounds/{file.key}/redraft")) == "not-yours"
    asked: list[str] = []

    async def redraft(key: str) -> bool:
        asked.append(key)
        return len(asked) == 1

    room.duly.redraft = redraft  # pyright: ignore[reportAttributeAccessIssue]
    answer = await owner.post(f"{API}/rounds/{file.key}/redraft")
    assert (answer.status_code, answer.json()) == (202, {"key": file.key})
    issued = await owner.post(f"{API}/rounds/{file.key}/redraft")
    assert (code(issued), issued.json()["reason"], asked) == ("not-possible", "nothing-to-redraft", [file.key] * 2)


def test_the_example_is_a_period_of_its_rule():
    assert Period.named("2026-11-30").kind is editions.newest().rule("CH-7.4.1").every


async def test_schedules_are_paused_and_resumed_by_who_owns_their_rounds(room: Desk):
    notes: dict[str, str] = {}

    def schedule(id: str) -> SimpleNamespace:
        async def describe() -> SimpleNamespace:
            state = SimpleNamespace(paused=id in notes, note=notes.get(id))
            return SimpleNamespace(schedule=SimpleNamespace(state=state))

        async def pause(*, note: str) -> None:
            notes[id] = note

        async def unpause(*, note: str) -> None:
            del notes[id]

        async def backfill(_: object) -> None: ...

        return SimpleNamespace(describe=describe, pause=pause, unpause=unpause, backfill=backfill)

    client: Any = room.duly.client
    client.get_schedule_handle = schedule
    said = {"rule": "CH-7.4.1", "subject": "hf01"}
    owner, stranger = await room.person("lin.feng"), await room.person("yuan.tao")
    paused = await owner.post(f"{API}/rounds/schedules/pause", json={**said, "reason": "系统切换"})
    [id] = paused.json()["changed"]
    assert notes[id].endswith("lin.feng: 系统切换")
    again = await owner.post(f"{API}/rounds/schedules/pause", json={**said, "reason": "系统切换"})
    assert again.json() == {"changed": [], "unchanged": [id]}
    assert code(await stranger.post(f"{API}/rounds/schedules/resume", json=said)) == "not-yours"
    assert (await owner.post(f"{API}/rounds/schedules/resume", json=said)).json()["changed"] == [id]
    assert notes == {}
    assert (await stranger.get(f"{API}/rounds/schedules")).json() == {"schedules": []}

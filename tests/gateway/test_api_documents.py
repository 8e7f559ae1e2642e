"""Documents, minutes and customer events over HTTP: for the colleagues of a project, and for nobody else."""

from __future__ import annotations

from typing import Any

from complaints.store.meetings import EventBook
from tests.gateway.desk import Desk
from tests.gateway.records import API, begun, code, fields, looks, records, room

__all__ = ["room"]

PATH = f"{API}/documents/scheme-leaks"
FIRST = {"kind": "scheme", "project": "hf01", "text": "# 外墙渗漏处理方案\n\n拨打 13800000017。"}


async def elsewhere(room: Desk, who: str) -> None:
    """Let a person of the directory work for another project alone."""
    text = await records(room).directory()
    assert text is not None
    head, mark, rest = text[1].partition(f'id = "{who}"\n')
    await records(room).load_directory(f'{head}{mark}projects = ["yx02"]\n{rest}', "test")


async def test_versions_are_written_compared_and_printed(room: Desk):
    author, reader = await room.person("liu.bo"), await room.person("lei.ming")
    ref = (await author.post(f"{PATH}/versions", json=FIRST)).json()
    assert (ref["version"], ref["state"]) == (1, "draft")
    assert (await author.post(f"{PATH}/versions", json=FIRST)).json() == ref  # the same again is the same
    other = await author.post(f"{PATH}/versions", json={**FIRST, "summary": "别的说明"})
    assert (other.status_code, code(other), other.json()["reason"]) == (409, "not-possible", "other-content")
    second = {"text": f"{FIRST['text']}\n雨季后复查。"}
    assert (await author.post(f"{PATH}/versions", json=second)).json()["version"] == 2
    found = (await reader.get(PATH)).json()
    assert [one["by"] for one in found["versions"]] == ["liu.bo", "liu.bo"]
    assert "13800000017" in found["versions"][0]["text"]  # whom to call
    [line] = (await reader.get(f"{API}/documents?project=hf01")).json()["documents"]
    assert [one["text"] for one in line["versions"]] == ["", ""]
    assert (await reader.get(f"{PATH}/difference")).json()["lines"][-1] == "+雨季后复查。"
    printed = await reader.get(f"{PATH}/print?format=txt&version=1")
    assert "外墙渗漏处理方案" in printed.text
    assert code(await reader.get(f"{PATH}/print?version=7")) == "record-unknown"
    assert await looks(room) == [("lei.ming", "print", "scheme-leaks")]


async def test_a_document_may_be_a_file(room: Desk):
    author = await room.person("liu.bo")
    query = "filename=预案.pdf&kind=contingency&title=应急预案&project=hf01"
    pdf = {"content-type": "application/pdf"}
    path = f"{API}/documents/plan-1/versions/file?{query}"
    assert (await author.post(path, content=b"%PDF-1.7 x", headers=pdf)).json()["version"] == 1
    answer = await author.get(f"{API}/documents/plan-1/file")
    assert answer.content == b"%PDF-1.7 x"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "attachment" in answer.headers["content-disposition"]
    only = await author.get(f"{API}/documents/plan-1/difference")
    assert (code(only), only.json()["reason"]) == ("not-possible", "one-version")
    assert fields(await author.post(path.replace("预案.pdf", "a%2Fb"), content=b"x", headers=pdf)) == [
        ("query.filename", "form")
    ]


async def test_a_document_of_another_project_does_not_exist(room: Desk):
    author = await room.person("liu.bo")
    await author.post(f"{PATH}/versions", json=FIRST)
    await elsewhere(room, "lei.ming")
    stranger = await room.person("lei.ming")
    for path in ("", "/file", "/print", "/difference"):
        assert code(await stranger.get(f"{PATH}{path}")) == "record-unknown"
    assert code(await stranger.post(f"{PATH}/versions", json={"text": "改"})) == "record-unknown"
    assert code(await stranger.post(f"{API}/documents/new-1/versions", json=FIRST)) == "record-unknown"
    assert (await stranger.get(f"{API}/documents")).json()["documents"] == []
    assert len((await author.get(PATH)).json()["versions"]) == 1


async def test_what_is_no_version_is_refused_by_its_field(room: Desk):
    author = await room.person("liu.bo")
    for changes, wanted in (
        ({"kind": None}, ("body.kind", "missing")),
        ({"kind": "poem"}, ("body.kind", "choice")),
        ({"text": "没有标题"}, ("body.title", "missing")),
        ({"text": "  "}, ("body.text", "form")),
        ({"project": "zz99"}, ("body.project", "choice")),
        ({"title": "x" * 201}, ("body.title", "long")),
    ):
        answer = await author.post(f"{PATH}/versions", json={**FIRST, **changes})
        assert fields(answer) == [wanted], answer.text
    await author.post(f"{PATH}/versions", json=FIRST)
    other = await author.post(f"{PATH}/versions", json={**FIRST, "kind": "contingency", "text": "# 改"})
    assert (code(other), other.json()["reason"]) == ("not-possible", "other-kind")


async def test_minutes_are_those_of_a_round_that_one_sees(room: Desk):
    await begun(room)
    person = await room.person("fang.yun")
    assert (await person.get(f"{API}/meetings?open=false")).json() == {"meetings": [], "next": None}
    assert code(await person.get(f"{API}/meetings/round-CH-7.4.3-2026-11-hf01")) == "record-unknown"


EVENT = {"project": "hf01", "kind": "forum", "held_on": "2026-11-14", "title": "业主座谈会", "attended": 42}


async def test_an_event_is_entered_once_by_a_colleague_of_its_project(room: Desk):
    person = await room.person("lei.ming")
    path = f"{API}/customer-events"
    said: dict[str, Any] = {**EVENT, "answered": [{"question": "车位？", "answer": "先后选位。"}]}
    first, again = await person.post(path, json=said), await person.post(path, json=said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["by"] == "lei.ming"
    for changes in ({"answered": [{"question": "车位？", "answer": "抽签。"}]}, {"attended": 7}):
        other = await person.post(path, json={**said, **changes})
        assert (other.status_code, code(other), other.json()["reason"]) == (409, "not-possible", "other-content")
    assert len((await person.get(f"{path}?project=hf01&since=2026-11-01&until=2026-11-30")).json()["events"]) == 1
    await elsewhere(room, "lei.ming")
    assert (await person.get(path)).json()["events"] == []
    assert code(await person.post(path, json=said)) == "record-unknown"
    assert len(await room.house.parts.stores(EventBook).events()) == 1
    for changes, wanted in (({"held_on": 1}, "body.held_on"), ({"attended": -1}, "body.attended")):
        wrong = await person.post(path, json={**EVENT, "project": "yx02", **changes})
        assert [field for field, _ in fields(wrong)] == [wanted]


async def test_subjects_are_those_of_complaints_that_one_sees(room: Desk):
    at = room.house.now.replace(microsecond=0).isoformat()
    for n in range(4):
        about = ["zhou.min"] if n < 2 else []
        await room.opened(str(n), about=about, received_at=at, matter=f"外墙渗水严重，第{n}次")
    counted = {}
    for who in ("zhou.min", "li.na"):
        person = await room.person(who)
        answer = await person.get(f"{API}/customer-events/subjects?period={room.house.now:%Y}&project=hf01")
        counted[who] = answer.json()["complaints"]
    assert counted == {"zhou.min": 2, "li.na": 4}

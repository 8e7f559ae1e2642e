"""Customers, lists that come in, and the log of looks, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsAway
from complaints.store.customer_files import CustomerFiles
from tests.gateway.desk import Desk
from tests.gateway.records import API, code, fields, looks, records, room
from tests.places import ROOT
from tests.store.postgres import rows
from tests.store.residents import settled

__all__ = ["room"]

ID = "hf01-1-10"
CSV = {"content-type": "text/csv"}


def example(name: str) -> bytes:
    return (ROOT / "examples" / name).read_bytes()


async def test_a_customer_is_found_and_shown_as_the_reader_may_see_them(room: Desk):
    await settled(room.house.url, "hf01", 20)
    clerk, developer, stranger = [await room.person(one) for one in ("zhou.min", "pan.rui", "lei.ming")]
    found = (await clerk.get(f"{API}/customers", params={"q": "客户1-10"})).json()["customers"]
    assert [(one["id"], one["contact"]) for one in found] == [(ID, "139 0000 1010")]
    masked = await developer.get(f"{API}/customers", params={"q": ID})
    assert masked.json()["customers"][0]["id"] == ID
    assert "139 0000" not in masked.text
    shown = await developer.get(f"{API}/customers/{ID}")
    assert shown.status_code == 200
    assert "139 0000" not in shown.text
    unmasked = await developer.post(f"{API}/customers/{ID}/contacts", json={"reason": "回电"})
    assert unmasked.json()["contact"] == "139 0000 1010"
    assert fields(await developer.post(f"{API}/customers/{ID}/contacts", json={"reason": " "})) == [
        ("body.reason", "form")
    ]
    assert code(await stranger.get(f"{API}/customers", params={"q": ID})) == "not-entitled"
    for path in ("", "/print"):
        for id in (ID, "no-such-customer"):
            assert code(await stranger.get(f"{API}/customers/{id}{path}")) == "record-unknown"
    assert code(await stranger.post(f"{API}/customers/{ID}/contacts", json={"reason": "看看"})) == "record-unknown"
    printed = await developer.get(f"{API}/customers/{ID}/print?format=txt")
    assert "139 0000" not in printed.text
    assert await looks(room) == [("pan.rui", what, ID) for what in ("customer", "unmask", "print")]
    [why] = [one.why for one in await room.house.parts.looks.looks() if one.why]
    assert why == "回电"


async def test_a_consultant_sees_their_own_customers_and_no_others(room: Desk):
    await settled(room.house.url, "hf01", 20)
    await rows(room.house.url, "UPDATE customers SET consultant = 'he.xue' WHERE id = $1", ID)
    consultant = await room.person("he.xue")
    assert (await consultant.get(f"{API}/customers/{ID}")).json()["contact"] == "139 0000 1010"
    assert code(await consultant.get(f"{API}/customers/hf01-1-9")) == "record-unknown"


async def test_customers_leave_the_house_by_who_may_export_them(room: Desk):
    await settled(room.house.url, "hf01", 20)
    developer, clerk = await room.person("pan.rui"), await room.person("zhou.min")
    file = await developer.get(f"{API}/projects/hf01/customers")
    assert len(file.text.splitlines()) == 21
    assert "139 0000 1010" in file.text
    assert code(await clerk.get(f"{API}/projects/hf01/customers")) == "not-entitled"
    assert code(await developer.get(f"{API}/projects/zz99/customers")) == "not-entitled"
    backend = await room.backend("read")
    assert code(await backend.get(f"{API}/projects/hf01/customers")) == "scope-missing"
    assert await looks(room) == [("pan.rui", "export", "customers hf01")]


async def test_the_complaints_of_a_file_do_not_name_what_is_about_the_reader(room: Desk):
    await settled(room.house.url, "hf01", 3)
    said = {"customer": "客户1-1", "contact": "139 0000 1001", "building": "1栋 0001"}
    await room.opened("1", **said)
    hidden = await room.opened("2", about=["zhou.min"], matter="服务态度差，推诿。", **said)
    number = (await records(room).case(hidden.key)) or hidden
    for who, count in (("zhou.min", 1), ("li.na", 2)):
        answer = await (await room.person(who)).get(f"{API}/customers/hf01-1-1")
        assert len(answer.json()["complaints"]) == count
        assert (str(number.number) in answer.text) == (who == "li.na")


@pytest.mark.parametrize(
    ("kind", "file", "who", "stranger"),
    [
        ("customers", "customers.csv", "li.na", "zhou.min"),
        ("deposits", "deposits.csv", "dong.mei", "yuan.tao"),
        ("contractors", "contractors.csv", "xu.fang", "li.na"),
        ("old-complaints", "old-complaints.csv", "li.na", "zhou.min"),
    ],
)
async def test_a_list_is_previewed_and_imported_by_whose_work_it_is(
    room: Desk, kind: str, file: str, who: str, stranger: str
):
    content, path = example(file), f"{API}/imports/{kind}"
    person = await room.person(who)
    preview = await person.post(f"{path}/preview", content=content, headers=CSV)
    assert preview.status_code == 200, preview.text
    assert preview.json()["written"] is False
    assert preview.json()["new"] > 0
    other = await room.person(stranger)
    for below in ("", "/preview"):
        assert code(await other.post(f"{path}{below}", content=content, headers=CSV)) == "not-entitled"
    done = (await person.post(path, content=content, headers=CSV)).json()
    assert (done["written"], done["new"]) == (True, preview.json()["new"])
    again = (await person.post(path, content=content, headers=CSV)).json()
    assert (again["new"], again["changed"]) == (0, 0)


async def test_homes_follow_their_owners(room: Desk):
    person = await room.person("li.na")
    for kind, file in (("customers", "customers.csv"), ("homes", "homes.csv")):
        done = await person.post(f"{API}/imports/{kind}", content=example(file), headers=CSV)
        assert done.json()["written"] is True, done.text


async def test_of_a_list_with_faults_nothing_is_written_and_nothing_is_repeated(room: Desk):
    person, content = await room.person("li.na"), example("customers-wrong.csv")
    path = f"{API}/imports/customers"
    refused = await person.post(path, content=content, headers=CSV)
    assert code(refused) == "list-problems"
    lines = [one["line"] for one in refused.json()["problems"]]
    assert lines == sorted(lines)
    shown = (await person.post(f"{path}/preview", content=content, headers=CSV)).json()["problems"]
    assert {one["line"] for one in shown} >= set(lines)
    assert await room.house.parts.stores(CustomerFiles).of_project("hf01") == []
    skipped = (await person.post(f"{path}?skip_bad=true", content=content, headers=CSV)).json()
    assert skipped["written"] is True
    assert len(skipped["problems"]) == len(shown)
    for body in (b"PK\x03\x04 not a workbook", b"\x00" * 100, b"a"):
        assert code(await person.post(path, content=body, headers=CSV)) == "list-problems"
    assert code(await person.post(f"{API}/imports/secrets", content=content, headers=CSV)) == "invalid"
    assert fields(await person.post(f"{path}?project=zz99", content=content, headers=CSV)) == [
        ("query.project", "choice")
    ]


async def test_whoever_works_for_one_project_imports_into_that_one(room: Desk):
    text = await records(room).directory()
    assert text is not None
    head, mark, rest = text[1].partition('id = "luo.xin"\n')  # of yx02 alone
    await records(room).load_directory(f'{head}{mark}roles = ["development"]\n{rest}', "test")
    person = await room.person("luo.xin")
    lines = "id,project,name,contact\n{0}-1,{0},钱女士,13800000017\n"
    for project, wanted in (("hf01", "not-entitled"), ("yx02", "200")):
        answer = await person.post(f"{API}/imports/customers", content=lines.format(project), headers=CSV)
        assert code(answer) == wanted, answer.text


def complaints(*lines: str) -> str:
    head = "external_id,project,channel,category,customer,contact,building,matter"
    return "\n".join((head, *lines))


GOOD = "x-1,hf01,phone,engineering,钱女士,13800000017,3栋 1201,外墙渗水"


async def test_the_complaints_of_a_file_are_opened_each_by_itself(room: Desk):
    person = await room.person("zhou.min")
    path = f"{API}/imports/complaints"
    file = complaints(GOOD, "x-2,hf01,pigeon,engineering,孙先生,13800000018,1栋,漏水")
    preview = (await person.post(f"{path}/preview", content=file, headers=CSV)).json()
    assert (preview["complaints"], preview["problems"][0]["line"]) == (1, 3)
    assert "pigeon" in preview["problems"][0]["detail"]
    answer = await person.post(path, content=file, headers=CSV)
    assert answer.status_code == 200, answer.text
    [opened], [refused] = answer.json()["opened"], answer.json()["refused"]
    assert (opened["line"], opened["new"], refused["line"], refused["place"]) == (2, True, 3, "channel")
    assert "pigeon" not in answer.text
    case = await room.duly.case(opened["key"])
    assert case.complaint.received_by == "zhou.min"
    again = (await person.post(path, content=file, headers=CSV)).json()
    assert [one["key"] for one in again["opened"]] == [opened["key"]]
    assert len(room.duly.cases) == 1
    other = complaints(GOOD).replace("matter", "matter,received_by").replace("外墙渗水", "外墙渗水,li.na")
    named = (await person.post(path, content=other.replace("x-1", "x-9"), headers=CSV)).json()
    assert (named["opened"], named["refused"][0]["code"]) == ([], "other-person")


async def test_nothing_of_a_file_goes_on_after_its_answer(room: Desk, monkeypatch: pytest.MonkeyPatch):
    person, opened = await room.person("zhou.min"), list[str]()
    fails = asyncio.Event()

    async def opening(said: Any) -> Any:
        if said["external_id"] == "x-1":
            fails.set()
            raise RecordsAway("gone")
        await fails.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        opened.append(said["external_id"])
        raise Refusal(Refused.ABOUT_YOU, person="zhou.min")

    monkeypatch.setattr(room.duly, "open_complaint", opening)
    file = complaints(GOOD, GOOD.replace("x-1", "x-2"))
    assert code(await person.post(f"{API}/imports/complaints", content=file, headers=CSV)) == "away"
    assert opened == ["x-2"]


async def test_a_look_at_a_case_of_the_library_is_logged(room: Desk):
    case, person = await room.opened(), await room.person("zhou.min")
    await rows(room.house.url, "UPDATE complaints SET closed_at = now(), outcome = 'resolved' WHERE key = $1", case.key)
    shown = await person.get(f"{API}/library/{case.key}")
    assert shown.status_code == 200, shown.text
    assert await looks(room) == [("zhou.min", "open", case.number)]


@pytest.mark.parametrize("body", [b"a,b\n1,2\n", b"[]", b"\xff\xfe\x00", b"PK\x03\x04"])
async def test_a_file_without_complaints_opens_none(room: Desk, body: bytes):
    person = await room.person("zhou.min")
    assert code(await person.post(f"{API}/imports/complaints", content=body, headers=CSV)) == "list-problems"


async def test_everybody_lists_their_own_looks_and_watchers_those_of_others(room: Desk):
    await settled(room.house.url, "hf01", 3)
    clerk, supervisor = await room.person("zhou.min"), await room.person("li.na")
    hidden = await room.opened("2", about=["li.na"])
    for n in (1, 2, 3):
        await clerk.get(f"{API}/customers/hf01-1-{n}")
    await clerk.get(f"{API}/complaints/{hidden.key}")

    async def listed(program: Any, query: str = "") -> list[dict[str, Any]]:
        answer = await program.get(f"{API}/looks?limit=2{query}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        more = await listed(program, f"{query}&cursor={page['next']}") if page["next"] else []
        return [*page["looks"], *more]

    mine = await listed(clerk, "&person=zhou.min")
    assert len(mine) == 4
    assert code(await clerk.get(f"{API}/looks")) == "not-entitled"
    watched = await (await room.person("xu.fang")).get(f"{API}/looks")
    assert len(watched.json()["looks"]) == 4
    seen = await supervisor.get(f"{API}/looks")
    assert {one["what"] for one in seen.json()["looks"]} == {"customer"}  # the case is about her
    assert hidden.key not in seen.text
    assert (await supervisor.get(f"{API}/looks?case={hidden.key}")).json()["looks"] == []
    assert len((await supervisor.get(f"{API}/looks?case=hf01-1-2")).json()["looks"]) == 1
    backend = await room.backend("read", "contacts")
    assert code(await backend.get(f"{API}/looks")) == "not-entitled"
    for since in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "20261130", "yesterday"):
        answer = await clerk.get(f"{API}/looks", params={"person": "zhou.min", "since": since})
        assert fields(answer) == [("query.since", "invalid")], since

"""Holds, destruction, failed deliveries, retention money, library and watch list over HTTP."""

from __future__ import annotations

from complaints.store.retention import RetentionStore
from tests.gateway.desk import Desk
from tests.gateway.records import API, code, fields, looks, records, room
from tests.places import ROOT
from tests.store.destruction import carried_out, closed
from tests.store.postgres import rows

__all__ = ["room"]

CSV = {"content-type": "text/csv"}


async def test_a_hold_is_set_and_lifted_by_who_may_list_it(room: Desk):
    file = await room.opened("1")
    li_na, clerk = await room.person("li.na"), await room.person("zhou.min")
    said = {"scope": "case", "target": file.key, "reason": "法院来函，要求保全"}
    answer = await li_na.post(f"{API}/holds", json=said)
    assert (answer.status_code, answer.json()["set_by"]) == (201, "li.na"), answer.text
    id = answer.json()["id"]
    for scope, target in (("project", "hf01"), ("customer", "张伟")):
        made = await li_na.post(f"{API}/holds", json={"scope": scope, "target": target, "reason": "等候审计"})
        assert made.status_code == 201, made.text
    assert len((await li_na.get(f"{API}/holds")).json()["holds"]) == 3
    assert code(await clerk.get(f"{API}/holds")) == "not-entitled"
    assert code(await clerk.post(f"{API}/holds", json=said)) == "not-entitled"
    assert code(await clerk.post(f"{API}/holds/{id}/lift", json={"reason": "结束"})) == "not-entitled"
    lifted = await li_na.post(f"{API}/holds/{id}/lift", json={"reason": "案件审结"})
    assert lifted.json()["lifted_by"] == "li.na"
    twice = await li_na.post(f"{API}/holds/{id}/lift", json={"reason": "案件审结"})
    assert (code(twice), twice.json()["reason"]) == ("not-possible", "lifted")
    assert code(await li_na.post(f"{API}/holds/99/lift", json={"reason": "?"})) == "record-unknown"
    assert len((await li_na.get(f"{API}/holds?lifted=true")).json()["holds"]) == 3
    naming = {"scope": "customer", "target": "张伟", "reason": "张伟起诉"}
    refused = await li_na.post(f"{API}/holds", json=naming)
    assert (code(refused), refused.json()["reason"]) == ("not-possible", "names-customer")
    for changes, wanted in (
        ({"scope": "planet"}, ("body.scope", "choice")),
        ({"reason": ""}, ("body.reason", "short")),
        ({"scope": "project", "target": "zz99"}, ("body.target", "choice")),
    ):
        assert fields(await li_na.post(f"{API}/holds", json={**said, **changes})) == [wanted]


async def test_what_is_about_somebody_or_destroyed_cannot_be_held_and_does_not_exist(room: Desk):
    hidden = await room.opened("1", about=["li.na"])
    keeping = room.house.parts.stores(RetentionStore)
    gone = (await closed(records(room), "gone")).file
    await carried_out(keeping)
    li_na = await room.person("li.na")
    answers = [
        await li_na.post(f"{API}/holds", json={"scope": "case", "target": target, "reason": "保全"})
        for target in (hidden.key, gone.key, str(gone.number or "HF01-2020-000001"), "HF01-2026-999999")
    ]
    assert {one.text for one in answers} == {answers[-1].text}
    assert code(answers[0]) == "case-unknown"
    president = await room.person("lin.feng")
    made = await president.post(f"{API}/holds", json={"scope": "case", "target": hidden.key, "reason": "保全"})
    assert made.status_code == 201
    assert (await li_na.get(f"{API}/holds")).json()["holds"] == []
    lift = await li_na.post(f"{API}/holds/{made.json()['id']}/lift", json={"reason": "?"})
    assert code(lift) == "record-unknown"


async def test_what_is_due_is_listed_and_the_certificate_shown_to_who_keeps_records(room: Desk):
    kept = (await closed(records(room), "a")).file
    li_na, clerk = await room.person("li.na"), await room.person("zhou.min")
    due = (await li_na.get(f"{API}/destruction/due?on=2040-01-01")).json()
    assert [one["key"] for one in due["going"]] == [kept.key]
    assert (await li_na.get(f"{API}/destruction/due?on=2040-01-01&project=yx02")).json()["going"] == []
    assert code(await clerk.get(f"{API}/destruction/due")) == "not-entitled"
    assert code(await clerk.post(f"{API}/destruction/lists", json={})) == "not-entitled"
    await rows(room.house.url, "UPDATE complaints SET about = '{li.na}'")
    assert (await li_na.get(f"{API}/destruction/due?on=2040-01-01")).json()["going"] == []
    await rows(room.house.url, "UPDATE complaints SET about = '{}', closed_at = closed_at - interval '9 years'")
    made = await li_na.post(f"{API}/destruction/lists", json={"period": "2026-11"})
    assert (made.json()["id"], made.json()["counts"]) == ("destruction-2026-11", {"case": 1}), made.text
    assert (await li_na.post(f"{API}/destruction/lists", json={"period": "2026-11"})).json() == made.json()
    path = f"{API}/destruction/lists/destruction-2026-11/certificate"
    assert code(await li_na.get(path)) == "record-unknown"
    keeping = room.house.parts.stores(RetentionStore)
    await keeping.approve("destruction-2026-11", made.json()["digest"], "zhao.lei", room.house.now)
    await keeping.destroy("destruction-2026-11")
    await keeping.certify("destruction-2026-11", room.house.now)
    shown = (await li_na.get(path)).json()
    assert shown["certificate"]["approved_by"] == "zhao.lei"
    assert len(shown["destroyed"]) == 1
    assert "destruction-2026-11" in (await li_na.get(f"{path}/print?format=txt")).text
    assert [one["listed"] for one in (await li_na.get(f"{API}/destruction/lists")).json()["runs"]] == [1]
    for other in (path, f"{path}/print", f"{API}/destruction/lists"):
        assert code(await clerk.get(other)) == "not-entitled"
    assert await looks(room) == [("li.na", "print", "destruction-2026-11")]


async def test_failed_deliveries_are_listed_and_sent_again(room: Desk):
    file, hidden = await room.opened("1"), await room.opened("2", about=["li.na"])
    await rows(room.house.url, "UPDATE deliveries SET state = 'failed', last_error = '550'")
    li_na, clerk = await room.person("li.na"), await room.person("zhou.min")
    listed = (await li_na.get(f"{API}/deliveries/failed?limit=100")).json()["deliveries"]
    assert {one["key"] for one in listed} == {file.key}
    path = f"{API}/deliveries/failed/retry"
    one = {"key": file.key, "notice": listed[0]["notice"]}
    assert (await li_na.post(path, json=one)).json() == {"retried": 1}
    assert code(await li_na.post(path, json=one)) == "record-unknown"  # it has not failed any more
    theirs = await rows(room.house.url, "SELECT notice FROM deliveries WHERE key = $1 LIMIT 1", hidden.key)
    other = {"key": hidden.key, "notice": theirs[0]["notice"]}
    assert code(await li_na.post(path, json=other)) == "record-unknown"
    assert code(await li_na.post(path, json={"key": file.key})) == "record-unknown"
    assert (await li_na.post(path, json={})).json() == {"retried": len(listed) - 1}
    assert code(await clerk.get(f"{API}/deliveries/failed")) == "not-entitled"
    assert code(await clerk.post(path, json={})) == "not-entitled"
    assert await rows(room.house.url, "SELECT FROM deliveries WHERE state = 'failed' AND key <> $1", hidden.key) == []


async def test_deposits_are_booked_by_finance_and_shown_to_who_handles_the_money(room: Desk):
    finance, audit, clerk = [await room.person(one) for one in ("dong.mei", "yuan.tao", "zhou.min")]
    file, path = (ROOT / "examples" / "deposits.csv").read_bytes(), f"{API}/retention-money/deposits"
    preview = (await finance.post(f"{path}/preview", content=file, headers=CSV)).json()
    assert preview["deposits"] > 0
    assert code(await audit.post(path, content=file, headers=CSV)) == "not-entitled"
    booked = [(await finance.post(path, content=file, headers=CSV)).json() for _ in range(2)]
    assert booked == [{"booked": preview["deposits"], "known": 0}, {"booked": 0, "known": preview["deposits"]}]
    shown = (await audit.get(f"{API}/retention-money?limit=1")).json()
    assert len(shown["accounts"]) == 1
    account = shown["accounts"][0]
    assert {(one["contractor"], one["project"]) for one in shown["entries"]} == {
        (account["contractor"], account["project"])
    }
    assert code(await clerk.get(f"{API}/retention-money")) == "not-entitled"
    wrong = await finance.post(path, content="contractor,project\n秘密公司,hf01\n", headers=CSV)
    assert (code(wrong), "秘密公司" in wrong.text) == ("list-problems", False)


async def test_the_library_the_watch_list_and_similar_cases_show_what_one_may_see(room: Desk):
    said = {"matter": "外墙渗水严重，客厅墙面发霉，家具损坏。"}
    mine = await room.opened("1", **said)
    hidden = await room.opened("2", about=["li.na"], **said)
    li_na, stranger = await room.person("li.na"), await room.person("lei.ming")
    watched = await li_na.get(f"{API}/watch-list")
    assert watched.status_code == 200, watched.text
    assert hidden.key not in watched.text
    assert mine.key in watched.text or watched.json()["complaints"] == []
    assert (await stranger.get(f"{API}/watch-list")).json()["complaints"] == []
    found = (await li_na.get(f"{API}/library", params={"q": "渗水"})).json()
    assert (found["count"], found["cases"], found["next"]) == (0, [], None)
    assert code(await li_na.get(f"{API}/library/{mine.key}")) == "record-unknown"  # it is not closed
    assert (await li_na.get(f"{API}/complaints/{mine.key}/similar")).json() == {"similar": []}
    for key in (hidden.key, "HF01-2026-999999"):
        assert code(await li_na.get(f"{API}/complaints/{key}/similar")) == "case-unknown"
    text = {"text": "外墙渗水", "category": "engineering"}
    assert (await li_na.post(f"{API}/library/similar", json=text)).json() == {"similar": []}
    assert fields(await li_na.post(f"{API}/library/similar", json={**text, "category": "magic"})) == [
        ("body.category", "choice")
    ]

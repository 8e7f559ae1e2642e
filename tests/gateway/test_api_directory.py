"""Directory, absences and calendar over HTTP: read by all, loaded by personnel; open cases are told."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from starters.gateway.api import calendar
from tests.domain.test_calendar_file import NOTICE
from tests.gateway.desk import Desk
from tests.gateway.records import API, code, fields, records, room

__all__ = ["room"]

TOML = {"content-type": "application/toml"}


async def text_of(room: Desk) -> str:
    found = await records(room).directory()
    assert found is not None
    return found[1]


async def test_the_directory_is_read_by_people_backends_and_administrators(room: Desk):
    for program in (await room.person("lei.ming"), await room.backend("read")):
        shown = await program.get(f"{API}/directory")
        assert {one["code"] for one in shown.json()["projects"]} >= {"hf01", "yx02"}
        found = (await program.get(f"{API}/people?q=LI.NA")).json()["people"]
        assert [one["person"]["id"] for one in found] == ["li.na"]
        assert (await program.get(f"{API}/people/li.na")).json()["away"] is False
        assert code(await program.get(f"{API}/people/no.body")) == "record-unknown"
        supervisors = (await program.get(f"{API}/people?role=cs_supervisor&project=hf01")).json()["people"]
        assert "li.na" in {one["person"]["id"] for one in supervisors}
        [*_, newest] = (await program.get(f"{API}/editions")).json()["editions"]
        rules = (await program.get(f"{API}/editions/{newest['name']}/rules?rule=CR-5.2.1")).json()["rules"]
        assert "CR-5.2.1b" in {one["id"] for one in rules}
        assert code(await program.get(f"{API}/editions/1999/rules")) == "record-unknown"


async def test_personnel_checks_and_loads_the_directory_and_open_cases_are_told(room: Desk):
    file = await room.opened()
    xu_fang, text = await room.person("xu.fang"), await text_of(room)
    assert (await xu_fang.get(f"{API}/directory/file")).text == text
    version = (await xu_fang.get(f"{API}/directory")).headers["etag"]
    same = await xu_fang.put(f"{API}/directory", content=text, headers=TOML)
    assert same.json()["changed"] is False, same.text
    assert same.json()["cases"]["told"] == 0 or file.key  # only those that are behind
    new = text.replace('name = "李娜"', 'name = "李丽娜"')
    assert new != text
    checked = (await xu_fang.post(f"{API}/directory/check", content=new, headers=TOML)).json()
    assert checked["problems"] == []
    stale = {**TOML, "if-match": '"D-000000000000"'}
    assert code(await xu_fang.put(f"{API}/directory", content=new, headers=stale)) == "changed-since"
    loaded = await xu_fang.put(f"{API}/directory", content=new, headers={**TOML, "if-match": version})
    assert (loaded.json()["changed"], loaded.json()["cases"]) == (True, {"told": 1, "untold": 0})
    assert (await xu_fang.get(f"{API}/people/li.na")).json()["person"]["name"] == "李丽娜"
    again = await xu_fang.put(f"{API}/directory", content=new, headers={**TOML, "if-match": version})
    assert code(again) == "changed-since"


async def test_a_directory_with_faults_is_refused_and_nothing_of_it_is_repeated(room: Desk):
    xu_fang, text = await room.person("xu.fang"), await text_of(room)
    wrong = text.replace('reports_to = "li.na"', 'reports_to = "mr.secret"', 1)
    assert wrong != text
    refused = await xu_fang.put(f"{API}/directory", content=wrong, headers=TOML)
    assert code(refused) == "list-problems"
    assert refused.json()["problems"][0]["line"] > 1
    assert "mr.secret" not in refused.text
    preview = await xu_fang.post(f"{API}/directory/check", content=wrong, headers=TOML)
    assert "mr.secret" in preview.text  # whoever brings the file is told what stands in it
    for content in ("[[", "a = " + "[" * 50_000):
        assert code(await xu_fang.put(f"{API}/directory", content=content, headers=TOML)) == "list-problems"
    assert code(await xu_fang.put(f"{API}/directory", content=b"\xff\xfe", headers=TOML)) == "bad-request"
    assert await text_of(room) == text


@pytest.mark.parametrize("who", ["li.na", "zhao.lei", "lin.feng"])
async def test_nobody_else_loads_the_directory(room: Desk, who: str):
    person, text = await room.person(who), await text_of(room)
    for method, path in (("PUT", "/directory"), ("POST", "/directory/check")):
        answer = await person.request(method, f"{API}{path}", content=text, headers=TOML)
        assert code(answer) == "not-entitled"
    assert code(await person.get(f"{API}/directory/file")) == "not-entitled"


async def test_whoever_leaves_the_directory_is_out_at_once(room: Desk):
    xu_fang, leaver, text = await room.person("xu.fang"), await room.person("lei.ming"), await text_of(room)
    assert (await leaver.get(f"{API}/directory")).status_code == 200
    entries = text.split("[[person]]")
    without = "[[person]]".join(one for one in entries if 'id = "lei.ming"' not in one)
    gone = await xu_fang.put(f"{API}/directory", content=without, headers=TOML)
    if gone.status_code == 200:  # the example may need them for a role
        assert (await leaver.get(f"{API}/directory")).status_code == 401
    else:
        assert code(gone) == "list-problems"


async def test_an_absence_is_set_for_oneself_by_personnel_and_by_superiors(room: Desk):
    await room.opened()
    until = (room.house.now + timedelta(days=3)).isoformat()
    li_na, lei_ming = await room.person("li.na"), await room.person("lei.ming")
    said = {"until": until, "deputy": "zhou.min", "reason": "手术"}
    answer = await li_na.post(f"{API}/absences", json=said)
    assert (answer.status_code, answer.json()["cases"]["untold"]) == (201, 0), answer.text
    assert answer.json()["absences"][0]["set_by"] == "li.na"
    assert code(await li_na.post(f"{API}/absences", json=said)) == "absent-already"
    [mine] = (await li_na.get(f"{API}/absences")).json()["absences"]
    [seen] = (await lei_ming.get(f"{API}/absences")).json()["absences"]
    assert (mine["reason"], seen["reason"]) == ("手术", "")
    assert (await lei_ming.get(f"{API}/people/li.na")).json() | {"person": None} == {
        "person": None,
        "away": True,
        "stands_in": "zhou.min",
    }
    assert code(await lei_ming.post(f"{API}/absences", json={**said, "person": "zhou.min"})) == "not-yours"
    assert code(await lei_ming.post(f"{API}/absences/end", json={"person": "li.na"})) == "not-yours"
    xu_fang = await room.person("xu.fang")
    assert (await xu_fang.get(f"{API}/absences")).json()["absences"][0]["reason"] == "手术"
    assert (await xu_fang.post(f"{API}/absences/end", json={"person": "li.na"})).json()["absences"][0]["ended_by"] == (
        "xu.fang"
    )
    assert code(await li_na.post(f"{API}/absences/end", json={})) == "not-absent"
    for changes, wanted in (({"until": 5}, "body.until"), ({"until": "2026-12-01"}, "body.until")):
        assert [field for field, _ in fields(await li_na.post(f"{API}/absences", json={**said, **changes}))] == [wanted]


async def test_a_notice_is_previewed_loaded_and_applied(room: Desk):
    file, hidden = await room.opened("1"), await room.opened("2", about=["li.na"])
    li_na, xu_fang = await room.person("li.na"), await room.person("xu.fang")
    shown = (await li_na.get(f"{API}/calendar?year=2026")).json()
    assert any(run["name"] and run["off"] for run in shown["years"][0]["holidays"])
    # Days off from now on move what is due in working days.
    days = [room.house.now.date() + timedelta(days=n) for n in range(1, 8)]
    off = ", ".join(str(day) for day in days if day.year == days[0].year)
    notice = f'[[year]]\nyear = {days[0].year}\n[[year.holiday]]\nname = "national_day"\noff = [{off}]\non = []\n'
    preview = await li_na.post(f"{API}/calendar/preview", content=notice, headers=TOML)
    assert preview.status_code == 200, preview.text
    assert hidden.key not in preview.text
    assert {one["key"] for one in preview.json()["moved"]} <= {file.key}
    assert code(await (await room.person("lei.ming")).put(f"{API}/calendar", content=notice, headers=TOML)) == (
        "not-entitled"
    )
    loaded = await xu_fang.put(f"{API}/calendar", content=notice, headers=TOML)
    assert (loaded.json()["changed"], loaded.json()["cases"]) == (True, {"told": 2, "untold": 0})
    assert (await xu_fang.put(f"{API}/calendar", content=notice, headers=TOML)).json()["changed"] is False
    asked = {"reason": "放假通知", "apply": True}
    applied = await li_na.post(f"{API}/recalculations", json=asked)
    assert applied.status_code == 200, applied.text
    assert hidden.key not in applied.text
    assert str(hidden.number) not in applied.text
    assert (applied.json()["cases"], applied.json()["next"]) == (1, None)
    one = await li_na.post(f"{API}/recalculations", json={"reason": "放假通知", "case": hidden.key})
    assert code(one) == "case-unknown"
    assert code(await (await room.person("zhou.min")).post(f"{API}/recalculations", json=asked)) == "not-entitled"
    wrong = await xu_fang.put(f"{API}/calendar", content=NOTICE.replace("national_day", "my_birthday"), headers=TOML)
    assert (code(wrong), "my_birthday" in wrong.text) == ("list-problems", False)


async def test_no_cursor_names_a_case_that_is_not_seen(room: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "AT_ONCE", 1)
    for external_id in ("1", "3", "5"):
        await room.opened(external_id)
    hidden = {(await room.opened(external_id, about=["li.na"])).key for external_id in ("2", "4")}
    program, cursor = await room.person("li.na"), None
    for _ in range(3):
        asked = {"reason": "放假通知", "apply": False, "cursor": cursor}
        answer = (await program.post(f"{API}/recalculations", json=asked)).json()
        if cursor := answer["next"]:
            said = base64.urlsafe_b64decode(cursor + "===").decode()
            assert not [key for key in hidden if key in said]
    assert cursor is None

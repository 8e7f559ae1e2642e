"""Draws, results of revisits and surveys over HTTP: who sees and fills them, and what a wrong line is answered with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from complaints.clock.local_time import CHINA, local
from complaints.revisits.forms import NOT_SAID, QUESTIONS
from complaints.store.draws import DrawStore
from complaints.store.revisits import Revisits
from complaints.survey.form import standard
from tests.gateway.desk import Desk
from tests.gateway.records import API, code, fields, looks, room
from tests.store.residents import settled

__all__ = ["room"]

DRAW = {"rule": "RV-5.3c", "project": "hf01"}
SECRET = "客户1-"
"""The beginning of the customers' names."""


@pytest_asyncio.fixture
async def estate(room: Desk) -> AsyncIterator[Desk]:
    await settled(room.house.url, "hf01", 60, 30, 10)
    yield room


def month(room: Desk) -> str:
    return f"{local(room.house.now, CHINA):%Y-%m}"


async def drawn(room: Desk) -> tuple[str, Any]:
    """A draw of this month, and the supervisor's program."""
    li_na = await room.person("li.na")
    made = await li_na.post(f"{API}/draws", json={**DRAW, "period": month(room)})
    assert made.status_code == 200, made.text
    return made.json()["draw"]["id"], li_na


def said(room: Desk, draw: str, customer: str, **changes: Any) -> dict[str, Any]:
    words = dict.fromkeys(QUESTIONS, NOT_SAID[0])
    one = {"draw": draw, "customer": customer, "way": "telephone", "satisfaction": "satisfied", **words}
    return {**one, "day": f"{local(room.house.now, CHINA):%Y-%m-%d}", **changes}


async def test_a_draw_is_made_once_and_shown_to_who_sees_draws(estate: Desk):
    draw, li_na = await drawn(estate)
    again = await li_na.post(f"{API}/draws", json={**DRAW, "period": month(estate)})
    assert again.json()["draw"]["id"] == draw
    assert [one["id"] for one in (await li_na.get(f"{API}/draws")).json()["draws"]] == [draw]
    shown = (await li_na.get(f"{API}/draws/{draw}")).json()
    assert len(shown["members"]) == shown["draw"]["size"] >= 10
    assert shown["members"][0]["name"].startswith("客户")
    developer = await estate.person("pan.rui")  # sees draws, and no contacts
    masked = await developer.get(f"{API}/draws/{draw}")
    assert masked.status_code == 200
    assert SECRET not in masked.text
    assert "139 0000" not in masked.text
    stranger = await estate.person("lei.ming")
    assert (await stranger.get(f"{API}/draws")).json()["draws"] == []
    for path in ("", "/sheet", "/proof", "/verification"):
        assert code(await stranger.get(f"{API}/draws/{draw}{path}")) == "record-unknown"
    assert code(await stranger.post(f"{API}/draws", json={**DRAW, "period": "2026-10"})) == "not-entitled"
    assert await looks(estate) == [("li.na", "draw", draw), ("pan.rui", "draw", draw)]


async def test_a_draw_proves_itself_and_gives_its_sheet(estate: Desk):
    draw, li_na = await drawn(estate)
    proof = (await li_na.get(f"{API}/draws/{draw}/proof")).json()
    size = len(proof["chosen"])
    found = (await li_na.get(f"{API}/draws/{draw}/verification")).json()
    assert (found["holds"], found["flaws"]) == (True, [])
    wrong = (await li_na.get(f"{API}/draws/{draw}/verification?digest={'0' * 64}")).json()
    assert (wrong["holds"], len(wrong["flaws"])) == (False, 1)
    sheet = await li_na.get(f"{API}/draws/{draw}/sheet")
    assert len(sheet.text.splitlines()) == size + 1
    assert sheet.headers["content-disposition"].endswith(".csv")
    assert (await li_na.post(f"{API}/draws/{draw}/supplement")).json() == {"supplement": None}
    told = await li_na.post(f"{API}/draws/commitments", json={"project": "hf01", "year": 2026})
    assert len(told.json()["commitment"]) == 64
    quota = (await li_na.get(f"{API}/draws/quota?project=hf01")).json()["lines"]
    assert {one["drawn"] for one in quota if one["rule"] == "RV-5.3c"} == {size}
    assert (await (await estate.person("lei.ming")).get(f"{API}/draws/quota")).json()["lines"] == []
    assert {what for _, what, _ in await looks(estate)} == {"export"}


async def test_what_is_no_draw_is_refused_by_its_field(estate: Desk):
    person = await estate.person("li.na")
    for changes, wanted in (
        ({"rule": "CR-5.1"}, ("body.rule", "choice")),
        ({"project": None}, ("body.project", "missing")),
        ({"period": "2026-Q4"}, ("body.period", "invalid")),
        ({"rule": "RV-5.2"}, ("body.person", "missing")),
    ):
        answer = await person.post(f"{API}/draws", json={**DRAW, "period": "2026-11", **changes})
        assert fields(answer) == [wanted], answer.text


async def test_results_are_entered_all_or_none_and_corrected(estate: Desk):
    draw, li_na = await drawn(estate)
    members = [one["customer"] for one in (await li_na.get(f"{API}/draws/{draw}")).json()["members"]]
    good = said(estate, draw, members[0])
    sad = said(estate, draw, members[1], satisfaction="unsatisfied", suggestions="太慢", by="shen.yu")
    tomorrow = f"{local(estate.house.now + timedelta(days=2), CHINA):%Y-%m-%d}"
    bad = said(estate, draw, members[2], day=tomorrow)
    refused = await li_na.post(f"{API}/revisits/results", json={"results": [good, sad, bad]})
    assert (code(refused), [(one["line"], one["code"]) for one in refused.json()["problems"]]) == (
        "list-problems",
        [(3, "future")],
    )
    assert members[2] not in refused.text  # nothing that was sent is repeated
    for entered, known in ((2, 0), (0, 2)):
        answer = await li_na.post(f"{API}/revisits/results", json={"results": [good, sad]})
        assert answer.json() == {"entered": entered, "known": known, "unsatisfied": [1]}
    unsatisfied = (await li_na.get(f"{API}/revisits/unsatisfied")).json()["customers"]
    assert [(one["customer"], one["by"]) for one in unsatisfied] == [(members[1], "shen.yu")]
    proposals = await li_na.get(f"{API}/revisits/unsatisfied/file")
    assert len(proposals.text.splitlines()) == 2
    asked = {"draw": draw, "customer": members[1], "fields": {"satisfaction": "satisfied"}, "reason": "选错"}
    corrected = (await li_na.post(f"{API}/revisits/results/corrections", json=asked)).json()
    assert (corrected["now"]["version"], corrected["now"]["noted_by"]) == (2, "li.na")
    assert (await li_na.get(f"{API}/revisits/unsatisfied")).json()["customers"] == []
    nothing = await li_na.post(f"{API}/revisits/results/corrections", json={**asked, "customer": members[5]})
    assert code(nothing) == "list-problems"


async def test_a_sheet_is_previewed_and_entered_by_who_sees_its_draw(estate: Desk):
    draw, li_na = await drawn(estate)
    sheet = (await li_na.get(f"{API}/draws/{draw}/sheet")).text
    head, *lines = sheet.removeprefix("\ufeff").splitlines()
    names = head.split(",")
    told = dict.fromkeys(QUESTIONS, NOT_SAID[0]) | {"satisfaction": "satisfied", "way": "telephone"}
    filled = [
        ",".join((told.get(name) or cell) for name, cell in zip(names, line.split(","), strict=False)) for line in lines
    ]
    file, csv = "\n".join([head, *filled]), {"content-type": "text/csv"}
    path = f"{API}/revisits/results/file"
    preview = (await li_na.post(f"{path}/preview", content=file, headers=csv)).json()
    assert preview == {"results": len(lines), "problems": []}
    stranger = await estate.person("lei.ming")
    assert code(await stranger.post(path, content=file, headers=csv)) == "record-unknown"
    wrong = file.replace("satisfied", "delighted", 1)
    shown = (await li_na.post(f"{path}/preview", content=wrong, headers=csv)).json()
    assert shown["problems"][0]["line"] == 2
    assert "delighted" in shown["problems"][0]["detail"]  # a preview tells whoever brings the file what stands there
    refused = await li_na.post(path, content=wrong, headers=csv)
    assert (code(refused), "delighted" in refused.text) == ("list-problems", False)
    assert (await li_na.post(path, content=file, headers=csv)).json()["entered"] == len(lines)
    assert code(await li_na.post(path, content=file, headers={"content-type": "image/png"})) == "content-type"
    assert fields(await li_na.post(path, content=b"", headers=csv)) == [("body", "missing")]
    lines_of = await estate.house.parts.stores(Revisits).members(draw)
    assert {one.by for one in lines_of} == {"li.na"}
    assert (await estate.house.parts.stores(DrawStore).results(draw)).done == len(lines)


SURVEY = "survey-2026-hf01"


def opening(room: Desk) -> dict[str, Any]:
    until = f"{local(room.house.now + timedelta(days=20), CHINA):%Y-%m-%d}"
    return {"project": "hf01", "year": 2026, "until": until, "approved_by": "zhao.lei"}


async def test_a_survey_is_opened_written_answered_and_closed(estate: Desk):
    li_na, developer = await estate.person("li.na"), await estate.person("jiang.hua")
    opened = await li_na.post(f"{API}/surveys", json=opening(estate))
    assert opened.json()["recipients"] == 100, opened.text
    assert (await li_na.post(f"{API}/surveys", json=opening(estate))).json() == opened.json()
    other = await li_na.post(f"{API}/surveys", json={**opening(estate), "approval": "survey-form-2027"})
    assert (other.status_code, code(other), other.json()["reason"]) == (409, "not-possible", "other-content")
    assert code(await developer.post(f"{API}/surveys/{SURVEY}/letters", json={})) == "not-entitled"  # of no contacts
    letters = await li_na.post(f"{API}/surveys/{SURVEY}/letters", json={"page": "https://survey.example.com"})
    rows = letters.text.splitlines()
    assert rows[0].endswith("customer,name,home,token,link,subject,text")
    assert (await li_na.get(f"{API}/surveys")).json()["surveys"][0]["survey"]["sent"] == 100
    assert code(await li_na.post(f"{API}/surveys/{SURVEY}/mails", json={})) == "not-possible"  # no mail is set
    form = standard()
    answers = {one.key: "4" for one in form.questions if one.kind == "scale"}
    answers |= {one.key: "yes" for one in form.questions if one.kind == "yes_no"}
    answers |= {one.key: one.options[0].key for one in form.questions if one.options}
    answers |= {one.key: "好" for one in form.questions if one.kind == "text"}
    body = {"answers": [{"customer": "hf01-1-1", "answers": answers}]}
    entered = await li_na.post(f"{API}/surveys/{SURVEY}/answers", json=body)
    assert entered.json() == {"entered": 1, "known": 0}, entered.text
    other = {"answers": [{"customer": "somebody", "answers": answers}]}
    refused = await li_na.post(f"{API}/surveys/{SURVEY}/answers", json=other)
    assert (code(refused), refused.json()["problems"][0]["code"]) == ("list-problems", "not-invited")
    assert "somebody" not in refused.text
    keys = list(answers)
    file = f"customer,{','.join(keys)}\nhf01-1-2,{','.join(answers[key] for key in keys)}\n"
    csv = {"content-type": "text/csv"}
    path = f"{API}/surveys/{SURVEY}/answers/file"
    assert (await li_na.post(f"{path}/preview", content=file, headers=csv)).json() == {"answers": 1, "problems": []}
    assert (await li_na.post(path, content=file, headers=csv)).json() == {"entered": 1, "known": 0}
    shown = (await li_na.get(f"{API}/surveys/{SURVEY}")).json()
    assert shown["survey"]["answered"] == shown["figures"]["answered"] == 2
    stranger = await estate.person("lei.ming")
    assert (await stranger.get(f"{API}/surveys")).json()["surveys"] == []
    assert code(await stranger.get(f"{API}/surveys/{SURVEY}")) == "record-unknown"
    assert [(await li_na.post(f"{API}/surveys/{SURVEY}/close")).json()["closed"] for _ in range(2)] == [True, False]
    late = await li_na.post(f"{API}/surveys/{SURVEY}/letters", json={})
    assert (code(late), late.json()["reason"]) == ("not-possible", "survey-closed")
    assert await looks(estate) == [("li.na", "export", SURVEY), ("li.na", "survey", SURVEY)]


async def test_what_is_no_survey_is_refused_by_its_field(estate: Desk):
    li_na = await estate.person("li.na")
    for changes, wanted in (
        ({"approved_by": "li.na"}, ("body.approved_by", "choice")),
        ({"until": "2026-01-01"}, ("body.until", "time")),
        ({"until": 20261201}, ("body.until", "invalid")),
        ({"year": "2026"}, ("body.year", "type")),
    ):
        answer = await li_na.post(f"{API}/surveys", json={**opening(estate), **changes})
        assert fields(answer) == [wanted], answer.text
    form = (await li_na.post(f"{API}/surveys/form/check", json={"text": "version = 1"})).json()
    assert (form["digest"], bool(form["problems"])) == (None, True)
    wrong = await li_na.post(f"{API}/surveys", json={**opening(estate), "form": "version = 1"})
    assert code(wrong) == "list-problems"
    deep = await li_na.post(f"{API}/surveys/form/check", json={"text": "a = " + "[" * 20_000})
    assert deep.status_code == 200
    page = await li_na.post(f"{API}/surveys/{SURVEY}/letters", json={"page": "javascript:alert(1)"})
    assert fields(page) == [("body.page", "form")]

"""Acts through the API: in whose name, under which scope, once, and for one version only."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import TypeAdapter

from complaints.case.file import ActKind, CaseFile
from complaints.store.records import PostgresRecords
from starters.gateway.api.act_bodies import EXAMPLES, ActBody
from tests.gateway.desk import Desk

CLERK, SUPERVISOR, PRESIDENT = "zhou.min", "li.na", "lin.feng"


def acts(case: CaseFile) -> str:
    return f"/api/v1/complaints/{case.key}/acts"


COMMENT: dict[str, Any] = {"kind": "comment", "reason": "请看一下现场照片。"}


async def made(api: Desk, case: CaseFile) -> list[tuple[str, str]]:
    """What was done on the case, and by whom."""
    return [(act.kind.value, act.by) for act in (await api.duly.case(case.key)).acts]


async def test_a_person_acts_in_their_own_name(api: Desk) -> None:
    case = await api.opened()
    program = await api.person(CLERK)
    done = await program.post(acts(case), json=COMMENT)
    assert done.status_code == 200, done.text
    assert done.json()["seq"] == 1
    other = await program.post(acts(case), json={**COMMENT, "by": SUPERVISOR})
    assert (other.status_code, other.json()["code"]) == (403, "other-person")
    assert await made(api, case) == [("comment", CLERK)]
    assert [one.id for one in api.clients.asked[-1:]] == [CLERK]


async def test_a_backend_needs_the_scope_of_the_kind(api: Desk) -> None:
    case = await api.opened()
    backend = await api.backend("act:comment")
    done = await backend.post(acts(case), json={**COMMENT, "by": CLERK})
    assert done.status_code == 200, done.text
    grading = {"kind": "regrade", "form": {"level": 1, "reason": "x"}, "by": SUPERVISOR}
    refused = await backend.post(acts(case), json=grading)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
    unnamed = await backend.post(acts(case), json=COMMENT)
    assert (unnamed.status_code, unnamed.json()["errors"][0]["field"]) == (422, "body.by")


async def test_without_the_scope_nobody_learns_whether_there_is_a_case(api: Desk) -> None:
    case = await api.opened()
    backend = await api.backend("read")
    there = await backend.post(acts(case), json={**COMMENT, "by": CLERK})
    missing = await backend.post("/api/v1/complaints/crm-0123456789abcdef/acts", json={**COMMENT, "by": CLERK})
    assert there.json() == missing.json()


async def test_an_act_happens_once_under_its_key(api: Desk) -> None:
    case = await api.opened()
    program = await api.person(CLERK)
    key = {"idempotency-key": "comment-1"}
    answers = await asyncio.gather(*(program.post(acts(case), json=COMMENT, headers=key) for _ in range(3)))
    assert {one.text for one in answers} == {answers[0].text}
    assert await made(api, case) == [("comment", CLERK)]
    other = await program.post(acts(case), json={**COMMENT, "reason": "另一句"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "act-id-taken")


async def test_an_act_holds_for_the_version_that_was_read(api: Desk) -> None:
    case = await api.opened()
    program = await api.person(CLERK)
    tag = (await program.get(f"/api/v1/complaints/{case.key}")).headers["etag"]
    key = {"idempotency-key": "v-1", "if-match": tag}
    done = await program.post(acts(case), json=COMMENT, headers=key)
    assert done.status_code == 200, done.text
    late = await program.post(acts(case), json=COMMENT, headers={"if-match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "changed-since")
    assert (await program.post(acts(case), json=COMMENT, headers=key)).text == done.text  # sent again
    present = (await program.get(f"/api/v1/complaints/{case.key}")).headers["etag"]
    either = await program.post(acts(case), json=COMMENT, headers={"if-match": f"{tag}, {present}"})
    assert either.status_code == 200, either.text
    assert (await program.post(acts(case), json=COMMENT, headers={"if-match": "*"})).status_code == 200
    weak = await program.post(acts(case), json=COMMENT, headers={"if-match": f"W/{present}"})
    assert weak.status_code == 412
    assert len(await made(api, case)) == 3


async def test_the_receipt_has_what_happened_since(api: Desk) -> None:
    case = await api.opened()
    program = await api.person(CLERK)
    done = await program.post(acts(case), json={**COMMENT, "seen": case.journal_seq})
    kinds = [line["kind"] for line in done.json()["events"]]
    assert kinds == ["case.commented"]
    backend = await api.backend("act:comment")
    blind = await backend.post(acts(case), json={**COMMENT, "by": CLERK, "seen": 0})
    assert "events" not in blind.json() or blind.json()["events"] is None


async def test_what_the_case_refuses_is_a_problem(api: Desk) -> None:
    case = await api.opened()
    program = await api.person(CLERK)
    duty = case.open_duties[0]
    answers = [
        await program.post(acts(case), json={"kind": "discharge", "duty": "nothing-like-this"}),
        await program.post(acts(case), json={"kind": "regrade", "form": {"level": 1, "reason": "x"}}),
        await program.post(acts(case), json={"kind": "comment"}),
        await program.post(acts(case), json={"kind": "approve", "duty": duty.id}),
        await program.post(acts(case), json={"kind": "contact", "form": {"channel": "pigeon", "said": "咕"}}),
    ]
    codes = [(one.status_code, one.json()["code"]) for one in answers]
    assert codes[:3] == [(404, "unknown-duty"), (403, "not-yours"), (422, "reason-needed")]
    assert codes[3][1] in ("wrong-act", "not-yours")
    assert codes[4] == (422, "form-incomplete")
    assert [one["field"] for one in answers[4].json()["errors"]] == ["body.form.channel"]
    assert "nothing-like-this" not in answers[0].text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"kind": "attach", "form": {"sha256": "0" * 64}}, "body"),
        ({"kind": "comment", "surplus": 1}, "body"),
        ({"kind": "approve"}, "body.duty"),
        ({"kind": "comment", "reason": "x", "at": 5}, "body.at"),
        ({"kind": "comment", "reason": 5}, "body.reason"),
        ({"kind": "comment", "reason": "x", "form": [1]}, "body.form"),
        ({"kind": "delegate", "duty": "x", "reason": "x", "to": "<b>"}, "body.to"),
    ],
)
async def test_a_body_that_is_no_act(api: Desk, body: dict[str, Any], field: str) -> None:
    case = await api.opened()
    answer = await (await api.person(CLERK)).post(acts(case), json=body)
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert await made(api, case) == []


async def test_whoever_is_complained_about_cannot_act_nor_learn_of_it(api: Desk) -> None:
    case = await api.opened(about=[SUPERVISOR])
    program = await api.person(SUPERVISOR)
    answer = await program.post(acts(case), json=COMMENT)
    assert (answer.status_code, answer.json()["code"]) == (404, "case-unknown")
    other = await api.opened("2")
    joined = await program.post(acts(other), json={"kind": "merge", "to": case.number, "reason": "重复"})
    assert (joined.status_code, joined.json()["code"]) == (404, "case-unknown")


async def test_a_case_that_the_read_model_lags_behind_tells_nobody_that_it_is_about_them(
    api: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await api.opened(about=[SUPERVISOR])
    known = await api.duly.case(case.key)
    program = await api.person(SUPERVISOR)
    from complaints.access.concern import of_case
    from complaints.store.records import PostgresRecords

    early = of_case(known.but(complaint=known.complaint.but(about=())), ())

    async def concern(self: Any, named: str) -> Any:
        return early

    monkeypatch.setattr(PostgresRecords, "concern", concern)
    for answer in (
        await program.post(acts(case), json=COMMENT),
        await program.get(f"/api/v1/complaints/{case.key}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "case-unknown")


async def test_a_duplicate_is_merged(api: Desk) -> None:
    first, second = await api.opened("1"), await api.opened("2")
    program = await api.person(SUPERVISOR)
    done = await program.post(acts(second), json={"kind": "merge", "to": first.number, "reason": "同一件事"})
    assert done.status_code == 200, done.text
    assert (await api.duly.case(second.key)).closed


async def test_a_correction(api: Desk) -> None:
    case = await api.opened()
    program = await api.person(CLERK)
    body = {"kind": "amend", "form": {"building": "5栋 302"}, "reason": "楼栋登记有误"}
    done = await program.post(acts(case), json=body)
    assert done.status_code == 200, done.text
    assert (await api.duly.case(case.key)).building == "5栋 302"


@pytest.mark.parametrize("name", ["key", "number"])
async def test_an_act_looks_its_case_up_once(api: Desk, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it reads directory and policy: every act waits for that."""
    case, asked, concern = await api.opened(), list[str](), PostgresRecords.concern
    program = await api.person(CLERK)

    async def counted(records: PostgresRecords, named: str) -> Any:
        asked.append(named)
        return await concern(records, named)

    monkeypatch.setattr(PostgresRecords, "concern", counted)
    monkeypatch.setattr(PostgresRecords, "resolve", None)
    named = str(getattr(case, name))
    done = await program.post(f"/api/v1/complaints/{named}/acts", json=COMMENT)
    assert done.status_code == 200, done.text
    assert asked == [named]


@pytest.mark.parametrize("name", ["x" * 201, "%00", "a%00b", "%0a"])
async def test_what_names_no_case_is_not_looked_for(api: Desk, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = await api.person(CLERK)
    monkeypatch.setattr(PostgresRecords, "concern", lambda *_: pytest.fail("it is looked for"))
    answer = await program.post(f"/api/v1/complaints/{name}/acts", json={"kind": "sign"})
    assert answer.status_code in (404, 422)


async def test_a_correction_of_nothing_is_refused(api: Desk) -> None:
    case = await api.opened()
    program = await api.person(CLERK)
    answer = await program.post(acts(case), json={"kind": "amend", "reason": "楼栋登记有误"})
    assert (answer.status_code, answer.json()["code"]) == (422, "form-incomplete")


async def test_administrators_cannot_act(api: Desk) -> None:
    case = await api.opened()
    await api.house.account("ops", admin=True)
    program = await api.signed_in("ops")
    answer = await program.post(acts(case), json=COMMENT)
    assert (answer.status_code, answer.json()["code"]) == (403, "administrator")
    assert (await program.get(f"/api/v1/complaints/{case.key}")).json()["code"] == "administrator"


async def test_recalculation_is_for_the_supervisor(api: Desk) -> None:
    case = await api.opened()
    path = f"/api/v1/complaints/{case.key}/recalculation"
    clerk = await (await api.person(CLERK)).post(path, json={"reason": "日历更正"})
    assert (clerk.status_code, clerk.json()["code"]) == (403, "not-yours")
    done = await (await api.person(SUPERVISOR)).post(path, json={"reason": "日历更正"})
    assert (done.status_code, done.json()) == (200, [])


def test_there_is_an_example_of_every_kind() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(ActBody)
    for example in EXAMPLES.values():
        adapter.validate_python(example["value"])
    assert set(EXAMPLES) == {kind.value for kind in ActKind if kind is not ActKind.ATTACH}

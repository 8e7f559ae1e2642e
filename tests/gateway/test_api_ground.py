"""What every operation of the API stands on: who asks, refusals as problems, rates, versions, pages."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from complaints.access.principal import Principal
from complaints.base.errors import Refusal, Refused
from complaints.texts import LANGUAGES
from starters.gateway.api import preconditions
from starters.gateway.api.cursors import PagePlace, next_page, place_of
from starters.gateway.api.documented import parameters_of
from starters.gateway.clients import TemporalClients
from starters.gateway.problems import ApiProblem
from starters.gateway.rates import RateLimits
from starters.gateway.refusals import Discretion, of_refusal
from tests.gateway.desk import Desk, desk

CLERK, SUPERVISOR = "zhou.min", "li.na"
CRM = Principal(kind="backend", id="t1", via="t1")


class Spot(PagePlace):
    at: int


async def test_a_case_is_shown_as_the_principal_may_see_it(api: Desk) -> None:
    case = await api.opened()
    seen = await (await api.person(CLERK)).get(f"/api/v1/complaints/{case.number}")
    assert seen.status_code == 200, seen.text
    assert seen.json()["complaint"]["contact"] == "13800000017"
    assert seen.headers["etag"] == f'"{case.journal_seq}"'
    masked = await (await api.backend("read")).get(f"/api/v1/complaints/{case.key}")
    assert masked.json()["complaint"]["contact"] != "13800000017"
    looks = await api.house.parts.looks.looks(case.key)
    assert [(one.kind, one.what.value) for one in looks] == [("backend", "open"), ("person", "open")]


async def test_whoever_has_the_present_version_gets_nothing(api: Desk) -> None:
    case = await api.opened()
    program = await api.person(CLERK)
    answer = await program.get(f"/api/v1/complaints/{case.key}", headers={"if-none-match": f'"{case.journal_seq}"'})
    assert (answer.status_code, answer.content) == (304, b"")
    other = await program.get(f"/api/v1/complaints/{case.key}", headers={"if-none-match": '"1"'})
    assert other.status_code == 200


async def test_what_may_not_be_seen_is_what_does_not_exist(api: Desk) -> None:
    about = await api.opened(about=[SUPERVISOR])
    program = await api.person(SUPERVISOR)
    hidden = await program.get(f"/api/v1/complaints/{about.key}")
    missing = await program.get("/api/v1/complaints/crm-0123456789abcdef")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json() == missing.json()
    assert hidden.json()["code"] == "case-unknown"


async def test_the_server_is_asked_for_a_hidden_case_as_often_as_for_an_unknown_one(
    api: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = await api.opened(about=[SUPERVISOR])
    program, asked, since = await api.person(SUPERVISOR), list[str](), api.duly.since

    async def counted(key: str, after: int) -> Any:
        asked.append(key)
        return await since(key, after)

    monkeypatch.setattr(api.duly, "since", counted)
    for named in (about.key, "crm-0123456789abcdef"):
        asked.clear()
        assert (await program.get(f"/api/v1/complaints/{named}")).status_code == 404
        assert len(asked) == 1
        assert asked != [about.key]  # what is there answers in another time than what is not
    asked.clear()
    assert (await program.get(f"/api/v1/complaints/{about.number}")).status_code == 404
    assert asked == []  # of unknown numbers only the records know


async def test_no_scope_no_case(api: Desk) -> None:
    case = await api.opened()
    answer = await (await api.backend("open")).get(f"/api/v1/complaints/{case.key}")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
    assert "scope-refused" in api.house.events()


async def test_nothing_of_a_request_is_repeated(api: Desk) -> None:
    program = await api.person(CLERK)
    for named in ("nobody-knows-this-one", "<script>alert(1)</script>", "'; DROP TABLE complaints; --"):
        answer = await program.get(f"/api/v1/complaints/{named.replace('/', '%2F')}")
        assert answer.status_code == 404
        assert named not in answer.text
        assert "script" not in answer.text


async def test_without_a_server_the_gateway_reads_and_does_not_act(url: str) -> None:
    from starters.gateway.clients import NoClients

    async with desk(url) as api:
        case = await api.opened()
        object.__setattr__(api.house.parts, "clients", NoClients())
        assert (await (await api.person(CLERK)).get(f"/api/v1/complaints/{case.key}")).status_code == 200


async def test_one_request_too_many(url: str) -> None:
    now = [0.0]
    async with desk(url, limits=RateLimits.of(3, 2, lambda: now[0])) as api:
        program = await api.person(CLERK)
        answers = [await program.get("/api/v1/me") for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert answers[0].headers["ratelimit"] == '"client";r=2;t=20'
        assert answers[0].headers["ratelimit-policy"] == '"client";q=3;w=60'
        assert answers[3].headers["retry-after"] == "20"
        assert answers[3].json()["code"] == "rate"
        assert (await (await api.person(SUPERVISOR)).get("/api/v1/me")).status_code == 200
        now[0] += 20
        assert (await program.get("/api/v1/me")).status_code == 200


async def test_an_address_that_guesses_is_slowed_down_and_a_known_token_is_not(url: str) -> None:
    async with desk(url, limits=RateLimits.of(100, 2, lambda: 0.0)) as api:
        backend = await api.backend("read")
        assert (await backend.get("/api/v1/me")).status_code == 200
        stranger = await api.anybody()
        guess = {"authorization": "Bearer duly_backend_nonsense"}
        answers = [(await stranger.get("/api/v1/me", headers=guess)).status_code for _ in range(4)]
        assert answers == [401, 401, 429, 429]
        assert (await backend.get("/api/v1/me")).status_code == 200


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", [code for code in Refused if code is not Refused.INVALID])
def test_every_refusal_becomes_a_problem(code: Refused, lang: str) -> None:
    sent = "<b>sent</b>"
    problem = of_refusal(Refusal(code, **dict.fromkeys(parameters_of(f"refused.{code}"), sent)), Discretion())
    said = problem.document(lang)
    assert 400 <= said["status"] < 600
    assert said["code"] == code.value
    assert "{" not in said["detail"]
    assert sent not in str(said)
    assert set(said.get("params", ())) == set(parameters_of(f"refused.{code}"))


def test_a_refusal_names_nobody_to_whoever_sees_no_cases() -> None:
    refusal = Refusal(Refused.NOT_YOURS, duty="CR-5.1.4.1", owner="李娜")
    assert "李娜" in of_refusal(refusal).words("zh")
    assert of_refusal(refusal).document("zh")["params"] == refusal.params
    assert "李娜" not in str(of_refusal(refusal, Discretion(sees=False)).document("zh"))


def test_a_refusal_never_names_a_hidden_complaint() -> None:
    refusal = Refusal(Refused.OTHERS_DEPEND, case="HF01-2026-000007", others="HF01-2026-000009", act="merge")
    hidden = Discretion(hidden=frozenset({"HF01-2026-000009"}))
    assert "000009" not in str(of_refusal(refusal, hidden).document("en"))


def test_a_reason_that_a_lower_level_needs_is_asked_for_in_words() -> None:
    problem = of_refusal(Refusal(Refused.REASON_NEEDED, act="level 4 < 3"))
    assert "…" not in problem.words("en")
    assert "…" in of_refusal(Refusal(Refused.REASON_NEEDED, act="level 4 <b> 3")).words("en")


def test_the_fields_of_a_form_are_named() -> None:
    refusal = Refusal(
        Refused.FORM_INCOMPLETE,
        form="talk",
        problems="promised: not in the future; note: Field required; evil<b>: Extra inputs are not permitted;"
        " inner.evil: Extra inputs are not permitted",
    )
    assert list(of_refusal(refusal).fields) == [
        {"field": "body.form.promised", "code": "time"},
        {"field": "body.form.note", "code": "missing"},
        {"field": "body.form", "code": "invalid"},
        {"field": "body.form.inner", "code": "unknown"},
    ]


def test_a_cursor_is_for_one_list_with_its_filters() -> None:
    cursor = next_page(Spot(at=7), project="hf01")
    assert place_of(Spot, cursor, project="hf01") == Spot(at=7)
    assert place_of(Spot, None, project="hf01") is None
    for wrong, filters in ((cursor, {"project": "hf02"}), (cursor[:-2], {"project": "hf01"}), ("é", {}), ("W10", {})):
        with pytest.raises(ApiProblem):
            place_of(Spot, wrong, **filters)


def test_an_idempotency_key_is_the_principals_own() -> None:
    other = CRM.but(id="t2")
    assert preconditions.act_id(CRM, "k") == preconditions.act_id(CRM, "k")
    assert preconditions.act_id(CRM, "k") != preconditions.act_id(other, "k")
    assert preconditions.act_id(CRM, None) != preconditions.act_id(CRM, None)
    assert len(preconditions.act_id(CRM, "k" * 255)) <= 100


@pytest.mark.parametrize(
    ("sent", "version"), [(None, None), ("*", None), ('"17"', 17), ('"3"', 3), ('"3", "17"', 17), ('W/"2", "5"', 5)]
)
def test_a_tag_is_the_version_that_a_request_holds_for(sent: str | None, version: int | None) -> None:
    assert preconditions.base_version(sent, 17) == version


@pytest.mark.parametrize("sent", ['W/"17"', '"x"', '""'])
def test_a_tag_that_is_no_version_matches_none(sent: str) -> None:
    with pytest.raises(Refusal) as refused:
        preconditions.base_version(sent, 17)
    assert refused.value.code is Refused.CHANGED_SINCE


def test_what_is_no_tag_is_wrong() -> None:
    with pytest.raises(ApiProblem):
        preconditions.base_version("17", 17)


async def test_a_server_that_is_away_is_tried_by_one_request_at_a_time() -> None:
    attempts, now = 0, [0.0]

    async def connecting() -> Any:
        nonlocal attempts
        attempts += 1
        await asyncio.sleep(0)
        raise Refusal(Refused.SERVER_UNREACHABLE, what="server", address="127.0.0.1:1")

    clients = TemporalClients(connecting, clock=lambda: now[0])
    answers = await asyncio.gather(*(clients.duly(CRM) for _ in range(20)), return_exceptions=True)
    assert [type(one) for one in answers] == [Refusal] * 20
    assert attempts == 1
    now[0] += 3
    with pytest.raises(Refusal):
        await clients.duly(CRM)
    assert attempts == 2


@pytest.mark.parametrize("drill", [True, False])
async def test_in_drills_is_signed_by_the_clock_of_the_case(drill: bool) -> None:
    async def connecting() -> Any:
        return object()

    duly = await TemporalClients(connecting, drill=drill).duly(CRM)
    assert (duly.server._case_clock is not None) is drill  # pyright: ignore[reportPrivateUsage]

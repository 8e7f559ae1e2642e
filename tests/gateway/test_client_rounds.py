"""Rounds by the Python client over HTTP: begun, found, shown, begun again, drafted anew."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from complaints import editions
from complaints.base.errors import Refusal, Refused
from complaints.case.round import Period, Subject
from complaints.people.reference import Reference
from complaints.rounds.plan import owner_of
from starters.client import Duly
from starters.client.http import HttpTransport
from starters.client.http.connection import GatewayConnection
from tests.gateway.desk import Desk
from tests.gateway.records import begun, records, room

__all__ = ["room"]

RULE, DAY, SUBJECT = "CH-7.4.1", Period.named("2026-11-30"), Subject(project="hf01")


async def client(room: Desk, person: str) -> Duly:
    token = (await room.person(person)).headers["authorization"].split()[1]
    through = httpx2.ASGITransport(room.house.app, raise_app_exceptions=False, client=("203.0.113.7", 4711))
    return Duly(HttpTransport(GatewayConnection(room.house.parts.config.origin, token, through=through)))


async def refused(attempt: Any) -> Refused:
    with pytest.raises(Refusal) as refusal:
        await attempt
    return refusal.value.code


async def test_a_round_is_begun_found_and_not_begun_again_without_a_document(room: Desk) -> None:
    stored = await records(room).stored()
    assert stored is not None
    reference = Reference.of(await room.house.parts.directory(), "hf01", stored.calendar)
    owner = owner_of(editions.newest().rule(RULE), SUBJECT, reference, room.house.now)
    duly = await client(room, owner)
    assert await duly.run_round(RULE, DAY, SUBJECT) == ("round-CH-7.4.1-2026-11-30-hf01", True)
    assert await duly.run_round(RULE, DAY, SUBJECT) == ("round-CH-7.4.1-2026-11-30-hf01", False)
    assert await refused(duly.begin_again(RULE, DAY, SUBJECT, by=owner, reason="补充")) is Refused.NOT_AGAIN
    stranger = await client(room, "yuan.tao")
    assert await refused(stranger.run_round(RULE, DAY, SUBJECT)) is Refused.NOT_YOURS


async def test_a_round_is_shown_and_drafted_anew(room: Desk) -> None:
    file = await begun(room)
    duly, answers = await client(room, "fang.yun"), [True, False]

    async def redraft(key: str) -> bool:
        return answers.pop(0)

    room.duly.redraft = redraft  # pyright: ignore[reportAttributeAccessIssue]
    assert (await duly.round(file.key)).report == file.report
    assert (await duly.file(file.key)).key == file.key
    kinds = [line.kind for line in (await duly.events(file.key)).lines]
    assert kinds == ["round.opened", "report.drafted", "duty.opened"]
    assert [await duly.redraft(file.key), await duly.redraft(file.key)] == [True, False]
    assert await refused(duly.round("round-CH-7.4.2-2026-10-hf01")) is Refused.CASE_UNKNOWN

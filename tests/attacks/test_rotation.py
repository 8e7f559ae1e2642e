"""Two gateways: keys that change under load, one idempotency key at both at once, and one that ends in between."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio

from bench.gateways import gateway, program, session
from bench.rehearsal import until
from bench.rotation import Offices, Place, complaint, offices, printed, rotated, wrong
from complaints.connection.running_stack import StackInfo
from complaints.private_keys.folder import KeyFolder
from complaints.private_keys.keeper import KeyKeeper
from complaints.private_keys.places import place_of
from complaints.store.signing_keys import SigningKeys
from tests.attacks.valve import Valve, valve
from tests.people import CLERK
from tests.server.office import open_office, set_apart

_number = itertools.count(1)
COMMENT: dict[str, Any] = {"kind": "comment", "reason": "客户又来电"}
PATIENCE = 120


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def place(stack: StackInfo, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Place]:
    """An installation in a namespace and a database of its own, under signing."""
    home = tmp_path_factory.mktemp("two-gateways")
    apart = await set_apart(stack, f"gateways-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}-{next(_number)}")
    async with SigningKeys(apart.need_database(), size=1) as table:
        await KeyKeeper(KeyFolder(place_of(home, apart.namespace)), table).begin()
    async with open_office(apart, home) as settings:
        yield Place(settings.need_address(), settings.namespace, settings.need_database(), home)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def two(place: Place) -> AsyncGenerator[Offices]:
    async with offices(place) as there:
        yield there


@pytest.mark.long(45)
async def test_keys_change_under_load_at_two_gateways_and_nothing_is_refused(two: Offices) -> None:
    counts = await rotated(two, rotations=1, pause=12, cases=2)
    assert not wrong(counts), printed(counts)
    assert set(counts.ways) == {"HTTP", "signal", "opening"}
    assert len(counts.keys) == 2, "after its successor was stolen, the first key signs again"


# --- one key, at both at once


async def test_one_idempotency_key_at_two_gateways_at_once_is_one_act(two: Offices) -> None:
    case, programs = await two.opened(), two.programs[CLERK]
    for nth in range(1, 6):
        headers = {"idempotency-key": uuid4().hex}
        answers = await asyncio.gather(
            *(each.post(acts(case), json=COMMENT, headers=headers) for each in programs * 3), return_exceptions=False
        )
        assert {(one.status_code, one.text) for one in answers} == {(200, answers[0].text)}
        assert len((await two.duly.case(case)).acts) == nth
        other = await programs[nth % 2].post(acts(case), json={**COMMENT, "reason": "另一句"}, headers=headers)
        assert (other.status_code, other.json()["code"]) == (409, "act-id-taken")


async def test_different_acts_under_one_key_at_once_are_one_act_and_a_refusal(two: Offices) -> None:
    case, headers = await two.opened(), {"idempotency-key": uuid4().hex}
    answers = await asyncio.gather(
        *(
            each.post(acts(case), json={**COMMENT, "reason": f"第{nth}句"}, headers=headers)
            for nth, each in enumerate(two.programs[CLERK])
        )
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    assert len((await two.duly.case(case)).acts) == 1


async def test_one_idempotency_key_at_two_gateways_at_once_is_one_case(two: Offices) -> None:
    body, headers = complaint(), {"idempotency-key": uuid4().hex}
    del body["external_id"]
    answers = await asyncio.gather(
        *(each.post("/api/v1/complaints", json=body, headers=headers) for each in two.programs[CLERK] * 2)
    )
    assert {one.status_code for one in answers} <= {200, 201}, [one.text for one in answers]
    assert len({one.json()["key"] for one in answers}) == 1
    assert len({one.json()["number"] for one in answers}) == 1


# --- a gateway that ends in between


def acts(case: str) -> str:
    return f"/api/v1/complaints/{case}/acts"


async def _killed(place: Place, two: Offices, case: str, held: str) -> tuple[httpx2.Response, httpx2.Response]:
    """Send an act to a gateway that is killed while it is on its way `there`, or its answer `back`.

    Returns the answers to the same request at another gateway, sent twice.
    """
    headers = {"idempotency-key": uuid4().hex}
    async with valve(place.address) as hold:
        env = replace(place, address=hold.address).env
        async with gateway(env, place.home / "killed.log") as doomed:
            token = await session(doomed.url, CLERK)
            async with program(doomed.url, token) as client:
                assert (await client.get(f"/api/v1/complaints/{case}")).status_code == 200  # it is connected
                getattr(hold, held).clear()
                sent = asyncio.create_task(client.post(acts(case), json=COMMENT, headers=headers))
                await _on_its_way(two, hold, case, held)
                await doomed.kill()
                with pytest.raises(httpx2.HTTPError):
                    await asyncio.wait_for(sent, PATIENCE)
    first = await two.programs[CLERK][0].post(acts(case), json=COMMENT, headers=headers)
    return first, await two.programs[CLERK][1].post(acts(case), json=COMMENT, headers=headers)


async def _on_its_way(two: Offices, hold: Valve, case: str, held: str) -> None:
    await asyncio.wait_for(hold.held.wait(), PATIENCE)
    if held == "back":

        async def done() -> bool:
            return len((await two.duly.case(case)).acts) == 1

        await until(done)


@pytest.mark.parametrize("held", ["there", "back"])
async def test_an_act_of_a_gateway_that_was_killed_happens_once(place: Place, two: Offices, held: str) -> None:
    """After it has signed and before the case has it; and after the case has it and before the answer."""
    case = await two.opened()
    first, again = await _killed(place, two, case, held)
    assert first.status_code == 200, first.text
    assert again.text == first.text
    assert [act.by for act in (await two.duly.case(case)).acts] == [CLERK]

"""The API on a real server: two gateways, signed acts, and what happens once however often it is sent."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio

from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, minted
from complaints.case.file import JournalLine
from complaints.connection.running_stack import StackInfo
from complaints.connection.settings import Settings
from complaints.private_keys.folder import KeyFolder
from complaints.private_keys.keeper import KeyKeeper
from complaints.private_keys.places import place_of
from complaints.signing.proof import prove
from complaints.store.signing_keys import SigningKeys
from starters.client import Duly
from starters.gateway.app import create_app
from starters.gateway.clients import TemporalClients
from starters.gateway.config import GatewayConfig
from starters.gateway.parts import GatewayParts
from starters.gateway.serving import composed
from tests.gateway.desk import complaint
from tests.server.office import open_office, set_apart

COMPLAINTS = "/api/v1/complaints"
CLERK = "zhou.min"
SCOPES = frozenset({"open", "read", "act:comment"})
_number = itertools.count(1)


@dataclass
class TwoGateways:
    """Two gateways of one installation that has a key, and a backend at each of them, with the same token."""

    first: httpx2.AsyncClient
    second: httpx2.AsyncClient
    settings: Settings
    token: str

    async def opened(self) -> dict[str, Any]:
        answer = await self.first.post(COMPLAINTS, json=complaint(str(uuid4())))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def lines(self, key: str) -> tuple[JournalLine, ...]:
        duly = await Duly.connect(self.settings.need_address(), self.settings.namespace)
        return (await duly.remembered(key)).lines

    async def comments(self, key: str) -> list[str]:
        return [str(line.data.get("reason")) for line in await self.lines(key) if line.kind == "case.commented"]


@pytest_asyncio.fixture(scope="module")
async def gateways(stack: StackInfo, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[TwoGateways]:
    home = tmp_path_factory.mktemp("home")
    process = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    apart = await set_apart(stack, f"api-{process}-{next(_number)}-{uuid4().hex[:6]}")
    async with SigningKeys(apart.need_database(), size=1) as keys:
        await KeyKeeper(KeyFolder(place_of(home, apart.namespace)), keys, lead=timedelta(0)).begin()
    async with open_office(apart, home) as settings, AsyncExitStack() as opened:
        made = minted(CredentialKind.BACKEND, os.urandom(RANDOM_BYTES))
        parts = [await opened.enter_async_context(composed(GatewayConfig(), settings)) for _ in range(2)]
        now = datetime.now(UTC)
        await parts[0].tokens.add(made, "crm", SCOPES, by="ops", now=now, expires_at=now + timedelta(days=1))
        clients = [await opened.enter_async_context(_backend(one, made.text)) for one in parts]
        yield TwoGateways(clients[0], clients[1], settings, made.id)


def _backend(parts: GatewayParts, token: str) -> httpx2.AsyncClient:
    assert isinstance(parts.clients, TemporalClients)
    assert parts.clients.keys is not None
    parts.clients.keys.begin()
    transport = httpx2.ASGITransport(create_app(parts), raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {token}", "accept-language": "en"}
    return httpx2.AsyncClient(transport=transport, base_url=parts.config.origin, headers=headers, timeout=60)


def comment(text: str = "请看一下现场照片。") -> dict[str, Any]:
    return {"kind": "comment", "by": CLERK, "reason": text}


async def test_what_is_done_through_the_gateway_is_signed_in_the_name_of_whom_it_knows(gateways: TwoGateways) -> None:
    case = await gateways.opened()
    done = await gateways.second.post(f"{COMPLAINTS}/{case['key']}/acts", json=comment())
    assert done.status_code == 200, done.text
    lines = await gateways.lines(case["key"])
    signed = [line.data for line in lines if line.kind == "statement.signed"]
    assert len(signed) == 2
    assert all(f'"via":"token {gateways.token}"' in one["text"] for one in signed)
    async with SigningKeys(gateways.settings.need_database(), size=1) as keys:
        proved = prove(lines, await keys.ring())
    assert proved.whole, proved.faults


async def test_one_key_at_two_gateways_is_one_act(gateways: TwoGateways) -> None:
    case = await gateways.opened()
    path, key = f"{COMPLAINTS}/{case['key']}/acts", {"idempotency-key": str(uuid4())}
    both = (gateways.first, gateways.second)
    answers = await asyncio.gather(*(one.post(path, json=comment(), headers=key) for one in both * 3))
    assert {one.status_code for one in answers} == {200}, [one.text for one in answers]
    assert len({one.text for one in answers}) == 1
    assert len(await gateways.comments(case["key"])) == 1
    other = await gateways.second.post(path, json=comment("另一句"), headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "act-id-taken")


async def test_one_version_takes_one_act(gateways: TwoGateways) -> None:
    case = await gateways.opened()
    path = f"{COMPLAINTS}/{case['key']}"
    tag = (await gateways.first.get(path)).headers["etag"]
    both = (gateways.first, gateways.second)
    sent = [
        one.post(f"{path}/acts", json=comment(f"第{nth}句"), headers={"if-match": tag})
        for nth, one in enumerate(both * 2)
    ]
    answers = await asyncio.gather(*sent)
    assert sorted(one.status_code for one in answers) == [200, 412, 412, 412], [one.text for one in answers]
    assert len(await gateways.comments(case["key"])) == 1


async def test_one_complaint_at_two_gateways_is_one_case(gateways: TwoGateways) -> None:
    body = complaint(str(uuid4()))
    both = (gateways.first, gateways.second)
    answers = await asyncio.gather(*(one.post(COMPLAINTS, json=body) for one in both * 2))
    assert {one.status_code for one in answers} == {201}, [one.text for one in answers]
    assert len({one.json()["key"] for one in answers}) == 1
    assert sum(one.json().get("new", True) for one in answers) == 1


async def test_a_case_is_there_for_everybody_as_soon_as_it_is_opened(gateways: TwoGateways) -> None:
    for _ in range(3):
        case = await gateways.opened()
        shown = await gateways.second.get(f"{COMPLAINTS}/{case['key']}")
        assert shown.status_code == 200, shown.text
        events = await gateways.second.get(f"{COMPLAINTS}/{case['key']}/events")
        assert [line["seq"] for line in events.json()["lines"]][:1] == [1]

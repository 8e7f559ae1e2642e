"""The Python client over HTTP: the same story by both transports, with the same answers, files and refusals."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind
from complaints.objects.store import Objects
from starters.client import Duly
from starters.client.http import HttpTransport
from starters.client.http.connection import GatewayConnection
from starters.client.http.problems import GatewayProblem
from starters.client.operating import OnlyOverTemporal
from tests import papers
from tests.gateway.client_story import refused, story
from tests.gateway.desk import Desk, desk
from tests.people import CLERK, SUPERVISOR

ALL = ("open", "read", "contacts", *(f"act:{kind.value}" for kind in ActKind))


@pytest.fixture
async def api(url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(url) as built:
        built.duly.server.objects = Objects.in_folder(tmp_path / "objects")
        yield built


async def over_http(api: Desk, *scopes: str) -> Duly:
    """The client with the token of a backend that has these scopes."""
    program = await api.backend(*(scopes or ALL))
    return client_of(api, program.headers["authorization"].removeprefix("Bearer "))


def client_of(api: Desk, token: str, through: Any = None, **options: Any) -> Duly:
    through = through or httpx2.ASGITransport(api.house.app, raise_app_exceptions=False, client=("203.0.113.7", 4711))
    return Duly(HttpTransport(GatewayConnection(api.house.parts.config.origin, token, through=through, **options)))


async def test_the_same_story_is_told_by_both_transports(api: Desk) -> None:
    near, far = await story(api.duly, "near"), await story(await over_http(api), "far")
    assert len(near) == len(far)
    for one, other in zip(near, far, strict=True):
        assert one == other


async def test_a_person_acts_in_their_own_name_alone(api: Desk) -> None:
    case = await api.opened()
    program = await api.person(SUPERVISOR)
    duly = client_of(api, program.headers["authorization"].removeprefix("Bearer "))
    assert (await duly.comment(case.key, by=SUPERVISOR, text="看过")).seq
    assert (await refused(duly.comment(case.key, by=CLERK, text="看过")))[0] is Refused.OTHER_PERSON


async def test_a_scope_that_lacks_is_a_refusal(api: Desk) -> None:
    case = await api.opened()
    duly = await over_http(api, "read")
    code, params = await refused(duly.comment(case.key, by=CLERK, text="?"))
    assert (code, params["scope"]) == (Refused.SCOPE_MISSING, "act:comment")


async def test_attachments_go_both_ways_in_parts(api: Desk, tmp_path: Path) -> None:
    case = await api.opened()
    near, far = api.duly, await over_http(api)
    photo, other = papers.photo(), papers.photo((90, 70))
    file = tmp_path / "渗水点.jpg"
    file.write_bytes(photo)

    async def parts() -> AsyncIterator[bytes]:
        for at in range(0, len(other), 1000):
            yield other[at : at + 1000]

    one = await far.attach(case.key, file, by=CLERK, kind="photo", brought_by="客户本人", act_id="photo-1")
    assert (one.file, one.size, one.by) == ("渗水点.jpg", len(photo), CLERK)
    assert await far.attach(case.key, file, by=CLERK, kind="photo", brought_by="客户本人", act_id="photo-1") == one
    two = await far.attach(case.key, parts(), by=CLERK, kind="photo", brought_by="邻居", name="楼道.jpg")
    assert await near.attachments(case.key) == await far.attachments(case.key) == (one, two)
    shown = await far.attachment(case.key, two.id)
    assert shown == await near.attachment(case.key, two.id)
    copy = tmp_path / "copy.jpg"
    assert await far.save_attachment(case.key, two.id, copy) == shown.media_type
    assert copy.read_bytes() == shown.content
    code, params = await refused(far.attachment(case.key, "A999"))
    assert (code, params["attachment"]) == (Refused.ATTACHMENT_UNKNOWN, "A999")
    for wrong in (b"", b"MZ\x90\x00" + b"0" * 100):
        again: Any = lambda duly, wrong=wrong: duly.attach(  # noqa: E731
            case.key, wrong, by=CLERK, kind="other", brought_by="邻居", name="x.exe"
        )
        assert (await refused(again(near)))[0] == (await refused(again(far)))[0]


class Interrupted(httpx2.AsyncBaseTransport):
    """Lets the first answer to each request to `path` get lost, after the gateway has done it."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, path: str) -> None:
        self._inner = inner
        self._path = path
        self.lost = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._inner.handle_async_request(request)
        if request.url.path.endswith(self._path) and not self.lost:
            self.lost += 1
            raise httpx2.ReadError("the connection broke")
        return answer


async def test_an_act_whose_answer_is_lost_happens_once(api: Desk) -> None:
    case = await api.opened()
    program = await api.backend(*ALL)
    inner = httpx2.ASGITransport(api.house.app, raise_app_exceptions=False, client=("203.0.113.7", 4711))
    through = Interrupted(inner, "/acts")
    duly = client_of(api, program.headers["authorization"].removeprefix("Bearer "), through)
    receipt = await duly.comment(case.key, by=CLERK, text="只说一次")
    assert through.lost == 1
    assert [act.seq for act in (await duly.case(case.key)).acts if act.kind == "comment"] == [receipt.seq]


async def test_whoever_waits_over_http_gets_the_event_when_it_comes(api: Desk) -> None:
    case = await api.opened()
    duly = await over_http(api)
    waiting = asyncio.create_task(duly.events(case.key, case.journal_seq, wait=20))
    await asyncio.sleep(0.1)
    await api.duly.comment(case.key, by=SUPERVISOR, text="请尽快")
    assert "case.commented" in [line.kind for line in (await waiting).lines]


async def test_what_waits_for_a_person_is_found_in_the_list(api: Desk) -> None:
    case = await api.opened()
    duly = await over_http(api)
    assert await duly.transport.waiting_on(SUPERVISOR) == [case.key]
    assert await duly.transport.waiting_on("zhao.lei") == []


async def test_a_list_is_read_to_its_end() -> None:
    asked: list[str | None] = []

    async def page(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.params.get("cursor"))
        line = {"key": f"crm-{len(asked)}", "waiting_on": [SUPERVISOR], "number": "…"}
        return httpx2.Response(200, json={"complaints": [line], "next": "more" if len(asked) < 3 else None})

    duly = Duly(HttpTransport(GatewayConnection("https://duly.example", "t", through=httpx2.MockTransport(page))))
    assert await duly.transport.waiting_on(SUPERVISOR) == ["crm-1", "crm-2", "crm-3"]
    assert asked == [None, "more", "more"]


async def test_an_answer_of_another_release_is_no_guess() -> None:
    async def newer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"key": "crm-1", "of_the_future": 1})

    duly = Duly(HttpTransport(GatewayConnection("https://duly.example", "t", through=httpx2.MockTransport(newer))))
    with pytest.raises(GatewayProblem, match="other-release"):
        await duly.case("crm-0123456789abcdef")


async def test_a_file_whose_end_does_not_come_is_not_left_behind(tmp_path: Path) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7 the first half"
        raise httpx2.ReadError("the connection broke")

    async def broken(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=half(), headers={"content-type": "application/pdf"})

    duly = Duly(HttpTransport(GatewayConnection("https://duly.example", "t", through=httpx2.MockTransport(broken))))
    code, _ = await refused(duly.save_attachment("crm-0123456789abcdef", "A1", tmp_path / "paper.pdf"))
    assert code is Refused.SERVER_UNREACHABLE
    assert os.listdir(tmp_path) == []


async def test_an_upload_has_time_for_its_bytes_and_a_copy_for_being_made(tmp_path: Path) -> None:
    within: list[float] = []

    async def timed(request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        within.append(request.extensions["timeout"]["read"])
        return httpx2.Response(404, json={"code": "case-unknown", "params": {"case": "…"}})

    duly = Duly(HttpTransport(GatewayConnection("https://duly.example", "t", through=httpx2.MockTransport(timed))))
    large: dict[str, Any] = {"by": CLERK, "kind": "other", "brought_by": "邻居", "name": "x.pdf"}
    told = await refused(duly.attach("HF01-2026-000009", b"0" * 25_000_000, **large))
    assert told == (Refused.CASE_UNKNOWN, {"case": "HF01-2026-000009"})
    await refused(duly.attachment("HF01-2026-000009", "A1"))
    assert within == [130, 120]


async def test_operators_calls_are_over_temporal_alone(api: Desk) -> None:
    duly = await over_http(api)
    with pytest.raises(OnlyOverTemporal):
        await duly.remembered("crm-0123456789abcdef")

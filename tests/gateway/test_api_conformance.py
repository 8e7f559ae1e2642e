"""Schemathesis over the OpenAPI document: whatever is sent, the answer is one that the document has.

`DULY_SAMPLE` is the day whose requests are sent, as for the clause tests (`tests/drivers.py`); the report's first line
says which. A failure names the operation, the principal and the request; the same day makes the same requests again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, Response
from pydantic import BaseModel

from complaints.base.errors import Refusal, Refused
from starters.gateway.api.documented import documented
from tests.drivers import SAMPLE
from tests.gateway.api_world import PRINCIPALS, ApiWorld, api_world, ids_of
from tests.gateway.conformance import Conformance
from tests.gateway.hostile import AWAITED
from tests.gateway.operations import Operation, operations
from tests.gateway.test_api_document import DOCUMENT

TAGS = tuple(dict.fromkeys(one.tag for one in operations(DOCUMENT)))
faulty = APIRouter(prefix="/api/v1/faulty", tags=["faulty"])


class Thing(BaseModel):
    size: int


@faulty.get("/status", **documented("Fault: an undocumented status.", {"size": 1}))
async def status() -> Thing:
    """It is a teapot."""
    return Response("{}", 418, media_type="application/json")  # pyright: ignore[reportReturnType]


@faulty.get("/schema", **documented("Fault: another schema.", {"size": 1}))
async def schema() -> Thing:
    """The size is a word."""
    return Response('{"size": "large"}', media_type="application/json")  # pyright: ignore[reportReturnType]


@faulty.get("/error", **documented("Fault: an unexpected error.", {"size": 1}))
async def error() -> Thing:
    """It breaks."""
    raise ValueError("broken")


@faulty.get("/type", **documented("Fault: another content type.", {"size": 1}))
async def content_type() -> Thing:
    """It is a page."""
    return Response("<p>1</p>", media_type="text/html")  # pyright: ignore[reportReturnType]


@faulty.get("/problem", **documented("Fault: a problem that the document does not have.", {"size": 1}))
async def problem() -> Thing:
    """There is no such case."""
    raise Refusal(Refused.LOOK_NEEDS_REASON)


async def conforms(
    world: ApiWorld, document: Any, only: Callable[[Operation], bool], seed: str | None = None
) -> Conformance:
    """Try operations against the gateway, and return what came of it."""

    async def send(who: str, request: httpx2.Request) -> httpx2.Response:
        program = await world.program(who)
        request.url = httpx2.URL(AWAITED.sub(r"\1=0", str(request.url)))
        for name, value in program.headers.items():
            request.headers.setdefault(name, value)
        answer = await world.sent(program, request)
        if request.method == "DELETE" and "/sessions" in request.url.path:
            world.signed_out(who)
        return answer

    def known(operation: Operation) -> dict[str, str]:
        return ids_of(world, operation)

    tried = Conformance(document, send, PRINCIPALS, known, seed or os.environ[SAMPLE], asyncio.get_running_loop())
    await asyncio.to_thread(tried.run, only)
    return tried


@pytest.mark.long(30)
@pytest.mark.parametrize("tag", TAGS)
async def test_whatever_is_sent_the_document_has_the_answer(url: str, tag: str) -> None:
    async with api_world(url) as world:
        tried = await conforms(world, DOCUMENT, lambda operation: operation.tag == tag)
    assert tried.sent > 0
    again = f"{SAMPLE}={os.environ[SAMPLE]} sends the same requests again"
    assert not tried.faults, "\n\n".join([*map(str, tried.faults.values()), again])


async def test_each_kind_of_fault_is_found_and_named(url: str) -> None:
    async with api_world(url, routers=[faulty]) as world:
        tried = await conforms(world, world.desk.house.app.openapi(), lambda operation: operation.tag == "faulty")
    said = {(fault.operation.rpartition("/")[2], fault.said.partition(":")[0]) for fault in tried.faults.values()}
    assert said == {
        ("status", "Undocumented status code"),
        ("schema", "Response violates schema"),
        ("error", "Server error"),
        ("type", "Undocumented Content-Type"),
        ("problem", "Undocumented problem"),
    }


async def test_the_same_day_makes_the_same_requests(url: str) -> None:
    made = list[tuple[int, str]]()
    async with api_world(url) as world:
        for seed in ("2026-11-29", "2026-11-29", "2026-11-30"):
            tried = await conforms(world, DOCUMENT, lambda one: one.name == "GET /api/v1/complaints/{case}", seed)
            made.append((tried.sent, tried.made.hexdigest()))
    assert made[0] == made[1]
    assert made[0] != made[2]


async def test_the_gateway_serves_this_document(url: str) -> None:
    async with api_world(url) as world:
        served = (await (await world.program("nobody")).get("/api/v1/openapi.json")).json()
    assert served["paths"] == DOCUMENT["paths"]

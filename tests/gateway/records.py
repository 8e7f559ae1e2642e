"""What tests of the API's operations on reports, draws, documents and the like share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest_asyncio

from complaints.case.additions import Additions
from complaints.case.round import RoundFile, Subject
from complaints.store.looks import LookBook
from complaints.store.records import PostgresRecords
from tests.gateway.desk import Desk, desk
from tests.store.test_rounds import story

API = "/api/v1"


@pytest_asyncio.fixture
async def room(url: str) -> AsyncIterator[Desk]:
    async with desk(url) as opened:
        yield opened


def records(room: Desk) -> PostgresRecords:
    return room.house.parts.stores(PostgresRecords)


async def begun(room: Desk, subject: Subject | None = None, rule: str = "CH-7.4.2") -> RoundFile:
    """A round of the read model, whose duty fang.yun owes."""
    file, journal = story(subject or Subject(project="hf01"), rule)
    await records(room).write(Additions.of(file, 0, journal))
    return file


async def looks(room: Desk) -> list[tuple[str, str, str]]:
    """What was looked at, the first first: who, what, which."""
    log: LookBook = room.house.parts.looks
    return [(one.who, one.what.value, one.number) for one in reversed(await log.looks())]


def code(answer: httpx2.Response) -> str:
    """The code of a problem; the status of anything else."""
    kind = answer.headers.get("content-type", "")
    return answer.json()["code"] if kind.startswith("application/problem") else str(answer.status_code)


def fields(answer: httpx2.Response) -> list[tuple[str, str]]:
    """The fields that a problem names, with their codes."""
    return [(one["field"], one["code"]) for one in answer.json()["errors"]]

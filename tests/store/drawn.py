"""A draw of ten customers out of a hundred, and results of revisits to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest_asyncio

from complaints.case.round import Period, Subject
from complaints.revisits.forms import NOT_SAID, OFFICE_AREAS, QUESTIONS, RevisitWay, RoutineRevisit, Satisfaction
from complaints.revisits.model import DrawRef
from complaints.revisits.results import RevisitResult
from complaints.store.draws import DrawStore
from complaints.store.revisits import Revisits
from tests.store.residents import settled

ESTATE = Subject(project="hf01")
AT = datetime(2026, 11, 2, 1, tzinfo=UTC)
LATER = AT + timedelta(days=20)
TODAY = date(2026, 11, 5)
SOON = AT + timedelta(days=3)


@pytest_asyncio.fixture
async def draws(url: str) -> AsyncIterator[DrawStore]:
    await settled(url, "hf01", 60, 30, 10)
    opened = DrawStore(url, secret=lambda: "5e" * 32)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def revisits(url: str) -> AsyncIterator[Revisits]:
    opened = Revisits(url)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def draw(draws: DrawStore) -> DrawRef:
    """Ten of a hundred, for the office's other departments."""
    return await draws.draw("RV-5.3c", Period.named("2026-11"), ESTATE, AT)


async def ids(revisits: Revisits, draw: str) -> list[str]:
    return [member.customer for member in await revisits.members(draw)]


def answer(
    draw: str, customer: str, day: date = TODAY, said: str | None = "satisfied", words: str = ""
) -> RevisitResult:
    satisfaction = Satisfaction(said) if said else None
    asked: dict[str, Any] = dict.fromkeys(QUESTIONS, NOT_SAID[0]) if said else {}
    if words:
        asked["suggestions"] = words
    if said and draw.startswith("RV-5.3a-"):
        asked["areas"] = dict.fromkeys(OFFICE_AREAS, NOT_SAID[0])
    form = RoutineRevisit(way=RevisitWay.TELEPHONE, reached=said is not None, satisfaction=satisfaction, **asked)
    return RevisitResult(draw=draw, customer=customer, day=day, by="shen.yu", said=form)


async def tried(revisits: Revisits, draw: str, customer: str, days: int) -> None:
    for n in range(days):
        entered = await revisits.enter([answer(draw, customer, TODAY + timedelta(days=n), None)], "x", LATER)
        assert entered.problems == {}

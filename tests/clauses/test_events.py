"""The journal of a case as programs follow it: from a line on, waited for, and until the case is closed."""

from __future__ import annotations

import asyncio

import pytest

from complaints.base.errors import Refusal, Refused
from tests.people import CLERK, SUPERVISOR
from tests.world import World

pytestmark = pytest.mark.memory


async def test_events_are_the_journal_lines_after_the_one_that_was_seen(world: World):
    case = await world.opens()
    key = case.handle.id
    everything = await world.duly.events(key)
    assert [line.seq for line in everything.lines] == list(range(1, everything.last + 1))
    assert not everything.closed
    assert await world.duly.events(key, everything.last) == everything.but(lines=())
    receipt = await world.duly.comment(key, by=CLERK, text="客户又来电")
    since = await world.duly.events(key, everything.last)
    assert since.lines[0].seq == everything.last + 1
    assert receipt.seq in [line.data.get("act") or line.seq for line in since.lines]
    await case.look()
    case.ignores()


async def test_whoever_waits_for_an_event_gets_it_when_it_comes(world: World):
    case = await world.opens()
    last = (await world.duly.events(case.handle.id)).last
    waiting = asyncio.create_task(world.duly.events(case.handle.id, last, wait=25))
    await asyncio.sleep(0)
    assert not waiting.done()
    await world.duly.comment(case.handle.id, by=SUPERVISOR, text="请尽快")
    assert (await waiting).lines
    await case.look()
    case.ignores()


async def test_a_feed_ends_with_the_case(world: World):
    case = await world.opens()
    seen: list[int] = []

    async def follow() -> None:
        async for line in world.duly.feed(case.handle.id):
            seen.append(line.seq)

    following = asyncio.create_task(follow())
    other = await world.opens()
    await world.duly.merge(case.handle.id, into=other.handle.id, by=SUPERVISOR, reason="同一件事")
    await following
    await case.look()
    assert case.file.closed
    assert seen == list(range(1, case.file.journal_seq + 1))
    case.ignores()
    await other.look()
    other.ignores()


async def test_a_case_that_does_not_exist_has_no_events(world: World):
    with pytest.raises(Refusal) as refused:
        await world.duly.events("crm-0123456789abcdef")
    assert refused.value.code is Refused.CASE_UNKNOWN

"""The client for programs without asyncio: its methods are those of `Duly`, and wait."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from complaints.case.file import ActKind
from starters.cli.ui.acting import METHODS
from starters.client import Duly, DulySync
from starters.client.sync import blocking, collecting, one_by_one


class Asked:
    """An asyncio class with a method of each sort."""

    async def twice(self, number: int, *, more: int = 0) -> int:
        """Two times the number."""
        await asyncio.sleep(0)
        if number < 0:
            raise ValueError(number)
        return 2 * number + more

    async def up_to(self, number: int) -> AsyncIterator[int]:
        for one in range(number):
            await asyncio.sleep(0)
            yield one


class Waiting:
    def __init__(self, portal: BlockingPortal) -> None:
        self.duly = Asked()
        self.portal = portal

    twice = blocking(Asked.twice)
    up_to = collecting(Asked.up_to)
    each_up_to = one_by_one(Asked.up_to)


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    with start_blocking_portal() as portal:
        yield Waiting(portal)


def test_a_blocking_method_gives_the_answer_or_raises_what_the_other_raises(waiting: Waiting):
    assert waiting.twice(3, more=1) == 7
    with pytest.raises(ValueError, match="-1"):
        waiting.twice(-1)


def test_a_collecting_method_gives_everything_that_the_other_yields(waiting: Waiting):
    assert waiting.up_to(3) == [0, 1, 2]


def test_values_come_one_by_one_and_whoever_stops_ends_the_other_too(waiting: Waiting):
    assert list(waiting.each_up_to(3)) == [0, 1, 2]
    begun = waiting.each_up_to(1_000_000)
    assert [next(begun), next(begun)] == [0, 1]
    begun.close()
    with pytest.raises(StopIteration):
        next(begun)


@pytest.mark.parametrize("kind", list(ActKind))
def test_both_clients_have_the_same_method_for_every_kind_of_act(kind: ActKind):
    name = METHODS.get(kind.value, kind.value.replace("-", "_"))
    method, twin = getattr(Duly, name), getattr(DulySync, name)
    assert method.__doc__
    assert twin.__doc__ == method.__doc__
    assert inspect.signature(twin) == inspect.signature(method)
    assert not inspect.iscoroutinefunction(twin)


@pytest.mark.parametrize("name", sorted({name for name in vars(DulySync) if name[0] != "_"} - {"close"}))
def test_the_blocking_client_has_nothing_of_its_own(name: str):
    twin: Any = getattr(DulySync, name)
    assert inspect.signature(twin) == inspect.signature(getattr(Duly, name))

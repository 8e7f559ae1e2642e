"""Plays a year: all cases and rounds advance side by side, slice by slice, and people act as they would."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from bench.year.caselife import CaseLife
from bench.year.lives import Life, Place
from bench.year.roundlife import Machines, RoundLife
from complaints.rounds import plan

AT_ONCE = 16

T = TypeVar("T")


class Company:
    """The lives (cases and rounds) of a company, and how far each has come."""

    def __init__(self, place: Place, machines: Machines | None = None, at_once: int = AT_ONCE) -> None:
        self.place = place
        self._machines = machines
        self.cases: list[CaseLife] = []
        self.rounds: dict[str, RoundLife] = {}
        self._at_once = at_once
        self._coming = iter(place.year.arrivals)
        self._next = next(self._coming, None)
        self._nth = itertools.count()

    @property
    def lives(self) -> Iterable[Life[Any]]:
        return itertools.chain(self.cases, self.rounds.values())

    @property
    def open(self) -> list[Life[Any]]:
        """The lives that have begun and are not over."""
        return [life for life in self.lives if life.next is not None and life.file is not None]

    async def until(self, moment: datetime) -> None:
        """Play everything that happens before `moment`."""
        queue: asyncio.PriorityQueue[tuple[datetime, int, Life[Any]]] = asyncio.PriorityQueue()
        for life in self.lives:
            self._queue(queue, life, moment)
        hands = [asyncio.create_task(self._work(queue, moment)) for _ in range(self._at_once)]
        ending = asyncio.create_task(queue.join())
        await asyncio.wait({ending, *hands}, return_when=asyncio.FIRST_COMPLETED)
        for task in (ending, *hands):
            task.cancel()
        for failed in await asyncio.gather(*hands, return_exceptions=True):
            if isinstance(failed, Exception):
                raise failed

    async def _work(self, queue: asyncio.PriorityQueue[tuple[datetime, int, Life[Any]]], until: datetime) -> None:
        while True:
            _, _, life = await queue.get()
            await life.step()
            self._queue(queue, life, until)
            queue.task_done()

    def _queue(
        self, queue: asyncio.PriorityQueue[tuple[datetime, int, Life[Any]]], life: Life[Any], until: datetime
    ) -> None:
        if life.next is not None and life.next < until:
            queue.put_nowait((life.next, next(self._nth), life))

    def comes_in(self, until: datetime) -> list[CaseLife]:
        """Add and return the complaints that come in before `until` and have not come in yet."""
        new: list[CaseLife] = []
        while self._next is not None and self._next.at < until:
            original = self.cases[self._next.of] if self._next.of is not None else None
            new.append(CaseLife(self.place, self._next, original))
            self.cases.append(new[-1])
            self._next = next(self._coming, None)
        return new

    def opens(
        self, since: datetime, until: datetime, wanted: Callable[[str], bool] = lambda _: True
    ) -> list[RoundLife]:
        """Add and return the rounds that begin from `since` to `until`, as their schedules would begin them."""
        place, new = self.place, list[RoundLife]()
        for planned in plan.rounds(place.edition, place.directory, place.calendar, since, until):
            if wanted(planned.rule) and planned.key not in self.rounds:
                new.append(self.rounds.setdefault(planned.key, RoundLife(place, planned, self._machines)))
        return new

    async def all(self, lives: Iterable[Life[Any]], what: Callable[[Life[Any]], Awaitable[T]]) -> list[T]:
        """Run `what` for all of these lives, a few at a time."""
        hands = asyncio.Semaphore(self._at_once)

        async def one(life: Life[Any]) -> T:
            async with hands:
                return await what(life)

        return await asyncio.gather(*(one(life) for life in lives))

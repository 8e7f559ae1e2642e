"""A round in a test: it is begun, people act on it, time passes, inboxes are read, as with a case."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self, cast

from temporalio.client import WorkflowQueryFailedError
from temporalio.service import RPCError

from complaints import editions
from complaints.case.round import Period, RoundFile, Subject
from complaints.clock.local_time import local
from complaints.clock.period_opening import opens_at
from complaints.people.reference import Reference
from complaints.rounds.plan import opening_of
from complaints.rounds.renewal import next_draft
from starters.client import Duly
from tests.memory import MemoryDuly
from tests.world import Case, World
from workflows import interface

PROCESSES = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))  # each has years of its own: they share one server
nth = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_on_the_server = itertools.count(datetime.now(UTC).year + 2 + nth, PROCESSES)
"""The year after this one is `coming`: periods whose rounds begin at their own time."""


class Round(Case):
    """One round on the drill server."""

    file: RoundFile  # pyright: ignore[reportIncompatibleVariableOverride]  # of a round instead of a case

    async def look(self, within: timedelta | None = None) -> Self:
        duly = self._world.duly
        if within is None and isinstance(duly, Duly):
            found = await duly.round(self.handle.id)
        else:
            found = await self.handle.query(interface.CASE, result_type=RoundFile, rpc_timeout=within)
        self.file = await duly.server.completed(found)  # pyright: ignore[reportIncompatibleVariableOverride]
        return self

    async def has_booked(self) -> Self:
        """A round has no retention money to wait for."""
        return await self.look()

    async def is_analysed(self) -> Self:
        """The chief engineer's office finds nothing in the month's report (CH-7.6)."""
        await self.look()
        if any(duty.rule == "CH-7.6.analysis" for duty in self.file.open_duties):
            await self.does("CH-7.6.analysis")
        return self

    async def _caught_up(self, moment: datetime) -> bool:
        """Its report is drafted as often as it was to be, too."""
        if not await super()._caught_up(moment):
            return False
        references = self._world.references
        zone = Reference.of(references.directory, self.file.place, references.calendar).zone
        drafted = next_draft(self.file, editions.newest(), zone, moment)
        return drafted is None or drafted > moment

    async def strikes_unanswered(self, at: datetime, so: Callable[[], bool]) -> Self:
        """Its clock comes to `at`, and what it then waits for has got as far as `so`, which nobody has told it."""

        async def as_far(moment: datetime) -> bool:
            await self.look(within=timedelta(seconds=5))
            return moment < at or so()

        self._skipped = await self._world.skipper.skip(self.handle, at - self.now + timedelta(milliseconds=50), as_far)
        return await self.look()

    async def begins(self, at: datetime) -> Self:
        """Its day comes, however far off it is."""

        async def caught_up(moment: datetime) -> bool:
            with contextlib.suppress(RPCError, WorkflowQueryFailedError):
                await self.look(within=timedelta(seconds=5))
                return True
            return moment < at

        span = at - self.now + timedelta(milliseconds=50)
        self._skipped = await self._world.skipper.skip(self.handle, span, caught_up)
        return await self.look()


class Rounds:
    """Begins rounds in the drill namespace."""

    def __init__(self, world: World) -> None:
        self.world = world
        in_memory = isinstance(world.duly, MemoryDuly)  # where every test has rounds of its own
        self._years = itertools.count(datetime.now(UTC).year + 1) if in_memory else _on_the_server

    def period(self, rule: str, day: date | None = None) -> Period:
        """A period of the rule's kind that is to come, and that no other test has had."""
        every = editions.newest().rule(rule).every
        assert every is not None
        return Period.of(every, day or date(next(self._years), 5, 13))

    async def begun(self, rule: str, subject: Subject, period: Period | None = None) -> Round:
        """A round of a period that nobody had yet, begun by hand at this moment: its clocks run from now."""
        key, _ = await self.world.duly.run_round(rule, period or self.period(rule), subject)
        round = Round(self.world, self.world.duly.client.get_workflow_handle(key))
        await self.opened(round)
        return round

    async def of(self, rule: str, subject: Subject, period: Period) -> Round:
        """The round of a period to come, when its day has come."""
        key, _ = await self.world.duly.run_round(rule, period, subject, at_once=False)
        round = Round(self.world, self.world.duly.client.get_workflow_handle(key))
        references = self.world.references
        reference = Reference.of(references.directory, subject.project or "", references.calendar)
        begins = opens_at(opening_of(editions.newest().rule(rule)), period, reference.calendar, reference.zone)
        await round.begins(begins)
        await round.becomes(lambda file: file.duties)  # a draft or a draw comes before it
        self.world.cases.append(round)
        return round

    async def opened(self, round: Round) -> None:
        """It is there, and somebody owes something of it."""
        round.file = cast("Any", await self.world.duly.round(round.handle.id))
        await round.becomes(lambda file: file.duties)
        self.world.cases.append(round)


def next_period(rule: str, zone: str = "Asia/Shanghai") -> Period:
    """The period of the rule's kind that comes after the present one."""
    every = editions.newest().rule(rule).every
    assert every is not None
    return Period.of(every, local(datetime.now(UTC), zone).date()).after

"""The part of the client that begins and reads rounds."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast

from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from complaints import editions
from complaints.editions import Edition
from complaints.model import CaseFile, File
from complaints.rounds.model import Period, RoundFile, Subject, round_key
from workflows import interface

if TYPE_CHECKING:
    from starters.client import Duly

T = TypeVar("T")


class Rounds:
    """Rounds by their keys. Shapes and errors as in `Duly`; acts on a round's duties are those on a case's."""

    async def run_round(
        self,
        rule: str,
        period: Period,
        subject: Subject,
        *,
        edition: Edition | None = None,
        at_once: bool = True,
        delay: timedelta | None = None,
    ) -> tuple[str, bool]:
        """Begin a round, or find it: a period's round of a rule and a subject is one. Its key, and whether it is new.

        `at_once` begins it now even if its day has not come; without, it waits for its day. A `delay` (in drills)
        starts its workflow only after so long. The edition is the newest unless one is given.
        """
        duly = cast("Duly", self)
        key = round_key(rule, period, subject)
        known = (edition or editions.newest()).pin
        opening = interface.RoundOpening(rule=rule, period=period, subject=subject, edition=known, at_once=at_once)

        def start() -> Awaitable[Any]:
            return duly.client.start_workflow(
                interface.ROUND,
                opening,
                id=key,
                task_queue=self._task_queue,
                task_timeout=self._task_timeout,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                start_delay=delay,
                static_summary=f"{rule} · {period.name} · {subject.key}",
            )

        try:
            await self._answer(start, key)
        except WorkflowAlreadyStartedError:
            return key, False
        return key, True

    async def round(self, key: str) -> RoundFile:
        """The whole file of a round; also of one that is over, while the server keeps its history."""
        handle = cast("Duly", self).client.get_workflow_handle(key)
        return await self._answer(lambda: handle.query(interface.CASE, result_type=RoundFile), key)

    async def file(self, name: str) -> File:
        """The file of a case, by key or number, or of a round, by key."""
        return await self.round(name.strip()) if interface.is_round(name.strip()) else await self.case(name)

    async def redraft(self, key: str) -> None:
        """Have the report of a round drafted anew from what is known now, while nobody has issued it."""
        handle = cast("Duly", self).client.get_workflow_handle(key)
        await self._answer(lambda: handle.signal(interface.REDRAFT), key)

    _task_queue: str
    _task_timeout: timedelta | None

    @abstractmethod
    async def case(self, case: str) -> CaseFile: ...

    @abstractmethod
    async def _answer(self, call: Callable[[], Awaitable[T]], key: str) -> T: ...

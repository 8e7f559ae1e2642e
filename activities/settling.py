"""The activity with which a case waits until the records have caught up with its journal."""

from __future__ import annotations

from temporalio import activity

from activities.faults import typed
from activities.ports import ProjectorPort
from complaints.base import Frozen

SETTLE = "settle_records"


class RecordsSettlement(Frozen):
    """The journal line up to which the records of a case must be complete."""

    key: str
    sequence: int


class Settling:
    """Activities over the projector."""

    def __init__(self, projector: ProjectorPort) -> None:
        self._projector = projector

    @activity.defn(name=SETTLE)
    async def settle(self, settlement: RecordsSettlement) -> None:
        """Return once the records hold line `sequence`. `records-refused` is not retried, other error types are."""
        with typed():
            await self._projector.catch_up(settlement.key, settlement.sequence)

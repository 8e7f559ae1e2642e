"""The activity that sends notices directly: the way mail goes while the records, and with them the outbox, are away."""

from __future__ import annotations

from temporalio import activity

from activities.faults import typed
from activities.ports import Addressed, Courier

DELIVER_NOTICES = "deliver_notices"


class Post:
    """Activities over the channels."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier

    @activity.defn(name=DELIVER_NOTICES)
    async def deliver(self, notices: list[Addressed]) -> None:
        """Send every notice; error types `mail-away` (retried) and `mail-refused` (not: the others were sent).

        The details of `mail-refused` are the ids of the refused notices.
        """
        with typed():
            await self._courier.send(notices)

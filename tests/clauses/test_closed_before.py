"""A case that began while the records were away, and which they then know from before."""

from __future__ import annotations

from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowQueryFailedError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError

from complaints.base.errors import Refused
from complaints.base.faults import RecordsAway
from tests.following import Followed
from tests.world import World, eventually
from workflows import interface

pytestmark = pytest.mark.server


async def test_it_ends_when_the_records_are_back_and_nothing_of_it_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, followed: Followed
):
    first = await world.opens()
    await first.does("CR-5.1.4")
    handle, records = first.handle, followed.records

    async def recorded() -> bool:
        return await records.cursor(handle.id) == first.file.journal_seq

    await first.look()
    await eventually(recorded)
    lines, file = list(records.journals[handle.id]), records.files[handle.id]
    await handle.terminate()

    async def away(*_: Any) -> Any:
        raise RecordsAway("for this test")

    with monkeypatch.context() as outage:
        outage.setattr(records, "write", away)
        again = await world.duly.client.start_workflow(
            interface.COMPLAINT,
            interface.CaseStart(complaint=first.file.complaint),
            id=handle.id,
            task_queue=first_queue(world),
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )

        async def begun() -> bool:
            try:
                shown = await again.query(interface.CASE)
            except WorkflowQueryFailedError:  # it is being opened
                return False
            return shown["number"] is None and shown["journal_seq"] > 0

        await eventually(begun)
    with pytest.raises(WorkflowFailureError) as ended:
        await again.result()
    assert isinstance(ended.value.cause, ApplicationError)
    assert ended.value.cause.type == Refused.NOT_RUNNING
    assert ended.value.cause.details[0]["number"] == first.file.number
    assert (records.journals[handle.id], records.files[handle.id]) == (lines, file)
    first.ignores()


def first_queue(world: World) -> str:
    return world.duly.server.task_queue

"""MC-5.2.3e: a major complaint is taken in alike, however it comes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from complaints.case.complaint import Channel
from tests.clauses.table_major import HURT
from tests.people import ENGINEERING, OPERATIONS_CLERK
from tests.world import World


@pytest.mark.clause("MC-5.2.3e")
@pytest.mark.parametrize("channel", list(Channel))
async def test_a_major_complaint_is_recorded_and_sent_within_ten_minutes_by_every_channel(
    world: World, channel: Channel
):
    received = datetime.now(UTC) - timedelta(minutes=3)
    case = await world.opens(channel=channel, received_at=received, **HURT)
    for rule in ("MC-5.2.1", "MC-5.2.2a"):
        owed = case.duty(rule)
        assert (owed.owner, owed.deadline.due) == (OPERATIONS_CLERK, received + timedelta(minutes=10))
    await case.does("MC-5.2.1")
    await case.does("MC-5.2.2a")
    assert case.heard(ENGINEERING) == ["MC-5.2.2a handed"]

"""客户投诉处理程序 7.2, 7.3: settled on the ladder, answered by the promised date, archived."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.errors import Refused
from complaints.model import ActKind, DutyStatus, Track
from tests.people import (
    CLERK,
    DEPUTY_GM,
    GENERAL_MANAGER,
    SALES_MANAGER,
    SALES_SUPERVISOR,
    SALESPERSON,
    SUPERVISOR,
)
from tests.world import World


@pytest.mark.clause("CS-4.2.1a", "CH-7.2.1")
async def test_what_one_can_settle_oneself_is_settled_told_to_the_superior_and_answered(world: World):
    case = await world.opens(received_by=SALESPERSON).graded(3)
    assert {d.rule: d.owner for d in case.file.open_duties if d.rule in ("CS-4.2.1a", "CH-7.3.1")} == {
        "CS-4.2.1a": SALESPERSON,
        "CH-7.3.1": SALESPERSON,
    }
    await case.does("CS-4.2.1a")
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.NOT_READY
    await case.does("CH-7.2.1.settle")
    assert case.duty("CH-7.2.1").owner == SALESPERSON
    await case.does("CH-7.3.1")
    await case.to_the_end()
    assert case.file.outcome == "answered"
    case.ignores()

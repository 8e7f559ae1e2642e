"""CR-5.2.1: graded, reported within ten minutes, reviewed and approved."""

from __future__ import annotations

import pytest

from complaints.base.errors import Refused
from tests.people import ADMIN, CLERK, LEADER, MANAGER, SUPERVISOR
from tests.world import World


@pytest.mark.clause("CR-5.2.1b")
async def test_a_crisis_not_reported_within_ten_minutes_is_escalated(world: World):
    case = await world.opens(loss=600_000).graded(1)
    await case.passes(minutes=9)
    assert case.heard(MANAGER) == []
    assert case.heard(SUPERVISOR) == ["CR-5.2.1b reminder", "CR-5.2.1b reminder"]
    await case.passes(minutes=2)
    assert case.heard(MANAGER) == ["CR-5.2.1b escalation"]
    assert case.heard(SUPERVISOR) == ["CR-5.2.1b late"]
    assert case.heard(ADMIN) == ["CR-5.2.1b copy"]


@pytest.mark.clause("CR-5.2.1b")
async def test_nobody_but_the_supervisor_reports(world: World):
    case = await world.opens(loss=600_000).graded(1)
    assert await case.refuses(case.does("CR-5.2.1b", by=CLERK)) is Refused.NOT_YOURS


@pytest.mark.clause("CR-5.2.1c")
async def test_a_returned_report_is_made_again(world: World):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.2.1c.review")
    await case.returns("CR-5.2.1c.review", "CR-5.2.1b", reason="缺少客户诉求")
    assert case.duty("CR-5.2.1b").id == "CR-5.2.1b#2"
    await case.does("CR-5.2.1b")
    await case.approves("CR-5.2.1c.review", by=MANAGER)
    await case.approves("CR-5.2.1c.approval", by=LEADER)
    assert case.duty("CR-5.2.2a").owner == LEADER
    case.ignores()

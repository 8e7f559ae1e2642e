"""Revisits of edition 2026.1: beside the satisfaction, every question may be left open."""

from __future__ import annotations

import pytest

from complaints.base.errors import Refused
from tests.world import World

pytestmark = pytest.mark.edition("2026.1")


async def test_a_revisit_asks_for_the_satisfaction_and_may_leave_the_rest_open(world: World):
    case = await (await world.opens().graded(3)).until("RV-4.3")
    assert await case.refuses(case.does("RV-4.3", satisfaction=None)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("RV-4.3", satisfaction="not_said")) is Refused.FORM_INCOMPLETE
    await case.does("RV-4.3")
    assert case.file.acts[-1].form["attitude"] == ""
    assert await case.refuses(case.does("CS-4.2.3", effect="")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CS-4.2.3", satisfaction="not_said")) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.2.3")
    assert case.file.acts[-1].form["suggestions"] == ""
    case.ignores()

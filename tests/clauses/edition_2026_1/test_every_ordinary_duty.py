"""Every duty of the ordinary track of edition 2026.1."""

from __future__ import annotations

import pytest

from tests.clauses.edition_2026_1.table_ordinary import COORDINATION, DEPARTMENTS, NOT_THE_COMPANYS, OWN
from tests.clauses.rows import Row
from tests.clauses.walk import rows, walk
from tests.world import World

pytestmark = pytest.mark.edition("2026.1")


@pytest.mark.parametrize(
    "row", rows(own=OWN, departments=DEPARTMENTS, not_ours=NOT_THE_COMPANYS, coordination=COORDINATION)
)
async def test_a_duty_nobody_does_is_reminded_late_and_climbs_until_somebody_answers(world: World, row: Row):
    await walk(world, row)

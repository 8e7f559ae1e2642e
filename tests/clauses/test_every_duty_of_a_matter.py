"""Every duty of repairs and corrective actions."""

from __future__ import annotations

import pytest

from tests.clauses.rows import Row
from tests.clauses.table_repair import CORRECTIVE, REPAIR, REPAIR_BY_THE_CONTRACTOR, REPAIR_THAT_THE_COMPANY_PAYS
from tests.clauses.walk import rows, walk
from tests.world import World


@pytest.mark.parametrize(
    "row",
    rows(
        repair=REPAIR,
        contractor=REPAIR_BY_THE_CONTRACTOR,
        company=REPAIR_THAT_THE_COMPANY_PAYS,
        corrective=CORRECTIVE,
    ),
)
async def test_a_duty_nobody_does_is_reminded_late_and_climbs_until_somebody_answers(world: World, row: Row):
    await walk(world, row)

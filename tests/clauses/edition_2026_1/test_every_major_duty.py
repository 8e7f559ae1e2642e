"""Edition 2026.1. Every duty of the major track."""

from __future__ import annotations

import pytest

from tests.clauses.edition_2026_1.table_major import MAJOR
from tests.clauses.rows import Row
from tests.clauses.walk import rows, walk
from tests.world import World

pytestmark = pytest.mark.edition("2026.1")


@pytest.mark.parametrize("row", rows(major=MAJOR))
async def test_a_duty_nobody_does_is_reminded_late_and_climbs_until_somebody_answers(world: World, row: Row):
    await walk(world, row)

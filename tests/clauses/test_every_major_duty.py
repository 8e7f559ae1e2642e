"""Every duty of the major track."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.clauses.limits import SHANGHAI
from tests.clauses.rows import MINUTES, Row
from tests.clauses.table_major import EMERGENCY, FORWARDED, GRADED, MAJOR, NOT_URGENT, TOGETHER
from tests.clauses.walk import rows, walk
from tests.world import Case, World


@pytest.mark.parametrize("row", rows(major=MAJOR, emergency=EMERGENCY, service=NOT_URGENT))
async def test_a_duty_nobody_does_is_reminded_late_and_climbs_until_somebody_answers(world: World, row: Row):
    await walk(world, row)


@pytest.mark.parametrize("row", rows(major=FORWARDED))
async def test_so_is_what_is_forwarded_the_same_day(world: World, row: Row):
    await walk(world, row, way=the_slip_is_sent)


@pytest.mark.parametrize("row", rows(major=TOGETHER))
async def test_so_is_the_part_of_a_department_that_does_not_lead(world: World, row: Row):
    await walk(world, row, way=the_slip_is_sent_to_two)


async def the_slip_is_sent(world: World, row: Row, *departments: str) -> tuple[Case, datetime]:
    received = datetime.now(UTC) - 4 * MINUTES
    if received.astimezone(SHANGHAI).date() != datetime.now(SHANGHAI).date():
        received = datetime.now(UTC)
    case = await world.opens(received_at=received, **row.opens)
    for rule, form in (("CR-5.1.4", {}), ("CR-5.2.1a", GRADED), ("MC-5.2.1", {})):
        await case.does(rule, **form)
    await case.does("MC-5.2.2a", departments=list(departments or ("engineering",)))
    return case.ignores(), received


async def the_slip_is_sent_to_two(world: World, row: Row) -> tuple[Case, datetime]:
    return await the_slip_is_sent(world, row, "engineering", "property")

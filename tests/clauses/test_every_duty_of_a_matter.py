"""Every duty of repairs and corrective actions."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.clauses.rows import MINUTES, Row
from tests.clauses.table_repair import (
    CANCELLED,
    CORRECTIVE,
    OTHER_DATES,
    REPAIR,
    REPAIR_BY_THE_CONTRACTOR,
    REPAIR_THAT_NO_MONEY_COVERS,
    REPAIR_THAT_THE_COMPANY_PAYS,
    WHETHER_IT_IS_REPAIRED,
)
from tests.clauses.walk import others_are_done, rows, walk
from tests.people import ENGINEERING, PROJECT_MANAGER, PROPERTY
from tests.world import Case, World


@pytest.mark.parametrize(
    "row",
    rows(
        repair=REPAIR,
        contractor=REPAIR_BY_THE_CONTRACTOR,
        claim=REPAIR_THAT_NO_MONEY_COVERS,
        company=REPAIR_THAT_THE_COMPANY_PAYS,
        decision=WHETHER_IT_IS_REPAIRED,
        corrective=CORRECTIVE,
    ),
)
async def test_a_duty_nobody_does_is_reminded_late_and_climbs_until_somebody_answers(world: World, row: Row):
    await walk(world, row)


async def cancelled(world: World, row: Row) -> tuple[Case, datetime]:
    """The way to the duties of a cancelled repair: before its work has begun, or after."""
    before = row.rule == "MATTER.cancel.contractor"
    case = await world.opens(loss=20_000).graded(3)
    await case.opens_matter("repair")
    order = {"done_by": "contractor", "because": None} if before else {}
    await case.works_until("CS-4.3.3.start" if before else "CS-4.3.3.finish", CS_4_3_3=order)
    await case.passes(minutes=2)
    happened = case.now - 1 * MINUTES
    await case.cancels_matter("R1", by=PROPERTY, at=happened)
    await others_are_done(case, case.duty(row.rule), row_left(row, "CS-4.3.3.finish"))
    return case, happened


async def another_date(world: World, row: Row) -> tuple[Case, datetime]:
    """The way to the approval of another date, which somebody else than the approver has asked for."""
    case = await world.opens(loss=20_000).graded(3)
    await case.opens_matter(row.matter)
    dated = "CS-4.3.3.finish" if row.matter == "repair" else "CH-7.6.action"
    await case.works_until(dated)
    if row.matter == "repair":
        await case.delegates(dated, to=PROJECT_MANAGER, by=PROPERTY, reason="驻场")
    assert case.duty(dated).owner in (PROJECT_MANAGER, ENGINEERING)
    await case.asks_date(dated, case.duty(dated).deadline.due + timedelta(days=40))
    happened = case.file.acts[-1].at
    await others_are_done(case, case.duty(row.rule), row_left(row, dated))
    return case, happened


def row_left(row: Row, *rules: str) -> Row:
    """The row, with the duties that would end it if they were done."""
    return Row(row.rule, row.owner, row.limit, row.after, matter=row.matter, forms=row.forms, leave=rules)


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.parametrize("row", CANCELLED, ids=lambda row: row.rule)
async def test_so_is_what_follows_from_a_cancelled_repair(world: World, row: Row):
    await walk(world, row, cancelled)


@pytest.mark.parametrize("row", rows(date=OTHER_DATES))
async def test_so_is_the_approval_of_another_date(world: World, row: Row):
    await walk(world, row, another_date)

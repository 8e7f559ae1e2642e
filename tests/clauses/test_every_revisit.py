"""Every duty of taking in and of revisits."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.clauses.rows import Row
from tests.clauses.table_revisits import AGAIN, GIVEN_UP, NOT_REACHED, REVISITS, TAKING_IN
from tests.clauses.walk import rows, walk
from tests.world import Case, World


@pytest.mark.parametrize("row", rows(receiving=TAKING_IN, revisits=AGAIN))
async def test_a_duty_nobody_does_is_reminded_late_and_climbs_until_somebody_answers(world: World, row: Row):
    await walk(world, row)


@pytest.mark.parametrize("row", rows(revisits=REVISITS))
async def test_so_is_a_revisit_once_the_customer_has_been_answered(world: World, row: Row):
    await walk(world, row, way=after_the_answer)


@pytest.mark.parametrize("row", rows(revisits=GIVEN_UP))
async def test_so_is_the_decision_about_a_customer_nobody_reaches(world: World, row: Row):
    await walk(world, row, way=after_three_days)


async def after_the_answer(world: World, row: Row) -> tuple[Case, datetime]:
    case = await world.opens(**row.opens).graded(3)
    for rule in ("CS-4.2.1a", "CH-7.2.1.settle", "CH-7.2.1"):
        await case.does(rule)
    await case.passes(minutes=2)
    answered = case.now - timedelta(minutes=1)
    await case.does(row.after, at=answered)
    if row.rule != "RV-4.3":
        await case.does("RV-4.3")
    return case, answered


async def after_three_days(world: World, row: Row) -> tuple[Case, datetime]:
    case = await (await world.opens(**row.opens).graded(3)).until("RV-4.3")
    await case.does("CH-7.2.1")
    await case.does("RV-4.3", **NOT_REACHED)
    for _ in range(2):
        await case.passes(days=1)
        await case.does(row.after, at=case.now - timedelta(minutes=1), **NOT_REACHED)
    return case.ignores(), case.file.acts[-1].at

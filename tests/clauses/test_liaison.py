"""客户投诉处理程序 7.5.1: a complaint about sales that another department took in reaches the sales supervisor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import DutyStatus
from tests.clauses.limits import office_time
from tests.people import CLERK, ENGINEERING, ENGINEERING_LEADER, MANAGER, SALES_SUPERVISOR, SALESPERSON, SUPERVISOR
from tests.world import Case, World

ENGINEER = "guo.wei"
NAMING, TELLING = "CH-7.5.1@engineering", "CH-7.5.1.told@engineering"
HOURS = timedelta(hours=1)
WAY: dict[str, dict[str, Any]] = {
    "CR-5.1.4": {},
    "CR-5.2.1a": {"level": 3},
    **{rule: {} for rule in ("CS-4.2.1a", "CH-7.2.1.settle", "CH-7.2.1", "CH-7.3.1", "RV-4.3", "CS-4.2.3")},
}
"""All that is owed for it besides, in order."""


async def taken_in_by_an_engineer(world: World, **told: Any) -> Case:
    return await world.opens(**{"received_by": ENGINEER, "category": "sales", **told})


@pytest.mark.clause("CH-7.5.1")
async def test_the_head_of_the_department_names_who_tells_the_sales_supervisor_and_agrees_the_handling(world: World):
    received = datetime.now(UTC) - timedelta(minutes=3)
    case = await taken_in_by_an_engineer(world, received_at=received)
    due = office_time(received, 4 * HOURS, world.references.calendar)
    naming = case.duty(NAMING)
    assert (naming.owner, naming.since, naming.deadline.source) == (ENGINEERING, received, "house")
    assert naming.deadline.due == due
    assert await case.refuses(case.does(NAMING, by=ENGINEER)) is Refused.NOT_YOURS
    assert await case.refuses(case.does(NAMING, person="nobody.known")) is Refused.UNKNOWN_PERSON
    assert await case.refuses(case.does(NAMING, person=CLERK)) is Refused.FORM_INCOMPLETE, "not of the department"
    await case.does(NAMING, person=ENGINEER)
    assert case.heard(ENGINEER) == [f"{NAMING} handed"]
    telling = case.duty(TELLING)
    assert (telling.owner, telling.since, telling.deadline.due) == (ENGINEER, received, due)
    assert telling.deadline.source == "house"
    assert await case.refuses(case.does(TELLING, by=ENGINEERING)) is Refused.NOT_YOURS
    assert await case.refuses(case.does(TELLING, told="")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does(TELLING, agreed_handling="")) is Refused.FORM_INCOMPLETE
    assert case.heard(SALES_SUPERVISOR) == []
    await case.does(TELLING, told="客户称承诺的车位没有兑现", agreed_handling="由销售主办约见")
    [message] = [notice for notice in case.file.notices if notice.to == SALES_SUPERVISOR]
    assert (message.kind, message.params["act"]) == ("handed", str(case.file.acts[-1].seq))
    assert case.heard(SALES_SUPERVISOR) == [f"{TELLING} handed"]


@pytest.mark.clause("CH-7.5.1")
@pytest.mark.parametrize(
    ("told", "owed"),
    [
        ({}, True),
        ({"received_by": CLERK}, True),
        ({"received_by": SALESPERSON}, False),
        ({"category": "engineering"}, False),
        ({"category": "property", "department": "sales"}, False),
    ],
    ids=["an engineer", "customer service", "a salesperson", "about engineering", "about the property service"],
)
async def test_it_is_owed_for_a_complaint_about_sales_that_came_in_outside_sales(
    world: World, told: dict[str, Any], owed: bool
):
    case = await taken_in_by_an_engineer(world, **told)
    assert [duty.rule for duty in case.file.open_duties].count("CH-7.5.1") == owed
    if told.get("received_by") == CLERK:
        assert case.duty("CH-7.5.1").owner == MANAGER, "the head of the department that took it in"
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=3, reason="影响有限")
    case.ignores()


@pytest.mark.clause("CH-7.5.1")
@pytest.mark.parametrize("level", [1, 2, 3, 4])
async def test_sales_hear_of_it_whatever_the_grade_and_on_every_track(world: World, level: int):
    case = await taken_in_by_an_engineer(world)
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=level, reason="按标准")
    assert case.duty(NAMING).open
    await case.regrades(2 if level == 1 else 1, reason="情况变化")
    assert case.duty(NAMING).status is DutyStatus.OPEN, "a change of track does not end it"
    await case.does(NAMING, person=ENGINEER)
    await case.does(TELLING)
    assert case.heard(SALES_SUPERVISOR)[-1] == f"{TELLING} handed"
    case.ignores()


@pytest.mark.clause("CH-7.5.1")
async def test_a_head_who_names_nobody_is_late_and_so_the_delay_is_not_charged_to_who_is_named(world: World):
    received = datetime.now(UTC)
    case = await taken_in_by_an_engineer(world, received_at=received)
    due = case.duty(NAMING).deadline.due
    await case.passes_until(due + 2 * HOURS)
    late = case.duty(NAMING)
    assert (late.breached_at, late.escalations[0].to) == (due, ENGINEERING_LEADER)
    await case.does(NAMING, person=ENGINEER)
    await case.passes(minutes=1)
    telling = case.duty(TELLING)
    assert (telling.breached_at, telling.waited_for) == (due, ENGINEERING), "the breach names whoever was waited for"
    assert telling.own_breach_at is None
    await case.passes_until(telling.own_due or due)
    assert case.duty(TELLING).own_breach_at == telling.own_due, "then it is the named person's own delay"
    await case.does(TELLING)
    assert case.duty(TELLING).status is DutyStatus.DONE
    case.ignores()


@pytest.mark.clause("CH-7.5.1")
async def test_whoever_was_named_in_time_and_tells_nobody_is_late_and_their_head_hears_of_it(world: World):
    case = await taken_in_by_an_engineer(world)
    await case.does(NAMING, person=ENGINEER)
    due = case.duty(TELLING).deadline.due
    await case.passes_until(due)
    late = case.duty(TELLING)
    assert (late.breached_at, late.waited_for) == (due, None)
    assert late.escalations[0].to == ENGINEERING
    await case.does(TELLING)
    assert case.heard(SALES_SUPERVISOR) == [f"{TELLING} handed"], "late, and told all the same"
    case.ignores()


@pytest.mark.clause("CH-7.5.1")
async def test_nothing_is_archived_before_sales_have_heard_of_it(world: World):
    case = await taken_in_by_an_engineer(world)
    for rule, form in WAY.items():
        await case.does(rule, **form)
    assert [duty.id for duty in case.file.open_duties] == [NAMING]
    await case.does(NAMING)
    await case.does(TELLING)
    assert case.duty("CH-8.1.archive").open
    case.ignores()


@pytest.mark.clause("CH-7.5.1")
async def test_a_complaint_about_the_sales_supervisor_is_told_to_whoever_stands_above(world: World):
    case = await taken_in_by_an_engineer(world, about=[SALES_SUPERVISOR])
    await case.does(NAMING, person=ENGINEER)
    await case.does(TELLING)
    assert case.heard(SALES_SUPERVISOR) == []
    assert case.heard("deng.li") == [f"{TELLING} handed"]
    assert case.heard(SUPERVISOR) == []
    case.ignores()

"""联系未果: a try to reach the customer or the media is on record, and the clock goes on (CR-5.3.1, decision 20)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind
from tests.people import CLERK, MANAGER, SALES, SUPERVISOR
from tests.toys import Toys
from tests.world import Case, World
from workflows.duty_engine import DutyEngine

pytestmark = pytest.mark.memory(anew=True)

TALK: Any = "TOY.talk"
WORK: Any = "TOY.work"
EXCUSE: Any = "TOY.excuse"


async def talking(case: DutyEngine[Any]) -> None:
    since = case.file.track_since
    assert since is not None
    work = case.owe(WORK, since=since)
    excuse = case.owe(EXCUSE, since=since)
    await case.owed(TALK, since=since)
    await work.answer()
    await excuse.answer()


@pytest.fixture(autouse=True)
def rules(toy: Toys) -> None:
    toy.rule(TALK, owner="sales_manager", contact=True)
    toy.rule(WORK, owner="sales_manager")
    toy.approval(EXCUSE, owner="marketing_manager", judges=(TALK,))
    toy.chapter(talking)


async def begun(world: World) -> Case:
    return (await world.opens(loss=600_000).graded(1)).ignores()


async def test_every_try_is_on_record_and_the_clock_goes_on(world: World):
    case = await begun(world)
    before = case.duty(TALK)
    await case.tries(TALK)
    await case.passes(hours=1)
    await case.tries(TALK, way="visit", note="家中无人，已留条")
    assert case.duty(TALK) == before.but(reminded=case.duty(TALK).reminded)
    tries = [act for act in case.file.acts if act.kind is ActKind.TRY]
    assert [(act.by, act.form["way"], act.form["note"], act.rule) for act in tries] == [
        (SALES, "telephone", "无人接听", TALK),
        (SALES, "visit", "家中无人，已留条", TALK),
    ]
    assert [line.duty for line in await case.lines("duty.tried")] == [TALK, TALK]
    await case.passes_until(before.deadline.due)
    assert case.duty(TALK).late, "trying is not reaching"
    await case.does(TALK)
    case.ignores()


async def test_a_try_has_its_own_time(world: World):
    case = await begun(world)
    await case.passes(hours=2)
    at = case.now - timedelta(minutes=30)
    await case.asks(SALES, ActKind.TRY, TALK, form={"way": "telephone", "note": "占线"}, at=at)
    assert case.file.acts[-1].at == at
    case.ignores()


async def test_what_is_refused(world: World):
    case = await begun(world)
    assert await case.refuses(case.tries(WORK)) is Refused.WRONG_ACT
    assert await case.refuses(case.tries(TALK, by=SUPERVISOR)) is Refused.NOT_YOURS
    assert await case.refuses(case.tries(TALK, note="")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.tries(TALK, way="pigeon")) is Refused.FORM_INCOMPLETE
    without = case.asks(SALES, ActKind.TRY, TALK, form={"way": "telephone"})
    assert await case.refuses(without) is Refused.FORM_INCOMPLETE
    await case.does(TALK)
    assert await case.refuses(case.tries(TALK)) is Refused.NOT_OPEN
    case.ignores()


async def test_whoever_tried_does_not_excuse_it(world: World):
    case = await begun(world)
    assert case.duty(EXCUSE).owner == MANAGER
    await case.delegates(TALK, MANAGER)
    await case.tries(TALK)
    assert (case.duty(EXCUSE).owner, case.duty(EXCUSE).because) == ("chen.jing", "four-eyes")
    assert await case.refuses(case.delegates(EXCUSE, MANAGER)) is Refused.FOUR_EYES
    await case.delegates(TALK, CLERK)
    await case.does(TALK)
    await case.approves(EXCUSE)
    case.ignores()

"""CH-7.6, MC-5.2.3b: a corrective action has an owner, a date and an effect check, and holds up the archive only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from tests.people import CHIEF_ENGINEER, ENGINEERING, GENERAL_MANAGER, PROPERTY, SALES
from tests.world import Case, World


async def an_action(world: World, until: str = "CH-7.6", **opened: Any) -> Case:
    """An ordinary complaint with a corrective action, brought to a duty of it; the track stands still."""
    case = await world.opens(loss=20_000, **opened).graded(3)
    await case.opens_matter("corrective", by=CHIEF_ENGINEER, what="窗边渗水反复出现")
    await case.works_until(until)
    return case.ignores()


@pytest.mark.clause("CH-7.6")
async def test_the_chief_engineer_names_cause_measures_owner_and_date(world: World):
    case = await an_action(world)
    plan = case.duty("CH-7.6")
    assert (plan.id, plan.owner, plan.deadline.why.limit) == ("C1/CH-7.6", CHIEF_ENGINEER, "10 workdays")
    assert await case.refuses(case.does("CH-7.6", owner="nobody")) is Refused.UNKNOWN_PERSON
    yesterday = (case.now - timedelta(days=1)).isoformat()
    assert await case.refuses(case.does("CH-7.6", complete_by=yesterday)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CH-7.6", causes="")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CH-7.6", by=SALES)) is Refused.NOT_YOURS
    await case.does("CH-7.6", owner=SALES)
    action = case.duty("CH-7.6.action")
    promised = case.file.acts[-1].form["complete_by"]
    assert (action.owner, action.deadline.due) == (SALES, datetime.fromisoformat(promised))


@pytest.mark.clause("CH-7.6")
async def test_nobody_who_is_complained_about_is_to_carry_it_out(world: World):
    case = await an_action(world, about=(ENGINEERING,))
    assert await case.refuses(case.does("CH-7.6", owner=ENGINEERING)) is Refused.ABOUT_YOU


@pytest.mark.clause("CH-7.6")
async def test_what_has_not_worked_is_looked_into_again(world: World):
    case = await an_action(world, "CH-7.6.effect")
    done = case.file.acts[-1].at
    check = case.duty("CH-7.6.effect")
    assert (check.owner, check.since, check.deadline.why.limit) == (CHIEF_ENGINEER, done, "1 months")
    await case.does("CH-7.6.effect", effective=False, found="又有两户反映")
    again = case.duty("CH-7.6")
    assert (again.id, again.since, again.deadline.why.anchor) == ("C1/CH-7.6#2", case.file.acts[-1].at, "not_effective")
    await case.goes_on_afresh()
    await case.works_until("CH-7.6.effect")
    await case.goes_on_afresh()
    await case.does("CH-7.6.effect")
    [action] = case.file.matters
    assert (action.open, action.outcome, action.ended_at) == (False, "effective", case.file.acts[-1].at)


@pytest.mark.clause("CH-7.6")
async def test_the_effect_is_checked_by_somebody_else_than_whoever_carried_it_out(world: World):
    case = await an_action(world)
    await case.does("CH-7.6", owner=CHIEF_ENGINEER)
    assert case.duty("CH-7.6.action").owner == CHIEF_ENGINEER
    await case.does("CH-7.6.action")
    check = case.duty("CH-7.6.effect")
    assert (check.owner, check.in_place_of) == (GENERAL_MANAGER, CHIEF_ENGINEER)
    assert await case.refuses(case.does("CH-7.6.effect", by=CHIEF_ENGINEER)) is Refused.NOT_YOURS
    assert await case.refuses(case.delegates("CH-7.6.effect", to=CHIEF_ENGINEER)) is Refused.FOUR_EYES
    await case.does("CH-7.6.effect")
    assert case.file.matters[0].outcome == "effective"
    case.ignores()


@pytest.mark.clause("CH-7.6")
@pytest.mark.parametrize(("required", "approver"), [(False, CHIEF_ENGINEER), (True, PROPERTY)])
async def test_another_date_holds_once_it_is_approved(world: World, required: bool, approver: str):
    """By the chief engineer; for an action that a major complaint requires by the head of the property centre."""
    case = await an_action(world) if not required else await world.opens(loss=20_000).graded(3)
    if required:
        await case.regrades(2, major=True)
    await case.works_until("CH-7.6.action")
    action = case.duty("CH-7.6.action")
    later = action.deadline.due + timedelta(days=10)
    assert await case.refuses(case.asks_date("CH-7.6.action", later, by=SALES)) is Refused.NOT_YOURS
    for returned in (True, False):
        [asked] = (await case.asks_date("CH-7.6.action", later)).opened
        assert (case.duty(asked).rule, case.duty(asked).owner) == ("CH-7.6.date", approver)
        assert case.duty("CH-7.6.action").deadline.due == action.deadline.due, "the old date holds until then"
        await (case.returns(asked, "CH-7.6.action") if returned else case.approves(asked))
    assert case.duty("CH-7.6.action").deadline.due == later
    await case.goes_on_afresh()
    await case.does("CH-7.6.action")
    assert not case.duty("CH-7.6.action").late
    case.ignores()


@pytest.mark.clause("CH-7.6")
async def test_an_action_whose_owner_is_away_is_carried_out_by_the_deputy(world: World):
    case = await an_action(world)
    directory = world.references.directory
    away = {"person": ENGINEERING, "start": case.now, "until": case.now + timedelta(days=90)}
    absence = type(directory.absences[0]).model_validate(away)
    world.references.directory = directory.but(absences=(*directory.absences, absence))
    await case.hears_of_a_new_directory()
    await case.does("CH-7.6", owner=ENGINEERING)
    action = case.duty("CH-7.6.action")
    assert (action.owner, action.in_place_of) == ("guo.wei", ENGINEERING)


@pytest.mark.clause("CH-7.6")
async def test_a_corrective_action_is_not_waited_for_by_anything_but_the_archive(world: World):
    case = await world.opens(loss=20_000).graded(3)
    await case.opens_matter("corrective", by=PROPERTY)
    for _ in range(40):
        of_the_track = [duty for duty in case.file.open_duties if not duty.matter and not case.file.awaited_by(duty)]
        if not of_the_track:
            break
        await case.finishes(of_the_track[0].id)
    assert [duty.id for duty in case.file.open_duties] == ["C1/CH-7.6"]
    assert "CH-8.1.archive" not in {duty.rule for duty in case.file.duties.values()}
    case.ignores()
    await case.to_the_end()
    assert case.file.closed
    case.ignores()


@pytest.mark.clause("CH-7.6")
async def test_what_is_opened_late_is_done_before_the_archive(world: World):
    case = await (await world.opens(loss=20_000).graded(3)).until("CH-8.1.archive")
    await case.opens_matter("corrective", by=PROPERTY)
    assert await case.refuses(case.does("CH-8.1.archive")) is Refused.NOT_READY
    for rule in ("CH-7.6", "CH-7.6.action", "CH-7.6.effect"):
        await case.does(rule)
    await case.to_the_end()
    assert case.file.closed
    case.ignores()

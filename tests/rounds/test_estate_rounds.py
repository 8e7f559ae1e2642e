"""Rounds of the property company (MC-4.2, MC-5.1): training on the emergency plan, visits by plan, inspections."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.round import Subject
from tests.people import (
    ENGINEERING,
    GENERAL_MANAGER,
    OPERATIONS,
    PROJECT_MANAGER,
    PROPERTY,
    SUPERVISOR,
)
from tests.rounds.stage import Round, Rounds
from tests.rounds.test_chapters import COMPANY, over
from tests.rounds.test_sales_rounds import handed, refusal

HF01 = Subject(project="hf01")
clause = pytest.mark.clause


# --- training on the emergency plan (MC-4.2c)


def held(round: Round) -> list[Any]:
    return [duty for duty in round.file.duties.values() if duty.rule == "MC-4.2c.held"]


@clause("MC-4.2c")
async def test_operations_organises_each_department_trains_and_operations_sums_it_up(rounds: Rounds):
    round = await rounds.begun("MC-4.2c", COMPANY)
    by = round.now + timedelta(days=30)
    assert round.duty("MC-4.2c").owner == OPERATIONS
    for departments, named in (
        (["engineering", "property"], "operations"),
        (["engineering", "property", "operations", "nowhere"], "nowhere"),
        (["engineering", "property", "operations", "property"], "twice"),
        ([], "training_departments"),
    ):
        told = await refusal(round.does("MC-4.2c", training_departments=departments))
        assert told.code is Refused.FORM_INCOMPLETE
        assert named in told.params["problems"]
    past = await refusal(round.does("MC-4.2c", train_by=(round.now - timedelta(days=1)).isoformat()))
    assert "train_by" in past.params["problems"]
    await round.does("MC-4.2c", train_by=by.isoformat())
    assert [(one.owner, one.deadline.due) for one in held(round)] == [
        (ENGINEERING, by),
        (PROPERTY, by),
        (OPERATIONS, by),
    ]
    assert handed(round, ENGINEERING, "MC-4.2c") == handed(round, PROPERTY, "MC-4.2c") == ["1"]
    future = (round.now + timedelta(days=2)).isoformat()
    assert (await refusal(round.does(held(round)[0].id, held_at=future))).code is Refused.FORM_INCOMPLETE
    for one in held(round):
        assert "MC-4.2c.result" not in round.file.duties
        await round.does(one.id)
    assert len(handed(round, OPERATIONS, "MC-4.2c.held")) == 2, "from the two other departments"
    assert (await refusal(round.does("MC-4.2c.result", without=["property"]))).code is Refused.FORM_INCOMPLETE
    await round.does("MC-4.2c.result")
    assert await over(round) == "done"
    assert len(handed(round, GENERAL_MANAGER, "MC-4.2c.result")) == 1


@clause("MC-4.2c")
async def test_a_department_that_does_not_train_is_late_operations_hears_it_and_names_it(rounds: Rounds):
    round = await rounds.begun("MC-4.2c", COMPANY)
    by = round.now + timedelta(days=10)
    await round.does("MC-4.2c", train_by=by.isoformat())
    lazy = next(one for one in held(round) if one.department == "engineering")
    for one in held(round):
        if one is not lazy:
            await round.does(one.id)
    await round.passes_until(by + timedelta(minutes=1))
    copies = [one.id for one in round.file.notices if (one.to, one.kind) == (OPERATIONS, "copy")]
    assert copies == [f"{lazy.id}/MC-4.2c.late/{OPERATIONS}"]
    assert round.duty("MC-4.2c.result").since == by
    assert (await refusal(round.does("MC-4.2c.result"))).params["problems"] == "without: engineering"
    await round.does("MC-4.2c.result", without=["engineering"])
    await round.look()
    assert not round.file.closed, "the training is owed all the same"
    await round.does(lazy.id, by=ENGINEERING)
    assert round.file.duties[lazy.id].late
    assert await over(round) == "done"
    round.ignores()


# --- the emergency plan as a document (MC-5.2.4b)


@clause("MC-5.2.4b")
async def test_the_emergency_plan_is_reviewed_by_the_departments_and_approved_by_the_general_manager(rounds: Rounds):
    round = await rounds.begun("MC-5.2.4b.plan", HF01)
    assert round.duty("MC-5.2.4b.plan").owner == PROJECT_MANAGER
    await round.does("MC-5.2.4b.plan", document="emergency-plan", version=1)
    asked = [duty for duty in round.file.open_duties if duty.rule == "MC-5.2.4b.plan.opinion"]
    assert {one.department for one in asked} == {"property", "engineering", "operations"}
    for one in asked:
        await round.does(one.id)
    assert await round.refuses(round.delegates("MC-5.2.4b.plan.approval", PROJECT_MANAGER)) is Refused.FOUR_EYES
    await round.approves("MC-5.2.4b.plan.approval", by=GENERAL_MANAGER)
    assert await over(round) == "approved"


# --- visits by plan (MC-5.1.1)


@clause("MC-5.1.1")
async def test_visits_are_made_by_the_plan_and_each_that_was_not_made_has_a_reason(rounds: Rounds):
    round = await rounds.begun("MC-5.1.1", HF01)
    assert await round.refuses(round.does("MC-5.1.1")) is Refused.NOT_READY
    assert (await refusal(round.does("MC-5.1.1.plan", planned_visits=[]))).code is Refused.FORM_INCOMPLETE
    await round.does("MC-5.1.1.plan", planned_visits=["3栋1单元", "钱女士"])
    made = {"whom": "3栋1单元", "made": True, "findings": "路灯两处不亮"}
    missed = {"whom": "钱女士", "made": False, "reason": "客户出差，改在下周"}
    for visits, named in (
        ([], "3栋1单元, 钱女士"),
        ([made], "钱女士"),
        ([made, made, missed], "twice"),
        ([made, missed | {"reason": ""}], "reason"),
        ([made | {"findings": ""}, missed], "findings"),
    ):
        told = await refusal(round.does("MC-5.1.1", visits=visits))
        assert told.code is Refused.FORM_INCOMPLETE
        assert named in told.params["problems"], visits
    besides = {"whom": "5栋", "made": True, "findings": "住户反映停车难"}
    await round.does("MC-5.1.1", visits=[made, missed, besides])
    assert await over(round) == "done"


@clause("MC-5.1.1")
async def test_a_week_without_planned_visits_has_a_reason_twice(rounds: Rounds):
    round = await rounds.begun("MC-5.1.1", HF01)
    await round.does("MC-5.1.1.plan", planned_visits=[], reason="春节放假")
    assert (await refusal(round.does("MC-5.1.1", visits=[]))).params["problems"] == "remark"
    await round.does("MC-5.1.1", visits=[], remark="春节放假，没有走访")
    assert await over(round) == "done"


@clause("MC-5.1.1")
async def test_the_plan_is_due_on_the_next_working_day_and_climbs(rounds: Rounds):
    round = await rounds.begun("MC-5.1.1", HF01)
    plan = round.duty("MC-5.1.1.plan")
    assert (plan.owner, plan.deadline.why.limit, plan.deadline.source) == (SUPERVISOR, "1 workdays", "house")
    await round.passes_until(plan.deadline.due + timedelta(minutes=1))
    assert round.duty("MC-5.1.1.plan").late
    await round.does("MC-5.1.1.plan")
    await round.does("MC-5.1.1")
    assert await over(round) == "done"
    round.ignores()


# --- inspections (MC-5.1.3)


@clause("MC-5.1.3")
async def test_each_defect_is_owed_by_whoever_repairs_it_or_has_a_reason_against_it(rounds: Rounds):
    round = await rounds.begun("MC-5.1.3", HF01)
    due = round.now + timedelta(days=6)
    defect = {"what": "一台水泵异响", "owner": ENGINEERING, "due": due.isoformat()}
    left = {"what": "外墙一处褪色", "reason": "不影响使用，列入明年粉刷"}
    for found, code in (
        ({"what": "一台水泵异响"}, Refused.FORM_INCOMPLETE),
        (defect | {"due": None}, Refused.FORM_INCOMPLETE),
        (defect | {"reason": "不修"}, Refused.FORM_INCOMPLETE),
        (defect | {"owner": "nobody"}, Refused.UNKNOWN_PERSON),
        (defect | {"due": (round.now - timedelta(hours=1)).isoformat()}, Refused.FORM_INCOMPLETE),
    ):
        assert await round.refuses(round.does("MC-5.1.3", found_defects=[found])) is code, found
    await round.does("MC-5.1.3", found_defects=[defect, left])
    [owed] = [duty for duty in round.file.open_duties if duty.rule == "MC-5.1.3.defect"]
    assert (owed.owner, owed.deadline.due) == (ENGINEERING, due)
    [told] = [one.params for one in round.file.notices if one.duty == owed.id]
    assert told == {"item": "一台水泵异响"}
    await round.passes_until(due + timedelta(minutes=1))
    assert round.duty(owed.id).late
    await round.does(owed.id)
    assert await over(round) == "done"
    assert len(handed(round, PROPERTY, "MC-5.1.3.defect")) == 1
    round.ignores()

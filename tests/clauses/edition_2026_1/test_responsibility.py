"""Edition 2026.1: a complaint that is not one department's own, of which one department is ordered to act."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind
from tests.clauses.test_responsibility import (  # noqa: F401 (its tests hold under both editions)
    DEPARTMENTS,
    assessed,
    test_an_item_goes_to_nobody_who_is_complained_about,
)
from tests.people import (
    CHIEF_ENGINEER,
    ENGINEERING,
    GENERAL_MANAGER,
    GM_OFFICE,
    PROPERTY,
    SALESPERSON,
    SUPERVISOR,
)
from tests.world import World

pytestmark = pytest.mark.edition("2026.1")


# --- other departments


@pytest.mark.clause("CH-7.2.3")
@pytest.mark.clause("CH-7.5.1")
@pytest.mark.clause("CS-4.2.1b")
@pytest.mark.clause("CS-4.2.2a")
async def test_every_department_gives_its_opinion_and_names_somebody_before_one_is_ordered_to_act(world: World):
    case = await assessed(world, "others", departments=DEPARTMENTS)
    assert case.duty("CS-4.2.1b").deadline.why.limit == "1 h elapsed"
    await case.does("CS-4.2.1b")
    await case.does("CH-7.2.3", departments=DEPARTMENTS)
    opinions = {f"CH-7.2.3.opinion@{name}" for name in DEPARTMENTS}
    assert opinions <= {duty.id for duty in case.file.open_duties}
    assert (case.duty("CH-7.5.1@engineering").owner, case.duty("CH-7.5.1@property").owner) == (ENGINEERING, PROPERTY)
    unknown = case.does("CH-7.5.1@engineering", person="nobody.known")
    assert await case.refuses(unknown) is Refused.UNKNOWN_PERSON
    await case.does("CH-7.5.1@engineering", person="guo.wei")
    assert await case.refuses(case.does("CH-7.2.3.opinion@engineering", by=PROPERTY)) is Refused.NOT_YOURS
    assert await case.refuses(case.does("CH-7.2.3.opinion@engineering", opinion="")) is Refused.FORM_INCOMPLETE
    await case.does("CH-7.2.3.opinion@engineering")
    assert "CS-4.2.2a" not in case.file.duties, "every department has to come back"
    await case.does("CH-7.2.3.opinion@property")
    last = case.file.acts[-1].at
    order = case.duty("CS-4.2.2a")
    assert (order.owner, order.since) == (SUPERVISOR, last)
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.NOT_READY
    assert await case.refuses(case.does("CS-4.2.2a", department="nowhere")) is Refused.FORM_INCOMPLETE
    by = case.now + timedelta(days=9)
    await case.does("CS-4.2.2a", department="engineering", complete_by=by.isoformat())
    carried_out = case.duty("CS-4.2.2a.carry_out")
    assert (carried_out.owner, carried_out.deadline.due) == (ENGINEERING, by)
    await case.does("CH-7.3.1")
    assert case.file.handled_at is None, "what was ordered is still to be carried out"
    await case.does("CS-4.2.2a.carry_out")
    assert case.file.handled_at == case.file.acts[-1].at
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CH-7.2.3")
async def test_a_department_that_is_silent_is_late_and_holds_up_nobodys_clock_but_its_own(world: World):
    case = await assessed(world, "others", departments=DEPARTMENTS)
    await case.does("CH-7.2.3", departments=DEPARTMENTS)
    await case.does("CH-7.2.3.opinion@engineering")
    await case.passes(days=6)
    late = case.duty("CH-7.2.3.opinion@property")
    assert late.open
    assert late.late
    assert case.duty("CH-7.3.1").late, "the customer was promised a date all the same"
    await case.does("CH-7.2.3.opinion@property")
    assert case.duty("CS-4.2.2a").open
    case.ignores()


# --- not the company's


@pytest.mark.clause("CS-4.2.2b")
@pytest.mark.clause("CS-4.2.1b")
async def test_what_is_not_the_companys_is_answered_by_customer_service_on_technical_advice(world: World):
    case = await assessed(world, "not_ours")
    passed_on = case.duty("CS-4.2.1b")
    assert (passed_on.owner, passed_on.since) == (SALESPERSON, case.duty("CS-4.2.1a").closed_at)
    assert await case.refuses(case.does("CS-4.2.1b", summary="")) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.2.1b")
    assert case.duty("CS-4.2.2b").owner == CHIEF_ENGINEER
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.NOT_READY
    await case.does("CS-4.2.2b")
    answer = case.duty("CH-7.3.1")
    assert (answer.owner, answer.because, answer.in_place_of) == (SUPERVISOR, "handed_on", SALESPERSON)
    assert await case.refuses(case.does("CH-7.3.1", by=SALESPERSON)) is Refused.NOT_YOURS
    await case.to_the_end()
    case.ignores()


# --- not agreed


@pytest.mark.clause("CS-2.8")
@pytest.mark.clause("CS-4.2.4")
@pytest.mark.clause("CS-4.2.5")
@pytest.mark.clause("CS-4.2.6")
async def test_a_coordination_meeting_is_approved_and_each_item_of_its_minutes_is_somebodys_duty(world: World):
    case = await assessed(world, "unagreed", matters=True)
    await case.does("CS-4.2.1b")
    assert case.duty("CS-4.2.4").owner == SUPERVISOR
    await case.does("CS-4.2.4")
    assert (case.duty("CS-4.2.5").owner, case.duty("CS-4.2.5").deadline.why.limit) == (GM_OFFICE, "3 workdays")
    for missing in ("departments", "plan", "work", "resources"):
        empty: Any = [] if missing == "departments" else ""
        assert await case.refuses(case.does("CS-4.2.5", **{missing: empty})) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.2.5")
    assert case.duty("CS-2.8").owner == GENERAL_MANAGER
    await case.returns("CS-2.8", "CS-4.2.5")
    again = case.duty("CS-4.2.5")
    assert (again.id, again.deadline.why.anchor) == ("CS-4.2.5#2", "return")
    await case.does("CS-4.2.5")
    await case.approves("CS-2.8")
    days = {ENGINEERING: case.now + timedelta(days=6), PROPERTY: case.now + timedelta(days=4)}
    items = [{"owner": owner, "text": "落实方案", "date": date.isoformat()} for owner, date in days.items()]
    for wrong in ([], [{**items[0], "owner": "nobody.known"}], [{**items[0], "date": "2020-01-01T09:00:00+08:00"}]):
        assert await case.refuses(case.does("CS-4.2.6", items=wrong)) in (
            Refused.FORM_INCOMPLETE,
            Refused.UNKNOWN_PERSON,
        )
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.NOT_READY
    await case.does("CS-4.2.6", items=items)
    owed = {duty.owner: duty for duty in case.file.open_duties if duty.rule == "CS-4.2.6.item"}
    assert {owner: duty.deadline.due for owner, duty in owed.items()} == days
    assert case.duty("CH-7.3.1").owner == SUPERVISOR, "customer service answers"
    await case.does("CH-7.3.1")
    assert case.file.handled_at is None, "the items are tracked to the end"
    await case.passes_until(days[PROPERTY])
    assert case.heard(SUPERVISOR)[-1] == "CS-4.2.6.item#2 copy"
    assert case.duty("CS-4.2.6.item#2").late
    await case.does(owed[PROPERTY].id)
    assert case.file.handled_at is None
    await case.asks(ENGINEERING, ActKind.DISCHARGE, owed[ENGINEERING].id, form={"done": "防水层更换完毕"})
    assert case.file.handled_at == case.file.acts[-1].at
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CS-4.2.4")
@pytest.mark.clause("CS-4.2.2a")
async def test_what_is_not_agreed_and_does_not_matter_much_customer_service_decides(world: World):
    case = await assessed(world, "unagreed")
    await case.does("CS-4.2.1b")
    assert "CS-4.2.4" not in case.file.duties
    await case.does("CS-4.2.2a", department="property")
    assert case.duty("CS-4.2.2a.carry_out").owner == PROPERTY
    assert case.duty("CS-4.2.2a.carry_out").deadline.why.limit == "5 workdays"


@pytest.mark.clause("CS-4.2.4")
async def test_departments_whose_opinions_contradict_each_other_meet(world: World):
    case = await assessed(world, "others", departments=DEPARTMENTS)
    await case.until("CS-4.2.2a")
    dated = case.does("CS-4.2.2a", department=None, complete_by=(case.now + timedelta(days=1)).isoformat())
    assert await case.refuses(dated) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.2.2a", department=None, request="两部门均不承担")
    assert case.duty("CS-4.2.4").since == case.file.acts[-1].at
    await case.until("CS-4.2.6.item")
    assert "CS-4.2.2a.carry_out" not in case.file.duties
    case.ignores()

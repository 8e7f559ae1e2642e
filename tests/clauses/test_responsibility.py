"""客户服务管理程序 4.2, 客户投诉处理程序 7.2.3: a complaint that is not one department's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind, ActReceipt, DutyStatus
from tests.clauses.limits import Clock
from tests.people import (
    CHIEF_ENGINEER,
    ENGINEERING,
    ENGINEERING_LEADER,
    GENERAL_MANAGER,
    GM_OFFICE,
    MANAGER,
    PRESIDENT,
    PROPERTY,
    SALES_MANAGER,
    SALES_SUPERVISOR,
    SALESPERSON,
    SUPERVISOR,
)
from tests.world import Case, World

DEPARTMENTS = ["engineering", "property"]
OPINIONS = [f"CH-7.2.3.opinion@{name}" for name in DEPARTMENTS]
PARTS = [f"CS-4.2.2a.carry_out@{name}" for name in DEPARTMENTS]


async def assessed(world: World, responsible: str, **more: Any) -> Case:
    case = await world.opens(received_by=SALESPERSON).graded(3)
    await case.does("CS-4.2.1a", responsible=responsible, **more)
    return case


async def asked(world: World) -> Case:
    """Two departments have got a work order, and customer service has been told."""
    case = await assessed(world, "others", departments=DEPARTMENTS)
    await case.does("CS-4.2.1b")
    await case.does("CH-7.2.3", departments=DEPARTMENTS)
    return case.ignores()


async def ordered(world: World, *departments: str, **more: Any) -> Case:
    """The opinions are in, and customer service has ordered these departments to act."""
    case = await asked(world)
    for opinion in OPINIONS:
        await case.does(opinion)
    await case.does("CS-4.2.2a", departments=[*departments], **more)
    return case.ignores()


def open_parts(case: Case, rule: str = "CS-4.2.2a.carry_out") -> list[str | None]:
    return [duty.department for duty in case.file.open_duties if duty.rule == rule]


# --- other departments


@pytest.mark.clause("CH-7.2.3")
@pytest.mark.clause("CS-4.2.1b")
@pytest.mark.clause("CS-4.2.2a")
async def test_every_department_gives_a_clear_opinion_before_those_responsible_are_ordered_to_act(world: World):
    case = await assessed(world, "others", departments=DEPARTMENTS)
    assert case.duty("CS-4.2.1b").deadline.why.limit == "1 h office hours 09:00-18:00"
    assert await case.refuses(case.does("CH-7.2.3", departments=["nowhere"])) is Refused.FORM_INCOMPLETE
    await case.does("CH-7.2.3", departments=DEPARTMENTS)
    assert open_parts(case, "CH-7.2.3.opinion") == DEPARTMENTS, "one open duty for each"
    assert (case.duty(OPINIONS[0]).owner, case.duty(OPINIONS[1]).owner) == (ENGINEERING, PROPERTY)
    assert [case.heard(head) for head in (ENGINEERING, PROPERTY)] == [["CH-7.2.3 handed"]] * 2, "the work order, F2"
    assert await case.refuses(case.does(OPINIONS[0], by=PROPERTY)) is Refused.NOT_YOURS
    unclear_ones: tuple[dict[str, Any], ...] = ({"opinion": ""}, {"ours": None}, {"measures": ""}, {"ours": "ours_not"})
    for unclear in unclear_ones:
        assert await case.refuses(case.does(OPINIONS[0], **unclear)) is Refused.FORM_INCOMPLETE
    await case.does(OPINIONS[0])
    assert case.heard(SALES_MANAGER) == case.heard(SUPERVISOR) == [f"{OPINIONS[0]} handed"], "it comes back"
    assert "CS-4.2.2a" not in case.file.duties, "every department has to come back"
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.NOT_READY
    await case.does(OPINIONS[1], ours="ours_not", measures="")
    order = case.duty("CS-4.2.2a")
    assert (order.owner, order.since) == (SUPERVISOR, case.file.acts[-1].at)
    await case.does("CS-4.2.1b")
    case.ignores()


@pytest.mark.clause("CS-4.2.1b")
@pytest.mark.parametrize("responsible", ["others", "not_ours", "unagreed"])
async def test_customer_service_gets_the_summary_at_once_whatever_is_not_ones_own(world: World, responsible: str):
    departments = ["engineering"] if responsible == "others" else []
    case = await assessed(world, responsible, departments=departments)
    owed = case.duty("CS-4.2.1b")
    assert (owed.owner, owed.since) == (SALESPERSON, case.duty("CS-4.2.1a").closed_at)
    assert await case.refuses(case.does("CS-4.2.1b", summary="")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CS-4.2.1b", by=SALES_SUPERVISOR)) is Refused.NOT_YOURS
    await case.does("CS-4.2.1b", summary="涉及外墙防水，请客户服务部协调")
    [told] = [one for one in case.file.notices if one.to == SUPERVISOR and one.kind == "handed"]
    act = case.file.acts[-1]
    assert (told.params["act"], act.form["summary"]) == (str(act.seq), "涉及外墙防水，请客户服务部协调")
    assert case.heard(SUPERVISOR) == ["CS-4.2.1b handed"]


@pytest.mark.clause("CS-4.2.1b")
async def test_nobody_told_means_a_breach_and_the_assessors_superior_hears_of_it(world: World):
    case = await assessed(world, "others", departments=["engineering"])
    due = case.duty("CS-4.2.1b").deadline.due
    await case.passes_until(due)
    assert case.duty("CS-4.2.1b").breached_at == due
    assert case.duty("CS-4.2.1b").escalations[0].to == SALES_SUPERVISOR
    await case.does("CS-4.2.1b")
    assert case.heard(SUPERVISOR) == ["CS-4.2.1b handed"], "late, and told all the same"
    case.ignores()


@pytest.mark.clause("CH-7.2.3")
@pytest.mark.clause("CH-7.3.1")
async def test_while_a_department_is_silent_the_late_answer_names_its_head_and_not_who_cannot_answer(world: World):
    case = await asked(world)
    await case.does(OPINIONS[0])
    await case.passes(days=6)
    silent, answer = case.duty(OPINIONS[1]), case.duty("CH-7.3.1")
    assert (silent.late, silent.owner, silent.escalations[0].to) == (True, PROPERTY, ENGINEERING_LEADER)
    assert (answer.late, answer.owner, answer.waited_for) == (True, SALESPERSON, PROPERTY)
    assert answer.escalations[0].to == ENGINEERING_LEADER, "it climbs from whoever is waited for"
    assert SALES_SUPERVISOR not in {step.to for step in answer.escalations}
    await case.does(OPINIONS[1])
    assert case.duty("CS-4.2.2a").open
    case.ignores()


@pytest.mark.clause("CH-7.2.3")
async def test_a_work_order_is_changed_while_an_opinion_is_missing(world: World):
    case = await asked(world)
    await case.does(OPINIONS[0])
    case.ignores()
    to_design = {"departments": ["engineering", "chief_engineer"], "request": "请查明节点做法"}
    assert await case.refuses(case.revises("CH-7.2.3", by=SALESPERSON, **to_design)) is Refused.NOT_YOURS
    assert await case.refuses(case.revises("CH-7.2.3", by=SALES_MANAGER, reason="", **to_design)) is (
        Refused.REASON_NEEDED
    )
    await case.revises("CH-7.2.3", by=SALES_MANAGER, **to_design)
    assert case.duty(OPINIONS[1]).status is DutyStatus.SUPERSEDED
    assert case.heard(PROPERTY) == [f"{OPINIONS[1]} closed"]
    added = case.duty("CH-7.2.3.opinion@chief_engineer")
    assert (added.owner, added.since) == (CHIEF_ENGINEER, case.file.acts[-1].at)
    assert case.heard(CHIEF_ENGINEER) == ["CH-7.2.3 handed"]
    assert case.duty(OPINIONS[0]).status is DutyStatus.DONE, "what was done stays"
    await case.does(added.id)
    assert case.duty("CS-4.2.2a").since == case.file.acts[-1].at
    late = case.revises("CH-7.2.3", by=SALES_MANAGER, departments=["property"], request="请到场")
    assert await case.refuses(late) is Refused.WRONG_ACT, "all opinions are in"
    case.ignores()


# --- the order


@pytest.mark.clause("CS-4.2.2a")
async def test_each_responsible_department_owes_its_part_and_the_lead_hears_of_the_others(world: World):
    case = await asked(world)
    for opinion in OPINIONS:
        await case.does(opinion)
    case.ignores()
    by = case.now + timedelta(days=9)
    wrongs: tuple[dict[str, Any], ...] = (
        {"departments": ["nowhere"]},
        {"departments": ["engineering", "engineering"]},
        {"departments": [], "complete_by": by.isoformat()},
        {"complete_by": (case.now - timedelta(days=1)).isoformat()},
        {"request": ""},
    )
    for wrong in wrongs:
        assert await case.refuses(case.does("CS-4.2.2a", **wrong)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CS-4.2.2a", by=SALES_MANAGER)) is Refused.NOT_YOURS
    await case.does("CS-4.2.2a", departments=DEPARTMENTS, complete_by=by.isoformat())
    assert open_parts(case) == DEPARTMENTS
    assert [case.duty(part).owner for part in PARTS] == [ENGINEERING, PROPERTY]
    assert {(case.duty(part).deadline.due, case.duty(part).deadline.source) for part in PARTS} == {(by, "house")}
    assert [case.heard(head) for head in (ENGINEERING, PROPERTY)] == [["CS-4.2.2a handed"]] * 2
    await case.does("CH-7.3.1")
    assert case.file.handled_at is None, "what was ordered is still to be carried out"
    await case.does(PARTS[1])
    assert case.heard(SUPERVISOR) == case.heard(ENGINEERING) == [f"{PARTS[1]} handed"]
    assert case.file.handled_at is None, "the other department has not done its part"
    await case.does(PARTS[0])
    assert case.heard(SUPERVISOR) == [f"{PARTS[0]} handed"]
    assert case.heard(PROPERTY) == [], "only the lead puts the parts together"
    assert case.file.handled_at == case.file.acts[-1].at
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CS-4.2.2a")
async def test_a_department_that_does_not_act_is_late_for_its_own_part_alone(world: World):
    case = await ordered(world, *DEPARTMENTS)
    assert {(case.duty(part).deadline.why.limit, case.duty(part).deadline.source) for part in PARTS} == {
        ("5 workdays", "house")
    }
    await case.does(PARTS[0])
    due = case.duty(PARTS[1]).deadline.due
    await case.passes_until(due + timedelta(hours=10))
    assert case.duty(PARTS[1]).breached_at == due
    assert not case.duty(PARTS[0]).late
    await case.does(PARTS[1])
    assert (case.duty(PARTS[1]).status, case.duty(PARTS[1]).late) == (DutyStatus.DONE, True)
    case.ignores()


@pytest.mark.clause("CS-4.2.2a")
async def test_an_order_is_changed_departments_are_added_and_dropped_and_done_parts_stay(world: World):
    case = await ordered(world, *DEPARTMENTS)
    await case.does(PARTS[0])
    case.ignores()
    by = case.now + timedelta(days=12)
    new: dict[str, Any] = {"departments": ["engineering", "chief_engineer"], "request": "请设计提供节点做法"}
    assert await case.refuses(case.revises("CS-4.2.2a", by=PROPERTY, **new)) is Refused.NOT_YOURS
    unknown: dict[str, Any] = {**new, "departments": ["nowhere"]}
    assert await case.refuses(case.revises("CS-4.2.2a", by=SUPERVISOR, **unknown)) is Refused.FORM_INCOMPLETE
    await case.revises("CS-4.2.2a", by=SUPERVISOR, **new)
    assert (case.duty(PARTS[1]).status, case.heard(PROPERTY)) == (DutyStatus.SUPERSEDED, [f"{PARTS[1]} closed"])
    added = case.duty("CS-4.2.2a.carry_out@chief_engineer")
    assert (added.owner, added.since, case.heard(CHIEF_ENGINEER)) == (
        CHIEF_ENGINEER,
        case.file.acts[-1].at,
        ["CS-4.2.2a handed"],
    )
    await case.revises("CS-4.2.2a", by=SUPERVISOR, **new | {"complete_by": by.isoformat()})
    assert case.duty(added.id).deadline.due == by
    assert case.heard(CHIEF_ENGINEER) == ["CS-4.2.2a handed"], "the order as it is now"
    none = case.revises("CS-4.2.2a", by=SUPERVISOR, departments=[], request="各部门均不承担")
    assert await case.refuses(none) is Refused.WRONG_ACT, "that is for the assessment to say"
    await case.does(added.id)
    assert case.file.handled_at is None, "the customer is still to be answered, and the order can still be changed"
    await case.revises("CS-4.2.2a", by=SUPERVISOR, departments=["engineering", "property"], request="请配合现场")
    assert open_parts(case) == ["property"]
    await case.does("CH-7.3.1")
    await case.does("CS-4.2.2a.carry_out@property#2")
    assert case.file.handled_at == case.file.acts[-1].at
    again = case.revises("CS-4.2.2a", by=SUPERVISOR, departments=["engineering"], request="请返工")
    assert await case.refuses(again) is Refused.ANSWER_STANDS
    case.ignores()


async def asks_another_date(case: Case, duty: str, approval: str, owner: str, above: str) -> datetime:
    """Ask for another date; nobody decides for a day, which climbs. Return the date that was asked for."""
    date = case.duty(duty).deadline.due + timedelta(days=15)
    await case.asks_date(duty, date)
    asked, owed = case.file.acts[-1], case.duty(approval)
    due = Clock("1 workdays", case.calendar).due(asked.at, None)
    assert (owed.owner, owed.since, owed.deadline.due, owed.deadline.source) == (owner, asked.at, due, "house")
    await case.passes_until(due + timedelta(hours=9, minutes=1))
    assert case.duty(owed.id).breached_at == due
    assert [step.to for step in case.duty(owed.id).escalations] == [above]
    case.ignores()
    return date


@pytest.mark.clause("CS-4.2.2a")
async def test_another_date_for_a_part_is_for_customer_service_to_approve(world: World):
    by = (datetime.now(UTC) + timedelta(days=20)).isoformat()
    case = await ordered(world, "engineering", complete_by=by)
    before = case.duty(PARTS[0]).deadline.due
    assert await case.refuses(case.asks_date(PARTS[0], before + timedelta(days=1), by=PROPERTY)) is Refused.NOT_YOURS
    date = await asks_another_date(case, PARTS[0], "CS-4.2.2a.date", SUPERVISOR, MANAGER)
    approval = case.duty("CS-4.2.2a.date")
    assert case.duty(PARTS[0]).deadline.due == before, "until it is approved the old date holds"
    assert await case.refuses(case.approves(approval.id, by=ENGINEERING)) is Refused.NOT_YOURS
    await case.returns(approval.id, "CS-4.2.2a.carry_out")
    assert case.duty(PARTS[0]).deadline.due == before
    await case.asks_date(PARTS[0], date)
    await case.approves("CS-4.2.2a.date")
    assert case.duty(PARTS[0]).deadline.due == date
    case.ignores()


@pytest.mark.clause("CS-4.2.2a")
async def test_nobody_approves_another_date_for_a_part_of_their_own(world: World):
    case = await ordered(world, "engineering")
    await case.delegates(PARTS[0], SUPERVISOR)
    await case.asks_date(PARTS[0], case.now + timedelta(days=15))
    assert case.duty("CS-4.2.2a.date").owner == MANAGER, "the next one up, because the supervisor asks for it"
    case.ignores()


@pytest.mark.clause("CS-4.2.2a")
async def test_a_customer_who_is_not_reached_for_a_part_is_on_record(world: World):
    case = await ordered(world, "engineering")
    await case.tries(PARTS[0])
    assert (case.file.acts[-1].kind, case.duty(PARTS[0]).open) == (ActKind.TRY, True)


# --- not the company's


@pytest.mark.clause("CS-4.2.2b")
@pytest.mark.clause("CS-4.2.1b")
@pytest.mark.clause("CH-7.3.1")
async def test_what_is_not_the_companys_is_answered_by_customer_service_on_advice_of_whom_it_asked(world: World):
    case = await assessed(world, "not_ours")
    await case.does("CS-4.2.1b")
    case.ignores()
    ask = case.duty("CS-4.2.2b.ask")
    assert (ask.owner, ask.since) == (SUPERVISOR, case.file.acts[-1].at)
    assert await case.refuses(case.does("CS-4.2.2b.ask", department="nowhere")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.NOT_READY
    await case.does("CS-4.2.2b.ask", department="engineering", question="市政施工是否造成渗水")
    advice = case.duty("CS-4.2.2b")
    assert (advice.owner, advice.since) == (ENGINEERING, case.file.acts[-1].at), "the department that was named"
    assert case.heard(ENGINEERING) == ["CS-4.2.2b.ask handed"]
    assert await case.refuses(case.does("CS-4.2.2b", by=CHIEF_ENGINEER)) is Refused.NOT_YOURS
    assert await case.refuses(case.does("CS-4.2.2b", our_responsibility=None)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.NOT_READY
    await case.does("CS-4.2.2b")
    assert case.heard(SUPERVISOR) == [f"{advice.id} handed"]
    answer = case.duty("CH-7.3.1")
    assert (answer.owner, answer.because, answer.in_place_of) == (SUPERVISOR, "handed_on", SALESPERSON)
    assert await case.refuses(case.does("CH-7.3.1", by=SALESPERSON)) is Refused.NOT_YOURS
    await case.does("CH-7.3.1")
    assert case.heard(SALESPERSON) == ["CH-7.3.1 handed"], "whoever took it in hears what the customer was told"
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CS-4.2.2b")
@pytest.mark.clause("CS-4.2.2a")
async def test_advice_that_it_is_the_companys_after_all_leads_to_an_order(world: World):
    case = await assessed(world, "not_ours")
    await case.until("CS-4.2.2b")
    await case.does("CS-4.2.2b", advice="外墙节点设计不当，属公司责任", our_responsibility=True)
    order = case.duty("CS-4.2.2a")
    assert (order.owner, order.since, order.deadline.why.anchor) == (SUPERVISOR, case.file.acts[-1].at, "advice")
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.NOT_READY
    await case.does("CS-4.2.2a", departments=["engineering"])
    assert open_parts(case) == ["engineering"]
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
    case.ignores()
    await case.does("CS-4.2.4")
    assert case.heard(GM_OFFICE) == ["CS-4.2.4 handed"], "the general manager's office gets the referral"
    assert (case.duty("CS-4.2.5").owner, case.duty("CS-4.2.5").deadline.why.limit) == (GM_OFFICE, "3 workdays")
    for missing in ("departments", "plan", "work", "resources"):
        empty: Any = [] if missing == "departments" else ""
        assert await case.refuses(case.does("CS-4.2.5", **{missing: empty})) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.2.5", departments=DEPARTMENTS)
    assert case.duty("CS-2.8").owner == GENERAL_MANAGER
    assert case.heard(GENERAL_MANAGER) == ["CS-4.2.5 handed"]
    await case.returns("CS-2.8", "CS-4.2.5")
    again = case.duty("CS-4.2.5")
    assert (again.id, again.deadline.why.anchor) == ("CS-4.2.5#2", "return")
    await case.does("CS-4.2.5", departments=DEPARTMENTS)
    case.ignores()
    await case.approves("CS-2.8")
    assert case.heard(GM_OFFICE) == case.heard(SUPERVISOR) == ["CS-2.8#2 handed"]
    days = {"guo.wei": case.now + timedelta(days=6), "shen.yu": case.now + timedelta(days=4)}
    items = [{"owner": owner, "text": "落实方案", "date": date.isoformat()} for owner, date in days.items()]
    for wrong in ([], [{**items[0], "owner": "nobody.known"}], [{**items[0], "date": "2020-01-01T09:00:00+08:00"}]):
        assert await case.refuses(case.does("CS-4.2.6", items=wrong)) in (
            Refused.FORM_INCOMPLETE,
            Refused.UNKNOWN_PERSON,
        )
    assert await case.refuses(case.does("CH-7.3.1")) is Refused.NOT_READY
    await case.does("CS-4.2.6", items=items)
    for gets in ("guo.wei", "shen.yu", ENGINEERING, PROPERTY, GM_OFFICE, SALESPERSON):
        assert case.heard(gets) == ["CS-4.2.6 handed"], f"{gets} gets the minutes"
    owed = {duty.owner: duty for duty in case.file.open_duties if duty.rule == "CS-4.2.6.item"}
    assert {owner: duty.deadline.due for owner, duty in owed.items()} == days
    assert case.duty("CH-7.3.1").owner == SUPERVISOR, "customer service answers"
    await case.does("CH-7.3.1")
    assert case.heard(SALESPERSON) == ["CH-7.3.1 handed"], "the source gets a reply, too"
    assert case.file.handled_at is None, "the items are tracked to the end"
    await case.passes_until(days["shen.yu"])
    assert case.heard(SUPERVISOR)[-1] == "CS-4.2.6.item#2 copy"
    assert case.duty("CS-4.2.6.item#2").late
    await case.does("CS-4.2.6.item#2")
    assert case.heard(SUPERVISOR)[-1] == "CS-4.2.6.item#2 handed"
    assert case.file.handled_at is None
    await case.asks("guo.wei", ActKind.DISCHARGE, owed["guo.wei"].id, form={"done": "防水层更换完毕"})
    assert case.file.handled_at == case.file.acts[-1].at
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CS-4.2.5")
async def test_nobody_approves_what_they_proposed_themselves(world: World):
    case = await assessed(world, "unagreed", matters=True)
    await case.until("CS-4.2.5")
    await case.delegates("CS-4.2.5", GENERAL_MANAGER)
    await case.does("CS-4.2.5")
    approval = case.duty("CS-2.8")
    assert approval.owner == "lin.feng", "the president, because the general manager held the meeting"
    assert await case.refuses(case.approves("CS-2.8", by=GENERAL_MANAGER)) in (Refused.NOT_YOURS, Refused.FOUR_EYES)
    case.ignores()


@pytest.mark.clause("CS-4.2.6")
async def test_another_date_for_an_item_is_for_the_general_manager_to_approve(world: World):
    case = await assessed(world, "unagreed", matters=True)
    await case.until("CS-4.2.6.item")
    item = case.duty("CS-4.2.6.item")
    date = await asks_another_date(case, item.id, "CS-4.2.6.date", GENERAL_MANAGER, PRESIDENT)
    assert case.duty(item.id).deadline.due == item.deadline.due
    assert await case.refuses(case.approves("CS-4.2.6.date", by=SUPERVISOR)) is Refused.NOT_YOURS
    await case.approves("CS-4.2.6.date")
    assert case.duty(item.id).deadline.due == date
    case.ignores()


@pytest.mark.clause("CS-4.2.6")
async def test_nobody_approves_another_date_for_an_item_of_their_own(world: World):
    case = await assessed(world, "unagreed", matters=True)
    date = (case.now + timedelta(days=30)).isoformat()
    mine = {"items": [{"owner": GENERAL_MANAGER, "text": "约见业主代表", "date": date}]}
    await case.until("CS-4.2.6.item", CS_4_2_6=mine)
    await case.asks_date("CS-4.2.6.item", case.now + timedelta(days=40))
    assert case.duty("CS-4.2.6.date").owner == PRESIDENT
    case.ignores()


@pytest.mark.clause("CS-4.2.4")
@pytest.mark.clause("CS-4.2.2a")
async def test_what_is_not_agreed_and_does_not_matter_much_customer_service_decides(world: World):
    case = await assessed(world, "unagreed")
    await case.does("CS-4.2.1b")
    assert "CS-4.2.4" not in case.file.duties
    await case.does("CS-4.2.2a", departments=["property"])
    assert case.duty("CS-4.2.2a.carry_out").owner == PROPERTY
    assert case.duty("CS-4.2.2a.carry_out").deadline.why.limit == "5 workdays"
    case.ignores()


@pytest.mark.clause("CS-4.2.4")
async def test_departments_whose_opinions_contradict_each_other_meet(world: World):
    case = await assessed(world, "others", departments=DEPARTMENTS)
    await case.until("CS-4.2.2a")
    await case.does("CS-4.2.2a", departments=[], request="两部门均不承担")
    assert case.duty("CS-4.2.4").since == case.file.acts[-1].at
    await case.until("CS-4.2.6.item")
    assert not open_parts(case)
    case.ignores()


@pytest.mark.clause("CS-4.2.6")
async def test_an_item_goes_to_nobody_who_is_complained_about(world: World):
    case = await world.opens(received_by=SALESPERSON, about=[SALES_MANAGER]).graded(3)
    await case.until("CS-4.2.6", CS_4_2_1a={"responsible": "unagreed", "matters": True})
    date = (case.now + timedelta(days=3)).isoformat()
    to_him = case.does("CS-4.2.6", items=[{"owner": SALES_MANAGER, "text": "道歉", "date": date}])
    assert await case.refuses(to_him) is Refused.ABOUT_YOU
    case.ignores()


# --- a corrected assessment


async def corrects(case: Case, by: str, reason: str = "现场查看后更正", **form: Any) -> ActReceipt:
    """Change the assessment; its form says why, and so does the act."""
    return await case.asks(by, ActKind.REVISE, "CS-4.2.1a", form={"reason": "情况有变", **form}, reason=reason)


@pytest.mark.clause("CS-4.2.1a")
@pytest.mark.parametrize("by", [SALESPERSON, SALES_SUPERVISOR, SUPERVISOR], ids=["assessor", "superior", "service"])
async def test_an_assessment_is_corrected_and_what_was_open_begins_anew(world: World, by: str):
    case = await assessed(world, "own")
    new: dict[str, Any] = {"responsible": "others", "departments": ["engineering"]}
    assert await case.refuses(corrects(case, PROPERTY, **new)) is Refused.NOT_YOURS
    assert await case.refuses(corrects(case, by, reason="", **new)) is Refused.REASON_NEEDED
    unknown: dict[str, Any] = {**new, "departments": ["nowhere"]}
    assert await case.refuses(corrects(case, by, **unknown)) is Refused.FORM_INCOMPLETE
    await corrects(case, by, **new)
    revised = case.file.acts[-1].at
    settle = case.duty("CH-7.2.1.settle")
    assert settle.status is DutyStatus.SUPERSEDED
    assert case.heard(SALESPERSON) == ["CH-7.2.1.settle closed"]
    assert (case.duty("CS-4.2.1b").since, case.duty("CH-7.2.3").since) == (revised, revised)
    assert (case.duty("CH-7.3.1").owner, case.duty("CH-7.3.1").open) == (SALESPERSON, True), "the answer is still owed"
    await case.to_the_end()
    assert case.file.outcome == "answered"
    case.ignores()


@pytest.mark.clause("CS-4.2.1a")
async def test_corrected_back_the_answer_is_the_assessors_again(world: World):
    case = await assessed(world, "not_ours")
    for rule in ("CS-4.2.1b", "CS-4.2.2b.ask", "CS-4.2.2b"):
        await case.does(rule)
    assert case.duty("CH-7.3.1").owner == SUPERVISOR
    await corrects(case, SUPERVISOR, responsible="others", departments=["engineering"])
    assert case.duty("CH-7.3.1").owner == SALESPERSON
    await case.until("CS-4.2.2a.carry_out")
    await corrects(case, SUPERVISOR, responsible="own")
    assert not open_parts(case)
    settle = case.duty("CH-7.2.1.settle")
    assert (settle.owner, settle.since) == (SALESPERSON, case.file.acts[-1].at)
    await case.passes_until(settle.deadline.due)
    await corrects(case, SALES_SUPERVISOR, responsible="unagreed", matters=True)
    assert not any(duty.rule.startswith("CH-7.2") for duty in case.file.open_duties)
    await corrects(case, SALES_SUPERVISOR, responsible="own")
    again = case.duty("CH-7.2.1.settle")
    await case.passes_until(again.deadline.due)
    assert case.duty("CH-7.2.2.supervisor").since == again.deadline.due
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CS-4.2.1a")
async def test_once_the_customer_is_answered_the_assessment_stands(world: World):
    case = await assessed(world, "own", reason="属本部门责任")
    as_it_is = dict(case.file.acts[-1].form)
    assert await case.refuses(case.asks(SALESPERSON, ActKind.REVISE, "CS-4.2.1a", form=as_it_is, reason="核实")) is (
        Refused.NOTHING_CHANGES
    )
    await case.does("CH-7.2.1.settle")
    await case.does("CH-7.3.1")
    new = corrects(case, SALESPERSON, responsible="not_ours")
    assert await case.refuses(new) is Refused.ANSWER_STANDS
    case.ignores()


@pytest.mark.clause("CS-4.2.1a")
async def test_an_order_of_an_assessment_that_was_corrected_is_not_changed_any_more(world: World):
    case = await ordered(world, "engineering")
    await corrects(case, SUPERVISOR, responsible="own")
    old = case.revises("CS-4.2.2a", by=SUPERVISOR, departments=["property"], request="请配合")
    assert await case.refuses(old) is Refused.SUPERSEDED
    case.ignores()

"""CS-4.3: a repair runs beside the track, from the order to the last word on it, and its cost finds who owes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import DutyStatus, Matter
from tests.clauses.limits import office_time
from tests.fakes import MemoryRetention
from tests.people import (
    AUDIT,
    DEVELOPMENT,
    FINANCE,
    GENERAL_MANAGER,
    PROJECT_MANAGER,
    PROPERTY,
    SALES,
    SUPERVISOR,
)
from tests.world import Case, World

OURS: dict[str, Any] = {"done_by": "team", "paid_by": "company", "contractor": None, "because": None}
THEIRS: dict[str, Any] = {"done_by": "contractor", "paid_by": "contractor", "contractor": "hongji", "because": None}
THIRD: dict[str, Any] = {
    "done_by": "third_party",
    "paid_by": "contractor",
    "contractor": "hongji",
    "third_party": "固邦防水公司",
    "third_party_contact": "老吴 139 0000 3003",
    "because": "delayed",
}
TEAM, CONTRACTOR, THIRD_PARTY = {"CS_4_3_3": OURS}, {"CS_4_3_3": THEIRS}, {"CS_4_3_3": THIRD}
COST = Decimal("8600.00")


async def a_repair(world: World, until: str = "CS-4.3.3", **forms: dict[str, Any]) -> Case:
    """An ordinary complaint with a repair, brought to a duty of the repair; the track stands still."""
    case = await world.opens(loss=20_000).graded(3)
    await case.opens_matter("repair")
    await case.works_until(until, **forms)
    return case.ignores()


def the_repair(case: Case) -> Matter:
    return case.file.matters[0]


def by_rule(case: Case, rule: str) -> list[str]:
    return [duty.id for duty in case.file.duties.values() if duty.rule == rule]


async def until(happened: Callable[[], bool]) -> None:
    """Wait, in real time, for something that the worker is about to do."""
    for _ in range(400):
        if happened():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen within 20 seconds")


# --- opening


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.parametrize("person", [SUPERVISOR, PROPERTY, PROJECT_MANAGER])
async def test_customer_service_and_the_property_company_open_a_repair(world: World, person: str):
    case = await world.opens(loss=20_000).graded(3)
    opened = await case.opens_matter("repair", by=person, what="厨房漏水")
    assert "R1/CS-4.3.3" in opened.opened
    repair = the_repair(case)
    assert (repair.id, repair.by, repair.what, repair.open) == ("R1", person, "厨房漏水", True)
    order = case.duty("CS-4.3.3")
    assert (order.owner, order.since, order.leg) == (PROPERTY, case.file.acts[-1].at, 0)


@pytest.mark.clause("CS-4.3.3")
async def test_a_repair_is_refused_without_a_word_of_what_it_is_and_from_whoever_has_no_part_in_the_case(world: World):
    case = await world.opens(loss=20_000).graded(3)
    assert await case.refuses(case.opens_matter(by=SALES)) is Refused.NOT_YOURS
    assert await case.refuses(case.opens_matter(what="")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.opens_matter(kind="party")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.opens_matter(department="nobody")) is Refused.FORM_INCOMPLETE
    early = case.file.opened_at - timedelta(minutes=1)
    assert await case.refuses(case.opens_matter(at=early)) is Refused.WRONG_TIME
    late = case.now + timedelta(hours=1)
    assert await case.refuses(case.opens_matter(at=late)) is Refused.WRONG_TIME


async def test_whoever_owes_something_in_the_case_may_open_a_repair(world: World):
    case = await world.opens(loss=20_000).graded(3)
    duty = next(duty for duty in case.file.open_duties if duty.owner not in (SALES, SUPERVISOR))
    await case.delegates(duty.id, SALES)
    await case.opens_matter(by=SALES)
    assert the_repair(case).by == SALES


# --- the work


@pytest.mark.clause("CS-4.3.2")
@pytest.mark.clause("CS-4.3.3")
async def test_only_a_contractor_of_the_project_is_ordered_and_its_warranty_contact_is_told(world: World):
    case = await a_repair(world)
    for contractor in ("nobody", "antai"):  # antai built only the other project
        order = {**THEIRS, "contractor": contractor}
        assert await case.refuses(case.does("CS-4.3.3", **order)) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.3.3", **{**THEIRS, "contractor": "yufang"})
    start = case.duty("CS-4.3.3.start")
    told = next(notice for notice in case.file.notices if notice.duty == start.id)
    assert told.to == PROPERTY
    assert told.params == {"contractor": "雨防防水工程有限公司", "contact": "孙海 138 0000 2002 sun.hai@yufang.example"}


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.parametrize(
    "order",
    [
        {**THEIRS, "contractor": None},
        {**OURS, "contractor": "hongji"},
        {"because": None},  # the team does what the contractor pays
        {**THEIRS, "because": "delayed"},  # and the contractor does it
        {**THIRD, "third_party": None},
        {**THIRD, "third_party_contact": None},
        {**THIRD, "contractor": None},  # nobody to deduct it from
        {**THIRD, "because": None},
        {"third_party": "固邦防水公司", "third_party_contact": "老吴"},  # and the team does it
        {"promised": "2020-01-01T00:00:00+08:00"},
    ],
)
async def test_an_order_that_does_not_fit_together_is_refused(world: World, order: dict[str, Any]):
    case = await a_repair(world)
    assert await case.refuses(case.does("CS-4.3.3", **order)) is Refused.FORM_INCOMPLETE


@pytest.mark.clause("CS-4.3.3")
async def test_work_that_is_not_begun_or_given_up_is_ordered_anew(world: World):
    case = await a_repair(world, "CS-4.3.3.start")
    assert await case.refuses(case.does("CS-4.3.3.start", begun=False)) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.3.3.start", begun=False, remark="施工单位约定两次未到")
    anew = case.duty("CS-4.3.3")
    assert (anew.id, anew.deadline.why.anchor) == ("R1/CS-4.3.3#2", "repair_not_begun")
    await case.works_until("CS-4.3.3.finish")
    await case.does("CS-4.3.3.finish", finished=False, done="做了一半撤场")
    again = case.duty("CS-4.3.3")
    assert (again.id, again.deadline.why.anchor) == ("R1/CS-4.3.3#3", "repair_given_up")
    assert case.duty("CS-4.3.6").superseded_by == "R1/CS-4.3.3.finish"
    assert by_rule(case, "CS-4.3.4a.bill") == []
    await case.works_until("CS-4.3.3.finish")
    await case.does("CS-4.3.3.finish")
    assert case.duty("CS-4.3.4a.bill").open
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.clause("CS-2.5")
async def test_a_third_party_repairs_and_the_contractor_stays_liable(world: World):
    case = await a_repair(world, "CS-4.3.3.start", **THIRD_PARTY)
    told = next(notice for notice in case.file.notices if notice.duty == case.duty("CS-4.3.3.start").id)
    assert told.params == {"contractor": "固邦防水公司", "contact": "老吴 139 0000 3003"}
    await case.works_until("CS-2.5")
    repair = the_repair(case)
    assert (repair.third_party, repair.contractor, repair.company_paid) == ("固邦防水公司", "hongji", False)
    await case.does("CS-2.5", payee="固邦防水公司")
    await case.does("CS-4.3.4b")
    await case.has_booked()
    line = next(line for line in await case.journal() if line.kind == "retention.deducted")
    assert line.data["contractor"] == "hongji"
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_another_finish_date_is_approved_by_whoever_orders_or_the_next_one_up(world: World):
    case = await a_repair(world, "CS-4.3.3.finish")
    await case.delegates("CS-4.3.3.finish", to=PROJECT_MANAGER, by=PROPERTY, reason="驻场")
    due = case.duty("CS-4.3.3.finish").deadline.due
    [asked] = (await case.asks_date("CS-4.3.3.finish", due + timedelta(days=5))).opened
    assert (case.duty(asked).rule, case.duty(asked).owner) == ("CS-4.3.3.date", PROPERTY)
    assert case.duty("CS-4.3.3.finish").deadline.due == due
    await case.approves(asked)
    assert case.duty("CS-4.3.3.finish").deadline.due == due + timedelta(days=5)
    await case.delegates("CS-4.3.3.finish", to=PROPERTY, by=PROJECT_MANAGER, reason="返回")
    [asked] = (await case.asks_date("CS-4.3.3.finish", due + timedelta(days=6))).opened
    assert case.duty(asked).owner == GENERAL_MANAGER, "nobody approves what they ask for themselves"
    await case.does("CS-4.3.3.finish")
    assert case.duty(asked).status is DutyStatus.SUPERSEDED
    case.ignores()


@pytest.mark.clause("CS-4.3.5")
async def test_start_and_finish_are_told_within_the_hour_of_their_own_time(world: World):
    case = await a_repair(world, "CS-4.3.3.start")
    hour, calendar = timedelta(hours=1), world.references.calendar
    await case.passes(minutes=30)
    began = case.now - timedelta(minutes=20)
    await case.does("CS-4.3.3.start", at=began)
    telling = case.duty("CS-4.3.5.start")
    assert (telling.owner, telling.deadline.due) == (PROPERTY, office_time(began, hour, calendar))
    await case.does("CS-4.3.5.start")
    assert case.heard(SUPERVISOR) == ["R1/CS-4.3.5.start handed"]
    await case.passes(minutes=30)
    ended = case.now - timedelta(minutes=5)
    await case.does("CS-4.3.3.finish", at=ended)
    telling = case.duty("CS-4.3.5.finish")
    assert (telling.owner, telling.deadline.due) == (PROPERTY, office_time(ended, hour, calendar))
    await case.does("CS-4.3.5.finish")
    assert case.heard(SUPERVISOR) == ["R1/CS-4.3.5.finish handed"]
    case.ignores()


@pytest.mark.clause("CS-4.3.6")
async def test_the_customer_is_kept_informed_every_three_workdays_until_the_finish(world: World):
    case = await a_repair(world, "CS-4.3.3.finish")
    began = case.duty("CS-4.3.6").since
    assert case.duty("CS-4.3.6").deadline.why.limit == "3 workdays"
    for nth in (2, 3):
        await case.passes(days=1)
        for lacking in ("progress", "told"):  # customer service AND the customer
            form: dict[str, Any] = {lacking: ""}
            assert await case.refuses(case.does("CS-4.3.6", **form)) is Refused.FORM_INCOMPLETE
        case.heard(SUPERVISOR)
        await case.does("CS-4.3.6")
        assert case.heard(SUPERVISOR) == [f"R1/CS-4.3.6{'#2' if nth == 3 else ''} handed"]
        report = case.duty("CS-4.3.6")
        assert (report.id, report.since) == (f"R1/CS-4.3.6#{nth}", case.file.acts[-1].at)
        assert report.deadline.why.anchor == "repair_progress"
        assert report.since > began
    await case.does("CS-4.3.3.finish")
    assert case.duty("CS-4.3.6").status is DutyStatus.SUPERSEDED
    assert len(by_rule(case, "CS-4.3.6")) == 3
    assert "R1/CS-4.3.6#3 closed" in case.heard(PROPERTY)
    case.ignores()


@pytest.mark.clause("RV-4.4")
@pytest.mark.parametrize("signed", [True, False])
async def test_whether_the_customer_signed_on_the_spot_is_kept(world: World, signed: bool):
    case = await a_repair(world, "CS-4.3.5.finish")
    await case.does("CS-4.3.5.finish", signed=signed)
    assert the_repair(case).signed is signed
    assert the_repair(case).finished == case.file.acts[-1].seq
    case.ignores()


# --- the effect


@pytest.mark.clause("CS-4.3.5")
async def test_customer_service_asks_within_a_month_whether_the_repair_has_held(world: World):
    case = await a_repair(world, "CS-4.3.5.revisit")
    finished = next(act.at for act in case.file.acts if act.rule == "CS-4.3.3.finish")
    revisit = case.duty("CS-4.3.5.revisit")
    assert (revisit.owner, revisit.since, revisit.deadline.why.limit) == (SUPERVISOR, finished, "1 months")
    await case.does("CS-4.3.5.revisit", effective=False, found="雨后又渗水")
    first, second = case.file.matters
    assert (second.id, second.cause, second.by) == ("R2", "R1/CS-4.3.5.revisit", SUPERVISOR)
    assert second.what.endswith("雨后又渗水")
    assert case.duty("R2/CS-4.3.3").since == case.file.acts[-1].at
    assert first.open, "it is not paid for yet"
    await case.does("CS-4.3.4a.bill", **NO_COST)
    await case.does("CS-4.3.4a", **NOTHING)
    await case.does("CS-4.3.5.finish")
    assert (the_repair(case).open, the_repair(case).outcome) == (False, "not-effective")
    case.ignores()


@pytest.mark.clause("RV-4.1b")
async def test_works_the_company_paid_for_are_revisited_by_the_development_department(world: World):
    case = await a_repair(world, "CS-4.3.5.revisit", **TEAM)
    assert case.duty("CS-4.3.5.revisit").owner == DEVELOPMENT
    assert the_repair(case).company_paid
    case.ignores()


# --- the money

NO_COST: dict[str, Any] = {"amount": "0", "vouchers": [], "remark": "施工单位自费维修"}
NOTHING: dict[str, Any] = {"result": "nothing", "audited": None, "reason": "施工单位已自付，公司没有支出"}
SENT_BACK: dict[str, Any] = {"result": "sent_back", "audited": None, "reason": "缺材料签收单"}
PAID: dict[str, Any] = {"result": "paid", "reason": "", "voucher": "收-2026-019"}


async def test_the_bill_is_handed_to_audit_by_whoever_finished_the_repair(world: World):
    case = await a_repair(world, "CS-4.3.3.finish")
    await case.delegates("CS-4.3.3.finish", to=PROJECT_MANAGER, by=PROPERTY, reason="驻场")
    case.ignores()
    await case.does("CS-4.3.3.finish")
    bill = case.duty("CS-4.3.4a.bill")
    assert (bill.owner, bill.since, bill.deadline.why.limit) == (PROJECT_MANAGER, case.file.acts[-1].at, "2 workdays")
    wrongs: tuple[dict[str, Any], ...] = (
        {"amount": "-1"},
        {"vouchers": []},
        {"vouchers": ["料-1", "料-1"]},
        {"amount": "0"},  # with vouchers
        {"amount": "0", "vouchers": []},  # without saying why
    )
    for wrong in wrongs:
        assert await case.refuses(case.does("CS-4.3.4a.bill", **wrong)) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.3.4a.bill")
    assert case.heard(AUDIT) == ["R1/CS-4.3.4a.bill handed"]
    assert case.duty("CS-4.3.4a").since == case.file.acts[-1].at
    case.ignores()


@pytest.mark.clause("CS-4.3.4a")
async def test_what_the_company_pays_is_audited_and_deducted_from_nobody(world: World):
    case = await a_repair(world, "CS-4.3.4a", **TEAM)
    assert case.duty("CS-4.3.4a").owner == AUDIT
    for wrong in ("-1", "0", "8600.001", "much", "8600.01", None):
        assert await case.refuses(case.does("CS-4.3.4a", audited=wrong)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CS-4.3.4a", audited="8000")) is Refused.REASON_NEEDED
    await case.does("CS-4.3.4a", audited="8000.5", reason="材料单价偏高")
    assert the_repair(case).audited == Decimal("8000.50")
    assert by_rule(case, "CS-4.3.4b") == by_rule(case, "CS-2.5") == by_rule(case, "CS-4.3.4c.contractor") == []
    case.ignores()


@pytest.mark.clause("CS-4.3.4a")
async def test_a_bill_sent_back_is_owed_again_by_whoever_finished_the_repair_and_audited_again(world: World):
    case = await a_repair(world, "CS-4.3.4a")
    assert await case.refuses(case.does("CS-4.3.4a", **{**SENT_BACK, "reason": ""})) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CS-4.3.4a", **{**SENT_BACK, "audited": "1"})) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.3.4a", **SENT_BACK)
    bill = case.duty("CS-4.3.4a.bill")
    assert (bill.id, bill.owner, bill.since) == ("R1/CS-4.3.4a.bill#2", PROPERTY, case.file.acts[-1].at)
    assert bill.deadline.why.anchor == "bill_returned"
    assert case.duty("CS-4.3.4c").superseded_by == "R1/CS-4.3.4a", "it is explained with the new bill"
    assert the_repair(case).audited is None
    assert by_rule(case, "CS-2.5") == by_rule(case, "CS-4.3.4b") == []
    await case.goes_on_afresh()
    await case.does("CS-4.3.4a.bill", amount="8000", vouchers=["料-2026-118"])
    assert (case.duty("CS-4.3.4a").id, case.duty("CS-4.3.4c").id) == ("R1/CS-4.3.4a#2", "R1/CS-4.3.4c#2")
    assert await case.refuses(case.does("CS-4.3.4a", audited="8600")) is Refused.FORM_INCOMPLETE, "more than the bill"
    await case.does("CS-4.3.4a", audited="8000")
    assert the_repair(case).audited == Decimal("8000.00")
    case.ignores()


@pytest.mark.clause("CS-4.3.4a")
@pytest.mark.parametrize("bill", [NO_COST, {}], ids=["no cost", "a bill"])
async def test_nothing_to_deduct_ends_the_money_with_a_reason(world: World, bill: dict[str, Any]):
    case = await a_repair(world, "CS-4.3.4a.bill", **CONTRACTOR)
    await case.does("CS-4.3.4a.bill", **bill)
    assert by_rule(case, "CS-4.3.4c") == ([] if bill else ["R1/CS-4.3.4c"]), "no cost needs no explanation"
    if bill:
        assert await case.refuses(case.does("CS-4.3.4a")) is Refused.FORM_INCOMPLETE, "more than the bill"
    assert await case.refuses(case.does("CS-4.3.4a", **{**NOTHING, "reason": ""})) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.3.4a", **NOTHING)
    assert the_repair(case).audited == 0
    assert by_rule(case, "CS-4.3.4b") == by_rule(case, "CS-2.5") == by_rule(case, "CS-4.3.4c.contractor") == []
    if not bill:
        assert case.duty("CS-4.3.4c").superseded_by == "R1/CS-4.3.4a"
    await case.does("CS-4.3.5.finish")
    await case.does("CS-4.3.5.revisit")
    assert (the_repair(case).open, the_repair(case).deducted) == (False, None)
    case.ignores()


@pytest.mark.clause("CS-4.3.4a")
async def test_nobody_audits_a_repair_of_their_own(world: World):
    case = await a_repair(world, "CS-4.3.3.finish")
    await case.delegates("CS-4.3.3.finish", to=AUDIT, by=PROPERTY, reason="代办")
    await case.does("CS-4.3.3.finish")
    await case.delegates("CS-4.3.4a.bill", to=PROJECT_MANAGER, by=AUDIT, reason="交物业办理")
    await case.does("CS-4.3.4a.bill")
    audit = case.duty("CS-4.3.4a")
    assert (audit.owner, audit.in_place_of) == (GENERAL_MANAGER, AUDIT)
    assert await case.refuses(case.does("CS-4.3.4a", by=AUDIT)) is Refused.NOT_YOURS
    for barred in (AUDIT, PROJECT_MANAGER):
        assert await case.refuses(case.delegates("CS-4.3.4a", to=barred, by=GENERAL_MANAGER)) is Refused.FOUR_EYES
    await case.does("CS-4.3.4a")
    case.ignores()


@pytest.mark.clause("CS-4.3.4b")
async def test_whoever_audited_does_not_deduct(world: World):
    case = await a_repair(world, "CS-4.3.4a", **CONTRACTOR)
    await case.delegates("CS-4.3.4a", to=FINANCE, by=AUDIT, reason="出差")
    await case.does("CS-4.3.4a", by=FINANCE)
    deduction = case.duty("CS-4.3.4b")
    assert (deduction.owner, deduction.in_place_of) == (GENERAL_MANAGER, FINANCE)
    assert await case.refuses(case.delegates("CS-4.3.4b", to=FINANCE, by=GENERAL_MANAGER)) is Refused.FOUR_EYES
    case.ignores()


@pytest.mark.clause("CS-4.3.4c")
async def test_the_property_company_explains_the_cost_to_audit_and_finance_and_to_a_customer_who_asks(world: World):
    case = await a_repair(world, "CS-4.3.4c", **TEAM)
    explaining = case.duty("CS-4.3.4c")
    assert (explaining.owner, explaining.deadline.why.anchor) == (PROPERTY, "repair_bill")
    wrongs: tuple[dict[str, Any], ...] = (
        {"composition": ""},
        {"reasonable": ""},
        {"customer_asked": True},
        {"told": "已告知"},
    )
    for wrong in wrongs:
        assert await case.refuses(case.does("CS-4.3.4c", **wrong)) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.3.4c", customer_asked=True, told="费用由公司承担，已逐项说明")
    assert case.heard(AUDIT) == ["R1/CS-4.3.4c handed"]
    assert case.heard(FINANCE) == ["R1/CS-4.3.4c handed"]
    case.ignores()


@pytest.mark.clause("CS-4.3.4b")
async def test_finance_deducts_what_was_audited_on_the_vouchers_of_the_bill(world: World, retention: MemoryRetention):
    before = retention.balance("hongji", "hf01")
    retention.deposit("hongji", "hf01", "100000", f"存-{len(retention.entries)}")
    case = await a_repair(world, "CS-4.3.4b", **CONTRACTOR)
    asked = case.duty("CS-4.3.4b")
    assert (asked.owner, asked.deadline.why.limit, asked.deadline.why.anchor) == (FINANCE, "5 workdays", "cost_audit")
    wrongs: tuple[dict[str, Any], ...] = (
        {"voucher": ""},
        {"amount": "8600.01"},
        {"amount": "-1"},
        {"amount": "0"},
        {"amount": "1.001"},
        {"supporting": []},
        {"supporting": ["料-2026-118"]},  # one is missing
        {"supporting": ["料-2026-118", "工-2026-044", "工-2026-045"]},  # one is not of the bill
    )
    for wrong in wrongs:
        assert await case.refuses(case.does("CS-4.3.4b", **wrong)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CS-4.3.4b", by=AUDIT)) is Refused.NOT_YOURS
    await case.does("CS-4.3.4b", amount="8600", voucher="扣-2026-007")
    await case.has_booked()
    assert (the_repair(case).deducted, the_repair(case).shortfall) == (COST, 0)
    assert retention.balance("hongji", "hf01") == before + 100_000 - COST
    assert by_rule(case, "CS-4.3.4b.claim") == [], "nothing is left to claim"
    line = next(line for line in await case.journal() if line.kind == "retention.deducted")
    assert (line.duty, line.rule) == (asked.id, "CS-4.3.4b")
    money = {name: line.data[name] for name in ("requested", "audited", "deducted", "shortfall")}
    assert money == {"requested": "8600.00", "audited": "8600.00", "deducted": "8600.00", "shortfall": "0.00"}
    assert (line.data["contractor"], line.data["voucher"]) == ("hongji", "扣-2026-007")
    case.ignores()


@pytest.mark.clause("CS-4.3.4c")
async def test_the_contractor_is_told_what_is_deducted_and_until_when_it_may_object(world: World):
    case = await a_repair(world, "CS-4.3.4c.contractor")
    telling = case.duty("CS-4.3.4c.contractor")
    told = next(notice for notice in case.file.notices if notice.duty == telling.id)
    assert (telling.owner, told.params["contact"]) == (PROPERTY, "王建国 138 0000 2001")
    wrongs: tuple[dict[str, Any], ...] = (
        {"told_to": ""},
        {"told_how": "pigeon"},
        {"told": ""},
        {"objection_until": case.now.isoformat()},
    )
    for wrong in wrongs:
        assert await case.refuses(case.does("CS-4.3.4c.contractor", **wrong)) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.3.4c.contractor")
    case.ignores()


@pytest.mark.clause("CS-2.5")
@pytest.mark.clause("CS-4.3.4b")
async def test_finance_pays_for_a_contractor_who_delays_and_the_deduction_covers_it(world: World):
    case = await a_repair(world, "CS-2.5")
    paying = case.duty("CS-2.5")
    assert (paying.owner, paying.deadline.why.anchor) == (FINANCE, "cost_audit")
    assert by_rule(case, "CS-4.3.4b") == [], "it is paid before it is deducted"
    wrongs: tuple[dict[str, Any], ...] = ({"amount": "8600.01"}, {"amount": "0"}, {"payee": ""}, {"voucher": ""})
    for wrong in wrongs:
        assert await case.refuses(case.does("CS-2.5", **wrong)) is Refused.FORM_INCOMPLETE
    await case.does("CS-2.5", amount="8000", payee="固邦防水公司", voucher="付-2026-031")
    paid = case.file.acts[-1].at
    asked = case.duty("CS-4.3.4b")
    assert (asked.since, asked.deadline.why.anchor) == (paid, "advance_payment")
    assert await case.refuses(case.does("CS-4.3.4b", amount="7999.99")) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.3.4b", amount="8000")
    await case.has_booked()
    assert the_repair(case).deducted == 8000
    case.ignores()


async def a_claim(world: World, retention: MemoryRetention) -> Case:
    """A repair of which the retention money covered 600.10 of 8600 yuan."""
    retention.entries.clear()
    retention.deposit("hongji", "hf01", "600.10", "存-少")
    case = await a_repair(world, "CS-4.3.4b", **CONTRACTOR)
    await case.delegates("CS-4.3.4b", to=PROJECT_MANAGER, by=FINANCE, reason="出差")
    await case.does("CS-4.3.4b")
    await case.has_booked()
    return case.ignores()


@pytest.mark.clause("CS-4.3.4b")
async def test_what_the_account_lacks_is_a_claim_that_finance_owes_to_pursue(world: World, retention: MemoryRetention):
    case = await a_claim(world, retention)
    assert (the_repair(case).deducted, the_repair(case).shortfall) == (Decimal("600.10"), Decimal("7999.90"))
    claim = case.duty("CS-4.3.4b.claim")
    asked = case.duty("CS-4.3.4b")
    assert (claim.owner, claim.since, claim.deadline.why.limit) == (FINANCE, asked.closed_at, "20 workdays")
    told = next(notice for notice in case.file.notices if notice.duty == claim.id)
    assert (told.params["shortfall"], told.params["contact"]) == ("7999.90", "王建国 138 0000 2001")
    wrongs: tuple[dict[str, Any], ...] = (
        {"reason": ""},
        {"result": "waive", "reason": ""},
        {**PAID},  # no sum
        {**PAID, "amount": "10", "voucher": None},
        {**PAID, "amount": "7999.91"},
    )
    for wrong in wrongs:
        assert await case.refuses(case.does("CS-4.3.4b.claim", **wrong)) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.3.4b.claim", result="carry_on", reason="已发律师函")
    again = case.duty("CS-4.3.4b.claim")
    assert (again.id, again.deadline.why.anchor) == ("R1/CS-4.3.4b.claim#2", "claim_carried_on")
    await case.does("CS-4.3.4b.claim", **PAID, amount="1000")
    await case.has_booked()
    again = case.duty("CS-4.3.4b.claim")
    assert (again.id, again.deadline.why.anchor) == ("R1/CS-4.3.4b.claim#3", "claim_part_paid")
    assert await case.refuses(case.does("CS-4.3.4b.claim", **PAID, amount="6999.91")) is Refused.FORM_INCOMPLETE
    await case.goes_on_afresh()
    assert retention.claimed("hongji", "hf01") == Decimal("6999.90")
    await case.does("CS-4.3.4b.claim", **PAID, amount="6999.90")
    await case.has_booked()
    assert (the_repair(case).recovered, the_repair(case).waived) == (Decimal("7999.90"), 0)
    assert retention.claimed("hongji", "hf01") == 0
    kinds = [entry.kind.value for entry in retention.entries]
    assert kinds == ["deposit", "deduction", "claim", "recovery", "recovery"]
    assert not case.duty("CS-4.3.4b.claim").open
    await case.goes_on_afresh()
    while left := [duty for duty in case.file.open_duties if duty.matter]:
        assert the_repair(case).open, "it is over when nothing of it is owed any more"
        await case.does(left[0].id)
    assert not the_repair(case).open
    case.ignores()


@pytest.mark.clause("CS-4.3.4b")
async def test_a_claim_is_waived_by_the_general_manager_alone(world: World, retention: MemoryRetention):
    case = await a_claim(world, retention)
    await case.does("CS-4.3.4b.claim", result="waive", reason="公司已注销")
    waiver = case.duty("CS-4.3.4b.waiver")
    assert (waiver.owner, waiver.deadline.why.limit) == (GENERAL_MANAGER, "3 workdays")
    assert await case.refuses(case.approves("CS-4.3.4b.waiver", by=FINANCE)) is Refused.NOT_YOURS
    await case.returns("CS-4.3.4b.waiver", "CS-4.3.4b.claim", reason="先查其他项目的应付款")
    again = case.duty("CS-4.3.4b.claim")
    assert (again.owner, again.deadline.why.anchor) == (FINANCE, "return")
    assert the_repair(case).waived is None
    await case.does("CS-4.3.4b.claim", **PAID, amount="999.90")
    await case.has_booked()
    await case.does("CS-4.3.4b.claim", result="waive", reason="其他项目也没有余款")
    await case.goes_on_afresh()
    await case.approves("CS-4.3.4b.waiver")
    await case.has_booked()
    assert (the_repair(case).recovered, the_repair(case).waived) == (Decimal("999.90"), 7000)
    assert [entry.kind.value for entry in retention.entries][-2:] == ["recovery", "waiver"]
    assert retention.claimed("hongji", "hf01") == 0
    assert by_rule(case, "CS-4.3.4b.claim")[-1] == "R1/CS-4.3.4b.claim#3"
    assert not case.duty("CS-4.3.4b.claim").open
    case.ignores()


@pytest.mark.clause("CS-4.3.4b")
@pytest.mark.server
async def test_with_postgresql_away_clocks_run_and_the_deduction_is_booked_once_it_is_back(
    world: World, retention: MemoryRetention
):
    retention.deposit("hongji", "hf01", "100000", f"存-{len(retention.entries)}")
    case = await a_repair(world, "CS-4.3.4b")
    before, retention.away = retention.balance("hongji", "hf01"), True
    try:
        await case.does("CS-4.3.4b")
        tried = retention.asked
        await until(lambda: retention.asked >= tried + 2)
        await case.amends(loss="12000", reason="损失重新核定")  # acts are taken meanwhile
        assert (await case.look()).file.matters[0].deducted is None
        retention.loses_an_answer = True  # and when it is back, the first answer never arrives
    finally:
        retention.away = False
    await case.has_booked()
    assert the_repair(case).deducted == COST
    assert retention.balance("hongji", "hf01") == before - COST
    assert sum(line.kind == "retention.deducted" for line in await case.journal()) == 1
    case.ignores()


@pytest.mark.clause("CS-4.3.4b")
@pytest.mark.server
async def test_a_case_that_goes_on_afresh_while_it_deducts_books_once(world: World, retention: MemoryRetention):
    retention.deposit("hongji", "hf01", "100000", f"存-{len(retention.entries)}")
    case = await a_repair(world, "CS-4.3.4b")
    before, retention.away = retention.balance("hongji", "hf01"), True
    try:
        await case.does("CS-4.3.4b")
        await case.goes_on_afresh()
    finally:
        retention.away = False
    await case.has_booked()
    await case.goes_on_afresh()
    assert retention.balance("hongji", "hf01") == before - COST
    assert the_repair(case).deducted == COST
    case.ignores()


# --- beside the track


async def track_to_its_end(case: Case) -> None:
    """Everything that the track asks for is done, but for revisits; the repair stands still."""
    for _ in range(40):
        ready = [duty for duty in case.file.open_duties if not duty.matter and not case.file.awaited_by(duty)]
        ready = [duty for duty in ready if duty.rule not in ("RV-4.3", "CS-4.2.3")]
        if not ready:
            return
        await case.finishes(ready[0].id)


@pytest.mark.clause("RV-4.4")
@pytest.mark.parametrize("signed", [True, False])
async def test_the_handling_is_over_with_the_repair_and_a_signature_is_its_revisit(world: World, signed: bool):
    case = await a_repair(world, "CS-4.3.3.finish")
    await track_to_its_end(case)
    assert case.file.handled_at is None
    await case.does("CS-4.3.3.finish")
    assert case.file.handled_at is None
    await case.does("CS-4.3.5.finish", signed=signed)
    assert case.file.handled_at == case.file.acts[-1].at
    assert case.duty("RV-4.3").open is not signed
    await case.goes_on_afresh()
    if signed:
        assert case.duty("RV-4.3").superseded_by == "RV-4.4"
    await case.opens_matter("repair", what="另一处渗水")  # begun after the handling's end, it is not waited for
    await case.goes_on_afresh()
    assert case.duty("RV-4.3").open is not signed
    assert case.file.handled_at is not None
    case.ignores()


@pytest.mark.clause("RV-4.1b")
async def test_a_complaint_whose_repair_the_company_paid_for_is_revisited_by_the_development_department(world: World):
    case = await a_repair(world, "CS-4.3.5.finish", **TEAM)
    await track_to_its_end(case)
    await case.does("CS-4.3.5.finish")
    assert case.duty("RV-4.3").owner == DEVELOPMENT
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_a_repair_goes_on_when_the_complaint_becomes_a_crisis(world: World):
    case = await a_repair(world, "CS-4.3.3.finish")
    open_before = [duty.id for duty in case.file.open_duties if duty.matter]
    await case.regrades(1)
    assert [duty.id for duty in case.file.open_duties if duty.matter] == open_before
    assert case.duty("CR-5.2.1b").open
    await case.does("CS-4.3.3.finish")
    assert case.duty("CS-4.3.4a.bill").open
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_a_repair_that_goes_on_afresh_before_every_step_is_the_same_repair(world: World):
    async def tell(afresh: bool) -> Case:
        case = await world.opens(loss=20_000).graded(3)
        await case.opens_matter("repair")
        for step in STORY:
            if afresh:
                await case.goes_on_afresh()
            rule, form = step
            await case.does(rule, **form)
            await case.has_booked()
        return case.ignores()

    undisturbed, disturbed = await asyncio.gather(tell(False), tell(True))
    assert of_matters(disturbed) == of_matters(undisturbed)
    assert not the_repair(disturbed).open


STORY: list[tuple[str, dict[str, Any]]] = [
    ("CS-4.3.3", THEIRS),
    ("CS-4.3.3.start", {"begun": False, "remark": "未到场"}),
    ("CS-4.3.3", OURS),
    ("CS-4.3.3.start", {}),
    ("CS-4.3.5.start", {}),
    ("CS-4.3.6", {}),
    ("CS-4.3.3.finish", {"finished": False, "done": "材料不合格，返工"}),
    ("CS-4.3.3", THIRD),
    ("CS-4.3.3.start", {}),
    ("CS-4.3.5.start", {}),
    ("CS-4.3.6", {}),
    ("CS-4.3.6", {}),
    ("CS-4.3.3.finish", {}),
    ("CS-4.3.4a.bill", {}),
    ("CS-4.3.4c", {}),
    ("CS-4.3.4a", SENT_BACK),
    ("CS-4.3.4a.bill", {}),
    ("CS-4.3.4a", {}),
    ("CS-2.5", {"amount": "5000"}),
    ("CS-4.3.5.finish", {"signed": True}),
    ("CS-4.3.4b", {"amount": "5000"}),
    ("CS-4.3.4c.contractor", {}),
    ("CS-4.3.5.revisit", {}),
    ("CS-4.3.4c", {}),
]


def of_matters(case: Case) -> list[Any]:
    duties = [duty for duty in case.file.duties.values() if duty.matter]
    held = [(duty.id, duty.owner, duty.status, duty.superseded_by, duty.deadline.why.anchor) for duty in duties]
    said = sorted(f"{notice.id} {notice.kind.value}" for notice in case.file.notices if "/CS-" in notice.id)
    kept = {"id", "begun", "finished", "contractor", "signed", "audited", "deducted", "shortfall", "outcome"}
    return [held, said, the_repair(case).model_dump(include=kept - {"deducted", "shortfall"})]

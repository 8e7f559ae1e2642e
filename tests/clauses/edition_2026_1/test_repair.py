"""CS-4.3 in edition 2026.1: a repair beside the track, its cost, and the deduction from the retention money."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind, DutyStatus
from tests.clauses.test_repair import (  # noqa: F401 (its tests hold under both editions)
    COST,
    a_repair,
    by_rule,
    of_matters,
    test_a_case_that_goes_on_afresh_while_it_deducts_books_once,
    test_a_repair_is_refused_without_a_word_of_what_it_is_and_from_whoever_has_no_part_in_the_case,
    test_customer_service_and_the_property_company_open_a_repair,
    test_the_handling_is_over_with_the_repair_and_a_signature_is_its_revisit,
    test_whether_the_customer_signed_on_the_spot_is_kept,
    test_whoever_owes_something_in_the_case_may_open_a_repair,
    test_with_postgresql_away_clocks_run_and_the_deduction_is_booked_once_it_is_back,
    the_repair,
    track_to_its_end,
)
from tests.fakes import MemoryRetention
from tests.people import AUDIT, DEVELOPMENT, FINANCE, PROPERTY, SUPERVISOR
from tests.world import Case, World

pytestmark = pytest.mark.edition("2026.1")

TEAM = {"CS_4_3_3": {"done_by": "team", "paid_by": "company", "contractor": None}}
DELAYED = {"CS_4_3_3": {"done_by": "team", "paid_by": "contractor", "contractor": "antai", "because": "delayed"}}
SIGNED = {"CS_4_3_5_finish": {"told": "维修完毕", "signed": True}}


# --- opening


# --- the work


@pytest.mark.clause("CS-4.3.2")
@pytest.mark.clause("CS-4.3.3")
async def test_only_a_contractor_of_the_project_is_ordered_and_its_warranty_contact_is_told(world: World):
    case = await a_repair(world)
    for contractor in ("nobody", "antai"):  # antai built only the other project
        assert await case.refuses(case.does("CS-4.3.3", contractor=contractor)) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.3.3", contractor="yufang")
    start = case.duty("CS-4.3.3.start")
    told = next(notice for notice in case.file.notices if notice.duty == start.id)
    assert told.to == PROPERTY
    assert told.params == {"contractor": "雨防防水工程有限公司", "contact": "孙海 138 0000 2002 sun.hai@yufang.example"}


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.parametrize(
    "order",
    [
        {"contractor": None},
        {"done_by": "team", "paid_by": "company"},  # and a contractor
        {"done_by": "team", "paid_by": "contractor"},  # without saying why
        {"because": "delayed"},  # and the contractor does it
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
    assert by_rule(case, "CS-4.3.4a") == []
    await case.works_until("CS-4.3.3.finish")
    await case.does("CS-4.3.3.finish")
    assert case.duty("CS-4.3.4a").open
    case.ignores()


@pytest.mark.clause("CS-4.3.5")
async def test_start_and_finish_are_told_within_the_hour_of_their_own_time(world: World):
    case = await a_repair(world, "CS-4.3.3.start")
    await case.passes(minutes=30)
    began = case.now - timedelta(minutes=20)
    await case.does("CS-4.3.3.start", at=began)
    telling = case.duty("CS-4.3.5.start")
    assert (telling.owner, telling.deadline.due) == (PROPERTY, began + timedelta(hours=1))
    await case.does("CS-4.3.5.start")
    await case.passes(minutes=30)
    ended = case.now - timedelta(minutes=5)
    await case.does("CS-4.3.3.finish", at=ended)
    telling = case.duty("CS-4.3.5.finish")
    assert (telling.owner, telling.deadline.due) == (PROPERTY, ended + timedelta(hours=1))
    case.ignores()


@pytest.mark.clause("CS-4.3.6")
async def test_the_customer_is_kept_informed_every_three_workdays_until_the_finish(world: World):
    case = await a_repair(world, "CS-4.3.3.finish")
    began = case.duty("CS-4.3.6").since
    assert case.duty("CS-4.3.6").deadline.why.limit == "3 workdays"
    for nth in (2, 3):
        await case.passes(days=1)
        await case.does("CS-4.3.6")
        report = case.duty("CS-4.3.6")
        assert (report.id, report.since) == (f"R1/CS-4.3.6#{nth}", case.file.acts[-1].at)
        assert report.deadline.why.anchor == "repair_progress"
        assert report.since > began
    await case.does("CS-4.3.3.finish")
    assert case.duty("CS-4.3.6").status is DutyStatus.SUPERSEDED
    assert len(by_rule(case, "CS-4.3.6")) == 3
    assert "R1/CS-4.3.6#3 closed" in case.heard(PROPERTY)
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
    await case.does("CS-4.3.4a", audited="0")
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


@pytest.mark.clause("CS-4.3.4a")
async def test_what_the_company_pays_is_audited_and_explained_and_deducted_from_nobody(world: World):
    case = await a_repair(world, "CS-4.3.4a", **TEAM)
    assert case.duty("CS-4.3.4a").owner == AUDIT
    for wrong in ("-1", "8600.001", "much"):
        assert await case.refuses(case.does("CS-4.3.4a", audited=wrong)) is Refused.FORM_INCOMPLETE
    await case.does("CS-4.3.4a", audited="8600.5")
    assert the_repair(case).audited == Decimal("8600.50")
    assert case.duty("CS-4.3.4c").owner == PROPERTY
    assert by_rule(case, "CS-4.3.4b") == by_rule(case, "CS-2.5") == []
    case.ignores()


@pytest.mark.clause("CS-4.3.4c")
async def test_a_repair_that_costs_nothing_needs_no_explanation(world: World):
    case = await a_repair(world, "CS-4.3.4a")
    await case.does("CS-4.3.4a", audited="0")
    assert by_rule(case, "CS-4.3.4c") == by_rule(case, "CS-4.3.4b") == []
    case.ignores()


@pytest.mark.clause("CS-4.3.4b")
async def test_finance_deducts_what_was_audited_on_a_voucher(world: World, retention: MemoryRetention):
    before = retention.balance("hongji", "hf01")
    retention.deposit("hongji", "hf01", "100000", f"存-{len(retention.entries)}")
    case = await a_repair(world, "CS-4.3.4b")
    asked = case.duty("CS-4.3.4b")
    assert (asked.owner, asked.deadline.why.limit, asked.deadline.why.anchor) == (FINANCE, "5 workdays", "cost_audit")
    wrongs: tuple[dict[str, Any], ...] = (
        {"voucher": ""},
        {"amount": "8600.01"},
        {"amount": "-1"},
        {"amount": "0"},
        {"amount": "1.001"},
    )
    for wrong in wrongs:
        assert await case.refuses(case.does("CS-4.3.4b", **wrong)) is Refused.FORM_INCOMPLETE
    no_voucher = case.asks(FINANCE, ActKind.DISCHARGE, asked.id, form={"amount": "8600"})
    assert await case.refuses(no_voucher) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CS-4.3.4b", by=AUDIT)) is Refused.NOT_YOURS
    await case.does("CS-4.3.4b", amount="8600", voucher="扣-2026-007")
    await case.has_booked()
    assert (the_repair(case).deducted, the_repair(case).shortfall) == (COST, 0)
    assert retention.balance("hongji", "hf01") == before + 100_000 - COST
    line = next(line for line in await case.journal() if line.kind == "retention.deducted")
    assert (line.duty, line.rule) == (asked.id, "CS-4.3.4b")
    money = {name: line.data[name] for name in ("requested", "audited", "deducted", "shortfall")}
    assert money == {"requested": "8600.00", "audited": "8600.00", "deducted": "8600.00", "shortfall": "0.00"}
    assert (line.data["contractor"], line.data["voucher"]) == ("hongji", "扣-2026-007")
    case.ignores()


@pytest.mark.clause("CS-2.5")
@pytest.mark.clause("CS-4.3.4b")
async def test_finance_pays_for_a_contractor_who_delays_and_what_the_account_lacks_is_claimed(
    world: World, retention: MemoryRetention
):
    retention.deposit("antai", "yx02", "600.10", "存-antai")
    case = await world.opens(loss=20_000, project="yx02").graded(3)
    await case.opens_matter("repair")
    await case.works_until("CS-2.5", **DELAYED)
    paying = case.duty("CS-2.5")
    assert (paying.owner, paying.deadline.why.anchor) == (FINANCE, "cost_audit")
    assert by_rule(case, "CS-4.3.4b") == [], "it is paid before it is deducted"
    assert await case.refuses(case.asks(FINANCE, ActKind.DISCHARGE, paying.id)) is Refused.FORM_INCOMPLETE
    await case.does("CS-2.5", voucher="付-2026-031")
    paid = case.file.acts[-1].at
    asked = case.duty("CS-4.3.4b")
    assert (asked.since, asked.deadline.why.anchor) == (paid, "advance_payment")
    case.ignores()
    await case.does("CS-4.3.4b")
    await case.has_booked()
    assert (the_repair(case).deducted, the_repair(case).shortfall) == (Decimal("600.10"), Decimal("7999.90"))
    assert retention.balance("antai", "yx02") == 0
    assert case.heard(FINANCE) == [f"{asked.id} copy"]
    claim = case.file.notices[-1]
    assert claim.params["shortfall"] == "7999.90"
    assert "郑平" in claim.params["contact"]
    await case.goes_on_afresh()
    assert case.heard(FINANCE) == [], "once"


@pytest.mark.clause("CS-4.3.4b")
async def test_a_claim_is_finance_s_also_where_somebody_else_asked_for_the_deduction(
    world: World, retention: MemoryRetention
):
    retention.deposit("hongji", "hf01", "100000", f"存-{len(retention.entries)}")
    covered = await a_repair(world, "CS-4.3.4b")
    covered.ignores()
    await covered.does("CS-4.3.4b")
    await covered.has_booked()
    assert covered.heard(FINANCE) == [], "nothing is left to claim"
    covered.ignores()
    retention.entries.clear()
    case = await a_repair(world, "CS-4.3.4b")
    await case.delegates("CS-4.3.4b", to=AUDIT, by=FINANCE, reason="出差")
    case.ignores()
    await case.does("CS-4.3.4b", by=AUDIT)
    await case.has_booked()
    assert (case.heard(AUDIT), case.heard(FINANCE)) == ([], ["R1/CS-4.3.4b copy"])
    assert case.file.notices[-1].params["shortfall"] == str(COST)
    case.ignores()


# --- beside the track


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
    assert case.duty("CS-4.3.4a").open
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
    ("CS-4.3.3", {}),
    ("CS-4.3.3.start", {"begun": False, "remark": "未到场"}),
    ("CS-4.3.3", TEAM["CS_4_3_3"]),
    ("CS-4.3.3.start", {}),
    ("CS-4.3.6", {}),
    ("CS-4.3.3.finish", {"finished": False, "done": "材料不合格，返工"}),
    (
        "CS-4.3.3",
        {"done_by": "team", "paid_by": "contractor", "contractor": "hongji", "because": "delegated"},
    ),
    ("CS-4.3.3.start", {}),
    ("CS-4.3.5.start", {}),
    ("CS-4.3.6", {}),
    ("CS-4.3.6", {}),
    ("CS-4.3.3.finish", {}),
    ("CS-4.3.4a", {}),
    ("CS-2.5", {}),
    ("CS-4.3.5.finish", {"signed": True}),
    ("CS-4.3.4b", {"amount": "5000"}),
    ("CS-4.3.5.revisit", {}),
    ("CS-4.3.4c", {}),
]

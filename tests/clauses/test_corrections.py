"""Decisions 18 and 23: what was taken in wrongly is corrected; duties, clocks and owners follow, the history stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints import editions
from complaints.base.errors import Refused
from complaints.case.file import ActKind, DutyStatus, NoticeKind
from complaints.clock.explanations import explain
from tests.clauses.limits import SHANGHAI
from tests.clauses.table_major import GRADED, HURT
from tests.memory import at_work
from tests.people import CLERK, ENGINEERING, LEADER, MANAGER, SALES, SUPERVISOR
from tests.shown import readers
from tests.world import Case, World

pytestmark = pytest.mark.memory(anew=True)  # a server begins cases at the real time


def at(text: str) -> datetime:
    """A local time: "2026-11-20 10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def shown(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"


def due(case: Case, rule: str) -> str:
    return shown(case.duty(rule).deadline.due)


async def opened(world: World, received: str = "2026-11-20 10:00", *, at_work: str | None = None, **told: Any) -> Case:
    """A complaint received at `received`, and taken in then or at `at_work`. 20 November 2026 is a Friday."""
    world.begins_at(at(at_work or received))
    return await world.opens(received_at=at(received), **{"category": "service", **told})


def owed(case: Case, *rules: str) -> list[str]:
    return [duty.id for duty in case.file.open_duties if duty.rule in rules]


# --- what can be corrected, and by whom


CORRECTIONS: dict[str, tuple[Any, Any, Any]] = {
    "customer": ("赵德民", "赵德明", "赵德明"),
    "contact": ("13800000081", "13800000018", "13800000018"),
    "channel": ("phone", "letter", "letter"),
    "category": ("service", "design", "design"),
    "matter": ("客户电话没人接", "客服电话一直没人接", "客服电话一直没人接"),
    "demand": ("", "当天回电", "当天回电"),
    "department": (None, "engineering", "engineering"),
    "confirmed": (False, True, True),
}


@pytest.mark.parametrize("field", CORRECTIONS)
@pytest.mark.parametrize("by", [CLERK, SUPERVISOR])
async def test_every_field_of_the_intake_is_corrected_and_what_it_said_stays(world: World, field: str, by: str):
    wrong, right, there = CORRECTIONS[field]
    case = await opened(world, **{field: wrong})
    number = case.file.number
    await case.amends(by=by, reason="登记有误", **{field: right})
    assert getattr(case.file.complaint, field) == there
    act = case.file.acts[-1]
    assert (act.kind, act.reason, act.form[field]) == (ActKind.AMEND, "登记有误", there)
    assert act.form["before"] == [{"field": field, "said": wrong}]
    assert case.file.number == number
    [line] = await case.lines("case.corrected")
    assert line.data["fields"] == {field: there}
    [opening] = await case.lines("case.opened")
    assert opening.data["complaint"].get(field, wrong) == wrong, "the history stays"
    assert await case.refuses(case.amends(by=by, **{field: right})) is Refused.NOTHING_CHANGES


async def test_the_history_says_field_by_field_what_was_and_what_is(world: World):
    case = await opened(world, customer="赵德民", department="engineering", about=(ENGINEERING,))
    await case.amends(
        customer="赵德明", channel="letter", emptied=["department"], also_about=[SALES], not_about=[ENGINEERING]
    )
    zh, en = ("".join(readers.case_shown(case.file, lang).split()) for lang in ("zh", "en"))  # without line breaks
    assert "客户赵德民→赵德明" in zh
    assert "投诉方式来电→来信" in zh
    assert "被投诉部门工程部→（无）" in zh
    assert "customer赵德民→赵德明" in en
    assert "channelTelephone→Letter" in en
    timeline = "".join(readers.timeline(case.file, await case.journal(), editions.newest(), "zh").split())
    assert "更正登记内容" in timeline
    assert "客户：赵德民→赵德明" in timeline
    assert case.file.about == {SALES}


async def test_who_may_correct_and_what_is_refused(world: World):
    case = await opened(world, promised=None)
    assert await case.refuses(case.amends(by=SALES, contact="1")) is Refused.NOT_YOURS
    assert await case.refuses(case.amends(reason="", contact="1")) is Refused.REASON_NEEDED
    assert await case.refuses(case.amends()) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.amends(department="nowhere")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.amends(not_about=[SALES])) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.amends(not_about=["nobody.known"])) is Refused.UNKNOWN_PERSON
    assert await case.refuses(case.amends(category="weather")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.amends(before=[{"field": "customer"}], contact="1")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.amends(emptied=["promised"])) is Refused.NOTHING_CHANGES
    assert await case.refuses(case.amends(customer="赵\n德明")) is Refused.INVALID
    assert await case.refuses(case.amends(customer="\u200b")) is Refused.INVALID
    early = (case.now - timedelta(days=2)).isoformat()
    assert await case.refuses(case.amends(promised=early)) is Refused.INVALID
    later = (case.now + timedelta(days=1)).isoformat()
    assert await case.refuses(case.amends(received_at=later)) is Refused.INVALID
    assert await case.refuses(case.amends(received_at="2024-01-01T10:00+08:00")) is Refused.INVALID


async def test_a_closed_case_is_not_corrected(world: World):
    case = await (await world.opens(category="service").graded(4)).to_the_end()
    assert await case.refuses(case.amends(contact="1")) is Refused.CASE_CLOSED
    case.ignores()


# --- people complained about


@pytest.mark.clause("CH-5a")
async def test_somebody_wrongly_complained_about_takes_part_again(world: World):
    case = await world.opens(loss=600_000, about=(MANAGER,)).graded(1)
    await case.does("CR-5.2.1b")
    assert case.duty("CR-5.2.1c.review").owner == LEADER
    assert await case.refuses(case.approves("CR-5.2.1c.review", by=MANAGER)) is Refused.ABOUT_YOU
    await case.amends(not_about=[MANAGER])
    assert case.file.about == frozenset()
    assert await case.refuses(case.approves("CR-5.2.1c.review", by=MANAGER)) is Refused.NOT_YOURS, (
        "it stays where it is"
    )
    await case.delegates("CR-5.2.1c.review", MANAGER)
    await case.approves("CR-5.2.1c.review")
    case.ignores()


# --- what is owed follows


@pytest.mark.clause("CH-7.5.1")
async def test_sales_hear_of_a_complaint_that_turns_out_to_be_about_sales_as_long_as_it_is(world: World):
    case = await opened(world, category="other")
    assert not owed(case, "CH-7.5.1")
    await case.amends(category="sales")
    assert owed(case, "CH-7.5.1") == ["CH-7.5.1@marketing"]
    await case.amends(category="service")
    assert not owed(case, "CH-7.5.1")
    assert case.duty("CH-7.5.1").superseded_by == "act 2"
    await case.amends(category="sales")
    assert owed(case, "CH-7.5.1") == ["CH-7.5.1@act-2"]
    await case.does("CH-7.5.1", person=CLERK)
    assert owed(case, "CH-7.5.1.told") == ["CH-7.5.1.told@marketing"]
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
async def test_a_repair_is_decided_once_the_complaint_turns_out_to_be_about_the_product(world: World):
    case = await world.opens(category="service").graded(4)
    assert not owed(case, "CS-4.3.3.decision")
    await case.amends(category="engineering")
    assert owed(case, "CS-4.3.3.decision") == ["CS-4.3.3.decision"]
    await case.amends(category="service")
    assert not owed(case, "CS-4.3.3.decision")
    await case.amends(category="design")
    await case.does("CS-4.3.3.decision")
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("MC-5.2.1")
@pytest.mark.clause("MC-5.2.1b")
async def test_a_resident_is_received_once_it_is_about_the_property_service(world: World):
    case = await opened(world, channel="visit")
    assert not owed(case, "MC-5.2.1", "MC-5.2.1b")
    await case.amends(category="property")
    assert owed(case, "MC-5.2.1", "MC-5.2.1b") == ["MC-5.2.1b", "MC-5.2.1"]
    await case.amends(channel="phone")
    assert owed(case, "MC-5.2.1", "MC-5.2.1b") == ["MC-5.2.1"]
    await case.amends(category="other")
    assert not owed(case, "MC-5.2.1", "MC-5.2.1b")
    await case.amends(category="property", channel="visit")
    assert owed(case, "MC-5.2.1", "MC-5.2.1b") == ["MC-5.2.1b@act-2", "MC-5.2.1@act-3"]
    case.ignores()


@pytest.mark.clause("MC-3a")
async def test_the_scope_of_major_complaints_follows_the_category(world: World):
    case = await opened(world, category="sales", injured=True, our_fault=True)
    assert not case.file.proposal.major
    await case.amends(category="property")
    assert case.file.proposal.major
    assert owed(case, "MC-5.2.2a") == ["MC-5.2.2a"], "the slip does not wait for the grading"
    await case.amends(category="sales")
    assert not case.file.proposal.major
    assert not owed(case, "MC-5.2.2a")
    case.ignores()


@pytest.mark.clause("MC-5.2.3g")
@pytest.mark.clause("MC-5.2.3f")
async def test_until_the_slip_is_sent_the_department_complained_about_is_the_corrected_one(world: World):
    case = await world.opens(**{**HURT, "department": "engineering"})
    await case.does("CR-5.2.1a", **GRADED)
    both = ("MC-5.2.3f", "MC-5.2.3g")
    assert owed(case, *both) == ["MC-5.2.3g@engineering", "MC-5.2.3f@engineering"]
    clocks = {rule: case.duty(rule).deadline.due for rule in both}
    await case.amends(department="property")
    assert owed(case, *both) == ["MC-5.2.3g@property", "MC-5.2.3f@property"]
    assert {rule: case.duty(rule).deadline.due for rule in both} == clocks, "the clocks run from the receipt"
    await case.amends(department="engineering")
    assert owed(case, *both) == ["MC-5.2.3g@act-2", "MC-5.2.3f@act-2"]
    await case.does("MC-5.2.1")
    await case.does("MC-5.2.2a", departments=["engineering"])
    assert owed(case, *both) == ["MC-5.2.3g@act-2", "MC-5.2.3f@act-2"]
    await case.amends(department="property")
    assert owed(case, *both) == ["MC-5.2.3g@act-2", "MC-5.2.3f@act-2"], "the slip decides, and can be put right itself"
    case.ignores()


@pytest.mark.clause("CH-7.1.2")
async def test_a_letter_that_was_a_telephone_call_has_to_be_confirmed(world: World):
    case = await world.opens(category="service", channel="letter", confirmed=False).graded(4)
    assert not owed(case, "CH-7.1.2")
    await case.amends(channel="phone")
    assert owed(case, "CH-7.1.2") == ["CH-7.1.2"]
    await case.amends(channel="letter")
    assert not owed(case, "CH-7.1.2")
    await case.amends(channel="visit")
    await case.does("CH-7.1.2")
    await case.to_the_end()
    case.ignores()


# --- the feedback date


@pytest.mark.clause("CH-7.1.1")
@pytest.mark.clause("CH-7.3.1")
async def test_a_feedback_date_that_was_typed_wrongly_moves_the_answer(world: World):
    case = await opened(world, promised=at("2026-11-27 10:00"))
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=4, reason="一般投诉")
    assert due(case, "CH-7.3.1") == "11-27 10:00"
    await case.amends(promised="2026-11-24T10:00+08:00")
    assert due(case, "CH-7.3.1") == "11-24 10:00"
    answer = case.duty("CH-7.3.1")
    assert (answer.deadline.source, answer.redated) == ("document", 1)
    await case.amends(emptied=["promised"])
    answer = case.duty("CH-7.3.1")
    assert (answer.deadline.source, due(case, "CH-7.3.1")) == ("house", "11-26 00:00")
    assert owed(case, "CH-7.1.1") == ["CH-7.1.1"], "the customer was told no date: now they have to be"
    await case.amends(promised="2026-11-25T10:00+08:00")
    assert due(case, "CH-7.3.1") == "11-25 10:00"
    assert not owed(case, "CH-7.1.1")
    case.ignores()


# --- the time of receipt (decision 23)


@pytest.mark.clause("CR-5.2.1a")
async def test_a_corrected_receipt_moves_the_open_clocks(world: World):
    case = await opened(world, "2026-11-20 10:00", at_work="2026-11-20 10:01", loss=600_000)
    assert due(case, "CR-5.2.1a") == "11-20 10:30"
    await case.amends(received_at="2026-11-20T09:58+08:00")
    assert due(case, "CR-5.2.1a") == "11-20 10:28"
    duty = case.duty("CR-5.2.1a")
    assert (shown(duty.since), duty.late) == ("11-20 09:58", False)
    assert "09:58" in explain(duty.deadline.why)[0]
    assert [(shown(one.received_at), shown(one.corrected_at)) for one in case.file.receipts] == [
        ("11-20 10:00", "11-20 10:01")
    ]
    assert case.told(SUPERVISOR).count("CR-5.2.1a") == 2, "the owner hears of the new date"
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_a_breach_that_was_counted_from_a_wrong_receipt_stays_and_is_marked(world: World):
    case = await opened(world, "2026-11-20 07:00", at_work="2026-11-20 10:00", loss=600_000)
    case.ignores()
    duty = case.duty("CR-5.2.1a")
    assert duty.late
    await case.amends(received_at="2026-11-20T10:00+08:00")
    duty = case.duty("CR-5.2.1a")
    assert due(case, "CR-5.2.1a") == "11-20 10:30"
    assert (duty.late, shown(duty.breached_at or duty.since)) == (True, "11-20 07:30")
    assert case.file.counted_before(duty) == duty.counted_before
    assert duty.counted_before is not None
    assert "更正前计算" in readers.case_shown(case.file, "zh")
    assert "counted before the correction" in readers.case_shown(case.file, "en")
    case.ignores()
    await case.passes_until(at("2026-11-20 10:29"))
    assert not [line for line in case.unheard() if "escalation" in line], "it climbs no further until the new date"
    await case.passes_until(at("2026-11-20 10:31"))
    assert [line for line in case.unheard() if line.startswith(MANAGER) and "CR-5.2.1a escalation" in line]
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_what_was_done_late_by_a_wrong_receipt_is_marked_too(world: World):
    case = await opened(world, "2026-11-20 07:00", at_work="2026-11-20 10:00", loss=600_000)
    await case.does("CR-5.1.4")
    assert await case.refuses(case.amends(received_at="2026-11-20T10:01+08:00")) is Refused.INVALID, (
        "after it was opened"
    )
    await case.amends(received_at="2026-11-20T10:00+08:00")
    record = case.duty("CR-5.1.4")
    assert record.status is DutyStatus.DONE
    assert record.late
    assert case.file.counted_before(record) is not None
    await case.does("CR-5.2.1a", level=1, reason="损失大")
    case.ignores()


@pytest.mark.clause("CR-5.1.1")
async def test_nobody_says_why_a_complaint_was_held_back_that_was_not(world: World):
    case = await opened(world, "2026-11-18 10:00", at_work="2026-11-20 10:00")
    assert owed(case, "CR-5.1.1") == ["CR-5.1.1"]
    await case.amends(received_at="2026-11-20T09:55+08:00")
    assert not owed(case, "CR-5.1.1")
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_by_an_earlier_receipt_the_delay_is_whoevers_who_said_it_wrongly(world: World):
    case = await opened(world, "2026-11-20 10:00", loss=600_000)
    await case.amends(by=CLERK, received_at="2026-11-20T09:00+08:00")
    duty = case.duty("CR-5.2.1a")
    assert (duty.late, duty.answerable, due(case, "CR-5.2.1a")) == (True, CLERK, "11-20 09:30")
    assert shown(duty.own_due or duty.since) == "11-20 10:30", "the supervisor has the time that they counted on"
    await case.does("CR-5.2.1a", level=1, reason="损失大")
    case.ignores()


@pytest.mark.clause("MC-3c")
async def test_the_month_counts_from_the_corrected_receipt(world: World):
    case = await opened(world, "2026-11-10 10:00", at_work="2026-11-20 10:00", category="property")
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=4, reason="一般投诉")
    await case.amends(received_at="2026-11-20T09:00+08:00")
    await case.passes_until(at("2026-12-12 10:00"))
    assert not case.file.major
    await case.passes_until(at("2026-12-21 10:00"))
    assert case.file.major
    case.ignores()


async def test_a_letter_that_came_at_night_counts_from_the_next_opening_a_call_at_once(world: World):
    case = await opened(world, "2026-11-20 20:00", channel="phone", promised=None)
    assert case.file.received == at("2026-11-20 20:00")
    await case.amends(channel="letter")
    assert shown(case.file.received) == "11-23 09:00"
    assert case.duty("CR-5.2.1a").deadline.why.anchor == "office_opened"
    await case.amends(channel="phone")
    assert case.file.received == at("2026-11-20 20:00")
    case.ignores()


# --- who complains: repeats (CR-5.1.2)


@pytest.mark.clause("CR-5.1.2")
async def test_a_customer_whose_name_is_corrected_is_recognised(world: World):
    first = await opened(world, customer="赵德明")
    case = await opened(world, customer="赵德民")
    assert (case.file.related, case.file.proposal.level) == ((), 4)
    await case.amends(customer="赵德明")
    await case.becomes(lambda file: file.related)
    assert [(one.key, one.why) for one in case.file.related] == [(first.handle.id, "customer")]
    assert case.file.proposal.level == 3, "the same customer complained before"
    await case.amends(customer="赵德民")
    await case.becomes(lambda file: not file.related)
    assert case.file.proposal.level == 4
    first.ignores()


@pytest.mark.clause("CR-5.1.3")
async def test_after_the_grading_a_repeat_that_is_found_goes_before_the_supervisor(world: World):
    await opened(world, customer="赵德明")
    case = await opened(world, customer="赵德民")
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=4, reason="一般投诉")
    await case.amends(customer="赵德明")
    await case.becomes(lambda file: file.related)
    assert owed(case, "CR-5.1.3") == ["CR-5.1.3"]
    assert case.file.level == 4
    case.ignores()


# --- after the answer


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.clause("CH-7.1.1")
@pytest.mark.clause("CH-7.1.2")
@pytest.mark.parametrize("wrong", [{"category": "engineering"}, {"confirmed": False}, {"emptied": ["promised"]}])
async def test_a_correction_after_the_handling_opens_nothing_then_or_later(world: World, wrong: dict[str, Any]):
    case = await (await world.opens(category="service").graded(4)).until("RV-4.3")
    assert case.file.handled_at is not None
    before = list(case.file.duties)
    await case.amends(**wrong)
    await at_work(world.duly, case.file.key).goes_on_anew()
    assert list(case.file.duties) == before
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CH-7.1.2")
async def test_a_confirmation_that_a_correction_ended_is_not_owed_anew_after_the_handling(world: World):
    case = await world.opens(category="service", confirmed=False).graded(4)
    await case.amends(confirmed=True)
    await case.until("RV-4.3")
    await case.amends(confirmed=False)
    await at_work(world.duly, case.file.key).goes_on_anew()
    assert not owed(case, "CH-7.1.2")
    case.ignores()


@pytest.mark.clause("CH-7.1.2")
async def test_what_was_missing_before_the_end_of_the_handling_is_owed_until_it_is_supplied(world: World):
    case = await world.opens(category="service", confirmed=False).graded(4)
    for rule in ("CH-7.2.1.settle", "CH-7.3.1"):
        while not owed(case, rule):
            [first, *_] = [duty for duty in case.file.open_duties if duty.rule in ("CR-5.1.4", "CS-4.2.1a")]
            await case.does(first.id)
        await case.does(rule)
    assert case.file.handled_at is not None
    await at_work(world.duly, case.file.key).goes_on_anew()
    assert owed(case, "CH-7.1.2") == ["CH-7.1.2"]
    await case.amends(confirmed=True)
    assert not owed(case, "CH-7.1.2")
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CH-7.1.1")
async def test_a_date_that_a_correction_took_away_is_moot_once_the_customer_is_answered(world: World):
    world.begins_at(at("2026-11-20 10:00"))
    case = await world.opens(category="service", promised=at("2026-11-23 17:00")).graded(4)
    await case.until("CH-7.3.1")
    await case.amends(emptied=["promised"])
    assert owed(case, "CH-7.1.1") == ["CH-7.1.1"]
    while owed(case, "CS-4.2.1a", "CH-7.2.1.settle"):
        await case.does(owed(case, "CS-4.2.1a", "CH-7.2.1.settle")[0])
    await case.does("CH-7.3.1")
    assert not owed(case, "CH-7.1.1")
    date = case.file.duties["CH-7.1.1"]
    assert (date.status, date.superseded_by) == (DutyStatus.SUPERSEDED, "CH-7.3.1")
    await at_work(world.duly, case.file.key).goes_on_anew()
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("CH-7.1.1")
async def test_no_date_is_owed_between_the_answer_and_the_end_of_the_handling(world: World):
    case = await world.opens(category="service").graded(4)
    await case.opens_matter()
    for rule in ("CS-4.2.1a", "CH-7.2.1.settle", "CH-7.3.1"):
        await case.does(rule)
    assert case.file.handled_at is None, "the repair is under way"
    before = list(case.file.duties)
    await case.amends(emptied=["promised"])
    await at_work(world.duly, case.file.key).goes_on_anew()
    assert list(case.file.duties) == before
    case.ignores()


# --- another project


async def test_a_complaint_of_another_project_goes_to_its_people_and_keeps_its_number(world: World):
    directory = world.references.directory
    moved: dict[str, dict[str, Any]] = {"li.na": {"projects": ("hf01",)}, "luo.xin": {"roles": ("cs_supervisor",)}}
    people = tuple(person.but(**moved.get(person.id, {})) for person in directory.people)
    world.references.directory = directory.but(people=people)
    case = await opened(world)
    number = case.file.number
    assert case.duty("CR-5.2.1a").owner == SUPERVISOR
    await case.amends(project="yx02", customer="赵德明")
    assert case.file.complaint.customer == "赵德明"
    await case.becomes(lambda file: file.complaint.project == "yx02")
    assert case.file.number == number
    duty = case.duty("CR-5.2.1a")
    assert (duty.owner, duty.in_place_of) == ("luo.xin", SUPERVISOR), "the supervisor of that project"
    assert sorted(owed(case, "CR-5.1.4", "CR-5.2.1a")) == ["CR-5.1.4", "CR-5.2.1a"]
    act = case.file.acts[-1]
    assert act.form["before"][0] == {"field": "project", "said": "hf01"}
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=4, reason="一般投诉")
    case.ignores()


async def test_a_project_that_the_directory_lacks_changes_nothing(world: World):
    case = await opened(world)
    await case.amends(project="nowhere")
    await case.becomes(lambda file: file.project_of)
    assert case.file.complaint.project == "hf01"
    assert [line.data["project"] for line in await case.lines("case.project-unknown")] == ["nowhere"]
    act = case.file.acts[-1]
    assert [line.data["act"] for line in await case.lines("case.project-unknown")] == [act.seq]
    [told] = [notice for notice in case.file.notices if notice.id == f"AMEND/project-{act.seq}/{act.by}"]
    assert (told.to, told.kind) == (act.by, NoticeKind.HANDED)
    await case.amends(project="yx02")
    await case.becomes(lambda file: file.complaint.project == "yx02")
    case.ignores()


async def test_people_of_the_other_project_are_complained_about_once_it_is_followed(world: World):
    directory = world.references.directory
    here = next(person for person in directory.people if person.id == SUPERVISOR)
    there = here.but(id="yu.mei", name="余梅", email="yu.mei@example.com", projects=("yx02",))
    others = (person for person in directory.people if person.id != SUPERVISOR)
    world.references.directory = directory.but(people=(*others, here.but(projects=("hf01",)), there))
    case = await opened(world)
    assert await case.refuses(case.amends(also_about=("yu.mei",))) is Refused.UNKNOWN_PERSON
    await case.amends(project="yx02", department="engineering", also_about=("yu.mei",))
    await case.becomes(lambda file: file.complaint.project == "yx02")
    assert (case.file.complaint.department, case.file.about) == ("engineering", {"yu.mei"})
    assert case.duty("CR-5.2.1a").owner != "yu.mei", "nobody grades a complaint about themselves"
    assert all(notice.to != "yu.mei" for notice in case.file.notices)
    case.ignores()


async def test_a_project_that_lacks_the_people_named_with_it_is_not_followed(world: World):
    case = await opened(world)
    await case.amends(project="yx02", matter="厨房漏水", also_about=("no.body",))
    await case.becomes(lambda file: file.project_of)
    assert (case.file.complaint.project, case.file.complaint.matter, case.file.about) == ("hf01", "厨房漏水", set())
    assert [line.data["people"] for line in await case.lines("case.project-unknown")] == [["no.body"]]
    act = case.file.acts[-1]
    [told] = [notice for notice in case.file.notices if notice.id == f"AMEND/project-people-{act.seq}/{act.by}"]
    assert (told.to, told.kind) == (act.by, NoticeKind.HANDED)
    case.ignores()


async def test_a_slip_in_the_project_is_taken_back_before_it_is_followed(world: World, monkeypatch: pytest.MonkeyPatch):
    case = await opened(world)
    monkeypatch.setattr(world.references, "loaded", False)  # the directory of the other project cannot be fetched yet
    await case.amends(project="yx02")
    assert await case.refuses(case.amends(project="yx02")) is Refused.NOTHING_CHANGES
    await case.amends(project="hf01")
    assert case.file.acts[-1].form["before"] == [{"field": "project", "said": "yx02"}]
    await at_work(world.duly, case.file.key).goes_on_anew()
    monkeypatch.setattr(world.references, "loaded", True)
    await case.becomes(lambda file: file.project_of == file.acts[-1].seq)
    assert case.file.complaint.project == "hf01"
    assert [line.data["project"] for line in await case.lines("case.project-corrected")] == ["hf01"]
    case.ignores()


@pytest.mark.clause("CR-5.1.2")
@pytest.mark.clause("CR-5.2.1a")
@pytest.mark.parametrize("graded", [False, True])
async def test_a_later_complaint_hears_that_the_earlier_one_was_of_somebody_else(world: World, graded: bool):
    first = (await world.opens(customer="贺先生", contact="13800000031", building="9栋").graded(3)).ignores()
    again = await world.opens(customer="贺先生", contact="13800000031", building="8栋")
    assert (again.file.proposal.level, [one.key for one in again.file.related]) == (3, [first.handle.id])
    if graded:
        await again.does("CR-5.2.1a", level=3)
    again.heard(SUPERVISOR)
    await first.amends(customer="陈先生", contact="13800000032")
    await again.becomes(lambda file: not file.related)
    assert again.heard(SUPERVISOR) == ["CR-5.2.1a copy"]
    assert (again.file.level, again.file.proposal.level) == (3 if graded else None, 3 if graded else 4)
    await again.goes_on_afresh()
    for case in (first, again):
        case.ignores()


@pytest.mark.clause("CR-5.1.2")
@pytest.mark.clause("CR-5.2.1a")
@pytest.mark.parametrize("graded", [False, True])
async def test_a_later_complaint_hears_that_an_earlier_one_is_of_its_customer(world: World, graded: bool):
    """The number of the first was written down wrongly: nobody knew that the second is a repeat."""
    first = (await world.opens(customer="陈先生", contact="13800000032", building="9栋").graded(3)).ignores()
    again = await world.opens(
        customer="贺先生", contact="13800000031", building="8栋", category=first.file.complaint.category
    )
    assert (again.file.related, again.file.proposal.level) == ((), 4)
    if graded:
        await again.does("CR-5.2.1a", level=4)
    again.heard(SUPERVISOR)
    await first.amends(customer="贺先生", contact="13800000031")
    await again.becomes(lambda file: file.related)
    [found] = again.file.related
    assert (found.key, found.number, found.why) == (first.handle.id, first.file.number, "customer")
    assert (found.open, found.same_subject, found.unsolved) == (True, True, True)
    assert again.heard(SUPERVISOR) == ["CR-5.2.1a copy"]
    assert (again.file.level, again.file.proposal.level) == (4 if graded else None, 4 if graded else 3)
    assert len(owed(again, "CR-5.1.3")) == graded, "the watch list asks for another look at the grade"
    assert [line.data["case"] for line in await again.lines("link.earlier-found")] == [first.handle.id]
    await again.goes_on_afresh()
    for case in (first, again):
        case.ignores()


@pytest.mark.clause("CR-5.1.2")
async def test_what_kind_of_repeat_it_is_follows_the_correction(world: World):
    """An earlier one of the same place turns out to be of the same customer, and then of another subject."""
    first = (await world.opens(customer="陈先生", contact="13800000032", building="8栋").graded(3)).ignores()
    again = (await world.opens(customer="贺先生", contact="13800000031", building="8栋")).ignores()
    assert [one.why for one in again.file.related] == ["building"]
    await first.amends(customer="贺先生", contact="13800000031")
    await again.becomes(lambda file: [one.why for one in file.related] == ["customer"])
    await first.amends(category="service")
    await again.becomes(lambda file: [one.same_subject for one in file.related] == [False])
    await first.amends(received_at=again.file.complaint.received_at - timedelta(days=400))
    await again.becomes(lambda file: not file.related)
    for case in (first, again):
        case.ignores()


@pytest.mark.clause("CR-5.1.2")
async def test_a_later_complaint_of_the_same_customer_or_place_stays_related(world: World):
    """A number written in another way, or another name for the same home and subject, are no others."""
    mine = {"customer": "贺女士", "contact": "13800000033", "building": "7栋101"}
    first = (await world.opens(**mine).graded(3)).ignores()
    again = (await world.opens(**mine)).ignores()
    for corrected in ({"contact": "138 0000 0033"}, {"customer": "贺小姐"}):
        await first.amends(**corrected)
        await again.look()
        assert [one.key for one in again.file.related] == [first.handle.id]
    await first.amends(building="6栋102")
    await again.becomes(lambda file: not file.related)
    for case in (first, again):
        case.ignores()

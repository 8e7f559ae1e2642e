"""Decisions 15 and 22: house limits keep office hours, and a complaint at night wakes nobody; a crisis does.

20 November 2026 is a Friday. 14 February 2026 is a Saturday that is worked, before Spring Festival; National Day is off
from 1 to 7 October 2026.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from complaints import editions
from complaints.case.complaint import Track
from complaints.case.file import Duty
from complaints.clock.calendar import calendar, from_libraries
from complaints.clock.explanations import explain
from tests.clauses.limits import SHANGHAI
from tests.people import CLERK, LEADER, MANAGER, SUPERVISOR
from tests.shown import readers
from tests.world import Case, World

pytestmark = pytest.mark.memory(anew=True)  # a server begins cases at the real time

INTAKE = ("CR-5.1.4", "CR-5.2.1a")
A_SECOND = timedelta(seconds=1)
AN_HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    """A local time: "2026-11-20 02:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def shown(moment: datetime) -> str:
    """A moment in local time, to the minute."""
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"


async def opened(world: World, received: str, **told: Any) -> Case:
    """A complaint that is taken in at the moment at which it is received."""
    moment = at(received)
    world.begins_at(moment)
    return await world.opens(received_at=moment, **{"category": "service", **told})


async def is_graded(case: Case, level: int) -> None:
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=level, reason="按标准判定")


def due(duty: Duty) -> str:
    return shown(duty.deadline.due)


def sent(case: Case, duty: str, kind: str = "", to: str = "") -> list[str]:
    """The notices about a duty with the moment at which each is sent: "late li.na 11-20 09:00"."""
    return [
        f"{notice.kind.value} {notice.to} {shown(notice.not_before or notice.at)}"
        for notice in case.file.notices
        if notice.duty == duty and notice.kind.value.startswith(kind) and notice.to.startswith(to)
    ]


def climb(case: Case, duty: str) -> list[tuple[str, str]]:
    return [(step.to, shown(step.at)) for step in case.duty(duty).escalations]


# --- in the middle of the night


@pytest.mark.clause("CR-5.1.4")
@pytest.mark.clause("CR-5.2.1a")
async def test_a_telephone_complaint_at_two_in_the_morning_wakes_nobody(world: World):
    case = await opened(world, "2026-11-20 02:00")
    for rule in INTAKE:
        duty = case.duty(rule)
        assert (shown(duty.since), duty.deadline.why.anchor, due(duty)) == ("11-20 02:00", "receipt", "11-20 09:30")
        assert sent(case, rule) == [f"told {SUPERVISOR} 11-20 09:00"]
    assert [notice.at for notice in case.file.notices] == [case.file.opened_at] * 2, "recorded at its true time"
    await case.passes_until(at("2026-11-20 09:29"))
    reminders = [f"reminder {SUPERVISOR} 11-20 09:15", f"reminder {SUPERVISOR} 11-20 09:24"]
    assert sent(case, "CR-5.2.1a", "reminder") == reminders
    await case.passes_until(at("2026-11-20 09:50"))
    assert case.duty("CR-5.2.1a").breached_at == at("2026-11-20 09:30")
    assert climb(case, "CR-5.2.1a")[:2] == [(MANAGER, "11-20 09:30"), (LEADER, "11-20 09:40")]
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
@pytest.mark.parametrize("channel", ["online", "message", "letter"])
async def test_what_comes_in_writing_at_night_is_received_when_the_office_opens(world: World, channel: str):
    case = await opened(world, "2026-11-20 02:00", channel=channel, promised=None)
    assert (shown(case.file.received), shown(case.file.complaint.received_at)) == ("11-20 09:00", "11-20 02:00")
    receipt = await world.duly.open_complaint(case.file.complaint)
    assert {duty.rule: due(duty) for duty in receipt.duties} == dict.fromkeys(INTAKE, "11-20 09:30")
    why = case.duty("CR-5.2.1a").deadline.why
    assert explain(why)[0] == "从 11月20日 09:00 上班受理（投诉在下班时间收到）起计算。"
    assert "opening of the office" in explain(why, "en")[0]
    assert sent(case, "CR-5.2.1a") == [f"told {SUPERVISOR} 11-20 09:00"]

    await case.passes_until(at("2026-11-20 08:30"))  # somebody who is there early may act
    await is_graded(case, 4)
    assert {rule: due(case.duty(rule)) for rule in ("CH-7.1.1", "CS-4.2.1a", "CH-7.3.1")} == {
        "CH-7.1.1": "11-20 10:00",
        "CS-4.2.1a": "11-24 00:00",
        "CH-7.3.1": due(case.duty("CH-7.3.1")),
    }
    assert case.duty("CH-7.1.1").deadline.why.anchor == "office_opened"
    assert sent(case, "CH-7.1.1") == [f"told {CLERK} 11-20 09:00"]


@pytest.mark.clause("CR-5.2.1a")
async def test_a_working_day_is_counted_from_the_day_on_which_the_office_received_it(world: World):
    case = await opened(world, "2026-11-20 20:00", channel="online")
    await case.passes_until(at("2026-11-23 09:10"))
    await is_graded(case, 4)
    assert due(case.duty("CS-4.2.1a")) == "11-25 00:00"  # one working day after Monday
    case.ignores()


@pytest.mark.clause("MC-3c")
async def test_the_month_counts_from_the_true_receipt(world: World):
    promised = at("2026-12-20 12:00")
    case = await opened(world, "2026-10-31 20:00", channel="online", category="property", promised=promised)
    await case.passes_until(at("2026-11-02 09:10"))
    await is_graded(case, 4)
    await case.passes_until(at("2026-11-30 23:59"))
    assert not case.file.major
    await case.passes_until(at("2026-12-01 00:01"))
    assert case.file.major
    assert not case.file.urgent, "a month that has passed can wait for the morning"
    case.ignores()


CRISIS: dict[str, Any] = {"loss": 600_000}
INJURY: dict[str, Any] = {"injured": True}
MAJOR: dict[str, Any] = {"injured": True, "our_fault": True}


@pytest.mark.clause("CR-5.2.1a")
@pytest.mark.clause("CR-3.1a")
@pytest.mark.clause("MC-3b")
@pytest.mark.parametrize("facts", [CRISIS, INJURY, MAJOR], ids=["a crisis", "an injury", "a major complaint"])
@pytest.mark.parametrize("channel", ["phone", "online"])
async def test_a_crisis_and_an_injury_know_no_night(world: World, channel: str, facts: dict[str, Any]):
    case = await opened(world, "2026-11-21 02:00", channel=channel, **facts)  # a Saturday
    assert case.file.urgent
    assert case.file.received == case.file.complaint.received_at
    for rule in INTAKE:
        duty = case.duty(rule)
        assert (due(duty), duty.deadline.why.limit, duty.deadline.source) == ("11-21 02:30", "30 min elapsed", "house")
        assert sent(case, rule) == [f"told {SUPERVISOR} 11-21 02:00"]
    await case.passes_until(at("2026-11-21 02:41"))
    assert sent(case, "CR-5.2.1a", "reminder") == [f"reminder {SUPERVISOR} 11-21 02:{n}" for n in (15, 24)]
    assert sent(case, "CR-5.2.1a", "late") == [f"late {SUPERVISOR} 11-21 02:30"]
    assert climb(case, "CR-5.2.1a") == [(MANAGER, "11-21 02:30"), (LEADER, "11-21 02:40")]
    assert all(notice.not_before is None for notice in case.file.notices)
    case.ignores()


@pytest.mark.edition("2026.1")
async def test_an_older_edition_knows_no_night(world: World):
    case = await opened(world, "2026-11-20 02:00", channel="online")
    assert due(case.duty("CR-5.2.1a")) == "11-20 02:30"
    await case.passes_until(at("2026-11-20 02:41"))
    assert climb(case, "CR-5.2.1a") == [(MANAGER, "11-20 02:30"), (LEADER, "11-20 02:40")]
    assert all(notice.not_before is None for notice in case.file.notices)
    case.ignores()


# --- weekends and holidays


@pytest.mark.clause("CR-5.2.1a")
async def test_what_is_left_of_friday_counts_and_the_rest_on_monday(world: World):
    case = await opened(world, "2026-11-20 17:50", channel="online")
    duty = case.duty("CR-5.2.1a")
    assert (due(duty), duty.deadline.why.anchor) == ("11-23 09:20", "receipt")
    assert sent(case, duty.id) == [f"told {SUPERVISOR} 11-20 17:50"]
    assert [shown(moment.at) for moment in duty.deadline.reminders] == ["11-23 09:05", "11-23 09:14"]
    assert "不计：11月21日至11月22日（周末）。" in explain(duty.deadline.why)


@pytest.mark.clause("CR-5.2.1a")
@pytest.mark.parametrize(
    ("received", "end"),
    [
        ("2026-02-14 02:00", "02-14 09:30"),  # a Saturday that is worked
        ("2026-02-14 18:00", "02-24 09:30"),  # Spring Festival begins
        ("2026-10-03 11:00", "10-08 09:30"),  # National Day
        ("2026-11-21 11:00", "11-23 09:30"),  # a Saturday
    ],
)
async def test_days_off_do_not_count_and_days_that_are_worked_do(world: World, received: str, end: str):
    case = await opened(world, received, channel="online")
    assert due(case.duty("CR-5.2.1a")) == end
    opening = shown(case.duty("CR-5.2.1a").deadline.due - timedelta(minutes=30))
    assert shown(case.file.received) == opening
    assert sent(case, "CR-5.2.1a") == [f"told {SUPERVISOR} {opening}"]


@pytest.mark.clause("CR-5.2.1a")
async def test_a_breach_climbs_in_office_time_over_the_weekend(world: World):
    case = await opened(world, "2026-11-20 17:10")
    await case.passes_until(at("2026-11-22 23:00"))
    duty = case.duty("CR-5.2.1a")
    assert duty.breached_at == at("2026-11-20 17:40")
    assert sent(case, duty.id, "late") == [f"late {SUPERVISOR} 11-20 17:40"]
    assert climb(case, duty.id) == [(MANAGER, "11-20 17:40"), (LEADER, "11-20 17:50")]
    await case.passes_until(at("2026-12-01 12:00"))
    steps = climb(case, duty.id)
    working_days = ("11-23", "11-24", "11-25", "11-26", "11-27", "11-30", "12-01")
    assert [when for _, when in steps[2:]] == ["11-23 09:00", *(f"{day} 09:10" for day in working_days)]
    assert len({person for person, _ in steps[3:]}) == 1, "the top is told again every working day"
    assert all(step.told_at - step.at < A_SECOND for step in case.duty(duty.id).escalations)
    case.ignores()


@pytest.mark.clause("RV-4.3")
async def test_a_limit_of_the_documents_is_exact_and_its_notices_wait_for_the_morning(world: World):
    case = await opened(world, "2026-11-20 10:00")
    await is_graded(case, 4)
    await case.until("RV-4.3")
    duty = case.duty("RV-4.3")
    assert due(duty) == "11-21 10:00"
    assert [shown(moment.at) for moment in duty.deadline.reminders] == ["11-20 17:30"], "before the closing"
    await case.passes_until(at("2026-11-21 10:05"))
    late = case.duty("RV-4.3")
    assert late.breached_at == late.deadline.due
    assert sent(case, duty.id, "late") == [f"late {duty.owner} 11-23 09:00"]
    assert climb(case, duty.id) == []
    await case.passes_until(at("2026-11-23 09:01"))
    assert [when for _, when in climb(case, duty.id)] == ["11-23 09:00"]
    case.ignores()


@pytest.mark.clause("RV-4.3")
async def test_a_reminder_at_night_is_sent_at_the_opening(world: World):
    case = await opened(world, "2026-11-23 14:00")
    await is_graded(case, 4)
    await case.until("RV-4.3")
    duty = case.duty("RV-4.3")
    assert [shown(moment.at) for moment in duty.deadline.reminders] == ["11-24 09:00", "11-24 09:12"]
    case.ignores()


@pytest.mark.clause("RV-4.3")
async def test_what_a_document_wants_before_the_opening_is_told_at_once(world: World):
    case = await opened(world, "2026-11-20 20:00")
    await is_graded(case, 4)
    await case.until("RV-4.3")
    duty = case.duty("RV-4.3")
    assert (due(duty), sent(case, duty.id)) == ("11-21 20:00", [f"told {duty.owner} 11-20 20:00"])
    assert [shown(moment.at) for moment in duty.deadline.reminders] == ["11-21 08:00", "11-21 15:12"]
    assert sent(case, "CS-4.2.3") == [f"told {SUPERVISOR} 11-23 09:00"], "it has a month"
    case.ignores()


# --- urgent at night


@pytest.mark.clause("CR-5.2.1a")
@pytest.mark.clause("MC-3b")
async def test_a_complaint_that_becomes_urgent_at_night_waits_no_longer(world: World):
    case = await opened(world, "2026-11-21 02:00", channel="online", promised=None)
    await case.passes_until(at("2026-11-21 03:00"))
    await case.amends(by=CLERK, injured=True)
    duty = case.duty("CR-5.2.1a")
    assert (due(duty), duty.deadline.why.anchor, duty.deadline.source) == ("11-21 03:30", "urgency", "house")
    assert explain(duty.deadline.why)[0] == "从 11月21日 03:00 转为紧急起计算。"
    assert sent(case, "CR-5.2.1a") == [f"told {SUPERVISOR} 11-23 09:00", f"told {SUPERVISOR} 11-21 03:00"]
    assert [line.kind for line in await case.journal() if "urgent" in line.kind or "hastened" in line.kind] == [
        "case.became-urgent",
        "duty.hastened",
        "duty.hastened",
    ]
    assert shown(case.file.received) == "11-21 03:00"
    await case.passes_until(at("2026-11-21 03:16"))
    assert sent(case, "CR-5.2.1a", "reminder") == [f"reminder {SUPERVISOR} 11-21 03:15"]
    await is_graded(case, 3)
    answering = case.duty("CH-7.1.1")
    assert (due(answering), answering.deadline.why.anchor) == ("11-21 04:00", "urgency")
    assert sent(case, "CH-7.1.1") == [f"told {CLERK} 11-21 03:16"]
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_in_office_hours_a_deadline_is_never_later_for_being_urgent(world: World):
    case = await opened(world, "2026-11-20 10:00")
    await case.passes_until(at("2026-11-20 10:10"))
    await case.amends(by=CLERK, loss=600_000)
    assert case.file.urgent
    assert (due(case.duty("CR-5.2.1a")), case.duty("CR-5.2.1a").redated) == ("11-20 10:30", 0)
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_a_late_duty_of_a_complaint_that_becomes_urgent_climbs_on_at_once(world: World):
    case = await opened(world, "2026-11-20 17:10")
    await case.passes_until(at("2026-11-22 03:00"))
    assert climb(case, "CR-5.2.1a") == [(MANAGER, "11-20 17:40"), (LEADER, "11-20 17:50")]
    case.ignores()
    await case.amends(by=CLERK, loss=600_000)
    assert case.duty("CR-5.2.1a").breached_at == at("2026-11-20 17:40"), "a breach keeps its moment"
    assert case.duty("CR-5.2.1a").redated == 0
    assert sent(case, "CR-5.2.1a", "told")[-1] == f"told {SUPERVISOR} 11-22 03:00"
    await case.passes_until(at("2026-11-22 03:11"))
    assert [when for _, when in climb(case, "CR-5.2.1a")[2:]] == ["11-22 03:00", "11-22 03:10"]
    case.ignores()


@pytest.mark.clause("CR-5.1.3")
async def test_facts_of_a_crisis_after_the_grading_are_put_before_the_supervisor_at_once(world: World):
    case = await opened(world, "2026-11-20 10:00")
    await is_graded(case, 4)
    await case.passes_until(at("2026-11-21 02:00"))
    assert not case.file.urgent
    await case.amends(by=CLERK, loss=600_000)
    assert case.file.urgent
    assert sent(case, "CR-5.1.3") == [f"told {SUPERVISOR} 11-21 02:00"]
    kinds = [line.kind for line in await case.journal()]
    assert kinds.index("case.became-urgent") < kinds.index("watch.entered")
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_a_complaint_regraded_to_a_crisis_at_night_wakes_whoever_owes_anything(world: World):
    case = await opened(world, "2026-11-20 10:00")
    await is_graded(case, 4)
    await case.passes_until(at("2026-11-21 02:00"))
    await case.regrades(1)
    report = case.duty("CR-5.2.1b")
    assert (due(report), sent(case, report.id)) == ("11-21 02:10", [f"told {SUPERVISOR} 11-21 02:00"])
    hastened = [line.duty for line in await case.journal() if line.kind == "duty.hastened"]
    assert hastened == [], "what the crisis has superseded is not made due sooner first"
    case.ignores()


@pytest.mark.clause("CR-5.2.1a")
async def test_once_it_is_no_longer_urgent_what_is_opened_keeps_office_hours_and_what_is_open_stays(world: World):
    case = await opened(world, "2026-11-21 02:00", injured=True, promised=None)
    assert case.file.urgent_since == at("2026-11-21 02:00")
    await case.amends(by=CLERK, injured=False)
    assert (case.file.urgent, case.file.urgent_since) == (False, None)
    assert due(case.duty("CR-5.2.1a")) == "11-21 02:30"
    await is_graded(case, 3)
    assert due(case.duty("CH-7.1.1")) == "11-23 10:00"
    assert sent(case, "CH-7.1.1") == [f"told {CLERK} 11-23 09:00"]
    await case.amends(by=CLERK, injured=True)
    assert shown(case.duty("CH-7.1.1").deadline.why.anchor_at) == shown(case.now)
    case.ignores()


async def test_a_crisis_that_nobody_believes_is_still_one(world: World):
    """Proposed as level 1 and graded lower: the clocks of the proposal hold (decision 15)."""
    case = await opened(world, "2026-11-21 02:00", loss=600_000, promised=None)
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=3, reason="金额为客户估计")
    assert case.file.urgent
    assert due(case.duty("CH-7.1.1")) == "11-21 03:00"
    case.ignores()


# --- the other house limits


@pytest.mark.clause("CS-4.2.1b")
@pytest.mark.clause("CS-4.2.4")
async def test_responsibility_that_is_not_agreed_on_friday_evening_is_owed_on_monday(world: World):
    case = await opened(world, "2026-11-20 16:40")
    await is_graded(case, 4)
    forms = {"CS_4_2_1a": {"responsible": "unagreed", "reason": "责任不清", "matters": True}}
    await case.until("CS-4.2.1b", **forms)
    assert due(case.duty("CS-4.2.1b")) == "11-20 17:40"
    await case.passes_until(at("2026-11-20 17:30"))
    await case.does("CS-4.2.1b")
    assert due(case.duty("CS-4.2.4")) == "11-23 12:30"
    case.ignores()


@pytest.mark.clause("CS-4.3.5")
async def test_a_repair_begun_on_friday_evening_is_told_on_monday(world: World):
    case = await opened(world, "2026-11-20 17:00")
    await is_graded(case, 4)
    await case.opens_matter("repair")
    await case.passes_until(at("2026-11-20 17:40"))
    await case.works_until("CS-4.3.5.start")
    assert due(case.duty("R1/CS-4.3.5.start")) == "11-23 09:40"
    case.ignores()


async def test_a_lower_grade_and_a_countersignature_have_four_office_hours(world: World):
    case = await opened(world, "2026-11-20 16:00")
    await is_graded(case, 3)
    await case.regrades(4, reason="已澄清")
    await case.asks_countersignature("REGRADE.approval", of=LEADER)
    assert {due(case.duty(rule)) for rule in ("COUNTERSIGN", "REGRADE.approval")} == {"11-23 11:00"}
    case.ignores()


# --- an injury, on the ordinary track


@pytest.mark.clause("CH-7.1.1")
@pytest.mark.clause("CH-7.1.2")
@pytest.mark.clause("CS-4.2.1b")
@pytest.mark.clause("CS-4.2.4")
async def test_where_somebody_is_hurt_taking_in_and_passing_on_wait_for_no_office(world: World):
    lacks = {"promised": None, "confirmed": False}
    case = await opened(world, "2026-11-20 20:00", category="engineering", **INJURY, **lacks)  # a Friday
    await is_graded(case, 2)
    assert case.file.track is Track.ORDINARY
    assert {due(case.duty(rule)) for rule in ("CH-7.1.1", "CH-7.1.2")} == {"11-20 21:00"}
    await case.passes_until(at("2026-11-20 20:30"))
    moment = case.now - A_SECOND
    await case.does("CS-4.2.1a", responsible="unagreed", reason="责任不清", matters=True, at=moment)
    assert case.duty("CS-4.2.1b").deadline.due == moment + AN_HOUR
    passed = case.now - A_SECOND
    await case.does("CS-4.2.1b", at=passed)
    assert case.duty("CS-4.2.4").deadline.due == passed + 4 * AN_HOUR
    case.ignores()


@pytest.mark.clause("CH-7.5.1")
async def test_where_somebody_is_hurt_sales_hear_the_same_night(world: World):
    case = await opened(world, "2026-11-20 20:00", category="sales", received_by="guo.wei", **INJURY)
    assert due(case.duty("CH-7.5.1@engineering")) == "11-21 00:00"
    await case.does("CH-7.5.1@engineering", person="guo.wei")
    assert due(case.duty("CH-7.5.1.told@engineering")) == "11-21 00:00"
    case.ignores()


@pytest.mark.clause("CS-4.3.3")
@pytest.mark.clause("CS-4.3.5")
async def test_where_somebody_is_hurt_the_repair_is_told_and_dated_the_same_night(world: World):
    case = await opened(world, "2026-11-20 20:00", category="engineering", **INJURY)
    await is_graded(case, 2)
    await case.opens_matter("repair")
    await case.works_until("CS-4.3.3.start")
    await case.does("CS-4.3.3.start")
    begun = case.file.acts[-1].at
    assert case.duty("R1/CS-4.3.5.start").deadline.due == begun + AN_HOUR
    finish = case.duty("R1/CS-4.3.3.finish")
    [asked] = (await case.asks_date("R1/CS-4.3.3.finish", finish.deadline.due + timedelta(days=1))).opened
    assert case.duty(asked).deadline.due == case.file.acts[-1].at + 4 * AN_HOUR
    await case.does("R1/CS-4.3.3.finish")
    assert case.duty("R1/CS-4.3.5.finish").deadline.due == case.file.acts[-1].at + AN_HOUR
    case.ignores()


# --- taken in late


@pytest.mark.clause("CR-5.1.1")
async def test_a_complaint_taken_in_later_counts_from_its_own_receipt(world: World):
    moment = at("2026-11-23 09:10")
    world.begins_at(moment)
    received = at("2026-11-20 22:00").astimezone(UTC)
    case = await world.opens(received_at=received, channel="online", category="service")
    assert (shown(case.file.received), due(case.duty("CR-5.2.1a"))) == ("11-23 09:00", "11-23 09:30")
    assert sent(case, "CR-5.2.1a") == [f"told {SUPERVISOR} 11-23 09:10"]
    case.ignores()


async def test_holidays_announced_later_move_what_counts_office_hours(world: World):
    world.references.calendar = from_libraries(range(2025, 2027))
    case = await opened(world, "2026-12-31 17:45")
    before = case.duty("CR-5.2.1a")
    assert (due(before), before.deadline.why.provisional) == ("01-01 09:15", True)
    known = world.references.calendar
    world.references.calendar = calendar((*known.years, 2027), (*known.off, date(2027, 1, 1)), known.on, known.names)
    moved = await case.is_recalculated(by=SUPERVISOR, reason="国务院已公布放假安排")
    assert {change.before.id for change in moved} == set(INTAKE)
    after = case.duty("CR-5.2.1a")
    assert (due(after), after.deadline.why.provisional) == ("01-04 09:15", False)
    case.ignores()


@pytest.mark.memory
async def test_whoever_reads_the_case_sees_what_waits_for_the_office_and_since_when_it_is_urgent(world: World):
    case = await opened(world, "2026-11-21 02:00", channel="online")
    words = {"zh": ("上班受理", "上班后发出"), "en": ("when the office opened", "sent when the office opens")}
    for lang, said in words.items():
        assert all(part in readers.case_shown(case.file, lang) for part in said)
    assert "不分昼夜" not in readers.case_shown(case.file, "zh")
    await case.amends(by=CLERK, injured=True)
    assert "11-21 02:00 起不分昼夜" in readers.case_shown(case.file, "zh")
    assert "上班受理" not in readers.case_shown(case.file, "zh")
    case.ignores()


async def test_the_timeline_of_a_drill_says_when_a_notice_that_waits_for_the_office_goes_out(world: World):
    case = await opened(world, "2026-11-20 22:00", channel="phone")  # a Friday
    line = next(one for one in await case.lines("duty.opened") if one.rule == "CR-5.2.1a")
    said = readers.timeline(case.file, [line], editions.newest(), "zh")
    assert "给李娜的通知到11-23 09:00上班时发出" in said
    assert "gets the notice at 11-23 09:00" in readers.timeline(case.file, [line], editions.newest(), "en")
    urgent = await opened(world, "2026-11-20 22:00", channel="phone", **CRISIS)
    lines = await urgent.journal()
    assert "发出" not in readers.timeline(urgent.file, lines, editions.newest(), "zh")
    case.ignores()
    urgent.ignores()

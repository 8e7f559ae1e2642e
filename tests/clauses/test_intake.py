"""CR-5.1, CR-5.2.1a, CR-3.1: taken in from every channel, recorded, numbered, graded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Channel, Track
from complaints.case.file import ActKind, ActRequest
from tests.clauses.limits import office_time
from tests.people import (
    CLERK,
    ENGINEER,
    ENGINEERING,
    ENGINEERING_LEADER,
    GENERAL_MANAGER,
    LEADER,
    MANAGER,
    PRESIDENT,
    SUPERVISOR,
)
from tests.statements import stated
from tests.world import World
from workflows import interface


@pytest.mark.clause("CR-5.1.1")
@pytest.mark.parametrize("channel", list(Channel))
async def test_a_complaint_comes_in_by_every_channel_and_a_media_report_is_one(world: World, channel: Channel):
    case = await world.opens(channel=channel, received_by=LEADER)
    assert case.file.complaint.channel is channel
    assert sorted(case.told(SUPERVISOR)) == ["CR-5.1.4", "CR-5.2.1a"]


@pytest.mark.clause("CR-5.1.1")
@pytest.mark.clause("CR-5.2.1a")
async def test_the_clocks_run_from_the_receipt_not_from_when_it_was_typed_in(world: World):
    received = datetime.now(UTC) - timedelta(minutes=10)
    case = await world.opens(received_at=received)
    for rule in ("CR-5.1.4", "CR-5.2.1a"):
        duty = case.duty(rule)
        assert duty.since == received
        assert duty.deadline.due == office_time(received, timedelta(minutes=30), world.references.calendar)
        assert duty.deadline.why.anchor == "receipt"
    await case.passes_until(case.duty("CR-5.2.1a").deadline.due + timedelta(minutes=1))
    assert all(duty.late for duty in case.file.open_duties)
    case.ignores()


@pytest.mark.clause("CR-5.1.1")
async def test_a_complaint_held_back_for_an_hour_is_the_breach_of_whoever_held_it_back(world: World):
    """The clock runs from the receipt all the same; the supervisor has the limit once more from when they get it."""
    received = datetime.now(UTC) - timedelta(hours=1)
    case = await world.opens(received_at=received, loss=600_000)
    grading = case.duty("CR-5.2.1a")
    assert (grading.breached_at, grading.waited_for) == (received + timedelta(minutes=30), CLERK)
    climb = [(step.to, step.at - received) for step in grading.escalations]
    above = (SUPERVISOR, MANAGER, LEADER, GENERAL_MANAGER)
    assert climb == [(to, timedelta(minutes=m)) for to, m in zip(above, (30, 40, 50, 60), strict=True)]
    assert f"copy {CLERK}" in case.said("CR-5.2.1a")
    assert f"late {SUPERVISOR}" not in case.said("CR-5.2.1a")

    await case.acknowledges("CR-5.2.1a", by=SUPERVISOR)
    await case.passes(minutes=29)
    assert case.duty("CR-5.2.1a").own_breach_at is None
    await case.passes(minutes=2)
    assert case.duty("CR-5.2.1a").own_breach_at == grading.opened_at + timedelta(minutes=30)
    assert f"late {SUPERVISOR}" in case.said("CR-5.2.1a")
    case.ignores()


@pytest.mark.clause("CR-5.1.1")
async def test_whoever_held_it_back_is_in_breach_themselves_and_says_why(world: World):
    received = datetime.now(UTC) - timedelta(days=3)
    case = await world.opens(received_at=received, received_by=ENGINEER, loss=600_000)
    held = case.duty("CR-5.1.1")
    assert (held.owner, held.breached_at) == (ENGINEER, received + timedelta(minutes=10))
    assert held.deadline.source == "house"
    above = (ENGINEERING, ENGINEERING_LEADER, GENERAL_MANAGER, PRESIDENT)
    assert [(step.to, step.at - received) for step in held.escalations][:4] == [
        (to, timedelta(minutes=10 + 10 * n)) for n, to in enumerate(above)
    ]
    assert case.duty("CR-5.2.1a").answerable == ENGINEER, "not the person who gets it late"
    assert await case.refuses(case.does("CR-5.1.1", by=SUPERVISOR)) is Refused.NOT_YOURS
    assert await case.refuses(case.does("CR-5.1.1", why="")) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.1.1", why="以为只是普通报修")
    assert case.file.acts[-1].form == {"why": "以为只是普通报修"}
    assert case.duty("CR-5.1.1").late
    await case.goes_on_afresh()
    assert [duty.id for duty in case.file.duties.values() if duty.rule == "CR-5.1.1"] == ["CR-5.1.1"]
    case.ignores()


@pytest.mark.clause("CR-5.1.1")
@pytest.mark.parametrize("ago", [0, 9])
async def test_nobody_explains_what_was_handed_over_within_ten_minutes(world: World, ago: int):
    case = await world.opens(received_at=datetime.now(UTC) - timedelta(minutes=ago), loss=600_000)
    await case.passes(hours=2)
    await case.goes_on_afresh()
    assert "CR-5.1.1" not in case.file.duties
    case.ignores()


@pytest.mark.clause("CR-5.1.4")
async def test_the_supervisor_fills_in_the_record_form_and_the_complaint_has_a_number(world: World):
    case = await world.opens()
    assert case.file.number is not None
    assert case.file.number.startswith("HF01-2026-")
    assert await case.refuses(case.does("CR-5.1.4", by=CLERK)) is Refused.NOT_YOURS
    assert await case.refuses(case.does("CR-5.1.4", customer_opinion=" ")) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.1.4", customer_opinion="要求赔偿", preliminary="情况属实")
    assert case.file.acts[0].form == {"customer_opinion": "要求赔偿", "preliminary": "情况属实"}
    other = await world.opens()
    assert other.file.number != case.file.number


@pytest.mark.clause("CR-5.1.4")
@pytest.mark.clause("CR-7.1")
async def test_a_record_form_not_filled_in_does_not_hold_up_the_crisis_but_its_archive(world: World):
    case = await world.opens(loss=600_000)
    await case.does("CR-5.2.1a")
    assert case.duty("CR-5.2.1b").open
    assert case.duty("CR-5.1.4").open
    await case.to_the_end()
    assert case.file.acts[-1].rule == "CR-5.4.5"


@pytest.mark.clause("CR-5.1.1")
async def test_a_complaint_sent_twice_is_one_case(world: World):
    case = await world.opens()
    events = await case.events()
    again = await world.duly.open_complaint(case.file.complaint)
    assert (again.key, again.number) == (case.handle.id, case.file.number)
    await case.look()
    assert len(case.file.duties) == 2
    assert await case.events() == events


# --- CR-3.1: the criteria, both sides of each number


CRITERIA = [
    pytest.param({"loss": "500000", "loss_is": "actual"}, 1, id="500,000 lost", marks=pytest.mark.clause("CR-3.1a")),
    pytest.param({"loss": "500000", "loss_is": "likely"}, 1, id="500,000 likely", marks=pytest.mark.clause("CR-3.1a")),
    pytest.param({"loss": "499999.99"}, 2, id="a cent less", marks=pytest.mark.clause("CR-3.1a")),
    pytest.param({"media": "harmful", "media_is": "actual"}, 1, id="in the media", marks=pytest.mark.clause("CR-3.1b")),
    pytest.param({"media": "harmful"}, 1, id="likely in the media", marks=pytest.mark.clause("CR-3.1b")),
    pytest.param({"media": "mentioned"}, 2, id="a mention", marks=pytest.mark.clause("CR-3.1b")),
    pytest.param({"households": 10, "households_is": "actual"}, 1, id="10 sue", marks=pytest.mark.clause("CR-3.1c")),
    pytest.param({"households": 10}, 1, id="10 may sue", marks=pytest.mark.clause("CR-3.1c")),
    pytest.param({"households": 9}, 2, id="9 households", marks=pytest.mark.clause("CR-3.1c")),
]


@pytest.mark.parametrize(("facts", "level"), CRITERIA)
async def test_a_grade_below_what_the_criteria_lead_to_needs_a_reason(world: World, facts: dict[str, Any], level: int):
    case = await world.opens(**facts)
    assert case.file.proposal.level == level
    assert case.file.proposal.reasons
    assert await case.refuses(case.does("CR-5.2.1a", level=level + 1, reason="")) is Refused.REASON_NEEDED
    await case.does("CR-5.2.1a", level=level, reason="")
    assert case.file.level == level
    assert case.file.track is (Track.CRISIS if level == 1 else Track.ORDINARY)


@pytest.mark.clause("CR-5.2.1a")
async def test_the_supervisor_decides_and_may_grade_below_the_proposal_with_a_reason(world: World):
    case = await world.opens(loss=Decimal(600_000))
    assert await case.refuses(case.does("CR-5.2.1a", by=MANAGER, level=2)) is Refused.NOT_YOURS
    assert await case.refuses(case.does("CR-5.2.1a", level=5)) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.2.1a", level=2, reason="保险公司全额承担")
    assert (case.file.level, case.file.track) == (2, Track.ORDINARY)


@pytest.mark.clause("CR-5.2.1a")
async def test_a_grade_above_the_proposal_needs_none(world: World):
    case = await world.opens(loss=1_000)
    assert case.file.proposal.level == 4
    await case.does("CR-5.2.1a", level=1, reason="")
    assert case.file.track is Track.CRISIS


@pytest.mark.clause("CR-5.2.1a")
@pytest.mark.parametrize("level", [2, 3, 4])
async def test_levels_two_to_four_go_the_ordinary_way_to_the_archive(world: World, level: int):
    case = await world.opens(received_by="wu.jie").graded(level)
    assert case.file.track is Track.ORDINARY
    await case.until("RV-4.3")
    revisit = case.duty("RV-4.3")
    answered = next(act.at for act in case.file.acts if act.rule == "CH-7.3.1")
    head_in_person = level == 2  # RV-2
    owner = MANAGER if head_in_person else "wu.jie"
    assert (revisit.owner, revisit.deadline.due) == (owner, answered + timedelta(hours=24))
    await case.does("RV-4.3")
    await case.to_the_end()
    assert case.file.outcome == "answered"
    way = ["CS-4.2.1a", "CH-7.2.1.settle", "CH-7.2.1", "CH-7.3.1", "RV-4.3", "CS-4.2.3", "CH-8.1.archive"]
    rules = [act.rule for act in case.file.acts]
    assert sorted(rules) == sorted(["CR-5.1.4", "CR-5.2.1a", "CS-4.3.3.decision", *way])
    assert rules[-1] == "CH-8.1.archive"


@pytest.mark.clause("CH-7.3.1")
async def test_the_answer_is_due_three_working_days_after_the_receipt(world: World):
    received = datetime.now(UTC) - timedelta(minutes=20)
    case = await world.opens(received_at=received, promised=None).graded(3)
    answer = case.duty("CH-7.3.1")
    assert (answer.since, answer.deadline.why.limit, answer.deadline.source) == (received, "3 workdays", "house")
    case.ignores()


@pytest.mark.server
async def test_an_act_sent_as_a_signal_before_the_case_is_open_is_kept_until_it_is(world: World):
    """Signal-with-start: nothing may get lost, and nothing may break, because a message comes early."""
    twin = await world.opens()
    opening = (await twin.handle.fetch_history()).events[0].workflow_execution_started_event_attributes
    [argument] = await world.duly.client.data_converter.decode(opening.input.payloads, [interface.CaseStart])
    early = ActRequest(by=SUPERVISOR, kind=ActKind.DISCHARGE, duty="CR-5.2.1a", form={"level": 4, "reason": "影响有限"})
    key = f"{twin.handle.id}-early"
    handle = await world.duly.client.start_workflow(
        interface.COMPLAINT,
        argument,
        id=key,
        task_queue=opening.task_queue.name,
        start_signal=interface.ACT_LATER,
        start_signal_args=[stated(key, early)],
    )
    await handle.execute_update(interface.INTAKE)
    file = await handle.query(interface.CASE, result_type=type(twin.file))
    assert file.level == 4


async def test_a_project_the_directory_does_not_have_is_refused_and_may_be_sent_again_corrected(world: World):
    complaint = world.opens(project="nowhere").complaint()
    with pytest.raises(Refusal) as refused:
        await world.duly.open_complaint(complaint)
    assert refused.value.code is Refused.INVALID
    assert "nowhere" in str(refused.value.params)
    receipt = await world.duly.open_complaint(complaint.but(project="hf01"))
    assert receipt.number is not None

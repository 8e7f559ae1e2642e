"""MC-5.2.2, MC-5.2.3: the slip, and what the departments that it goes to do with it, one of them or several."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import DutyStatus
from tests.clauses.limits import SHANGHAI, at
from tests.clauses.table_major import GRADED, HURT
from tests.people import (
    CHIEF_ENGINEER,
    CLERK,
    ENGINEERING,
    GENERAL_MANAGER,
    OPERATIONS,
    OPERATIONS_CLERK,
    PROPERTY,
    SUPERVISOR,
)
from tests.world import Case, World

MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHEN = "shen.yu"  # of the property company
TWO = ["engineering", "property"]


async def recorded(world: World, **told: Any) -> Case:
    """A major complaint whose record is done; the slip is owed."""
    case = await world.opens(**{**HURT, **told})
    await case.does("CR-5.2.1a", **GRADED)
    await case.does("MC-5.2.1")
    return case


async def sent(world: World, *departments: str, **told: Any) -> Case:
    case = await recorded(world, **told)
    await case.does("MC-5.2.2a", departments=list(departments or ("engineering",)))
    return case


def owed(case: Case, department: str) -> set[str]:
    return {duty.rule for duty in case.file.open_duties if duty.department == department}


# --- signed for, and passed on by whoever signed


@pytest.mark.clause("MC-5.2.2a")
@pytest.mark.clause("MC-5.2.2b")
async def test_the_department_gets_the_slip_and_signs_for_it(world: World):
    case = await recorded(world)
    assert await case.refuses(case.does("MC-5.2.2a", by=CLERK)) is Refused.NOT_YOURS
    await case.does("MC-5.2.2a", summary="电梯伤人，请停梯")
    slip = case.file.acts[-1]
    (handed,) = [notice for notice in case.file.notices if notice.kind == "handed"]
    assert (handed.to, handed.params["act"]) == (ENGINEERING, str(slip.seq))
    signing = case.duty("MC-5.2.2b")
    assert (signing.owner, signing.since, signing.deadline.due) == (ENGINEERING, slip.at, slip.at + 30 * MINUTES)
    assert await case.refuses(case.does("MC-5.2.2c")) is Refused.NOT_READY
    await case.does("MC-5.2.2b", signed_by="文员小周")
    signed = case.file.acts[-1]
    assert (signed.by, signed.form, signed.at.tzinfo) == (ENGINEERING, {"signed_by": "文员小周"}, UTC)
    case.ignores()


@pytest.mark.clause("MC-5.2.2c")
@pytest.mark.clause("MC-5.2.2d")
async def test_whoever_signed_forwards_it_the_same_day_to_people_who_get_it(world: World):
    received = datetime.now(UTC)
    case = await sent(world, "property", received_at=received)
    await case.delegates("MC-5.2.2b", to=SHEN)
    await case.does("MC-5.2.2b")
    await case.goes_on_afresh()
    end_of_day = at(received.astimezone(SHANGHAI).date() + DAYS, 0)
    for rule in ("MC-5.2.2c", "MC-5.2.2d"):
        duty = case.duty(rule)
        assert (duty.owner, duty.deadline.due, duty.deadline.source) == (SHEN, end_of_day, "document")
        assert case.said(duty.id)[-1] == f"told {SHEN}"
        assert await case.refuses(case.does(rule, by=PROPERTY)) is Refused.NOT_YOURS
    case.ignores()
    await case.does("MC-5.2.2c", to="general_manager")
    assert case.heard(GENERAL_MANAGER) == ["MC-5.2.2c@property handed"]
    await case.does("MC-5.2.2d")
    assert case.heard(OPERATIONS) == ["MC-5.2.2d@property handed"]


@pytest.mark.clause("MC-5.2.2c")
async def test_forwarded_to_the_centre_the_head_of_the_centre_gets_it(world: World):
    case = await sent(world, "engineering")
    await case.does("MC-5.2.2b")
    case.ignores()
    await case.does("MC-5.2.2c", to="centre_head")
    assert (case.heard(PROPERTY), case.heard(GENERAL_MANAGER)) == (["MC-5.2.2c@engineering handed"], [])


@pytest.mark.clause("MC-5.2.2c")
@pytest.mark.clause("MC-5.2.2d")
async def test_a_slip_sent_the_next_day_is_forwarded_late_by_the_clerks_delay(world: World):
    case = await recorded(world)
    await case.passes_until(at(case.now.astimezone(SHANGHAI).date() + DAYS, 10))
    await case.does("MC-5.2.2a")
    for rule in ("MC-5.2.2c", "MC-5.2.2d"):
        late = case.duty(rule)
        assert late.breached_at == late.deadline.due
        assert late.waited_for == OPERATIONS_CLERK
        assert late.escalations[0].to == PROPERTY, "the clerk's superior"
    case.ignores()


# --- several departments


@pytest.mark.clause("MC-5.2.2a")
@pytest.mark.clause("MC-5.2.2b")
@pytest.mark.clause("MC-5.2.3f")
@pytest.mark.clause("MC-5.2.3g")
async def test_of_several_departments_each_signs_and_finishes_and_the_first_answers_for_all(world: World):
    received = datetime.now(UTC)
    case = await sent(world, *TWO, received_at=received)
    assert [case.heard(head) for head in (ENGINEERING, PROPERTY)] == [["MC-5.2.2a handed"]] * 2
    both = {"MC-5.2.2b", "MC-5.2.2c", "MC-5.2.2d", "MC-5.2.3g"}
    assert owed(case, "engineering") == both | {"MC-5.2.3f"}
    assert owed(case, "property") == both | {"MC-5.2.3f.part"}
    assert await case.refuses(case.does("MC-5.2.3f")) is Refused.NOT_READY, "the answer is put together of the parts"
    part = case.duty("MC-5.2.3f.part")
    assert (part.owner, part.deadline.due, part.deadline.source) == (PROPERTY, received + 20 * HOURS, "house")
    await case.does("MC-5.2.3f.part", part="专人引导住户走楼梯")
    assert case.heard(ENGINEERING) == ["MC-5.2.3f.part@property handed"]
    await case.goes_on_afresh()
    await case.does("MC-5.2.3f")
    await case.does("MC-5.2.3g@engineering")
    first = case.file.acts[-1].at
    assert (case.duty("MC-5.2.3a@engineering").since, case.file.handled_at) == (first, None)
    assert not any(duty.rule == "RV-4.3" for duty in case.file.duties.values())
    await case.passes(minutes=5)
    await case.does("MC-5.2.3g@property")
    last = case.file.acts[-1].at
    assert (case.file.handled_at, case.duty("RV-4.3").since) == (last, last)
    assert case.duty("MC-5.2.3a@property").since == last
    await case.does("MC-5.2.3a@engineering")
    assert not any(duty.rule == "MC-5.2.3c" for duty in case.file.duties.values()), "one paper is not there yet"
    await case.goes_on_afresh()
    await case.does("MC-5.2.3a@property")
    assert case.duty("MC-5.2.3c").since == case.file.acts[-1].at
    case.ignores()
    await case.to_the_end()
    assert [duty.id for duty in case.file.duties.values() if duty.status is not DutyStatus.DONE] == []
    case.ignores()


@pytest.mark.clause("MC-5.2.3f")
async def test_an_answer_that_waits_for_another_departments_part_is_late_by_that_department(world: World):
    case = await sent(world, *TWO)
    await case.passes_until(case.duty("MC-5.2.3f").deadline.due)
    late = case.duty("MC-5.2.3f")
    assert (late.owner, late.waited_for) == (ENGINEERING, PROPERTY)
    case.ignores()


@pytest.mark.clause("MC-5.2.3f")
async def test_a_resident_who_is_not_reached_is_tried_again_and_each_try_is_on_record(world: World):
    case = await sent(world)
    due = case.duty("MC-5.2.3f").deadline.due
    await case.tries("MC-5.2.3f", note="电话关机")
    assert case.duty("MC-5.2.3f").open
    assert case.duty("MC-5.2.3f").deadline.due == due, "the clock goes on"
    assert case.file.acts[-1].form["note"] == "电话关机"
    case.ignores()


# --- the department named at intake, and a slip that went to the wrong one


@pytest.mark.clause("MC-5.2.3f")
@pytest.mark.clause("MC-5.2.3g")
async def test_the_department_named_at_intake_has_its_clocks_before_the_slip_is_sent(world: World):
    received = datetime.now(UTC)
    case = await recorded(world, received_at=received)
    assert owed(case, "engineering") == {"MC-5.2.3f", "MC-5.2.3g"}
    await case.does("MC-5.2.3g")
    assert case.file.handled_at is None, "nobody has been sent the slip: there may be others"
    finished = case.file.acts[-1].at
    await case.does("MC-5.2.2a")
    assert case.file.handled_at == finished
    await case.goes_on_afresh()
    assert [duty.id for duty in case.file.duties.values() if duty.rule == "MC-5.2.3g"] == ["MC-5.2.3g@engineering"]
    case.ignores()


@pytest.mark.clause("MC-5.2.2a")
@pytest.mark.clause("MC-5.2.3f")
async def test_a_slip_sent_to_another_department_takes_the_clocks_there(world: World):
    received = datetime.now(UTC)
    case = await sent(world, "property", received_at=received)
    await case.goes_on_afresh()
    assert sorted(case.heard(ENGINEERING)) == ["MC-5.2.3f@engineering closed", "MC-5.2.3g@engineering closed"]
    assert {
        (case.duty(rule).owner, case.duty(rule).since) for rule in ("MC-5.2.3f@property", "MC-5.2.3g@property")
    } == {(PROPERTY, received)}
    assert case.duty("MC-5.2.2b").owner == PROPERTY
    await case.does("MC-5.2.3g@property")
    assert case.duty("MC-5.2.3a").owner == PROPERTY
    case.ignores()


@pytest.mark.clause("MC-5.2.2a")
async def test_a_slip_that_went_to_the_wrong_department_is_put_right_with_a_reason(world: World):
    received = datetime.now(UTC)
    case = await sent(world, "engineering", received_at=received)
    await case.does("MC-5.2.2b")
    case.ignores()
    await case.passes(minutes=30)
    right: dict[str, Any] = {"departments": ["property"], "summary": "系物业值守问题"}
    assert (
        await case.refuses(case.revises("MC-5.2.2a", by=OPERATIONS_CLERK, reason="", **right)) is Refused.REASON_NEEDED
    )
    assert await case.refuses(case.revises("MC-5.2.2a", by=CLERK, **right)) is Refused.NOT_YOURS
    await case.revises("MC-5.2.2a", by=OPERATIONS_CLERK, **right)
    await case.goes_on_afresh()
    assert owed(case, "engineering") == set()
    assert owed(case, "property") == {"MC-5.2.2b", "MC-5.2.2c", "MC-5.2.2d", "MC-5.2.3f", "MC-5.2.3g"}
    assert "MC-5.2.3g@engineering closed" in case.heard(ENGINEERING)
    answer = case.duty("MC-5.2.3f@property")
    assert (answer.since, answer.deadline.due) == (received, received + 24 * HOURS), "the resident's clock goes on"
    await case.does("MC-5.2.3g@property")
    assert case.file.handled_at == case.file.acts[-1].at
    again = case.revises("MC-5.2.2a", by=OPERATIONS_CLERK, departments=TWO, summary="系物业值守问题")
    assert await case.refuses(again) is Refused.FORM_INCOMPLETE, "the handling is over"
    case.ignores()
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("MC-5.2.2a")
@pytest.mark.clause("MC-5.2.3f")
async def test_departments_come_and_go_and_the_answer_goes_with_the_one_that_leads(world: World):
    case = await sent(world, *TWO)

    async def goes_to(*departments: str) -> None:
        await case.revises(
            "MC-5.2.2a", by=OPERATIONS_CLERK, departments=list(departments), summary="电梯伤人，请立即处理"
        )
        await case.goes_on_afresh()

    await goes_to("property", "engineering", "chief_engineer")  # another lead, and a third department
    answering = {"MC-5.2.3f", "MC-5.2.3f.part"}
    assert owed(case, "property") & answering == {"MC-5.2.3f"}
    assert owed(case, "engineering") & answering == {"MC-5.2.3f.part"}
    assert owed(case, "chief_engineer") & answering == {"MC-5.2.3f.part"}
    assert case.duty("MC-5.2.2b@chief_engineer").owner == CHIEF_ENGINEER
    await goes_to("property")
    await goes_to("engineering", "property")  # and back: it signs once more
    assert owed(case, "chief_engineer") == set()
    assert owed(case, "engineering") == {"MC-5.2.2b", "MC-5.2.2c", "MC-5.2.2d", "MC-5.2.3f", "MC-5.2.3g"}
    assert len([duty for duty in case.file.duties.values() if duty.rule == "MC-5.2.2b"]) == 4
    case.ignores()
    await case.to_the_end()
    assert case.file.outcome == "solved"
    case.ignores()


# --- graded late: nobody pays for another's delay


@pytest.mark.clause("MC-5.2.1")
@pytest.mark.clause("MC-5.2.2a")
async def test_graded_major_after_ten_minutes_the_breach_names_whoever_graded(world: World):
    received = datetime.now(UTC)
    case = await world.opens(received_at=received)  # no fact says that it is major, and none that it is the property's
    await case.passes(minutes=25)
    case.ignores()
    await case.does("CR-5.2.1a", level=3, major=True, reason="多次报修未果")
    graded = case.file.acts[-1].at
    for rule in ("MC-5.2.1", "MC-5.2.2a"):
        late = case.duty(rule)
        assert (late.owner, late.deadline.due) == (OPERATIONS_CLERK, received + 10 * MINUTES), "the document's moment"
        assert (late.breached_at, late.waited_for) == (late.deadline.due, SUPERVISOR)
        assert late.own_due == graded + 10 * MINUTES
        assert late.escalations[0].to != PROPERTY, "it does not climb from the clerk"
    await case.does("MC-5.2.1")
    await case.does("MC-5.2.2a")
    assert case.duty("MC-5.2.2a").own_breach_at is None
    case.ignores()


@pytest.mark.clause("MC-5.2.2a")
async def test_the_clerk_who_lets_their_own_ten_minutes_pass_as_well_is_named_too(world: World):
    case = await world.opens(received_at=datetime.now(UTC))
    await case.passes(minutes=25)
    await case.does("CR-5.2.1a", level=3, major=True, reason="多次报修未果")
    await case.passes(minutes=11)
    late = case.duty("MC-5.2.1")
    assert late.own_breach_at == late.own_due
    assert late.escalations[-1].to == PROPERTY
    case.ignores()

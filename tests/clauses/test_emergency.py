"""MC-4.1, MC-4.2: who leads depends on the hour at which it matters; the team is told; the state of emergency."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.case.file import DutyStatus
from complaints.people.model import Absence, Shift
from tests.clauses.limits import SHANGHAI, at
from tests.clauses.table_major import GRADED, HURT
from tests.people import DEVELOPMENT, ENGINEERING, OPERATIONS, PROJECT_MANAGER, PROPERTY, SECURITY, SUPERVISOR
from tests.world import Case, World

DAY = timedelta(days=1)
ALWAYS: dict[str, Any] = {"start": datetime(2020, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}


@pytest.fixture
def shift_leader(world: World) -> None:
    """Somebody is on the roster day and night."""
    shift = Shift(duty="security_shift_leader", person=SECURITY, **ALWAYS)
    world.references.directory = world.references.directory.but(shifts=(shift,))


async def becomes_major_at(world: World, hour: int, *, workday: bool) -> tuple[Case, datetime]:
    """An ordinary complaint that is regraded at this hour of the next day that is, or is not, a working day."""
    case = await world.opens(department="engineering").graded(3)
    day = case.now.astimezone(SHANGHAI).date() + DAY
    while world.references.calendar.is_workday(day) is not workday:
        day += DAY
    await case.passes_until(at(day, hour))
    case.ignores()
    happened = case.now
    await case.regrades(3, major=True)
    return case, happened


@pytest.mark.clause("MC-4.1")
@pytest.mark.parametrize(
    ("hour", "workday", "who"),
    [(10, True, PROJECT_MANAGER), (20, True, SECURITY), (7, True, SECURITY), (10, False, SECURITY)],
)
@pytest.mark.usefixtures("shift_leader")
async def test_who_takes_the_lead_when_it_becomes_major(world: World, hour: int, workday: bool, who: str):
    case, _ = await becomes_major_at(world, hour, workday=workday)
    lead = case.duty("MC-4.1")
    assert (lead.owner, lead.because) == (who, "on_duty" if who == SECURITY else "holder")
    assert lead.deadline.source == "house"
    await case.does("MC-4.1")
    assert case.duty("MC-4.2a").owner == who
    case.ignores()


@pytest.mark.clause("MC-4.1")
async def test_with_nobody_on_the_roster_the_project_manager_is_called_at_night(world: World):
    case, _ = await becomes_major_at(world, 20, workday=True)
    assert (case.duty("MC-4.1").owner, case.duty("MC-4.1").because) == (PROJECT_MANAGER, "holder")
    case.ignores()


@pytest.mark.clause("MC-4.2a")
@pytest.mark.usefixtures("shift_leader")
async def test_the_command_falls_to_whoever_leads_when_it_begins(world: World):
    case, _ = await becomes_major_at(world, 8, workday=True)
    assert case.duty("MC-4.1").owner == SECURITY
    await case.passes(minutes=65)  # past nine: the office is open
    await case.does("MC-4.1")
    await case.goes_on_afresh()
    assert (case.duty("MC-4.2a").owner, case.duty("MC-4.1").owner) == (PROJECT_MANAGER, SECURITY)
    case.ignores()


@pytest.mark.clause("MC-4.1")
async def test_a_lead_nobody_takes_climbs_and_so_does_a_command_nobody_gives(world: World):
    case, happened = await becomes_major_at(world, 10, workday=True)
    lead = case.duty("MC-4.1")
    due = lead.since + timedelta(minutes=30)
    assert (lead.deadline.due, lead.deadline.why.anchor) == (due, "regrading")
    assert lead.since - happened < timedelta(minutes=1)
    await case.passes(minutes=31)
    assert case.said(lead.id) == [
        f"told {PROJECT_MANAGER}",
        *2 * [f"reminder {PROJECT_MANAGER}"],
        f"late {PROJECT_MANAGER}",
        f"escalation {PROPERTY}",
    ]
    for stranger in (SUPERVISOR, ENGINEERING, DEVELOPMENT):
        assert (await case.refuses(case.does(lead.id, by=stranger))).value == "not-yours"
    await case.does(lead.id)
    assert case.duty("MC-4.1").late
    command = case.duty("MC-4.2a")
    assert command.deadline.due == case.file.acts[-1].at + timedelta(hours=2)
    assert (command.deadline.source, command.deadline.why.anchor) == ("house", "lead")
    await case.passes(hours=2, minutes=1)
    assert case.said(command.id)[-2:] == [f"late {PROJECT_MANAGER}", f"escalation {PROPERTY}"]
    await case.does(command.id)
    case.ignores()


# --- the team


async def led(world: World, **told: Any) -> Case:
    case = await world.opens(**{**HURT, **told})
    await case.does("CR-5.2.1a", **GRADED)
    return case


@pytest.mark.clause("MC-4.1")
async def test_the_heads_of_customer_service_security_and_engineering_are_called_in_and_told(world: World):
    case = await led(world)
    assert await case.refuses(case.does("MC-4.1", people=["nobody"])) is Refused.UNKNOWN_PERSON
    assert await case.refuses(case.does("MC-4.1", people=[])) is Refused.FORM_INCOMPLETE
    for head in (SUPERVISOR, SECURITY, ENGINEERING):
        without = [one for one in (SUPERVISOR, SECURITY, ENGINEERING, DEVELOPMENT) if one != head]
        with pytest.raises(Refusal, match=head):
            await case.does("MC-4.1", people=without)
    case.ignores()
    await case.does("MC-4.1", people=[SUPERVISOR, SECURITY, ENGINEERING, DEVELOPMENT])
    for person in (SUPERVISOR, SECURITY, ENGINEERING, DEVELOPMENT):
        assert case.heard(person) == ["MC-4.1 handed"]


@pytest.mark.clause("MC-4.1")
async def test_a_head_who_is_not_called_in_needs_a_reason_and_an_absent_one_is_represented(world: World):
    away = Absence(person=ENGINEERING, deputy="guo.wei", **ALWAYS)
    world.references.directory = world.references.directory.but(absences=(away,))
    case = await led(world, department="property")
    with pytest.raises(Refusal, match=r"guo\.wei"):
        await case.does("MC-4.1", people=[SUPERVISOR, SECURITY])
    await case.does("MC-4.1", people=[SUPERVISOR, "guo.wei"], not_called="秩序主管已在现场指挥")
    assert case.heard("guo.wei") == ["MC-4.1 handed"]
    assert case.heard(SECURITY) == []
    case.ignores()


@pytest.mark.clause("MC-4.1")
async def test_nobody_complained_about_is_called_in_or_missed(world: World):
    case = await led(world, about=[SECURITY], department="property")
    assert await case.refuses(case.does("MC-4.1")) is Refused.ABOUT_YOU
    await case.does("MC-4.1", people=[SUPERVISOR, ENGINEERING])  # the project manager stands in, and leads
    assert case.heard(SECURITY) == []
    case.ignores()


# --- the command


@pytest.mark.clause("MC-4.2a")
@pytest.mark.clause("MC-5.2.4b")
async def test_a_plan_that_does_not_fit_has_to_be_revised(world: World):
    case = await led(world)
    await case.does("MC-4.1")
    command: dict[str, Any] = {"plan_fits": False, "fitness": "没有夜间停电的步骤"}
    for field in ("people_sent", "supplies", "fitness"):
        silent: dict[str, Any] = {field: ""}
        assert await case.refuses(case.does("MC-4.2a", **silent)) is Refused.FORM_INCOMPLETE
    await case.does("MC-4.2a", **command)
    await case.until("MC-5.2.4b")
    not_revised = case.does("MC-5.2.4b", revised=False, change="无须修订")
    assert await case.refuses(not_revised) is Refused.FORM_INCOMPLETE
    await case.does("MC-5.2.4b", revised=True, change="增加夜间停电的步骤")
    case.ignores()


@pytest.mark.clause("MC-5.2.4b")
async def test_a_plan_that_fits_need_not_be_revised(world: World):
    case = await led(world)
    await case.until("MC-5.2.4b")
    await case.does("MC-5.2.4b", revised=False, change="预案适用")
    case.ignores()


# --- the state of emergency

WORK = ("MC-4.2b.security", "MC-4.2b.engineering", "MC-4.2b.operations")
OWNERS = (SECURITY, ENGINEERING, OPERATIONS)


async def commanded(world: World, *, emergency: bool) -> Case:
    case = await led(world)
    await case.does("MC-4.1")
    await case.does("MC-4.2a", emergency=emergency)
    return case.ignores()


@pytest.mark.clause("MC-4.2b")
async def test_in_the_state_of_emergency_each_department_is_told_and_says_when_it_is_done(world: World):
    case = await commanded(world, emergency=True)
    declared = case.file.acts[-1].at
    for rule, owner in zip(WORK, OWNERS, strict=True):
        duty = case.duty(rule)
        assert (duty.owner, duty.since, duty.deadline.due) == (owner, declared, declared + timedelta(hours=4))
        assert rule in case.told(owner)
        assert await case.refuses(case.does(rule, done="")) is Refused.FORM_INCOMPLETE
        await case.does(rule)
    assert case.heard(PROJECT_MANAGER) == [f"{rule} handed" for rule in WORK], "the leader hears of it"
    await case.goes_on_afresh()
    await case.does("MC-4.2b.end", over=False, situation="电梯厅仍封闭")
    assert [case.heard(owner) for owner in OWNERS] == [["MC-4.2b.end handed"]] * 3
    again = case.duty("MC-4.2b.end")
    assert (again.open, again.since) == (True, case.file.acts[-1].at)
    await case.goes_on_afresh()
    await case.does("MC-4.2b.end", over=True)
    assert not any(duty.rule.startswith("MC-4.2b") for duty in case.file.open_duties)
    assert [case.heard(owner) for owner in OWNERS] == [["MC-4.2b.end#2 handed"]] * 3
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("MC-4.2a")
@pytest.mark.clause("MC-4.2b")
async def test_without_it_nothing_of_that_is_owed_and_it_can_be_declared_later(world: World):
    case = await commanded(world, emergency=False)
    assert not any(duty.rule.startswith("MC-4.2b") for duty in case.file.duties.values())
    form = {**case.file.acts[-1].form, "emergency": True}
    assert await case.refuses(case.revises("MC-4.2a", by=SUPERVISOR, **form)) is Refused.NOT_YOURS
    lead_open = [duty.id for duty in case.file.open_duties]
    await case.revises("MC-4.2a", by=PROJECT_MANAGER, reason="火情扩大", **form)
    await case.goes_on_afresh()
    assert {*lead_open, *WORK, "MC-4.2b.end"} == {duty.id for duty in case.file.open_duties}
    assert case.duty(WORK[0]).since == case.file.acts[-1].at
    case.ignores()


@pytest.mark.clause("MC-4.2b")
async def test_declared_by_mistake_it_is_taken_back_with_a_reason(world: World):
    case = await commanded(world, emergency=True)
    form = {**case.file.acts[-1].form, "emergency": False}
    await case.revises("MC-4.2a", by=PROJECT_MANAGER, reason="误报", **form)
    assert {case.duty(rule).status for rule in (*WORK, "MC-4.2b.end")} == {DutyStatus.SUPERSEDED}
    await case.goes_on_afresh()
    await case.revises("MC-4.2a", by=PROJECT_MANAGER, reason="火情属实", **{**form, "emergency": True})
    await case.goes_on_afresh()
    assert {duty.id for duty in case.file.open_duties if duty.rule in WORK} == {f"{rule}#2" for rule in WORK}
    case.ignores()


@pytest.mark.clause("MC-4.2b")
@pytest.mark.usefixtures("shift_leader")
async def test_the_leader_of_that_hour_ends_the_state_of_emergency(world: World):
    case, _ = await becomes_major_at(world, 20, workday=True)
    await case.does("MC-4.1")
    await case.does("MC-4.2a", emergency=True)
    assert case.duty("MC-4.2b.end").owner == SECURITY
    case.ignores()


@pytest.mark.clause("MC-4.2b")
async def test_once_the_handling_is_over_no_state_of_emergency_is_declared(world: World):
    case = await commanded(world, emergency=False)
    form = {**case.file.acts[-1].form, "emergency": True}
    await case.until("RV-4.3")
    late = case.revises("MC-4.2a", by=PROJECT_MANAGER, **form)
    assert await case.refuses(late) is Refused.FORM_INCOMPLETE
    case.ignores()

"""Who owes it: nobody decides about themselves, a deputy stands in, and a new directory is followed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from complaints.base.errors import Refused
from complaints.case.complaint import Track
from complaints.case.file import ActKind
from complaints.people.model import Absence
from complaints.people.reference import Reference
from tests.people import (
    ADMIN,
    CLERK,
    ENGINEERING,
    ENGINEERING_LEADER,
    GENERAL_MANAGER,
    GROUP_LEADER,
    LEADER,
    MANAGER,
    PRESIDENT,
    SUPERVISOR,
)
from tests.world import Case, World, eventually


def away(world: World, person: str, deputy: str | None = None, start: datetime | None = None) -> None:
    """From now on, or from `start`, this person is absent for a month; the deputy is the usual one unless named."""
    start = start or datetime.now(UTC) - timedelta(days=1)
    absence = Absence(person=person, start=start, until=start + timedelta(days=30), deputy=deputy)
    world.references.directory = world.references.directory.but(
        absences=(*world.references.directory.absences, absence)
    )


# --- complaints about somebody


@pytest.mark.clause("CR-5.2.1a")
@pytest.mark.clause("CR-5.1.4")
@pytest.mark.clause("CH-5a")
async def test_a_complaint_about_the_supervisor_is_her_superiors_and_she_is_refused_everything(world: World):
    case = await world.opens(loss=600_000, about=[SUPERVISOR])
    grading = case.duty("CR-5.2.1a")
    assert (grading.owner, grading.because, grading.in_place_of) == (MANAGER, "superior", SUPERVISOR)
    for rule in ("CR-5.1.4", "CR-5.2.1a"):
        assert await case.refuses(case.does(rule, by=SUPERVISOR)) is Refused.ABOUT_YOU
    for kind in (ActKind.DELEGATE, ActKind.ACKNOWLEDGE):
        act = case.asks(SUPERVISOR, kind, "CR-5.2.1a", to=CLERK, reason="请代办")
        assert await case.refuses(act) is Refused.ABOUT_YOU
    to_her = case.delegates("CR-5.2.1a", SUPERVISOR)
    assert await case.refuses(to_her) is Refused.ABOUT_YOU
    await case.to_the_end()
    assert {duty.owner for duty in case.file.duties.values() if duty.role == "cs_supervisor"} == {MANAGER}
    assert SUPERVISOR not in {notice.to for notice in case.file.notices}
    assert SUPERVISOR not in {act.by for act in case.file.acts}


@pytest.mark.clause("CR-5.2.1a")
async def test_a_complaint_about_the_supervisor_is_regraded_by_whoever_stands_in_for_her(world: World):
    case = await world.opens(loss=90_000, about=[SUPERVISOR]).graded(3, by=MANAGER)
    assert await case.refuses(case.regrades(1, by=SUPERVISOR)) is Refused.ABOUT_YOU
    assert await case.refuses(case.regrades(1, by=LEADER)) is Refused.NOT_YOURS
    await case.regrades(1, by=MANAGER)
    assert case.file.track is Track.CRISIS
    assert case.duty("CR-5.2.1b").owner == MANAGER
    case.ignores()


ABOUT = [
    pytest.param(MANAGER, "CR-5.2.1c.review", LEADER, id="the manager"),
    pytest.param(LEADER, "CR-5.2.1c.approval", GENERAL_MANAGER, id="the leader"),
    pytest.param(GENERAL_MANAGER, "CR-5.2.2c", PRESIDENT, id="the general manager"),
    pytest.param(ENGINEERING, "CR-5.2.2e", ENGINEERING_LEADER, id="the head of the department"),
    pytest.param(ENGINEERING_LEADER, "CR-5.3.2a.1", GENERAL_MANAGER, id="the leader of the department"),
    pytest.param("sun.hao", "CR-5.3.2a.3", GROUP_LEADER, id="group marketing"),
    pytest.param(GROUP_LEADER, "CR-5.3.2a.4", PRESIDENT, id="the group's leader"),
    pytest.param(PRESIDENT, "CR-5.3.2a.5", GENERAL_MANAGER, id="the president"),
    pytest.param(ADMIN, "CR-5.4.4", GENERAL_MANAGER, id="administration"),
]


@pytest.mark.clause("CR-5.3.2a")
@pytest.mark.parametrize(("about", "rule", "instead"), ABOUT)
async def test_whoever_is_complained_about_is_routed_round_and_hears_nothing(
    world: World, about: str, rule: str, instead: str
):
    case = await (await world.opens(loss=600_000, about=[about]).graded(1)).until(rule)
    assert case.duty(rule).owner == instead
    act = ActKind.APPROVE if rule.startswith(("CR-5.2.1c", "CR-5.3.2a")) else ActKind.DISCHARGE
    assert await case.refuses(case.asks(about, act, case.duty(rule).id)) is Refused.ABOUT_YOU
    await case.passes(hours=20)  # what is open is late by now and has climbed
    await case.to_the_end(CR_5_2_2c={"people": ["guo.wei"]})
    assert about not in {notice.to for notice in case.file.notices}
    assert about not in {step.to for duty in case.file.duties.values() for step in duty.escalations}
    case.ignores()


@pytest.mark.clause("CR-5.3.2a")
async def test_a_breach_in_a_complaint_about_the_president_climbs_to_whoever_is_left(world: World):
    case = await (await world.opens(loss=600_000, about=[PRESIDENT]).graded(1)).until("CR-5.3.2a.5")
    await case.passes(hours=4, minutes=1)
    duty = case.duty("CR-5.3.2a.5")
    assert (duty.owner, duty.because) == (GENERAL_MANAGER, "below")
    assert [step.to for step in duty.escalations] == [GENERAL_MANAGER]
    await case.acknowledges("CR-5.3.2a.5", by=GENERAL_MANAGER)
    case.ignores()


@pytest.mark.clause("CR-5.2.2d")
@pytest.mark.clause("CR-5.4.4")
async def test_a_step_to_somebody_complained_about_later_gives_its_number_to_no_other(world: World):
    case = await world.opens(loss=600_000).graded(1)
    await case.passes(days=4)
    before = case.duty("CR-5.2.1b").escalations
    assert [step.to for step in before][:4] == [MANAGER, LEADER, GENERAL_MANAGER, PRESIDENT]
    await case.amends(also_about=[MANAGER])
    await case.passes(days=2)
    new = [step for step in case.duty("CR-5.2.1b").escalations if step.step > before[-1].step]
    assert {step.to for step in new} == {PRESIDENT}, "of two notices with one id only the first is ever sent"
    ids = [notice.id for notice in case.file.notices]
    assert len(ids) == len(set(ids))
    case.ignores()


async def test_a_complaint_about_several_people_passes_all_of_them(world: World):
    about = [SUPERVISOR, MANAGER, LEADER]
    case = await world.opens(loss=600_000, about=about)
    assert case.duty("CR-5.2.1a").owner == GENERAL_MANAGER
    await case.to_the_end()
    assert not set(about) & {duty.owner for duty in case.file.duties.values()}


async def test_whoever_took_a_complaint_about_themselves_does_not_revisit_the_customer(world: World):
    case = await world.opens(about=[CLERK], received_by=CLERK).graded(4)
    assert case.duty("CH-7.3.1").owner == SUPERVISOR
    await case.until("RV-4.3")
    assert case.duty("RV-4.3").owner == "wu.jie"


# --- absence


@pytest.mark.clause("CR-5.2.1b")
async def test_the_deputy_of_an_absent_person_owes_the_duty_and_breaches_pass_the_absent(world: World):
    away(world, SUPERVISOR)
    away(world, LEADER, deputy=GENERAL_MANAGER)
    case = await world.opens(loss=600_000)
    grading = case.duty("CR-5.2.1a")
    assert (grading.owner, grading.because, grading.in_place_of) == ("wu.jie", "deputy", SUPERVISOR)
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a")
    await case.passes(minutes=31)
    report = case.duty("CR-5.2.1b")
    assert report.owner == "wu.jie"
    climbed = [step.to for step in report.escalations]
    assert SUPERVISOR not in climbed
    assert LEADER not in climbed
    assert climbed == [MANAGER, GENERAL_MANAGER, PRESIDENT]
    case.ignores()


@pytest.mark.clause("CR-5.2.1c")
async def test_an_owner_who_goes_on_leave_is_stood_in_for_by_the_deputy(world: World):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.2.2a")
    assert await case.refuses(case.does("CR-5.2.2a", by=MANAGER)) is Refused.NOT_YOURS
    away(world, LEADER)
    await case.hears_of_a_new_directory()
    await case.does("CR-5.2.2a", by=MANAGER)
    act = case.file.acts[-1]
    assert (act.by, case.file.duties["CR-5.2.2a"].owner) == (MANAGER, LEADER)
    assert case.duty("CR-5.2.2b").owner == MANAGER


@pytest.mark.clause("CR-5.2.1a")
async def test_the_deputy_of_an_absent_supervisor_regrades(world: World):
    case = await world.opens().graded(3)
    away(world, SUPERVISOR)
    await case.hears_of_a_new_directory()
    await case.regrades(1, by="wu.jie")
    assert case.duty("CR-5.2.1b").owner == "wu.jie"
    case.ignores()


async def test_an_owner_without_a_deputy_is_replaced_by_the_role_above(world: World):
    away(world, "sun.hao")
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.3.2a.3")
    duty = case.duty("CR-5.3.2a.3")
    assert (duty.owner, duty.because, duty.in_place_of) == (GROUP_LEADER, "superior", "sun.hao")


async def test_a_directory_that_did_not_change_is_not_taken_again(world: World):
    case = await world.opens()
    journal = len(await case.journal())
    await case.handle.signal("reference_changed")
    await case.passes(minutes=1)
    assert len(await case.journal()) == journal


@pytest.mark.server
async def test_a_new_directory_that_is_asked_for_twice_at_the_same_time_is_taken_once(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    case = await world.opens()
    reference, asked = world.references.reference, asyncio.Barrier(2)

    async def together(project: str, known_version: str | None = None) -> Reference | None:
        await asyncio.wait_for(asked.wait(), 20)
        return await reference(project, known_version)

    monkeypatch.setattr(world.references, "reference", together)
    away(world, SUPERVISOR)
    for _ in range(2):
        await case.handle.signal("reference_changed")

    async def both() -> bool:
        history = await case.handle.fetch_history()
        return sum(event.HasField("activity_task_completed_event_attributes") for event in history.events) == 2

    await eventually(both)
    await case.look()
    assert [line.kind for line in await case.journal()].count("reference.changed") == 1


# --- who is above whom changes while a duty climbs


async def climbed_past_the_absent(world: World) -> Case:
    """A duty that is late, the general manager away with the leader as deputy: the president has heard of it at 30."""
    case = await world.opens(loss=600_000).graded(1)
    graded = case.duty("CR-5.2.1b").since
    away(world, GENERAL_MANAGER, start=graded - timedelta(days=30) + timedelta(minutes=60))
    await case.hears_of_a_new_directory()
    await case.passes(minutes=35)
    assert [step.to for step in case.duty("CR-5.2.1b").escalations] == [MANAGER, LEADER, PRESIDENT]
    return case


@pytest.mark.clause("CR-5.4.4")
async def test_a_climb_takes_in_at_once_who_is_back(world: World):
    case = await climbed_past_the_absent(world)
    await case.passes(minutes=30)
    duty = case.duty("CR-5.2.1b")
    step = duty.escalations[-1]
    assert (len(duty.escalations), step.to) == (4, PRESIDENT)
    assert step.at == duty.since + timedelta(minutes=40), "the fourth step, now that there are four"
    assert timedelta(minutes=60) <= step.told_at - duty.since < timedelta(minutes=60, seconds=5)
    case.ignores()


@pytest.mark.clause("CR-5.4.4")
async def test_a_climb_takes_in_at_once_who_is_above_by_a_new_directory(world: World):
    case = await climbed_past_the_absent(world)
    await case.passes(minutes=10)
    assert len(case.duty("CR-5.2.1b").escalations) == 3
    world.references.directory = world.references.directory.but(absences=())
    await case.hears_of_a_new_directory()
    step = case.duty("CR-5.2.1b").escalations[3]
    assert (step.to, step.at) == (PRESIDENT, case.duty("CR-5.2.1b").since + timedelta(minutes=40))
    case.ignores()


# --- somebody leaves the directory and still owes


def leaves(world: World, *people: str) -> None:
    """These people are taken out of the directory; what reported to them, or was headed by them, goes one up."""
    directory = world.references.directory
    above = {person.id: person.reports_to for person in directory.people}

    def up(person: str | None) -> str | None:
        while person in people:
            person = above[person]
        return person

    stay = [
        person.but(reports_to=up(person.reports_to), deputy=None if person.deputy in people else person.deputy)
        for person in directory.people
        if person.id not in people
    ]
    departments = [one.but(head=up(one.head), leader=up(one.leader)) for one in directory.departments]
    world.references.directory = directory.but(
        people=tuple(stay),
        departments=tuple(departments),
        absences=tuple(one for one in directory.absences if not {one.person, one.deputy} & set(people)),
        shifts=tuple(one for one in directory.shifts if one.person not in people),
    )


async def late_duty_of(world: World, *left: str) -> Case:
    """The supervisor's report is owed, then these people leave, and then it is late."""
    case = await world.opens(loss=600_000).graded(1)
    leaves(world, *left)
    await case.hears_of_a_new_directory()
    return await case.passes(minutes=11)


@pytest.mark.clause("CR-5.2.1b")
async def test_a_breach_of_somebody_who_left_climbs_to_the_superior_they_had(world: World):
    case = await late_duty_of(world, SUPERVISOR)
    duty = case.duty("CR-5.2.1b")
    assert (duty.owner, [step.to for step in duty.escalations]) == (SUPERVISOR, [MANAGER])
    await case.acknowledges("CR-5.2.1b", by=MANAGER)
    case.ignores()


@pytest.mark.clause("CR-5.2.1b")
async def test_where_the_superior_has_left_too_it_climbs_to_the_one_above(world: World):
    case = await late_duty_of(world, SUPERVISOR, MANAGER)
    assert [step.to for step in case.duty("CR-5.2.1b").escalations] == [LEADER]
    case.ignores()


async def test_a_superior_who_leaves_later_is_passed_over_too(world: World):
    case = await world.opens(loss=600_000).graded(1)
    for person in (SUPERVISOR, MANAGER):
        leaves(world, person)
        await case.hears_of_a_new_directory()
    await case.goes_on_afresh()
    await case.passes(minutes=11)
    assert [step.to for step in case.duty("CR-5.2.1b").escalations] == [LEADER]
    line = next(line for line in await case.journal() if line.kind == "duty.escalated")
    assert line.data["climb"][0]["to"] == LEADER
    case.ignores()


async def test_the_superior_they_had_hands_over_what_they_owed(world: World):
    case = await world.opens(loss=600_000).graded(1)
    leaves(world, SUPERVISOR)
    await case.hears_of_a_new_directory()
    await case.asks(MANAGER, ActKind.HAND_OVER, form={"from": SUPERVISOR}, to=CLERK, reason="离职")
    assert case.duty("CR-5.2.1b").owner == CLERK
    case.ignores()

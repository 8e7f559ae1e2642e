"""Edition 2026.1, CR-5.3.2b to CR-5.4.5: execution, revisits, case study, library, archive."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from complaints.base.errors import Refused
from complaints.case.file import DutyStatus
from tests.people import ADMIN, ENGINEERING, GENERAL_MANAGER, SUPERVISOR
from tests.world import Case, World

pytestmark = pytest.mark.edition("2026.1")

NOT_SATISFIED = {"told": "已开工", "satisfied": False}


async def approved(world: World, rule: str = "CR-5.3.2c.start", **forms: dict[str, object]) -> Case:
    """A crisis whose plan the president has approved."""
    return await (await world.opens(loss=600_000).graded(1)).until(rule, **forms)


@pytest.mark.clause("CR-5.3.2b")
async def test_administration_files_the_approved_solution_while_it_is_carried_out(world: World):
    case = await approved(world)
    filing = case.duty("CR-5.3.2b")
    assert (filing.owner, filing.deadline.why.limit) == (ADMIN, "2 workdays")
    await case.does("CR-5.3.2c.start")
    assert case.duty("CR-5.3.2b").open
    await case.does("CR-5.3.2b", place="行政档案2026-8")
    assert case.file.acts[-1].form == {"place": "行政档案2026-8"}


@pytest.mark.clause("CR-5.3.2c")
async def test_the_implementation_is_due_on_the_date_the_plan_promises(world: World):
    case = await approved(world)
    promised = next(act.form["complete_by"] for act in case.file.acts if act.rule == "CR-5.2.2e")
    duty = case.duty("CR-5.3.2c")
    assert (duty.owner, duty.deadline.due) == (ENGINEERING, datetime.fromisoformat(promised))
    assert duty.deadline.source == "house"


@pytest.mark.clause("CR-5.3.3")
@pytest.mark.clause("CR-5.3.3c")
async def test_a_satisfied_customer_lets_the_work_go_on(world: World):
    case = await approved(world)
    await case.does("CR-5.3.2c.start")
    started = case.file.acts[-1].at
    assert case.duty("CR-5.3.3").deadline.due == started + timedelta(hours=3)
    assert case.duty("CR-5.3.3").owner == SUPERVISOR
    await case.does("CR-5.3.3", told="已开工，客户满意", satisfied=True)
    go_on = case.duty("CR-5.3.3c")
    assert (go_on.owner, go_on.since) == (SUPERVISOR, case.file.acts[-1].at)
    assert not any(duty.rule == "CR-5.3.3a" for duty in case.file.duties.values())
    await case.does("CR-5.3.3c")
    assert case.duty("CR-5.3.2c").open


@pytest.mark.clause("CR-5.3.3a")
async def test_a_customer_not_satisfied_has_the_plan_adjusted_and_hears_of_the_progress_again(world: World):
    case = await approved(world, "CR-5.3.3")
    for revision in (2, 3):
        await case.does("CR-5.3.3", **NOT_SATISFIED)
        learned = case.file.acts[-1].at
        assert case.duty("CR-5.3.3a").deadline.due == learned + timedelta(hours=1)
        await case.does("CR-5.3.3a", adjustable=True, change=f"第{revision}版：增派班组")
        adjusted = case.file.acts[-1].at
        kept = case.file.plans[-1]
        assert (case.file.revision, kept.revision, kept.text) == (revision, revision, f"第{revision}版：增派班组")
        told = case.duty("CR-5.3.3")
        assert (told.revision, told.deadline.due) == (revision, adjusted + timedelta(hours=3))
        assert told.deadline.why.anchor == "adjustment"
    await case.does("CR-5.3.3", satisfied=True)
    assert case.duty("CR-5.3.3c").open
    assert case.file.outcome is None


@pytest.mark.clause("CR-5.3.3a")
@pytest.mark.clause("CR-5.3.2c")
async def test_an_adjustment_may_promise_another_date_for_the_implementation(world: World):
    case = await approved(world, "CR-5.3.3a", CR_5_3_3=NOT_SATISFIED)
    first = case.duty("CR-5.3.2c")
    later = case.now + timedelta(days=9)
    yesterday = (case.now - timedelta(days=1)).isoformat()
    assert await case.refuses(case.does("CR-5.3.3a", complete_by=yesterday)) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.3.3a", adjustable=True, change="改用新材料", complete_by=later.isoformat())
    assert case.duty(first.id).status is DutyStatus.SUPERSEDED
    again = case.duty("CR-5.3.2c")
    assert (again.id, again.owner) == ("CR-5.3.2c@engineering#2", ENGINEERING)
    assert (again.deadline.due, again.revision) == (later, 2)
    assert case.heard(ENGINEERING) == [f"{first.id} closed"]
    await case.to_the_end()


@pytest.mark.clause("CR-5.3.3a")
async def test_work_that_is_done_already_stays_done_when_the_plan_is_adjusted(world: World):
    case = await approved(world, "CR-5.3.3")
    await case.does("CR-5.3.2c")
    await case.does("CR-5.3.3", **NOT_SATISFIED)
    later = (case.now + timedelta(days=3)).isoformat()
    await case.does("CR-5.3.3a", adjustable=True, change="补偿一个月物业费", complete_by=later)
    assert case.duty("CR-5.3.2c").status is DutyStatus.DONE
    await case.does("CR-5.3.3")
    assert case.duty("CR-5.4.1").open
    await case.to_the_end()


@pytest.mark.clause("CR-5.3.3b")
@pytest.mark.parametrize("understood", [True, False])
async def test_a_plan_that_cannot_be_adjusted_is_explained_within_a_day(world: World, understood: bool):
    case = await approved(world, "CR-5.3.3a", CR_5_3_3=NOT_SATISFIED)
    await case.does("CR-5.3.3a", adjustable=False, change="工期已无法再压缩")
    found_out = case.file.acts[-1].at
    explaining = case.duty("CR-5.3.3b")
    assert (explaining.owner, explaining.deadline.due) == (SUPERVISOR, found_out + timedelta(hours=24))
    await case.does("CR-5.3.3b", understood=understood, outcome="当面说明了情况")
    assert case.file.outcome == ("understood" if understood else "refused")
    assert case.heard(GENERAL_MANAGER) == ([] if understood else ["CR-5.3.3b copy"])
    assert case.duty("CR-5.3.2c").open, "the work goes on either way"
    assert not any(duty.rule == "CR-5.3.3c" for duty in case.file.duties.values())
    await case.to_the_end()
    assert case.file.outcome == ("understood" if understood else "refused")


@pytest.mark.clause("CR-5.4.1")
@pytest.mark.clause("CR-5.4.2a")
async def test_completion_is_notified_within_a_day_and_the_customer_revisited_within_two_hours(world: World):
    case = await approved(world, "CR-5.4.1")
    finished = next(act.at for act in case.file.acts if act.rule == "CR-5.3.2c")
    notice = case.duty("CR-5.4.1")
    assert (notice.owner, notice.deadline.due) == (ENGINEERING, finished + timedelta(hours=24))
    await case.passes(hours=5)
    await case.does("CR-5.4.1", text="外墙维修已完成")
    noticed = case.file.acts[-1].at
    revisit = case.duty("CR-5.4.2a")
    assert (revisit.owner, revisit.deadline.due) == (SUPERVISOR, noticed + timedelta(hours=2))
    assert await case.refuses(case.does("CR-5.4.2a", way="carrier pigeon")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CR-5.4.2a", satisfaction="")) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.4.2a", way="visit", satisfaction="satisfied", attitude="热情")
    assert case.file.acts[-1].form["attitude"] == "热情"
    case.ignores()


@pytest.mark.clause("CR-5.4.2b")
@pytest.mark.clause("CR-5.4.3")
async def test_the_second_revisit_and_the_case_study_are_counted_from_the_end_of_the_handling(world: World):
    case = await approved(world, "CR-5.4.3")
    finished = next(act.at for act in case.file.acts if act.rule == "CR-5.3.2c")
    study = case.duty("CR-5.4.3")
    assert (study.owner, study.since, study.deadline.why.limit) == (SUPERVISOR, finished, "end of month")
    await case.passes(hours=20)
    await case.does("CR-5.4.1")
    await case.does("CR-5.4.2a")
    again = case.duty("CR-5.4.2b")
    assert (again.owner, again.deadline.due) == (SUPERVISOR, finished + timedelta(days=7))
    assert await case.refuses(case.does("CR-5.4.3", lessons="")) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.4.3", lessons="报修两次未解决即应升级")
    assert case.duty("CR-5.4.4").open, "the library does not wait for the second revisit"
    case.ignores()


@pytest.mark.clause("CR-5.4.4")
@pytest.mark.parametrize("accepted", [True, False])
async def test_administration_accepts_the_case_into_the_library_or_does_not_and_both_are_acts(
    world: World, accepted: bool
):
    case = await approved(world, "CR-5.4.4")
    assert case.duty("CR-5.4.4").owner == ADMIN
    assert await case.refuses(case.does("CR-5.4.4", by=SUPERVISOR)) is Refused.NOT_YOURS
    await case.does("CR-5.4.4", accepted=accepted, reason="" if accepted else "与已有案例重复")
    assert case.file.acts[-1].form["accepted"] is accepted
    await case.to_the_end()
    assert case.file.closed


@pytest.mark.clause("CR-5.4.4")
async def test_administration_is_copied_on_every_breach_of_the_execution(world: World):
    case = await approved(world)
    case.ignores()
    await case.passes(days=8)
    late = {duty.id for duty in case.file.duties.values() if duty.late and duty.owner != ADMIN}
    assert {"CR-5.3.2c@engineering", "CR-5.3.2c.start@engineering"} <= late
    copies = {notice.duty for notice in case.file.notices if (notice.to, notice.kind.value) == (ADMIN, "copy")}
    assert copies == late
    case.ignores()


@pytest.mark.clause("CR-5.4.5")
async def test_the_archive_comes_last_and_waits_for_everything_else(world: World):
    """Two filings, the assignment and the second revisit are still open when the library has the case."""
    waiting = {"CR-5.2.1c.filing", "CR-5.2.2c", "CR-5.3.2b", "CR-5.4.2b", "CS-4.2.3"}
    case = await world.opens(loss=600_000).graded(1)
    while remaining := [duty for duty in case.file.open_duties if duty.rule not in waiting]:
        ready = [duty for duty in remaining if not case.file.awaited_by(duty)]
        await case.finishes(min(ready, key=lambda duty: (duty.rule == "CR-5.3.2c", duty.opened_at)).id)
    for rule in sorted(waiting):
        assert "CR-5.4.5" not in case.file.duties
        await case.passes(hours=2)
        await case.finishes(rule)
    archive = case.duty("CR-5.4.5")
    assert archive.since == case.file.acts[-1].at, "its two days start when it can be done"
    assert archive.deadline.why.anchor == "handling_end"
    await case.does("CR-5.4.5", place="档案室2026-17")
    await case.handle.result()
    await case.look()
    assert (case.file.closed, case.file.outcome) == (True, "solved")
    case.ignores()

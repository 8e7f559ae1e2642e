"""CR-5.4.2a to CR-5.4.5: revisits, the case study and the library, the archive."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from complaints.base.errors import Refused
from tests.people import ADMIN, LEGAL, SUPERVISOR
from tests.world import Case, World

SENT_BACK = {"accepted": False, "rewrite": True, "reason": "没有写明根本原因"}


async def finished(world: World, rule: str) -> Case:
    """A crisis that has come up to this step."""
    case = await (await world.opens(loss=600_000).graded(1)).until(rule)
    return case.ignores()


def completed(case: Case) -> datetime:
    return next(act.at for act in case.file.acts if act.rule == "CR-5.3.2c")


@pytest.mark.clause("CR-5.4.2a")
async def test_the_customer_is_told_and_revisited_within_two_hours_of_the_notice(world: World):
    case = await finished(world, "CR-5.4.1")
    await case.passes(hours=5)
    await case.does("CR-5.4.1", text="外墙维修已完成")
    noticed = case.file.acts[-1].at
    revisit = case.duty("CR-5.4.2a")
    assert (revisit.owner, revisit.deadline.due) == (SUPERVISOR, noticed + timedelta(hours=2))
    assert await case.refuses(case.does("CR-5.4.2a", way="carrier pigeon")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CR-5.4.2a", satisfaction="")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CR-5.4.2a", attitude="")) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.4.2a", way="visit", satisfaction="satisfied", attitude="热情")
    assert case.file.acts[-1].form["attitude"] == "热情"
    case.ignores()


@pytest.mark.clause("CR-5.4.2b")
@pytest.mark.clause("CR-5.4.3")
async def test_second_revisit_and_case_study_have_one_week_from_the_end_of_the_handling_for_both(world: World):
    case = await finished(world, "CR-5.4.3")
    for rule in ("CR-5.4.2b", "CR-5.4.3"):
        duty = case.duty(rule)
        assert (duty.owner, duty.since, duty.deadline.due) == (
            SUPERVISOR,
            completed(case),
            completed(case) + timedelta(days=7),
        )
        assert duty.deadline.source == "document"
    assert await case.refuses(case.does("CR-5.4.2b")) is Refused.NOT_READY, "it comes after the first one"
    assert await case.refuses(case.does("CR-5.4.3")) is Refused.NOT_READY, "it comes of the second one"
    await case.passes(hours=20)
    await case.does("CR-5.4.1")
    assert await case.refuses(case.does("CR-5.4.2b")) is Refused.NOT_READY, "the customer was not revisited yet"
    await case.does("CR-5.4.2a")
    assert await case.refuses(case.does("CR-5.4.3")) is Refused.NOT_READY
    await case.does("CR-5.4.2b")
    assert await case.refuses(case.does("CR-5.4.3", lessons="")) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.4.3", lessons="报修两次未解决即应升级")
    assert case.heard(ADMIN) == ["CR-5.4.3 handed"]
    assert case.duty("CR-5.4.4").open
    case.ignores()


@pytest.mark.clause("CR-5.4.2b")
@pytest.mark.clause("CR-5.4.1")
async def test_a_notice_that_does_not_come_is_the_departments_delay_of_the_second_revisit(world: World):
    case = await finished(world, "CR-5.4.1")
    await case.passes_until(completed(case) + timedelta(days=7, minutes=1))
    late = case.duty("CR-5.4.2b")
    assert (late.late, late.answerable) == (True, "liu.bo")
    case.ignores()


@pytest.mark.clause("CR-5.4.4")
@pytest.mark.parametrize("accepted", [True, False])
async def test_administration_accepts_the_case_into_the_library_or_declines_with_a_reason(world: World, accepted: bool):
    case = await finished(world, "CR-5.4.4")
    assert case.duty("CR-5.4.4").owner == ADMIN
    assert await case.refuses(case.does("CR-5.4.4", by=SUPERVISOR)) is Refused.NOT_YOURS
    assert await case.refuses(case.does("CR-5.4.4", accepted=False, reason="")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("CR-5.4.4", accepted=True, rewrite=True)) is Refused.FORM_INCOMPLETE
    await case.does("CR-5.4.4", accepted=accepted, reason="" if accepted else "与已有案例重复")
    assert case.heard(SUPERVISOR) == ["CR-5.4.4 handed"]
    assert case.file.acts[-1].form["accepted"] is accepted
    assert "CR-5.4.3.rewrite" not in case.file.duties
    await case.to_the_end()
    assert case.file.closed


@pytest.mark.clause("CR-5.4.4")
@pytest.mark.clause("CR-5.4.3")
async def test_a_case_study_is_sent_back_and_written_anew_until_administration_decides(world: World):
    case = await finished(world, "CR-5.4.4")
    for nth in ("", "#2"):
        await case.does(f"CR-5.4.4{nth}", **SENT_BACK)
        back = case.file.acts[-1].at
        again = case.duty(f"CR-5.4.3.rewrite{nth}")
        assert (again.owner, again.since, again.deadline.why.limit) == (SUPERVISOR, back, "2 workdays")
        assert again.deadline.source == "house"
        assert "CR-5.4.5" not in case.file.duties
        await case.does(f"CR-5.4.3.rewrite{nth}", causes="防水层施工未按节点图")
        assert case.heard(ADMIN) == [f"CR-5.4.3.rewrite{nth} handed"]
    assert case.duty("CR-5.4.4#3").since == case.file.acts[-1].at
    await case.does("CR-5.4.4#3", accepted=True)
    case.ignores()
    await case.to_the_end()
    assert case.file.outcome == "solved"
    case.ignores()


@pytest.mark.clause("CR-5.4.4")
async def test_nobody_takes_their_own_study_into_the_library(world: World):
    case = await finished(world, "CR-5.4.3")
    for rule in ("CR-5.4.1", "CR-5.4.2a", "CR-5.4.2b"):
        await case.does(rule)
    await case.delegates("CR-5.4.3", ADMIN, by=SUPERVISOR)
    await case.does("CR-5.4.3", by=ADMIN)
    assert case.duty("CR-5.4.4").owner != ADMIN
    assert await case.refuses(case.delegates("CR-5.4.4", ADMIN)) is Refused.FOUR_EYES
    await case.delegates("CR-5.4.4", LEGAL)
    await case.does("CR-5.4.4", by=LEGAL)
    case.ignores()


@pytest.mark.clause("CR-5.4.5")
async def test_the_archive_comes_last_and_waits_for_everything_else(world: World):
    """The filing of the report and the second revisit are still open when all the rest is done."""
    waiting = ("CR-5.2.1c.filing", "CR-5.4.2b", "CR-5.4.3", "CR-5.4.4", "CS-4.2.3")
    case = await world.opens(loss=600_000).graded(1)
    while remaining := [d for d in case.file.open_duties if d.rule not in (*waiting, "CR-5.3.2c.track")]:
        ready = [duty for duty in remaining if not case.file.awaited_by(duty)]
        await case.finishes(min(ready, key=lambda duty: (duty.rule == "CR-5.3.2c", duty.opened_at)).id)
    for rule in waiting:
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

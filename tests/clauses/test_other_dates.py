"""申请改期: another date for what somebody in the company set a date for; it holds once it is approved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import DutyStatus, NoticeKind
from complaints.people.model import Absence
from tests.people import ENGINEERING, ENGINEERING_LEADER, GENERAL_MANAGER, LEADER, PRESIDENT, PROPERTY
from tests.toys import Toys
from tests.world import Case, World
from workflows.duty_engine import DutyEngine

pytestmark = pytest.mark.memory(anew=True)

PART: Any = "TOY.part"
OTHER: Any = "TOY.other"
DATE: Any = "TOY.part.date"
HOUR = timedelta(hours=1)


async def dated(case: DutyEngine[Any]) -> None:
    """Two departments carry out their parts, by a date that was given to them, before another is done."""
    since = case.file.track_since
    assert since is not None
    parts = [
        case.owe(PART, since=since, department=key, promised=since + 24 * HOUR) for key in ("engineering", "property")
    ]
    await case.owed(OTHER, since=since, needs=(parts[0].duty,))
    for part in parts:
        await part.answer()


@pytest.fixture(autouse=True)
def rules(toy: Toys) -> None:
    toy.rule(PART, owner="department_head", limit={"kind": "promised"}, date_approval=DATE)
    toy.rule(OTHER, owner="deputy_gm", hours=1000)
    toy.approval(DATE, owner="department_leader", judges=(PART,))
    toy.chapter(dated)


async def begun(world: World) -> tuple[Case, datetime]:
    case = (await world.opens(loss=600_000).graded(1)).ignores()
    return case, case.duty(PART).since


MINE = f"{PART}@engineering"


async def asked(case: Case, date: datetime) -> str:
    """Ask for this date. Return the id of the approval."""
    receipt = await case.asks_date(MINE, date)
    [approval] = receipt.opened
    return approval


async def test_the_old_date_holds_until_the_new_one_is_approved(world: World):
    case, begin = await begun(world)
    new = begin + 72 * HOUR
    approval = case.duty(await asked(case, new))
    assert (approval.owner, approval.returns_to) == (ENGINEERING_LEADER, (PART,))
    act = case.file.acts[-1]
    assert (act.duty, act.reason, act.form) == (MINE, "材料未到", {"date": new.isoformat().replace("+00:00", "Z")})
    assert case.duty(MINE).deadline.due == begin + 24 * HOUR
    await case.approves(approval.id)
    part = case.duty(MINE)
    assert (part.deadline.due, part.deadline.why.anchor, part.late) == (new, "date_approved", False)
    [told] = [notice for notice in case.file.notices if "/date-" in notice.id]
    assert (told.to, told.kind, told.due) == (ENGINEERING, NoticeKind.HANDED, new)
    await case.passes_until(begin + 25 * HOUR)
    assert not case.duty(MINE).late
    assert case.duty(f"{PART}@property").late
    [line] = await case.lines("duty.date-approved")
    assert (line.by, line.duty) == (ENGINEERING_LEADER, MINE)
    case.ignores()


async def test_a_date_that_is_returned_changes_nothing_and_is_told(world: World):
    case, begin = await begun(world)
    approval = await asked(case, begin + 72 * HOUR)
    await case.returns(approval, PART)
    assert case.duty(MINE).deadline.due == begin + 24 * HOUR
    assert [notice.to for notice in case.file.notices if "/date-" in notice.id] == [ENGINEERING]
    case.ignores()


async def test_a_second_request_is_refused_until_the_first_is_decided_or_taken_back(world: World):
    case, begin = await begun(world)
    first = await asked(case, begin + 48 * HOUR)
    assert await case.refuses(case.asks_date(MINE, begin + 72 * HOUR)) is Refused.UNDECIDED
    assert case.duty(first).open
    owner = case.duty(MINE).owner
    assert await case.refuses(case.withdraws(first, by=case.duty(first).owner)) is Refused.NOT_YOURS
    await case.withdraws(first, by=owner)
    assert not any(line.endswith("handed") for line in case.heard(owner)), "who took it back knows"
    second = await asked(case, begin + 72 * HOUR)
    await case.approves(second)
    assert case.duty(MINE).deadline.due == begin + 72 * HOUR
    assert f"{MINE} handed" in case.heard(owner)
    third = await asked(case, begin + 96 * HOUR)
    await case.approves(third)
    assert case.duty(MINE).deadline.due == begin + 96 * HOUR
    case.ignores()


async def test_what_is_done_needs_no_other_date(world: World):
    case, begin = await begun(world)
    approval = await asked(case, begin + 48 * HOUR)
    await case.does(MINE)
    assert (case.duty(approval).status, case.duty(approval).superseded_by) == (DutyStatus.SUPERSEDED, MINE)
    case.ignores()


async def test_a_breach_stays_on_record_and_climbs_again_from_the_new_date(world: World):
    case, begin = await begun(world)
    await case.passes_until(begin + 26 * HOUR)
    assert [step.to for step in case.duty(MINE).climb] == [ENGINEERING_LEADER]
    approval = await asked(case, begin + 72 * HOUR)
    await case.approves(approval)
    part = case.duty(MINE)
    assert (part.breached_at, part.deadline.due, part.climb) == (begin + 24 * HOUR, begin + 72 * HOUR, ())
    said = [notice.id for notice in case.file.notices if notice.duty == MINE]
    await case.passes_until(begin + 71 * HOUR)
    meanwhile = [notice for notice in case.file.notices if notice.duty == MINE and notice.id not in said]
    assert {notice.kind for notice in meanwhile} <= {NoticeKind.REMINDER}
    await case.passes_until(begin + 96 * HOUR)
    late = case.duty(MINE)
    assert late.breached_at == begin + 24 * HOUR
    assert next(step.to for step in late.climb) == ENGINEERING_LEADER
    assert late.climb[0].at >= begin + 72 * HOUR
    case.ignores()


async def test_it_is_the_next_one_ups_where_whoever_asks_would_approve(world: World, toy: Toys):
    toy.approval(DATE, owner="department_head", judges=(PART,))
    case, begin = await begun(world)
    approval = case.duty(await asked(case, begin + 48 * HOUR))
    assert approval.owner == ENGINEERING_LEADER
    assert await case.refuses(case.delegates(approval.id, ENGINEERING)) is Refused.FOUR_EYES
    case.ignores()


async def test_the_owner_does_not_approve_what_their_deputy_has_asked_for(world: World, toy: Toys):
    toy.approval(DATE, owner="department_head")
    case, begin = await begun(world)
    start = datetime.now(UTC) - timedelta(days=1)
    leave = Absence(person=ENGINEERING, start=start, until=start + timedelta(days=30))
    world.references.directory = world.references.directory.but(absences=(leave,))
    await case.hears_of_a_new_directory()
    receipt = await case.asks_date(MINE, begin + 48 * HOUR, by="guo.wei")
    approval = case.duty(receipt.opened[0])
    assert approval.owner not in (ENGINEERING, "guo.wei")
    assert await case.refuses(case.delegates(approval.id, ENGINEERING)) is Refused.FOUR_EYES
    case.ignores()


async def test_what_is_refused(world: World):
    case, begin = await begun(world)
    assert await case.refuses(case.asks_date(OTHER, begin + 48 * HOUR)) is Refused.WRONG_ACT
    assert await case.refuses(case.asks_date(MINE, begin + 48 * HOUR, by=PROPERTY)) is Refused.NOT_YOURS
    assert await case.refuses(case.asks_date(MINE, begin - HOUR)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.asks_date(MINE, begin + 24 * HOUR)) is Refused.NOTHING_CHANGES
    approval = await asked(case, begin + 48 * HOUR)
    assert await case.refuses(case.approves(approval, by=LEADER)) is Refused.NOT_YOURS
    await case.does(MINE)
    assert await case.refuses(case.asks_date(MINE, begin + 48 * HOUR)) is Refused.NOT_OPEN
    case.ignores()


async def test_a_request_that_nobody_decides_is_late_and_climbs_and_the_date_passes(world: World):
    case, begin = await begun(world)
    approval = await asked(case, begin + 48 * HOUR)
    await case.passes_until(begin + 25 * HOUR)
    assert [step.to for step in case.duty(approval).escalations] == [GENERAL_MANAGER, PRESIDENT]
    assert case.duty(MINE).breached_at == begin + 24 * HOUR
    case.ignores()

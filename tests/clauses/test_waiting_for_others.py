"""Decision 14: nobody pays for another's delay.

A breach names, and climbs from, whoever was waited for: who owes what must be done first, or reported the event late.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import ActKind, Duty, NoticeKind
from tests.people import ENGINEERING_LEADER, FINANCE, GENERAL_MANAGER, LEADER, PRESIDENT, PROPERTY, SALES
from tests.toys import Toys
from tests.world import Case, World
from workflows.duty_engine import DutyEngine

pytestmark = pytest.mark.memory(anew=True)

HOUR = timedelta(hours=1)
FIRST: Any = "TOY.first"  # no chapter of the product may name them
ANOTHER: Any = "TOY.another"
SECOND: Any = "TOY.second"
ABOVE_PROPERTY = (ENGINEERING_LEADER, GENERAL_MANAGER, PRESIDENT)
ABOVE_SALES = (LEADER, GENERAL_MANAGER, PRESIDENT)


@pytest.fixture(autouse=True)
def rules(toy: Toys) -> None:
    """The property company owes the first in two hours; sales the second in four, which waits for it."""
    toy.rule(FIRST, owner="property_company", hours=2)
    toy.rule(ANOTHER, owner="finance", hours=2)
    toy.rule(SECOND, owner="sales_manager", hours=4)
    toy.chapter(one_after_the_other)


async def one_after_the_other(case: DutyEngine[Any]) -> None:
    since = case.file.track_since
    assert since is not None
    first = case.owe(FIRST, since=since)
    await case.owed(SECOND, since=since, needs=(first.duty,))


async def begun(world: World) -> tuple[Case, datetime]:
    """A case, and the moment at which its chapter began."""
    case = await world.opens(loss=600_000).graded(1)
    return case.ignores(), case.duty(SECOND if SECOND in case.file.duties else FIRST).since


async def passes_to(case: Case, begin: datetime, hours: float) -> Duty:
    """Let time pass until this many hours after the beginning. Return the second duty."""
    await case.passes_until(begin + hours * HOUR)
    return case.duty(SECOND)


def about(case: Case, duty: str, person: str) -> list[str]:
    """What the person was told of the duty, apart from reminders."""
    told = (notice for notice in case.file.notices if (notice.duty, notice.to) == (duty, person))
    return [notice.kind.value for notice in told if notice.kind is not NoticeKind.REMINDER]


async def test_what_must_be_done_first_names_its_owner_and_climbs_from_there(world: World):
    case, begin = await begun(world)
    late = await passes_to(case, begin, 4)
    assert (late.breached_at, late.owner, late.waited_for, late.answerable) == (
        begin + 4 * HOUR,
        SALES,
        PROPERTY,
        PROPERTY,
    )
    assert [step.to for step in late.escalations] == [ENGINEERING_LEADER]
    assert about(case, SECOND, LEADER) == []
    assert about(case, SECOND, PROPERTY) == ["copy"]
    told = [notice for notice in case.file.notices if notice.duty == SECOND and notice.kind is not NoticeKind.TOLD]
    assert {notice.params.get("waited_for") for notice in told if notice.at >= late.deadline.due} == {PROPERTY}
    await passes_to(case, begin, 6)
    assert [step.to for step in case.duty(SECOND).escalations] == list(ABOVE_PROPERTY)
    case.ignores()


async def test_once_the_wait_is_over_the_owner_has_the_length_of_the_limit(world: World):
    case, begin = await begun(world)
    await passes_to(case, begin, 5)
    await case.does(FIRST)
    freed = case.duty(SECOND)
    assert (freed.held_by, freed.own_due, freed.climb) == (PROPERTY, case.file.acts[-1].recorded_at + 4 * HOUR, ())
    [go_on] = [notice for notice in case.file.notices if "/freed-" in notice.id]
    assert (go_on.to, go_on.due, go_on.kind) == (SALES, freed.own_due, NoticeKind.TOLD)
    said = case.said(SECOND)
    await passes_to(case, begin, 8.9)
    assert case.said(SECOND) == said, "it climbs on, although nobody is late any more"
    await case.does(SECOND)
    done = case.duty(SECOND)
    assert (done.late, done.answerable, done.own_breach_at) == (True, PROPERTY, None)
    case.ignores()


async def test_an_owner_who_lets_that_pass_too_is_late_by_themselves_and_it_climbs_anew(world: World):
    case, begin = await begun(world)
    await passes_to(case, begin, 4)
    await case.acknowledges(SECOND, by=ENGINEERING_LEADER)
    await case.does(FIRST)
    await passes_to(case, begin, 8.1)
    late = case.duty(SECOND)
    assert late.own_breach_at == late.own_due
    assert late.breached_at == begin + 4 * HOUR
    assert late.answerable == PROPERTY, "the breach at the document's moment was not the owner's"
    assert [step.to for step in late.climb] == [LEADER]
    assert not late.acknowledged
    assert about(case, SECOND, SALES)[-1] == "late"
    assert [line.by for line in await case.lines("duty.breached-by-owner")] == [None]
    assert await case.refuses(case.acknowledges(SECOND, by=ENGINEERING_LEADER)) is Refused.NOT_ESCALATED_TO_YOU
    await case.acknowledges(SECOND, by=LEADER)
    first, second = case.duty(SECOND).escalations
    assert (first.acknowledged_by, second.acknowledged_by) == (ENGINEERING_LEADER, LEADER)
    assert second.step == first.step + 1, "two notices would have one id"
    case.ignores()


async def test_a_wait_that_was_too_long_but_over_before_the_moment_counts_as_well(world: World):
    case, begin = await begun(world)
    await passes_to(case, begin, 3)
    await case.does(FIRST)
    late = await passes_to(case, begin, 4)
    assert (late.waited_for, late.own_breach_at) == (PROPERTY, None)
    assert [step.to for step in late.climb] == [ENGINEERING_LEADER]
    late = await passes_to(case, begin, 7.1)
    assert late.own_breach_at is not None
    assert [step.to for step in late.climb] == [LEADER]
    case.ignores()


async def test_whoever_did_their_part_in_time_is_not_named(world: World):
    case, begin = await begun(world)
    await passes_to(case, begin, 1.9)
    await case.does(FIRST)
    late = await passes_to(case, begin, 4)
    assert (late.waited_for, late.answerable, late.own_due) == (None, SALES, None)
    assert [step.to for step in late.escalations] == [LEADER]
    case.ignores()


async def test_a_chain_names_the_one_at_its_end(world: World, toy: Toys):
    async def chain(case: DutyEngine[Any]) -> None:
        since = case.file.track_since
        assert since is not None
        another = case.owe(ANOTHER, since=since)
        first = case.owe(FIRST, since=since, needs=(another.duty,))
        await case.owed(SECOND, since=since, needs=(FIRST,))
        await first.answer()

    toy.chapter(chain)
    case, begin = await begun(world)
    await passes_to(case, begin, 4)
    assert {case.duty(rule).waited_for for rule in (FIRST, SECOND)} == {FINANCE}
    assert case.duty(ANOTHER).waited_for is None
    case.ignores()


async def test_whoever_is_waited_for_next_is_climbed_from_next(world: World, toy: Toys):
    async def two(case: DutyEngine[Any]) -> None:
        since = case.file.track_since
        assert since is not None
        needed = (case.owe(FIRST, since=since).duty, case.owe(ANOTHER, since=since).duty)
        await case.owed(SECOND, since=since, needs=needed)

    toy.chapter(two)
    case, begin = await begun(world)
    await passes_to(case, begin, 5)
    await case.acknowledges(SECOND, by=ENGINEERING_LEADER)
    await case.does(FIRST)
    late = case.duty(SECOND)
    assert [step.to for step in late.climb] == [GENERAL_MANAGER], "finance reports to the general manager"
    assert not late.acknowledged
    assert [line.data["waits_for"] for line in await case.lines("duty.waits")] == [FINANCE]
    assert late.answerable == PROPERTY
    await case.does(ANOTHER)
    freed = case.duty(SECOND)
    assert (freed.held_by, freed.climb) == (PROPERTY, ())
    case.ignores()


async def test_nobody_waits_for_themselves(world: World, toy: Toys):
    toy.rule(FIRST, owner="sales_manager", hours=2)
    case, begin = await begun(world)
    late = await passes_to(case, begin, 4)
    assert (late.waited_for, [step.to for step in late.escalations]) == (None, [LEADER])
    await case.does(FIRST)
    assert case.duty(SECOND).own_due is None
    case.ignores()


# --- what was reported late


async def in_order(case: DutyEngine[Any]) -> None:
    since = case.file.track_since
    assert since is not None
    first = await case.owed(FIRST, since=since)
    await case.owed(SECOND, since=first.at)


async def test_an_event_that_was_reported_late_is_the_delay_of_whoever_reported_it(world: World, toy: Toys):
    toy.chapter(in_order)
    case, begin = await begun(world)
    await case.passes_until(begin + 4 * HOUR)
    await case.does(FIRST, at=begin + HOUR)
    held = case.duty(SECOND)
    assert (held.held_by, held.deadline.due, held.own_due) == (PROPERTY, begin + 5 * HOUR, held.opened_at + 4 * HOUR)
    late = await passes_to(case, begin, 5)
    assert (late.waited_for, [step.to for step in late.climb]) == (PROPERTY, [ENGINEERING_LEADER])
    late = await passes_to(case, begin, 7)
    assert [step.to for step in late.climb] == list(ABOVE_PROPERTY)
    late = await passes_to(case, begin, 8.1)
    assert late.own_breach_at == late.own_due
    assert [step.to for step in late.climb] == [LEADER]
    case.ignores()


async def test_what_is_late_at_its_birth_names_whoever_reported_it_and_is_owed_from_now_on(world: World, toy: Toys):
    toy.chapter(in_order)
    case, begin = await begun(world)
    await case.passes_until(begin + 6 * HOUR)
    await case.does(FIRST, at=begin + HOUR)
    late = case.duty(SECOND)
    assert (late.breached_at, late.waited_for) == (begin + 5 * HOUR, PROPERTY)
    assert about(case, SECOND, SALES) == ["late"]
    await case.passes(hours=3.9)
    assert about(case, SECOND, LEADER) == []
    await case.does(SECOND)
    assert case.duty(SECOND).own_breach_at is None
    case.ignores()


async def test_what_is_reported_within_five_minutes_counts_as_reported_at_once(world: World, toy: Toys):
    toy.chapter(in_order)
    case, begin = await begun(world)
    await case.passes_until(begin + HOUR)
    await case.does(FIRST, at=case.now - timedelta(minutes=4))
    duty = case.duty(SECOND)
    assert (duty.held_by, duty.own_due) == (None, None)
    late = await passes_to(case, begin, 5)
    assert late.answerable == SALES
    case.ignores()


async def test_whoever_reports_their_own_event_late_has_kept_nobody_waiting(world: World, toy: Toys):
    toy.rule(FIRST, owner="sales_manager", hours=2)
    toy.chapter(in_order)
    case, begin = await begun(world)
    await case.passes_until(begin + 4 * HOUR)
    await case.does(FIRST, at=begin + HOUR)
    late = await passes_to(case, begin, 5)
    assert (late.held_by, late.answerable) == (None, SALES)
    case.ignores()


# --- countersignatures


async def signing(case: DutyEngine[Any]) -> None:
    since = case.file.track_since
    assert since is not None
    await case.owed(SECOND, since=since)


async def test_a_countersignature_asked_for_in_the_last_minute_saves_nobody(world: World, toy: Toys):
    toy.approval(SECOND, owner="sales_manager", hours=4)
    toy.chapter(signing)
    case, begin = await begun(world)
    await passes_to(case, begin, 3.9)
    await case.asks_countersignature(SECOND, of=PROPERTY)
    late = await passes_to(case, begin, 4)
    assert (late.answerable, [step.to for step in late.climb]) == (SALES, [LEADER])
    case.ignores()


async def test_a_countersignature_that_is_late_itself_is_waited_for(world: World, toy: Toys):
    toy.approval(SECOND, owner="sales_manager", hours=8)
    toy.chapter(signing)
    case, begin = await begun(world)
    await case.asks_countersignature(SECOND, of=PROPERTY)
    late = await passes_to(case, begin, 8)
    assert late.answerable == PROPERTY
    await case.does("COUNTERSIGN")
    assert case.duty(SECOND).own_due == case.file.acts[-1].recorded_at + 8 * HOUR
    await case.approves(SECOND)
    case.ignores()


# --- what else may happen meanwhile


async def test_a_superior_of_whoever_is_waited_for_does_not_give_the_duty_away(world: World):
    case, begin = await begun(world)
    await passes_to(case, begin, 4)
    assert await case.refuses(case.delegates(SECOND, FINANCE, by=ENGINEERING_LEADER)) is Refused.NOT_YOURS
    await case.delegates(FIRST, FINANCE, by=ENGINEERING_LEADER)
    assert case.duty(FIRST).owner == FINANCE
    case.ignores()


async def test_what_is_not_needed_any_more_is_not_waited_for(world: World, toy: Toys):
    async def given_up(case: DutyEngine[Any]) -> None:
        since = case.file.track_since
        assert since is not None
        first = case.owe(FIRST, since=since)
        second = case.owe(SECOND, since=since, needs=(first.duty,))
        await case.owed(ANOTHER, since=since)
        case.supersede(lambda duty: duty.id == first.duty, by=ANOTHER)
        await second.answer()

    toy.chapter(given_up)
    case, begin = await begun(world)
    await passes_to(case, begin, 5)
    await case.does(ANOTHER)
    freed = case.duty(SECOND)
    assert (freed.held_by, freed.own_due) == (PROPERTY, case.file.acts[-1].recorded_at + 4 * HOUR)
    case.ignores()


async def test_a_pause_lengthens_the_owners_own_time_too(world: World, toy: Toys):
    toy.rule(SECOND, owner="sales_manager", hours=4, pausable=True)
    toy.chapter(in_order)
    case, begin = await begun(world)
    await case.passes_until(begin + 4 * HOUR)
    await case.does(FIRST, at=begin + HOUR)
    held = case.duty(SECOND)
    until = case.now + 10 * HOUR
    await case.asks(SALES, ActKind.PAUSE, held.id, form={"until": until.isoformat()}, reason="等客户答复")
    paused = case.duty(SECOND)
    assert held.own_due is not None
    assert paused.own_due is not None
    assert paused.own_due - held.own_due == paused.deadline.due - held.deadline.due > 9 * HOUR
    assert paused.held_by == PROPERTY
    case.ignores()


async def test_an_edition_without_the_policy_names_the_owner(world: World, toy: Toys):
    toy.lacks("WAITED-FOR")
    case, begin = await begun(world)
    late = await passes_to(case, begin, 4)
    assert (late.waited_for, late.answerable, [step.to for step in late.escalations]) == (None, SALES, [LEADER])
    await case.does(FIRST)
    assert case.duty(SECOND).own_due is None
    case.ignores()

"""Cases that have to do with each other: a duplicate merged into another, many about the same handled in one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import RPCError

from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Track
from complaints.case.file import DutyStatus, LinkKind
from complaints.case.messages import CaseMessage, MessageKind
from tests.people import CLERK, MANAGER, SALES, SUPERVISOR
from tests.world import Case, World
from workflows import interface

NOT_CONTENT: dict[str, Any] = {"satisfaction": "unsatisfied", "quality": "问题还在"}
TOGETHER = 10
"""Households suing together that make a crisis (CR-3.1c)."""


# --- a duplicate


async def test_a_duplicate_is_merged_and_closes_and_the_other_case_knows_of_it(world: World):
    leading = await world.opens(customer="钱女士").graded(3)
    duplicate = await world.opens(customer="钱先生", received_by=SALES)
    receipt = await world.duly.merge(
        duplicate.handle.id, into=leading.handle.id, by=SUPERVISOR, reason="同一户重复来电"
    )
    assert receipt.seq == 1
    closing = await duplicate.handle.result()
    assert closing["outcome"] == "merged"
    await duplicate.look()
    assert (duplicate.file.track, duplicate.file.outcome, duplicate.file.closed) == (Track.MERGED, "merged", True)
    by = f"merged into {leading.file.number}"
    assert {duty.superseded_by for duty in duplicate.file.duties.values()} == {by}
    assert {duty.status for duty in duplicate.file.duties.values()} == {DutyStatus.SUPERSEDED}
    duplicate.ignores()
    (link,) = (await leading.look()).file.links
    assert (link.kind, link.key, link.number, link.customer) == (
        LinkKind.MERGED,
        duplicate.handle.id,
        duplicate.file.number,
        "钱先生",
    )
    assert [line.data["case"] for line in await leading.lines("link.merged")] == [duplicate.handle.id]
    assert await duplicate.refuses(duplicate.merges_into(leading)) is Refused.CASE_CLOSED


@pytest.mark.clause("RV-4.1a")
async def test_the_customer_of_a_duplicate_is_revisited_too(world: World):
    leading = await world.opens(customer="钱女士").graded(3)
    duplicate = await world.opens(customer="钱先生", received_by=SALES)
    same = await world.opens(customer="钱女士")
    for case in (duplicate, same):
        await case.merges_into(leading)
        await case.handle.result()
        await case.look()
        case.ignores()
    assert [link.customer for link in (await leading.look()).file.links] == ["钱先生", ""]
    await leading.goes_on_afresh()
    await leading.until("MERGED.revisit")
    revisit = leading.duty("MERGED.revisit")
    assert (revisit.owner, revisit.about) == (SALES, duplicate.handle.id)
    assert revisit.since == leading.file.handled_at
    assert revisit.deadline.due - revisit.since == timedelta(hours=24)
    await leading.goes_on_afresh()
    await leading.does("MERGED.revisit", **NOT_CONTENT)
    assert leading.file.leg == 2, "not content: the complaint reopens (RV-4.2)"
    await leading.to_the_end()
    leading.ignores()


async def test_what_cannot_be_merged_is_refused_before_anything_changes(world: World):
    case, other = await world.opens().graded(3), await world.opens().graded(3)
    merging = {"by": SUPERVISOR, "reason": "重复受理"}
    assert await case.refuses(case.merges_into(other, by=CLERK)) is Refused.NOT_YOURS
    assert await case.refuses(case.merges_into(other, reason="")) is Refused.REASON_NEEDED
    assert await case.refuses(case.merges_into(case)) is Refused.CANNOT_JOIN
    assert await why(world.duly.merge(case.handle.id, into="test-0123456789abcdef", **merging)) == "case-unknown"
    crisis = await world.opens(loss=600_000).graded(1)
    assert await why(world.duly.merge(crisis.handle.id, into=case.handle.id, **merging)) == "graded-lower"
    about = await world.opens(about=[MANAGER])
    assert await why(world.duly.merge(about.handle.id, into=case.handle.id, **merging)) == "about"
    elsewhere = await world.opens(project="yx02")
    assert await why(world.duly.merge(case.handle.id, into=elsewhere.handle.id, **merging)) == "project"
    await other.is_withdrawn()
    assert await why(world.duly.merge(case.handle.id, into=other.handle.id, **merging)) == "withdrawn"
    await other.does("RV-4.3")
    await other.does("WITHDRAWN.archive")
    await other.handle.result()
    assert await why(world.duly.merge(case.handle.id, into=other.handle.id, **merging)) == "closed"
    assert (await case.look()).file.links == ()
    for one in (case, crisis, other):
        one.ignores()


async def test_a_duplicate_of_a_case_that_nobody_knows_goes_on_as_it_was(world: World):
    case = await world.opens().graded(3)
    owed = {duty.id for duty in case.file.open_duties}
    await case.asks(SUPERVISOR, "merge", to="test-0123456789abcdef", reason="编号写错")  # type: ignore[arg-type]
    await case.becomes(lambda file: not file.links)
    assert {duty.id for duty in case.file.open_duties} == owed
    assert [line.data["case"] for line in await case.lines("link.failed")] == ["test-0123456789abcdef"]
    closed = await world.opens()
    await closed.is_withdrawn()
    await closed.does("RV-4.3")
    await closed.does("WITHDRAWN.archive")
    await closed.handle.result()
    (await closed.look()).ignores()
    await case.merges_into(closed)
    await case.becomes(lambda file: not file.links)
    assert len(await case.lines("link.failed")) == 2
    assert case.file.track is Track.ORDINARY
    assert case.heard(SUPERVISOR) == ["MERGE handed", "MERGE handed"], "whoever asked for it hears that it failed"
    closed.ignores()


@pytest.mark.server
async def test_two_cases_that_are_to_be_merged_into_each_other_stay_apart(world: World):
    one, other = await world.opens().graded(3), await world.opens().graded(3)
    await asyncio.gather(one.merges_into(other), other.merges_into(one))
    await asyncio.gather(
        one.becomes(lambda file: not file.links or file.closed),
        other.becomes(lambda file: not file.links or file.closed),
    )
    assert not (one.file.closed and other.file.closed), "somebody has to handle it"
    one.ignores()
    other.ignores()


async def test_a_case_goes_on_afresh_while_it_is_merged(world: World):
    leading, duplicate = await world.opens().graded(3), await world.opens().graded(3)
    await duplicate.handle.signal(interface.CONTINUE_AS_NEW)
    await duplicate.merges_into(leading)
    await leading.handle.signal(interface.CONTINUE_AS_NEW)
    with suppress(RPCError):  # unless it is over already
        await duplicate.handle.signal(interface.CONTINUE_AS_NEW)
    await leading.becomes(lambda file: file.links)
    assert (await duplicate.handle.result())["outcome"] == "merged"
    (await duplicate.look()).ignores()


# --- many about the same


async def group(world: World, members: int, **leads: object) -> tuple[Case, list[Case]]:
    """A leading case and its members, all of them of the same building and subject."""
    building = f"{world.worker}楼{len(world.cases)}"
    leading = await world.opens(**leads).graded(3)
    led = [await world.opens(building=building).graded(4) for _ in range(members)]
    for case in led:
        await leading.leads(case)
    await leading.becomes(lambda file: len(file.members) == members)
    for case in led:
        await case.becomes(lambda file: file.track is Track.GATHERED)
    return leading, led


@pytest.mark.clause("CR-3.1c")
async def test_nine_households_are_no_crisis_the_tenth_proposes_one_with_the_list_as_evidence(world: World):
    leading, led = await group(world, TOGETHER - 2)
    assert leading.file.known.households == TOGETHER - 1
    assert "CR-3.1c" not in {reason.rule for reason in leading.file.watch}
    assert {reason.rule for reason in leading.file.watch} == {"CR-5.1.3.households", "GRADE-2.households"}
    tenth = await world.opens().graded(4)
    await leading.leads(tenth)
    await leading.becomes(lambda file: len(file.members) == TOGETHER - 1)
    reason = next(reason for reason in leading.file.watch if reason.rule == "CR-3.1c")
    assert reason.params["value"] == str(TOGETHER)
    assert reason.params["members"].split(", ") == [case.file.number for case in (*led, tenth)]
    proposed = (await leading.lines("case.proposed"))[-1].data["proposal"]
    assert (proposed["level"], proposed["reasons"][0]["params"]["members"]) == (1, reason.params["members"])
    assert leading.file.level == 3, "the supervisor decides"
    await leading.does("CR-5.1.3", decision="regrade", level=1, reason="十户联合")
    assert leading.file.track is Track.CRISIS
    for case in (leading, tenth, *led):
        await case.look()
        case.ignores()


async def test_a_member_with_more_households_counts_with_them_and_so_does_what_is_learnt_later(world: World):
    leading, (member,) = await group(world, 1)
    assert leading.file.known.households == 2
    await member.amends(households=9)
    await leading.becomes(lambda file: file.known.households == TOGETHER)
    assert "CR-3.1c" in {reason.rule for reason in leading.file.watch}
    await member.is_withdrawn()
    await leading.becomes(lambda file: not file.members)
    assert leading.file.known.households == 0
    for case in (leading, member):
        case.ignores()


@pytest.mark.clause("RV-4.1a")
async def test_members_wait_for_the_leading_case_and_their_customers_are_answered_and_revisited(world: World):
    leading, led = await group(world, 2)
    first, second = led
    assert [duty.rule for duty in first.file.open_duties] == []
    assert any(notice.kind.value == "closed" for notice in first.file.notices), "their owners were told"
    await first.goes_on_afresh()
    while leading.file.handled_at is None:
        await leading.next_is_done()
    await leading.goes_on_afresh()
    for case in led:
        await case.becomes(lambda file: file.open_duties)
        reply = case.duty("GATHERED.reply")
        assert (reply.owner, reply.since, reply.deadline.why.limit) == (CLERK, leading.file.handled_at, "1 workdays")
    await first.goes_on_afresh()
    await first.to_the_end()
    assert first.file.outcome == "gathered"
    assert [act.rule for act in first.file.acts].count("RV-4.3") == 1
    await second.does("GATHERED.reply")
    await second.does("RV-4.3", **NOT_CONTENT)
    assert second.file.track is Track.ORDINARY, "not content: on its own"
    await leading.to_the_end()
    await second.to_the_end()
    for case in (leading, *led):
        case.ignores()


async def test_a_reply_that_is_late_climbs_like_any_duty(world: World):
    leading, (member,) = await group(world, 1)
    await leading.to_the_end()
    await member.becomes(lambda file: file.open_duties)
    due = member.duty("GATHERED.reply").deadline.due
    await member.passes_until(due + timedelta(hours=10))
    assert member.duty("GATHERED.reply").late
    await member.to_the_end()
    for case in (leading, member):
        case.ignores()


async def test_when_the_customer_of_the_leading_case_withdraws_its_members_are_on_their_own_again(world: World):
    leading, (member,) = await group(world, 1)
    ungraded = await world.opens()
    await leading.leads(ungraded)
    await ungraded.becomes(lambda file: file.track is Track.GATHERED)
    await leading.is_withdrawn()
    await member.becomes(lambda file: file.track is Track.ORDINARY)
    await ungraded.becomes(lambda file: any(duty.id == "CR-5.2.1a#2" for duty in file.open_duties))
    await ungraded.does("CR-5.2.1a", level=4)
    assert ungraded.file.track is Track.ORDINARY
    await leading.does("RV-4.3")
    await leading.does("WITHDRAWN.archive")
    await leading.handle.result()
    for case in (leading, member, ungraded):
        await case.look()
        await case.to_the_end()
        case.ignores()


async def test_a_member_that_becomes_a_crisis_or_is_about_others_is_no_longer_led(world: World):
    leading, led = await group(world, 2)
    grown, about = led
    await grown.regrades(2)
    await grown.look()
    assert grown.file.track is Track.GATHERED
    await grown.regrades(1)
    assert grown.file.track is Track.CRISIS
    await about.amends(also_about=[MANAGER])
    await about.becomes(lambda file: file.track is Track.ORDINARY)
    await leading.becomes(lambda file: not file.members)
    assert len(await leading.lines("link.left")) == 2
    for case in (leading, *led):
        case.ignores()


async def test_what_cannot_be_gathered_is_refused_before_anything_changes(world: World):
    leading, (member,) = await group(world, 1)
    other, crisis = await world.opens().graded(4), await world.opens(loss=600_000).graded(1)
    by = {"by": SUPERVISOR, "reason": "同类问题"}
    assert await leading.refuses(leading.leads(other, by=CLERK)) is Refused.NOT_YOURS
    assert await leading.refuses(leading.leads(other, reason="")) is Refused.REASON_NEEDED
    assert await leading.refuses(leading.leads(member)) is Refused.CANNOT_JOIN
    assert await leading.refuses(leading.merges_into(other)) is Refused.OTHERS_DEPEND
    assert await member.refuses(member.leads(other)) is Refused.CANNOT_JOIN
    assert await why(world.duly.gather(other.handle.id, member=leading.handle.id, **by)) == "leader"
    assert await why(world.duly.gather(other.handle.id, member=member.handle.id, **by)) == "member"
    assert await why(world.duly.gather(other.handle.id, member=crisis.handle.id, **by)) == "crisis"
    about = await world.opens(about=[MANAGER]).graded(4)
    assert await why(world.duly.gather(other.handle.id, member=about.handle.id, **by)) == "about"
    await other.leads(crisis)  # past the client's question: the case itself refuses
    await other.becomes(lambda file: not file.links)
    assert [line.data["why"] for line in await other.lines("link.refused")] == ["crisis"]
    for case in (leading, member, other, crisis, about):
        await case.look()
        case.ignores()


async def test_words_that_come_twice_or_from_nowhere_change_nothing(world: World):
    leading, (member,) = await group(world, 1)
    stranger = word(MessageKind.HANDLED, member, key="test-0123456789abcdef")
    await member.handle.signal(interface.FROM_CASE, stranger)
    await member.look()
    assert member.file.track is Track.GATHERED
    assert member.file.open_duties == []
    assert [line.data["case"] for line in await member.lines("link.unknown")] == ["test-0123456789abcdef"]
    handled = word(MessageKind.HANDLED, member, key=leading.handle.id)
    for _ in range(2):
        await member.handle.signal(interface.FROM_CASE, handled)
    await member.becomes(lambda file: file.open_duties)
    assert [duty.id for duty in member.file.open_duties] == ["GATHERED.reply~2"]
    assert len(await member.lines("link.handled")) == 1
    for says in (MessageKind.REFUSED, MessageKind.LEFT):
        await leading.handle.signal(interface.FROM_CASE, word(says, leading, key="test-0123456789abcdef"))
    await leading.look()
    assert len(leading.file.members) == 1
    for case in (leading, member):
        case.ignores()


def word(says: MessageKind, to: Case, key: str) -> CaseMessage:
    return CaseMessage(says=says, to=to.handle.id, key=key, project="hf01", at=to.now)


async def why(work: object) -> str:
    """Why the client refuses: its code, or the reason that keeps two cases apart."""
    try:
        await work  # type: ignore[misc]
    except Refusal as refusal:
        return str(refusal.params.get("why", refusal.code.value))
    raise AssertionError("it was not refused")

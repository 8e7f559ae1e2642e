"""A case that the server has lost goes on from its journal alone: also with what it keeps beside its file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

import pytest

from complaints.case.complaint import Track
from complaints.case.file import LinkKind
from complaints.case.fold import fold
from complaints.case.messages import CaseMessage
from tests.memory import MemoryDuly, MemoryTransport, at_work
from tests.world import Case, World
from workflows.case_runtime import CaseRuntime
from workflows.from_journal import carried_from
from workflows.interface import Carried

pytestmark = pytest.mark.memory


async def restarted(world: World, case: Case) -> None:
    """As `duly records restart` does it: nothing is known but the lines of the journal."""
    one = at_work(world.duly, case.handle.id)
    before = one.engine.case
    carried = carried_from(fold(one.lines), one.lines, before.reference)
    assert isinstance(carried, Carried)
    before.scheduler.close()
    one.engine = CaseRuntime.carried_on(carried, before.edition, case.now)
    one.engine.start(case.now)
    assert isinstance(world.duly, MemoryDuly)
    await world.duly.settle()
    if not one.closed:
        await case.look()


@contextmanager
def heard_by(*cases: Case) -> Generator[None]:
    """Words arrive at these cases only."""
    tell = MemoryTransport.tell
    heard = {case.handle.id for case in cases}

    def told(duly: MemoryTransport, word: CaseMessage) -> None:
        if word.to in heard:
            tell(duly, word)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MemoryTransport, "tell", told)
        yield


async def test_a_duplicate_that_was_not_heard_asks_once_more(world: World):
    leading, duplicate = await world.opens().graded(3), await world.opens()
    with heard_by():
        await duplicate.merges_into(leading)
    await restarted(world, leading)
    assert duplicate.file.track is Track.INTAKE
    await restarted(world, duplicate)
    assert [one.key for one in (await leading.look()).file.links] == [duplicate.handle.id]
    assert at_work(world.duly, duplicate.handle.id).closed
    for case in (leading, duplicate):
        case.ignores()


async def test_an_answer_that_was_not_heard_is_given_once_more(world: World):
    leading, member = await world.opens().graded(3), await world.opens().graded(3)
    with heard_by(member):
        await leading.leads(member)
    assert [link.agreed for link in (await leading.look()).file.links] == [False]
    assert (await member.look()).file.track is Track.GATHERED
    await restarted(world, member)
    assert [link.agreed for link in (await leading.look()).file.links] == [True]
    for case in (leading, member):
        case.ignores()


async def test_a_refusal_that_was_not_heard_is_given_once_more(world: World):
    leading, crisis = await world.opens().graded(3), await world.opens(loss=600_000).graded(1)
    with heard_by(crisis):
        await leading.leads(crisis)
    assert [link.kind for link in (await leading.look()).file.links] == [LinkKind.GATHERED]
    await restarted(world, crisis)
    assert (await leading.look()).file.links == ()
    assert [line.data["why"] for line in await leading.lines("link.refused")] == ["crisis"]
    for case in (leading, crisis):
        case.ignores()


async def led(world: World) -> tuple[Case, Case]:
    leading, member = await world.opens().graded(3), await world.opens().graded(3)
    await leading.leads(member)
    return leading, member


async def member_left(world: World) -> tuple[Case, Case]:
    leading, member = await led(world)
    await member.regrades(1)
    return leading, member


async def member_let_go(world: World) -> tuple[Case, Case]:
    leading, member = await led(world)
    await leading.is_withdrawn()
    return leading, member


async def handled(world: World) -> tuple[Case, Case]:
    leading, member = await led(world)
    while leading.file.handled_at is None:
        await leading.next_is_done()
    return leading, member


async def refused(world: World) -> tuple[Case, Case]:
    leading, crisis = await world.opens().graded(3), await world.opens(loss=600_000).graded(1)
    await leading.leads(crisis)
    return leading, crisis


async def merged(world: World) -> tuple[Case, Case]:
    leading, duplicate = await world.opens().graded(3), await world.opens()
    await duplicate.merges_into(leading)
    return leading, duplicate


@pytest.mark.parametrize("joined", [led, member_left, member_let_go, handled, refused, merged])
async def test_words_that_were_heard_change_nothing_when_they_are_said_again(
    world: World, joined: Callable[[World], Awaitable[tuple[Case, Case]]]
):
    cases = await joined(world)
    before = [(await case.look()).file for case in cases]
    for case in cases:
        if not at_work(world.duly, case.handle.id).closed:
            await restarted(world, case)
    assert [(await case.look()).file for case in cases] == before
    for case in cases:
        case.ignores()


async def test_a_member_that_did_not_hear_that_it_was_handled_hears_it_when_it_agrees_again(world: World):
    leading, member = await led(world)
    with heard_by():
        await leading.is_withdrawn()
    assert (await member.look()).file.track is Track.GATHERED
    await restarted(world, member)
    (link,) = member.file.links
    assert (link.over, link.released) == (leading.file.links[0].over, True)
    assert member.file.track is not Track.GATHERED
    for case in (leading, member):
        case.ignores()


async def test_a_closed_case_says_nothing_more(world: World):
    leading, duplicate = await merged(world)
    one = at_work(world.duly, duplicate.handle.id)
    assert one.closed
    carried = carried_from(fold(one.lines), one.lines, one.engine.case.reference)
    assert isinstance(carried, Carried)
    assert carried.letters == ()
    for case in (leading, duplicate):
        case.ignores()


@pytest.mark.clause("CR-5.1.3")
async def test_what_nobody_had_decided_when_the_case_was_led_is_put_before_them_once_it_is_on_its_own(world: World):
    leading, member = await world.opens().graded(3), await world.opens(households=7).graded(2)
    assert member.duty("CR-5.1.3").open
    await leading.leads(member)
    await restarted(world, await member.look())
    assert not [duty for duty in member.file.open_duties if duty.rule == "CR-5.1.3"]
    await leading.is_withdrawn()
    await member.look()
    assert [duty for duty in member.file.open_duties if duty.rule == "CR-5.1.3"]
    for case in (leading, member):
        case.ignores()


@pytest.mark.clause("CR-5.1.3")
async def test_what_the_supervisor_has_dismissed_is_not_put_before_them_again(world: World):
    case = await world.opens(households=7).graded(2)
    await case.does("CR-5.1.3", decision="dismiss", reason="两户已撤回，其余已达成一致")
    seq = case.file.journal_seq
    await restarted(world, case)
    assert case.file.journal_seq == seq
    assert not case.duty("CR-5.1.3").open
    case.ignores()

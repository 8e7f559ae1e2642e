"""RV-4.2: the customer of a closed case is back, and the complaint is taken in again as a new case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from complaints.base.errors import Refusal, Refused
from complaints.case.file import CaseFile, LinkKind
from tests.people import CLERK, ENGINEERING, SUPERVISOR
from tests.world import Case, World
from workflows import interface

COLLEAGUE = "wu.jie"  # another clerk
BACK = "客户来电：墙面又渗水"


@pytest_asyncio.fixture
async def closed(world: World) -> AsyncIterator[Case]:
    """A case that is over, about the head of engineering."""
    case = await (await world.opens(about=(ENGINEERING,), loss=20_000).graded(3)).to_the_end()
    yield case.ignores()


async def file_of(world: World, key: str) -> CaseFile:
    return await world.duly.client.get_workflow_handle(key).query(interface.CASE, result_type=CaseFile)


async def refused(work: Any) -> Refused:
    with pytest.raises(Refusal) as caught:
        await work
    return caught.value.code


@pytest.mark.clause("RV-4.2")
@pytest.mark.server
async def test_a_closed_case_is_taken_up_again_as_a_new_one_that_names_it(world: World, closed: Case):
    receipt = await world.duly.reopen(closed.file.key, by=CLERK, reason=BACK)
    new, old = await file_of(world, receipt.key), closed.file
    assert receipt.key != old.key
    [link] = new.links
    assert (link.kind, link.key, link.number) == (LinkKind.REOPENS, old.key, old.number)
    assert old.key in {one.key for one in new.related}
    same = ("source", "project", "customer", "contact", "matter", "category", "channel", "about", "facts")
    assert [getattr(new.complaint, name) for name in same] == [getattr(old.complaint, name) for name in same]
    assert (new.complaint.received_by, new.complaint.reopens) == (CLERK, old.key)
    assert receipt.lacks == ("promised", "confirmed"), "the customer hears and confirms anew"
    assert (new.leg, new.closed, new.acts) == (0, False, ())
    batch = await world.duly.client.get_workflow_handle(receipt.key).query(interface.SINCE, 0)
    line = next(line for line in batch["lines"] if line["kind"] == "case.reopens")
    assert line["data"] == {"key": old.key, "number": old.number, "reason": BACK}


@pytest.mark.clause("RV-4.2")
async def test_asked_twice_it_is_the_same_new_case_until_that_one_is_closed(world: World, closed: Case):
    first = await world.duly.reopen(closed.file, by=CLERK, reason=BACK)
    again = await world.duly.reopen(closed.file.key, by=SUPERVISOR, reason="又来电")
    assert again.key == first.key
    case = Case(world, world.duly.client.get_workflow_handle(first.key))
    await case.look()
    world.cases.append(case)
    await case.to_the_end(CR_5_2_1a={"level": 3, "reason": "重复投诉"})
    case.ignores()
    third = await world.duly.reopen(closed.file.key, by=COLLEAGUE, reason="第三次")
    assert third.key not in (first.key, closed.file.key)
    assert (await file_of(world, third.key)).links[0].key == closed.file.key


@pytest.mark.clause("RV-4.2")
async def test_who_may_take_up_a_closed_case(world: World, closed: Case):
    key = closed.file.key
    assert await refused(world.duly.reopen(key, by="nobody", reason=BACK)) is Refused.UNKNOWN_PERSON
    assert await refused(world.duly.reopen(key, by=ENGINEERING, reason=BACK)) is Refused.ABOUT_YOU
    assert await refused(world.duly.reopen(key, by="guo.wei", reason=BACK)) is Refused.NOT_YOURS
    assert await refused(world.duly.reopen(key, by=CLERK, reason=" ")) is Refused.REASON_NEEDED
    receipt = await world.duly.reopen(key, by=COLLEAGUE, reason=BACK)
    assert (await file_of(world, receipt.key)).complaint.received_by == COLLEAGUE, "what was refused left nothing"


@pytest.mark.clause("RV-4.2")
async def test_an_open_case_is_acted_on_and_not_taken_up_again(world: World):
    case = await world.opens()
    assert await refused(world.duly.reopen(case.file.key, by=CLERK, reason=BACK)) is Refused.CASE_OPEN
    assert await refused(world.duly.reopen("test-0123456789abcdef", by=CLERK, reason=BACK)) is Refused.CASE_UNKNOWN

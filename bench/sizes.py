"""`python -m bench.sizes`: how large cases become: their files by parts, and what they carry to a new run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from complaints.base import size_limits
from complaints.case.file import CaseFile
from complaints.case.trimming import trimmed
from tests.fakes import ExampleReferences, MemoryRetention
from tests.memory import MemoryDuly, MemorySkipper
from tests.people import CLERK, SUPERVISOR
from tests.world import Case, World

REPORT, WORDS = "CR-5.1.4", "长" * size_limits.WORDS
PARTS = ("duties", "acts", "notices")


async def whole_crisis(world: World) -> Case:
    """A crisis from its grading to the last duty before the archive."""
    case = await world.opens(loss=600_000).graded(1)
    return await case.until("CR-5.4.5")


async def two_years_unanswered(world: World) -> Case:
    """A crisis whose report is overdue, and whose escalations are not answered, for two years."""
    case = await world.opens(loss=600_000).graded(1)
    return await case.passes(days=730)


async def three_hundred_acts(world: World) -> Case:
    """A duty that is delegated to and fro 300 times, with a short reason."""
    return await delegated(await world.opens(loss=600_000), world, "出差")


async def three_hundred_long_reasons(world: World) -> Case:
    """A duty that is delegated to and fro 300 times, with the longest reason that is allowed."""
    return await delegated(await world.opens(loss=600_000), world, WORDS)


async def delegated(case: Case, world: World, reason: str) -> Case:
    owner = case.duty(REPORT).owner
    other = SUPERVISOR if owner == CLERK else CLERK
    for n in range(300):
        by, to = (owner, other) if n % 2 == 0 else (other, owner)
        await world.duly.delegate(case.handle.id, REPORT, by=by, to=to, reason=reason)
    return await case.look()


async def forty_long_forms(world: World) -> Case:
    """A crisis whose report is submitted and returned twenty times, each with the longest text that is allowed."""
    case = await world.opens(loss=600_000).graded(1)
    for _ in range(20):
        await case.does("CR-5.2.1b", summary=WORDS)
        await case.returns("CR-5.2.1c.review", to="CR-5.2.1b", reason=WORDS)
    return await case.look()


STORIES: tuple[Callable[[World], Awaitable[Case]], ...] = (
    whole_crisis,
    two_years_unanswered,
    three_hundred_acts,
    three_hundred_long_reasons,
    forty_long_forms,
)


async def measured(story: Callable[[World], Awaitable[Case]]) -> dict[str, Any]:
    """Play a story and return the sizes of its case in KB."""
    retention = MemoryRetention()
    retention.deposit("hongji", "hf01", "1000000", "存-0")
    duly = MemoryDuly(ExampleReferences(), retention)
    case = await story(World(duly, MemorySkipper()))
    engine = duly.cases[case.handle.id].engine
    whole = duly.records.files[case.handle.id]
    assert isinstance(whole, CaseFile)
    least = size_limits.size(whole.but(**{name: type(getattr(whole, name))() for name in PARTS}))
    parts = {
        name: size_limits.size(whole.but(**{one: type(getattr(whole, one))() for one in PARTS if one != name})) - least
        for name in PARTS
    }
    sizes = {
        "whole": size_limits.size(whole),
        **parts,
        "trimmed": size_limits.size(trimmed(whole)),
        "file": size_limits.size(engine.file),
        "carried": engine.size_carried(),
    }
    return {name: f"{size / size_limits.KB:.0f}" for name, size in sizes.items()}


async def main() -> None:
    heads = ("story", "whole", *PARTS, "trimmed", "file", "carried")
    print("KB as JSON: the whole file and its parts, what trimming would leave, the file as it is, what is carried\n")
    print("".join(f"{head:>28}" if head == "story" else f"{head:>9}" for head in heads))
    for story in STORIES:
        row = await measured(story)
        print(f"{story.__name__.replace('_', ' '):>28}" + "".join(f"{row[head]:>9}" for head in heads[1:]))


if __name__ == "__main__":
    asyncio.run(main())

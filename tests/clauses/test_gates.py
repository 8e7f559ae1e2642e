"""A change of behaviour is followed by cases that begin after it, and by no case that was there before."""

from __future__ import annotations

import pytest

from activities.reference import References
from complaints.case.events.machine import GatesPassed
from complaints.case.gates import Gate
from tests.fakes import ExampleReferences
from tests.memory import MemoryDuly
from tests.world import World


@pytest.mark.memory
async def test_a_case_follows_what_its_worker_knew_when_it_began(world: World, references: ExampleReferences):
    assert isinstance(world.duly, MemoryDuly)
    older = await world.opens(loss=600_000)
    world.duly.memory.references = References(references, gates=("toy",))
    newer = await world.opens(loss=600_000)
    for case, gates in ((older, ()), (newer, ("toy",))):
        await case.goes_on_afresh()
        assert case.file.gates == gates
        lines = [line.kind for line in await case.journal()]
        assert (GatesPassed.kind in lines) == bool(gates)
        at_work = world.duly.cases[case.handle.id].engine.case
        assert [at_work.passed(gate) for gate in ("toy", "other")] == [bool(gates), False]  # pyright: ignore[reportArgumentType]
    assert list(Gate) == [], "each has a test of its own here: what a case does with it, and one without"

"""Random lives without a server, other ones every day, with cases that are put together again from their journals.

`DULY_MEMORY_LIVES` says how many; `make lives` has 2,000 and another 200.
In memory a step costs milliseconds, so that each of these lives is followed more closely than on the server: a chapter
that is run again from its first line at an unlucky moment, or an event that does not say all that it changed, is found.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from tests.property.lives import CONTRACTOR, DEPOSIT, Lives
from tests.property.office import MemoryOffice
from tests.property.test_random_lives import STEPS, live

PARTS = 10
LIVES = int(os.environ.get("DULY_MEMORY_LIVES", "500"))
AT_EVERY_STEP = LIVES // 10
"""How many are put together again after every step; the others at `SOME` steps."""
SOME = 5


@pytest.fixture
def office() -> Generator[MemoryOffice]:
    with MemoryOffice() as office:
        office.retention.deposit(CONTRACTOR, "hf01", DEPOSIT, "存-2026-001")
        yield office


class ClosedLives(Lives):
    """What the records say of it must be true at every step."""

    office: MemoryOffice  # pyright: ignore[reportIncompatibleVariableOverride]

    @invariant()
    def the_records_follow(self) -> None:
        assert self.office.records.unlike == []


class AtSomeSteps(ClosedLives):
    """Its cases are put together again at some of its steps, after everything that happens there."""

    def __init__(self) -> None:
        super().__init__()
        self.step = 0
        self.chosen: set[int] = set()

    @initialize(chosen=st.sets(st.integers(min_value=0, max_value=STEPS - 1), min_size=SOME, max_size=SOME))
    def is_put_together_again_at(self, chosen: set[int]) -> None:
        self.chosen = chosen

    @invariant()
    def the_next_step(self) -> None:
        self.office.duly.anew = self.step in self.chosen
        self.step += 1


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_put_together_again_after_every_step_a_case_is_the_same(office: MemoryOffice, part: int):
    class Life(ClosedLives):
        pass

    office.anew = True
    Life.office = office
    live(Life, AT_EVERY_STEP // PARTS, part, shrunk=True)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_put_together_again_at_any_step_a_case_is_the_same(office: MemoryOffice, part: int):
    class Life(AtSomeSteps):
        pass

    Life.office = office
    live(Life, LIVES // PARTS, part, shrunk=True)


def test_who_was_told_is_not_told_again_when_somebody_else_would_be_told_now(office: MemoryOffice):
    """A life that was found: whoever was told of something is complained about afterwards."""

    class Life(ClosedLives):
        pass

    office.anew = True
    Life.office = office
    life = Life()
    life.opens(about=("he.xue",), loss=600000, ahead=8, major=True, level=4)
    life.it_is_regraded(level=2, major=False)
    life.somebody_does_what_they_owe(other=5, pick=8)
    life.facts_change(injured=True, loss=800000, whom="liu.bo")
    life.teardown()

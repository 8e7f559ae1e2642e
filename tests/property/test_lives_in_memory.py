"""Random lives without a server, other ones every day, with cases that are put together again from their journals.

`DULY_MEMORY_LIVES` says how many; `make lives` has 2,000 and another 200.
In memory a step costs milliseconds, so that each of these lives is followed more closely than on the server: a chapter
that is run again from its first line at an unlucky moment, or an event that does not say all that it changed, is found.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from complaints.case.file import ActKind
from tests.property.lives import CONFIRMED, SEVERAL, Lives, first_steps
from tests.property.office import MemoryOffice
from tests.property.test_random_lives import STEPS, live

PARTS = 10
LIVES = int(os.environ.get("DULY_MEMORY_LIVES", "250"))
AT_EVERY_STEP = LIVES // 10
"""How many are put together again after every step; the others at `SOME` steps."""
SOME = 5

SHRUNK_WITHIN = 600
"""Seconds: a life that fails is made shorter for up to five minutes."""

ENOUGH = 250
"""In so many lives everything happens that `MUST_HAPPEN` names."""
MUST_HAPPEN = (
    *(kind.value for kind in ActKind),
    *(f"approve of {rule}" for rule in CONFIRMED),
    *SEVERAL.values(),
    "somebody else for the owner",
    "an owner in somebody's place",
    "breach of somebody else",
    "telling",
    "duty.breached-by-owner",
    "duty.date-approved",
    "duty.freed",
    "duty.withdrawn",
    "matter.cancelled",
    "matter.cancellation-asked",
)
"""Kinds of act, lines of the journal and situations without which the lives say nothing about them."""


@pytest.fixture
def office() -> Generator[MemoryOffice]:
    with MemoryOffice() as office:
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
        self.office.duly.memory.anew = self.step in self.chosen
        self.step += 1


@pytest.mark.slow
@pytest.mark.timeout(SHRUNK_WITHIN)
@pytest.mark.parametrize("part", range(PARTS))
def test_put_together_again_after_every_step_a_case_is_the_same(office: MemoryOffice, part: int):
    class Life(ClosedLives):
        pass

    office.anew = True
    Life.office = office
    live(Life, AT_EVERY_STEP // PARTS, part, shrunk=True)


@pytest.mark.slow
@pytest.mark.timeout(SHRUNK_WITHIN)
@pytest.mark.parametrize("part", range(PARTS))
def test_put_together_again_at_any_step_a_case_is_the_same(
    office: MemoryOffice, part: int, tmp_path_factory: pytest.TempPathFactory
):
    class Life(AtSomeSteps):
        happened = Counter[str]()

    Life.office = office
    first_steps(Life, part, PARTS)
    live(Life, LIVES // PARTS, part, shrunk=True)
    assert missing(Life.happened, part, _of_the_run(tmp_path_factory)) == []


def missing(happened: Counter[str], part: int, directory: Path) -> list[str]:
    """Add up what has happened in the parts so far; return what never has, once the last part of them is over."""
    (directory / f"{part}.json").write_text(json.dumps(happened))
    parts = [directory / f"{one}.json" for one in range(PARTS)]
    if LIVES < ENOUGH or not all(one.exists() for one in parts):
        return []
    together = Counter[str]()
    for one in parts:
        together.update(json.loads(one.read_text()))
    return [what for what in MUST_HAPPEN if not together[what]]


def _of_the_run(factory: pytest.TempPathFactory) -> Path:
    """A directory that the processes of this run share."""
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "lives"
    shared.mkdir(exist_ok=True)
    return shared


def test_what_never_happened_in_any_part_of_the_sample_is_named(tmp_path: Path):
    everything = Counter(MUST_HAPPEN)
    for part in range(PARTS - 1):
        assert missing(Counter(), part, tmp_path) == []
    assert missing(everything - Counter({"try": 1}), PARTS - 1, tmp_path) == ["try"]
    assert missing(Counter({"try": 1}), 0, tmp_path) == []


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

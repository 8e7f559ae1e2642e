"""Random lives on the real server: other ones every day; `DULY_LIVES` says how many.

`make lives` has a hundred of them. A life that fails is played again with the sample that the report's first lines
name: `DULY_SAMPLE=2026-12-01 make test ARGS=tests/property`.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from hashlib import blake2b

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from complaints.connection.running_stack import StackInfo
from tests.drivers import SAMPLE
from tests.property.lives import Lives
from tests.property.office import ServerOffice

PARTS = 10
LIVES = int(os.environ.get("DULY_LIVES", "40"))
STEPS = 10


def live(life: type[Lives], lives: int, part: int, *, shrunk: bool = False) -> None:
    """So many lives of this kind, the same ones on the same day (`DULY_SAMPLE`) for the same `part`.

    A life that fails is made shorter (`shrunk`) only in memory: on a server that takes many minutes.
    """
    limits = settings(
        max_examples=max(lives, 1),
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=True,
        phases=[phase for phase in Phase if shrunk or phase is not Phase.shrink],
        suppress_health_check=[one for one in HealthCheck if isinstance(one, HealthCheck)],
    )
    of_the_day = blake2b(f"{os.environ[SAMPLE]} {part}".encode(), digest_size=8).digest()
    seed(int.from_bytes(of_the_day, "big"))(life)
    run_state_machine_as_test(life, settings=limits)


@pytest.fixture(scope="module")
def office(stack: StackInfo) -> Generator[ServerOffice]:
    with ServerOffice(stack, os.environ.get("PYTEST_XDIST_WORKER", "main")) as office:
        yield office


@pytest.mark.long(7)
@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_people_clocks_and_crashes_do_nothing_is_ever_broken(office: ServerOffice, part: int):
    class Life(Lives):
        pass

    Life.office = office
    live(Life, LIVES // PARTS, part)


def test_what_an_act_changes_without_telling_anybody_is_in_the_records_too(office: ServerOffice):
    """The reply stays with whoever has it; the case goes on afresh before anything else happens."""

    class Life(Lives):
        pass

    Life.office = office
    life = Life()
    life.opens(loss=0, level=3, about=(), major=False, ahead=4)
    life.it_goes_on(duties=1, other=0)
    life.it_goes_on_afresh()
    life.it_goes_on(duties=2, other=0)
    for _ in range(3):
        life.it_goes_on_afresh()
    life.nothing_is_broken()
    life.teardown()

"""What the tests of the clauses run on: cases in memory, and a sample of them each day on a real server.

A test that asks for the fixture `world` of `tests/clauses` or of `tests/rounds` runs in memory, and once more with
every case trimmed and put together again from its journal after each step. On the server run those that are about the
server (marked `server`, or because they ask for `followed`) and a sample of the others that is another one every day.
`DULY_SAMPLE` says the day whose sample is taken, or `all`, or `none`; the report's first lines say which it was.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from hashlib import blake2b

import pytest

from complaints.base import size_limits

MEMORY, ANEW, SERVER = "memory", "anew", "server"
SAMPLE = "DULY_SAMPLE"
ONE_IN = 12
"""Of how many tests one is in the sample of a day."""


def decide_on_sample() -> None:
    """The processes of one run take the same sample, even at midnight."""
    os.environ.setdefault(SAMPLE, f"{datetime.now(UTC):%Y-%m-%d}")


def pytest_report_header() -> str:
    return f"clause tests on the server: the sample {SAMPLE}={os.environ[SAMPLE]}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test of a clause has its drivers."""
    if "driver" not in metafunc.fixturenames:
        return
    about_the_server = metafunc.definition.get_closest_marker(SERVER) or "followed" in metafunc.fixturenames
    if metafunc.definition.get_closest_marker(MEMORY):
        metafunc.parametrize("driver", [MEMORY], indirect=True, scope="function")
        return
    drivers = [SERVER] if about_the_server else [MEMORY, pytest.param(ANEW, marks=pytest.mark.slow), SERVER]
    metafunc.parametrize("driver", drivers, indirect=True, scope="function")


@pytest.fixture
def driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the test runs on. Put together again after each step, a case is also trimmed after each as if it were large.

    So no chapter may read what is taken from the file then (`complaints.case.trimming`).
    """
    if request.param == ANEW:
        for name, least in {"LARGE": 0, "WORTHWHILE": 1, "LOOK_AGAIN": 0}.items():
            monkeypatch.setattr(size_limits, name, least)
    return request.param


def is_on_server(item: pytest.Item) -> bool:
    """Whether the test asks a server through its driver."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and callspec.params.get("driver") == SERVER


def only_sample(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out those on the server that need not be there and are not in the sample."""
    left_out = [item for item in items if is_on_server(item) and not (_must_be(item) or _in_sample(item.nodeid))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]


def _must_be(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker(SERVER)) or "followed" in getattr(item, "fixturenames", ())


def _in_sample(nodeid: str) -> bool:
    day = os.environ[SAMPLE]
    if day in ("all", "none"):
        return day == "all"
    return blake2b(f"{day} {nodeid}".encode(), digest_size=4).digest()[0] % ONE_IN == 0

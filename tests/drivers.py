"""Drivers of the clause tests: cases in memory, and each day a sample of the tests on a real server.

A test that uses the fixture `world` of `tests/clauses` or of `tests/rounds` runs in memory, and once more with every
case trimmed and rebuilt from its journal after each step. On the server run the tests that are about the server (marked
`server`, or using the fixture `followed`), and a sample of the others that is another one every day. `DULY_SAMPLE` is
the day whose sample is taken, or `all`, or `none`; the report's first lines say which it was.
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
"""One test in this many is in the sample of a day."""


def decide_on_sample() -> None:
    """Fix the sample, so that all processes of one run take the same one, even at midnight."""
    os.environ.setdefault(SAMPLE, f"{datetime.now(UTC):%Y-%m-%d}")


def pytest_report_header() -> str:
    return f"clause tests on the server: the sample {SAMPLE}={os.environ[SAMPLE]}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize every test of a clause with its drivers."""
    if "driver" not in metafunc.fixturenames:
        return
    about_the_server = metafunc.definition.get_closest_marker(SERVER) or "followed" in metafunc.fixturenames
    anew = pytest.param(ANEW, marks=pytest.mark.slow)
    if only := metafunc.definition.get_closest_marker(MEMORY):
        drivers = [MEMORY, anew] if only.kwargs.get("anew") else [MEMORY]
    else:
        drivers = [SERVER] if about_the_server else [MEMORY, anew, SERVER]
    metafunc.parametrize("driver", drivers, indirect=True, scope="function")


@pytest.fixture
def driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The driver of the test. With `anew`, each case is also trimmed after each step, as if it were large.

    So no chapter may read what trimming removes from the file (`complaints.case.trimming`).
    """
    if request.param == ANEW:
        for name, least in {"LARGE": 0, "WORTHWHILE": 1, "LOOK_AGAIN": 0}.items():
            monkeypatch.setattr(size_limits, name, least)
    return request.param


def is_on_server(item: pytest.Item) -> bool:
    """Return whether the test uses a server through its driver."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and callspec.params.get("driver") == SERVER


def only_sample(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests on the server that need not run there and are not in the sample."""
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

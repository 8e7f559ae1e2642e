"""One stack for the whole test run, shared by all its processes; started by the first test that needs it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import settings

from complaints import editions
from complaints.connection.running_stack import StackInfo, find_running
from complaints.connection.settings import Settings
from devstack.lists import made_light
from tests.drivers import decide_on_sample, driver, only_sample, pytest_generate_tests, pytest_report_header  # noqa: F401
from tests.fast import only_fast, pytest_addoption, pytest_runtest_call, refuse, watch  # noqa: F401 (hooks)
from tests.server.office import set_apart
from tests.sharing import in_parts

FOLDER = "DULY_TEST_STACK"
_held: dict[str, int] = {}

settings.register_profile("duly", deadline=None)  # how long an example takes depends on what else the machine does
settings.load_profile("duly")


def pytest_configure(config: pytest.Config) -> None:
    """Hold a named pipe open in the first process of the run (under xdist the one that starts the others).

    The process that first needs the stack starts it with the pipe as its stdin. So the stack ends with the run, not
    with that process, and also when the run is killed.
    """
    watch(config)
    decide_on_sample()
    if hasattr(config, "workerinput"):
        return
    folder = Path(tempfile.mkdtemp(prefix="duly-tests-"))
    os.mkfifo(folder / "hold")
    _held[str(folder)] = os.open(folder / "hold", os.O_RDWR)
    os.environ[FOLDER] = str(folder)
    # Not the folder that all runs of this user share: each run, when it begins, denies PostgreSQL's user access to it.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)


PATIENCE = 6
"""How many times as long as it says a long test may take before it counts as hanging."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Disable garbage collection while tests are imported, and exempt the imported objects from it afterwards."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests so that each process begins with long ones, and none is left with a long one at the end."""
    only_sample(config, items)
    only_fast(config, items)
    for item in items:
        if PATIENCE * _seconds(item) > float(config.getini("timeout")):
            item.add_marker(pytest.mark.timeout(PATIENCE * _seconds(item)))
    items[:] = in_parts(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), _seconds)


def _seconds(item: pytest.Item) -> float:
    long = item.get_closest_marker("long")
    return long.args[0] if long else 0


def pytest_unconfigure(config: pytest.Config) -> None:
    for folder, hold in _held.items():
        started = find_running(Path(folder) / "home")
        os.close(hold)
        if started and started.owner:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(started.owner.pid).wait(60)
        shutil.rmtree(folder, ignore_errors=True)
    _held.clear()


@pytest.fixture(autouse=True)
def edition(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test marked `edition` begin its cases under that edition of the product, as an older release did."""
    if marker := request.node.get_closest_marker("edition"):
        chosen = next(one for one in editions.installed() if one.name == marker.args[0])
        monkeypatch.setattr(editions._SHELF, "newest", lambda: chosen)


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> None:
    """Dependency of all that starts or uses a server or a database: by it, `tests/fast.py` leaves such tests out."""
    if request.config.getoption("fast"):  # requested while a test runs, which cannot be seen beforehand
        refuse("asks for a server while it runs")


@pytest.fixture(scope="session")
def stack(servers: None) -> StackInfo:
    """The addresses of the run's stack: skipped time passes fast there, in the namespace `drill` only; it has no UI."""
    folder = Path(os.environ[FOLDER])
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return find_running(folder / "home") or _start(folder)


@pytest.fixture(scope="session")
def quarters(stack: StackInfo) -> Settings:
    """Settings for this process's tests on the run's stack: what they load reaches only the cases of this process."""
    return asyncio.run(set_apart(stack, os.environ.get("PYTEST_XDIST_WORKER", "alone")))


def _start(folder: Path) -> StackInfo:
    # Unlocked: tests of many kinds reach the server as they like. tests/server/test_locked.py has one that is locked.
    command = [
        sys.executable,
        "-m",
        "devstack",
        "--home",
        str(folder / "home"),
        "--drill-speed",
        "--no-ui",
        "--unlocked",
    ]
    with open(folder / "hold", "rb") as hold, open(folder / "said", "wb") as said:
        process = subprocess.Popen(
            command,
            stdin=hold,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
            cwd=Path(__file__).parents[1],
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    started = find_running(folder / "home")
    if not line or started is None:
        pytest.exit(f"The stack of the tests did not start:\n{(folder / 'said').read_text(encoding='utf-8')}", 3)
    assert json.loads(line)["temporal_address"] == started.temporal_address
    asyncio.run(made_light(started.database_url))
    return started

"""`pytest --fast`: only the tests that need no server and no database.

Nobody keeps a list of them. Whatever starts or asks a server, be it a fixture or a test, depends on the fixture
`servers`; all other tests are fast ones. One that forgets it fails in the fast run, because there nothing of the kind
is let through. A test that takes many seconds of its own is marked `slow`, and left out too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable
from typing import Any

import pytest

from tests.drivers import is_on_server

SERVERS = "servers"
PROGRAMS = {"postgres", "initdb", "pg_ctl", "devstack", "bench"}
"""Programs and modules that are servers, or start them."""
COMMANDS = {"up", "demo", "drill", "worker"}
"""Commands of `duly` that do so."""
_tried: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="only the tests that need no server and no database")


def is_fast(item: pytest.Item) -> bool:
    asks = SERVERS in getattr(item, "fixturenames", ()) or is_on_server(item)
    return not asks and not item.get_closest_marker("slow")


def only_fast(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the others out, where the run is a fast one."""
    if config.getoption("fast"):
        config.hook.pytest_deselected(items=[item for item in items if not is_fast(item)])
        items[:] = [item for item in items if is_fast(item)]


def watch(config: pytest.Config) -> None:
    """Let nothing of this process, and none of its children, reach a server, where the run is a fast one."""
    if not config.getoption("fast"):
        return
    import asyncpg.connect_utils
    import temporalio.service

    async def no_database(**_: Any) -> Any:
        refuse("connects to a database")

    async def no_server(*_: Any, **__: Any) -> Any:
        refuse("connects to a Temporal server")

    asyncpg.connect_utils._connect = no_database  # every connection and pool goes through it
    temporalio.service.ServiceClient.connect = staticmethod(no_server)
    sys.addaudithook(_audited)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test fails for what it tried, also where what it tests took the refusal for an outage."""
    _tried.clear()
    result = yield
    if _tried:
        pytest.fail(_tried[0], pytrace=False)
    return result


def _audited(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and (name := _server_of(arguments[1])):
        refuse(f"starts {name}")


def _server_of(command: str | bytes | Iterable[Any]) -> str | None:
    """The server that a command starts, if it does."""
    words = [os.fsdecode(command)] if isinstance(command, str | bytes) else [os.fsdecode(word) for word in command]
    if found := next((word for word in words if os.path.basename(word) in PROGRAMS), None):
        return found
    return f"duly {words[-1]}" if "starters.cli" in " ".join(words) and COMMANDS & set(words) else None


def refuse(what: str) -> None:
    said = f"a test that {what} is no fast one: let it, or the fixture that does so, depend on the fixture `{SERVERS}`"
    _tried.append(said)
    pytest.fail(said)

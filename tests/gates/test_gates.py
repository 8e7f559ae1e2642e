"""`.ci/run` and `make check` fail where one of their checks fails, and leave nothing out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

from tests.places import ROOT

TOOLS = ("ruff check", "ruff format", "pyright", "lint-imports", "pytest")
TOOL = """#!/bin/sh
echo "$(basename "$0") $1" >>"{calls}"
case "$(basename "$0") $1" in "{fails}"*) exit 3 ;; esac
"""


def program(place: Path, calls: Path, fails: str) -> None:
    """A program that writes down that it was called, and fails if it is the one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(TOOL.format(calls=calls, fails=fails or "nothing"), encoding="utf-8")
    place.chmod(0o755)


def run(command: list[str], where: Path, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(command, cwd=where, env={**kept, **env}, capture_output=True, text=True)


@pytest.mark.parametrize("fails", ["", *TOOLS])
def test_make_check_runs_every_tool_and_stops_at_the_first_that_fails(tmp_path: Path, fails: str) -> None:
    calls = tmp_path / "calls"
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "devstack").mkdir()
    for name in ("requirements-stack.lock", "requirements-dev.lock", "pyproject.toml", "devstack/pyproject.toml"):
        (tmp_path / name).touch()
    for name in ("python", "ruff", "pyright", "lint-imports", "pytest"):
        program(tmp_path / ".venv" / "bin" / name, calls, fails)
    for name in (".installed", ".installed-dev"):
        (tmp_path / ".venv" / name).touch()
    done = run(["make", "check"], tmp_path)
    assert (done.returncode == 0) is (fails == ""), done.stdout + done.stderr
    called = [line for line in calls.read_text(encoding="utf-8").splitlines() if not line.startswith("python")]
    wanted = TOOLS[: TOOLS.index(fails) + 1] if fails else TOOLS
    assert len(called) == len(wanted)
    assert all(line.startswith(tool) for line, tool in zip(called, wanted, strict=True))


@pytest.mark.parametrize("fails", ["", "cmd", "check-image", "make check"])
def test_ci_checks_the_compose_file_the_image_and_the_code_and_fails_with_them(tmp_path: Path, fails: str) -> None:
    calls, programs = tmp_path / "calls", tmp_path / "programs"
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    pin = re.search(r"^ *pin=(.+)$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.M)
    assert pin
    program(tmp_path / "cache" / f"compose-go-{pin[1]}" / "cmd", calls, fails)
    program(tmp_path / "deploy" / "check-image", calls, fails)
    for name in ("go", "make"):
        program(programs / name, calls, fails)
    env = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "DULY_CACHE": str(tmp_path / "cache")}
    done = run([str(tmp_path / ".ci" / "run")], tmp_path, **env)
    assert done.returncode == (3 if fails else 0), done.stdout + done.stderr
    called = [line.strip() for line in calls.read_text(encoding="utf-8").splitlines()]
    wanted = ["cmd --no-interpolation", "check-image", "make check"]
    failed = next((nth for nth, line in enumerate(wanted, 1) if fails and line.startswith(fails)), len(wanted))
    assert called == wanted[:failed]


def test_no_example_fails_for_the_time_it_took() -> None:
    """On a busy machine every example is slow at times."""
    assert settings().deadline is None

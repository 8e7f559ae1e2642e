"""`duly up`: one command to a running system, Ctrl-C to a stopped one, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from tests.places import EXAMPLES, ROOT

PROGRAM = [sys.executable, "-c", "from starters.cli import main; main()"]
AT_A_TERMINAL = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
"""A test run that a script starts in the background ignores Ctrl-C, and so would every process under it."""
PATIENCE = 240  # seconds: a busy machine takes its time


def environment(home: Path) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name not in ("TEMPORAL_ADDRESS", "DATABASE_URL")}
    return {**ours, "DULY_HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "COLUMNS": "80"}


def duly(home: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        input=typed,
        env=environment(home),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture
def up(servers: None, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", AT_A_TERMINAL + PROGRAM[-1], "up", "--no-ui"],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    yield process
    if process.poll() is None:
        process.terminate()
        process.wait(PATIENCE)


def until(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if word in line:
            return said
    assert process.stderr is not None
    raise AssertionError(f"it ended: {said}{process.stderr.read()}")


@pytest.mark.long(45)
def test_one_command_runs_everything_and_control_c_ends_it(tmp_path: Path, up: subprocess.Popen[str]) -> None:
    said = until(up, "Ctrl-C")
    assert "duly open" in said
    family = psutil.Process(up.pid).children(recursive=True)
    workers = [child for child in family if "worker" in child.cmdline()]
    assert len(workers) == 2

    practice = (tmp_path / "practice-password").read_text(encoding="utf-8")
    assert practice in said
    assert (tmp_path / "practice-password").stat().st_mode & 0o077 == 0
    signed_in = duly(tmp_path, "login", "zhou.min", "--password-stdin", typed=practice)
    assert signed_in.returncode == 0, signed_in.stderr
    assert "zhou.min" in duly(tmp_path, "whoami").stdout

    opened = duly(tmp_path, "--json", "open", str(EXAMPLES / "crisis.json"))
    assert opened.returncode == 0, opened.stderr
    number = json.loads(opened.stdout)["opened"][0]["number"]
    assert number.startswith("HF01-")
    assert number in duly(tmp_path, "show", number).stdout

    gateway = next(child for child in family if "starters.gateway" in child.cmdline())
    given = gateway.environ()
    assert given["TEMPORAL_NAMESPACE"] == "default"
    assert given["TEMPORAL_API_KEY_FILE"].endswith("/gateway/token"), "it has a token of its own"
    assert "DULY_TEMPORAL_READ_KEY_FILE" not in given
    assert all(worker.environ()["TEMPORAL_API_KEY_FILE"].endswith("/worker/token") for worker in workers)
    url = json.loads((tmp_path / "stack.json").read_text(encoding="utf-8"))["gateway_url"]
    for address in (f"{url}/sign-in", f"{url}/api/v1/openapi.json"):
        assert address in said
        with urlopen(address, timeout=PATIENCE) as answer:
            assert answer.status == 200

    looked = duly(tmp_path, "--json", "doctor")
    states = {one["name"]: one["state"] for one in json.loads(looked.stdout)}
    tried = {name for name in states if name.startswith(("gateway", "lock"))}
    assert {"gateway", "gateway-nobody", "gateway-forged", "gateway-host", "gateway-signs", "lock-unsigned"} <= tried
    assert {name: states[name] for name in tried} == dict.fromkeys(tried, "ok")

    twice = duly(tmp_path, "up")
    assert twice.returncode == 2
    assert "Traceback" not in twice.stderr
    assert str(up.pid) in twice.stderr

    workers[0].kill()
    said = until_restarted(up, workers[0].pid)
    assert said.count("已加载示例目录") == 1, "it is said once, though real complaints and drills have one each"

    family += psutil.Process(up.pid).children()
    workers[1].suspend()  # one that does not stop, whatever it is told
    up.send_signal(signal.SIGINT)
    assert up.wait(PATIENCE) == 0
    assert up.stdout is not None
    assert "已停止" in up.stdout.read()
    assert up.stderr is not None
    assert "已强行结束" in up.stderr.read()
    _, left = psutil.wait_procs(family, timeout=PATIENCE)
    assert left == []


def until_restarted(up: subprocess.Popen[str], pid: int) -> str:
    """It says that the worker ended, and there is a new one; all that it has said on standard error."""
    assert up.stderr is not None
    said = ""
    while "重新启动" not in said:
        line = up.stderr.readline()
        assert line, said
        said += line
    for _ in range(PATIENCE * 5):
        now = [child for child in psutil.Process(up.pid).children() if "worker" in child.cmdline()]
        if len(now) == 2 and pid not in {child.pid for child in now}:
            return said
        psutil.wait_procs([], timeout=0)
        signal.sigtimedwait([], 0.2)
    raise AssertionError("the worker was not started again")

"""Where the Temporal server comes from, in which order, and what is said when it does not come."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
from pathlib import Path

import pytest

from complaints.connection import running_stack
from complaints.connection.running_stack import StackInfo
from devstack import build, places, records, sources
from devstack.devserver import DevServer
from devstack.errors import ConfigurationError, NothingInstalled, StackError
from devstack.places import AlreadyRunning
from devstack.progress import Note

GO = """#!/bin/sh
echo called >> "{calls}"
echo "go: downloading example v1" >&2
for name in server sql; do printf '#!/bin/sh\\n' > "$GOBIN/$name"; chmod +x "$GOBIN/$name"; done
"""


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with nothing installed and no network; gives the folder that is its PATH."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("TEMPORAL_ADDRESS", "DATABASE_URL", "DULY_DRILL_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("DULY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sources.shutil, "which", lambda name: _in(programs, name))
    monkeypatch.setattr(sources, "_unreachable", lambda: "no route to host")
    return programs


def _in(folder: Path, name: str) -> str | None:
    return str(folder / name) if (folder / name).exists() else None


def install(folder: Path, name: str, script: str) -> Path:
    (folder / name).write_text(script, encoding="utf-8")
    (folder / name).chmod(0o755)
    return folder / name


async def find(*, ui: bool = False, said: list[str] | None = None) -> sources.Source:
    def progress(note: Note) -> None:
        if said is not None:
            said.append(note.en)

    return await sources.find(ui=ui, progress=progress)


async def test_a_server_that_runs_elsewhere_comes_first(monkeypatch: pytest.MonkeyPatch, machine: Path) -> None:
    install(machine, "temporal", "#!/bin/sh\necho temporal version 1.9.1\n")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@db.example/duly")
    assert await find() == sources.Elsewhere("temporal.example:7233", "postgresql://u@db.example/duly")


async def test_a_server_elsewhere_without_a_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        await find()


async def test_a_new_enough_cli_on_the_path_is_used(machine: Path) -> None:
    program = install(machine, "temporal", "#!/bin/sh\necho 'temporal version 1.10.0 (Server 1.33.0, UI 2.55.0)'\n")
    assert await find() == sources.Cli(program)


async def test_an_old_cli_is_passed_over_and_go_builds_the_server(machine: Path, tmp_path: Path) -> None:
    install(machine, "temporal", "#!/bin/sh\necho temporal version 1.8.9\n")
    install(machine, "go", GO.format(calls=tmp_path / "calls"))
    said: list[str] = []
    assert await find(said=said) == sources.Built(tmp_path / "cache" / build.SERVER.folder, None)
    assert any("1.8.9, older than 1.9" in line for line in said)
    assert any("cannot download the Temporal CLI (no route to host)" in line for line in said)


async def test_a_cli_that_does_not_run_is_passed_over(machine: Path, tmp_path: Path) -> None:
    install(machine, "temporal", "not a program")
    install(machine, "go", GO.format(calls=tmp_path / "calls"))
    assert isinstance(await find(), sources.Built)


async def test_what_is_built_is_built_once_even_by_two_at_once(machine: Path, tmp_path: Path) -> None:
    install(machine, "go", GO.format(calls=tmp_path / "calls"))
    await asyncio.gather(find(), find())
    await find()
    assert (tmp_path / "calls").read_text(encoding="utf-8").splitlines() == ["called"]


async def test_a_build_that_fails_says_why_and_leaves_nothing_behind(machine: Path, tmp_path: Path) -> None:
    install(machine, "go", "#!/bin/sh\necho 'go: the proxy is closed' >&2\nexit 1\n")
    with pytest.raises(StackError, match="the proxy is closed"):
        await find()
    assert build.cached(build.SERVER) is None
    assert [path for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []


async def test_with_nothing_at_all_it_says_what_to_install() -> None:
    with pytest.raises(NothingInstalled) as refused:
        await find()
    for way in ("temporal", "Go 1.26", "TEMPORAL_ADDRESS"):
        assert way in refused.value.en
        assert way in refused.value.zh


def test_the_cli_is_told_of_the_drill_namespace_and_of_skipped_time(tmp_path: Path) -> None:
    arguments = DevServer(Path("temporal"), tmp_path, 20000, None, drill_speed=True).arguments()
    pairs = list(itertools.pairwise(arguments))
    assert ("--namespace", "drill") in pairs
    assert ("--search-attribute", "DulyWaitingOn=KeywordList") in pairs
    assert ("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true") in pairs
    assert "--headless" in arguments


def test_ports_stay_the_same_unless_somebody_took_them() -> None:
    first = places.choose_ports(("a", "b"), {})
    assert places.choose_ports(("a", "b"), first) == first
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first["a"]))
        again = places.choose_ports(("a", "b"), first)
    assert again["a"] != first["a"]
    assert again["b"] == first["b"]
    assert all(port <= 32767 for port in (*first.values(), *again.values()))  # Temporal's table holds no more


def test_one_home_has_one_stack(tmp_path: Path) -> None:
    with places.owning(tmp_path), pytest.raises(AlreadyRunning, match="DULY_HOME"), places.owning(tmp_path):
        pass
    with places.owning(tmp_path):
        pass


def test_a_stack_that_died_is_not_found(tmp_path: Path) -> None:
    gone = places.Process(pid=2**22 - 1, began=0)
    running_stack.write_info(tmp_path, StackInfo("127.0.0.1:1", "postgresql://", "postgresql://", owner=gone))
    assert running_stack.read_info(tmp_path) is not None
    assert running_stack.find_running(tmp_path) is None
    (tmp_path / "stack.json").write_text("{half", encoding="utf-8")
    assert running_stack.find_running(tmp_path) is None


def test_a_stack_is_found_while_its_owner_holds_the_home(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        info = StackInfo(address, "postgresql://", "postgresql://", owner=places.began(os.getpid()))
        tmp_path.mkdir(exist_ok=True)
        running_stack.write_info(tmp_path, info)
        assert running_stack.find_running(tmp_path) is None, "its process lives, and owns the home no more"
        with places.owning(tmp_path):
            assert running_stack.find_running(tmp_path) == info
        assert running_stack.find_running(tmp_path) is None


def test_a_home_deep_down_gets_its_socket_where_the_path_is_short(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    assert len(str(places.socket_folder(deep) / ".s.PGSQL.5432.lock")) < 104
    assert places.socket_folder(deep) != places.socket_folder(deep / "other")


def test_the_records_of_drills_are_kept_apart() -> None:
    assert records.drill_url("postgresql://u:p@h:5/duly?sslmode=require") == (
        "postgresql://u:p@h:5/duly_drill?sslmode=require"
    )
    assert records.drill_url("postgresql://u@h/duly", "postgresql://elsewhere/d") == "postgresql://elsewhere/d"

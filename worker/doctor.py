"""The checks of `duly doctor`: what this machine has and lacks for Duly, and what to do. They change nothing."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from complaints.base.errors import Refusal
from complaints.connection.running_stack import default_home, find_running
from complaints.connection.settings import Settings, WrongSetting
from complaints.connection.variables import resolved
from worker.findings import Finding, FindingState

OLDEST_PYTHON = (3, 11)
RUNNING = 300 * 1024**2
"""Free bytes that what runs on a machine should find in its folder, for records and logs."""

Check = Callable[[], Iterable[Finding]]


def examine(settings: Settings | None = None, more: Iterable[Check] = ()) -> list[Finding]:
    """Return all findings, in the order in which a person would fix them; `more` are checks of optional packages.

    With `settings` also try the locks of the server and of the gateway there, and report on its workers: their state,
    and what is set aside.
    """
    found = [finding for check in (_python, _outside, _home, *more, _running, _font) for finding in check()]
    if settings is not None:
        from worker import gateway_checks, lock_checks, worker_checks

        found += lock_checks.findings(settings)
        found += gateway_checks.findings(settings)
        found += worker_checks.findings(settings)
    return found


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    if sys.version_info >= OLDEST_PYTHON:
        yield Finding("python", FindingState.OK, f"Python {version}", f"Python {version}")
    else:
        yield Finding(
            "python",
            FindingState.MISSING,
            f"Python {version}，版本过低",
            f"Python {version} is too old",
            "安装 Python 3.11 或以上版本",
            "Install Python 3.11 or newer",
        )


def _outside() -> Iterator[Finding]:
    """Check the servers that the environment names, if any."""
    try:
        said = Settings.from_env()
    except WrongSetting as wrong:
        yield Finding("settings", FindingState.MISSING, wrong.words("zh"), wrong.words("en"))
        return
    address, database = said.temporal_address, said.database_url
    if address:
        host, _, port = address.rpartition(":")
        plain = _reach("TEMPORAL_ADDRESS", address, lambda: socket.create_connection((host, int(port)), timeout=3))
        yield _secured(plain, address, said.namespace) if plain.state is FindingState.OK else plain
        if not database:
            yield Finding(
                "DATABASE_URL",
                FindingState.MISSING,
                "已设置 TEMPORAL_ADDRESS，但未设置 DATABASE_URL",
                "TEMPORAL_ADDRESS is set, DATABASE_URL is not",
                "两者都设置，或取消 TEMPORAL_ADDRESS",
                "Set both, or unset TEMPORAL_ADDRESS",
            )
    if database:
        # The URL may hold a password: it is not shown.
        yield _reach("DATABASE_URL", "PostgreSQL", lambda: _connect_postgres(database))


def _reach(name: str, shown: str, connect: Callable[[], socket.socket]) -> Finding:
    try:
        connect().close()
    except (OSError, ValueError, OverflowError) as problem:
        return Finding(
            name,
            FindingState.MISSING,
            f"{shown} 无法连接：{problem}",
            f"{shown} cannot be reached: {problem}",
            f"检查 {name} 及其所指的服务，或取消该变量，改在本机运行",
            f"Check {name} and the server it names, or unset it to run one here",
        )
    return Finding(name, FindingState.OK, f"{shown} 可以连接", f"{shown} can be reached")


def _secured(plain: Finding, address: str, namespace: str) -> Finding:
    """Where the connection is secured, check that the server accepts our certificate and key as well."""
    from complaints.connection.temporal import connect, security  # the SDK is slow to load

    try:
        if not security(address):
            return plain
        asyncio.run(connect(address, namespace))
    except WrongSetting as wrong:
        return Finding(plain.name, FindingState.MISSING, wrong.words("zh"), wrong.words("en"))
    except Refusal:
        return Finding(
            plain.name,
            FindingState.MISSING,
            f"{address} 可以连接，但在命名空间 {namespace} 中没有以 TLS 应答",
            f"{address} can be reached, but does not answer over TLS in the namespace {namespace}",
            "检查地址、TEMPORAL_NAMESPACE 与 TEMPORAL_TLS",
            "Check the address, TEMPORAL_NAMESPACE and TEMPORAL_TLS",
        )
    return Finding(
        plain.name,
        FindingState.OK,
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


def named(variable: str) -> bool:
    """Whether the environment, or a file that it names, sets this variable."""
    try:
        return variable in resolved(os.environ)
    except WrongSetting:
        return True


def _home() -> Iterator[Finding]:
    yield folder("home", default_home(), RUNNING)


def folder(name: str, place: Path, room: int) -> Finding:
    """Check that the folder `place`, which the variable DULY_<name> names, can be written to and has `room` bytes."""
    variable = f"DULY_{name.upper()}"
    existing = next(path for path in (place, *place.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        return Finding(
            name,
            FindingState.MISSING,
            f"{place} 不可写",
            f"{place} cannot be written to",
            f"用 {variable} 另选目录",
            f"Choose another folder with {variable}",
        )
    free = shutil.disk_usage(existing).free
    size, needed = f"{free / 1024**3:.1f} GB", f"{room / 1024**3:.1f} GB"
    if free < room:
        return Finding(
            name,
            FindingState.WARN,
            f"{place} 仅剩 {size}",
            f"{place} has only {size} left",
            f"腾出空间（约需 {needed}），或用 {variable} 另选目录",
            f"Make room (about {needed} are needed), or choose another with {variable}",
        )
    return Finding(name, FindingState.OK, f"{place}，可用 {size}", f"{place}, {size} free")


def _running() -> Iterator[Finding]:
    found = find_running(default_home())
    if found:
        where = f"{found.temporal_address}" + (f", {found.ui_url}" if found.ui_url else "")
        yield Finding("stack", FindingState.OK, f"正在运行：{where}", f"running: {where}")
    else:
        yield Finding("stack", FindingState.OK, "未在运行（make up 启动）", "not running (make up starts it)")


def _font() -> Iterator[Finding]:
    from complaints.printing import font_folders
    from complaints.printing.errors import NoChineseFont, NotInstalled, libraries

    try:
        with libraries():
            from complaints.printing.fonts import find

            pair = find(font_folders(os.environ)).pair
    except NotInstalled as missing:
        yield Finding(
            "font",
            FindingState.MISSING,
            f"没有安装打印所需的 Python 包（{missing.package}），表单不能打印",
            f"the packages for printing are not installed ({missing.package}): forms cannot be printed",
            "运行 pip install 'duly[print]'",
            "Run pip install 'duly[print]'",
        )
    except NoChineseFont as missing:
        where = ", ".join(map(str, missing.where))
        if where:
            yield Finding(
                "font",
                FindingState.WARN,
                f"DULY_FONTS 所指的目录（{where}）中没有中文字体，表单不能打印成 PDF",
                f"no Chinese font in the folders of DULY_FONTS ({where}): forms cannot be printed as PDF",
                "放入中文字体，或取消该变量，改用 Duly 自带的字体",
                "Put a Chinese font there, or unset it to use Duly's own",
            )
        else:
            yield Finding(
                "font",
                FindingState.MISSING,
                "Duly 自带的中文字体（manimgx-fonts-cjk）没有装好，表单不能打印成 PDF",
                "Duly's own Chinese font (manimgx-fonts-cjk) is not installed: forms cannot be printed as PDF",
                "重新安装依赖：pip install --require-hashes -r requirements.lock",
                "Install the locked packages again: pip install --require-hashes -r requirements.lock",
            )
    else:
        names = " / ".join(dict.fromkeys((pair.serif, pair.sans)))
        yield Finding("font", FindingState.OK, f"中文字体 {names}", f"Chinese font {names}")

"""Finds a Temporal server: one that runs elsewhere, the `temporal` CLI (on PATH or downloaded), or a build with Go."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from complaints.connection.settings import Settings
from devstack import build
from devstack.errors import ConfigurationError, NothingInstalled
from devstack.places import CLI_VERSION, SERVER_VERSION, cache_home
from devstack.progress import Note, Progress

CLI_MINIMUM = (1, 9)
_WANTED = ".".join(map(str, CLI_MINIMUM))

# The SDK asks this URL which archive to download. We probe it first, with a short timeout: the SDK itself would wait as
# long as the network does, which behind a firewall that drops packets is minutes.
DOWNLOAD = f"https://temporal.download/cli/v{CLI_VERSION}?arch=amd64&platform=linux&format=tar.gz"
DOWNLOAD_PATIENCE = 4.0


@dataclass(frozen=True)
class Elsewhere:
    """A Temporal server that runs outside the stack, and the database for our records."""

    temporal_address: str
    database_url: str


@dataclass(frozen=True)
class Cli:
    """A `temporal` program, whose `server start-dev` runs server and UI in one process."""

    program: Path


@dataclass(frozen=True)
class Built:
    """The official server, and its UI when wanted, built from source into the cache."""

    server: Path
    ui: Path | None


Source = Elsewhere | Cli | Built


async def find(*, ui: bool, progress: Progress) -> Source:
    """Return the first source that has a server. Raises `NothingInstalled` or `ConfigurationError`.

    `progress` is told why a source was passed over.
    """
    elsewhere = from_environment()
    if elsewhere:
        return elsewhere
    cli = await _on_path(progress) or await _downloaded(progress)
    if cli:
        return cli
    server = build.cached(build.SERVER)
    screens = build.cached(build.UI)
    if server and (screens or not ui):
        return Built(server, screens if ui else None)
    if shutil.which("go") is None:
        raise NothingInstalled(
            f"There is no Temporal server here. Do one of these: put the `temporal` CLI {_WANTED} or newer on PATH; "
            f"put Go 1.26 on PATH (the server {SERVER_VERSION} is then built once, about five minutes); or set "
            "TEMPORAL_ADDRESS and DATABASE_URL to servers that run elsewhere.",
            f"本机没有 Temporal 服务。请任选其一：安装 `temporal` CLI {_WANTED} 以上并置于 PATH；"
            f"安装 Go 1.26 并置于 PATH（首次自动编译 {SERVER_VERSION} 版服务，约五分钟）；"
            "或设置 TEMPORAL_ADDRESS 与 DATABASE_URL，使用别处运行的服务。",
        )
    server = server or await build.build(build.SERVER, progress)
    if ui and not screens:
        screens = await build.build(build.UI, progress)
    return Built(server, screens if ui else None)


def from_environment() -> Elsewhere | None:
    """Return the server that `TEMPORAL_ADDRESS` names. Raises `ConfigurationError` if `DATABASE_URL` is not set too."""
    said = Settings.from_env()
    address, database = said.temporal_address, said.database_url
    if not address:
        return None
    if not database:
        raise ConfigurationError(
            f"TEMPORAL_ADDRESS is set ({address}) but DATABASE_URL is not. Set both to use servers that run elsewhere, "
            "or unset TEMPORAL_ADDRESS to run a server here.",
            f"已设置 TEMPORAL_ADDRESS（{address}），但未设置 DATABASE_URL。使用别处的服务须两者都设置；"
            "若要在本机运行，请取消 TEMPORAL_ADDRESS。",
        )
    return Elsewhere(address, database)


def cli_version(program: Path) -> tuple[int, ...] | None:
    """Return the version that a `temporal` program reports, or None if it reports none."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"version v?(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else None


async def _on_path(progress: Progress) -> Cli | None:
    program = shutil.which("temporal")
    if program is None:
        return None
    version = await asyncio.to_thread(cli_version, Path(program))
    if version and version[:2] >= CLI_MINIMUM:
        return Cli(Path(program))
    shown = ".".join(map(str, version)) if version else "?"
    progress(
        Note(
            f"{program} 的版本为 {shown}，低于所需的 {_WANTED}，不使用",
            f"{program} is version {shown}, older than {_WANTED}: passed over",
        )
    )
    return None


async def _downloaded(progress: Progress) -> Cli | None:
    """Return the CLI that the SDK downloads into the cache, or None if it is not available."""
    folder = cache_home() / f"temporal-cli-{CLI_VERSION}"
    program = folder / "temporal"
    if program.exists():
        return Cli(program)
    if build.cached(build.SERVER):
        return None  # the server that is built already needs no network
    problem = await asyncio.to_thread(_unreachable)
    if problem is None:
        try:
            await _download(folder, program)
            return Cli(program)
        except (RuntimeError, OSError, TimeoutError) as failure:
            problem = str(failure)
    progress(
        Note(
            f"SDK 无法下载 Temporal CLI（{problem}），改用下一种方式",
            f"The SDK cannot download the Temporal CLI ({problem}): next way",
        )
    )
    return None


def _unreachable() -> str | None:
    try:
        urllib.request.urlopen(DOWNLOAD, timeout=DOWNLOAD_PATIENCE).close()
    except urllib.error.URLError as problem:
        return str(problem.reason)
    except OSError as problem:
        return str(problem)
    return None


async def _download(folder: Path, program: Path) -> None:
    # The SDK downloads only by starting a server. We stop that one and later run the program like a CLI from PATH, so
    # that it dies with us.
    from temporalio.testing import WorkflowEnvironment

    os.makedirs(folder, exist_ok=True)
    async with asyncio.timeout(900):
        environment = await WorkflowEnvironment.start_local(
            download_dest_dir=str(folder), dev_server_download_version=f"v{CLI_VERSION}"
        )
        await environment.shutdown()
    _keep(folder, program)


def _keep(folder: Path, program: Path) -> None:
    loaded = max(folder.glob("temporal-*"), key=lambda path: path.stat().st_size, default=None)
    if loaded is None:
        raise RuntimeError("the download left no program")
    loaded.replace(program)

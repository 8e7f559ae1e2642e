"""Builds the official Temporal server and its UI from source with Go, once, into the cache."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from devstack.children import command
from devstack.errors import StackError
from devstack.places import SERVER_VERSION, UI_VERSION, cache_home
from devstack.progress import Note, Progress


@dataclass(frozen=True)
class Package:
    """Programs of one Go module version, and the cache folder that keeps them."""

    folder: str
    programs: tuple[str, ...]
    sources: tuple[str, ...]
    zh: str
    en: str


SERVER = Package(
    folder=f"temporal-server-{SERVER_VERSION}",
    programs=("server", "sql"),
    sources=(
        f"go.temporal.io/server/cmd/server@v{SERVER_VERSION}",
        f"go.temporal.io/server/cmd/tools/sql@v{SERVER_VERSION}",
    ),
    zh=f"编译 Temporal 服务 {SERVER_VERSION}（仅首次，约五分钟）",
    en=f"building the Temporal server {SERVER_VERSION} (only once, about five minutes)",
)
UI = Package(
    folder=f"temporal-ui-{UI_VERSION}",
    programs=("server",),
    sources=(f"github.com/temporalio/ui-server/v2/cmd/server@v{UI_VERSION}",),
    zh=f"编译 Temporal 界面 {UI_VERSION}（仅首次）",
    en=f"building the Temporal UI {UI_VERSION} (only once)",
)


def cached(package: Package) -> Path | None:
    """Return the folder of the built programs, or None unless all of them are there."""
    folder = cache_home() / package.folder
    return folder if all(os.access(folder / name, os.X_OK) for name in package.programs) else None


async def build(package: Package, progress: Progress) -> Path:
    """Build a package, or wait for the process that is building it; return the folder with all its programs."""
    cache_home().mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    async with _alone(cache_home() / f"{package.folder}.lock", package, progress):
        ready = cached(package)
        if ready:
            return ready
        progress(Note(f"{package.zh} …", f"{package.en} …"))
        folder = cache_home() / package.folder
        with tempfile.TemporaryDirectory(dir=cache_home(), prefix=f"{package.folder}.") as fresh:
            await _install(package, Path(fresh), progress, began)
            _move(Path(fresh), folder)
    progress(Note(f"{package.zh}：完成", f"{package.en}: done", seconds=time.monotonic() - began))
    return folder


def _move(fresh: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o755)
    # The order does not matter: `cached` does not accept a folder that lacks a program.
    for program in fresh.iterdir():
        program.rename(folder / program.name)


async def _install(package: Package, target: Path, progress: Progress, began: float) -> None:
    # -s -w omit debugger data, two thirds of the size. A GOFLAGS set by the user could name another module folder or
    # mode, and `go install pkg@version` refuses some of them.
    go = shutil.which("go")
    assert go is not None
    env = {**os.environ, "GOBIN": str(target), "GOFLAGS": "-buildvcs=false"}
    process = await asyncio.create_subprocess_exec(
        *command([go, "install", "-ldflags", "-s -w", *package.sources], death=signal.SIGTERM),
        env=env,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd="/",
        start_new_session=True,
    )
    assert process.stderr is not None
    said: list[str] = []
    modules = 0
    ticker = asyncio.create_task(_tick(package, progress, began, lambda: modules))
    try:
        async for line in process.stderr:
            words = line.decode(errors="replace").rstrip()
            if words.startswith("go: downloading"):
                modules += 1
            else:
                said.append(words)
        await process.wait()
    finally:
        ticker.cancel()
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)  # go itself and the compilers it started
            await process.wait()
    if process.returncode:
        end = "\n".join(said[-12:])
        raise StackError(
            f"Go could not build the programs of {package.folder}. It needs Go 1.26 and reaches its modules through "
            f"GOPROXY. Its last words:\n{end}",
            f"Go 未能编译 {package.folder}。需要 Go 1.26，并能通过 GOPROXY 取得模块。其最后的输出：\n{end}",
        )


async def _tick(package: Package, progress: Progress, began: float, modules: Callable[[], int]) -> None:
    """Report progress every second on a terminal, and every half minute elsewhere."""
    for second in range(1, 3600):
        await asyncio.sleep(1)
        note = Note(
            f"{package.zh}：已下载 {modules()} 个模块",
            f"{package.en}: {modules()} modules downloaded",
            seconds=time.monotonic() - began,
            live=second % 30 != 0,
        )
        progress(note)


@contextlib.asynccontextmanager
async def _alone(path: Path, package: Package, progress: Progress) -> AsyncIterator[None]:
    with path.open("a", encoding="utf-8") as file:
        for attempt in itertools.count():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if attempt == 0:
                    progress(Note(f"另一进程正在{package.zh}，等待 …", f"another process is {package.en}, waiting …"))
                await asyncio.sleep(0.5)
        yield

"""Processes that belong to us: they write a log, say when they fail, and never outlive us."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

import psutil

from complaints.connection.running_stack import Process
from devstack import places
from devstack.errors import ChildFailed

Ready = TypeVar("Ready")

# Runs in the child before the program: asks the Linux kernel for a signal at our death (kept across exec, so the
# program itself needs to know nothing), drops root where the program refuses it, and becomes the program. A new
# interpreter instead of preexec_fn because forking with running threads is not safe. The check of the parent closes the
# gap in which we may have died before the request.
_BECOME = """
import ctypes, os, sys
parent, death, uid, gid = map(int, sys.argv[1:5])
system = ctypes.CDLL(None)
if uid:
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
if sys.platform == "linux":
    system.prctl(1, death)  # after setuid, which would undo it
    if os.getppid() != parent:
        os._exit(1)
os.execv(sys.argv[5], sys.argv[5:])
"""


def command(
    argv: Sequence[str | Path], *, user: tuple[int, int] | None = None, death: signal.Signals = signal.SIGKILL
) -> list[str]:
    """The command line that runs `argv` as a child that dies with us."""
    uid, gid = user or (0, 0)
    head = [sys.executable, "-ISc", _BECOME, str(os.getpid()), str(int(death)), str(uid), str(gid)]
    return head + [str(part) for part in argv]


class Child:
    """One long-running process of the stack."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process
        self.identity = places.began(process.pid)

    @classmethod
    async def spawn(
        cls,
        name: str,
        argv: Sequence[str | Path],
        log: Path,
        *,
        user: tuple[int, int] | None = None,
        death: signal.Signals = signal.SIGKILL,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
    ) -> Child:
        """Start it. Must be called from the thread that lives as long as the stack: Linux ties children to threads."""
        with _fresh(log) as output:
            process = await asyncio.create_subprocess_exec(
                *command(argv, user=user, death=death),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                env=env,
                # Ctrl-C reaches every process of the terminal's group; ours are stopped by us, in order.
                start_new_session=True,
            )
        return cls(name, process, log)

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    async def until(self, ready: Callable[[], Awaitable[Ready | None]], *, seconds: float) -> Ready:
        """Wait until `ready` gives something; fail at once when the process ends, with the end of its log."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self.running:
            answer = await ready()
            if answer is not None:
                return answer
            if asyncio.get_running_loop().time() > deadline:
                raise self.failure("did not get ready", "未能就绪")
            await asyncio.sleep(0.02)
        raise self.failure("stopped by itself", "自行退出")

    def failure(self, en: str, zh: str) -> ChildFailed:
        lines = self.log_tail()
        return ChildFailed(
            f"{self.name} {en}. The end of {self.log}:\n{lines}", f"{self.name} {zh}。日志 {self.log} 的末尾：\n{lines}"
        )

    def log_tail(self, lines: int = 12) -> str:
        with contextlib.suppress(OSError):
            written = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
            return "\n".join(_readable(line) for line in written[-lines:])
        return ""

    async def stop(self, sign: signal.Signals, *, seconds: float) -> None:
        """Ask it to stop; after that many seconds make it."""
        if self.running:
            self._process.send_signal(sign)
            try:
                await asyncio.wait_for(self._process.wait(), seconds)
            except TimeoutError:
                await self.kill()

    async def kill(self) -> None:
        """SIGKILL to exactly this process, then wait until those it had started are gone too."""
        try:
            offspring = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            offspring = []
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await gone(offspring, seconds=5)


def _readable(line: str) -> str:
    """A line of a log for people: of Temporal's JSON only what happened, without the stack."""
    with contextlib.suppress(ValueError, AttributeError):
        entry = json.loads(line)
        line = " ".join(str(entry[key]) for key in ("level", "msg", "error") if key in entry)
    return line[:400]


def _fresh(log: Path) -> BinaryIO:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".log.1"))  # after a crash, the last words are in here
    return open(log, "wb")


async def gone(processes: Sequence[psutil.Process], *, seconds: float) -> None:
    """Wait until all of them have ended; kill those that take longer."""
    _, stubborn = await asyncio.to_thread(psutil.wait_procs, processes, timeout=seconds)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    await asyncio.to_thread(psutil.wait_procs, stubborn, timeout=5)


async def sweep(leftovers: dict[str, Process]) -> None:
    """End what a stack that was killed may have left: on Linux it is ending by itself, elsewhere nobody tells it."""
    found = [process for identity in leftovers.values() if (process := places.find(identity))]
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            # SIGINT is PostgreSQL's quick orderly stop; the others stop on it too.
            process.send_signal(signal.SIGINT)
    await gone(found, seconds=5)

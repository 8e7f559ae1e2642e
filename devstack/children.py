"""Child processes of the stack: each writes a log, reports its failure, and never outlives this process."""

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

# Runs in the child before the program. It asks the Linux kernel to signal the child when we die (the request survives
# exec, so the program needs no code for it), drops root where the program refuses to run as root, and execs the
# program. A new interpreter instead of preexec_fn, because forking with running threads is not safe. The check of the
# parent covers our death before the request.
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
    """Return the command line that runs `argv` as `user` (uid, gid) and, on Linux, signals it `death` when we die."""
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
        """Start the process. Call this from a thread that outlives the stack: Linux sends `death` when it ends."""
        with _fresh(log) as output:
            process = await asyncio.create_subprocess_exec(
                *command(argv, user=user, death=death),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                env=env,
                # Ctrl-C signals every process of the terminal's group; we stop our children ourselves, in order.
                start_new_session=True,
            )
        return cls(name, process, log)

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    async def until(self, ready: Callable[[], Awaitable[Ready | None]], *, seconds: float) -> Ready:
        """Poll `ready` until it returns a value. Raises `ChildFailed`, with the end of the log, on exit or timeout."""
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
        """Send `sign`; kill the process if it still runs after `seconds`."""
        if self.running:
            self._process.send_signal(sign)
            try:
                await asyncio.wait_for(self._process.wait(), seconds)
            except TimeoutError:
                await self.kill()

    async def kill(self) -> None:
        """SIGKILL exactly this process, then wait until its descendants are gone too."""
        try:
            offspring = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            offspring = []
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await gone(offspring, seconds=5)


def _readable(line: str) -> str:
    """Format a log line for people: of Temporal's JSON keep level, message and error, without the stack trace."""
    with contextlib.suppress(ValueError, AttributeError):
        entry = json.loads(line)
        line = " ".join(str(entry[key]) for key in ("level", "msg", "error") if key in entry)
    return line[:400]


def _fresh(log: Path) -> BinaryIO:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".log.1"))  # keeps the last lines of a run that crashed
    return open(log, "wb")


async def gone(processes: Sequence[psutil.Process], *, seconds: float) -> None:
    """Wait until all of them have ended; kill those that still run after `seconds`."""
    _, stubborn = await asyncio.to_thread(psutil.wait_procs, processes, timeout=seconds)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    await asyncio.to_thread(psutil.wait_procs, stubborn, timeout=5)


async def sweep(leftovers: dict[str, Process]) -> None:
    """End processes left by a killed stack. On Linux they are ending already; elsewhere nothing has signalled them."""
    found = [process for identity in leftovers.values() if (process := places.find(identity))]
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            # SIGINT is PostgreSQL's fast shutdown; the other programs stop on it too.
            process.send_signal(signal.SIGINT)
    await gone(found, seconds=5)

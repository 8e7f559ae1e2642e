"""The stack's cache folder, socket folder, ports, the lock on its home, and the identification of its processes."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import random
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import platformdirs
import psutil

from complaints.connection.running_stack import LOCK, Process
from devstack.errors import AlreadyRunning, StackError

SERVER_VERSION = "1.32.0"
UI_VERSION = "2.54.1"
CLI_VERSION = "1.9.0"

# The path of a Unix socket is limited to about a hundred bytes, less on macOS; the socket's own name takes some of it.
LONGEST_SOCKET_FOLDER = 85

# Temporal stores the port in a column with the maximum 32767; above that, Linux assigns ports to outgoing connections.
PORT_RANGE = range(18000, 32000)


def cache_home() -> Path:
    """The folder for what can be downloaded or built again: `DULY_CACHE` or the platform's cache folder."""
    chosen = os.environ.get("DULY_CACHE")
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_cache_path("duly", appauthor=False)


def began(pid: int) -> Process:
    """Identify the process that has this id now. Raises `psutil.NoSuchProcess`."""
    return Process(pid, psutil.Process(pid).create_time())


def find(process: Process) -> psutil.Process | None:
    """Return the process while it runs, else None; a zombie, or a later process with its id, does not count."""
    try:
        found = psutil.Process(process.pid)
        if abs(found.create_time() - process.began) > 0.5 or found.status() == psutil.STATUS_ZOMBIE:
            return None
    except psutil.NoSuchProcess:
        return None
    return found


def socket_folder(home: Path) -> Path:
    """A folder for PostgreSQL's socket: in the home, or in the temporary folder when that path is too long."""
    inside = home / "run"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
        return inside
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"duly-{os.getuid()}-{name}"


@contextlib.contextmanager
def owning(home: Path) -> Iterator[None]:
    """Lock the home exclusively. However we die, the kernel releases the lock. Raises `AlreadyRunning`."""
    home.mkdir(parents=True, exist_ok=True)
    with open(home / LOCK, "a+", encoding="utf-8") as file:
        if not _locked(file):
            file.seek(0)
            pid = file.read().strip() or "?"
            raise AlreadyRunning(
                f"A stack already runs on {home} (process {pid}). Use that one, stop it (Ctrl-C in its window, "
                f"or `kill {pid}`), or choose another folder with DULY_HOME.",
                f"{home} 上已有一套环境在运行（进程 {pid}）。可以直接使用它；或先停止它（在其窗口按 Ctrl-C，"
                f"或执行 `kill {pid}`）；或用 DULY_HOME 另选一个目录。",
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _locked(file: IO[str]) -> bool:
    """Lock the file exclusively. A process that looks for a stack holds it for a moment, so it is tried a few times."""
    for _ in range(10):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False


def choose_ports(names: tuple[str, ...], remembered: dict[str, int]) -> dict[str, int]:
    """Choose a free port for each name: the remembered one if it is free, so that addresses stay the same."""
    chosen: dict[str, int] = {}
    with contextlib.ExitStack() as held:
        # Hold all of them until the last is chosen, else one could be chosen twice.
        for name in names:
            wanted = [remembered[name]] if name in remembered else []
            tried = (_listen(port) for port in (*wanted, *random.sample(PORT_RANGE, 200)))
            listener = next((found for found in tried if found), None)
            if listener is None:
                raise StackError(
                    f"No port between {PORT_RANGE.start} and {PORT_RANGE.stop} is free on 127.0.0.1.",
                    f"127.0.0.1 上 {PORT_RANGE.start} 至 {PORT_RANGE.stop} 之间没有空闲端口。",
                )
            chosen[name] = held.enter_context(listener).getsockname()[1]
    return chosen


def _listen(port: int) -> socket.socket | None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Without this, connections of the last run in TIME_WAIT would make the port look taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        return None
    return listener

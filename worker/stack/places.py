"""Where the stack keeps its things: home, cache, ports, locks and the file others find it by."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import platformdirs
import psutil

from worker.stack.errors import AlreadyRunning, StackError

SERVER_VERSION = "1.32.0"
UI_VERSION = "2.54.1"
CLI_VERSION = "1.9.0"

# A Unix socket's path has room for about a hundred bytes, less on macOS; the socket's own name takes some of it.
LONGEST_SOCKET_FOLDER = 85

# Temporal keeps the port in a column that ends at 32767; and above that Linux gives ports to outgoing connections.
PORT_RANGE = range(18000, 32000)


def default_home() -> Path:
    """The folder of the data, `DULY_HOME` or the platform's."""
    chosen = os.environ.get("DULY_HOME")
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_data_path("duly", appauthor=False)


def cache_home() -> Path:
    """The folder of what can be had again, `DULY_CACHE` or the platform's."""
    chosen = os.environ.get("DULY_CACHE")
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_cache_path("duly", appauthor=False)


def socket_folder(home: Path) -> Path:
    """A folder for PostgreSQL's socket: in the home, or in the temporary folder when that path is too long."""
    inside = home / "run"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
        return inside
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"duly-{os.getuid()}-{name}"


@dataclass(frozen=True)
class Process:
    """A process, told from a later one with the same id by the moment it began."""

    pid: int
    began: float

    @classmethod
    def of(cls, pid: int) -> Process:
        return cls(pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process itself while it lives; a zombie does not count."""
        try:
            found = psutil.Process(self.pid)
            if abs(found.create_time() - self.began) > 0.5 or found.status() == psutil.STATUS_ZOMBIE:
                return None
        except psutil.NoSuchProcess:
            return None
        return found


@dataclass
class StackInfo:
    """What `stack.json` tells other processes about the stack of a home."""

    temporal_address: str
    database_url: str
    drill_database_url: str
    ui_url: str | None = None
    owner: Process | None = None
    children: dict[str, Process] = field(default_factory=dict[str, Process])
    ports: dict[str, int] = field(default_factory=dict[str, int])


def info_file(home: Path) -> Path:
    return home / "stack.json"


def write_info(home: Path, info: StackInfo) -> None:
    """Replace `stack.json` in one step, so that a reader never sees half of it; it names sockets, so it is private."""
    fresh = info_file(home).with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(info), file, indent=1)
    fresh.replace(info_file(home))


def read_info(home: Path) -> StackInfo | None:
    """What the last stack of this home wrote, running or not."""
    try:
        raw = json.loads(info_file(home).read_text(encoding="utf-8"))
        owner = raw.pop("owner")
        children = {name: Process(**process) for name, process in raw.pop("children").items()}
        return StackInfo(**raw, owner=Process(**owner) if owner else None, children=children)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def find_running(home: Path | None = None) -> StackInfo | None:
    """The stack that runs on this home now: its owner lives and its server answers on its port."""
    info = read_info(home or default_home())
    if info is None or info.owner is None or info.owner.find() is None:
        return None
    host, _, port = info.temporal_address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except (OSError, ValueError):
        return None
    return info


@contextlib.contextmanager
def owning(home: Path) -> Iterator[None]:
    """Hold the home alone. The kernel lets go of the lock when we die, however that happens."""
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "lock", "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            pid = file.read().strip() or "?"
            raise AlreadyRunning(
                f"A stack already runs on {home} (process {pid}). Use that one, stop it (Ctrl-C in its window, "
                f"or `kill {pid}`), or choose another folder with DULY_HOME.",
                f"{home} 上已有一套环境在运行（进程 {pid}）。可以直接使用它；或先停止它（在其窗口按 Ctrl-C，"
                f"或执行 `kill {pid}`）；或用 DULY_HOME 另选一个目录。",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def choose_ports(names: tuple[str, ...], remembered: dict[str, int]) -> dict[str, int]:
    """A free port for each name: the remembered one when nobody took it, so that addresses stay the same."""
    chosen: dict[str, int] = {}
    with contextlib.ExitStack() as held:
        # All are held until the last is chosen, else the system could give one twice.
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
        # Without this, connections of the last run that are still winding down would look like a taken port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        return None
    return listener

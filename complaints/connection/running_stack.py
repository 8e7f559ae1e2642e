"""Finds the development stack that runs on this machine by its file, for programs that are given no address."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass, field
from pathlib import Path

import platformdirs


def default_home() -> Path:
    """The folder of the data: `DULY_HOME`, or the platform's default."""
    chosen = os.environ.get("DULY_HOME")
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_data_path("duly", appauthor=False)


LOCK = "lock"
"""The file in its home that a running stack holds locked."""


@dataclass(frozen=True)
class Process:
    """A process, distinguished from a later one with the same id by its start time (seconds since 1970)."""

    pid: int
    began: float


@dataclass
class StackInfo:
    """The content of `stack.json`, which describes the stack of a home to other processes."""

    temporal_address: str
    database_url: str
    drill_database_url: str
    ui_url: str | None = None
    owner: Process | None = None
    children: dict[str, Process] = field(default_factory=dict[str, Process])
    ports: dict[str, int] = field(default_factory=dict[str, int])
    gateway_url: str | None = None
    tokens: str | None = None
    """Folder of the tokens that its Temporal server asks for; None if that asks for none."""


_tokens: dict[str, Path | None] = {}
"""For each server of a stack that this process has started or found: the folder of its tokens."""


def tokens_at(address: str) -> Path | None:
    """The folder of the tokens for the server at `address`; None if it is not of a stack that asks for tokens.

    Known are the stacks that this process has started or found, and the one of the home in use.
    """
    if address not in _tokens:
        info = read_info(default_home())
        if info is None or info.temporal_address != address:
            return None
        _remember(info)
    return _tokens[address]


def remember_tokens(address: str, folder: Path | None) -> None:
    """Let this process find the tokens for the server at `address`; None if it asks for none."""
    _tokens[address] = folder


def _remember(info: StackInfo) -> None:
    remember_tokens(info.temporal_address, Path(info.tokens) if info.tokens else None)


def info_file(home: Path) -> Path:
    return home / "stack.json"


def write_info(home: Path, info: StackInfo) -> None:
    """Replace `stack.json` atomically, so that a reader never sees half of it; it names sockets, so it is private."""
    _remember(info)
    fresh = info_file(home).with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(info), file, indent=1)
    fresh.replace(info_file(home))


def read_info(home: Path) -> StackInfo | None:
    """Read what the last stack of this home wrote, running or not; None if it cannot be read."""
    try:
        raw = json.loads(info_file(home).read_text(encoding="utf-8"))
        owner = raw.pop("owner")
        children = {name: Process(**process) for name, process in raw.pop("children").items()}
        return StackInfo(**raw, owner=Process(**owner) if owner else None, children=children)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def find_running(home: Path | None = None) -> StackInfo | None:
    """The stack that runs on this home now: its owner holds the lock and its server answers on its port."""
    home = home or default_home()
    info = read_info(home)
    if info is None or info.owner is None or not _owned(home, info.owner):
        return None
    host, _, port = info.temporal_address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except (OSError, ValueError):
        return None
    _remember(info)
    return info


def _owned(home: Path, owner: Process) -> bool:
    """Whether this process holds the lock of the home. The kernel releases it however the process ends."""
    try:
        import fcntl  # not on Windows, where no stack of ours runs
    except ImportError:
        return False
    try:
        with (home / LOCK).open(encoding="utf-8") as file:
            if file.read().strip() != str(owner.pid):  # another one starts, and has not written where it is
                return False
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # held for a moment: a stack that starts tries again
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False

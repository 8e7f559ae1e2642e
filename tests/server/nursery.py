"""Workers are forked from a process that has imported everything: hundreds of them are killed, and importing takes 2 s.

Run as a program, with the number of a socket, it forks a worker for each message that comes there: its environment,
as JSON, with the worker's stdin, stdout and stderr. The answer is the worker's process id.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

LARGEST = 1 << 17  # bytes of an environment


class Forked:
    """A worker, which ends when this object's `close` is called, and at the latest with this process."""

    def __init__(self, pid: int, stdin: int, stdout: asyncio.StreamReader) -> None:
        self.pid = pid
        self.stdout = stdout
        self._stdin = stdin

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        os.close(self._stdin)
        await self.stdout.read()  # ends with the process


_nursery: socket.socket | None = None


async def fork(env: Mapping[str, str]) -> Forked:
    """A worker at work with these environment variables."""
    stdin, held = os.pipe()
    reads, stdout = os.pipe()
    pid = await asyncio.to_thread(_ask, dict(env), [stdin, stdout, 2])
    os.close(stdin)
    os.close(stdout)
    said = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(said), os.fdopen(reads, "rb"))
    return Forked(pid, held, said)


def _ask(env: dict[str, str], files: list[int]) -> int:
    global _nursery
    if _nursery is None:
        _nursery, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "tests.server.nursery", str(theirs.fileno())]
            subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    socket.send_fds(_nursery, [json.dumps(env).encode()], files)
    return int(_nursery.recv(32))


def main(asked: socket.socket) -> None:
    importlib.import_module("worker.main")  # everything a worker needs; nothing in it starts a thread

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a worker ended
    while True:
        message, files, _, _ = socket.recv_fds(asked, LARGEST, 3)
        if not message:
            return
        pid = os.fork()
        if not pid:
            asked.close()
            _work(json.loads(message), files)
        for file in files:
            os.close(file)
        asked.send(str(pid).encode())


def _work(env: dict[str, Any], files: list[int]) -> None:
    from complaints.connection.settings import Settings
    from worker.__main__ import log_to_stderr, work

    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(env)
        log_to_stderr(30)
        asyncio.run(work(Settings.from_env(), with_parent=True))
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))

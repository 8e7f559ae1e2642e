"""`python -m worker`: run one worker until it is told to stop (Ctrl-C, SIGTERM, or the end of its parent)."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import time

import uvloop

from complaints.connection.leaving import leave
from complaints.connection.settings import Settings, Unsettled
from worker.main import run_worker


def log_to_stderr(level: int = logging.INFO) -> None:
    """Log to stderr: one line per event, with its time in UTC. Messages name cases by key, and never a person."""
    formatter = logging.Formatter("%(asctime)sZ %(levelname)-7s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)


async def work(settings: Settings, *, with_parent: bool = False) -> None:
    """Run a worker until a signal; with `with_parent` also until stdin closes, because the parent process ended."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    running = asyncio.create_task(run_worker(settings, stop, lambda: print("ready", flush=True)))
    if with_parent:
        held = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(held), sys.stdin)
        await asyncio.wait({running, asyncio.create_task(held.read())}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
    await running


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__)
    parser.add_argument("--with-parent", action="store_true", help="end when stdin closes")
    asked = parser.parse_args()
    log_to_stderr()
    lang = "zh"
    try:
        settings = Settings.from_env().located()
        lang = settings.lang
        uvloop.run(work(settings, with_parent=asked.with_parent))
    except Unsettled as unsettled:
        leave(unsettled.words(lang))
    leave()


if __name__ == "__main__":
    main()

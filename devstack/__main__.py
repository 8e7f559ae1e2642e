"""`python -m devstack`: run a stack for a parent program, which reads one line of JSON and later closes our stdin."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from complaints.connection.leaving import leave
from devstack import sources
from devstack.errors import StackError
from devstack.progress import to_stderr
from devstack.stack import running


async def hold(home: Path | None, *, drill_speed: bool, ui: bool, locked: bool) -> None:
    """Run a stack until stdin closes. The parent process holds the other end, so stdin also closes when it dies."""
    async with running(home, drill_speed=drill_speed, ui=ui, locked=locked) as stack:
        print(json.dumps(asdict(stack.info)), flush=True)
        # A thread, because the event loop can watch a pipe but not every other kind of file that stdin may be.
        loop = asyncio.get_running_loop()
        closed = asyncio.Event()

        def watch() -> None:
            sys.stdin.buffer.read()
            loop.call_soon_threadsafe(closed.set)

        threading.Thread(target=watch, daemon=True).start()
        await closed.wait()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m devstack", description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--drill-speed", action="store_true")
    parser.add_argument("--no-ui", action="store_true")
    parser.add_argument("--unlocked", action="store_true", help="let everybody on this machine do everything")
    parser.add_argument("--get-only", action="store_true", help="download or build what is missing, start nothing")
    asked = parser.parse_args()
    try:
        if asked.get_only:
            asyncio.run(sources.find(ui=not asked.no_ui, progress=to_stderr))
        else:
            holding = hold(asked.home, drill_speed=asked.drill_speed, ui=not asked.no_ui, locked=not asked.unlocked)
            asyncio.run(holding)
    except StackError as problem:
        leave(f"{problem.zh}\n{problem.en}")
    except KeyboardInterrupt:
        leave(130)
    except SystemExit as ended:
        leave(ended.code)
    leave()


if __name__ == "__main__":
    main()

"""What the SDK logs does not stand between the lines that a program reads."""

from __future__ import annotations

import subprocess
import sys

from complaints.connection.running_stack import StackInfo
from tests.places import ROOT

TOO_LARGE_FOR_COMFORT = """
import asyncio, sys
from complaints.connection.temporal import connect

async def main() -> None:
    client = await connect(sys.argv[1])
    handle = await client.start_workflow("nobody", "x" * 600_000, id="large-argument", task_queue="nobody")
    await handle.terminate()
    print("{}")

asyncio.run(main())
"""


def test_a_warning_of_the_sdk_goes_to_standard_error(stack: StackInfo) -> None:
    """Here of a payload that is larger than the server would like."""
    done = subprocess.run(
        [sys.executable, "-c", TOO_LARGE_FOR_COMFORT, stack.temporal_address],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "{}\n"), done.stderr
    assert "payload" in done.stderr

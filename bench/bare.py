"""The baseline of the benchmark: workflows that only take updates and wait for timers.

No activities, no search attributes, no details, no models: plain dictionaries through the SDK's default converter. This
is about the least that a workflow with as many updates and timers can cost on this server.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.client import Client
from temporalio.service import GrpcCompression
from temporalio.worker import Worker

from complaints.connection.temporal import security

with workflow.unsafe.imports_passed_through():
    import uvloop

TASK_QUEUE = "bare"
BEGIN = "begin"  # update, like Duly's intake: answered once the workflow has started
ACT = "act"  # update: takes a dictionary, returns a dictionary


@workflow.defn(name="Bare")
class Bare:
    """Takes `acts` updates; each of them cancels the running timer and starts another."""

    def __init__(self) -> None:
        self._done = 0

    @workflow.run
    async def run(self, acts: int) -> int:
        while self._done < acts:
            seen = self._done
            with suppress(TimeoutError):
                await workflow.wait_condition(lambda seen=seen: self._done != seen, timeout=timedelta(hours=1))
        return self._done

    @workflow.update(name=BEGIN)
    def begin(self) -> dict[str, Any]:
        return {"done": self._done}

    @workflow.update(name=ACT)
    def act(self, request: dict[str, Any]) -> dict[str, Any]:
        self._done += 1
        return {"seq": self._done, "by": request["by"]}


@workflow.defn(name="Sleeper")
class Sleeper:
    """Sleeps until a given time and returns the time at which it woke."""

    @workflow.run
    async def run(self, due: str) -> str:
        await workflow.sleep(datetime.fromisoformat(due) - workflow.now())
        return workflow.now().isoformat()


async def plain_client(address: str) -> Client:
    """Connect a client that is configured as ours, except for the converter."""
    return await Client.connect(address, grpc_compression=GrpcCompression.NONE, **security(address))


async def work(address: str) -> None:
    """Run a worker for both workflows, until the parent process closes our stdin."""
    held = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(held), sys.stdin)
    client = await plain_client(address)
    async with Worker(client, task_queue=TASK_QUEUE, workflows=[Bare, Sleeper], max_cached_workflows=2_000):
        print("ready", flush=True)
        await held.read()


if __name__ == "__main__":
    uvloop.run(work(sys.argv[1]))

"""What the crash tests need: workers that can be killed at any moment, people who try again, and a mailbox.

A worker is a process of its own, forked from one that has imported everything (`nursery.py`), so that killing costs as
little time as in production, where others take over.
"""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from email import message_from_bytes
from itertools import cycle
from pprint import pformat
from typing import Any

from aiosmtpd.smtp import SMTP

from complaints.case.file import CaseFile, JournalLine
from tests.server.nursery import Forked, fork

PATIENCE = 180
"""Seconds for what takes a moment when the machine is not busy."""


class Workers:
    """One worker at work. `kill` is SIGKILL, in the middle of whatever it does."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = {**os.environ, **env}
        self._at_work: Forked | None = None
        self.killed = 0

    async def start(self) -> None:
        """Put a worker to work."""
        self._at_work = await fork(self._env)
        assert await self._at_work.stdout.readline() == b"ready\n", "the worker did not start"

    async def kill(self) -> None:
        """The worker is gone, without a chance to say or write anything."""
        assert self._at_work is not None
        await self._at_work.kill()
        self._at_work = None
        self.killed += 1

    async def stop(self) -> None:
        if self._at_work is not None:
            await self.kill()


class Mailbox:
    """A real SMTP server that keeps what it gets."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []  # recipient, message id
        self.arrived = asyncio.Condition()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Mailbox:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, loop=loop, enable_SMTPUTF8=True), "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content)
        async with self.arrived:
            self.messages.append((envelope.rcpt_tos[0], str(message["Message-ID"])))
            self.arrived.notify_all()
        return "250 OK"

    async def has(self, expected: int) -> list[str]:
        """The ids of all messages, once as many different ones have come."""
        came: set[str] = set()

        def all_came() -> bool:
            came.update(id for _, id in self.messages)
            return len(came) >= expected

        try:
            async with asyncio.timeout(PATIENCE), self.arrived:
                await self.arrived.wait_for(all_came)
        except TimeoutError:
            raise AssertionError(f"{len(came)} of {expected} mails within {PATIENCE} seconds") from None
        return [id for _, id in self.messages]


class Mishaps:
    """Kills the worker at every step: once while an act is under way, once while time passes, at ever other moments."""

    def __init__(self, workers: Workers, first: int = 0) -> None:
        moments = [0.0, 0.004, 0.010, 0.018, 0.030, 0.060]  # seconds into the step
        self._workers = workers
        self._moments = cycle(moments[first:] + moments[:first])

    async def during(self, step: asyncio.Task[Any]) -> None:
        await asyncio.sleep(next(self._moments))
        await self._workers.kill()
        await self._workers.start()


def essence(file: CaseFile) -> dict[str, Any]:
    """What must be the same in an undisturbed and in a disturbed run: everything but the exact times."""
    return {
        "outcome": file.outcome,
        "level": file.level,
        "track": file.track,
        "revision": file.revision,
        "plans": [(plan.revision, plan.text, plan.missing) for plan in file.plans],
        "duties": {
            duty.id: (
                duty.status,
                duty.owner,
                duty.closed_by,
                duty.late,
                duty.reminded,
                [s.to for s in duty.escalations],
            )
            for duty in file.duties.values()
        },
        "acts": [(act.seq, act.kind, act.by, act.duty) for act in file.acts],
        "notices": sorted(notice.id for notice in file.notices),
    }


def assert_alike(one: CaseFile, other: CaseFile) -> None:
    """Two runs of one story came to the same."""
    if found := differences(essence(one), essence(other)):
        raise AssertionError(pformat(found, width=120))


def differences(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What is not the same in two essences: short enough to be read when a test fails."""
    found: dict[str, Any] = {name: (one[name], other[name]) for name in one if one[name] != other[name]}
    if "duties" in found:
        a, b = found["duties"]
        found["duties"] = {id: (a.get(id), b.get(id)) for id in {*a, *b} if a.get(id) != b.get(id)}
    if "notices" in found:
        found["notices"] = set(found["notices"][0]) ^ set(found["notices"][1])
    return found


def journal_essence(lines: list[JournalLine]) -> dict[str | None, list[tuple[str, str | None]]]:
    """The journal's lines duty by duty: what runs side by side may be written in another order."""
    by_duty: dict[str | None, list[tuple[str, str | None]]] = {}
    for line in lines:
        by_duty.setdefault(line.duty, []).append((line.kind, line.by))
    return by_duty


A_MOMENT = timedelta(seconds=2)
"""How long the server of these tests waits for a worker that is gone before it asks another."""

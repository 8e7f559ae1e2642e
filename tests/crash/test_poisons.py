"""A worker that is fed poison of every kind goes on with everything else, and says what it set aside."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.worker import Worker

from complaints.connection.running_stack import StackInfo
from complaints.connection.settings import Settings
from complaints.store.records import PostgresRecords
from complaints.store.workers import Workers
from starters.client import Duly
from tests.notify.test_mail import Postman, free_port, gateway
from tests.server.office import set_apart
from tests.store.postgres import rows
from worker import main, projector, status
from worker.destruction import RecordsDestruction
from worker.health import ask
from worker.main import run_worker
from worker.worker_checks import findings
from workflows import interface

GOOD, REFUSED, UNREADABLE = (f"{os.getpid()}-{name}" for name in ("good", "refused", "unreadable"))
CUSTOMER = "钱女士"
AT_ONCE = "UPDATE deliveries SET next_try = now() WHERE state = 'pending' AND attempts = 0"
"""Outside the office's hours a notice waits for the morning."""
OURS = ["duly@gone:1", f"%:{os.getpid()}"]
"""Workers of this module in `worker_status`: other tests have theirs there."""
KEYS = {id: interface.complaint_key("poison", id) for id in (GOOD, REFUSED, UNREADABLE)}


_number = itertools.count(1)


@pytest_asyncio.fixture
async def apart(stack: StackInfo) -> Settings:
    """A namespace and a database of their own, for one test.

    In the namespace of drills, a played story has made a signing key: unsigned openings are refused there.
    """
    return await set_apart(stack, f"poisons-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}-{next(_number)}")


def complaint(id: str) -> dict[str, Any]:
    return {
        "source": "poison",
        "external_id": id,
        "project": "hf01",
        "received_at": "2026-01-12T09:04:00+08:00",
        "received_by": "zhou.min",
        "channel": "phone",
        "category": "engineering",
        "customer": CUSTOMER,
        "contact": "138 0000 0017",
        "matter": "地下室渗水",
    }


@pytest.mark.long(20)
async def test_a_worker_fed_with_every_poison_goes_on(
    apart: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(status, "EVERY", 0.5)
    monkeypatch.setattr(projector, "RETRY_EVERY", 2.0)
    monkeypatch.setattr(main, "LOOK_AT_DIRECTORY", 1.0)
    url = apart.need_database()
    records = PostgresRecords(url, size=1)
    await rows(url, "UPDATE people SET email = '(wang)@x.cn' WHERE id = 'li.na'")

    # A batch that PostgreSQL refuses for good, and an answer that cannot be decoded.
    written = projector.Projector._write_from

    async def refused(self: Any, key: str, cursor: int) -> int:
        if key == KEYS[REFUSED]:  # beyond what the records have
            new = await self._since(key, 0)
            await self._records.write(new.but(after=1000))
        return await written(self, key, cursor)

    monkeypatch.setattr(projector.Projector, "_write_from", refused)
    since = projector.Projector._since

    async def unreadable(self: Any, key: str, cursor: int) -> Any:
        if key == KEYS[UNREADABLE]:
            projector.Additions.model_validate({"key": key, "of another release": CUSTOMER})
        return await since(self, key, cursor)

    monkeypatch.setattr(projector.Projector, "_since", unreadable)

    # A part that raises at each start, and an SDK worker that dies once.
    async def raising(_: Any) -> None:
        raise LookupError(CUSTOMER)

    monkeypatch.setattr(RecordsDestruction, "run", raising)
    run = Worker.run
    died = asyncio.Event()

    async def dying(self: Worker) -> None:
        if died.is_set():
            await run(self)
            return
        died.set()
        raise RuntimeError("Poll failure: the namespace is gone")

    monkeypatch.setattr(Worker, "run", dying)

    # A disk on which no file can be written beside the worker.
    health, mail = free_port(), free_port()
    settings = replace(
        apart,
        home=Path("/dev/full"),
        smtp_url=f"smtp://127.0.0.1:{mail}",
        health_address=f"127.0.0.1:{health}",
    )
    stop, ready = asyncio.Event(), asyncio.Event()
    postman = Postman()
    caplog.set_level(logging.INFO)
    with gateway(postman, mail):
        working = asyncio.create_task(run_worker(settings, stop, ready.set))
        try:
            async with asyncio.timeout(120):
                await ready.wait()
                duly = await Duly.connect(apart.need_address(), apart.namespace)
                for id in (REFUSED, UNREADABLE, GOOD):
                    await duly.open_complaint(complaint(id))
                workers = Workers(url)
                wanted = {f"projector:{KEYS[REFUSED]}", f"projector:{KEYS[UNREADABLE]}"}
                while True:
                    await rows(url, AT_ONCE)
                    aside = await workers.set_aside()
                    mailed = [one for one in aside if one.part == "mail"]
                    if wanted <= {one.name for one in aside} and mailed and await records.case(KEYS[GOOD]):
                        break
                    await asyncio.sleep(0.2)
                while not postman.messages:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            code, shown = await asyncio.to_thread(ask, "127.0.0.1", health, "/readyz")
            said = await asyncio.to_thread(lambda: [one.words("en") for one in findings(settings)])
        finally:
            stop.set()
            await asyncio.wait_for(working, 60)
            await records.close()
    assert code == 200
    parts = shown["parts"]
    assert parts["temporal"]["restarts"] == 1
    assert parts["destruction"]["failures"] >= 2
    for unwritten in ("spool", "reference-file", "signing-keys"):
        assert parts[unwritten]["state"] == "troubled"
    assert {name for name, part in parts.items() if part["failures"]} <= {
        "temporal",
        "destruction",
        "spool",
        "reference-file",
        "signing-keys",
    }
    assert shown["set_aside"]["projector"] >= 2
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert sum(line.startswith("temporal: RuntimeError: Poll failure") for line in lines) == 1
    assert sum("projector" in line and KEYS[REFUSED] in line and "is set aside" in line for line in lines) == 1
    assert not any(CUSTOMER in line or "@x.cn" in line for line in lines)
    assert any(line.startswith("set aside (mail)") for line in said)
    assert any(line.startswith("part destruction: still failing") for line in said)
    await workers.retry()
    await workers.close()


@pytest.mark.long(20)
async def test_a_worker_looks_at_every_case_when_another_is_gone_and_says_that_it_left_something(
    apart: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(status, "EVERY", 0.2)
    swept, sweep = asyncio.Event(), projector.Projector.sweep

    async def noted(self: Any, pace: float = 0.0) -> int:
        behind = await sweep(self, pace)
        swept.set()
        return behind

    async def unfinished(self: Any, seconds: float) -> bool:
        return False

    monkeypatch.setattr(projector, "SWEEP_AGAIN", ())
    monkeypatch.setattr(projector.Projector, "sweep", noted)
    monkeypatch.setattr(projector.Projector, "finish", unfinished)
    url = apart.need_database()
    settings = replace(apart, home=tmp_path, health_address="off")
    stop, ready = asyncio.Event(), asyncio.Event()
    working = asyncio.create_task(run_worker(settings, stop, ready.set))
    try:
        async with asyncio.timeout(60):
            await ready.wait()
            await swept.wait()
            swept.clear()
            values = f"'duly@gone:1', '{apart.namespace}', now() - interval '40 seconds', '{{}}'"
            await rows(url, f"INSERT INTO worker_status VALUES ({values})")
            await swept.wait()
    finally:
        stop.set()
        await asyncio.wait_for(working, 60)
        left = await rows(url, "DELETE FROM worker_status WHERE worker LIKE ANY ($1::text[]) RETURNING worker", OURS)
    assert len(left) == 2, "its own word stays: it may have left something unwritten"

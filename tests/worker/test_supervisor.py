"""Each part of a worker is started again by itself, its errors are logged once and counted, and none ends another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from complaints.case.file import Notice
from worker.supervisor import WELL, PartState, Supervisor, pause

SECRETS = {"id": "钱女士", "kind": "13800000017", "secret": "地下室渗水"}


class Clock:
    """Time that passes when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def supervisor(clock: Clock) -> Supervisor:
    return Supervisor(clock=clock, sleep=clock.sleep, now=lambda: datetime(2026, 1, 12, tzinfo=UTC))


def failing(times: int, error: Callable[[int], BaseException], then: Callable[[], Awaitable[None]]):
    left = iter(range(times))

    async def run() -> None:
        nth = next(left, None)
        if nth is not None:
            raise error(nth)
        await then()

    return run


async def nothing() -> None:
    return


def test_the_pauses_double_up_to_five_minutes():
    assert [pause(n) for n in range(4)] == [1, 2, 4, 8]
    assert pause(9) == pause(1_000_000) == 300


async def test_a_part_that_fails_is_started_again_after_longer_and_longer_pauses(supervisor: Supervisor, clock: Clock):
    await supervisor.keep("mail", failing(4, lambda n: RuntimeError(f"trouble {n}"), nothing), once=True)
    assert clock.pauses == [1, 2, 4, 8]
    shown = supervisor.shown()["mail"]
    assert (shown["state"], shown["restarts"], shown["failures"]) == ("ended", 4, 4)
    assert shown["last_error"].startswith("RuntimeError: trouble 3 (test_supervisor.py:")
    assert shown["last_failed_at"] == "2026-01-12T00:00:00+00:00"


async def test_the_same_error_is_logged_with_its_traceback_once_and_counted(
    supervisor: Supervisor, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.ERROR):
        await supervisor.keep("mail", failing(9, lambda _: RuntimeError("no tables"), nothing), once=True)
    lines = [record.getMessage() for record in caplog.records]
    assert [line.count("in run") for line in lines] == [1, 0, 0, 0]
    assert [line.split(", ")[1].split(";")[0] for line in lines[1:]] == [f"{n} times by now" for n in (2, 4, 8)]
    assert supervisor.parts["mail"].failures == 9


async def test_an_error_that_comes_back_after_the_part_ran_well_is_logged_anew(
    supervisor: Supervisor, clock: Clock, caplog: pytest.LogCaptureFixture
):
    runs = 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs == 6:
            clock.now += WELL
        if runs < 7:
            raise RuntimeError("no tables")

    with caplog.at_level(logging.ERROR):
        await supervisor.keep("mail", run, once=True)
    lines = [record.getMessage() for record in caplog.records]
    assert [line.count("in run") for line in lines] == [1, 0, 0, 1]  # 1, 2 and 4 times, and the one a minute later


async def test_a_part_that_ran_well_for_a_while_is_started_again_soon(supervisor: Supervisor, clock: Clock):
    runs = 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs == 4:
            clock.now += WELL
        if runs < 6:
            raise RuntimeError

    await supervisor.keep("mail", run, once=True)
    assert clock.pauses == [1, 2, 4, 1, 2]


async def test_a_part_that_was_started_again_counts_as_healed_after_a_while(supervisor: Supervisor, clock: Clock):
    forever = asyncio.Event()

    async def wait() -> None:
        await forever.wait()

    keeping = asyncio.create_task(supervisor.keep("mail", failing(1, lambda _: RuntimeError(), wait)))
    while "mail" not in supervisor.parts or supervisor.parts["mail"].restarts == 0:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert supervisor.shown()["mail"]["ok"] is False
    clock.now += WELL
    assert supervisor.shown()["mail"]["ok"] is True
    keeping.cancel()


async def test_no_part_takes_another_with_it(supervisor: Supervisor):
    worked = 0

    async def works() -> None:
        nonlocal worked
        while True:
            worked += 1
            await asyncio.sleep(0)

    async def raises() -> None:
        raise ExceptionGroup("two", [KeyError("钱女士"), RuntimeError("tables")])

    parts = [asyncio.create_task(supervisor.keep(name, run)) for name, run in (("good", works), ("bad", raises))]
    while supervisor.shown().get("bad", {}).get("restarts", 0) < 5:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert worked > 5
    assert supervisor.shown()["good"]["failures"] == 0
    for part in parts:
        part.cancel()


async def test_a_part_that_ends_or_is_cancelled_from_within_is_started_again(supervisor: Supervisor):
    async def cancels() -> None:
        raise asyncio.CancelledError

    for name, run, said in (("ends", nothing, "EndedByItself"), ("cancelled", cancels, "CancelledError")):
        keeping = asyncio.create_task(supervisor.keep(name, run))
        while name not in supervisor.parts or supervisor.parts[name].restarts < 2:  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert supervisor.parts[name].last_error.startswith(said)
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping
        assert supervisor.parts[name].state is PartState.ENDED


async def test_a_part_that_waits_for_its_next_start_ends_at_once_when_the_worker_stops(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("worker.supervisor.FIRST_PAUSE", 300.0)

    async def raises() -> None:
        raise RuntimeError

    supervisor = Supervisor()
    keeping = asyncio.create_task(supervisor.keep("mail", raises))
    while "mail" not in supervisor.parts or supervisor.parts["mail"].state is not PartState.WAITING:  # noqa: ASYNC110
        await asyncio.sleep(0)
    supervisor.stop()
    await asyncio.wait_for(keeping, 60)


async def test_a_trouble_is_logged_once_counted_and_over_when_the_part_says_so(
    supervisor: Supervisor, caplog: pytest.LogCaptureFixture
):
    full = OSError(28, "whatever")
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            supervisor.troubled("spool", full, "no mail past the records")
        assert supervisor.shown()["spool"]["state"] == "troubled"
        assert supervisor.shown()["spool"]["ok"] is False
        for _ in range(2):
            supervisor.well("spool")
    assert [record.getMessage().splitlines()[0] for record in caplog.records] == [
        "spool: OSError: No space left on device; no mail past the records",
        "spool: OSError: No space left on device, 2 times by now; no mail past the records",
        "spool: works again",
    ]
    assert supervisor.shown()["spool"] | {"last_failed_at": None} == {
        "state": "running",
        "ok": True,
        "restarts": 0,
        "failures": 3,
        "last_error": "",
        "last_failed_at": None,
    }


async def test_what_is_logged_quotes_no_values(supervisor: Supervisor, caplog: pytest.LogCaptureFixture):
    def undecodable(_: int) -> BaseException:
        try:
            Notice.model_validate(SECRETS)
        except ValueError as wrong:
            try:
                raise KeyError(SECRETS["id"]) from wrong
            except KeyError as outer:
                return outer
        raise AssertionError

    with caplog.at_level(logging.ERROR):
        await supervisor.keep("mail", failing(1, undecodable, nothing), once=True)
    assert "ValidationError: Notice: " in caplog.text
    assert "and after that" in caplog.text
    assert not any(word in caplog.text for word in SECRETS.values())

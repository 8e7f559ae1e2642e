"""Killed at every step: the worker, the server, the database. Neither case nor records nor mail may notice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError

from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Complaint
from complaints.case.file import ActReceipt, ActRequest, CaseFile
from complaints.case.journal import verify
from complaints.connection.temporal import connect
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from devstack.stack import Stack, running
from starters.client import Duly
from starters.drill.skipping import CaughtUp, Skipper
from tests.crash.crash import A_MOMENT, PATIENCE, Mailbox, Mishaps, Workers, assert_alike, journal_essence
from tests.people import CLERK, GENERAL_MANAGER, LEADER, MANAGER, PRESIDENT, SUPERVISOR
from tests.places import EXAMPLE_DIRECTORY
from tests.store.test_outages import Mortal
from tests.world import Case, World
from worker.namespaces import DRILL
from worker.temporal_worker import build_replayer
from workflows import interface

pytestmark = pytest.mark.long(20)

Mishap = Callable[[], Awaitable[None]]

TIMER_FIRED = EventType.EVENT_TYPE_TIMER_FIRED


class Stubborn(Duly):
    """A client that repeats a call until it gets an answer (an act under its id), as its docstring tells callers to."""

    mishaps: Mishaps | None = None

    async def act(self, case: str, request: ActRequest, act_id: str | None = None) -> ActReceipt:
        act_id = act_id or os.urandom(8).hex()
        attempt = asyncio.create_task(self._until_answered(case, request, act_id))
        if self.mishaps is not None:
            await self.mishaps.during(attempt)
        return await attempt

    async def case(self, case: str) -> CaseFile:
        """The case, once a worker can answer: right after a killing, none may have taken it over yet."""
        async with asyncio.timeout(PATIENCE):
            while True:
                with unanswered():
                    return await super().case(case)

    async def _until_answered(self, case: str, request: ActRequest, act_id: str) -> ActReceipt:
        while True:
            with unanswered():
                return await super().act(case, request, act_id)


@contextlib.contextmanager
def unanswered() -> Generator[None]:
    """Let a call pass that got no answer: no worker polls for a moment, if the machine is busy."""
    try:
        yield
    except Refusal as refusal:
        if refusal.code is not Refused.SERVER_UNREACHABLE:
            raise


class Bumpy(Skipper):
    """Lets time pass, with mishaps in the middle of it."""

    mishaps: Mishaps | None = None

    async def skip(self, handle: WorkflowHandle[Any, Any], length: timedelta, caught_up: CaughtUp) -> timedelta:
        passing = asyncio.create_task(super().skip(handle, length, caught_up))
        if self.mishaps is not None:
            await self.mishaps.during(passing)
        return await passing


class Place:
    """One stack with its mailbox, for one test."""

    def __init__(
        self,
        stack: Stack,
        mail: Mailbox,
        records: PostgresRecords,
        home: Path,
        client: Any,
        env: dict[str, str] | None = None,
    ) -> None:
        self.stack = stack
        self.mail = mail
        self.records = records
        self.skipper = Bumpy(client, patience=PATIENCE)
        self.duly = Stubborn(self.skipper.client, answer_within=60, task_timeout=A_MOMENT)
        self.world = World(self.duly, self.skipper, "crash")
        self.workers = Workers(
            {
                "TEMPORAL_ADDRESS": stack.temporal_address,
                "TEMPORAL_NAMESPACE": DRILL,
                "DATABASE_URL": stack.database_url,
                "DULY_DRILL_DATABASE_URL": stack.drill_database_url,
                "DULY_DRILL_SMTP_URL": mail.url,
                "DULY_HOME": str(home),
            }
            | (env or {})
        )

    def disturb(self, mishaps: Mishaps | None) -> None:
        self.duly.mishaps = self.skipper.mishaps = mishaps

    async def opens_unseen(self, complaint: Complaint, span: timedelta) -> WorkflowHandle[Any, Any]:
        """The server takes the complaint, and nobody works on it until `span` has passed."""
        handle = await self.duly.client.start_workflow(
            interface.COMPLAINT,
            interface.CaseStart(complaint=complaint),
            id=interface.complaint_key(complaint.source, complaint.external_id),
            task_queue=interface.TASK_QUEUE,
            task_timeout=A_MOMENT,
            start_delay=span,
        )
        await self.skipper.to_one_timer(handle, span)
        return handle


@pytest_asyncio.fixture(loop_scope="session")
async def place(servers: None, tmp_path: Path) -> AsyncGenerator[Place]:
    async with Mailbox() as mail, running(tmp_path / "home", drill_speed=True, ui=False, locked=False) as stack:
        await migrate(stack.drill_database_url)
        records = PostgresRecords(stack.drill_database_url)
        await records.load_directory(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), by="test")
        client = await connect(stack.temporal_address, DRILL)
        place = Place(stack, mail, records, tmp_path / "worker", client)
        await place.workers.start()
        yield place
        await place.workers.stop()
        await records.close()


async def at_work(case: Case) -> Case:
    """The case once its worker has caught up with the clock."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(RPCError, WorkflowQueryFailedError):  # it has not begun yet
                await case.look(within=timedelta(seconds=5))
                if any(duty.late for duty in case.file.duties.values()):
                    return case
            await asyncio.sleep(0.1)


async def nothing() -> None:
    """Nothing happens."""


async def story(world: World, first: Mishap = nothing, second: Mishap = nothing, third: Mishap = nothing) -> Case:
    """A crisis with everything in it: late and escalated, acknowledged, returned, a customer who is not satisfied.

    The mishaps happen while an escalation is open, while a plan is waited for, and while a countersignature is.
    """
    case = await world.opens(loss=600_000).graded(1)
    await case.passes(minutes=25)
    await first()
    await case.acknowledges("CR-5.2.1b", by=MANAGER)
    await case.until("CR-5.2.2e")
    await case.does("CR-5.2.3")
    await second()
    await case.passes(hours=25)
    await case.until("CR-5.3.2a.2")
    await case.asks_countersignature("CR-5.3.2a.2", of=MANAGER)
    await third()
    await case.does("COUNTERSIGN")
    await case.approves("CR-5.3.2a.2", by=LEADER)
    await case.until("CR-5.3.2a.5")
    await case.returns("CR-5.3.2a.5", "CR-5.3.2a.4", by=PRESIDENT)
    await case.until("CR-5.3.3")
    await case.does("CR-5.3.3", satisfied=False)
    await case.passes(minutes=40)
    await case.to_the_end()
    return case.ignores()


@pytest.mark.long(150)
async def test_a_crisis_whose_worker_is_killed_at_every_step_ends_like_an_undisturbed_one(place: Place):
    undisturbed = await story(place.world)
    notices = len(undisturbed.file.notices)
    await place.mail.has(notices)

    place.disturb(Mishaps(place.workers))
    disturbed = await story(place.world)
    place.disturb(None)
    assert place.workers.killed >= 40
    assert_alike(disturbed.file, undisturbed.file)
    ids = await place.mail.has(2 * notices)
    kept = await place.records.journal(disturbed.handle.id)
    verify(kept)
    assert journal_essence(kept) == journal_essence(await place.records.journal(undisturbed.handle.id))
    for case in (undisturbed, disturbed):
        in_records = await place.records.case(case.handle.id)
        assert in_records is not None
        assert_alike(in_records, case.file)
    # SMTP has no transactions: a worker killed between the gateway's "OK" and our note sends again, under the same id.
    assert len(set(ids)) == 2 * notices
    assert len(ids) - len(set(ids)) <= place.workers.killed


async def test_server_and_database_killed_in_the_middle_lose_nothing(place: Place):
    stack = place.stack

    async def server() -> None:
        await stack.kill_server()
        with pytest.raises(Refusal) as refused:
            await Duly(place.duly.client, patience=2).case(place.world.cases[-1].handle.id)
        assert refused.value.code is Refused.SERVER_UNREACHABLE
        await stack.start_server()

    async def database() -> None:
        await stack.kill_postgres()
        await stack.start_postgres()

    async def both() -> None:
        await stack.kill_postgres()
        await stack.kill_server()
        await stack.start_postgres()
        await stack.start_server()

    undisturbed = await story(place.world)
    case = await story(place.world, server, database, both)
    assert_alike(case.file, undisturbed.file)
    kept = await place.records.journal(case.handle.id)
    verify(kept)
    assert journal_essence(kept) == journal_essence(await place.records.journal(undisturbed.handle.id))


@pytest.mark.clause("CR-5.4.4")
async def test_after_a_week_without_workers_each_breach_has_its_true_time_and_each_person_one_notice(place: Place):
    """The server has the complaint for a week and nobody to give it to."""
    await place.workers.kill()
    complaint = place.world.opens(loss=600_000).complaint()
    handle = await place.opens_unseen(complaint, timedelta(days=7))
    await place.workers.start()
    case = await at_work(Case(place.world, handle))
    received = complaint.received_at
    for rule in ("CR-5.1.4", "CR-5.2.1a"):
        duty = case.duty(rule)
        assert duty.breached_at == received + timedelta(minutes=30)
        climb = [(step.to, step.at - received) for step in duty.escalations[:4]]
        minutes = [timedelta(minutes=n) for n in (30, 40, 50, 60)]
        assert climb == list(zip([MANAGER, LEADER, GENERAL_MANAGER, PRESIDENT], minutes, strict=True))
        assert len(duty.escalations) == 4
        assert duty.escalations[-1].steps == 1 + 6, "the top would have been told again every day"
        assert duty.climbed == 4 + 6
        told = sorted(notice.to for notice in case.file.notices if notice.duty == rule)
        assert told == sorted([SUPERVISOR, MANAGER, LEADER, GENERAL_MANAGER, PRESIDENT]), "one notice each"
    case.ignores()


async def test_a_worker_that_is_away_over_a_deadline_records_it_at_its_true_time(place: Place):
    """The same in real time: the deadline passes while nobody works, and is neither early nor forgotten."""
    due_in = timedelta(seconds=4)
    case = await place.world.opens(loss=600_000, received_at=datetime.now(UTC) - timedelta(minutes=30) + due_in)
    due = case.duty("CR-5.2.1a").deadline.due
    await place.workers.kill()
    await asyncio.sleep((due - datetime.now(UTC)).total_seconds() + 2)
    await place.workers.start()
    await at_work(case)
    duty = case.duty("CR-5.2.1a")
    assert duty.breached_at == due
    assert all(step.told_at > due for step in duty.escalations)
    assert duty.waited_for == CLERK, "who held the complaint back for half an hour (decision 14)"
    assert case.heard(MANAGER) == ["CR-5.1.1 escalation"]
    case.ignores()


@pytest.mark.clause("CR-5.2.1b")
async def test_a_case_that_was_asked_about_while_no_worker_was_there_reminds_and_is_late_in_time(place: Place):
    case = await place.world.opens(loss=600_000).graded(1)
    duty = case.duty("CR-5.2.1b")
    await case.passes(minutes=4)
    await place.workers.kill()
    await asyncio.sleep(0.5)  # until the server knows
    asking = asyncio.create_task(case.handle.query(interface.CASE, rpc_timeout=timedelta(seconds=PATIENCE)))
    await asyncio.sleep(0.5)  # so the question comes before the reminder's task
    passing = asyncio.create_task(place.skipper.fast_forward(case.handle, timedelta(minutes=2)))
    while TIMER_FIRED not in [event.event_type for event in (await case.handle.fetch_history()).events]:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    passing.cancel()
    await place.workers.start()
    with contextlib.suppress(WorkflowQueryFailedError):  # "ask again"
        await asking
    await case.passes(minutes=1)
    assert case.heard(SUPERVISOR) == ["CR-5.2.1b reminder"]
    await case.passes(minutes=5)
    assert case.duty("CR-5.2.1b").breached_at == duty.deadline.due
    history = await case.handle.fetch_history()
    await build_replayer(strict=True).replay_workflow(history)
    case.ignores()


@pytest.mark.usefixtures("servers")
async def test_with_the_records_away_duties_fall_due_mail_goes_and_the_records_catch_up_each_once(tmp_path: Path):
    """PostgreSQL of the records is killed, not the one of the server: nothing in the procedure may wait for it."""
    mortal = Mortal(tmp_path / "records")
    await migrate(mortal.url)
    records = PostgresRecords(mortal.url)
    await records.load_directory(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), by="test")
    async with Mailbox() as mail, running(tmp_path / "home", drill_speed=True, ui=False, locked=False) as stack:
        client = await connect(stack.temporal_address, DRILL)
        place = Place(stack, mail, records, tmp_path / "worker", client, {"DULY_DRILL_DATABASE_URL": mortal.url})
        await place.workers.start()
        before = await place.world.opens(loss=600_000).graded(1)
        await mail.has(len(before.file.notices))

        # What the gateway has taken is noted; being killed in between is the other test's.
        await _until_sent(mortal.url)
        told = len(before.file.notices)
        await asyncio.to_thread(mortal.kill)
        await before.passes(minutes=25)
        assert before.duty("CR-5.2.1b").late
        await mail.has(len(before.file.notices))
        meanwhile = await place.world.opens(loss=600_000)
        assert meanwhile.file.number is None, "the number follows when the records are back"
        await meanwhile.does("CR-5.1.4")
        await _until_brought(tmp_path / "worker", len(before.file.notices) - told + len(meanwhile.file.notices))
        await place.workers.kill()
        await place.workers.start()
        await before.does("CR-5.2.1b")
        await mail.has(len(before.file.notices))

        await asyncio.to_thread(mortal.back)
        for case in (before, meanwhile):
            await case.to_the_end()
            assert case.file.number is not None
            case.ignores()
            verify(await records.journal(case.handle.id))
            kept = await records.case(case.handle.id)
            assert kept is not None
            assert_alike(kept, case.file)
        ids = await mail.has(len(before.file.notices) + len(meanwhile.file.notices))
        assert len(ids) == len(set(ids)), "nobody was written to twice"
        await place.workers.stop()
    await records.close()
    mortal.kill()


async def _until_sent(url: str) -> None:
    """The outbox has noted all its mail as sent."""
    outbox = await asyncpg.connect(url)
    async with asyncio.timeout(PATIENCE):
        while await outbox.fetchval("SELECT count(*) FROM deliveries WHERE state <> 'sent'"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await outbox.close()


async def _until_brought(home: Path, expected: int) -> None:
    """The worker has noted that many notices as sent past the records."""
    with contextlib.closing(sqlite3.connect(home / "worker" / DRILL / "spool.db")) as spool:
        async with asyncio.timeout(PATIENCE):
            while spool.execute("SELECT count(*) FROM brought").fetchone()[0] < expected:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

"""Each part of a worker passes over the one thing that it cannot deal with, and goes on with everything else."""

from __future__ import annotations

import asyncio
import errno
import logging
import sqlite3
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import TypeAdapter
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from complaints.base.faults import RecordsAway, RecordsRefused
from complaints.case.additions import Additions
from complaints.case.file import Written
from complaints.clock.calendar import Calendar, completed, from_libraries
from complaints.connection.settings import OFF, Settings, WrongSetting
from complaints.store.retention import Copy, RetentionStore
from complaints.store.workers import SetAside, SetAsideReason, Workers
from tests.fakes import ExampleReferences
from tests.store.casefiles import Story, duty, notice
from tests.worker.test_projector import KEY, Case, Records, following, until
from worker import archiving, main, projector, schedules, worker_checks
from worker.archiving import Archivist
from worker.destruction import RecordsDestruction
from worker.main import keep_calendar
from worker.projector import Projector
from worker.quarantine import ARCHIVE, PROJECTOR, SCHEDULES, Quarantine, pause
from worker.spool import Spool
from worker.supervisor import PartState, Supervisor

NOW = datetime(2026, 1, 12, tzinfo=UTC)
CUSTOMER = "钱女士"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aside(clock: Clock) -> Quarantine:
    return Quarantine(clock)


# --- the list


def test_a_thing_set_aside_waits_longer_after_each_try_and_is_logged_once(
    aside: Quarantine, clock: Clock, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO):
        for tries in (1, 2, 3):
            assert not aside.waits(PROJECTOR, "a")
            aside.put(PROJECTOR, "a", RecordsRefused("a broken chain"))
            assert aside.waits(PROJECTOR, "a")
            clock.now += pause(tries)
        assert aside.due(PROJECTOR) == ["a"]
        assert aside.counts() == {"projector": 1}
        aside.done(PROJECTOR, "a")
        aside.done(PROJECTOR, "a")
    assert [record.getMessage().splitlines()[0] for record in caplog.records] == [
        "projector: a is set aside: RecordsRefused: a broken chain; next try in 30 s",
        "projector: a is no longer set aside",
    ]
    assert [pause(n) for n in (1, 2, 20)] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(hours=1)]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (RecordsRefused(""), SetAsideReason.REFUSED),
        (OSError(28, ""), SetAsideReason.DISK),
        (ValueError(), SetAsideReason.UNREADABLE),
        (RPCError("", RPCStatusCode.INVALID_ARGUMENT, b""), SetAsideReason.SERVER),
        (WorkflowQueryFailedError(""), SetAsideReason.SERVER),
        (LookupError(), SetAsideReason.UNEXPECTED),
    ],
)
def test_the_reason_has_a_code(aside: Quarantine, error: Exception, why: SetAsideReason):
    aside.put(PROJECTOR, "a", error)
    assert aside.to_tell()[0][0].why is why


def test_the_list_is_shared_with_the_records(aside: Quarantine, clock: Clock):
    woken: list[str] = []
    aside.on_retry(PROJECTOR, woken.append)
    for id in ("a mine", "b healed elsewhere", "c asked for"):
        aside.put(PROJECTOR, id, LookupError())
    kept, over = aside.to_tell()
    assert len(kept) == 3
    of_another = kept[0].but(id="of another worker")
    asked = kept[2].but(next_try=clock.now)
    aside.told(kept, over, [kept[0], kept[1], kept[2], of_another])
    assert aside.to_tell() == ([], [])
    assert aside.waits(PROJECTOR, "of another worker")
    aside.told([], [], [kept[0], asked, of_another])
    assert sorted(aside.ids(PROJECTOR)) == ["a mine", "c asked for", "of another worker"]
    assert woken == ["c asked for"]
    aside.done(PROJECTOR, "a mine")
    assert aside.to_tell() == ([], [(PROJECTOR, "a mine")])
    aside.told([], [], [kept[0]])  # the records were read before they were told
    assert "a mine" not in aside.ids(PROJECTOR)


# --- the projector


class Refusing(Records):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error: Exception | None = error
        self.tries = 0

    async def write(self, additions: Any) -> Written:
        self.tries += 1
        if self.error:
            raise self.error
        return await super().write(additions)


class Several(Case):
    """A case, and beside it one whose answer nobody can read."""

    def __init__(self, answer: Callable[[], Exception]) -> None:
        super().__init__()
        self.answer = answer
        self.bad_asked = 0

    def get_workflow_handle(self, key: str) -> Any:
        async def query(*_: Any, **__: Any) -> Any:
            self.bad_asked += 1
            raise self.answer()

        return SimpleNamespace(query=query) if key.startswith("bad") else self

    async def list_workflows(self, query: str) -> AsyncGenerator[Any]:
        for key in ("bad-1", "odd-1", KEY):
            yield SimpleNamespace(id=key)

    async def get_workflow_execution_history_reverse(self, asked: Any, **_: Any) -> Any:
        if asked.execution.workflow_id == "odd-1":
            raise RPCError("of another release", RPCStatusCode.INTERNAL, b"")
        return await super().get_workflow_execution_history_reverse(asked)


def undecodable() -> Exception:
    try:
        TypeAdapter(Additions).validate_python({"key": CUSTOMER})
    except ValueError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize("answer", [undecodable, lambda: KeyError("x"), lambda: WorkflowQueryFailedError("no edition")])
async def test_a_case_that_cannot_be_read_is_set_aside_and_the_others_are_written(
    answer: Callable[[], Exception],
    aside: Quarantine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    monkeypatch.setattr(projector, "SWEEP_AGAIN", (0.05,))
    monkeypatch.setattr(projector, "SWEEP_EVERY", 0.05)
    monkeypatch.setattr(projector, "RETRY_EVERY", 0.05)
    case, records = Several(answer), Records()
    case.goes_on()
    subject = Projector(cast(Client, case), records, aside=aside)
    running = asyncio.create_task(subject.run())
    await until(records, 1)
    async with asyncio.timeout(20):
        while set(aside.ids(PROJECTOR)) != {"bad-1", "odd-1"}:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    asked = case.bad_asked
    await asyncio.sleep(0.3)
    assert case.bad_asked == asked  # the sweeps pass it over
    assert not running.done()
    assert subject._busy == {}
    assert CUSTOMER not in caplog.text
    running.cancel()


@pytest.mark.parametrize("error", [RecordsRefused("22003 (duties)"), LookupError("钱女士")])
async def test_what_the_records_refuse_is_set_aside_and_newer_news_is_a_try_at_once(
    error: Exception, aside: Quarantine
):
    case, records = Case(), Refusing(error)
    subject = Projector(cast(Client, case), records, aside=aside)
    running = asyncio.create_task(subject.run())
    case.goes_on()
    subject.hint(case.news())
    async with asyncio.timeout(5):
        while not aside.waits(PROJECTOR, KEY):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert records.tries == 1
    records.error = None
    case.goes_on()
    subject.hint(case.news())
    await until(records, 2)
    assert aside.ids(PROJECTOR) == []
    running.cancel()


async def test_what_is_set_aside_is_tried_again_at_its_time_though_nobody_sweeps(
    aside: Quarantine, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(projector, "RETRY_EVERY", 0.02)
    case, records = Case(), Refusing(RecordsRefused("22003 (duties)"))
    subject = Projector(cast(Client, case), records, aside=aside)
    running = asyncio.create_task(subject.follow())
    case.goes_on()
    subject.hint(case.news())
    async with asyncio.timeout(5):
        while not aside.waits(PROJECTOR, KEY):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    records.error = None
    await asyncio.sleep(0.1)
    assert records.tries == 1, "its time has not come"
    clock.now += pause(1)
    await until(records, 1)
    assert aside.ids(PROJECTOR) == []
    running.cancel()


async def test_nothing_is_kept_of_cases_that_nobody_is_at_work_on():
    case, records = Case(), Records()
    async with following(case, records) as subject:
        case.goes_on()
        subject.hint(case.news())
        await until(records, 1)
        await asyncio.gather(*(subject.catch_up(KEY, 1) for _ in range(20)))
        await asyncio.sleep(projector.DEBOUNCE)
        assert (subject._busy, subject._hints, subject._doubts) == ({}, {}, {})
        assert len(subject._cursors) <= 1


# --- the spool


class Postbox:
    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def send(self, notices: list[Any]) -> None:
        self.sent += notices


def full(*_: Any, **__: Any) -> Any:
    raise sqlite3.OperationalError("database or disk is full")


def test_a_full_disk_beside_the_worker_is_counted_and_its_mail_is_left_to_the_outbox(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    supervisor = Supervisor()
    spool = Spool(tmp_path / "spool.db", cast(Any, Postbox()), cast(Any, None), supervisor=supervisor)
    spool.remember("a", 3, closed=False)
    assert spool.cursor("a", NOW) == 3
    broken = cast(Any, SimpleNamespace(execute=full, in_transaction=False, close=lambda: None))
    real, spool._opened = spool._opened, broken
    for sequence in (4, 5, 6):
        spool.remember("a", sequence, closed=False)
    assert spool.cursor("a", NOW) is None
    assert spool.delivered("a") == frozenset()
    part = supervisor.parts["spool"]
    assert (part.state, part.failures) == (PartState.TROUBLED, 4)
    assert caplog.text.count("mail waits for it") == 3  # the first, the second, the fourth
    spool._opened = real
    spool.remember("b", 1, closed=False)
    assert part.state is PartState.RUNNING
    assert spool.cursor("b", NOW) == 1
    assert spool.cursor("a", NOW) is None  # what the file said of it is old
    spool.close()


@pytest.mark.parametrize("home", ["/dev/full/spool.db", "/proc/none/spool.db"])
def test_a_folder_that_cannot_be_written_to_stops_nothing(home: str):
    supervisor = Supervisor()
    spool = Spool(Path(home), cast(Any, Postbox()), cast(Any, None), supervisor=supervisor)
    spool.remember("a", 1, closed=False)
    assert spool.cursor("a", NOW) is None
    assert supervisor.parts["spool"].failures == 2
    spool.close()


async def test_a_notice_that_waits_for_the_office_is_not_sent_past_the_outbox_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    class Now(datetime):
        moment = datetime(2026, 11, 20, 18, tzinfo=UTC)

        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return cls.moment

    monkeypatch.setattr("worker.spool.datetime", Now)
    opening = datetime(2026, 11, 23, 1, tzinfo=UTC)
    story, post = Story("a"), Postbox()
    owed = duty("CR-5.2.1b", owner="li.na")
    waiting, at_once = notice(owed, moment="late").but(not_before=opening), notice(owed)
    story.goes_on([owed], notices=[waiting, at_once])
    file = story.file
    spool = Spool(tmp_path / "spool.db", cast(Any, post), cast(Any, ExampleReferences()))
    await spool.deliver(file, file.notices)
    assert [letter.notice.id for letter in post.sent] == [at_once.id]
    Now.moment = opening
    await spool.deliver(file, file.notices)
    assert [letter.notice.id for letter in post.sent] == [at_once.id, waiting.id]
    spool.close()


def test_a_file_that_is_no_spool_is_put_aside(tmp_path: Path):
    path = tmp_path / "spool.db"
    path.write_bytes(b"nonsense" * 1000)
    spool = Spool(path, cast(Any, Postbox()), cast(Any, None))
    spool.remember("a", 1, closed=False)
    assert spool.cursor("a", NOW) == 1
    assert (tmp_path / "spool.db.unreadable").exists()
    spool.close()


# --- archives


class Archives:
    def __init__(self, *keys: str) -> None:
        self.keys = list(keys)
        self.kept: list[str] = []

    async def missing(self, limit: int) -> list[tuple[str, str]]:
        return [(key, key.upper()) for key in self.keys if key not in self.kept][:limit]


async def test_a_case_that_cannot_be_archived_is_set_aside_and_a_full_folder_waits(
    aside: Quarantine, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(archiving, "REST", 0)
    archives, supervisor = Archives("a", "b", "c", "d"), Supervisor()
    errors: dict[str, Exception] = {
        "a": LookupError("an edition"),
        "b": OSError(errno.ENAMETOOLONG, "x"),
        "c": RPCError("too large", RPCStatusCode.INVALID_ARGUMENT, b""),
    }
    archivist = Archivist(
        cast(Any, None), cast(Any, archives), cast(Client, None), tmp_path, aside=aside, supervisor=supervisor
    )

    async def write(key: str, number: str) -> bool:
        if key in errors:
            raise errors[key]
        archives.kept.append(key)
        return True

    monkeypatch.setattr(archivist, "write", write)
    assert await archivist.look() == 1
    assert sorted(aside.ids(ARCHIVE)) == ["a", "b", "c"]
    assert await archivist.look() == 0
    errors.clear()
    clock.now += timedelta(minutes=1)
    assert await archivist.look() == 3
    assert aside.ids(ARCHIVE) == []
    for waits_for in (RecordsAway("away"), OSError(errno.ENOSPC, "x"), RPCError("", RPCStatusCode.UNAVAILABLE, b"")):
        archives.keys.append("e")
        errors["e"] = waits_for
        with pytest.raises(type(waits_for)):
            await archivist.look()
    assert aside.ids(ARCHIVE) == []


# --- destruction


async def test_one_copy_that_cannot_be_deleted_leaves_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    copies = [Copy(run="r", key=key, copy_of="archive", place=f"folder/{key}.zip", closed_before=NOW) for key in "abcd"]
    gone: list[str] = []
    stays: dict[str, str] = {}

    async def outstanding(_: Any) -> Any:
        return copies

    async def copy_gone(copy: Copy) -> None:
        if copy.key == "c":
            raise RecordsRefused("22001 (copies)")
        gone.append(copy.key)

    async def copy_stays(copy: Copy, problem: str) -> None:
        stays[copy.key] = problem

    keeping = SimpleNamespace(outstanding=outstanding, copy_gone=copy_gone, copy_stays=copy_stays)
    subject = RecordsDestruction(cast(RetentionStore, keeping), None, tmp_path, patience=0)

    def delete(place: str) -> bool:
        if place.endswith("b.zip"):
            raise LookupError("钱女士")
        return True

    subject._folder = cast(Any, SimpleNamespace(delete=delete))
    for _ in range(2):
        assert await subject.finish() == 2
    assert gone == ["a", "d"] * 2
    assert stays == {"b": "unexpected: LookupError", "c": "records: 22001 (copies)"}
    assert caplog.text.count("cannot be deleted") == 1


# --- schedules


async def test_one_schedule_that_fails_stops_no_other(aside: Quarantine, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    bad: dict[str, Exception] = {"rounds-b": LookupError()}

    async def kept(_: Any, id: str, *__: Any) -> Any:
        if id in bad:
            raise bad[id]
        return schedules.ScheduleChange(id=id, done=schedules.Done.CREATED)

    class Server:
        async def list_schedules(self) -> Any:
            async def listed() -> Any:
                return
                yield

            return listed()

    monkeypatch.setattr(schedules, "_kept", kept)
    monkeypatch.setattr(schedules, "wanted", lambda *_: dict.fromkeys(("rounds-a", "rounds-b", "rounds-c")))
    client, nothing = cast(Client, Server()), cast(Any, None)
    changes = await schedules.sync(client, nothing, nothing, aside=aside)
    assert [change.id for change in changes] == ["rounds-a", "rounds-c"]
    assert aside.ids(SCHEDULES) == ["rounds-b"]
    with pytest.raises(LookupError):
        await schedules.sync(client, nothing, nothing)
    bad.clear()
    assert len(await schedules.sync(client, nothing, nothing, aside=aside)) == 3
    assert aside.ids(SCHEDULES) == []
    bad["rounds-a"] = RPCError("", RPCStatusCode.UNAVAILABLE, b"")
    with pytest.raises(RPCError):
        await schedules.sync(client, nothing, nothing, aside=aside)


# --- the calendar


class Shelf:
    def __init__(self, there: Calendar | None) -> None:
        self.there = there
        self.loaded: list[Calendar] = []

    async def calendar(self) -> Calendar | None:
        return self.there

    async def load_calendar(self, calendar: Calendar, by: str) -> str:
        self.loaded.append(calendar)
        self.there = calendar
        return calendar.version


MAKE_UP = date(2026, 10, 10)
LATE_2026 = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def a_library_lacks_a_day(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """The calendar as it should be; from now on `chinese_calendar` lacks the make-up day of 2026-10-10."""
    from chinese_calendar import constants

    right = from_libraries((2025, 2026))
    assert right.is_workday(MAKE_UP)
    monkeypatch.delitem(constants.workdays, MAKE_UP)
    return right


async def test_a_notice_that_is_loaded_wins_over_libraries_that_disagree(
    a_library_lacks_a_day: Calendar, caplog: pytest.LogCaptureFixture
):
    supervisor, shelf = Supervisor(), Shelf(a_library_lacks_a_day)
    for _ in range(2):
        assert await keep_calendar(cast(Any, shelf), LATE_2026, supervisor) == a_library_lacks_a_day.version
    assert shelf.loaded == []
    shown = supervisor.shown()["calendar"]
    assert (shown["state"], shown["failures"]) == ("troubled", 2)
    assert shown["libraries_disagree_on"] == ["2026-10-10"]
    assert "disagree on 2026-10-10; 2026 goes by the calendar that is loaded" in caplog.text


async def test_where_nothing_is_stored_a_doubtful_year_is_provisional(a_library_lacks_a_day: Calendar):
    shelf = Shelf(None)
    await keep_calendar(cast(Any, shelf), LATE_2026)
    assert shelf.there is not None
    assert shelf.there.years == (2025,)
    assert not shelf.there.is_workday(date(2026, 10, 1))
    assert not shelf.there.certain(MAKE_UP)


async def test_libraries_that_cannot_be_read_leave_what_is_stored_or_weekends(monkeypatch: pytest.MonkeyPatch):
    from chinese_calendar import constants

    right = from_libraries((2025, 2026))
    monkeypatch.setitem(constants.holidays, date(2026, 3, 9), "Arbor Day")
    supervisor, shelf = Supervisor(), Shelf(right)
    assert await keep_calendar(cast(Any, shelf), LATE_2026, supervisor) == right.version
    assert supervisor.parts["calendar"].state is PartState.TROUBLED
    empty = Shelf(None)
    await keep_calendar(cast(Any, empty), LATE_2026, supervisor)
    assert empty.there is not None
    assert (empty.there.years, empty.there.off) == ((), ())


def test_the_doctor_says_that_the_libraries_cannot_be_read(monkeypatch: pytest.MonkeyPatch):
    def unreadable(_: object) -> None:
        raise KeyError(CUSTOMER)

    monkeypatch.setattr(worker_checks, "of_libraries", unreadable)
    (found,) = worker_checks._calendar(None)
    assert "the holiday libraries cannot be read (KeyError)" in found.words("en")


async def test_a_new_year_of_the_libraries_is_added_and_leaves_a_loaded_notice_alone():
    known = from_libraries((2025, 2026))
    own = known.but(version="x", years=(2025,), on=tuple(day for day in known.on if day.year == 2025))
    notice = own.but(off=tuple(day for day in known.off if day.year == 2025 and day != date(2025, 10, 1)))
    whole = completed(notice, known)
    assert whole.years == (2025, 2026)
    assert whole.is_workday(date(2025, 10, 1))  # as the notice has it, not as the libraries do
    assert [day for day in whole.on if day.year == 2026] == [day for day in known.on if day.year == 2026]
    assert completed(known, known) == known
    assert completed(own, known, [MAKE_UP]) == own


# --- the start


async def test_what_the_server_refuses_for_good_ends_the_worker_with_that_error_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    async def refused(*_: object, **__: object) -> Client:
        raise WrongSetting("settings.refused-key", address="cloud.example:7233", why="unauthorized")

    monkeypatch.setattr(main, "connect", refused)
    monkeypatch.setattr(main, "Workers", _Unheard)
    settings = Settings(
        temporal_address="cloud.example:7233", database_url="postgresql://x/x", home=tmp_path, health_address=OFF
    )
    with pytest.raises(WrongSetting, match=r"settings\.refused-key"):
        await main.run_worker(settings, asyncio.Event())


class _Unheard(Workers):
    """The records while they are away."""

    async def exchange(self, kept: object, over: object) -> list[SetAside]:
        raise RecordsAway("away")

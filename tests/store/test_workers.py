"""What workers say of themselves and have set aside, in the records, on the command line and for the doctor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from complaints.base.faults import RecordsAway
from complaints.clock.calendar import from_libraries
from complaints.connection.settings import OFF, Settings
from complaints.store.records import PostgresRecords
from complaints.store.references import StoredReferences
from complaints.store.workers import SetAside, SetAsideReason, Workers
from tests.store.postgres import rows
from tests.store.test_library_cli import Terminal, terminal
from tests.store.test_references import NOWHERE
from worker.findings import FindingState
from worker.quarantine import PROJECTOR, Quarantine
from worker.status import Reporter, WorkerStatus
from worker.supervisor import Supervisor
from worker.worker_checks import findings

__all__ = ["terminal"]

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ONE = SetAside(
    part=PROJECTOR,
    id="crm-1",
    why=SetAsideReason.REFUSED,
    detail="RecordsRefused: a broken chain",
    since=NOW,
    tries=1,
    next_try=NOW + timedelta(days=400),
)


@pytest.fixture
async def workers(records: PostgresRecords, url: str) -> AsyncIterator[Workers]:
    opened = Workers(url)
    yield opened
    await opened.close()


async def test_entries_are_kept_shared_and_dropped(workers: Workers):
    other = ONE.but(part="archive", id="crm-2")
    assert await workers.exchange([ONE, other], []) == [other, ONE]
    later = ONE.but(tries=2, since=NOW + timedelta(hours=1), detail="RecordsRefused: another")
    assert await workers.exchange([later], [("archive", "crm-2")]) == [later.but(since=NOW)]
    assert [one.name for one in await workers.set_aside()] == ["projector:crm-1"]
    assert await workers.set_aside("projector:crm-2") == []


async def test_the_command_lists_what_is_set_aside_and_has_it_tried_again(workers: Workers, terminal: Terminal):
    assert "没有搁置的事项" in await terminal.duly("set-aside", "list")
    await workers.exchange([ONE, ONE.but(id="crm-2")], [])
    said = await terminal.duly("set-aside", "list")
    assert "projector:crm-1" in said
    assert "数据库不予接受（RecordsRefused: a broken chain）" in said
    assert "PostgreSQL refuses it for good" in await terminal.duly("set-aside", "list", lang="en")
    assert [one["why"] for one in await terminal.data("set-aside", "list")] == ["refused", "refused"]
    assert "1 项将在几分钟内再试" in await terminal.duly("set-aside", "retry", "projector:crm-1")
    due = {one.id: one.next_try for one in await workers.set_aside() if one.next_try}
    assert due["crm-1"] < datetime.now(UTC) < due["crm-2"]
    assert await terminal.data("set-aside", "retry", "--all") == ["projector:crm-1", "projector:crm-2"]
    assert "没有搁置“projector:none”" in await terminal.duly("set-aside", "retry", "projector:none", code=2)
    for arguments in ((), ("projector:crm-1", "--all")):
        assert "--all" in await terminal.duly("set-aside", "retry", *arguments, code=2)


async def test_a_worker_says_how_it_is_and_hears_what_somebody_wants_tried_again(workers: Workers, url: str):
    supervisor, aside = Supervisor(), Quarantine()
    woken: list[str] = []
    aside.on_retry(PROJECTOR, woken.append)
    reporter = Reporter(WorkerStatus("duly@a:1", "default", supervisor, aside), workers)
    aside.put(PROJECTOR, "crm-1", LookupError())
    supervisor.troubled("spool", OSError(28, ""), "mail waits")
    await reporter.tell()
    (seen,) = await workers.seen()
    assert (seen.worker, seen.status["parts"]["spool"]["failures"]) == ("duly@a:1", 1)
    assert seen.status["set_aside"] == {"projector": 1}
    await workers.retry("projector:crm-1")
    await reporter.tell()
    assert woken == ["crm-1"]
    aside.done(PROJECTOR, "crm-1")
    await reporter.leave()
    assert (await workers.seen(), await workers.set_aside()) == ([], [])
    await rows(url, "INSERT INTO worker_status VALUES ('old', 'default', now() - interval '2 days', '{}')")
    await reporter.tell()
    assert [one.worker for one in await workers.seen()] == ["duly@a:1"]


async def test_a_worker_hears_once_that_another_one_is_gone_without_a_word(workers: Workers, url: str):
    status = WorkerStatus("duly@a:1", "default", Supervisor(), Quarantine())
    calls: list[int] = []
    status.on_lapse = lambda: calls.append(1)
    reporter = Reporter(status, workers)
    for name, namespace in (("duly@b:1", "default"), ("duly@c:1", "drill")):
        await workers.say(name, namespace, status.shown())
    await reporter.tell()
    assert calls == []
    gone = "UPDATE worker_status SET at = now() - interval '40 seconds'"
    await rows(url, gone)  # its own word is new again when it looks
    for _ in range(2):
        await reporter.tell()
    assert calls == [1]
    await workers.say("duly@b:1", "default", status.shown())  # it was only slow
    await reporter.tell()
    await rows(url, gone)
    await reporter.tell()
    assert calls == [1, 1]


async def test_a_worker_that_leaves_something_unwritten_stays_to_be_found_lapsed(workers: Workers):
    status = WorkerStatus("duly@a:1", "default", Supervisor(), Quarantine())
    reporter = Reporter(status, workers)
    await reporter.tell()
    status.unwritten = True
    await reporter.leave()
    assert [one.worker for one in await workers.seen()] == ["duly@a:1"]
    status.unwritten = False
    await reporter.leave()
    assert await workers.seen() == []


async def said(url: str, **settings: Any) -> list[tuple[str, FindingState, str]]:
    asked = Settings(database_url=url, health_address=OFF, **settings)
    found = await asyncio.to_thread(lambda: list(findings(asked)))
    assert all(one.words("zh") and one.words("en") for one in found)
    return [(one.name, one.state, one.words("en")) for one in found]


async def test_the_doctor_names_workers_parts_and_what_is_set_aside(
    workers: Workers, records: PostgresRecords, url: str
):
    assert (await said(url))[0] == (
        "workers",
        FindingState.WARN,
        "no worker is running. Start one with duly up or duly worker",
    )
    status = WorkerStatus("duly@a:1", "default", Supervisor(), Quarantine())
    status.prepared = status.taking = True
    await workers.say("duly@a:1", "default", status.shown())
    assert (await said(url))[0][1:] == (FindingState.OK, "worker duly@a:1: 0 parts, 0 failures, 0 restarts")
    status.taking = False
    status.supervisor.troubled("spool", OSError(28, ""), "mail waits")
    await workers.say("duly@a:1", "default", status.shown())
    await workers.exchange([ONE], [])
    found = {name: (state, words) for name, state, words in await said(url)}
    assert "not ready (no Temporal tasks are being taken)" in found["worker duly@a:1"][1]
    assert found["part spool"][0] is FindingState.WARN
    assert "OSError: No space left on device" in found["part spool"][1]
    assert "1: crm-1 (RecordsRefused: a broken chain)" in found["set aside projector"][1]
    await rows(url, "UPDATE worker_status SET at = now() - interval '5 minutes'")
    assert "not heard of for 5 min" in (await said(url))[0][2]
    assert (await said(url, namespace="drill"))[0][0] == "workers"


async def test_the_doctor_names_days_on_which_calendars_differ(
    records: PostgresRecords, url: str, monkeypatch: pytest.MonkeyPatch
):
    from chinese_calendar import constants

    assert not any(name == "calendar" for name, _, _ in await said(url))
    year = max(year for year in from_libraries(range(2020, 2040)).years)
    day = next(day for day in sorted(constants.workdays) if day.year == year)
    monkeypatch.delitem(constants.workdays, day)
    monkeypatch.setattr("worker.worker_checks.of_libraries", _of_year(year))
    found = [words for name, _, words in await said(url) if name == "calendar"]
    assert found[0].startswith(f"the holiday libraries disagree on {day}")
    monkeypatch.undo()
    there = await records.calendar()
    assert there is not None
    await records.load_calendar(there.but(version="own", on=()), by="xu.fang")
    monkeypatch.setattr("worker.worker_checks.of_libraries", _of_year(2026))
    found = [words for name, _, words in await said(url) if name == "calendar"]
    assert "2026-10-10; the calendar holds" in found[0]


def _of_year(year: int) -> Any:
    from complaints.clock.calendar import of_libraries

    return lambda _: of_libraries([year])


@pytest.mark.usefixtures("servers")  # it tries one that is not there
async def test_the_doctor_says_that_the_records_do_not_answer():
    (found,) = await said(NOWHERE)
    assert (found[0], found[1]) == ("workers", FindingState.WARN)


async def test_a_full_disk_or_a_damaged_file_beside_the_worker_costs_the_reference_nothing(
    records: PostgresRecords, tmp_path: Path
):
    heard: list[Exception | None] = []
    for home in (Path("/dev/full"), Path("/proc/none")):
        source = StoredReferences(records, home / "reference.json", heard.append)
        assert await source.reference("hf01", None) is not None
    assert [isinstance(error, OSError) for error in heard] == [True, True]
    damaged = tmp_path / "reference.json"
    no_directory = b'{"version": "x", "directory": "[[", "calendar": {"version": "x", "years": []}}'
    for content in (b"{", b"\xff\xfe", b"null", no_directory):
        damaged.write_bytes(content)
        with pytest.raises(RecordsAway):
            await StoredReferences(PostgresRecords(NOWHERE), damaged, heard.append).reference("hf01", None)
    assert await StoredReferences(records, damaged, heard.append).reference("hf01", None) is not None
    assert heard[-1] is None
    assert damaged.read_bytes().startswith(b'{"version":"R-')

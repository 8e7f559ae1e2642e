"""Rounds in the records: written once, read back as they are, in the inbox beside complaints."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from complaints import editions
from complaints.base.faults import RecordsRefused
from complaints.case.additions import Additions
from complaints.case.duties import notice
from complaints.case.event import Event, of_act
from complaints.case.events.case import OutcomeReached
from complaints.case.events.duties import DutyDone, DutyOpened
from complaints.case.events.machine import MachineRefused
from complaints.case.events.rounds import ReportDrafted, RoundClosed, RoundOpened
from complaints.case.file import Act, ActKind, JournalLine, NoticeKind
from complaints.case.fold import append, fold
from complaints.case.round import Period, RepeatedRound, RoundFile, Subject, round_key
from complaints.store.records import PostgresRecords
from tests.casefiles import duty as a_duty

SUBJECT = Subject(project="hf01")
PERIOD = Period.named("2026-11")
AT = datetime(2026, 11, 25, 1, tzinfo=UTC)
KEY = round_key("CH-7.4.2", PERIOD, SUBJECT)


def story(subject: Subject = SUBJECT, rule: str = "CH-7.4.2") -> tuple[RoundFile, list[JournalLine]]:
    """A round that has begun: its first line, its report, its duty and a notice for information."""
    owed = a_duty(rule, owner="fang.yun").but(leg=0)
    told = notice(owed, NoticeKind.COPY, "CH-7.4.2.manager", "deng.li", AT)
    edition = editions.newest().pin
    opened = RoundOpened(
        at=AT,
        rule=rule,
        key=round_key(rule, PERIOD, subject),
        period=PERIOD.name,
        spans=PERIOD,
        subject=subject.key,
        whose=subject,
        edition=edition.name,
        digest=edition.digest,
        reference="R-1",
        opened_at=AT + timedelta(seconds=2),
    )
    report = {"report": "complaint_report-2026-11-hf01", "kind": "complaint_report", "revision": 1, "digest": "ab" * 32}
    drafted = ReportDrafted(at=AT, rule=rule, counted_at=AT, **report)
    first = DutyOpened(at=AT, duty=owed.id, rule=rule, opened=owed, notices=(told,))
    return happens(opened.begins(), [], opened, drafted, first)


def happens(file: RoundFile, lines: list[JournalLine], *events: Event) -> tuple[RoundFile, list[JournalLine]]:
    """The file after these events, and its journal."""
    journal = list(lines)
    for event in events:
        file, line = append(file, event)
        journal.append(line)
    return file, journal


async def test_a_round_is_written_once_and_read_back_as_it_is(records: PostgresRecords):
    file, lines = story()
    first = await records.write(Additions.of(file, 0, lines))
    assert first.number == KEY
    assert await records.write(Additions.of(file, 0, lines)) == first, "the same again changes nothing"
    assert await records.round(KEY) == file
    assert await records.resolve(KEY) == KEY
    assert await records.case(KEY) is None
    assert await records.cursor(KEY) == 3
    assert await records.followed_to() == {KEY: None}
    assert await records.verify_journal(KEY) == 3


async def test_a_round_goes_on_from_its_cursor_and_is_closed(records: PostgresRecords):
    file, lines = story(rule="CH-7.5.2")
    await records.write(Additions.of(file, 0, lines))
    act = Act(seq=1, kind=ActKind.DISCHARGE, by="fang.yun", at=AT, recorded_at=AT, duty="CH-7.5.2", rule="CH-7.5.2")
    over = AT + timedelta(days=1)
    ends = [DutyDone(**of_act(act)), OutcomeReached(at=over, outcome="done"), RoundClosed(at=over, outcome="done")]
    after, lines = happens(file, lines, *ends)
    await records.followed(file.key, AT)
    assert await records.followed_to() == {file.key: AT}
    await records.write(Additions.of(after, 3, lines))
    assert await records.round(file.key) == after == fold(lines)
    assert after.acts == (act,)
    assert file.key not in await records.followed_to()
    noted = [MachineRefused(at=AT, what="draw", why="none")] * 2
    beyond, lines = happens(after, lines, *noted)
    with pytest.raises(RecordsRefused, match="have line 6"):
        await records.write(Additions.of(beyond, 7, lines))


async def test_what_a_round_asks_is_in_the_inbox_beside_complaints(records: PostgresRecords):
    file, lines = story(Subject(project="yx02"))
    await records.write(Additions.of(file, 0, lines))
    mine = [item for item in await records.inbox("fang.yun") if item.key == file.key]
    assert [(item.kind, item.number, item.track, item.rule, item.period) for item in mine] == [
        ("duty", file.key, None, "CH-7.4.2", "2026-11")
    ]
    told = [item for item in await records.inbox("deng.li") if item.key == file.key]
    assert [item.kind for item in told] == ["notice"]
    await records.read("deng.li", file.key)
    assert [item for item in await records.inbox("deng.li") if item.key == file.key] == []


async def test_rounds_are_listed_by_their_periods(records: PostgresRecords):
    file, lines = story(Subject(project="hf01", department="sales"))
    await records.write(Additions.of(file, 0, lines))
    found = await records.rounds(date(2026, 11, 30), date(2026, 12, 5), "CH-7.4.2", only_open=True)
    line = next(line for line in found if line.key == file.key)
    assert (line.owner, line.open_duties, line.report) == ("fang.yun", 1, "complaint_report-2026-11-hf01")
    assert await records.rounds(date(2026, 12, 1), date(2026, 12, 5), "CH-7.4.2") == []


async def test_a_round_of_the_whole_company_is_one_too(records: PostgresRecords):
    file, lines = story(Subject(), rule="CS-4.1.3")
    await records.write(Additions.of(file, 0, lines))
    kept = await records.round(file.key)
    assert kept is not None
    assert kept.subject == Subject()
    assert [item.project for item in await records.inbox("fang.yun") if item.key == file.key] == [""]


async def test_rounds_of_one_period_stand_side_by_side(records: PostgresRecords):
    first, lines = story(rule="CS-4.3.1")
    await records.write(Additions.of(first, 0, lines))
    again = RepeatedRound(nth=2, by="tang.yan", reason="台风季提前")
    key = round_key("CS-4.3.1", PERIOD, SUBJECT, 2)
    with pytest.raises(RecordsRefused):
        await records.write(Additions.of(first.but(key=key), 0, lines))  # it does not say that it is another
    second = first.but(key=key, again=again)
    await records.write(Additions.of(second, 0, lines))
    assert (await records.round(first.key), await records.round(key)) == (first, second)
    assert await records.resolve(key) == key
    found = await records.rounds(PERIOD.start, PERIOD.end, "CS-4.3.1")
    assert {line.key for line in found} == {first.key, key}


async def test_a_round_that_begins_beyond_what_is_there_is_refused(records: PostgresRecords):
    file, lines = story(rule="MC-5.1.3")
    with pytest.raises(RecordsRefused):
        await records.write(Additions.of(file, 1, lines))

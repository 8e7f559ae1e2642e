"""Rounds in the records: written once, read back as they are, in the inbox beside complaints."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from complaints import editions, journal
from complaints.duties import notice
from complaints.faults import RecordsRefused
from complaints.model import Act, ActKind, Entry, Notice, NoticeKind
from complaints.records import PostgresRecords
from complaints.rounds.model import Again, DraftedReport, Period, RoundBatch, RoundFile, Subject, round_key
from tests.casefiles import duty as a_duty

SUBJECT = Subject(project="hf01")
PERIOD = Period.named("2026-11")
AT = datetime(2026, 11, 25, 1, tzinfo=UTC)
KEY = round_key("CH-7.4.2", PERIOD, SUBJECT)


def lined(file: RoundFile, said: dict[str, Any], *notices: Notice, act: Act | None = None) -> tuple[RoundFile, Entry]:
    line = journal.line(file.journal_seq, file.journal_hash or journal.GENESIS, **said)
    acts = (*file.acts, act) if act else file.acts
    grown = file.but(journal_seq=line.seq, journal_hash=line.hash, notices=(*file.notices, *notices), acts=acts)
    return grown, Entry(line=line, duty=said.get("duty"), act=act, notices=notices)


def story(subject: Subject = SUBJECT, rule: str = "CH-7.4.2") -> tuple[RoundFile, list[Entry]]:
    """A round that has begun: its first line, its duty and a notice for information."""
    owed = a_duty(rule, owner="fang.yun").but(leg=0)
    file = RoundFile(
        key=round_key(rule, PERIOD, subject),
        edition=editions.newest().pin,
        rule=rule,
        period=PERIOD,
        subject=subject,
        opens_at=AT,
        opened_at=AT + timedelta(seconds=2),
        duties={owed.id: owed},
        report=DraftedReport(id="complaint_report-2026-11-hf01", kind="complaint_report", revision=1, digest="ab" * 32),
    )
    file, first = lined(file, {"kind": "round.opened", "at": AT, "rule": rule})
    told = notice(owed, NoticeKind.COPY, "CH-7.4.2.manager", "deng.li", AT)
    file, second = lined(file, {"kind": "duty.opened", "at": AT, "duty": owed.id, "rule": rule}, told)
    return file, [first, second]


def batch(file: RoundFile, entries: list[Entry], after: int = 0) -> RoundBatch:
    return file.additions(after, entries)


async def test_a_round_is_written_once_and_read_back_as_it_is(records: PostgresRecords):
    file, entries = story()
    first = await records.write(batch(file, entries))
    assert first.number == KEY
    assert await records.write(batch(file, entries)) == first, "the same again changes nothing"
    assert await records.round(KEY) == file
    assert await records.resolve(KEY) == KEY
    assert await records.case(KEY) is None
    assert (await records.cursors())[KEY] == await records.cursor(KEY) == 2
    assert await records.verify_journal(KEY) == 2


async def test_a_round_goes_on_from_its_cursor_and_is_closed(records: PostgresRecords):
    file, entries = story(rule="CH-7.5.2")
    await records.write(batch(file, entries))
    act = Act(seq=1, kind=ActKind.DISCHARGE, by="fang.yun", at=AT, recorded_at=AT, duty="CH-7.5.2", rule="CH-7.5.2")
    after, third = lined(file, {"kind": "duty.done", "at": AT, "by": "fang.yun", "duty": "CH-7.5.2"}, act=act)
    after = after.but(outcome="done", closed_at=AT + timedelta(days=1))
    await records.write(batch(after, [*entries, third], after=2))
    assert await records.round(file.key) == after
    assert file.key not in await records.cursors()
    beyond, fourth = lined(after, {"kind": "round.noted", "at": AT})
    beyond, fifth = lined(beyond, {"kind": "round.noted", "at": AT})
    with pytest.raises(RecordsRefused):
        await records.write(batch(beyond, [fourth, fifth], after=4))


async def test_what_a_round_asks_is_in_the_inbox_beside_complaints(records: PostgresRecords):
    file, entries = story(Subject(project="yx02"))
    await records.write(batch(file, entries))
    mine = [item for item in await records.inbox("fang.yun") if item.key == file.key]
    assert [(item.kind, item.number, item.track, item.rule, item.period) for item in mine] == [
        ("duty", file.key, None, "CH-7.4.2", "2026-11")
    ]
    told = [item for item in await records.inbox("deng.li") if item.key == file.key]
    assert [item.kind for item in told] == ["notice"]
    await records.read("deng.li", file.key)
    assert [item for item in await records.inbox("deng.li") if item.key == file.key] == []


async def test_rounds_are_listed_by_their_periods(records: PostgresRecords):
    file, entries = story(Subject(project="hf01", department="sales"))
    await records.write(batch(file, entries))
    lines = await records.rounds(date(2026, 11, 30), date(2026, 12, 5), "CH-7.4.2", only_open=True)
    line = next(line for line in lines if line.key == file.key)
    assert (line.owner, line.open_duties, line.report) == ("fang.yun", 1, "complaint_report-2026-11-hf01")
    assert await records.rounds(date(2026, 12, 1), date(2026, 12, 5), "CH-7.4.2") == []


async def test_a_round_of_the_whole_company_is_one_too(records: PostgresRecords):
    file, entries = story(Subject(), rule="CS-4.1.3")
    await records.write(batch(file, entries))
    kept = await records.round(file.key)
    assert kept is not None
    assert kept.subject == Subject()
    assert [item.project for item in await records.inbox("fang.yun") if item.key == file.key] == [""]


async def test_rounds_of_one_period_stand_side_by_side(records: PostgresRecords):
    first, entries = story(rule="CS-4.3.1")
    await records.write(batch(first, entries))
    again = Again(nth=2, by="tang.yan", reason="台风季提前")
    key = round_key("CS-4.3.1", PERIOD, SUBJECT, 2)
    with pytest.raises(RecordsRefused):
        await records.write(batch(first.but(key=key), entries))  # it does not say that it is another
    second = first.but(key=key, again=again)
    await records.write(batch(second, entries))
    assert (await records.round(first.key), await records.round(key)) == (first, second)
    assert await records.resolve(key) == key
    lines = await records.rounds(PERIOD.start, PERIOD.end, "CS-4.3.1")
    assert {line.key for line in lines} == {first.key, key}


async def test_a_round_that_begins_beyond_what_is_there_is_refused(records: PostgresRecords):
    file, entries = story(rule="MC-5.1.3")
    with pytest.raises(RecordsRefused):
        await records.write(batch(file, entries, after=1))

"""The journal in the records only grows, and whoever gets round that is found out."""

from __future__ import annotations

import pytest

from complaints.case.journal import JournalBroken
from complaints.store.database import FAULTS
from complaints.store.records import PostgresRecords
from tests.store.casefiles import Story
from tests.store.postgres import rows

INSERT = """
INSERT INTO journal (key, seq, at, kind, data, prev, hash) VALUES ('a', $1, now(), 'forged', '{}', $2, repeat('e', 64))
"""


@pytest.fixture
async def story(records: PostgresRecords) -> Story:
    told = Story("a")
    await records.write(told.registered())
    await records.write(told.goes_on(lines=3))
    return told


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal SET by = 'zhou.min' WHERE seq = 2",
        "UPDATE journal SET hash = hash WHERE false",
        "DELETE FROM journal WHERE seq = 3",
        "TRUNCATE journal",
        "TRUNCATE complaints CASCADE",
    ],
)
async def test_nobody_edits_the_journal(story: Story, url: str, sql: str):
    with pytest.raises(FAULTS, match="only grows"):
        await rows(url, sql)


@pytest.mark.parametrize("seq", [5, 6, 0, -1])
async def test_a_line_is_added_only_after_the_last_one(story: Story, url: str, seq: int):
    with pytest.raises(FAULTS, match="does not follow"):
        await rows(url, INSERT, seq, story.lines[-1].hash)


async def test_a_line_is_added_only_with_the_hash_of_the_last_one(story: Story, url: str):
    with pytest.raises(FAULTS, match="does not follow"):
        await rows(url, INSERT, 4, story.lines[1].hash)


async def test_the_journal_of_a_case_is_verified_line_by_line(story: Story, records: PostgresRecords):
    assert await records.verify_journal("a") == 3
    assert await records.verify_journal("a", end=(3, story.lines[-1].hash)) == 3


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("UPDATE journal SET by = 'zhou.min' WHERE seq = 2", 2),
        ("UPDATE journal SET data = '{}' WHERE seq = 3", 3),
        ("DELETE FROM journal WHERE seq = 2", 2),
        ("DELETE FROM journal WHERE seq = 3", 3),
        ("DELETE FROM journal", 1),
    ],
)
async def test_an_administrator_who_switches_the_guard_off_is_found_out(
    story: Story, records: PostgresRecords, url: str, sql: str, line: int
):
    await rows(url, "ALTER TABLE journal DISABLE TRIGGER ALL")
    await rows(url, sql)
    with pytest.raises(JournalBroken) as broken:
        await records.verify_journal("a")
    assert broken.value.seq == line


async def test_a_journal_cut_short_with_its_case_is_found_out_by_the_end_the_workflow_knows(
    story: Story, records: PostgresRecords, url: str
):
    await rows(url, "ALTER TABLE journal DISABLE TRIGGER ALL")
    await rows(url, "DELETE FROM journal WHERE seq = 3")
    await rows(url, "UPDATE complaints SET cursor = 2, journal_hash = $1", story.lines[1].hash)
    assert await records.verify_journal("a") == 2
    with pytest.raises(JournalBroken) as broken:
        await records.verify_journal("a", end=(3, story.lines[2].hash))
    assert broken.value.seq == 3

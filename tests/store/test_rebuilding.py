"""Rows and journals are compared, and rows are made again from journals; what no journal has stays as it is."""

from __future__ import annotations

from random import Random

import pytest
from asyncpg import connect

from complaints.base.faults import RecordsRefused
from complaints.case import journal
from complaints.store.comparison import KEYED, NOT_DERIVED, Difference, What, tables
from complaints.store.database import FAULTS
from complaints.store.rebuilding import MAY_BE_NULL
from complaints.store.records import PostgresRecords
from tests.store.casefiles import MORNING, Story, duty
from tests.store.postgres import rows
from tests.store.ruin import COLUMNS, GUARDED, Ruined, dump, guarded, many, ruin, told, unguarded

CHANGES = 200
STRAY_ACT = """
INSERT INTO acts (key, seq, kind, by, at, recorded_at, rule, form, reason)
VALUES ($1, 9, 'discharge', 'li.na', now(), now(), 'CR-5.4.4', '{}', '')
"""
STRAY_NOTICE = """
INSERT INTO notices (key, id, kind, "to", duty, rule, at, params)
VALUES ($1, 'x', 'copy', 'li.na', 'x', 'x', now(), '{}')
"""
STRAY_MAIL = "INSERT INTO deliveries (key, notice, channel, state) VALUES ($1, 'x', 'mail', 'pending')"
STRAY_DUTY = """
INSERT INTO duties SELECT (jsonb_populate_record(d, '{"id": "stray"}')).* FROM duties AS d WHERE key = $1 LIMIT 1
"""
JOURNAL_LINE = """
INSERT INTO journal SELECT $1, made.seq, made.at, made.kind, made.by, made.duty, made.rule, made.data, made.prev,
                           made.hash FROM jsonb_populate_record(NULL::journal, $2::text::jsonb) AS made
"""


async def wrong(records: PostgresRecords, *keys: str) -> dict[str, list[str]]:
    """What is found wrong, by key: table, id, field."""
    found = {key: (await records.examine(key)).differences for key in keys}
    return {
        key: [" ".join(filter(None, (one.table, one.id, one.field, one.what))) for one in some]
        for key, some in found.items()
        if some
    }


async def all_good(records: PostgresRecords) -> bool:
    return all([(await records.examine(key)).good for key, _ in await records.files()])


async def test_what_is_written_is_what_its_journal_says(records: PostgresRecords):
    keys = await many(records, 3)
    registered = Story("new")
    await records.write(registered.registered())
    assert await wrong(records, *keys, "new") == {}
    assert {key for key, _ in await records.files()} == {*keys, "new"}
    assert next(name for _, name in await records.files("c01")) == "HF01-2026-000003"
    examined = [await records.examine(key) for key in (*keys, "new", "nobody")]
    assert [one.lines for one in examined][-3:] == [3, 0, 0]


async def test_every_value_that_is_changed_is_found_and_made_again(records: PostgresRecords, url: str):
    """Any column of any row, and any place within what is JSON. `NOT_DERIVED` is all that may be changed unseen."""
    await many(records, 4)
    before = await dump(url)
    await unguarded(url)
    chance, done = Random(20261123), list[Ruined]()
    columns = {table: await rows(url, COLUMNS, table) for table in GUARDED}
    every = [(table, one) for table in GUARDED for one in columns[table] if one["name"] not in unseen(table)]
    connection = await connect(url)
    for nth, (table, column) in enumerate([*every, *chance.choices(every, k=CHANGES)]):
        ruined = await ruin(connection, chance, table, column)
        done.append(ruined)
        found = await records.examine(ruined.key)
        assert not found.good, f"{ruined} was changed unseen"
        assert any(_names(one, ruined) for one in found.differences), f"{ruined}: {found.differences}"
        by_rebuild = table != "journal" and ruined.column not in ("key", "cursor", "journal_hash")
        assert not by_rebuild or found.rebuildable, str(ruined)
        await (records.rebuild(ruined.key) if by_rebuild else ruined.undo(connection))
        assert (await records.examine(ruined.key)).good, str(ruined)
        if nth % 20 == 0:
            assert await dump(url) == before, str(ruined)
    await connection.close()
    assert await dump(url) == before
    assert len(done) > CHANGES + 100


async def test_the_value_null_of_json_is_not_no_value(records: PostgresRecords, url: str):
    await many(records, 1)
    nullable = {
        table: [row["name"] for row in await rows(url, COLUMNS, table) if row["type"] == "jsonb" and row["nullable"]]
        for table in GUARDED
    }
    assert {table: tuple(sorted(names)) for table, names in nullable.items() if names} == MAY_BE_NULL
    await unguarded(url)
    for table, names in nullable.items():
        for name in names:
            [row, *_] = await rows(url, f"SELECT key, {name} IS NULL AS none FROM {table} ORDER BY 1, 2 DESC")
            await rows(url, f"UPDATE {table} SET {name} = 'null' WHERE key = $1", row["key"])
            found = await records.examine(row["key"])
            assert {(one.table, one.field.partition(".")[0]) for one in found.differences} == {(table, name)}
            await records.rebuild(row["key"])
            assert (await records.examine(row["key"])).good


async def test_the_row_of_the_case_library_is_compared_too(records: PostgresRecords, url: str):
    await many(records, 2)
    whole = await dump(url, "library")
    assert len(whole["library"]) == 1
    changes = ["project = 'x'", "category = 'x'", "at = now()", "study = NOT study", "matter = 'x'", "done = 'x'"]
    for change in changes:
        await rows(url, f"UPDATE library SET {change}")
        column = change.partition(" ")[0]
        assert await wrong(records, "c00", "c01") == {"c00": [f"library {column} differs"]}
        await records.rebuild("c00")
        assert await dump(url, "library") == whole
    await rows(url, "DELETE FROM library")
    assert await wrong(records, "c00", "c01") == {"c00": ["library missing"]}
    await records.rebuild("c00")
    assert await dump(url, "library") == whole
    await rows(url, "UPDATE library SET key = 'c01'")
    assert await wrong(records, "c00", "c01") == {"c00": ["library missing"], "c01": ["library extra"]}
    for key in ("c00", "c01"):
        await records.rebuild(key)
    assert await dump(url, "library") == whole


def unseen(table: str) -> frozenset[str]:
    return NOT_DERIVED.get(table, frozenset())


def _names(one: Difference, ruined: Ruined) -> bool:
    """Whether a difference names the value: its column, or that its row is missing or read otherwise."""
    if ruined.table == "journal":
        return one.table == "journal"
    return one.table == ruined.table and (one.what is not What.DIFFERS or one.field.startswith(ruined.column))


@pytest.mark.parametrize("table", GUARDED)
async def test_columns_that_no_journal_fills_are_named(records: PostgresRecords, url: str, table: str):
    made = (
        "SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1 AND is_generated <> 'NEVER'"
    )
    generated = {row["name"] for row in await rows(url, made, table)}
    of_rows_below = {"responsible", "involved", "owing"}
    beside = {
        "notices": {"nth", "read_at"},
        "complaints": {"followed_to", *of_rows_below},
        "rounds": {"followed_to"},
        "journal": {"written_at"},
    }
    assert unseen(table) == generated | beside.get(table, set())


async def test_rows_that_were_dropped_come_back_and_nothing_is_sent_again(records: PostgresRecords, url: str):
    keys = await many(records, 50)
    await rows(url, "UPDATE deliveries SET state = 'sent', sent_at = now() WHERE notice LIKE '%/li.na'")
    await rows(url, "UPDATE deliveries SET state = 'failed', attempts = 3 WHERE notice LIKE '%/ma.chao'")
    before = await dump(url, *GUARDED, "deliveries", "library")
    await unguarded(url, tuple(KEYED))
    for table in KEYED:
        await rows(url, f"DELETE FROM {table}")
    await guarded(url, tuple(KEYED))
    records.mail_waiting.clear()
    found = [await records.rebuild(key) for key in keys]
    assert all(tables(one.differences)["duties"]["missing"] for one in found)
    assert await dump(url, *GUARDED, "deliveries", "library") == before
    assert await all_good(records)
    assert not records.mail_waiting.is_set()
    case = await records.case("c00")
    assert case is not None
    assert [one.to for one in case.notices] == ["li.na", "zhou.min", "ma.chao"]


async def test_deliveries_that_were_lost_too_are_not_made_again(records: PostgresRecords, url: str):
    await told(records, "a")
    await rows(url, "DELETE FROM deliveries")
    await rows(url, "DELETE FROM notices")
    await records.rebuild("a")
    assert (await records.examine("a")).good
    assert await rows(url, "SELECT FROM deliveries") == []


async def test_what_the_journal_does_not_have_is_taken_away_with_its_mail(records: PostgresRecords, url: str):
    for key in ("a", "b"):
        await told(records, key)
    before = await dump(url, *GUARDED, "deliveries", "library")
    for sql in (STRAY_ACT, STRAY_NOTICE, STRAY_MAIL, STRAY_DUTY):
        await rows(url, sql, "a")
    assert await wrong(records, "a", "b") == {"a": ["duties stray extra", "acts 9 extra", "notices x extra"]}
    await records.rebuild("a")
    assert await dump(url, *GUARDED, "deliveries", "library") == before


async def test_rows_that_are_right_and_who_has_read_what_stay_untouched(records: PostgresRecords, url: str):
    await told(records, "a")
    await records.read("ma.chao", "a")
    await rows(url, "UPDATE duties SET owner = 'zhou.min' WHERE id = 'CR-5.2.1b'")
    untouched = (
        "SELECT id, xmin, read_at FROM notices UNION ALL SELECT id, xmin, NULL FROM duties WHERE owner = 'liu.bo'"
    )
    acts = "SELECT xmin FROM acts UNION ALL SELECT xmin FROM complaints UNION ALL SELECT xmin FROM journal"
    before = [await rows(url, untouched), await rows(url, acts)]
    await records.rebuild("a")
    assert (await records.examine("a")).good
    assert [await rows(url, untouched), await rows(url, acts)] == before
    assert [row["read_at"] is not None for row in before[0] if "ma.chao" in row["id"]] == [True]


async def test_notices_come_back_in_the_order_in_which_they_arose(records: PostgresRecords, url: str):
    await told(records, "a")
    await rows(url, "DELETE FROM deliveries WHERE notice LIKE '%/li.na'")
    await rows(url, "DELETE FROM notices WHERE id LIKE '%/li.na'")
    await records.rebuild("a")
    assert (await records.examine("a")).good
    await rows(url, "UPDATE notices SET nth = DEFAULT WHERE id LIKE '%/zhou.min'")
    assert await wrong(records, "a") == {"a": ["notices CR-5.2.1b/told/zhou.min order"]}


async def test_a_case_that_looked_closed_leaves_the_library_again(records: PostgresRecords, url: str):
    await told(records, "c1")
    await rows(url, "UPDATE complaints SET closed_at = now(), outcome = 'x'")
    assert await rows(url, "SELECT FROM library")
    await records.rebuild("c1")
    assert await rows(url, "SELECT FROM library") == []


async def test_a_case_without_its_own_row_is_made_again_once_the_end_of_its_journal_is_accepted(
    records: PostgresRecords, url: str
):
    await told(records, "c0")
    before = await dump(url, *GUARDED, "library", "files")
    await unguarded(url, ("complaints", "library"))
    await rows(url, "DELETE FROM complaints")
    await rows(url, "DELETE FROM library")
    await guarded(url, ("complaints", "library"))
    found = await records.rebuild("c0")
    assert (found.rebuildable, [one.what for one in found.differences]) == (False, [What.END, What.MISSING])
    assert await rows(url, "SELECT FROM complaints") == []
    await records.rebuild("c0", accept_end=True)
    assert await dump(url, *GUARDED, "library", "files") == before


# --- journals that nothing can be made from


async def test_lines_cut_off_the_end_are_missed_and_nothing_is_made_from_the_rest(records: PostgresRecords, url: str):
    await told(records, "a")
    await unguarded(url)
    last = (await records.journal("a"))[-1].seq
    await rows(url, "DELETE FROM journal WHERE seq = $1", last)
    before = await dump(url)
    found = await records.rebuild("a")
    assert (found.differences[0].what, found.differences[0].id, found.rebuildable) == (What.END, str(last), False)
    assert await dump(url) == before
    await records.rebuild("a", accept_end=True)
    assert (await records.examine("a")).good
    assert await records.cursor("a") == last - 1


@pytest.mark.parametrize(
    ("kind", "data"),
    [("case.flown", {}), ("duty.opened", {}), ("case.opened", None), ("duty.done", {"act": 3, "kind": "discharge"})],
)
async def test_a_line_that_cannot_be_read_is_named_and_nothing_is_made(
    records: PostgresRecords, url: str, kind: str, data: dict[str, object] | None
):
    story = Story("a")
    await records.write(story.goes_on([duty()]))
    end = story.lines[-1]
    said = story.lines[0].data if data is None else data
    if kind == "duty.done":
        said = {**said, "recorded_at": MORNING.isoformat()}
    line = journal.line(end.seq, end.hash, MORNING, kind, by="li.na", duty="nothing", rule="x", data=said)
    await rows(url, JOURNAL_LINE, "a", line.model_dump_json())
    await rows(url, "UPDATE complaints SET cursor = $1, journal_hash = $2", line.seq, line.hash)
    await rows(url, "UPDATE duties SET role = 'nobody'")
    found = await records.rebuild("a")
    assert [(one.what, one.id) for one in found.differences] == [(What.UNREADABLE, str(line.seq))]
    assert (await rows(url, "SELECT role FROM duties"))[0]["role"] == "nobody"


async def test_rows_without_any_journal_are_named_and_stay(records: PostgresRecords, url: str):
    await records.write(Story("a").registered())
    await rows(url, STRAY_ACT, "a")
    found = await records.rebuild("a", accept_end=True)
    assert [(one.what, one.table, one.id) for one in found.differences] == [(What.UNTOLD, "acts", "9")]
    assert len(await rows(url, "SELECT FROM acts")) == 1


async def test_what_is_named_is_never_what_somebody_said(records: PostgresRecords, url: str):
    await told(records, "a")
    await unguarded(url)
    await rows(url, "UPDATE complaints SET customer = '王小明', matter = '王小明' || matter")
    await rows(url, """UPDATE acts SET form = '{"summary": "王小明"}', reason = '王小明'""")
    found = await records.examine("a")
    assert not found.good
    assert "王小明" not in repr(found)


# --- journals that are made whole with what the server still has


async def lived(records: PostgresRecords) -> Story:
    """A case with ten lines."""
    story = Story("a")
    await records.write(story.goes_on([duty()], lines=6))
    await records.write(story.goes_on(lines=4))
    return story


@pytest.mark.parametrize("lost", [[10], [7, 8, 9, 10], [3], [1, 2, 3, 6], list(range(1, 11))])
async def test_lines_that_the_server_has_are_put_back(records: PostgresRecords, url: str, lost: list[int]):
    story = await lived(records)
    before = await dump(url, *GUARDED, "deliveries")
    await unguarded(url)
    await rows(url, "DELETE FROM journal WHERE seq = ANY ($1)", lost)
    await guarded(url)
    assert not (await records.examine("a")).good
    assert await records.complete(story.since(0)) == len(lost)
    assert await dump(url, *GUARDED, "deliveries") == before
    assert (await records.examine("a")).good


async def test_lines_that_nobody_has_any_more_are_named_and_nothing_is_put_back(records: PostgresRecords, url: str):
    story = await lived(records)
    await unguarded(url)
    await rows(url, "DELETE FROM journal WHERE seq IN (2, 4, 5, 8)")
    before = await dump(url)
    with pytest.raises(RecordsRefused, match=r"does not have lines 2, 4–5 any more"):
        await records.complete(story.since(6))
    assert await dump(url) == before


async def test_the_server_says_whether_an_end_is_the_right_one(records: PostgresRecords, url: str):
    story = await lived(records)
    await unguarded(url)
    await rows(url, "UPDATE complaints SET cursor = 8, journal_hash = 'x'")
    assert await records.complete(story.since(10)) == 0, "no line, but the end"
    story.goes_on(lines=2)
    assert await records.complete(story.since(10)) == 0, "newer lines follow this end"
    await records.rebuild("a", accept_end=True)
    assert await records.cursor("a") == 10
    await records.write(story.since(10))
    assert (await records.examine("a")).lines == 12


async def test_another_history_than_that_of_the_server_is_left_as_it_is(records: PostgresRecords, url: str):
    await lived(records)
    other = Story("a")
    other.goes_on([duty("CR-5.4.1")], lines=12)
    with pytest.raises(RecordsRefused, match="line 2 of the records is another one"):
        await records.complete(other.since(0))
    with pytest.raises(RecordsRefused, match="the journal ends at line 10, that of the server goes to line 12"):
        await records.complete(other.since(11))
    behind = Story("a")
    behind.goes_on([duty()], lines=6)
    with pytest.raises(RecordsRefused, match="the journal ends at line 10, that of the server goes to line 6"):
        await records.complete(behind.since(0))


# --- the guards


async def test_acts_are_taken_away_only_while_their_case_is_made_again_and_only_those_of_no_line(
    records: PostgresRecords, url: str
):
    for key in ("a", "b"):
        await told(records, key)
    await rows(url, STRAY_ACT, "a")
    rebuilding = "DO $$ BEGIN PERFORM set_config('duly.rebuilding', '{0}', true); {1}; END $$"
    for key, sql in (
        ("", "DELETE FROM acts WHERE key = 'a' AND seq = 9"),
        ("b", "DELETE FROM acts WHERE key = 'a' AND seq = 9"),
        ("a", "DELETE FROM acts WHERE key = 'a' AND seq = 1"),
        ("a", "DELETE FROM journal WHERE key = 'a'"),
        ("a", "UPDATE journal SET by = 'x'"),
        ("a", "DELETE FROM complaints WHERE key = 'a'"),
    ):
        with pytest.raises(FAULTS, match="only grows"):
            await rows(url, rebuilding.format(key, sql))
    await rows(url, rebuilding.format("a", "DELETE FROM acts WHERE key = 'a' AND seq = 9"))
    assert await all_good(records)

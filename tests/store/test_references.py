"""Directory and calendar: versions, and the last good ones while PostgreSQL is away."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.ports import ReferenceSource
from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsAway
from complaints.clock.calendar import from_libraries
from complaints.people.loader import load
from complaints.people.model import UnknownProject
from complaints.people.problems import DirectoryError
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from complaints.store.references import StoredReferences
from tests.fakes import ExampleReferences
from tests.store.casefiles import Story
from tests.store.postgres import DIRECTORY, rows

NEW = f'{DIRECTORY}\n[[project]]\ncode = "zz99"\nname = "新项目"\n'
OTHER = DIRECTORY.replace('name = "李娜"', 'name = "李娜娜"')
NOWHERE = "postgresql://nobody@/none?host=/nonexistent"


# --- what every source of references keeps to: the real one, and the one that tests of procedures work with


class Real:
    """The records, whose directory another process than the worker's loads."""

    def __init__(self, records: PostgresRecords, url: str) -> None:
        self.source: ReferenceSource = StoredReferences(records)
        self._url = url

    async def loads(self, text: str) -> None:
        elsewhere = PostgresRecords(self._url)
        await elsewhere.load_directory(text, by="xu.fang")
        await elsewhere.close()

    async def loses_everything(self) -> None:
        await rows(self._url, "TRUNCATE directory_versions, calendar_versions, reference_version, people, projects")


class Fake:
    """The example directory in memory."""

    def __init__(self) -> None:
        self.source = ExampleReferences()

    async def loads(self, text: str) -> None:
        self.source.directory = load(text, "directory.toml")

    async def loses_everything(self) -> None:
        self.source.loaded = False


@pytest.fixture(params=["real", "fake"])
def kept(request: pytest.FixtureRequest, records: PostgresRecords, url: str) -> Real | Fake:
    return Real(records, url) if request.param == "real" else Fake()


async def test_a_project_has_its_reference_and_whoever_has_the_newest_gets_nothing(kept: Real | Fake):
    reference = await kept.source.reference("hf01", None)
    assert reference is not None
    assert (reference.project, reference.directory.name("li.na")) == ("hf01", "李娜")
    assert await kept.source.reference("hf01", reference.version) is None
    whole = await kept.source.reference("", None)
    assert whole is not None
    assert whole.project == ""


async def test_a_newer_directory_is_there_for_whoever_knows_an_older_one(kept: Real | Fake):
    old = await kept.source.reference("hf01", None)
    assert old is not None
    await kept.loads(OTHER)
    new = await kept.source.reference("hf01", old.version)
    assert new is not None
    assert new.directory.name("li.na") == "李娜娜"


async def test_a_project_that_the_directory_lacks_is_unknown_and_nobody_waits_for_it(kept: Real | Fake):
    for _ in range(2):
        with pytest.raises(UnknownProject, match="zz99"):
            await kept.source.reference("zz99", None)


async def test_a_project_that_has_just_been_loaded_is_known_at_once(kept: Real | Fake):
    assert await kept.source.reference("hf01", None) is not None  # what there is has just been asked for
    await kept.loads(NEW)
    reference = await kept.source.reference("zz99", None)
    assert reference is not None
    assert reference.project == "zz99"


async def test_a_project_that_is_taken_out_of_the_directory_is_unknown_from_then_on(kept: Real | Fake):
    await kept.loads(NEW)
    reference = await kept.source.reference("zz99", None)
    assert reference is not None
    await kept.loads(DIRECTORY)
    with pytest.raises(UnknownProject):
        await kept.source.reference("zz99", reference.version)


async def test_the_ids_that_a_complaint_may_name_are_those_of_the_whole_directory(kept: Real | Fake):
    known = await kept.source.known()
    assert {"hf01", "yx02"} <= known.projects
    assert {"li.na", "zhou.min"} <= known.people
    assert {"engineering", "property"} <= known.departments
    assert "zz99" not in known.projects
    await kept.loads(NEW)
    assert "zz99" in (await kept.source.known(newest=True)).projects


async def test_before_anything_is_loaded_everybody_waits(kept: Real | Fake):
    await kept.loses_everything()
    for project in ("hf01", "zz99", ""):
        with pytest.raises(RecordsAway, match="load both"):
            await kept.source.reference(project, None)
    for newest in (False, True):
        with pytest.raises(RecordsAway, match="load both"):
            await kept.source.known(newest=newest)


async def test_who_would_have_to_be_asked_and_is_away_is_waited_for(records: PostgresRecords, tmp_path: Path):
    """A directory that was kept from before may lack what has been loaded since: nobody is refused by it."""
    cache = tmp_path / "reference.json"
    assert await StoredReferences(records, cache).reference("hf01", None) is not None
    away = StoredReferences(PostgresRecords(NOWHERE), cache)
    assert "hf01" in (await away.known()).projects
    with pytest.raises(RecordsAway):
        await away.reference("zz99", None)
    with pytest.raises(RecordsAway):
        await away.known(newest=True)


# --- versions, and what is kept of them


async def test_a_directory_that_is_in_force_is_not_loaded_again(records: PostgresRecords, url: str):
    version, text = await records.directory() or ("", "")
    assert text == DIRECTORY
    assert await records.load_directory(DIRECTORY, by="xu.fang") == version
    newer = await records.load_directory(OTHER, by="xu.fang")
    assert newer != version
    assert await records.load_directory(DIRECTORY, by="xu.fang") == version
    loaded = await rows(url, "SELECT version, loaded_by FROM directory_versions ORDER BY id")
    assert [(row["version"], row["loaded_by"]) for row in loaded] == [
        (version, "test"),
        (newer, "xu.fang"),
        (version, "xu.fang"),
    ]


async def test_a_wrong_directory_is_refused_and_the_old_one_stays(records: PostgresRecords):
    with pytest.raises(DirectoryError):
        await records.load_directory(DIRECTORY.replace('roles = ["president"]', "roles = []"), by="xu.fang")
    assert (await records.directory() or ("", ""))[1] == DIRECTORY


async def test_the_calendar_of_2026_is_kept_day_by_day(records: PostgresRecords, url: str):
    calendar = await records.calendar()
    assert calendar == from_libraries(range(2025, 2027))
    kept = {str(row["day"]): (row["kind"], row["name"]) for row in await rows(url, "SELECT * FROM calendar_days")}
    assert kept["2026-10-01"] == ("off", "national_day")
    assert kept["2026-10-10"][0] == "on"  # a Saturday made up for the National Day holiday
    assert "2026-10-03" not in kept  # a Saturday like any other


async def test_a_write_tells_the_newest_version_of_directory_and_calendar(records: PostgresRecords):
    story = Story("a")
    first = (await records.write(story.registered())).reference
    assert first == await records.reference_version()
    await records.load_directory(OTHER, by="xu.fang")
    second = (await records.write(story.goes_on())).reference
    await records.load_calendar(from_libraries(range(2024, 2027)), by="xu.fang")
    third = (await records.write(story.goes_on())).reference
    assert len({first, second, third}) == 3


async def test_a_workflow_gets_the_reference_of_its_project_and_nothing_when_it_has_the_newest(
    records: PostgresRecords,
):
    source = StoredReferences(records)
    reference = await source.reference("hf01", None)
    assert reference is not None
    assert (reference.project, reference.zone) == ("hf01", "Asia/Shanghai")
    assert reference.directory.name("li.na") == "李娜"
    assert reference.version == await records.reference_version()
    assert await source.reference("hf01", reference.version) is None


async def test_an_absence_that_somebody_sets_is_in_the_reference_until_it_is_ended(records: PostgresRecords):
    source, first = StoredReferences(records), await records.reference_version()
    now = datetime.now(UTC)
    until = now + timedelta(days=2)
    set_now = await records.set_absence("wang.qiang", by="wang.qiang", start=now, until=until, deputy="chen.jing")
    second = await records.reference_version()
    away = await source.reference("hf01", first)
    assert away is not None
    assert away.version == second != first
    assert away.directory.acts_for("chen.jing", datetime.now(UTC)) == ("wang.qiang",)
    assert await records.absences() == (set_now,)
    with pytest.raises(Refusal) as twice:
        await records.set_absence("wang.qiang", by="wang.qiang", start=now, until=until)
    assert twice.value.code is Refused.ABSENT_ALREADY
    assert await records.reference_version() == second
    await records.load_directory(OTHER, by="xu.fang")
    kept = await source.reference("hf01", second)
    assert kept is not None
    assert kept.directory.away("wang.qiang", datetime.now(UTC)), "a directory that is loaded anew takes none away"
    [ended] = await records.end_absence("wang.qiang", by="chen.jing")
    assert (ended.ended_by, ended.id) == ("chen.jing", set_now.id)
    back = await source.reference("hf01", kept.version)
    assert back is not None
    assert not back.directory.away("wang.qiang", datetime.now(UTC))
    with pytest.raises(Refusal) as over:
        await records.end_absence("wang.qiang", by="wang.qiang")
    assert over.value.code is Refused.NOT_ABSENT


async def another_is_loaded(url: str) -> None:
    """By another process than the worker's."""
    elsewhere = PostgresRecords(url)
    await elsewhere.load_directory(OTHER, by="xu.fang")
    await elsewhere.close()


async def test_a_newer_directory_is_seen_at_once_after_a_write_has_seen_it(records: PostgresRecords, url: str):
    source = StoredReferences(records)
    old = await source.reference("hf01", None)
    assert old is not None
    await another_is_loaded(url)
    await records.write(Story("a").registered())
    new = await source.reference("hf01", old.version)
    assert new is not None
    assert new.directory.name("li.na") == "李娜娜"


async def test_who_is_told_of_a_newer_directory_gets_it_however_soon(records: PostgresRecords, url: str):
    source = StoredReferences(records)
    old = await source.reference("hf01", None)
    assert old is not None
    await another_is_loaded(url)
    new = await source.reference("hf01", old.version)
    assert new is not None
    assert new.directory.name("li.na") == "李娜娜"


async def test_who_is_told_of_a_newer_directory_while_the_records_are_away_asks_again(
    records: PostgresRecords, tmp_path: Path
):
    cache = tmp_path / "reference.json"
    old = await StoredReferences(records, cache).reference("hf01", None)
    assert old is not None
    away = StoredReferences(PostgresRecords(NOWHERE), cache)
    with pytest.raises(RecordsAway):
        await away.reference("hf01", old.version)
    assert await away.reference("hf01", None) == old
    with pytest.raises(RecordsAway):
        await away.reference("hf01", old.version)


async def test_the_last_good_reference_outlives_postgresql_and_the_worker(records: PostgresRecords, tmp_path: Path):
    cache = tmp_path / "kept" / "reference.json"
    before = await StoredReferences(records, cache).reference("hf01", None)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    restarted = StoredReferences(PostgresRecords(NOWHERE), cache)
    assert await restarted.reference("hf01", None) == before
    assert (await restarted.directory()).person("li.na") is not None


async def test_without_records_and_without_anything_kept_there_is_a_fault_that_says_what_to_do(
    tmp_path: Path, postgres: object
):
    with pytest.raises(RecordsAway):
        await StoredReferences(PostgresRecords(NOWHERE), tmp_path / "none.json").reference("hf01", None)


@pytest.mark.usefixtures("servers")
async def test_an_unreadable_cache_is_passed_over(tmp_path: Path):
    cache = tmp_path / "reference.json"
    cache.write_text('{"version": "of another release"}', encoding="utf-8")
    with pytest.raises(RecordsAway):
        await StoredReferences(PostgresRecords(NOWHERE), cache).reference("hf01", None)


async def test_before_anything_is_loaded_the_fault_says_so(postgres: object, url: str):
    await rows(url, "TRUNCATE directory_versions, calendar_versions, reference_version, people, projects")
    records = PostgresRecords(url)
    with pytest.raises(RecordsAway, match="load both"):
        await StoredReferences(records).reference("hf01", None)
    assert await records.directory() is None
    assert await records.calendar() is None
    await records.close()


async def test_migrating_again_changes_nothing(url: str, records: PostgresRecords):
    await records.write(Story("a").registered())
    assert await migrate(url) == await migrate(url)
    assert await records.resolve("a") == "a"

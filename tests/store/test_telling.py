"""What a new directory means for what is open: who still owes, which cases do not know it, what it must not lack."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from complaints import editions
from complaints.case import departures
from complaints.case.departures import DutyOfCase
from complaints.case.events.machine import ReferenceChanged
from complaints.case.file import CaseFile
from complaints.clock.calendar import from_libraries
from complaints.editions.model import Edition
from complaints.editions.pin import EditionPin
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.store.records import PostgresRecords
from starters.cli.app import run
from tests.places import EXAMPLE_DIRECTORY
from tests.store.casefiles import CRISIS, MORNING, Story, complaint, duty
from tests.store.test_import_commands import at_home, said

__all__ = ["at_home"]  # a fixture

TEXT = EXAMPLE_DIRECTORY.read_text(encoding="utf-8")
WITHOUT_LI_NA = (
    TEXT.replace('reports_to = "li.na"', 'reports_to = "wang.qiang"')
    .replace('deputy = "li.na"\n', "")
    .replace('id = "li.na"', 'id = "li.new"')
    .replace('"li.na@', '"li.new@')
    .replace('person = "li.na"', 'person = "li.new"')
)
YX02 = '[[project]]\ncode = "yx02"\nname = "云溪花园二期"\nzone = "Asia/Shanghai"\n'
CALENDAR = from_libraries(range(2025, 2027))


async def told_of(records: PostgresRecords, key: str, opening: str, *later: str) -> None:
    """A case that knew a version when it was opened, and was told of later ones."""
    story = Story(key, reference=opening)
    await records.write(story.registered())
    await records.write(story.goes_on(events=[ReferenceChanged(at=MORNING, version=version) for version in later]))


async def owes(records: PostgresRecords, key: str = "a", **changes: Any) -> Story:
    story = Story(key, complaint(key, **changes))
    await records.write(story.registered())
    await records.write(story.goes_on([duty(), duty("CR-5.4.4", owner="wu.jie")], events=CRISIS))
    return story


async def test_the_version_a_case_knows_is_that_of_its_opening_or_the_last_it_was_told(records: PostgresRecords):
    await told_of(records, "a", "R-1")
    await told_of(records, "b", "R-1", "R-2", "R-3")
    silent = Story("c")
    await records.write(silent.registered())
    assert sorted(await records.open_keys()) == ["a", "b", "c"]
    assert await records.known_versions(["a", "b", "c", "d"]) == {"a": "R-1", "b": "R-3"}


async def test_whoever_leaves_and_owes_is_named_with_what_and_where_it_goes(records: PostgresRecords):
    await owes(records)
    before, after = load(TEXT), load(WITHOUT_LI_NA)
    gone = departures.strangers(await records.owners(), after)
    assert gone == [("hf01", "li.na")]
    owed = await records.owed_by(gone)
    (one,) = departures.owing(owed, await files_of(records, owed), before, after, CALENDAR, MORNING, editions.get)
    assert (one.person, one.name, one.case, one.duty) == ("li.na", "李娜", "HF01-2026-000001", "CR-5.2.1b")
    assert (one.due, one.late) == (duty().deadline.due, False)
    assert (one.goes_to, one.climbs_to) == ("li.new", "wang.qiang")
    assert departures.strangers(await records.owners(), before) == []


async def files_of(records: PostgresRecords, owed: list[DutyOfCase]) -> dict[str, CaseFile]:
    files = {one.key: await records.case(one.key) for one in owed}
    return {key: file for key, file in files.items() if file is not None}


async def test_whoever_no_longer_works_for_the_project_is_named_too(records: PostgresRecords):
    await owes(records)
    elsewhere = load(TEXT)
    people = [one.but(projects=("yx02",)) if one.id == "wu.jie" else one for one in elsewhere.people]
    elsewhere = elsewhere.but(people=tuple(one.but(deputy=None, reports_to=None) for one in people))
    assert ("hf01", "wu.jie") in departures.strangers(await records.owners(), elsewhere)


async def test_nobody_complained_about_is_named_as_who_gets_it_or_hears_of_it(records: PostgresRecords):
    await owes(records, about=("wang.qiang",))
    before, after = load(TEXT), load(WITHOUT_LI_NA)
    owed = await records.owed_by([("hf01", "li.na")])
    (one,) = departures.owing(owed, await files_of(records, owed), before, after, CALENDAR, MORNING, editions.get)
    assert (one.goes_to, one.climbs_to) == ("li.new", "chen.jing")


# --- what a directory must not lack


def with_role(edition: Edition, role: str) -> Edition:
    rules = {**edition.rules, "CR-5.1.4": edition.rule("CR-5.1.4").but(owner=role)}
    return dataclasses.replace(edition, name="2026.9", digest="d" * 64, rules=MappingProxyType(rules))


def found(directory: Directory, pinned: list[departures.Pinned], own: Edition) -> list[tuple[str, dict[str, str]]]:
    def get(name: str, digest: str) -> Edition:
        return own if (name, digest) == (own.name, own.digest) else editions.get(name, digest)

    return [(one.code, dict(one.params)) for one in departures.lacking(directory, pinned, get)]


def test_a_directory_without_a_role_that_open_cases_need_has_a_problem_and_one_with_it_has_none():
    own = with_role(editions.newest(), "quality_officer")
    pinned = [departures.Pinned(edition=own.pin, project="hf01", cases=3)]
    problem = ("role-of-edition", {"id": "quality_officer", "edition": "2026.9", "cases": "3"})
    assert found(load(TEXT), pinned, own) == [problem]
    role = '\n[[role]]\nkey = "quality_officer"\nzh = "质量员"\nen = "quality officer"\nsuperior = "general_manager"\n'
    held = TEXT.replace('roles = ["cs_supervisor"', 'roles = ["cs_supervisor", "quality_officer"', 1) + role
    assert held.count("quality_officer") == 2
    assert found(load(held), pinned, own) == []


def test_an_edition_that_is_not_installed_here_is_named():
    pinned = [departures.Pinned(edition=EditionPin(name="2020.1", digest="e" * 64), project="hf01", cases=1)]
    assert departures.missing_editions(pinned, editions.get) == ["2020.1"]
    assert list(departures.lacking(load(TEXT), pinned, editions.get)) == []


async def test_a_directory_without_the_project_of_open_cases_is_refused_and_nothing_is_loaded(
    records: PostgresRecords, at_home: Path, capsys: pytest.CaptureFixture[str]
):
    await owes(records, project="yx02")
    assert YX02 in TEXT
    without = (
        TEXT.replace(YX02, "").replace(', "yx02"', "").replace('"yx02", ', "").replace('projects = ["yx02"]\n', "")
    )
    file = at_home / "directory.toml"
    file.write_text(without, encoding="utf-8")
    before = await records.directory()
    code, answer = await _in_thread(said, capsys, "directory", "load", str(file))
    assert code == 2
    (problem,) = answer["problems"]
    assert "yx02" in problem["say"]
    assert await records.directory() == before


async def test_a_directory_is_loaded_without_the_server_where_every_case_knows_it(
    records: PostgresRecords, at_home: Path, capsys: pytest.CaptureFixture[str]
):
    newest = await records.reference_version()
    assert newest is not None
    await told_of(records, "a", newest)
    code, answer = await _in_thread(said, capsys, "directory", "load", str(EXAMPLE_DIRECTORY))
    assert (code, answer["changed"], answer["cases_told"]) == (0, False, 0)
    await told_of(records, "b", "R-older")
    assert await _in_thread(run, ["directory", "load", str(EXAMPLE_DIRECTORY)]) == 3, "there is one to be told"


async def _in_thread(call: Any, *arguments: Any) -> Any:
    return await asyncio.to_thread(call, *arguments)

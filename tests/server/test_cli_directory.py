"""Loading a directory or a calendar on a running system: who still owes, and every open case is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import WorkflowHandle
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode

from complaints.connection.settings import Settings
from complaints.connection.temporal import connect
from complaints.store.records import PostgresRecords
from starters.client import Duly
from tests.people import MANAGER, SUPERVISOR
from tests.places import EXAMPLE_DIRECTORY
from tests.server.test_cli import Shell, duly, opened, until
from tests.store.test_telling import WITHOUT_LI_NA
from tests.world import eventually
from workflows import interface

__all__ = ["duly"]  # a fixture


# --- a new directory, and the cases that do not know it


async def test_whoever_leaves_and_still_owes_is_named_when_the_directory_is_loaded(duly: Shell, tmp_path: Path) -> None:
    number = await opened(duly)
    await until(lambda: duly("search", number), lambda said: number in said.out)
    other = tmp_path / "directory.toml"
    other.write_text(WITHOUT_LI_NA, encoding="utf-8")
    try:
        said = await duly("directory", "load", str(other), "--json")
        owed = [one for one in said.data["owing"] if one["case"] == number]
        assert {one["duty"] for one in owed} >= {"CR-5.2.1a"}
        assert {(one["person"], one["name"], one["climbs_to"]) for one in owed} == {(SUPERVISOR, "李娜", MANAGER)}
        assert {one["goes_to"] for one in owed} == {"li.new"}
        again = await duly("directory", "load", str(other))
        assert again.code == 0
        assert f"李娜（{SUPERVISOR}）" in again.out or SUPERVISOR in again.out
        assert number in again.out
    finally:
        assert (await duly("directory", "load", str(EXAMPLE_DIRECTORY))).code == 0


async def test_a_load_that_was_interrupted_tells_the_cases_when_it_is_repeated(
    duly: Shell, office: Settings, tmp_path: Path
) -> None:
    number = await opened(duly)
    await until(lambda: duly("search", number), lambda said: number in said.out)
    other = EXAMPLE_DIRECTORY.read_text(encoding="utf-8") + f"\n# interrupted {number}\n"
    file = tmp_path / "directory.toml"
    file.write_text(other, encoding="utf-8")
    records = PostgresRecords(office.need_database(), size=1)
    await records.load_directory(other, by="tests")  # all that is done when Ctrl-C comes after the load
    key = await records.resolve(number)
    assert key is not None
    try:
        await eventually(lambda: _has_lines(records, key))
        before = (await records.known_versions([key]))[key]
        said = await duly("directory", "load", str(file), "--json")
        assert (said.code, said.data["changed"]) == (0, False)
        assert said.data["cases_told"] >= 1
        newest = await records.reference_version()
        assert newest != before
        await eventually(lambda: _knows(records, key, newest))
        third = await duly("directory", "load", str(file), "--json")
        assert third.data["cases_told"] < said.data["cases_told"], "those that know are not told again"
    finally:
        await records.close()
        await duly("directory", "load", str(EXAMPLE_DIRECTORY))


async def test_a_case_that_cannot_be_told_does_not_keep_the_others_from_being_told(
    duly: Shell, office: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [await opened(duly) for _ in range(3)]
    await until(lambda: duly("search", numbers[-1]), lambda said: numbers[-1] in said.out)
    records = PostgresRecords(office.need_database(), size=1)
    stubborn = await records.resolve(numbers[1])
    assert stubborn is not None
    signal = WorkflowHandle.signal

    async def refused(handle: Any, *arguments: Any, **options: Any) -> None:
        if handle.id == stubborn:
            raise RPCError("no", RPCStatusCode.RESOURCE_EXHAUSTED, b"")
        await signal(handle, *arguments, **options)

    file = tmp_path / "directory.toml"
    file.write_text(EXAMPLE_DIRECTORY.read_text(encoding="utf-8") + f"\n# {stubborn}\n", encoding="utf-8")
    try:
        with monkeypatch.context() as patched:
            patched.setattr(WorkflowHandle, "signal", refused)
            said = await duly("directory", "load", str(file), "--json")
        assert said.code == 3
        assert [one["case"] for one in said.data["untold"]] == [stubborn]
        assert said.data["cases_told"] >= 2
        newest = await records.reference_version()
        others = [key for number in (numbers[0], numbers[2]) if (key := await records.resolve(number))]
        for key in others:
            await eventually(lambda key=key: _knows(records, key, newest))
        again = await duly("directory", "load", str(file), "--json")
        assert (again.code, again.data["untold"]) == (0, [])
        # The two that know by now are not told again. Cases of other tests, whose workers are gone, may never know.
        assert 1 <= again.data["cases_told"] < said.data["cases_told"]
        await eventually(lambda: _knows(records, stubborn, newest))
    finally:
        await records.close()
        await duly("directory", "load", str(EXAMPLE_DIRECTORY))


async def test_a_calendar_tells_the_open_cases_too(duly: Shell, office: Settings, tmp_path: Path) -> None:
    number = await opened(duly)
    await until(lambda: duly("search", number), lambda said: number in said.out)
    records = PostgresRecords(office.need_database(), size=1)
    known = await records.calendar()
    file = tmp_path / "notice.toml"
    file.write_text(
        '[[year]]\nyear = 2026\n\n[[year.holiday]]\nname = "national_day"\noff = [2026-10-01, 2026-10-02]\n',
        encoding="utf-8",
    )
    key = await records.resolve(number)
    assert key is not None
    try:
        said = await duly("calendar", "load", str(file), "--json")
        assert (said.code, said.data["changed"]) == (0, True)
        assert said.data["cases_told"] >= 1
        newest = await records.reference_version()
        await eventually(lambda: _knows(records, key, newest))
    finally:
        if known is not None:
            await records.load_calendar(known, by="tests")
        await records.close()
        await duly("directory", "load", str(EXAMPLE_DIRECTORY))


async def _has_lines(records: PostgresRecords, key: str) -> bool:
    """Whether the records have more of a case than its number."""
    return key in await records.known_versions([key])


async def _knows(records: PostgresRecords, key: str, version: str | None) -> bool:
    return (await records.known_versions([key])).get(key) == version


@pytest.mark.parametrize("person", ["o'neil", "x' OR ExecutionStatus = 'Running"])
async def test_what_somebody_is_called_is_a_value_in_a_query_and_nothing_else(office: Settings, person: str) -> None:
    duly = Duly(await connect(office.need_address(), office.namespace))
    theirs, _ = await waits_for(duly, person), await waits_for(duly, "somebody.else")

    async def found() -> bool:
        return await duly.transport.waiting_on(person) == [theirs]

    await eventually(found)


@pytest.mark.parametrize("person", ["a\\", "\\' OR ExecutionStatus = 'Running", "\\\\'", "''", '"q"'])
async def test_what_the_server_cannot_look_for_ends_no_value_in_a_query_either(office: Settings, person: str) -> None:
    """Its lists do not find a backslash or a double quote; they must not take what follows for a query of its own."""
    duly = Duly(await connect(office.need_address(), office.namespace))
    other = await waits_for(duly, "somebody.else")

    async def listed() -> bool:
        return other in await duly.transport.waiting_on("somebody.else")

    await eventually(listed)
    assert other not in await duly.transport.waiting_on(person)


async def waits_for(duly: Duly, person: str) -> str:
    """The key of a workflow that says it waits for this person, whatever they are called."""
    waiting = SearchAttributeKey.for_keyword_list(interface.WAITING_ON)
    handle = await duly.client.start_workflow(
        "Nobody",
        id=f"nobody-{uuid4().hex}",
        task_queue="nobody",
        execution_timeout=timedelta(minutes=1),
        search_attributes=TypedSearchAttributes([SearchAttributePair(waiting, [person])]),
    )
    return handle.id

"""What the journal seals has the same time whenever the case is run again: the records would refuse it otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import pytest

from complaints.case.file import JournalLine
from complaints.connection.running_stack import StackInfo
from tests.people import CLERK
from tests.property.office import ServerOffice
from tests.world import Case
from workflows import interface

CASES = 16


@pytest.fixture
def office(stack: StackInfo) -> Generator[ServerOffice]:
    with ServerOffice(stack, "sealed") as office:
        yield office


async def told_and_asked(office: ServerOffice, case: Case) -> None:
    """Somebody looks at the case while it takes the new directory."""
    await case.handle.signal(interface.REFERENCE_CHANGED)
    for _ in range(4):
        await case.look()
        await office.pause()


async def journals(office: ServerOffice, case: Case) -> tuple[list[JournalLine], list[JournalLine]]:
    lines = list(await case.journal())
    until = asyncio.get_running_loop().time() + 60
    while True:
        kept = await office.records.journal(case.handle.id)
        if len(kept) == len(lines) or asyncio.get_running_loop().time() > until:
            return lines, kept
        await office.pause()


def test_a_new_directory_is_taken_at_the_same_time_however_often_a_worker_asks(office: ServerOffice):
    world = office.world()

    async def opened() -> list[Case]:
        return [await world.opens() for _ in range(CASES)]

    cases = office.run(opened())
    directory = office.references.directory
    now = datetime.now(UTC)
    away = {"person": CLERK, "start": now, "until": now + timedelta(days=2)}
    absence = type(directory.absences[0]).model_validate(away)
    office.references.directory = directory.but(absences=(*directory.absences, absence))

    async def all_told() -> None:
        await asyncio.gather(*(told_and_asked(office, case) for case in cases))

    office.run(all_told())
    office.run(office.crash())
    for case in cases:
        ours, kept = office.run(journals(office, case))
        assert sum(line.kind == "reference.changed" for line in ours) == 1
        assert ours == kept

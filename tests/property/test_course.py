"""What the lives are judged by is itself judged: each rule of `course` is broken in the product, and is seen to be."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from complaints import editions
from complaints.case import duties, four_eyes, tellings
from complaints.case.file import Duty, JournalLine
from complaints.case.journal import GENESIS, line
from complaints.people.model import Absence
from complaints.people.reference import Reference
from tests.memory import MemoryCase
from tests.people import CLERK, ENGINEERING, ENGINEERING_LEADER, LEADER, MANAGER, PROPERTY, SUPERVISOR
from tests.property.course import Course
from tests.property.office import MemoryOffice
from tests.world import Case, World
from workflows.duty_engine import DutyEngine

BOTH: dict[str, Any] = {"departments": ["engineering", "property"]}
A_DEPUTY_WHO_MAY_NOT = f"{SUPERVISOR} decides CR-5.2.1c.review about what they did themselves"


@pytest.fixture
def office() -> Generator[MemoryOffice]:
    with MemoryOffice() as office:
        yield office


@pytest.fixture
def world(office: MemoryOffice) -> World:
    return office.world()


def away(world: World, *people: str) -> None:
    """These people are on leave."""
    start = datetime.now(UTC) - timedelta(days=1)
    gone = [Absence(person=one, start=start, until=start + timedelta(days=60)) for one in people]
    directory = world.references.directory
    world.references.directory = directory.but(absences=(*directory.absences, *gone))


def found(case: Case) -> list[str]:
    """What the course of the case has that may never be."""
    lines = cast(MemoryCase, case.handle).lines
    return judged(case, lines)


def judged(case: Case, lines: list[JournalLine]) -> list[str]:
    references = case._world.references
    people = Reference.of(references.directory, case.file.place, references.calendar).directory
    return Course(editions.newest(), people).follow(lines).found


async def crisis(world: World, until: str, **forms: Any) -> Case:
    return await (await world.opens(loss=600_000).graded(1)).until(until, **forms)


async def two_departments(world: World) -> Case:
    """A crisis whose two departments have the same leader, approved, with a late predecessor on the way."""
    case = await crisis(world, "CR-5.2.2e", CR_5_2_2b=BOTH)
    await case.passes(hours=30)
    return await case.until("CR-5.3.2b")


def test_a_crisis_as_it_should_be_has_nothing_that_may_never_be(office: MemoryOffice, world: World):
    away(world, MANAGER, ENGINEERING_LEADER)
    case = office.run(two_departments(world))
    assert found(case) == []


def test_a_deputy_who_reviews_their_own_report_is_found(
    office: MemoryOffice, world: World, monkeypatch: pytest.MonkeyPatch
):
    away(world, MANAGER)
    monkeypatch.setattr(four_eyes, "barred", _nobody)
    case = office.run(crisis(world, "CR-5.2.2a"))
    assert [what.partition(": ")[2] for what in found(case)] == [A_DEPUTY_WHO_MAY_NOT]


def test_a_leader_of_two_departments_who_signs_for_both_is_found(
    office: MemoryOffice, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(four_eyes, "_beside", lambda file, duty: iter(()))
    case = office.run(two_departments(world))
    assert any(f"{ENGINEERING_LEADER} signs CR-5.3.2a.1@" in what for what in found(case)), found(case)


def test_whoever_asked_for_a_date_and_approves_it_is_found(
    office: MemoryOffice, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(four_eyes, "barred", _nobody)

    async def asked() -> Case:
        case = await crisis(world, "CR-5.3.2c")
        part = case.duty("CR-5.3.2c")
        await case.asks_date(part.id, part.deadline.due + timedelta(days=2))
        await case.delegates("CR-5.3.2c.date", part.owner)
        await case.approves("CR-5.3.2c.date")
        return case

    case = office.run(asked())
    assert any(f"{ENGINEERING} decides CR-5.3.2c.date" in what for what in found(case)), found(case)


def test_whoever_took_the_complaint_in_and_confirms_its_withdrawal_is_found(
    office: MemoryOffice, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(four_eyes, "barred", _nobody)

    async def withdrawn() -> Case:
        case = await world.opens(loss=20_000).graded(3)
        await case.drops(by=SUPERVISOR)
        await case.delegates("DROP.confirmation", CLERK)
        await case.approves("DROP.confirmation")
        return case

    case = office.run(withdrawn())
    assert any(f"{CLERK} decides DROP.confirmation" in what for what in found(case)), found(case)


def test_somebody_who_is_not_told_is_found(office: MemoryOffice, world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tellings, "addressees", lambda *_: ())
    case = office.run(crisis(world, "CR-5.2.1c.review"))
    assert found(case) == [f"{MANAGER} is not told of CR-5.2.1b by act 3"]


def test_whoever_was_told_of_an_answer_and_not_of_its_change_is_found(
    office: MemoryOffice, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(DutyEngine, "tell_changed", lambda *_: None)

    async def changed() -> Case:
        case = await crisis(world, "CR-5.2.2c")
        named = case.duty("CR-5.2.2b")
        await case.revises(named.id, by=LEADER, **case.filled(named, {"departments": ["property"]}))
        return case

    case = office.run(changed())
    told = {what.partition(" is not told")[0] for what in found(case)}
    assert told >= {ENGINEERING, PROPERTY}, found(case)


def test_a_breach_that_names_its_owner_while_somebody_else_is_late_is_found(
    office: MemoryOffice, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(duties, "blocked_by", lambda *_: None)

    async def late() -> Case:
        case = await crisis(world, "CR-5.2.2e")
        return await case.passes(hours=30)

    case = office.run(late())
    assert any("is late, waits for" in what for what in found(case)), found(case)
    assert any("climbs to" in what for what in found(case)), found(case)


def test_what_is_opened_or_sent_twice_is_found(office: MemoryOffice, world: World):
    case = office.run(crisis(world, "CR-5.2.1c.review"))
    lines = cast(MemoryCase, case.handle).lines
    opened = next(one for one in lines if one.kind == "duty.opened")
    acted = next(one for one in lines if one.kind == "duty.done")
    twice = [*lines, _again(lines, opened), _again(lines, acted)]
    said = judged(case, twice)
    assert f"{opened.duty} is opened twice" in said
    assert any("notice" in what and "sent twice" in what for what in said)
    assert any("is recorded twice" in what for what in said)
    assert any("is recorded as number" in what for what in said)


def _again(lines: list[JournalLine], one: JournalLine) -> JournalLine:
    """The line once more, at the end of these."""
    last = lines[-1] if lines else None
    return line(
        last.seq if last else 0,
        last.hash if last else GENESIS,
        at=one.at,
        kind=one.kind,
        by=one.by,
        duty=one.duty,
        rule=one.rule,
        data=one.data,
    )


def _nobody(file: Any, edition: Any, duty: Duty) -> frozenset[str]:
    return frozenset()

"""Decision 13: where a rule says that A tells, hands or reports to B, B gets a notice of what was handed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base import Frozen
from complaints.case.file import NoticeKind
from complaints.forms import FORMS
from complaints.people.model import Absence
from tests.people import (
    CLERK,
    ENGINEERING,
    ENGINEERING_LEADER,
    FINANCE,
    GENERAL_MANAGER,
    LEADER,
    MANAGER,
    PROPERTY,
    SALES,
    SALES_SUPERVISOR,
    SALESPERSON,
    SUPERVISOR,
)
from tests.toys import Toys
from tests.world import Case, World
from workflows.duty_engine import DutyEngine
from workflows.duty_terms import DutyAnswer, NoForm

pytestmark = pytest.mark.memory(anew=True)

TOLD: Any = "TOY.telling"
OTHER: Any = "TOY.other"
NAMED: dict[str, Any] = {"departments": ["engineering", "property"]}


async def telling(case: DutyEngine[Any]) -> None:
    since = case.file.track_since
    assert since is not None
    others = [case.owe(OTHER, since=since, department=key) for key in ("engineering", "property")]
    await case.owed(TOLD, form_of(case), since=since, department="sales")
    for one in others:
        await one.answer()


def form_of(case: DutyEngine[Any]) -> type[Frozen]:
    return FORMS.get(case.edition.rule(TOLD).form or "", NoForm)


def telling_rule(toy: Toys, *tells: str, **fields: Any) -> None:
    """The head of sales owes it, beside a duty of two departments' heads."""
    toy.rule(TOLD, **{"owner": "department_head", "tells": tells} | fields)
    toy.rule(OTHER, owner="department_head")
    toy.chapter(telling)


async def begun(world: World, **told: Any) -> Case:
    return (await world.opens(loss=600_000, **told).graded(1)).ignores()


def handed(case: Case, duty: str = f"{TOLD}@sales") -> list[str]:
    """Whoever was handed what this duty has brought."""
    return [notice.to for notice in case.file.notices if (notice.kind, notice.duty) == (NoticeKind.HANDED, duty)]


@pytest.mark.parametrize(
    ("addressee", "people"),
    [
        pytest.param("general_manager", [GENERAL_MANAGER], id="a role"),
        pytest.param("superior", [LEADER], id="the superior"),
        pytest.param("receiver", [CLERK], id="whoever took the complaint"),
        pytest.param("departments", None, id="all departments"),
        pytest.param("all:department_leader", [ENGINEERING_LEADER, LEADER], id="a role of every department"),
        pytest.param("owners:TOY.other", [ENGINEERING, PROPERTY], id="whoever owes another duty"),
        pytest.param("form:departments", [ENGINEERING, PROPERTY], id="departments that the form names"),
        pytest.param("done:TOY.other", [ENGINEERING], id="whoever has done another"),
        pytest.param("asked", [], id="nobody has asked for it"),
    ],
)
async def test_whoever_is_to_be_told_gets_it(world: World, toy: Toys, addressee: str, people: list[str] | None):
    telling_rule(toy, addressee, form="responsibility")
    case = await begun(world)
    await case.does(f"{OTHER}@engineering")
    await case.does(f"{TOLD}@sales", **NAMED)
    heads = [one.head for one in world.references.directory.departments if one.head != SALES]
    assert handed(case) == (list(dict.fromkeys(heads)) if people is None else people)
    act = case.file.acts[-1]
    told = [notice for notice in case.file.notices if notice.kind is NoticeKind.HANDED]
    assert {(notice.params["act"], notice.params["by"]) for notice in told} <= {(str(act.seq), SALES)}
    assert all("departments" not in str(notice.params) for notice in told), "mail contains nothing of the form"
    case.ignores()


async def test_the_head_of_the_duty_s_department_is_told_by_somebody_else(world: World, toy: Toys):
    telling_rule(toy, "department")
    case = await begun(world)
    await case.delegates(f"{TOLD}@sales", FINANCE)
    await case.does(f"{TOLD}@sales")
    assert handed(case) == [SALES]
    case.ignores()


async def test_nobody_is_told_what_they_did_themselves_and_everybody_once(world: World, toy: Toys):
    telling_rule(toy, "sales_manager", "general_manager", "form:people", form="assignment")
    case = await begun(world)
    await case.does(f"{TOLD}@sales", people=[GENERAL_MANAGER, SALES, MANAGER])
    assert handed(case) == [GENERAL_MANAGER, MANAGER]
    case.ignores()


async def test_the_absent_are_represented_and_people_complained_about_hear_nothing(world: World, toy: Toys):
    telling_rule(toy, "form:departments", "cs_supervisor", form="responsibility")
    start = datetime.now(UTC) - timedelta(days=1)
    leave = Absence(person=MANAGER, start=start, until=start + timedelta(days=30))
    world.references.directory = world.references.directory.but(absences=(leave,))
    case = await begun(world, about=[PROPERTY])
    await case.does(f"{TOLD}@sales", departments=["marketing", "property"])
    assert handed(case) == [SUPERVISOR, ENGINEERING_LEADER], "the deputy once, and the leader of whoever is shut out"
    assert PROPERTY not in {notice.to for notice in case.file.notices}
    case.ignores()


async def test_a_return_tells_nobody_and_an_approval_does(world: World, toy: Toys):
    telling_rule(toy, "general_manager", kind="approval")

    async def approving(case: DutyEngine[Any]) -> None:
        since = case.file.track_since
        assert since is not None
        await case.owed(TOLD, since=since, department="sales", returns_to=("CR-5.2.1b",))
        await case.owed(TOLD, since=since, department="sales")

    toy.chapter(approving)
    case = await begun(world)
    await case.returns(f"{TOLD}@sales", "CR-5.2.1b")
    assert handed(case) == []
    await case.approves(f"{TOLD}@sales#2")
    assert handed(case, f"{TOLD}@sales#2") == [GENERAL_MANAGER]
    case.ignores()


async def test_whoever_asked_for_a_countersignature_gets_it(world: World, toy: Toys):
    telling_rule(toy, kind="approval")
    toy.changes("COUNTERSIGN", tells=("asked",))
    case = await begun(world)
    await case.asks_countersignature(f"{TOLD}@sales", of=FINANCE)
    await case.does("COUNTERSIGN")
    assert handed(case, case.duty("COUNTERSIGN").id) == [SALES]
    case.ignores()


async def test_a_telling_is_in_the_journal_and_whoever_left_is_passed_over(world: World, toy: Toys):
    telling_rule(toy, "owners:TOY.other")
    case = await begun(world)
    await case.delegates(f"{OTHER}@property", "he.xue")
    directory = world.references.directory
    world.references.directory = directory.but(people=tuple(one for one in directory.people if one.id != "he.xue"))
    await case.hears_of_a_new_directory()
    await case.does(f"{TOLD}@sales")
    assert handed(case) == [ENGINEERING, SALES_SUPERVISOR], "their former superior"
    [line] = await case.lines("notice.handed")
    assert (line.duty, line.data["act"]) == (f"{TOLD}@sales", case.file.acts[-1].seq)
    case.ignores()


async def test_a_chapter_hands_an_answer_on_once_and_not_to_whoever_was_told(world: World, toy: Toys):
    async def handing(case: DutyEngine[Any]) -> None:
        since = case.file.track_since
        assert since is not None
        answer: DutyAnswer[Any] = await case.owed(TOLD, since=since, department="sales")
        case.hand(answer, GENERAL_MANAGER, MANAGER, SALES)
        await case.owed(OTHER, since=since, department="engineering")

    telling_rule(toy, "general_manager")
    toy.chapter(handing)
    case = await begun(world)
    await case.does(f"{TOLD}@sales")
    assert handed(case) == [GENERAL_MANAGER, MANAGER]
    await case.goes_on_afresh()
    assert handed(case) == [GENERAL_MANAGER, MANAGER]
    case.ignores()


@pytest.mark.clause("CH-7.3.1")
async def test_whoever_took_the_complaint_hears_what_the_customer_was_answered_by_somebody_else(world: World):
    case = await world.opens(received_by=CLERK, about=[SALESPERSON]).graded(3)
    await case.until("CH-7.3.1")
    while case.file.awaited_by(case.duty("CH-7.3.1")):
        await case.next_is_done(stop="CH-7.3.1")
    answer = case.duty("CH-7.3.1")
    assert answer.owner == SALES_SUPERVISOR
    await case.does(answer.id)
    assert f"{answer.id} handed" in case.heard(CLERK)
    case.ignores()

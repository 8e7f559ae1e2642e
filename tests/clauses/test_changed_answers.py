"""更改: an answer that was given earlier is changed, with a reason, and what followed from it is done anew."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Track
from complaints.case.file import ActKind, CaseFile, Duty, DutyStatus
from complaints.crisis.forms import Responsibility
from starters.client.sentences import sentence
from tests.people import CLERK, ENGINEERING, FINANCE, GENERAL_MANAGER, LEADER, PRESIDENT, PROPERTY, SALES, SUPERVISOR
from tests.toys import Toys
from tests.world import Case, World
from workflows.duty_engine import DutyEngine
from workflows.duty_terms import DutyAnswer

pytestmark = pytest.mark.memory(anew=True)

NAMES: Any = "TOY.names"
PART: Any = "TOY.part"
WHOLE: Any = "TOY.whole"
BESIDE: Any = "TOY.beside"
HANDLED: Any = "TOY.handled"


async def naming(case: DutyEngine[Any]) -> None:
    """Departments are named, each does its part, then the whole is put together. Something else goes on beside it."""
    since = case.file.track_since
    assert since is not None
    beside = case.owe(BESIDE, since=since)

    async def work(named: DutyAnswer[Responsibility]) -> None:
        parts = [case.owe(PART, since=named.at, department=key) for key in named.form.departments]
        await case.together(*(part.answer() for part in parts))
        await case.owed(WHOLE, since=named.at)

    named = await case.owed(NAMES, Responsibility, since=since)
    await case.with_revisions(named, work)
    await beside.answer()
    done = await case.owed(HANDLED, since=since)
    case.handled(done.at)
    await case.owed(WHOLE, since=done.at)


@pytest.fixture(autouse=True)
def rules(toy: Toys) -> None:
    toy.rule(NAMES, owner="deputy_gm", form="responsibility", revisable=True)
    toy.rule(PART, owner="department_head")
    toy.rule(WHOLE, owner="engineering_materials")
    toy.rule(BESIDE, owner="finance")
    toy.rule(HANDLED, owner="general_manager")
    toy.chapter(naming)


async def named(world: World, *departments: str) -> Case:
    case = (await world.opens(loss=600_000).graded(1)).ignores()
    await case.does(NAMES, departments=list(departments))
    return case


async def changes(case: Case, *departments: str, by: str = LEADER, **request: Any) -> None:
    form = {"departments": list(departments), "request": "请重新确定责任部门"}
    await case.asks(by, ActKind.REVISE, NAMES, form=form, **{"reason": "有新的证据"} | request)


def open_parts(case: Case) -> set[str]:
    return {duty.id for duty in case.file.open_duties if duty.rule in (PART, WHOLE)}


def with_status(case: Case, status: DutyStatus) -> dict[str, Duty]:
    return {id: duty for id, duty in case.file.duties.items() if duty.rule == PART and duty.status is status}


async def test_what_followed_and_is_open_is_done_anew_and_the_rest_goes_on(world: World):
    case = await named(world, "engineering", "property")
    await case.does(f"{PART}@property")
    beside = case.duty(BESIDE)
    await changes(case, "sales", "property")
    assert open_parts(case) == {f"{PART}@sales", f"{PART}@property#2"}
    assert set(with_status(case, DutyStatus.SUPERSEDED)) == {f"{PART}@engineering"}
    assert case.duty(f"{PART}@engineering").superseded_by == f"revised {NAMES}"
    assert with_status(case, DutyStatus.DONE)[f"{PART}@property"].closed_by == PROPERTY, "what was done stays done"
    assert case.duty(BESIDE) == beside
    anew = case.duty(f"{PART}@sales")
    assert (anew.owner, anew.since) == (SALES, case.file.acts[-1].at)
    first, second = [act for act in case.file.acts if act.duty == NAMES]
    assert (first.form["departments"], second.form["departments"]) == (
        ["engineering", "property"],
        ["sales", "property"],
    )
    assert (second.kind, second.reason, case.duty(NAMES).act) == (ActKind.REVISE, "有新的证据", first.seq)
    [line] = await case.lines("duty.revised")
    assert (line.duty, line.by, line.data["reason"]) == (NAMES, LEADER, "有新的证据")
    case.ignores()


async def test_it_is_changed_twice_and_at_any_step(world: World):
    case = await named(world, "engineering")
    await changes(case, "property")
    await case.does(f"{PART}@property")
    assert open_parts(case) == {WHOLE}
    await changes(case, "sales", by=GENERAL_MANAGER)
    assert open_parts(case) == {f"{PART}@sales"}
    await case.does(f"{PART}@sales")
    await case.does(WHOLE)
    assert case.duty(WHOLE).id == f"{WHOLE}#2"
    case.ignores()


async def test_a_change_after_the_work_restarts_nothing(world: World):
    case = await named(world, "engineering")
    await case.does(f"{PART}@engineering")
    await case.does(WHOLE)
    before = open_parts(case)
    await changes(case, "sales")
    assert open_parts(case) == before == set()
    assert case.duty(BESIDE).open
    await case.does(BESIDE)
    await case.does(HANDLED)
    case.ignores()


async def test_a_countersignature_goes_with_what_it_was_asked_for(world: World, toy: Toys):
    toy.approval(PART, owner="department_head")
    case = await named(world, "engineering")
    await case.asks_countersignature(f"{PART}@engineering", of=FINANCE)
    await changes(case, "sales")
    assert not case.duty("COUNTERSIGN").open
    case.ignores()


# --- who may, and when


@pytest.mark.parametrize(
    ("by", "may"),
    [(LEADER, True), (GENERAL_MANAGER, True), (PRESIDENT, True), (SUPERVISOR, False), (ENGINEERING, False)],
)
async def test_it_is_changed_by_whoever_gave_it_or_is_above_them(world: World, by: str, may: bool):
    case = await named(world, "engineering")
    if may:
        await changes(case, "sales", by=by)
        assert case.file.acts[-1].by == by
    else:
        assert await case.refuses(changes(case, "sales", by=by)) is Refused.NOT_YOURS
    case.ignores()


async def test_a_role_that_the_rule_names_may_too(world: World, toy: Toys):
    toy.changes(NAMES, revised_by=("cs_supervisor",))
    case = await named(world, "engineering")
    assert await case.refuses(changes(case, "sales", by=CLERK)) is Refused.NOT_YOURS
    await changes(case, "sales", by=SUPERVISOR)
    case.ignores()


async def test_it_needs_a_reason_a_whole_form_and_something_new(world: World):
    case = await named(world, "engineering")
    assert await case.refuses(changes(case, "sales", reason="")) is Refused.REASON_NEEDED
    assert await case.refuses(changes(case)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(changes(case, "nowhere")) is Refused.FORM_INCOMPLETE
    same = case.asks(LEADER, ActKind.REVISE, NAMES, form=case.file.acts[-1].form, reason="再确认")
    assert await case.refuses(same) is Refused.NOTHING_CHANGES
    early = changes(case, "sales", at=case.duty(NAMES).since)
    assert await case.refuses(early) is Refused.WRONG_TIME
    case.ignores()


async def test_a_change_of_an_answer_that_was_changed_meanwhile_is_refused(world: World):
    case = await named(world, "engineering")
    await changes(case, "property", revision=1)
    assert await case.refuses(changes(case, "sales", by=GENERAL_MANAGER, revision=1)) is Refused.STALE_REVISION
    await changes(case, "sales", by=GENERAL_MANAGER, revision=2)
    case.ignores()


async def test_what_is_open_or_not_to_be_changed_is_refused(world: World):
    case = await named(world, "engineering")
    for duty in (BESIDE, f"{PART}@engineering"):
        act = case.asks(PRESIDENT, ActKind.REVISE, duty, form={}, reason="更正")
        assert await case.refuses(act) is Refused.WRONG_ACT
    await case.does(BESIDE)
    act = case.asks(FINANCE, ActKind.REVISE, BESIDE, form={}, reason="更正")
    assert await case.refuses(act) is Refused.WRONG_ACT
    unknown = case.asks(FINANCE, ActKind.REVISE, "TOY.nothing", form={}, reason="更正")
    assert await case.refuses(unknown) is Refused.UNKNOWN_DUTY
    case.ignores()


async def test_after_the_handling_the_sentence_says_to_reopen_or_regrade(world: World):
    case = await named(world, "engineering")
    for rule in (f"{PART}@engineering", WHOLE, BESIDE, HANDLED):
        await case.does(rule)
    assert case.file.handled_at is not None
    with pytest.raises(Refusal) as refused:
        await changes(case, "sales")
    assert refused.value.code is Refused.ANSWER_STANDS
    assert all(command in sentence(refused.value) for command in ("duly reopen", "duly regrade"))
    case.ignores()


async def test_an_answer_of_another_track_is_not_changed_any_more(world: World):
    case = await named(world, "engineering")
    await case.regrades(2, reason="损失核减")
    await case.approves("REGRADE.approval")
    assert case.file.track is Track.ORDINARY
    assert await case.refuses(changes(case, "sales")) is Refused.ANSWER_STANDS
    case.ignores()


async def test_an_answer_that_was_given_anew_is_not_changed(world: World, toy: Toys):
    async def twice(case: DutyEngine[Any]) -> None:
        since = case.file.track_since
        assert since is not None
        await case.owed(NAMES, Responsibility, since=since)
        await case.owed(NAMES, Responsibility, since=since)

    toy.chapter(twice)
    case = await named(world, "engineering")
    assert await case.refuses(changes(case, "sales")) is Refused.ANSWER_STANDS
    case.ignores()


async def test_whoever_changes_an_answer_may_not_approve_it(world: World, toy: Toys):
    approval: Any = "TOY.approval"
    toy.approval(approval, owner="general_manager", judges=(NAMES,))

    async def approved(case: DutyEngine[Any]) -> None:
        since = case.file.track_since
        assert since is not None
        named = await case.owed(NAMES, Responsibility, since=since)
        await case.owed(approval, since=named.at)

    toy.chapter(approved)
    case = await named(world, "engineering")
    assert case.duty(approval).owner == GENERAL_MANAGER
    await changes(case, "sales", by=GENERAL_MANAGER)
    assert (case.duty(approval).owner, case.duty(approval).because) == (PRESIDENT, "four-eyes")
    case.ignores()


async def test_an_edition_may_say_at_once_what_follows(world: World, toy: Toys):
    """`Chapters.on_revision`, instead of restarting the work."""

    def follows(case: DutyEngine[Any], duty: Duty, act: Any) -> None:
        assert isinstance(case.file, CaseFile)
        case.comes_to(f"now {', '.join(act.form['departments'])}")

    toy.chapter(naming, on_revision={NAMES: follows})
    case = await named(world, "engineering")
    await changes(case, "sales")
    assert (case.file.outcome, open_parts(case)) == ("now sales", {f"{PART}@engineering"})
    case.ignores()

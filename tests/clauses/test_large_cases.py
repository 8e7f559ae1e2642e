"""A case that people write into without end, or that nobody looks at for years, goes on, and can be read and closed."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.case.file import STEPS_APART, ActKind, ActRequest, Duty
from complaints.case.fold import fold
from starters.client.sentences import sentence
from tests.following import Followed
from tests.memory import MemoryDuly, MemoryWork
from tests.people import CLERK, MANAGER, SALES, SUPERVISOR
from tests.world import Case, World, eventually
from workflows import interface
from workflows.runtime import Runtime

TEXT = "情况复杂，客户要求反复变化，现将全部往来说明如下。" * 154
"""4,000 characters: the longest reason that an act may have."""
REPORT = "CR-5.1.4"


async def delegated(world: World, case: Case, times: int) -> None:
    """The duty goes to and fro, with a long reason each time."""
    owner = case.duty(REPORT).owner
    other = next(one for one in (SUPERVISOR, CLERK) if one != owner)
    for n in range(times):
        by, to = (owner, other) if n % 2 == 0 else (other, owner)
        await world.duly.delegate(case.handle.id, REPORT, by=by, to=to, reason=TEXT[: size_limits.WORDS])
    await case.look()


def engine(world: World, case: Case) -> Runtime[Any]:
    assert isinstance(world.duly, MemoryDuly)
    return world.duly.cases[case.handle.id].engine


async def refusal_of(act: Awaitable[Any]) -> Refused | None:
    """Why it is refused; None if it is taken."""
    try:
        await act
    except Refusal as refusal:
        return refusal.code
    return None


def opens_a_repair(world: World, case: Case, what: str) -> Awaitable[Any]:
    """What is to be repaired stays in the file, in full."""
    return world.duly.open_matter(case.handle.id, by=SUPERVISOR, kind="repair", what=what)


# --- it is kept small


@pytest.mark.memory
async def test_hundreds_of_long_reasons_fit_and_are_all_there(world: World):
    case = await world.opens(loss=600_000)
    await delegated(world, case, 200)
    at_work = engine(world, case)
    assert 200 * len(TEXT.encode()) > size_limits.PAYLOAD, "more than Temporal takes in one piece was said"
    assert size_limits.size(at_work.file) < size_limits.LARGE + size_limits.LOOK_AGAIN + size_limits.MARGIN
    assert at_work.size_carried() < size_limits.CASE / 2
    assert [act.reason for act in case.file.acts] == 200 * [TEXT[: size_limits.WORDS]], (
        "whoever asks for it has all of it"
    )
    told = [notice for notice in case.file.notices if notice.duty == REPORT]
    assert len(told) == 201
    run = world.duly.cases[case.handle.id] if isinstance(world.duly, MemoryDuly) else None
    assert isinstance(run, MemoryWork)
    assert run.run > 1, "the lines of a run stay few"
    due = case.duty(REPORT).deadline.due
    await case.passes_until(due + timedelta(days=1))
    assert case.duty(REPORT).breached_at == due, "its clocks run"
    assert case.duty(REPORT).escalations
    await case.does(REPORT)
    assert not case.duty(REPORT).open
    case.ignores()


@pytest.mark.memory
async def test_two_years_of_breaches_that_nobody_answers_leave_it_small_and_still_climb(world: World):
    case = await world.opens(loss=600_000).graded(1)
    await case.does("CR-5.2.1b")
    await case.finishes("CR-5.2.1c.review")
    await case.finishes("CR-5.2.1c.approval")
    before = engine(world, case).size_carried()
    open_now = [duty.id for duty in case.file.open_duties]
    assert len(open_now) > 1
    await case.passes(days=730)
    late = [case.file.duties[duty] for duty in open_now]
    assert all(duty.late and duty.climbed > 700 for duty in late)
    assert all(len(duty.escalations) <= STEPS_APART for duty in late)
    assert all((case.now - last_told(duty)) <= timedelta(days=1, minutes=1) for duty in late), "and still climb"
    at_work = engine(world, case)
    assert size_limits.size(at_work.file) < size_limits.LARGE + size_limits.LOOK_AGAIN
    assert at_work.size_carried() < before + size_limits.LARGE + size_limits.LINES_OF_A_RUN + size_limits.LOOK_AGAIN
    case.ignores()


def last_told(duty: Duty) -> Any:
    last = duty.escalations[-1]
    return last.last_at or last.at


@pytest.mark.memory
async def test_the_reason_for_a_lower_grade_is_not_lost_until_it_is_approved(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    for name, least in {"LARGE": 0, "WORTHWHILE": 1, "LOOK_AGAIN": 0}.items():
        monkeypatch.setattr(size_limits, name, least)
    reason = "经复核，" * 100
    case = await world.opens(loss=600_000).graded(1)
    await case.regrades(2, reason=reason)
    await case.does("CR-5.2.1b")
    await case.finishes("REGRADE.approval")
    assert isinstance(world.duly, MemoryDuly)
    [granted] = [line for line in world.duly.records.journals[case.handle.id] if line.kind == "case.regrade-approved"]
    assert granted.data["reason"] == reason
    assert case.file.level == 2
    case.ignores()


@pytest.mark.memory
async def test_forty_of_the_longest_forms_are_taken_and_the_crisis_is_closed(world: World):
    case = await world.opens(loss=600_000).graded(1)
    words = "长" * size_limits.WORDS
    for _ in range(20):
        await case.does("CR-5.2.1b", summary=words)
        await case.returns("CR-5.2.1c.review", to="CR-5.2.1b", reason=words)
    await case.until("CR-5.4.2b")
    for rule in ("CR-5.4.1", "CR-5.4.2a", "CR-5.4.2b"):
        await case.does(rule)
    await case.does("CR-5.4.3", title=words, course=words, causes=words, measures=words, lessons=words)
    assert engine(world, case).size_carried() < size_limits.CASE / 2
    assert sum(words in act.model_dump_json() for act in case.file.acts) == 41
    await case.until("CR-5.4.5")
    await case.finishes("CR-5.4.5")
    assert case.file.closed
    case.ignores()


# --- what is too large by itself


async def test_an_act_that_no_case_could_keep_is_refused_before_it_is_sent(world: World):
    case = await world.opens(loss=600_000)
    form = {"opinion": "长" * size_limits.KB * size_limits.KB}
    with pytest.raises(Refusal) as refused:
        await world.duly.discharge(case.handle.id, REPORT, by=SUPERVISOR, form=form)
    assert refused.value.code is Refused.TOO_LARGE
    assert "附件" in sentence(refused.value)
    assert "attach" in sentence(refused.value, "en")
    await case.look()
    assert case.file.acts == ()


@pytest.mark.parametrize(("spare", "taken"), [(0, True), (-1, False)])
async def test_the_largest_act_is_taken_and_one_more_byte_is_not(
    world: World, monkeypatch: pytest.MonkeyPatch, spare: int, taken: bool
):
    case = await world.opens(loss=600_000)
    asked = ActRequest(by=SUPERVISOR, kind=ActKind.DELEGATE, duty=REPORT, to=CLERK, reason="长", act_id="one")
    monkeypatch.setattr(size_limits, "ACT", size_limits.size(asked) + spare)
    code = await refusal_of(world.duly.act(case.handle.id, asked))
    assert code is (None if taken else Refused.TOO_LARGE)
    await case.look()
    assert len(case.file.acts) == taken


@pytest.mark.memory
async def test_the_same_limit_holds_for_what_comes_by_signal(world: World, monkeypatch: pytest.MonkeyPatch):
    case = await world.opens(loss=600_000)
    asked = ActRequest(by=SUPERVISOR, kind=ActKind.DELEGATE, duty=REPORT, to=CLERK, reason="长" * 1000)
    monkeypatch.setattr(size_limits, "ACT", size_limits.size(asked) - 1)
    await case.handle.signal(interface.ACT_LATER, asked)
    assert (await case.journal())[-1].data == {"kind": "delegate", "refused": "too-large"}
    await case.look()
    assert case.file.acts == ()


# --- a case that is full


@pytest.mark.memory
@pytest.mark.parametrize(
    ("length", "limit", "short"),
    [(size_limits.WORDS, "CASE", 0), (100, "CASE", size_limits.SHORT_ACTS)],
    ids=["a long act", "a short act"],
)
@pytest.mark.parametrize("spare", [0, -1], ids=["fits", "does not"])
async def test_an_act_is_taken_as_long_as_there_is_room_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch, length: int, limit: str, short: int, spare: int
):
    case = await world.opens(loss=600_000)
    asked = ActRequest(by=SUPERVISOR, kind=ActKind.DELEGATE, duty=REPORT, to=CLERK, reason="长" * length, act_id="one")
    assert (size_limits.size(asked) <= size_limits.SHORT) is bool(short)
    at_work = engine(world, case)
    needed = at_work.size_carried() + size_limits.growth(size_limits.size(asked))
    monkeypatch.setattr(size_limits, limit, needed - short + spare)
    events = case.file.journal_seq
    if spare == 0:
        await world.duly.act(case.handle.id, asked)
        assert at_work.size_carried() <= needed, "it grew by no more than was reckoned"
        return
    with pytest.raises(Refusal) as refused:
        await world.duly.act(case.handle.id, asked)
    assert refused.value.code is Refused.CASE_FULL
    for lang, says in {"zh": "附件", "en": "attach"}.items():
        assert says in sentence(refused.value, lang)
    await case.look()
    assert case.file.journal_seq == events, "nothing is recorded"


@pytest.mark.memory
async def test_a_full_case_is_brought_to_its_end_by_short_acts_and_its_clocks_run(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    case = await world.opens(loss=600_000).graded(1)
    monkeypatch.setattr(size_limits, "CASE", engine(world, case).size_carried())
    with pytest.raises(Refusal, match="case-full"):
        await case.does("CR-5.2.1b", summary="长" * size_limits.WORDS)
    due = case.duty("CR-5.2.1b").deadline.due
    await case.passes_until(due + timedelta(days=2))
    assert case.duty("CR-5.2.1b").breached_at == due
    assert case.duty("CR-5.2.1b").climbed > 2
    await case.until("CR-5.4.5")
    await case.finishes("CR-5.4.5")
    assert case.file.closed
    assert engine(world, case).size_carried() < size_limits.CASE + size_limits.SHORT_ACTS
    case.ignores()


@pytest.mark.memory
async def test_a_full_case_takes_no_other_in_and_says_why(world: World, monkeypatch: pytest.MonkeyPatch):
    full, other = await world.opens(loss=1_000), await world.opens(loss=1_000)
    monkeypatch.setattr(size_limits, "CASE", engine(world, full).size_carried())
    monkeypatch.setattr(size_limits, "SHORT_ACTS", size_limits.PAYLOAD)
    await world.duly.merge(other.handle.id, into=full.handle.id, by=SUPERVISOR, reason="重复")
    await other.look()
    assert (await other.journal())[-1].data["why"] == "full"
    assert (await full.journal())[-1].data["why"] == "full"
    monkeypatch.setattr(size_limits, "CASE", size_limits.PAYLOAD)
    await world.duly.merge(other.handle.id, into=full.handle.id, by=SUPERVISOR, reason="重复")
    assert "link.merged" in [line.kind for line in await full.journal()]
    full.ignores()
    other.ignores()


@pytest.mark.memory
async def test_a_full_case_is_not_recalculated(world: World, monkeypatch: pytest.MonkeyPatch):
    case = await world.opens(loss=600_000).graded(1)
    monkeypatch.setattr(size_limits, "CASE", engine(world, case).size_carried() - size_limits.SHORT_ACTS)
    with pytest.raises(Refusal, match="case-full"):
        await case.is_recalculated(by=SUPERVISOR, reason="放假通知")
    case.ignores()


# --- as it comes in


@pytest.mark.parametrize(("spare", "taken"), [(0, True), (-1, False)])
async def test_a_complaint_is_taken_up_to_its_size(
    world: World, monkeypatch: pytest.MonkeyPatch, spare: int, taken: bool
):
    complaint = world.opens(loss=600_000, about=(MANAGER, SALES)).complaint()
    monkeypatch.setattr(size_limits, "COMPLAINT", size_limits.size(complaint) + spare)
    if taken:
        assert (await world.duly.open_complaint(complaint)).duties
        return
    with pytest.raises(Refusal) as refused:
        await world.duly.open_complaint(complaint)
    assert refused.value.code is Refused.INVALID
    for lang, says in {"zh": "附件", "en": "attach"}.items():
        assert says in sentence(refused.value, lang)


async def test_a_complaint_of_three_megabytes_is_refused_by_its_field(world: World):
    complaint = world.opens(loss=600_000).complaint().model_dump(mode="json")
    with pytest.raises(Refusal) as refused:
        await world.duly.open_complaint({**complaint, "matter": "水" * size_limits.KB * size_limits.KB})
    assert refused.value.code is Refused.INVALID
    assert refused.value.params["problems"][0]["field"] == "matter"


async def test_why_a_customer_came_back_is_said_shortly(world: World):
    case = await world.opens(loss=600_000)
    with pytest.raises(Refusal) as refused:
        await world.duly.reopen(case.file.but(closed_at=case.now), by=CLERK, reason="长" * (size_limits.WORDS + 1))
    assert refused.value.code is Refused.INVALID
    assert "reason" in sentence(refused.value)


# --- on the server


@pytest.mark.server
@pytest.mark.long(35)
async def test_a_case_at_its_limit_can_be_read_goes_on_and_refuses_in_words(world: World, followed: Followed):
    """What no release before could: 1.5 MB that must stay in the file. The next long act is refused, clocks run on."""
    case = await world.opens(loss=600_000).graded(2)
    what = "长" * size_limits.WORDS
    opened = 0

    async def until_full() -> Refusal:
        nonlocal opened
        while True:
            try:
                await opens_a_repair(world, case, what)
            except Refusal as refusal:
                return refusal
            opened += 1

    before, refused = -1, await until_full()
    while opened > before:  # it was full of lines that the records did not have yet, perhaps
        await followed.has_all_of(case)
        await case.goes_on_afresh()
        before, refused = opened, await until_full()
    assert refused.code is Refused.CASE_FULL
    assert "附件" in sentence(refused)
    assert opened > 90
    await case.look()
    assert sum(len(matter.what.encode()) for matter in case.file.matters) > size_limits.CASE * 0.75
    orders = [duty for duty in case.file.open_duties if duty.rule == "CS-4.3.3"]
    assert len(orders) == opened
    await case.delegates(orders[0].id, CLERK, by=orders[0].owner)
    due = max(duty.deadline.due for duty in orders)
    await case.passes_until(due + timedelta(minutes=5))
    assert all(case.duty(order.id).late for order in orders)
    case.ignores()


@pytest.mark.server
@pytest.mark.long(35)
async def test_what_stood_still_for_ever_is_read_and_goes_on(world: World, followed: Followed):
    """200 delegations with 4,000 characters of reason each: 2.4 MB, beyond what Temporal takes in one piece."""
    case = await world.opens(loss=600_000)
    await delegated(world, case, 200)
    await case.goes_on_afresh()
    assert [act.reason for act in case.file.acts] == 200 * [TEXT[: size_limits.WORDS]]
    state = await case.handle.query(interface.CASE)
    assert state["trimmed"] > 0
    due = case.duty(REPORT).deadline.due
    await case.passes_until(due + timedelta(days=1))
    assert case.duty(REPORT).breached_at == due
    await case.does(REPORT)

    async def written() -> bool:
        return len(followed.records.journals[case.handle.id]) >= case.file.journal_seq

    await eventually(written)
    assert fold(followed.records.journals[case.handle.id], whole=True).acts == case.file.acts
    case.ignores()

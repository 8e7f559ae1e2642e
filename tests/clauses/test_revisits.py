"""客户回访工作指导书 4, CS-4.2.3: the customer is asked, tried again, given up, shared with, and not always content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Track
from complaints.case.file import DutyStatus
from complaints.people.model import Absence
from tests.clauses.limits import tomorrow
from tests.people import (
    CLERK,
    DEVELOPMENT,
    ENGINEERING,
    MANAGER,
    OPERATIONS_CLERK,
    PROPERTY,
    SALES,
    SALESPERSON,
    SUPERVISOR,
)
from tests.world import Case, World

NOT_REACHED: dict[str, Any] = {"reached": False}
QUESTIONS = ("handling", "efficiency", "quality", "attitude", "satisfaction", "suggestions")
UNSATISFIED: dict[str, Any] = {"satisfaction": "unsatisfied", "attitude": "态度生硬"}
NOT_LASTING: dict[str, Any] = {"satisfaction": "unsatisfied", "effect": "又漏了"}
COLLEAGUE = "wu.jie"


async def handled(world: World, **told: object) -> Case:
    """An ordinary complaint whose handling is over: it is settled and the customer was answered."""
    case = await (await world.opens(**told).graded(3)).until("RV-4.3")
    if any(duty.rule == "CH-7.2.1" for duty in case.file.open_duties):
        await case.does("CH-7.2.1")
    return case.ignores()


async def next_day(case: Case) -> Case:
    return await case.passes_until(tomorrow(case.now, 10))


# --- who, when, and what is asked


@pytest.mark.clause("RV-4.1a")
@pytest.mark.clause("RV-4.1b")
@pytest.mark.clause("RV-4.3")
@pytest.mark.clause("CS-4.2.3")
async def test_whoever_took_it_revisits_in_a_day_the_supervisor_in_a_month_and_nothing_is_archived_before(world: World):
    case = await handled(world, received_by=COLLEAGUE)
    ended = case.file.handled_at
    assert ended is not None
    assert (case.duty("RV-4.3").owner, case.duty("RV-4.3").deadline.due) == (COLLEAGUE, ended + timedelta(hours=24))
    effect = case.duty("CS-4.2.3")
    assert (effect.owner, effect.since, effect.deadline.why.limit) == (SUPERVISOR, ended, "1 months")
    await case.does("RV-4.3")
    assert [duty.rule for duty in case.file.open_duties] == ["CS-4.2.3"], "neither replaces the other"
    await case.does("CS-4.2.3")
    assert [duty.rule for duty in case.file.open_duties] == ["CH-8.1.archive"]
    await case.to_the_end()
    assert case.file.outcome == "answered"
    case.ignores()


@pytest.mark.clause("RV-3")
@pytest.mark.clause("RV-4.1c")
@pytest.mark.clause("RV-4.2")
async def test_the_record_of_a_revisit_says_how_and_what_the_customer_thinks_of_everything(world: World):
    case = await handled(world)
    assert await case.refuses(case.does("RV-4.3", way="carrier pigeon")) is Refused.FORM_INCOMPLETE
    said: dict[str, Any] = {
        "handling": "先维修后补偿",
        "efficiency": "当天上门",
        "quality": "没有再漏",
        "attitude": "热情",
        "suggestions": "希望定期检查",
    }
    await case.does("RV-4.3", way="meeting", satisfaction="neutral", **said)
    kept = case.file.acts[-1].form
    assert kept == {"way": "meeting", "reached": True, "satisfaction": "neutral", **said}
    assert case.file.track is Track.ORDINARY, "neither content nor discontent: nothing reopens"
    for left_out in ({"effect": ""}, {"suggestions": ""}, {"satisfaction": None}):
        silent: dict[str, Any] = left_out
        assert await case.refuses(case.does("CS-4.2.3", **silent)) is Refused.FORM_INCOMPLETE


@pytest.mark.clause("RV-4.2")
@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_revisit_without_an_answer_to_a_question_is_refused_and_not_said_is_an_answer(
    world: World, question: str
):
    case = await handled(world)
    left_out: dict[str, Any] = {question: None if question == "satisfaction" else ""}
    with pytest.raises(Refusal, match=question) as refused:
        await case.does("RV-4.3", **left_out)
    assert refused.value.code is Refused.FORM_INCOMPLETE
    not_said: dict[str, Any] = {question: "not_said" if question == "satisfaction" else "未表示"}
    await case.does("RV-4.3", **not_said)
    assert case.file.acts[-1].form[question] == not_said[question]
    assert case.file.leg == 1, "a customer who does not say is not unsatisfied"


@pytest.mark.clause("RV-4.2")
async def test_a_try_that_reached_nobody_has_no_answers(world: World):
    case = await handled(world)
    for question in QUESTIONS:
        answer: dict[str, Any] = {question: "satisfied" if question == "satisfaction" else "好"}
        claimed = case.does("RV-4.3", **NOT_REACHED, **answer)
        assert await case.refuses(claimed) is Refused.FORM_INCOMPLETE
    await case.does("RV-4.3", **NOT_REACHED)


@pytest.mark.clause("RV-3")
@pytest.mark.parametrize("way", ["telephone", "visit", "form", "meeting", "other"])
async def test_every_way_of_revisiting_counts(world: World, way: str):
    case = await handled(world)
    await case.does("RV-4.3", way=way)
    assert case.duty("RV-4.3").status is DutyStatus.DONE


@pytest.mark.clause("RV-2")
@pytest.mark.parametrize(
    ("receiver", "head"),
    [(CLERK, MANAGER), (SALESPERSON, SALES), (OPERATIONS_CLERK, PROPERTY), (DEVELOPMENT, DEVELOPMENT)],
)
async def test_the_head_of_the_department_that_took_a_grave_complaint_revisits_in_person(
    world: World, receiver: str, head: str
):
    case = await (await world.opens(received_by=receiver).graded(2)).until("RV-4.3")
    revisit = case.duty("RV-4.3")
    assert (revisit.owner, revisit.deadline.why.limit) == (head, "24 h elapsed")
    assert await case.refuses(case.delegates(revisit.id, to=COLLEAGUE)) is Refused.IN_PERSON
    await case.goes_on_afresh()
    await case.does("RV-4.3", **NOT_REACHED)
    again = case.duty("RV-4.2.again")
    assert again.owner == head
    assert await case.refuses(case.delegates(again.id, to=COLLEAGUE)) is Refused.IN_PERSON
    await case.goes_on_afresh()
    await case.does("RV-4.2.again")
    case.ignores()


@pytest.mark.clause("RV-2")
async def test_somebody_hurt_makes_it_grave_at_any_level(world: World):
    case = await (await world.opens(injured=True).graded(4)).until("RV-4.3")
    assert case.duty("RV-4.3").owner == MANAGER
    case.ignores()


@pytest.mark.clause("RV-2")
async def test_an_absent_head_is_represented_by_the_deputy(world: World):
    away = Absence(person=MANAGER, start=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2100, 1, 1, tzinfo=UTC))
    world.references.directory = world.references.directory.but(absences=(away,))
    case = await (await world.opens().graded(2)).until("RV-4.3")
    assert (case.duty("RV-4.3").owner, case.duty("RV-4.3").because) == (SUPERVISOR, "deputy")
    case.ignores()


@pytest.mark.clause("RV-2")
@pytest.mark.clause("RV-4.1b")
@pytest.mark.parametrize(
    ("receiver", "level"),
    [
        pytest.param(CLERK, 3, id="not grave"),
        pytest.param(ENGINEERING, 2, id="taken in by a department without revisits"),
    ],
)
async def test_others_are_revisited_by_whoever_took_them(world: World, receiver: str, level: int):
    case = await (await world.opens(received_by=receiver).graded(level)).until("RV-4.3")
    assert case.duty("RV-4.3").owner == receiver
    await case.delegates("RV-4.3", to=COLLEAGUE)
    case.ignores()


@pytest.mark.clause("RV-2")
@pytest.mark.clause("RV-4.1b")
async def test_what_development_revisits_stays_with_development_however_grave(world: World):
    case = await world.opens(injured=True, our_fault=True, category="property")
    await case.does("CR-5.2.1a", level=2, major=True)
    await case.until("RV-4.3")
    assert case.duty("RV-4.3").owner == DEVELOPMENT
    case.ignores()


@pytest.mark.clause("RV-2")
async def test_what_becomes_grave_later_stays_with_whoever_revisits_it(world: World):
    case = await handled(world)
    await case.amends(injured=True)
    await case.goes_on_afresh()
    assert [(duty.id, duty.owner) for duty in case.file.duties.values() if duty.rule == "RV-4.3"] == [("RV-4.3", CLERK)]
    case.ignores()


@pytest.mark.clause("RV-4.1b")
async def test_a_major_complaint_is_revisited_by_the_development_department(world: World):
    case = await world.opens().graded(3)
    await case.regrades(2, major=True)
    await case.until("RV-4.3")
    assert case.duty("RV-4.3").owner == DEVELOPMENT
    assert case.duty("CS-4.2.3").owner == SUPERVISOR
    case.ignores()


@pytest.mark.clause("RV-4.1b")
async def test_nobody_complained_about_revisits_or_decides(world: World):
    case = await world.opens(about=(CLERK, SUPERVISOR))
    await case.until("RV-4.3", CR_5_2_1a={"level": 3, "reason": "重复投诉"})
    assert case.duty("RV-4.3").owner == COLLEAGUE
    assert case.duty("CS-4.2.3").owner not in (CLERK, SUPERVISOR)
    assert await case.refuses(case.does("RV-4.3", by=CLERK)) is Refused.ABOUT_YOU
    for rule in ("RV-4.3", "RV-4.2.again", "RV-4.2.again"):
        await case.does(rule, **NOT_REACHED)
        await next_day(case)
    assert case.duty("RV-4.2.unreachable").owner not in (CLERK, SUPERVISOR)
    assert case.told(CLERK) == case.told(SUPERVISOR) == []
    case.ignores()


# --- not reached


@pytest.mark.clause("RV-4.2")
@pytest.mark.clause("RV-4.1c")
async def test_a_customer_who_was_not_reached_is_tried_again_the_next_day_and_each_try_is_on_record(world: World):
    case = await handled(world)
    await case.does("RV-4.3", way="telephone", **NOT_REACHED)
    tried = case.file.acts[-1]
    assert (tried.rule, tried.form["reached"], tried.form["satisfaction"]) == ("RV-4.3", False, None)
    again = case.duty("RV-4.2.again")
    midnight = tomorrow(tried.at, 0) + timedelta(days=1)
    assert (again.owner, again.since, again.deadline.due, again.deadline.source) == (CLERK, tried.at, midnight, "house")
    assert await case.refuses(case.does("RV-4.2.again", **NOT_REACHED)) is Refused.TRIED_TODAY
    await case.does("RV-4.2.again")
    assert [duty.rule for duty in case.file.open_duties] == ["CS-4.2.3"], "they called back the same day: reached"


@pytest.mark.clause("RV-4.2")
async def test_after_three_days_the_supervisor_gives_it_up_or_asks_for_one_more_try(world: World):
    case = await handled(world)
    await case.does("RV-4.3", **NOT_REACHED)
    for day in (2, 3):
        assert "RV-4.2.unreachable@RV-4.3" not in case.file.duties, f"day {day}"
        await next_day(case)
        await case.does("RV-4.2.again", **NOT_REACHED)
        assert await case.refuses(case.does("CS-4.2.3", by=CLERK)) is Refused.NOT_YOURS
    decision = case.duty("RV-4.2.unreachable")
    assert (decision.owner, decision.since, decision.deadline.why.limit) == (
        SUPERVISOR,
        case.file.acts[-1].at,
        "1 workdays",
    )
    assert await case.refuses(case.approves("RV-4.2.unreachable", by=CLERK)) is Refused.NOT_YOURS
    assert await case.refuses(case.returns("RV-4.2.unreachable", to="RV-4.3")) is Refused.NO_SUCH_STEP
    await case.returns("RV-4.2.unreachable", to="RV-4.2.again", reason="晚上再打一次")
    once_more = case.duty("RV-4.2.again")
    assert (once_more.owner, once_more.deadline.why.anchor) == (CLERK, "return")
    assert await case.refuses(case.does(once_more.id, **NOT_REACHED)) is Refused.TRIED_TODAY
    await next_day(case)
    await case.does(once_more.id, **NOT_REACHED)
    await case.approves("RV-4.2.unreachable")
    assert [duty.rule for duty in case.file.open_duties] == ["CS-4.2.3"], "the revisit on the effect is still owed"
    tries = [act for act in case.file.acts if act.form.get("reached") is False]
    assert len({act.at.date() for act in tries}) == len(tries) == 4
    case.ignores()
    await case.to_the_end()
    assert case.file.outcome == "answered"


@pytest.mark.clause("CS-4.2.3")
async def test_the_supervisor_does_not_give_up_a_revisit_of_their_own(world: World):
    case = await handled(world)
    await case.does("RV-4.3")
    for rule in ("CS-4.2.3", "CS-4.2.3.again", "CS-4.2.3.again"):
        await case.does(rule, **NOT_REACHED)
        await next_day(case)
    assert case.duty("RV-4.2.unreachable").owner == MANAGER
    await case.approves("RV-4.2.unreachable")
    assert [duty.rule for duty in case.file.open_duties] == ["CH-8.1.archive"]
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_whoever_was_handed_the_revisit_also_tries_again(world: World):
    case = await handled(world)
    await case.delegates("RV-4.3", to=COLLEAGUE)
    await case.does("RV-4.3", **NOT_REACHED)
    assert case.duty("RV-4.2.again").owner == COLLEAGUE
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_tries_of_two_revisits_are_counted_apart_and_go_on_afresh(world: World):
    case = await handled(world)
    await case.does("CS-4.2.3", **NOT_REACHED)
    await case.does("RV-4.3", **NOT_REACHED)
    before = dict(case.file.duties)
    await case.goes_on_afresh()
    assert dict(case.file.duties) == before
    await next_day(case)
    await case.does("RV-4.2.again", **NOT_REACHED)
    await case.does("CS-4.2.3.again", **NOT_REACHED)
    await case.goes_on_afresh()
    await next_day(case)
    await case.does("CS-4.2.3.again")
    await case.does("RV-4.2.again", **NOT_REACHED)
    await case.goes_on_afresh()
    assert [duty.id for duty in case.file.open_duties] == ["RV-4.2.unreachable@RV-4.3"]
    await case.approves("RV-4.2.unreachable")
    await case.goes_on_afresh()
    assert [duty.rule for duty in case.file.open_duties] == ["CH-8.1.archive"]
    case.ignores()


# --- not content


@pytest.mark.clause("RV-4.2")
async def test_a_complaint_whose_customer_is_not_satisfied_reopens_and_goes_its_way_once_more(world: World):
    case = await handled(world)
    await case.passes(hours=2)
    happened = case.now - timedelta(minutes=4)
    await case.does("RV-4.3", at=happened, **UNSATISFIED)
    file = case.file
    assert (file.track, file.leg, file.track_since, file.handled_at) == (Track.ORDINARY, 2, happened, None)
    reopened = next(line for line in await case.journal() if line.kind == "case.reopened")
    assert (reopened.at, reopened.by, reopened.duty, reopened.rule) == (happened, CLERK, "RV-4.3", "RV-4.2")
    assert "态度生硬" in reopened.data["reason"]
    effect = case.duty("CS-4.2.3")
    assert (effect.status, effect.superseded_by) == (DutyStatus.SUPERSEDED, "reopened")
    assert case.heard(SUPERVISOR) == ["CS-4.2.3 closed"]
    answer = case.duty("CH-7.3.1")
    assert (answer.id, answer.since, answer.deadline.why.anchor) == ("CH-7.3.1~2", happened, "reopening")
    await case.goes_on_afresh()
    await case.until("RV-4.3")
    again = case.duty("RV-4.3")
    assert (again.id, again.since) == ("RV-4.3~2", case.file.handled_at)
    await case.to_the_end()
    assert (case.file.outcome, case.file.leg) == ("answered", 2)
    case.ignores()


@pytest.mark.clause("CS-4.2.3")
async def test_so_does_one_whose_solution_did_not_last(world: World):
    case = await handled(world)
    await case.does("RV-4.3")
    await case.passes(days=20)
    case.ignores()
    await case.does("CS-4.2.3", **NOT_LASTING)
    assert (case.file.leg, case.file.handled_at) == (2, None)
    assert "CH-8.1.archive" not in case.file.duties
    await case.to_the_end()
    assert [duty.rule for duty in case.file.duties.values()].count("CS-4.2.3") == 2
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_a_customer_who_is_not_satisfied_twice_is_handled_a_third_time(world: World):
    case = await handled(world)
    for leg in (2, 3):
        await case.does("RV-4.3", **UNSATISFIED)
        assert case.file.leg == leg
        await case.until("RV-4.3")
    await case.to_the_end()
    case.ignores()


@pytest.mark.clause("RV-4.2")
async def test_a_reopened_complaint_does_not_hold_its_owners_to_a_date_that_is_over(world: World):
    case = await handled(world, promised=datetime.now().astimezone() + timedelta(hours=1))
    await case.passes(hours=5)
    await case.does("RV-4.3", **UNSATISFIED)
    answer = case.duty("CH-7.3.1")
    assert (answer.deadline.why.limit, answer.deadline.source) == ("3 workdays", "house")
    case.ignores()


@pytest.mark.clause("RV-4.2")
@pytest.mark.parametrize(("rule", "unsatisfied"), [("CR-5.4.2a", UNSATISFIED), ("CS-4.2.3", NOT_LASTING)])
async def test_a_crisis_whose_customer_is_not_satisfied_begins_again(
    world: World, rule: str, unsatisfied: dict[str, Any]
):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.4.2a")
    revision = case.file.revision
    await case.does(rule, **unsatisfied)
    assert (case.file.track, case.file.leg, case.file.handled_at) == (Track.CRISIS, 2, None)
    report = case.duty("CR-5.2.1b")
    assert (report.id, report.deadline.why.anchor) == ("CR-5.2.1b~2", "reopening")
    assert case.duty("CR-5.4.3").status is DutyStatus.SUPERSEDED, "the case is studied when it is over"
    await case.until("CR-5.3.1")
    assert case.file.revision == revision + 1, "another plan, not another text for the old one"
    case.ignores()
    await case.to_the_end()
    assert (case.file.outcome, [plan.revision for plan in case.file.plans]) == ("solved", [revision, revision + 1])
    case.ignores()


# --- beside a crisis, with the departments, on the spot


@pytest.mark.clause("CS-4.2.3")
async def test_the_departments_that_had_duties_hear_what_the_revisit_on_the_effect_found(world: World):
    case = await (await world.opens(loss=600_000).graded(1)).until("CR-5.4.2b")
    assert case.duty("CS-4.2.3").since == case.duty("CR-5.4.2b").since, "a crisis is revisited on the effect too"
    case.ignores()
    await case.does("CS-4.2.3", satisfaction="neutral", effect="基本解决")
    assert case.heard(ENGINEERING) == ["CS-4.2.3 handed"]
    assert case.heard(SALES) == [], "they had nothing to do with it"
    revisit = str(case.file.acts[-1].seq)
    shared = [notice for notice in case.file.notices if notice.duty == "CS-4.2.3" and notice.kind == "handed"]
    assert [(notice.to, notice.params["act"]) for notice in shared] == [(ENGINEERING, revisit)]
    await case.goes_on_afresh()
    await case.to_the_end()
    assert [notice.id for notice in case.file.notices if notice.duty == "CS-4.2.3" and notice.kind == "handed"] == [
        notice.id for notice in shared
    ]
    case.ignores()


@pytest.mark.clause("CS-4.2.3")
async def test_what_one_settled_oneself_is_shared_with_the_head_of_ones_own_department(world: World):
    case = await handled(world, received_by=SALESPERSON)
    case.ignores()
    await case.does("CS-4.2.3", **NOT_REACHED)
    assert case.heard(SALES) == [], "nothing was found yet"
    case.ignores()
    await next_day(case)
    case.ignores()
    await case.does("CS-4.2.3.again")
    assert case.heard(SALES) == ["CS-4.2.3.again@CS-4.2.3 handed"]
    case.ignores()


@pytest.mark.clause("RV-4.4")
async def test_a_signature_on_the_spot_counts_as_the_revisit_and_not_as_the_one_on_the_effect(world: World):
    signed = {"CS_4_3_5_finish": {"signed": True}}
    case = await world.opens(loss=20_000).graded(3)
    await case.opens_matter("repair")
    await case.until("CS-4.2.3", **signed)
    waived = case.duty("RV-4.3")
    assert (waived.status, waived.superseded_by) == (DutyStatus.SUPERSEDED, "RV-4.4")
    assert case.told(waived.owner).count("RV-4.3") == 0
    assert [line.duty for line in await case.journal() if line.kind == "duty.waived"] == ["RV-4.3"]
    lines = case.file.journal_seq
    await case.goes_on_afresh()
    assert case.file.journal_seq == lines
    assert case.duty("CS-4.2.3").open
    await case.to_the_end(**signed)
    assert case.file.outcome == "answered"
    case.ignores()

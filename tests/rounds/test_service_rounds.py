"""Rounds of customer service and engineering (CS-2.4, CS-4.1, CS-4.4, CS-4.5): who gets what, and what follows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.round import Subject
from tests.people import (
    ENGINEERING,
    GENERAL_MANAGER,
    MANAGER,
    OPERATIONS,
    PROPERTY,
    SALES,
    SUPERVISOR,
)
from tests.rounds.ports import Machines
from tests.rounds.stage import Round, Rounds
from tests.rounds.test_chapters import COMPANY, over, report
from tests.rounds.test_sales_rounds import handed, refusal

HF01 = Subject(project="hf01")
clause = pytest.mark.clause


# --- the week's information (CS-4.1.1) and its analysis (CS-4.1.2)


@clause("CS-4.1.1")
@clause("CS-4.2.1a")
async def test_what_a_department_collected_reaches_customer_service(rounds: Rounds):
    round = await rounds.begun("CS-4.1.1", Subject(department="engineering"))
    for lacking in ("collected", "needs", "own_results"):
        empty: dict[str, Any] = {lacking: ""}
        told = await refusal(round.does("CS-4.1.1", **empty))
        assert told.code is Refused.FORM_INCOMPLETE
        assert lacking in told.params["problems"]
    assert await round.refuses(round.does("CS-4.1.1", by=SUPERVISOR)) is Refused.NOT_YOURS
    await round.does("CS-4.1.1")
    assert await over(round) == "done"
    assert handed(round, SUPERVISOR, "CS-4.1.1") == ["1"]
    assert round.file.acts[0].form["own_results"] == "独立处理两件，已答复"


@clause("CS-4.1.2")
async def test_the_weeks_analysis_goes_to_every_department(rounds: Rounds):
    round = await rounds.begun("CS-4.1.2", COMPANY)
    await round.does("CS-4.1.2")
    assert await over(round) == "done"
    heads = {one.head for one in rounds.world.references.directory.departments}
    told = {one.to for one in round.file.notices if one.kind == "handed"}
    assert told == heads - {SUPERVISOR}
    round.ignores()


# --- the builders' own revisits (CS-2.4)


@clause("CS-2.4")
async def test_every_contractor_of_the_project_is_followed_and_customer_service_gets_it(rounds: Rounds):
    round = await rounds.begun("CS-2.4", HF01)
    one = {"contractor": "hongji", "revisits": 6, "urged": "书面督促一次", "findings": "两户反映窗框渗水"}
    other = {"contractor": "yufang", "revisits": 0, "urged": "电话督促", "findings": "尚未回访"}
    for builders, named in (
        ([one], "雨防防水工程有限公司"),
        ([one, other, one], "twice"),
        ([one, other | {"contractor": "antai"}], "antai"),
        ([one, other | {"urged": ""}], "urged"),
        ([], "remark"),
    ):
        told = await refusal(round.does("CS-2.4", builders=builders))
        assert told.code is Refused.FORM_INCOMPLETE
        assert named in told.params["problems"], builders
    assert round.duty("CS-2.4").owner == ENGINEERING
    await round.does("CS-2.4", builders=[one, other])
    assert await over(round) == "done"
    assert handed(round, SUPERVISOR, "CS-2.4") == ["1"]


# --- the assessment (CS-4.1.3)


@clause("CS-4.1.3")
async def test_each_improvement_that_is_urged_is_owed_by_its_department(rounds: Rounds, machines: Machines):
    round = await rounds.begun("CS-4.1.3", COMPANY)
    due = round.now + timedelta(days=15)
    urged = [
        {"department": "property", "what": "报修两小时内回电", "due": due.isoformat()},
        {"department": "property", "what": "夜间增加一人值班", "due": due.isoformat()},
        {"department": "sales", "what": "交房前逐户电话", "due": due.isoformat()},
    ]
    said: dict[str, Any] = report(round) | {"improvements": urged, "remarks": ""}
    none: dict[str, Any] = {**said, "improvements": []}
    assert (await refusal(round.does("CS-4.1.3", **none))).code is Refused.FORM_INCOMPLETE
    unknown: dict[str, Any] = {**said, "improvements": [urged[0] | {"department": "nowhere"}]}
    nowhere = await refusal(round.does("CS-4.1.3", **unknown))
    assert "nowhere" in nowhere.params["problems"]
    await round.does("CS-4.1.3", **said)
    owed = [duty for duty in round.file.open_duties if duty.rule == "CS-4.1.3.improvement"]
    assert [(one.owner, one.deadline.due) for one in owed] == [(PROPERTY, due), (PROPERTY, due), (SALES, due)]
    await round.passes_until(due + timedelta(minutes=1))
    assert all(round.file.duties[one.id].late for one in owed)
    for one in owed:
        await round.finishes(one.id)
    assert await over(round) == "done"
    assert len(handed(round, SUPERVISOR, "CS-4.1.3.improvement")) == 3
    round.ignores()


# --- common questions and the events that answered them (CS-4.4)


@clause("CS-4.4")
async def test_events_are_those_of_the_register_of_this_project_and_period(rounds: Rounds):
    round = await rounds.begun("CS-4.4", HF01)
    start, end = round.file.period.start, round.file.period.end
    today = round.now.date()
    for event in (
        f"yx02-{start}-1a2b3c",
        f"hf01-{start - timedelta(days=1)}-1a2b3c",
        f"hf01-{max(end, today + timedelta(days=400))}-1a2b3c",
        "座谈会",
    ):
        told = await refusal(round.does("CS-4.4", events=[{"event": event, "questions": "停车费标准"}]))
        assert told.code is Refused.FORM_INCOMPLETE
        assert event in told.params["problems"]
    unanswered = await refusal(round.does("CS-4.4", events=[{"event": f"hf01-{start}-1a2b3c", "questions": ""}]))
    assert unanswered.code is Refused.FORM_INCOMPLETE
    none = await refusal(round.does("CS-4.4", events=[], remark=""))
    assert none.code is Refused.FORM_INCOMPLETE
    await round.does("CS-4.4")
    assert await over(round) == "done"


# --- the revisit plan and what follows (CS-4.5)


async def planned(round: Round, **dates: Any) -> None:
    await round.does("CS-4.5.1", document="revisit-plan", **dates)
    for duty in [duty for duty in round.file.open_duties if duty.rule == "CS-4.5.1.opinion"]:
        await round.finishes(duty.id)
    await round.approves("CS-4.5.1.approval", by=GENERAL_MANAGER)
    await round.becomes(lambda file: any(duty.rule == "CS-4.5.2" for duty in file.duties.values()))


def information(round: Round) -> list[Any]:
    return [duty for duty in round.file.open_duties if duty.rule == "CS-4.5.2"]


@clause("CS-4.5.1")
async def test_the_plan_names_the_dates_and_is_approved_by_another_than_its_author(rounds: Rounds):
    round = await rounds.begun("CS-4.5.1", COMPANY)
    early, late = round.now - timedelta(days=1), round.now + timedelta(days=99)
    for wrong in ({"information_by": early}, {"analysis_by": late}, {"information_by": late}):
        said: dict[str, Any] = {name: at.isoformat() for name, at in wrong.items()}
        told = await refusal(round.does("CS-4.5.1", **said))
        assert told.code is Refused.FORM_INCOMPLETE
        assert "information_by" in told.params["problems"]
    await round.does("CS-4.5.1")
    for duty in [duty for duty in round.file.open_duties if duty.rule == "CS-4.5.1.opinion"]:
        await round.finishes(duty.id)
    assert await round.refuses(round.delegates("CS-4.5.1.approval", SUPERVISOR)) is Refused.FOUR_EYES
    assert information(round) == []
    await round.returns("CS-4.5.1.approval", "CS-4.5.1", reason="期限太晚")
    await round.does("CS-4.5.1.revised", version=2)
    for duty in [duty for duty in round.file.open_duties if duty.rule == "CS-4.5.1.opinion"]:
        await round.finishes(duty.id)
    await round.approves(round.duty("CS-4.5.1.approval").id)
    await round.becomes(lambda file: any(duty.rule == "CS-4.5.2" for duty in file.duties.values()))
    round.ignores()


@clause("CS-4.5.2")
@clause("CS-4.5.3")
@clause("CS-4.5.4")
async def test_departments_hand_in_by_the_plans_date_it_is_counted_and_the_report_reaches_them_all(
    rounds: Rounds, machines: Machines
):
    round = await rounds.begun("CS-4.5.1", COMPANY)
    dates = {name: round.now + timedelta(days=days) for name, days in DATES.items()}
    await planned(round, **{name: at.isoformat() for name, at in dates.items()})
    owed = information(round)
    assert {one.department for one in owed} == {"marketing", "sales", "property", "engineering", "operations"}
    assert {one.deadline.due for one in owed} == {dates["information_by"]}
    assert {one.deadline.source for one in owed} == {"document"}
    assert {one.owner for one in owed} == {MANAGER, SALES, PROPERTY, ENGINEERING, OPERATIONS}
    for one in owed:
        await round.finishes(one.id)
    assert len(handed(round, SUPERVISOR, "CS-4.5.2")) == 5
    analysis = round.duty("CS-4.5.3")
    assert (analysis.owner, analysis.deadline.due) == (SUPERVISOR, dates["analysis_by"])
    assert (await refusal(round.does("CS-4.5.3", reached_count=99))).code is Refused.FORM_INCOMPLETE
    assert (await refusal(round.does("CS-4.5.3", without=["sales"]))).params["problems"] == "without: —"
    await round.does("CS-4.5.3")
    await round.becomes(lambda file: "CS-4.5.4" in file.duties and file.report is not None)
    assert round.duty("CS-4.5.4").deadline.due == dates["report_by"]
    assert (await refusal(round.does("CS-4.5.4", **report(round), chances=[]))).code is Refused.FORM_INCOMPLETE
    said = report(round)
    await round.does("CS-4.5.4", **said, chances=["维修前一天电话预约", "周末增加一班维修"])
    assert await over(round) == "reported"
    told = {one.to for one in round.file.notices if (one.kind, one.rule) == ("handed", "CS-4.5.4")}
    assert told == {one.head for one in rounds.world.references.directory.departments} - {SUPERVISOR}
    assert (said["report"], 1) in machines.reports.issues
    round.ignores()


DATES = {"information_by": 20, "analysis_by": 30, "report_by": 40}


@clause("CS-4.5.2")
@clause("CS-4.5.3")
async def test_a_department_that_hands_in_nothing_is_late_named_and_still_owes_it(rounds: Rounds):
    round = await rounds.begun("CS-4.5.1", COMPANY)
    due = round.now + timedelta(days=20)
    await planned(round, **{name: (round.now + timedelta(days=days)).isoformat() for name, days in DATES.items()})
    for one in information(round):
        if one.department != "property":
            await round.finishes(one.id)
    assert "CS-4.5.3" not in round.file.duties
    await round.passes_until(due + timedelta(minutes=1))
    late = next(one for one in information(round))
    assert (late.department, late.late) == ("property", True)
    copies = [one.id for one in round.file.notices if (one.to, one.kind) == (SUPERVISOR, "copy")]
    assert copies == [f"{late.id}/CS-4.5.2.late/{SUPERVISOR}"]
    assert round.duty("CS-4.5.3").since == late.deadline.due
    unnamed = await refusal(round.does("CS-4.5.3"))
    assert unnamed.params["problems"] == "without: property"
    await round.does("CS-4.5.3", without=["property"])
    await round.becomes(lambda file: "CS-4.5.4" in file.duties and file.report is not None)
    await round.does("CS-4.5.4", **report(round))
    await round.look()
    assert not round.file.closed
    await round.does(late.id, by=PROPERTY)
    assert await over(round) == "reported"
    round.ignores()

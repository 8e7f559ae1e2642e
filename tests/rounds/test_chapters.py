"""What follows from each kind of round: reports, meetings, approvals, draws, the destruction of records."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.file import DutyStatus
from complaints.case.round import Period, Subject
from tests.people import (
    DEPUTY_GM,
    GM_OFFICE,
    PROJECT_MANAGER,
    PROPERTY,
    SALES,
    SALES_SUPERVISOR,
)
from tests.rounds.ports import Machines
from tests.rounds.stage import Round, Rounds

HF01 = Subject(project="hf01")
COMPANY = Subject()
clause = pytest.mark.clause


async def over(round: Round) -> str | None:
    """The round is closed; its outcome."""
    await round.is_analysed()
    await round.handle.result()
    await round.look()
    assert round.file.closed
    return round.file.outcome


def report(round: Round) -> dict[str, Any]:
    """The form's fields about the report as it is drafted now."""
    assert round.file.report is not None
    return {"report": round.file.report.id, "revision": round.file.report.revision}


# --- reports


@clause("CR-5.4.3")
async def test_a_report_that_lacks_a_case_study_is_issued_only_if_its_owner_names_it(
    rounds: Rounds, machines: Machines
):
    machines.reports.missing = ("HF01-2026-000007",)
    try:
        round = await rounds.begun("CH-7.4.2", HF01)
    finally:
        machines.reports.missing = ()
    assert await round.refuses(round.does("CH-7.4.2", **report(round))) is Refused.FORM_INCOMPLETE
    said = report(round)
    await round.does("CH-7.4.2", **said, named_missing=["HF01-2026-000007"])
    await over(round)
    assert machines.reports.issues[said["report"], 1] == (SALES_SUPERVISOR, ("HF01-2026-000007",))
    round.ignores()


async def test_another_report_or_another_revision_is_not_issued(rounds: Rounds):
    round = await rounds.begun("CS-4.1.3", COMPANY)
    said = report(round)
    assert await round.refuses(round.does("CS-4.1.3", **{**said, "report": "another"})) is Refused.FORM_INCOMPLETE
    assert await round.refuses(round.does("CS-4.1.3", **{**said, "revision": 2})) is Refused.STALE_REVISION
    await round.does("CS-4.1.3", **said)
    await over(round)


async def test_a_draft_that_fails_holds_up_no_clock_and_is_there_when_the_records_are_back(
    rounds: Rounds, machines: Machines
):
    machines.reports.away = 3
    round = await rounds.begun("CS-4.3.7", COMPANY)
    duty = round.duty("CS-4.3.7")
    assert duty.since == round.file.opens_at
    await round.becomes(lambda file: file.report is not None)  # type: ignore[attr-defined]
    await round.does("CS-4.3.7", **report(round))
    await over(round)
    round.ignores()


@clause("CS-4.1.4")
async def test_the_quarters_report_reaches_the_general_managers_office(rounds: Rounds):
    round = await rounds.begun("CS-4.1.4", COMPANY)
    await round.does("CS-4.1.4", **report(round))
    assert await over(round) == "done"
    assert round.heard(GM_OFFICE) == ["CS-4.1.4 handed"]


@clause("CH-7.4.4")
@clause("CH-7.4.5")
async def test_the_years_summary_is_approved_corrected_where_it_was_returned_and_reviewed(
    rounds: Rounds, machines: Machines
):
    round = await rounds.begun("CH-7.4.4", HF01)
    first = report(round)
    await round.does("CH-7.4.4", **first)
    assert round.duty("CH-7.4.5").owner == DEPUTY_GM
    await round.becomes(lambda file: file.report.issued_at)  # type: ignore[attr-defined]
    assert await round.refuses(round.approves("CH-7.4.5", by=SALES)) is Refused.NOT_YOURS
    await round.returns("CH-7.4.5", "CH-7.4.4", reason="请补充同比")
    await round.becomes(lambda file: file.report.revision == 2)  # type: ignore[attr-defined]
    corrected = round.duty("CH-7.4.4.corrected")
    assert corrected.owner == SALES
    assert await round.refuses(round.does(corrected.id, **first)) is Refused.STALE_REVISION
    await round.does(corrected.id, **report(round))
    assert machines.reports.issues[first["report"], 2] == (SALES, ())
    await round.approves("CH-7.4.5#2")
    await round.does("CH-7.4.5.review")
    assert await over(round) == "approved"
    round.ignores()


# --- documents


@clause("CS-4.3.1")
async def test_a_plan_is_reviewed_by_the_departments_returned_and_approved_in_its_next_version(
    rounds: Rounds, machines: Machines
):
    round = await rounds.begun("CS-4.3.1", HF01)
    machines.documents.steps.clear()
    await round.does("CS-4.3.1", document="plan", version=1)
    asked = [duty for duty in round.file.open_duties if duty.rule == "CS-4.3.1.opinion"]
    departments = {duty.department for duty in asked}
    assert departments == {"marketing", "engineering", "property", "operations", "chief_engineer"}
    for duty in asked:
        await round.does(duty.id)
    await round.becomes(lambda file: "did-told-6" in file.data)  # type: ignore[attr-defined]
    stale = round.approves("CS-4.3.1.approval", revision=2)
    assert await round.refuses(stale) is Refused.STALE_REVISION
    await round.returns("CS-4.3.1.approval", "CS-4.3.1", reason="缺少夜间值班安排")
    assert round.duty("CS-4.3.1.revised").owner == PROPERTY
    same = round.does("CS-4.3.1.revised", document="plan", version=1)
    assert await round.refuses(same) is Refused.FORM_INCOMPLETE
    await round.does("CS-4.3.1.revised", document="plan", version=2)
    for duty in [duty for duty in round.file.open_duties if duty.rule == "CS-4.3.1.opinion"]:
        await round.does(duty.id)
    await round.approves(round.duty("CS-4.3.1.approval").id)
    assert await over(round) == "approved"
    assert (round.file.data["document"], round.file.data["version"]) == ("plan", "2")
    steps = machines.documents.steps
    assert [step for step in steps if "opinion" not in step] == [
        "plan v1 put to marketing, engineering, property, chief_engineer, operations by tang.yan",
        "plan v1 returned by zhao.lei",
        "plan v2 put to marketing, engineering, property, chief_engineer, operations by tang.yan",
        "plan v2 approved by zhao.lei",
    ]
    assert len(steps) == 4 + 2 * 5


# --- routine revisits and the survey


@clause("RV-5.3a")
@clause("RV-5.3d")
async def test_a_draw_is_made_once_and_owed_until_everybody_was_revisited(rounds: Rounds, machines: Machines):
    round = await rounds.begun("RV-5.3a", HF01)
    draw = round.file.draw
    assert draw is not None
    assert (draw.size, round.duty("RV-5.3a").owner) == (3, PROJECT_MANAGER)
    another = round.does("RV-5.3a", draw="another", done=3)
    assert await round.refuses(another) is Refused.FORM_INCOMPLETE
    machines.draws.open[draw.id] = 2
    await round.does("RV-5.3a", draw=draw.id, done=3)
    await round.becomes(lambda file: "RV-5.3.rest" in file.duties)
    rest = round.duty("RV-5.3.rest")
    assert rest.owner == PROJECT_MANAGER
    machines.draws.open[draw.id] = 0
    await round.does("RV-5.3.rest", draw=draw.id, done=3)
    assert await over(round) == "quota-met"
    assert round.file.draw is not None
    assert round.file.draw.done == 3
    assert machines.draws.draws.count(draw.id) == 1


@clause("RV-5.3b")
async def test_where_nobody_is_drawn_nobody_owes_anything(rounds: Rounds, machines: Machines):
    machines.draws.size = 0
    try:
        key, _ = await rounds.world.duly.run_round("RV-5.3b", rounds.period("RV-5.3b"), HF01)
        round = Round(rounds.world, rounds.world.duly.client.get_workflow_handle(key))
        assert await over(round) == "nobody-drawn"
    finally:
        machines.draws.size = 3
    assert round.duty("RV-5.3b").status is DutyStatus.SUPERSEDED
    assert round.file.notices == ()


# --- the destruction of records


def listed(round: Round) -> dict[str, Any]:
    return {name: round.file.data[name] for name in ("proposal", "digest")}


@clause("CH-8.1")
@clause("CH-8.2")
async def test_records_are_destroyed_only_by_a_list_that_was_checked_and_approved(rounds: Rounds, machines: Machines):
    round = await rounds.begun("CH-8.1.list", COMPANY)
    said, before = listed(round), len(machines.destruction.carried_out)
    other = round.does("CH-8.1.list", **{**said, "digest": "0" * 64})
    assert await round.refuses(other) is Refused.FORM_INCOMPLETE
    await round.does("CH-8.1.list", **said)
    assert len(machines.destruction.carried_out) == before
    await round.approves("CH-8.1.approval", by=SALES)
    assert await over(round) == "destroyed"
    assert machines.destruction.carried_out[before:] == [(said["proposal"], said["digest"], SALES)]
    assert round.file.data["certificate"] == f"certificate-{said['proposal']}"


@clause("CH-8.1")
async def test_a_list_that_is_returned_destroys_nothing(rounds: Rounds, machines: Machines):
    round = await rounds.begun("CH-8.1.list", COMPANY)
    before = list(machines.destruction.carried_out)
    await round.does("CH-8.1.list", **listed(round))
    await round.returns("CH-8.1.approval", "CH-8.1.list", reason="有一件正在诉讼")
    assert await over(round) == "returned"
    assert machines.destruction.carried_out == before


async def test_where_nothing_has_come_due_nobody_owes_anything(rounds: Rounds, machines: Machines):
    machines.destruction.counts = {"case": 0}
    try:
        key, _ = await rounds.world.duly.run_round("CH-8.1.list", rounds.period("CH-8.1.list"), COMPANY)
        round = Round(rounds.world, rounds.world.duly.client.get_workflow_handle(key))
        assert await over(round) == "nothing-due"
    finally:
        machines.destruction.counts = {"case": 2, "report": 1}


# --- rounds as workflows


async def test_a_round_that_is_run_twice_is_one(rounds: Rounds):
    period = rounds.period("MC-5.1.3")
    round = await rounds.begun("MC-5.1.3", HF01, period)
    key, new = await rounds.world.duly.run_round("MC-5.1.3", period, HF01)
    assert (key, new) == (round.handle.id, False)
    await round.does("MC-5.1.3")
    await over(round)
    assert (await rounds.world.duly.run_round("MC-5.1.3", period, HF01))[1] is False, "not even when it is over"


@pytest.mark.parametrize("steps", range(4))
async def test_a_round_goes_on_afresh_wherever_it_is(rounds: Rounds, machines: Machines, steps: int):
    round = await rounds.begun("CH-7.4.4", HF01)
    way = [
        lambda: round.does("CH-7.4.4", **report(round)),
        lambda: round.returns("CH-7.4.5", "CH-7.4.4", reason="补充"),
        lambda: round.does("CH-7.4.4.corrected", **report(round)),
        lambda: round.approves("CH-7.4.5#2"),
    ]
    for nth, step in enumerate(way):
        if nth == steps:
            await round.becomes(lambda file, nth=nth: nth != 1 or file.report.issued_at)  # type: ignore[attr-defined]
            before = round.file
            await round.goes_on_afresh()
            assert (round.file.duties, round.file.report) == (before.duties, before.report)
        await step()
        if nth == 1:
            await round.becomes(lambda file: file.report.revision == 2)  # type: ignore[attr-defined]
    await round.does("CH-7.4.5.review")
    assert await over(round) == "approved"
    id = round.file.report.id if round.file.report else ""
    assert {revision for report, revision in machines.reports.issues if report == id} == {1, 2}
    round.ignores()


async def test_what_somebody_owes_in_rounds_is_handed_over_when_they_leave(rounds: Rounds):
    round = await rounds.begun("MC-5.1.2", HF01)
    await round.hands_over(PROPERTY, "shen.yu")
    assert round.duty("MC-5.1.2").owner == "shen.yu"
    await round.does("MC-5.1.2")
    await over(round)


async def test_a_round_of_a_company_rule_is_one_duty(rounds: Rounds):
    """A day's check is done in time, and nobody hears of anything."""
    round = await rounds.begun("CH-7.4.1", HF01, Period.named("2031-07-01"))
    await round.does("CH-7.4.1")
    assert await over(round) == "done"
    assert round.said("CH-7.4.1") == [f"told {SALES_SUPERVISOR}"]

"""Rounds: an error that nobody expected is seen, and what the database refuses for good holds up no clock."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.exceptions import ApplicationError

from complaints.base.faults import RecordsRefused
from complaints.case.round import Subject
from complaints.reports.errors import Hindrance, ReportRefused
from tests.clauses.test_faults import breaks, mended, replays, seen
from tests.clauses.test_refused_records import goes_on, noted, refusals, refuses
from tests.fakes import ExampleReferences
from tests.following import Followed
from tests.rounds.ports import Machines
from tests.rounds.stage import Round, Rounds
from tests.world import eventually
from workflows import interface
from workflows.rounds import round as round_module
from workflows.rounds import runtime as engine_module
from workflows.rounds.runner import RoundRunner

HF01 = Subject(project="hf01")
WHY = "PostgreSQL refuses the data: NumericValueOutOfRangeError 22003 (no constraint)"
PLAN = {"document": "revisit-plan-hf01", "version": 1, "summary": "每月回访"}


async def refused(*_: Any, **__: Any) -> Any:
    raise RecordsRefused(WHY)


def report(round: Round) -> dict[str, Any]:
    assert round.file.report is not None
    return {"report": round.file.report.id, "revision": round.file.report.revision}


async def over(round: Round) -> str | None:
    await round.is_analysed()
    await asyncio.wait_for(round.handle.result(), 20)
    await round.look()
    return round.file.outcome


@pytest.mark.server
async def test_an_error_in_a_rounds_chapter_or_beside_it_is_seen_and_mended_it_goes_on(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch, followed: Followed
):
    parts = {
        "the chapter": (engine_module, "chapter_of", ApplicationError),
        "beside it": (RoundRunner, "_draft_and_renew", ValueError),
        "publishing": (round_module.RoundWorkflow, "_publish", TimeoutError),
    }
    begun = {part: await rounds.begun("CH-7.4.2", HF01) for part in parts}
    await followed.has_all_of(*begun.values())
    with monkeypatch.context() as release:
        for part, (where, name, error) in parts.items():
            breaks(release, where, name, begun[part], error=error)
        for round in begun.values():
            await round.handle.signal(interface.CONTINUE_AS_NEW)
        for round in begun.values():
            await seen(round.handle)
    for round in begun.values():
        await mended(round)
        await round.does("CH-7.4.2", **report(round))
        assert await over(round) == "analysed"
        await replays(round.handle)
        round.ignores()


async def test_a_report_whose_draft_is_refused_is_owed_all_the_same_and_drafted_once_it_can_be(
    rounds: Rounds, machines: Machines, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as refusing:
        refusing.setattr(machines.reports, "draft", refused)
        round = await rounds.begun("CH-7.4.2", HF01)
        assert round.duty("CH-7.4.2").open
        await noted(round, "draft complaint_report")
        assert round.file.report is None
        await round.handle.signal(interface.REDRAFT)
        await goes_on(round)
    await round.passes(minutes=61)
    await round.becomes(lambda _: round.file.report)
    assert len(await refusals(round)) <= 1
    await round.does("CH-7.4.2", **report(round))
    assert await over(round) == "analysed"
    round.ignores()


async def test_a_draft_that_was_refused_is_made_as_soon_as_the_round_is_put_together_anew(
    rounds: Rounds, machines: Machines, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as refusing:
        refusing.setattr(machines.reports, "draft", refused)
        round = await rounds.begun("CH-7.4.2", HF01)
        await noted(round, "draft complaint_report")
    await goes_on(round)
    await round.becomes(lambda _: round.file.report)
    assert [line.kind for line in await round.journal()].count("report.drafted") == 1
    round.ignores()


async def test_a_draft_that_the_database_and_then_the_machine_refuses_is_not_asked_for_any_more(
    rounds: Rounds, machines: Machines, monkeypatch: pytest.MonkeyPatch
):
    async def impossible(*_: Any, **__: Any) -> Any:
        raise ReportRefused(Hindrance.NO_REASON, id="1")

    with monkeypatch.context() as refusing:
        refusing.setattr(machines.reports, "draft", refused)
        round = await rounds.begun("CH-7.4.2", HF01)
        await noted(round, "draft complaint_report")
    monkeypatch.setattr(machines.reports, "draft", impossible)
    await round.passes(minutes=61)
    await round.until_line("machine.refused")
    await round.passes(hours=3)
    assert [line.kind for line in await round.journal()].count("machine.refused") == 1
    round.ignores()


async def test_a_report_that_cannot_be_issued_is_issued_once_it_can_be(
    rounds: Rounds, machines: Machines, monkeypatch: pytest.MonkeyPatch
):
    round = await rounds.begun("CH-7.4.2", HF01)
    said = report(round)
    with monkeypatch.context() as refusing:
        refusing.setattr(machines.reports, "issue", refused)
        await round.does("CH-7.4.2", **said)
        await noted(round, f"issue {said['report']}")
        assert (await round.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await round.passes(minutes=61)
    assert await over(round) == "analysed"
    assert (said["report"], 1) in machines.reports.issues
    round.ignores()


async def test_a_step_of_a_document_that_is_refused_holds_up_no_opinion_and_is_kept_once_it_can_be(
    rounds: Rounds, machines: Machines, monkeypatch: pytest.MonkeyPatch
):
    round = await rounds.begun("CS-4.3.1", HF01)
    machines.documents.steps.clear()
    with monkeypatch.context() as refusing:
        for name in ("put", "opinion", "approved"):
            refusing.setattr(machines.documents, name, refused)
        await round.does("CS-4.3.1", **PLAN)
        await noted(round, f"{PLAN['document']} put")
        while not any(duty.rule == "CS-4.3.1.approval" for duty in round.file.open_duties):
            await round.next_is_done()
        await round.approves("CS-4.3.1.approval")
        await round.look()
        assert (await round.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await round.passes(hours=2)
    assert await over(round) == "approved"
    kept = [step.split()[2] for step in machines.documents.steps]
    assert (kept[0], kept[-1]) == ("put", "approved"), "in their order"
    assert len(await refusals(round)) == 1
    round.ignores()


async def test_revisits_are_owed_without_the_draw_that_is_refused_and_the_draw_follows(
    rounds: Rounds, machines: Machines, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as refusing:
        refusing.setattr(machines.draws, "draw", refused)
        round = await rounds.begun("RV-5.2", HF01)
        assert round.duty("RV-5.2").open
        assert round.file.draw is None
        await noted(round, "draw for RV-5.2")
    await round.passes(minutes=61)
    await round.becomes(lambda _: round.file.draw)
    round.ignores()


async def test_a_list_and_a_destruction_that_are_refused_follow(
    rounds: Rounds, machines: Machines, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as refusing:
        refusing.setattr(machines.destruction, "propose", refused)
        round = await rounds.begun("CH-8.1.list", Subject())
        await noted(round, "list the records whose time has come")
    await round.passes(minutes=61)
    await round.becomes(lambda _: round.file.data.get("digest"))
    listed: dict[str, Any] = {"proposal": round.file.data["proposal"], "digest": round.file.data["digest"]}
    await round.does("CH-8.1.list", **listed)
    with monkeypatch.context() as refusing:
        refusing.setattr(machines.destruction, "carry_out", refused)
        await round.approves("CH-8.1.approval")
        await noted(round, f"destroy {listed['proposal']}")
    await round.passes(minutes=61)
    assert await over(round) == "destroyed"
    round.ignores()


async def test_a_round_whose_lines_are_refused_is_not_over_and_heals(
    rounds: Rounds, followed: Followed, monkeypatch: pytest.MonkeyPatch
):
    round = await rounds.begun("CS-4.3.7", Subject())
    with monkeypatch.context() as refusing:
        refuses(refusing, followed, round.handle.id)
        await goes_on(round)
        await round.does("CS-4.3.7", **report(round))
        await noted(round, "journal")
        assert (await round.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await round.handle.signal(interface.CONTINUE_AS_NEW)  # operators need not wait for the hour
    assert await over(round) == "done"
    round.ignores()


@pytest.mark.server
async def test_a_round_waits_for_a_directory_that_has_its_project(
    rounds: Rounds, references: ExampleReferences, monkeypatch: pytest.MonkeyPatch
):
    known = references.directory
    with monkeypatch.context() as refusing:
        refusing.setattr(
            references, "directory", known.but(projects=tuple(p for p in known.projects if p.code != "hf01"))
        )
        key, _ = await rounds.world.duly.run_round("CH-7.4.2", rounds.period("CH-7.4.2"), HF01)
        round = Round(rounds.world, rounds.world.duly.client.get_workflow_handle(key))

        async def asks_again() -> bool:
            shown = (await round.handle.describe()).raw_description
            return any(activity.attempt > 1 for activity in shown.pending_activities)

        await eventually(asks_again)
        assert (await round.handle.describe()).status is WorkflowExecutionStatus.RUNNING

    async def has_begun() -> bool:
        try:
            return bool((await round.look()).file.duties)
        except WorkflowQueryFailedError:
            return False

    await eventually(has_begun)
    assert await refusals(round) == []


async def test_a_survey_is_owed_while_the_steps_of_its_form_are_refused(
    rounds: Rounds, machines: Machines, monkeypatch: pytest.MonkeyPatch
):
    round = await rounds.begun("RV-5.1", HF01)
    machines.documents.steps.clear()
    with monkeypatch.context() as refusing:
        for name in ("put", "approved"):
            refusing.setattr(machines.documents, name, refused)
        await round.does("RV-5.1", document="survey-form", version=1)
        await round.approves("RV-5.1.approval")
        await round.becomes(lambda _: "RV-5.1.survey" in round.file.duties)
        await round.does("RV-5.1.survey", survey=round.file.data["survey"], sent=120, answered=90)
        await round.becomes(lambda _: "RV-5.1.report" in round.file.duties and round.file.report)
        await round.does("RV-5.1.report", **report(round))
        assert (await round.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    await round.passes(hours=2)
    assert await over(round) == "done"
    assert [step.split()[2] for step in machines.documents.steps] == ["put", "approved"]
    round.ignores()


async def test_a_summary_that_cannot_be_issued_is_returned_corrected_and_issued_in_the_end(
    rounds: Rounds, machines: Machines, monkeypatch: pytest.MonkeyPatch
):
    round = await rounds.begun("CH-7.4.4", HF01)
    said = report(round)
    with monkeypatch.context() as refusing:
        refusing.setattr(machines.reports, "issue", refused)
        await round.does("CH-7.4.4", **said)
        await noted(round, f"issue {said['report']}")
        await round.returns("CH-7.4.5", "CH-7.4.4", reason="请补充同比")
        await round.becomes(lambda _: "CH-7.4.4.corrected" in round.file.duties)
        await round.does("CH-7.4.4.corrected", **report(round))
        await round.approves("CH-7.4.5#2")
        await round.does("CH-7.4.5.review")
    await round.passes(hours=2)
    assert await over(round) == "approved"
    assert any(id == said["report"] for id, _ in machines.reports.issues)
    round.ignores()

"""An error that nobody expected, in whatever part of a case: operators see it, and mended the case goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from temporalio import workflow
from temporalio.api.failure.v1 import Failure
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from complaints import editions
from complaints.acts.act import Ending
from complaints.base.errors import Refused
from complaints.base.faults import RecordsAway
from complaints.case.complaint import Track
from complaints.case.file import ActKind, ActRequest, MatterKind
from complaints.case.messages import MessageKind, message
from tests.following import Followed
from tests.people import MANAGER
from tests.statements import stated
from tests.world import Case, World, eventually
from worker.temporal_worker import build_replayer
from workflows import interface, linked_cases, tracks
from workflows.chapters import BY_EDITION, CHAPTERS
from workflows.complaint import ComplaintWorkflow
from workflows.duty_engine import DutyEngine
from workflows.tracks import TrackRunner
from workflows.watching import Watch

pytestmark = pytest.mark.server

Table = dict[Any, Any]

PARTS: dict[str, tuple[Any, str, type[Exception]]] = {
    "publishing": (ComplaintWorkflow, "_publish", ValueError),
    "posting": (TrackRunner, "_posting", ApplicationError),
    "leading": (linked_cases, "leading", ValueError),
    "the watch list": (Watch, "run", ApplicationError),
    "becoming major": (tracks, "becoming_major", ValueError),
    "the matters": (TrackRunner, "_matters", TimeoutError),
    "the tracks": (TrackRunner, "_through_the_tracks", ApplicationError),
    "the procedures": (TrackRunner, "run", TimeoutError),
    "held beside the chapter": (DutyEngine, "until_closed", ApplicationError),
    "the end of a run": (ComplaintWorkflow, "_finish_run", ApplicationError),
}
"""What is broken, where it is called, and with what error. A case that goes on afresh comes through each."""


def broken(whole: Callable[..., Any], error: Exception, keys: set[str]) -> Any:
    """What raises at once, whether it is awaited or not, in the workflows of these keys only."""

    def raises_for_this_test(*given: Any, **named: Any) -> Any:
        if workflow.info().workflow_id in keys:
            raise error
        return whole(*given, **named)

    return raises_for_this_test


def breaks(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, *cases: Case, error: type[Exception] = ValueError
) -> None:
    whole = getattr(where, name)
    monkeypatch.setattr(where, name, broken(whole, error("boom"), {case.handle.id for case in cases}))


async def failures(handle: WorkflowHandle[Any, Any]) -> list[Failure]:
    """The failures of workflow tasks that the history of the newest run tells of."""
    return [
        event.workflow_task_failed_event_attributes.failure
        async for event in handle.fetch_history_events()
        if event.HasField("workflow_task_failed_event_attributes")
    ]


async def seen(handle: WorkflowHandle[Any, Any]) -> None:
    """The task has failed with what was raised and where, and the workflow still runs."""

    async def failed() -> bool:
        return bool(await failures(handle))

    await eventually(failed)
    told = (await failures(handle))[0]
    assert "boom" in told.message
    assert "raises_for_this_test" in told.stack_trace + told.cause.stack_trace
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING


async def mended(case: Case) -> Case:
    """The server has tried the task again, and it has passed."""

    async def passed() -> bool:
        described = (await case.handle.describe()).raw_description
        return not described.HasField("pending_workflow_task")

    await eventually(passed)
    return await case.look()


async def replays(handle: WorkflowHandle[Any, Any]) -> None:
    await build_replayer().replay_workflow(await handle.fetch_history())


async def test_an_error_in_any_part_is_seen_and_mended_the_case_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, followed: Followed
):
    cases = {part: await world.opens().graded(3) for part in PARTS}
    await followed.has_all_of(*cases.values())
    acts = {part: case.file.acts for part, case in cases.items()}
    with monkeypatch.context() as release:
        for part, (where, name, error) in PARTS.items():
            breaks(release, where, name, cases[part], error=error)
        for case in cases.values():
            await case.handle.signal(interface.CONTINUE_AS_NEW)
        for part, case in cases.items():
            try:
                await seen(case.handle)
            except AssertionError as unseen:
                raise AssertionError(f"{part}: {unseen}") from unseen
    for part, case in cases.items():
        await mended(case)
        assert case.file.acts == acts[part]
        await case.to_the_end()
        assert case.file.closed
        await replays(case.handle)
        case.ignores()


async def test_an_error_while_a_complaint_is_opened_is_seen_and_mended_it_is_opened(
    world: World, monkeypatch: pytest.MonkeyPatch, followed: Followed
):
    async def away(*_: Any) -> Any:
        raise RecordsAway("for this test")

    reception = "the reception"
    parts = {
        reception: (CHAPTERS, "reception"),
        "the first grade": (TrackRunner, "_first_grade"),
        "the number": (ComplaintWorkflow, "_number"),
        "the number that follows": (ComplaintWorkflow, "_number_later"),
    }
    complaints = {part: world.opens().complaint() for part in parts}
    keys = {part: interface.complaint_key(one.source, one.external_id) for part, one in complaints.items()}
    with monkeypatch.context() as release:
        for part, (where, name) in parts.items():
            raises = broken(getattr(where, name), ApplicationError("boom"), {keys[part]})
            if part == reception:
                release.setitem(BY_EDITION, editions.newest().chapters, replace(CHAPTERS, reception=raises))
            else:
                release.setattr(where, name, raises)
        with monkeypatch.context() as outage:
            outage.setattr(followed.records, "write", away)
            opening = [asyncio.create_task(world.duly.open_complaint(one)) for one in complaints.values()]
            for key in keys.values():
                handle = world.duly.client.get_workflow_handle(key)
                await eventually(lambda handle=handle: exists(handle))
                await seen(handle)
    for opened in await asyncio.gather(*opening):
        await replays(world.duly.client.get_workflow_handle(opened.key))
        assert opened.duties


async def exists(handle: WorkflowHandle[Any, Any]) -> bool:
    listed = handle.fetch_history_events()
    try:
        return bool([event async for event in listed])
    except Exception:
        return False


async def test_an_error_in_a_chapter_or_a_matter_is_seen_and_mended_the_act_before_it_counts(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    crisis, repaired = [await world.opens(loss=600_000) for _ in range(2)]
    await crisis.does("CR-5.1.4")
    await repaired.does("CR-5.1.4")
    await repaired.does("CR-5.2.1a", level=3)
    keys = {crisis.handle.id, repaired.handle.id}
    with monkeypatch.context() as release:
        boom = ApplicationError("boom")
        chapters, matters = cast(Table, CHAPTERS.tracks), cast(Table, CHAPTERS.matters)
        release.setitem(chapters, Track.CRISIS, broken(chapters[Track.CRISIS], boom, keys))
        release.setitem(matters, MatterKind.REPAIR, broken(matters[MatterKind.REPAIR], boom, keys))
        acting = [
            asyncio.create_task(crisis.does("CR-5.2.1a", level=1)),
            asyncio.create_task(repaired.opens_matter("repair")),
        ]
        await seen(crisis.handle)
        await seen(repaired.handle)
    graded, opened = await asyncio.gather(*acting)
    assert graded.opened
    assert any(duty.startswith("R1/") for duty in opened.opened)
    for case in (crisis, repaired):
        await case.to_the_end()
        await replays(case.handle)
        case.ignores()


@pytest.mark.parametrize("later", [False, True], ids=["update", "signal"])
async def test_an_error_in_what_an_act_does_fails_the_task_and_mended_the_act_is_done_once(
    world: World, monkeypatch: pytest.MonkeyPatch, later: bool
):
    case = await world.opens().graded(3)
    duty = case.duty("CS-4.2.1a")
    with monkeypatch.context() as release:
        breaks(release, Ending, "effect", case, error=ApplicationError)
        acting = asyncio.create_task(case.does_later(duty.id) if later else case.does(duty.id))
        await seen(case.handle)
    await acting
    await mended(case)
    assert [act.duty for act in case.file.acts].count(duty.id) == 1
    assert "act.refused" not in [line.kind for line in await case.journal()]
    await case.to_the_end()


async def test_an_error_in_what_another_case_says_fails_the_task_and_mended_it_is_heard(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    leading, member = [await world.opens(building="11栋").graded(level) for level in (3, 4)]
    with monkeypatch.context() as release:
        breaks(release, linked_cases, "receive", member, error=ApplicationError)
        await leading.leads(member)
        await seen(member.handle)
    await mended(member)
    await member.becomes(lambda file: file.track is Track.GATHERED)
    await leading.becomes(lambda file: file.members)
    for case in (leading, member):
        case.ignores()


# --- openings that are refused


async def test_an_opening_that_is_refused_ends_whatever_was_sent_to_it(world: World):
    """Each of these waits for the case to be open, and it never will be."""
    twin = await world.opens()
    started = (await twin.handle.fetch_history()).events[0].workflow_execution_started_event_attributes
    [known] = await world.duly.client.data_converter.decode(started.input.payloads, [interface.CaseStart])
    opening = known.but(complaint=known.complaint.but(project="nowhere"))
    early: dict[str, list[Any]] = {
        interface.REFERENCE_CHANGED: [],
        interface.ACT_LATER: [stated("", ActRequest(by=MANAGER, kind=ActKind.DISCHARGE, duty="CR-5.1.4"))],
        interface.FROM_CASE: [message(twin.file, MessageKind.LEFT, "test-0000000000000000", twin.now)],
    }
    for signal, given in early.items():
        handle = await world.duly.client.start_workflow(
            interface.COMPLAINT,
            opening,
            id=f"{twin.handle.id}-{signal}",
            task_queue=started.task_queue.name,
            start_signal=signal,
            start_signal_args=given,
        )
        with pytest.raises(WorkflowFailureError) as ended:
            await asyncio.wait_for(handle.result(), 20)
        assert isinstance(ended.value.cause, ApplicationError)
        assert ended.value.cause.type == Refused.INVALID


# --- what operators read in the log


async def test_the_log_tells_a_cases_way_once_and_names_no_customer(world: World, caplog: pytest.LogCaptureFixture):
    with caplog.at_level("INFO", logger="temporalio.workflow"):
        case = await world.opens(customer="欧阳晓岚", contact="13912345678", loss=600_000).graded(1)
        await case.passes(minutes=11)
        await case.goes_on_afresh()
        await case.to_the_end()
        await replays(case.handle)
    case.ignores()
    said = [record.getMessage() for record in caplog.records if case.handle.id in record.getMessage()]
    for told in (
        "case.opened level=1",
        "track.entered track=crisis level=1 leg=1",
        "duty.breached CR-5.2.1b",
        "goes on in a new run",
        "case.closed outcome=",
    ):
        assert len([line for line in said if line.startswith(told)]) == 1, told
    assert not any(secret in line for line in said for secret in ("欧阳晓岚", "13912345678", "渗水"))

"""What is refused when a complaint is opened, and what nobody who sends one can decide."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from complaints import editions
from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsAway
from complaints.case.additions import Additions
from complaints.case.complaint import Complaint
from complaints.case.file import CaseFile, Written
from starters.client import Duly
from starters.client.sentences import sentence
from tests.fakes import ExampleReferences, MemoryRecords, MemoryRetention
from tests.following import Followed
from tests.people import SUPERVISOR
from tests.world import Case, World
from worker.projector import Projector
from worker.temporal_worker import build_replayer, build_worker
from workflows import interface
from workflows.complaint import ComplaintWorkflow

pytestmark = pytest.mark.server

WRONG = [
    pytest.param({"project": "hf0l"}, "project", id="project"),
    pytest.param({"received_by": "zhou.mni"}, "received_by", id="received by"),
    pytest.param({"about": ("li.na", "nobody")}, "about", id="about"),
    pytest.param({"department": "enginering"}, "department", id="department"),
]


async def invalid(world: World, complaint: Complaint) -> list[dict[str, Any]]:
    """The problems for which a complaint is refused."""
    with pytest.raises(Refusal) as refused:
        await world.duly.open_complaint(complaint)
    assert refused.value.code is Refused.INVALID
    for lang in ("zh", "en"):
        assert sentence(refused.value, lang)
    return refused.value.params["problems"]


async def sent(world: World, opening: Any, key: str, **more: Any) -> Case:
    """A complaint that somebody starts without the client, whatever they say of it."""
    client = world.duly.client
    queue = more.pop("task_queue", world.duly.server.task_queue)
    handle = await client.start_workflow(interface.COMPLAINT, opening, id=key, task_queue=queue, **more)
    return Case(world, handle)


def key_of(complaint: Complaint) -> str:
    return interface.complaint_key(complaint.source, complaint.external_id)


# --- who and what the directory has


@pytest.mark.parametrize(("changes", "field"), WRONG)
async def test_what_the_directory_lacks_is_refused_at_once_and_taken_corrected_under_the_same_id(
    world: World, changes: dict[str, Any], field: str
):
    right = world.opens().complaint()
    wrong = right.but(**changes)
    [problem] = await invalid(world, wrong)
    assert problem["field"] == field
    assert await invalid(world, wrong) == [problem], "sent again it is refused again, in the same words"
    described = await world.duly.client.get_workflow_handle(key_of(right)).describe()
    assert described.status is WorkflowExecutionStatus.FAILED, "nothing stands under that id"
    receipt = await world.duly.open_complaint(right)
    assert (receipt.key, receipt.number is not None) == (key_of(right), True)
    assert (await world.duly.open_complaint(right)).number == receipt.number


async def test_everything_the_directory_lacks_is_told_at_once_with_what_comes_near(world: World):
    wrong = world.opens(project="hf0l", received_by="zhou.mni", about=("nobody",), department="x").complaint()
    problems = await invalid(world, wrong)
    assert [problem["field"] for problem in problems] == ["project", "received_by", "about", "department"]
    assert "hf01" in problems[0]["params"]["near"]
    assert "zhou.min" in problems[1]["params"]["near"]


async def test_somebody_of_another_project_may_be_complained_about(world: World):
    company = world.references.directory
    neighbour = next(one for one in company.people if one.id == "wu.jie").but(
        id="xin.ren", projects=("yx02",), roles=()
    )
    world.references.directory = company.but(people=(*company.people, neighbour))
    assert world.references.directory.slice("hf01").person("xin.ren") is None
    receipt = await world.duly.open_complaint(world.opens(about=("xin.ren",)).complaint())
    assert receipt.number is not None


async def test_with_no_directory_at_all_an_opening_waits_for_one(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(world.references, "loaded", False)
    complaint = world.opens(project="hf0l").complaint()
    queue = world.duly.server.task_queue
    impatient = Duly(world.duly.client, patience=60, answer_within=4, task_queue=queue)  # the server may be busy
    with pytest.raises(Refusal) as refused:
        await impatient.open_complaint(complaint)
    assert (refused.value.code, refused.value.params["what"]) == (Refused.SERVER_UNREACHABLE, "worker")
    monkeypatch.setattr(world.references, "loaded", True)
    assert [problem["field"] for problem in await invalid(world, complaint)] == ["project"]


async def test_a_case_whose_project_is_taken_out_of_the_directory_goes_on_with_who_it_knows(world: World):
    case = await world.opens().graded(4)
    company = world.references.directory
    world.references.directory = company.but(projects=tuple(one for one in company.projects if one.code != "hf01"))
    version = case.file.duties["CR-5.2.1a"].owner
    with pytest.raises(Refusal) as refused:
        await case.is_recalculated(by=SUPERVISOR, reason="通讯录更新")
    assert refused.value.code is Refused.INVALID
    await case.handle.signal(interface.REFERENCE_CHANGED)
    await case.until_line("reference.kept")
    assert case.file.duties["CR-5.2.1a"].owner == version
    world.references.directory = company
    await case.to_the_end()


# --- dates, by the workflow's own clock


@pytest.mark.parametrize(
    ("changes", "field", "key"),
    [
        ({"received_at": datetime(2006, 1, 12, tzinfo=UTC)}, "received_at", "intake.too-old"),
        ({"received_at": datetime.now(UTC) + timedelta(days=1)}, "received_at", "intake.future"),
        ({"promised": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)}, "promised", "intake.too-far"),
        ({"customer": "钱\x00女士"}, "customer", "intake.control-character"),
    ],
)
async def test_a_complaint_that_no_client_has_looked_at_is_refused_by_the_workflow(
    world: World, changes: dict[str, Any], field: str, key: str
):
    right = world.opens().complaint()
    case = await sent(world, interface.CaseStart(complaint=right.but(**changes)), key_of(right))
    with pytest.raises(WorkflowFailureError) as refused:
        await case.handle.result()
    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == Refused.INVALID
    first = cause.details[0]["problems"][0]
    assert (first["field"], first["key"]) == (field, key)
    assert (await world.duly.open_complaint(right)).number is not None


async def test_a_client_whose_clock_is_wrong_is_refused_by_the_clock_of_the_workflow(world: World):
    right = world.opens().complaint()
    then = datetime(2006, 1, 12, 4, tzinfo=UTC)
    behind = Duly(world.duly.client, clock=lambda: then, task_queue=world.duly.server.task_queue)
    for _ in range(2):
        with pytest.raises(Refusal) as refused:
            await behind.open_complaint(right.but(received_at=then, promised=None))
        assert refused.value.code is Refused.INVALID
        assert [(one["field"], one["key"]) for one in refused.value.params["problems"]] == [
            ("received_at", "intake.too-old")
        ]
    assert (await world.duly.open_complaint(right)).number is not None


async def test_what_is_received_by_a_clock_that_is_ahead_can_be_acted_on_at_once(world: World):
    complaint = world.opens(received_at=datetime.now(UTC) + timedelta(seconds=50)).complaint()
    receipt = await world.duly.open_complaint(complaint)
    case = await Case(world, world.duly.client.get_workflow_handle(receipt.key)).look()
    assert case.file.complaint.received_at == case.file.opened_at <= datetime.now(UTC) + timedelta(seconds=1)
    await case.does("CR-5.1.4", by=SUPERVISOR)
    await case.does("CR-5.2.1a", by=SUPERVISOR, level=4)
    assert (await world.duly.open_complaint(complaint)).key == receipt.key
    with pytest.raises(Refusal) as refused:
        await world.duly.open_complaint(complaint.but(matter="另一件事"))
    assert (refused.value.code, refused.value.params["differs"]) == (Refused.CONFLICT, "matter")


async def test_a_case_whose_first_task_is_tried_again_is_the_one_that_the_records_have(
    followed: Followed, world: World, monkeypatch: pytest.MonkeyPatch
):
    """Its registration has reached the records when the worker dies: nothing of it may change with the next try."""
    registered: list[CaseFile] = []
    write, numbered = followed.records.write, ComplaintWorkflow._numbered  # pyright: ignore[reportPrivateUsage]
    complaint = world.opens(received_at=datetime.now(UTC) + timedelta(seconds=50)).complaint()

    async def kept(additions: Additions) -> Written:
        if additions.after == 0 and additions.key == key_of(complaint):
            assert isinstance(additions.file, CaseFile)
            registered.append(additions.file)
        return await write(additions)

    def dies_once(workflow: ComplaintWorkflow, written: Written) -> None:
        if len(registered) == 1:
            raise ValueError("boom")
        numbered(workflow, written)

    monkeypatch.setattr(followed.records, "write", kept)
    monkeypatch.setattr(ComplaintWorkflow, "_numbered", dies_once)
    receipt = await world.duly.open_complaint(complaint)
    case = await Case(world, world.duly.client.get_workflow_handle(receipt.key)).look()
    assert len(registered) > 1
    assert {one.opened_at for one in registered} == {case.file.opened_at}
    assert {one.complaint.received_at for one in registered} == {case.file.complaint.received_at}


async def test_no_duty_waits_for_the_directory_that_came_while_a_case_was_opened(
    followed: Followed, world: World, monkeypatch: pytest.MonkeyPatch
):
    write, reference = followed.records.write, world.references.reference

    async def newer(additions: Additions) -> Written:
        return (await write(additions)).but(reference="newer")

    async def away(project: str, known_version: str | None = None) -> Any:
        if known_version is not None:
            raise RecordsAway("away")
        return await reference(project, known_version)

    monkeypatch.setattr(followed.records, "write", newer)
    monkeypatch.setattr(world.references, "reference", away)
    case = await world.opens().graded(4)
    await asyncio.wait_for(case.to_the_end(), 60)


# --- the edition and the proposed level


async def test_whoever_sends_a_complaint_decides_neither_its_level_nor_its_rules(world: World):
    complaint = world.opens(loss=600_000).complaint()
    said = {
        "complaint": complaint.model_dump(mode="json"),
        "proposal": {"level": 4},
        "edition": {"name": "2099.1", "digest": "0" * 64},
    }
    case = await sent(world, said, key_of(complaint))
    receipt = await case.handle.execute_update(interface.INTAKE)
    assert receipt["proposal"]["level"] == 1
    await case.look()
    assert (case.file.proposal.level, case.file.edition) == (1, editions.newest().pin)
    refusal = await case.refuses(case.does("CR-5.2.1a", by=SUPERVISOR, level=4, reason=""))
    assert refusal is Refused.REASON_NEEDED


async def test_a_case_keeps_the_edition_that_its_worker_had_as_the_newest(
    followed: Followed, references: ExampleReferences, monkeypatch: pytest.MonkeyPatch
):
    """Under a later release, whose newest edition is another, its history replays with the one that it began under."""
    queue, client, records = "another-edition", followed.duly.client, MemoryRecords()
    elder = editions.newest()
    younger = replace(elder, name="2099.1", digest="9" * 64)
    known = {(one.name, one.digest): one for one in (elder, younger)}
    monkeypatch.setattr(editions, "get", lambda name, digest: known[name, digest])  # pyright: ignore[reportUnknownLambdaType]
    world = World(Duly(client, task_queue=queue), followed.skipper, queue, references)
    projector = Projector(client, records, task_queue=queue)
    worker = build_worker(
        client, records, references, projector, MemoryRetention(), newest=lambda: younger, task_queue=queue
    )
    async with worker:
        case = await world.opens(loss=600_000)
        history = await case.handle.fetch_history()
    assert case.file.edition == younger.pin
    assert case.file.proposal.level == 1

    def unasked() -> None:
        raise AssertionError("a replay takes the edition from the history")

    monkeypatch.setattr(editions, "newest", unasked)
    await build_replayer().replay_workflow(history)
    del known[younger.name, younger.digest]
    with pytest.raises(Exception, match=r"2099\.1"):
        await build_replayer().replay_workflow(history)


async def test_the_history_of_an_opening_has_no_more_events_than_it_needs(world: World):
    """One marker brings edition, directory and calendar; another the number."""
    case = await world.opens()
    kinds = [event.WhichOneof("attributes") for event in (await case.handle.fetch_history()).events]
    assert kinds.count("marker_recorded_event_attributes") == 2
    assert "activity_task_scheduled_event_attributes" not in kinds
    assert isinstance(case.file, CaseFile)

"""A case that was reset, ended or restored at the server: found by whoever meets it, and repaired by a command."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus

from complaints.case.file import CaseFile
from complaints.connection.settings import Settings
from starters.client import Duly
from tests.people import SUPERVISOR
from tests.server.test_cli import Shell, duly, until
from tests.server.test_client import fields
from tests.store.postgres import JOURNAL, rows
from workflows import interface

__all__ = ["duly"]  # a fixture

UNSEEN = "DO $$ BEGIN SET LOCAL session_replication_role = replica; {0}; END $$"


@pytest_asyncio.fixture
async def client(office: Settings) -> Duly:
    return await Duly.connect(office.need_address(), office.namespace)


async def lived(client: Duly, shell: Shell) -> CaseFile:
    """A case with four acts, all of it in the records."""
    key = (await client.open_complaint(fields())).key
    await client.discharge(key, "CR-5.2.1a", by=SUPERVISOR, form={"level": 3})
    await client.discharge(key, "CR-5.1.4", by=SUPERVISOR, form={"customer_opinion": "x", "preliminary": "y"})
    for what in ("修复", "修复2"):
        await client.open_matter(key, by=SUPERVISOR, kind="repair", what=what, department="engineering")
    file = await client.case(key)
    await recorded(shell, file)
    return file


async def recorded(shell: Shell, file: CaseFile) -> None:
    async def look():
        return await shell("--json", "records", "verify", file.key, "--no-server")

    await until(look, lambda said: said.data["lines"] >= file.journal_seq)


async def reset(client: Duly, file: CaseFile, where: str, reapply: str = "ALL_ELIGIBLE") -> None:
    """As an operator does in the Temporal UI."""
    handle = client.client.get_workflow_handle(file.key)
    started = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    tasks = [event.event_id async for event in handle.fetch_history_events() if event.event_type == started]
    run = (await handle.describe()).run_id
    assert run is not None
    await client.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=file.key, run_id=run),
            reason="operator",
            workflow_task_finish_event_id={"first": tasks[0], "mid": tasks[len(tasks) // 2], "last": tasks[-1]}[where],
            request_id=str(uuid4()),
            reset_reapply_type=ResetReapplyType.Value(f"RESET_REAPPLY_TYPE_{reapply}"),
        )
    )
    await asyncio.sleep(1)


async def told(shell: Shell, key: str, command: str) -> None:
    """Without anybody having looked: the worker has set the case aside, and doctor says what to do."""
    found = await until(
        lambda: shell("--json", "set-aside", "list"), lambda said: any(one["id"] == key for one in said.data), 60
    )
    assert {one["why"] for one in found.data if one["id"] == key} == {"parted"}
    said = await shell("--json", "doctor")
    [finding] = [one for one in said.data if one["name"] == "records and server"]
    assert "reset" in finding["en"]
    assert "backup" in finding["en"]
    assert command in finding["todo_en"]


async def parted(shell: Shell, key: str) -> list[str]:
    said = await shell("--json", "records", "verify", key)
    assert (said.code == 0) == (said.data["parted"] == [])
    return [one["kind"] for one in said.data["parted"]]


@pytest.mark.parametrize("where", ["first", "mid", "last"])
async def test_a_case_that_was_reset_is_found_and_goes_on_from_the_records(
    client: Duly, duly: Shell, where: str
) -> None:
    file = await lived(client, duly)
    await reset(client, file, where)
    assert await parted(duly, file.key) == ["other"]
    await told(duly, file.key, "duly records restart")
    after = await client.open_matter(
        file.key, by=SUPERVISOR, kind="repair", what="修复3", department="engineering", act_id="after"
    )
    assert after.seq in (1, 5)
    refused = await duly("--json", "records", "restart", file.key)
    assert (refused.code, len(refused.data["left"][0]["acts"])) == (2, 1)
    done = await duly("--json", "records", "restart", file.key, "--drop-acts")
    assert (done.code, done.data["restarted"][0]["line"]) == (0, file.journal_seq)
    again = await client.case(file.key)
    assert again.acts == file.acts
    assert [duty.id for duty in again.open_duties] == [duty.id for duty in file.open_duties]
    assert [matter.id for matter in again.matters] == ["R1", "R2"]
    receipt = await client.open_matter(
        file.key, by=SUPERVISOR, kind="repair", what="修复3", department="engineering", act_id="after"
    )
    assert receipt.seq == 5
    await recorded(duly, await client.case(file.key))
    assert await parted(duly, file.key) == []
    assert (await duly("records", "verify", file.key)).code == 0


async def test_a_case_that_was_reset_may_count_as_the_server_has_it(
    client: Duly, duly: Shell, quarters: Settings
) -> None:
    file = await lived(client, duly)
    await reset(client, file, "mid")
    await client.open_matter(file.key, by=SUPERVISOR, kind="repair", what="修复3", department="engineering")
    assert await parted(duly, file.key) == ["other"]
    before = await rows(quarters.need_database(), "SELECT seq, hash FROM journal WHERE key = $1", file.key)
    done = await duly("--json", "records", "rebuild", file.key, "--from-server")
    assert done.code == 0, done.err
    assert await parted(duly, file.key) == []
    there = await client.case(file.key)
    assert len(there.acts) == 5
    kept = await duly("--json", "records", "verify", file.key)
    assert (kept.code, kept.data["lines"]) == (0, there.journal_seq)
    left = "SELECT seq, line ->> 'hash' AS hash FROM journal_replaced WHERE key = $1"
    now = "SELECT seq, hash FROM journal WHERE key = $1"
    both = [*await rows(quarters.need_database(), left, file.key), *await rows(quarters.need_database(), now, file.key)]
    assert {(row["seq"], row["hash"]) for row in before} <= {(row["seq"], row["hash"]) for row in both}
    sent = "SELECT notice FROM deliveries WHERE key = $1 GROUP BY notice HAVING count(*) > 1"
    assert await rows(quarters.need_database(), sent, file.key) == []


async def test_an_old_backup_of_the_server_is_found_and_what_the_records_have_goes_on(
    client: Duly, duly: Shell
) -> None:
    file = await lived(client, duly)
    await reset(client, file, "last", "NONE")
    await reset(client, file, "mid", "NONE")
    assert await parted(duly, file.key) in (["behind"], ["other"])
    await client.open_matter(file.key, by=SUPERVISOR, kind="repair", what="另一项", department="engineering")
    await told(duly, file.key, "--from-server")
    assert (await duly("records", "restart", file.key, "--drop-acts")).code == 0
    assert (await client.case(file.key)).acts == file.acts
    assert await parted(duly, file.key) == []


async def test_a_case_that_was_ended_at_the_server_is_found_and_goes_on(client: Duly, duly: Shell) -> None:
    file = await lived(client, duly)
    handle = client.client.get_workflow_handle(file.key)
    await handle.terminate()
    assert await parted(duly, file.key) == ["gone"]
    assert (await duly("records", "restart", file.key)).code == 0
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    assert (await client.case(file.key)).acts == file.acts
    assert await parted(duly, file.key) == []


async def test_an_old_backup_of_the_records_is_found_and_completed_from_all_runs(
    client: Duly, duly: Shell, quarters: Settings
) -> None:
    file = await lived(client, duly)
    whole = await rows(quarters.need_database(), JOURNAL, file.key)
    handle = client.client.get_workflow_handle(file.key)
    run = (await handle.describe()).run_id
    await handle.signal(interface.CONTINUE_AS_NEW)
    for _ in range(100):
        if (await handle.describe()).run_id != run:
            break
        await asyncio.sleep(0.1)
    hash = whole[3]["hash"]
    for sql in (
        f"DELETE FROM journal WHERE key = '{file.key}' AND seq > 4",
        f"UPDATE complaints SET cursor = 4, journal_hash = '{hash}' WHERE key = '{file.key}'",
    ):
        await rows(quarters.need_database(), UNSEEN.format(sql))
    await duly("records", "rebuild", file.key)
    assert await parted(duly, file.key) == ["gap"]
    done = await duly("--json", "records", "rebuild", file.key, "--from-server")
    assert done.code == 0, done.err
    assert await rows(quarters.need_database(), JOURNAL, file.key) == whole
    assert await parted(duly, file.key) == []

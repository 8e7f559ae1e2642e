"""Exports the workflow histories that the Temporal server keeps of a case, run by run, and deletes them for good."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.client import WorkflowExecution as Listed
from temporalio.service import RPCError, RPCStatusCode

from complaints.connection.temporal import quoted

ANSWER = timedelta(seconds=10)
LISTED_AT_ONCE = 50  # workflows per query: by default the server allows ten lists a second, for all clients together


async def export(client: Client, key: str) -> list[str]:
    """Return the histories of all runs of a workflow as JSON, the oldest first; none if the server keeps none any more.

    A run whose history has expired ends the list: the runs before it are gone too. Raises `RPCError`.
    """
    found: list[str] = []
    run: str | None = ""
    while run is not None:
        try:
            history = await client.get_workflow_handle(key, run_id=run or None).fetch_history(rpc_timeout=ANSWER)
        except RPCError as fault:
            if fault.status is RPCStatusCode.NOT_FOUND:
                break
            raise
        found.insert(0, _settled(history.to_json()))
        run = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id or None
    return found


async def under_way(client: Client, key: str) -> bool:
    """Whether a workflow of this id is running; it still is just after it closed its case. Raises `RPCError`."""
    try:
        found = await client.get_workflow_handle(key).describe(rpc_timeout=ANSWER)
    except RPCError as fault:
        if fault.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return found.status is WorkflowExecutionStatus.RUNNING


def _settled(said: str) -> str:
    """Sort the names of a JSON document: the server's maps have no order, and an archive always has the same bytes."""
    return json.dumps(json.loads(said), ensure_ascii=False, sort_keys=True, indent=1) + "\n"


async def closed_runs(client: Client, keys: Sequence[str]) -> Mapping[str, Sequence[Listed]]:
    """Return the closed runs of each of these workflows, from the server's workflow list. Raises `RPCError`."""
    found: dict[str, list[Listed]] = {key: [] for key in keys}
    for start in range(0, len(keys), LISTED_AT_ONCE):
        named = ", ".join(quoted(key) for key in keys[start : start + LISTED_AT_ONCE])
        async for one in client.list_workflows(f"WorkflowId IN ({named}) AND ExecutionStatus != 'Running'"):
            found[one.id].append(one)
    return found


async def delete(client: Client, key: str, closed_before: datetime, listed: Iterable[Listed]) -> bool:
    """Ask the server to delete every closed run of a workflow that began before a moment; True once it has none.

    `listed` are its `closed_runs`. The server deletes asynchronously, and the younger a run, the longer it takes: list
    and call again until the result is True. A run that is still open, or began later, belongs to another case that was
    opened under the same id: it stays. Raises `RPCError` while the server is away.
    """
    runs = await _runs(client, key, closed_before, listed)
    for run in runs:
        await _delete(client, key, run)
    return not runs


async def _runs(client: Client, key: str, before: datetime, closed: Iterable[Listed]) -> set[str]:
    """Collect the closed runs from the server's list and, because that lags slightly, from the newest run itself."""
    listed = {one.run_id for one in closed if one.start_time < before}
    try:
        newest = await client.get_workflow_handle(key).describe(rpc_timeout=ANSWER)
    except RPCError as fault:
        if fault.status is not RPCStatusCode.NOT_FOUND:
            raise
        return await _there(client, key, listed)
    if newest.status is not WorkflowExecutionStatus.RUNNING and newest.start_time < before:
        listed.add(newest.run_id)
    return await _there(client, key, listed)


async def _there(client: Client, key: str, runs: set[str]) -> set[str]:
    """Keep only the closed runs that the server really has: the list may still name one that it deleted."""
    there: set[str] = set()
    for run in runs:
        try:
            found = await client.get_workflow_handle(key, run_id=run).describe(rpc_timeout=ANSWER)
        except RPCError as fault:
            if fault.status is not RPCStatusCode.NOT_FOUND:
                raise
            continue
        if found.status is not WorkflowExecutionStatus.RUNNING:  # deleting a running one would terminate it
            there.add(run)
    return there


async def _delete(client: Client, key: str, run: str) -> None:
    request = DeleteWorkflowExecutionRequest(
        namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=key, run_id=run)
    )
    try:
        await client.workflow_service.delete_workflow_execution(request, timeout=ANSWER)
    except RPCError as fault:
        if fault.status is not RPCStatusCode.NOT_FOUND:
            raise

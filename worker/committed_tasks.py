"""Reads the committed workflow tasks of a case from the end of its history."""

from __future__ import annotations

from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client

from workflows.change_hints import WorkflowTask

FIRST_PAGE = 4
"""Page size in server transactions, each with one or more events. A task takes two; one that an update started, one."""
NEXT_PAGES = 100


async def last_tasks(client: Client, key: str, *, within: timedelta | None = None) -> list[WorkflowTask]:
    """Return the last completed workflow tasks of the newest run, the last first: at least one, if the run has any.

    A task that failed, or timed out, is not completed; the server keeps nothing of it. `within` is the timeout of one
    call. Raises `RPCError`.
    """
    request = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=key), maximum_page_size=FIRST_PAGE
    )
    tasks: list[WorkflowTask] = []
    completed: set[int] = set()
    while True:
        page = await client.workflow_service.get_workflow_execution_history_reverse(request, retry=True, timeout=within)
        for event in page.history.events:
            if event.HasField("workflow_task_completed_event_attributes"):
                completed.add(event.workflow_task_completed_event_attributes.started_event_id)
            elif event.event_id in completed:
                tasks.append(WorkflowTask.started(event.event_id, event.event_time.ToNanoseconds()))
        if tasks or not page.next_page_token:
            return tasks
        request.next_page_token = page.next_page_token
        request.maximum_page_size = NEXT_PAGES

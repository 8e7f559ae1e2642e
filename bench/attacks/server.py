"""Attacks on the Temporal server's own locks, and on its UI: writing without a token that may write."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from google.protobuf.message import Message
from joserfc import jwt
from joserfc.jwk import ECKey
from temporalio.api.batch.v1 import BatchOperationTermination
from temporalio.api.common.v1 import Payloads, WorkflowExecution, WorkflowType
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice import v1 as operator
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.update.v1 import Input, Meta, Request
from temporalio.api.workflowservice import v1 as api
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from bench.attacks.acts import plain
from bench.attacks.forging import Order
from bench.attacks.ground import Ground
from bench.attacks.tally import ACCEPTED, Attack
from complaints.case.file import ActKind
from complaints.case.messages import MessageKind
from complaints.connection.tokens import TokenRole, token_file
from devstack.server import UI_BEHIND, UI_PORT
from tests.people import SUPERVISOR
from worker.lock_checks import takes_anybody
from worker.token_issuer import AUDIENCE
from workflows import interface
from workflows.interface import SignedAct

SERVER, UI = "server", "UI"
DENIED = "permission-denied"
CLOSED = "no answer"
NAMESPACE = "default"
LIMIT = timedelta(seconds=20)

Call = Callable[[Client], Awaitable[object]]


def _on_workflows(key: str, good: Callable[[], SignedAct]) -> dict[str, Message]:
    """What changes cases. The update and the signals carry acts that are rightly signed: only the lock refuses them."""
    one = WorkflowExecution(workflow_id=key)
    queue, complaint = TaskQueue(name=interface.TASK_QUEUE), WorkflowType(name=interface.COMPLAINT)
    identity: dict[str, Any] = {"namespace": NAMESPACE, "request_id": uuid4().hex}
    act = _payloads(good())
    word = _payloads({"says": MessageKind.GATHER.value, "to": key, "key": "crm-0", "project": "hf01"})
    return {
        "start": api.StartWorkflowExecutionRequest(
            workflow_id=f"crm-{uuid4().hex[:16]}", workflow_type=complaint, task_queue=queue, **identity
        ),
        "signal": api.SignalWorkflowExecutionRequest(
            workflow_execution=one, signal_name=interface.ACT_LATER, input=act, **identity
        ),
        "message of another case": api.SignalWorkflowExecutionRequest(
            workflow_execution=one, signal_name=interface.FROM_CASE, input=word, **identity
        ),
        "continue as new": api.SignalWorkflowExecutionRequest(
            workflow_execution=one, signal_name=interface.CONTINUE_AS_NEW, **identity
        ),
        "start with a signal": api.SignalWithStartWorkflowExecutionRequest(
            workflow_id=f"crm-{uuid4().hex[:16]}",
            workflow_type=complaint,
            task_queue=queue,
            signal_name=interface.ACT_LATER,
            signal_input=act,
            **identity,
        ),
        "update": api.UpdateWorkflowExecutionRequest(
            namespace=NAMESPACE,
            workflow_execution=one,
            request=Request(meta=Meta(update_id=uuid4().hex), input=Input(name=ActKind.COMMENT.value, args=act)),
        ),
        "terminate": api.TerminateWorkflowExecutionRequest(namespace=NAMESPACE, workflow_execution=one, reason="x"),
        "cancel": api.RequestCancelWorkflowExecutionRequest(workflow_execution=one, **identity),
        "reset": api.ResetWorkflowExecutionRequest(
            workflow_execution=one, workflow_task_finish_event_id=4, reason="x", **identity
        ),
        "delete": api.DeleteWorkflowExecutionRequest(namespace=NAMESPACE, workflow_execution=one),
        "batch": api.StartBatchOperationRequest(
            namespace=NAMESPACE,
            job_id=uuid4().hex,
            visibility_query=interface.AT_WORK,
            reason="x",
            termination_operation=BatchOperationTermination(identity="x"),
        ),
        "stop a batch": api.StopBatchOperationRequest(namespace=NAMESPACE, job_id="x", reason="x"),
        "options of a workflow": api.UpdateWorkflowExecutionOptionsRequest(namespace=NAMESPACE, workflow_execution=one),
    }


def _as_worker(key: str) -> dict[str, Message]:
    """What a worker does: whoever may do this can decide anything in a case."""
    queue = TaskQueue(name=interface.TASK_QUEUE)
    one = WorkflowExecution(workflow_id=key)
    return {
        "poll for workflows": api.PollWorkflowTaskQueueRequest(namespace=NAMESPACE, task_queue=queue, identity="x"),
        "poll for activities": api.PollActivityTaskQueueRequest(namespace=NAMESPACE, task_queue=queue, identity="x"),
        "end a workflow task": api.RespondWorkflowTaskCompletedRequest(namespace=NAMESPACE, task_token=b"x"),
        "fail a workflow task": api.RespondWorkflowTaskFailedRequest(namespace=NAMESPACE, task_token=b"x"),
        "end an activity": api.RespondActivityTaskCompletedRequest(namespace=NAMESPACE, task_token=b"x"),
        "end an activity by id": api.RespondActivityTaskCompletedByIdRequest(
            namespace=NAMESPACE, workflow_id=key, activity_id="1"
        ),
        "fail an activity": api.RespondActivityTaskFailedRequest(namespace=NAMESPACE, task_token=b"x"),
        "heartbeat": api.RecordActivityTaskHeartbeatRequest(namespace=NAMESPACE, task_token=b"x"),
        "pause an activity": api.PauseActivityRequest(namespace=NAMESPACE, execution=one, id="1"),
        "reset an activity": api.ResetActivityRequest(namespace=NAMESPACE, execution=one, id="1"),
    }


def _of_the_server() -> dict[str, Message]:
    """What operators do: schedules and namespaces."""
    bools = {"More": IndexedValueType.INDEXED_VALUE_TYPE_BOOL}
    return {
        "make a schedule": api.CreateScheduleRequest(namespace=NAMESPACE, schedule_id=uuid4().hex, request_id="x"),
        "change a schedule": api.UpdateScheduleRequest(namespace=NAMESPACE, schedule_id="x", request_id="x"),
        "patch a schedule": api.PatchScheduleRequest(namespace=NAMESPACE, schedule_id="x", request_id="x"),
        "delete a schedule": api.DeleteScheduleRequest(namespace=NAMESPACE, schedule_id="x"),
        "make a namespace": api.RegisterNamespaceRequest(namespace="attacked"),
        "change a namespace": api.UpdateNamespaceRequest(namespace=NAMESPACE),
        "give up a namespace": api.DeprecateNamespaceRequest(namespace=NAMESPACE),
        "delete a namespace": operator.DeleteNamespaceRequest(namespace=NAMESPACE),
        "add search attributes": operator.AddSearchAttributesRequest(namespace=NAMESPACE, search_attributes=bools),
        "remove search attributes": operator.RemoveSearchAttributesRequest(
            namespace=NAMESPACE, search_attributes=[interface.NUMBER]
        ),
        "add a cluster": operator.AddOrUpdateRemoteClusterRequest(frontend_address="127.0.0.1:1"),
        "make an endpoint": operator.CreateNexusEndpointRequest(),
    }


def _reading(key: str) -> dict[str, Message]:
    """What only reads, and needs a token all the same."""
    one = WorkflowExecution(workflow_id=key)
    return {
        "list": api.ListWorkflowExecutionsRequest(namespace=NAMESPACE),
        "count": api.CountWorkflowExecutionsRequest(namespace=NAMESPACE),
        "history": api.GetWorkflowExecutionHistoryRequest(namespace=NAMESPACE, execution=one),
        "describe": api.DescribeWorkflowExecutionRequest(namespace=NAMESPACE, execution=one),
        "query": api.QueryWorkflowRequest(namespace=NAMESPACE, execution=one),
        "namespace": api.DescribeNamespaceRequest(namespace=NAMESPACE),
        "task queue": api.DescribeTaskQueueRequest(namespace=NAMESPACE, task_queue=TaskQueue(name="duly")),
    }


def _payloads(value: Any) -> Payloads:
    return Payloads(payloads=pydantic_data_converter.payload_converter.to_payloads([value]))


def _call(request: Message) -> Call:
    """Return the call that sends the request: its name follows from the request's."""
    name = type(request).__name__.removesuffix("Request")
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")

    async def sent(client: Client) -> object:
        there: Any = (
            client.operator_service if type(request).__module__.startswith(_OPERATOR) else client.workflow_service
        )
        return await getattr(there, snake)(request, timeout=LIMIT)

    return sent


_OPERATOR = "temporalio.api.operatorservice"

TOKENS = (
    *("expired", "of another key", "of an unknown key's id", "for another audience", "for another namespace"),
    *("with a changed byte", "of algorithm none"),
)
"""Tokens that would be the gateway's, but for one thing."""


def forged(ground: Ground, fault: str) -> str:
    """Return such a token."""
    assert ground.stack.tokens is not None
    ours = ECKey.import_key(sorted((ground.stack.tokens / "keys").glob("*.pem"))[-1].read_bytes())
    key = ECKey.generate_key("P-256") if fault == "of another key" else ours
    header: dict[str, Any] = {"alg": "ES256", "kid": "nobody" if "id" in fault else ours.thumbprint()}
    ends = datetime.now(UTC) + (timedelta(seconds=-5) if fault == "expired" else timedelta(minutes=30))
    claims: dict[str, Any] = {
        "sub": "duly-gateway",
        "aud": "another" if "audience" in fault else AUDIENCE,
        "permissions": ["elsewhere:write" if "namespace" in fault else f"{NAMESPACE}:write"],
        "exp": int(ends.timestamp()),
    }
    if "none" in fault:
        parts = (
            base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode()
            for each in (
                header | {"alg": "none"},
                claims,
            )
        )
        return f"{'.'.join(parts)}."
    token = jwt.encode(header, claims, key, algorithms=["ES256"])
    head, payload, signature = token.split(".")
    if "byte" in fault:
        return f"{head}.{payload[:-2]}{'AA' if payload[-2:] != 'AA' else 'BB'}.{signature}"
    return token


async def locks(ground: Ground, key: str) -> list[Attack]:
    """Return calls of the server without a token, with the reader's, and with tokens that are no good."""

    def good() -> SignedAct:
        return Order(ground.keys, key, key, plain(ActKind.COMMENT, SUPERVISOR)).signed()

    writing = _on_workflows(key, good) | _as_worker(key) | _of_the_server()
    reader = token_file(_tokens(ground), TokenRole.READER).read_text(encoding="ascii").strip()
    gateway = token_file(_tokens(ground), TokenRole.GATEWAY).read_text(encoding="ascii").strip()
    made = list[Attack]()
    tokens = {"no token": None, "the reader's token": reader} | {
        f"a token {one}": forged(ground, one) for one in TOKENS
    }
    for whose, token in tokens.items():
        client = await _connected(ground, token)
        may_read = {} if token == reader else _reading(key)
        made += [_attack(whose, name, client, request) for name, request in (writing | may_read).items()]
    client = await _connected(ground, gateway)  # it may act on cases, and is no operator
    made += [_attack("the gateway's token", name, client, request) for name, request in _admin().items()]
    return made


def _admin() -> dict[str, Message]:
    """What the gateway's token is not for."""
    own = ("schedule",)
    return {name: request for name, request in _of_the_server().items() if not any(word in name for word in own)}


def _tokens(ground: Ground) -> Any:
    assert ground.stack.tokens is not None
    return ground.stack.tokens


async def _connected(ground: Ground, token: str | None) -> Client:
    return await Client.connect(ground.stack.temporal_address, namespace=NAMESPACE, api_key=token, tls=False, lazy=True)


def _attack(whose: str, name: str, client: Client, request: Message) -> Attack:
    call = _call(request)

    async def launch(_: int) -> str:
        try:
            await call(client)
        except RPCError as failed:
            return failed.status.name.lower().replace("_", "-")
        except RuntimeError as failed:  # a connection that is refused at its beginning
            return DENIED if "Request unauthorized" in str(failed) else f"{failed}"[:80]
        return ACCEPTED

    return Attack(SERVER, f"{name}, {whose}", DENIED, launch)


def services(ground: Ground) -> Iterator[Attack]:
    """Yield connections to the services behind the frontend, which ask for no token, but for a certificate."""
    for name in ("internal-frontend", "history", "matching", "worker"):

        async def launch(_: int, name: str = name) -> str:
            there = await asyncio.to_thread(takes_anybody, ground.stack.info.ports[f"{name}-grpc"])
            return ACCEPTED if there else CLOSED

        yield Attack(SERVER, f"the service {name}, without a certificate", CLOSED, launch)


# --- the UI

_ACTIONS = (
    *("workflows", "workflows/{id}/signal/act_later", "workflows/{id}/signal/from_case", "workflows/{id}/terminate"),
    *("workflows/{id}/cancel", "workflows/{id}/reset", "workflows/{id}/update/comment", "workflows/{id}/execute"),
    *("workflows/{id}", "batch-operations/x", "batch-operations/x/stop", "schedules/x", "schedules/x/patch"),
    *("activities/complete", "activities/fail", "task-queues/duly/worker-build-ids", "workflows/{id}/pause"),
)
METHODS = ("POST", "PUT", "PATCH", "DELETE")


def screens(ground: Ground, key: str) -> Iterator[Attack]:
    """Yield the UI's write actions, at the address that people use and at that of the UI behind it."""
    token = token_file(_tokens(ground), TokenRole.GATEWAY).read_text(encoding="ascii").strip()
    for action in _ACTIONS:
        for method in METHODS:
            path = f"/api/v1/namespaces/{NAMESPACE}/{action.format(id=key)}"
            for port, where in ((UI_PORT, ""), (UI_BEHIND, ", behind its front, with the gateway's token")):

                async def launch(_: int, method: str = method, path: str = path, port: str = port) -> str:
                    return await asyncio.to_thread(_asked, ground.stack.info.ports[port], method, path, token)

                yield Attack(UI, f"{method} {action}{where}", "405", launch)


def _asked(port: int, method: str, path: str, token: str) -> str:
    connection = http.client.HTTPConnection(f"127.0.0.1:{port}", timeout=LIMIT.total_seconds())
    try:
        headers = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
        headers |= {"Origin": f"http://127.0.0.1:{port}", "Authorization": f"Bearer {token}"}
        connection.request(method, path, b'{"reason": "x"}', headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    return ACCEPTED if status < 400 else str(status)

"""The one way to a Temporal server: every process of ours speaks through the same converter."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse
from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter
from temporalio.service import GrpcCompression, RPCError

from complaints.errors import Refusal, Refused

_CONVERTERS = tuple(PydanticPayloadConverter().converters.values())


class Converter(CompositePayloadConverter):
    """pydantic's, made once: the SDK makes one for every task of a workflow, and its cache of types with it."""

    def __init__(self) -> None:
        super().__init__(*_CONVERTERS)


CONVERTER = DataConverter(payload_converter_class=Converter)

PATIENCE = 5.0
"""Seconds after which a server that does not answer is called unreachable."""


async def connect(
    address: str, namespace: str = "default", *, patience: float = PATIENCE, identity: str | None = None
) -> Client:
    """A client of the server at `address` (host:port), or `Refusal(SERVER_UNREACHABLE)` after `patience` seconds."""
    connecting = Client.connect(
        address,
        namespace=namespace,
        data_converter=CONVERTER,
        identity=identity,
        connect_timeout=timedelta(seconds=patience),
        # The server stands in the same network, and its messages are small: packing them costs more than it saves.
        grpc_compression=GrpcCompression.NONE,
    )
    try:
        return await asyncio.wait_for(connecting, patience)
    except (RuntimeError, TimeoutError, RPCError, OSError, ValueError) as failure:
        raise Refusal(Refused.SERVER_UNREACHABLE, what="server", address=address) from failure


def quoted(text: str) -> str:
    """A text as a value in a query for the server's lists: whatever it contains, it ends nowhere but at its end."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


async def described(
    client: Client, key: str, *, run_id: str | None = None, within: timedelta | None = None
) -> DescribeWorkflowExecutionResponse:
    """What the server shows of a workflow, for whoever asks often: `WorkflowHandle.describe` unpacks all of it.

    Of its newest run, or of one. Raises `RPCError`.
    """
    asked = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=key, run_id=run_id or "")
    )
    return await client.workflow_service.describe_workflow_execution(asked, retry=True, timeout=within)

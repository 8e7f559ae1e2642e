"""Connects to the Temporal server, with one payload converter for all processes of Duly."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import TypedDict

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse
from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter
from temporalio.service import GrpcCompression, RPCError, RPCStatusCode, TLSConfig

from complaints.base.errors import Refusal, Refused
from complaints.connection.settings import WrongSetting, profile_of
from complaints.connection.variables import Variables

_CONVERTERS = tuple(PydanticPayloadConverter().converters.values())


class Converter(CompositePayloadConverter):
    """The pydantic converter, with its parts made once.

    The SDK makes a converter for every workflow task; without shared parts, a new cache of types with each.
    """

    def __init__(self) -> None:
        super().__init__(*_CONVERTERS)


CONVERTER = DataConverter(payload_converter_class=Converter)

PATIENCE = 5.0
"""Seconds after which a server that does not answer counts as unreachable."""


async def connect(
    address: str, namespace: str = "default", *, patience: float = PATIENCE, identity: str | None = None
) -> Client:
    """Connect to the server at `address` (host:port), or raise `Refusal(SERVER_UNREACHABLE)` after `patience` seconds.

    Raises `WrongSetting` if a certificate or an API key is refused: a retry would not help.
    """
    secured = security(address)
    connecting = Client.connect(
        address,
        namespace=namespace,
        data_converter=CONVERTER,
        identity=identity,
        connect_timeout=timedelta(seconds=patience),
        # The server is in the same network, and its messages are small: compression costs more than it saves.
        grpc_compression=GrpcCompression.NONE,
        **secured,
    )
    try:
        client = await asyncio.wait_for(connecting, patience)
        if secured:  # detect refused credentials now, not at the first call
            await asyncio.wait_for(_greet(client, patience), patience)
    except (RuntimeError, TimeoutError, RPCError, OSError, ValueError) as failure:
        if secured and (key := _refused(failure)):
            raise WrongSetting(key, address=address, why=_why(failure)) from failure
        raise Refusal(Refused.SERVER_UNREACHABLE, what="server", address=address) from failure
    return client


async def _greet(client: Client, patience: float) -> None:
    """Make a small call. NOT_FOUND is a success: the namespace is missing, and `worker.prepare` registers it."""
    try:
        await client.count_workflows(rpc_timeout=timedelta(seconds=patience))
    except RPCError as failure:
        if failure.status is not RPCStatusCode.NOT_FOUND:
            raise


class Security(TypedDict, total=False):
    """How the connection is secured: arguments of `Client.connect`."""

    api_key: str
    tls: bool | TLSConfig
    rpc_metadata: Mapping[str, str]


def security(address: str) -> Security:
    """TLS, API key and metadata for a server, from the SDK's configuration (`TEMPORAL_TLS…`, a profile).

    Empty for a stack on this machine that the environment does not name: it uses no TLS. Raises `WrongSetting`.
    """
    said = Variables.read()
    profile = profile_of(said)
    if not (said.temporal_address or profile.address) and address.rpartition(":")[0] in _HERE:
        return {}
    try:
        chosen = profile.to_client_connect_config()
    except OSError as fault:
        file, why = str(fault.filename or ""), fault.strerror or type(fault).__name__
        raise WrongSetting("settings.file", variable="TEMPORAL_TLS_…", file=file, why=why) from fault
    found: Security = {}
    if "api_key" in chosen:
        found["api_key"] = chosen["api_key"]
    if tls := chosen.get("tls"):
        found["tls"] = tls
    if "rpc_metadata" in chosen:
        found["rpc_metadata"] = chosen["rpc_metadata"]
    return found


_HERE = ("127.0.0.1", "localhost", "[::1]")


def _refused(failure: BaseException) -> str | None:
    """The text key of a refusal that no retry heals (a certificate or our credentials), else None."""
    if isinstance(failure, RPCError) and failure.status in (
        RPCStatusCode.UNAUTHENTICATED,
        RPCStatusCode.PERMISSION_DENIED,
    ):
        return "settings.refused-key"
    said = _why(failure).lower()
    if "handshake eof" in said:  # a proxy whose server is starting fails like this, too
        return None
    return "settings.refused-tls" if any(word in said for word in ("certificate", "tls", "ssl")) else None


def _why(failure: BaseException) -> str:
    parts = [str(failure), str(failure.__cause__ or "")]
    return " ".join(part for part in parts if part)[:300]


def quoted(text: str) -> str:
    """Quote a text as a value in a visibility query: no character in it can end the value early."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


async def described(
    client: Client, key: str, *, run_id: str | None = None, within: timedelta | None = None
) -> DescribeWorkflowExecutionResponse:
    """Describe the newest run of a workflow, or the run `run_id`. Raises `RPCError`.

    For frequent callers: `WorkflowHandle.describe` decodes the whole response.
    """
    asked = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=key, run_id=run_id or "")
    )
    return await client.workflow_service.describe_workflow_execution(asked, retry=True, timeout=within)

"""Connects to the Temporal server, with one payload converter for all processes of Duly."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TypedDict

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse
from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter
from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import GrpcCompression, RPCError, RPCStatusCode, TLSConfig

from complaints.base.errors import Refusal, Refused
from complaints.connection.running_stack import tokens_at
from complaints.connection.settings import WrongSetting, profile_of
from complaints.connection.tokens import TokenRole, keep_renewed, token_file
from complaints.connection.variables import Variables, file_of

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


@cache
def runtime() -> Runtime:
    """Return the SDK's runtime of this process. Its log goes to Python's: standard output is for what was asked for.

    By default the SDK prints warnings there, in front of the JSON that a program reads.
    """
    forwarded = LogForwardingConfig(logger=logging.getLogger("temporalio"))
    shown = TelemetryFilter(core_level="WARN", other_level="ERROR")
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=shown, forwarding=forwarded)))


async def connect(
    address: str,
    namespace: str = "default",
    *,
    patience: float = PATIENCE,
    identity: str | None = None,
    role: TokenRole = TokenRole.GATEWAY,
) -> Client:
    """Connect to the server at `address` (host:port), or raise `Refusal(SERVER_UNREACHABLE)` after `patience` seconds.

    `role` says which token is shown to a server that asks for one. A token that comes from a file is renewed from there
    for as long as the connection is used. Raises `WrongSetting` if a certificate, a token or an API key is refused: a
    retry would not help.
    """
    secured, renewed_in = _secured(address, role)
    connecting = Client.connect(
        address,
        namespace=namespace,
        data_converter=CONVERTER,
        identity=identity,
        runtime=runtime(),
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
    if renewed_in is not None:
        keep_renewed(client.service_client, renewed_in)
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


def security(address: str, role: TokenRole = TokenRole.GATEWAY) -> Security:
    """TLS, token or API key, and metadata for a server, from the SDK's configuration (`TEMPORAL_TLS…`, a profile).

    For a stack on this machine for which the environment names no key: its token for `role`, without TLS, or nothing if
    it asks for none. Raises `WrongSetting`.
    """
    return _secured(address, role)[0]


def _secured(address: str, role: TokenRole) -> tuple[Security, Path | None]:
    """`security`, and the file in which the token is renewed; None if it came another way."""
    said = Variables.read()
    profile = profile_of(said)
    here = address.rpartition(":")[0] in _HERE
    if here and not (said.temporal_address or profile.address):
        return _of_the_stack(address, role)
    try:
        chosen = profile.to_client_connect_config()
    except OSError as fault:
        file, why = str(fault.filename or ""), fault.strerror or type(fault).__name__
        raise WrongSetting("settings.file", variable="TEMPORAL_TLS_…", file=file, why=why) from fault
    found, source = Security(), None
    if key := chosen.get("api_key"):
        found["api_key"], source = key, file_of("TEMPORAL_API_KEY")
    if role is TokenRole.READER and said.temporal_read_key:
        found["api_key"], source = said.temporal_read_key, file_of("DULY_TEMPORAL_READ_KEY")
    tls = chosen.get("tls")
    if tls or (tls is False and found):  # with a key the SDK uses TLS unless it is told not to (`TEMPORAL_TLS=false`)
        found["tls"] = tls
    if "rpc_metadata" in chosen:
        found["rpc_metadata"] = chosen["rpc_metadata"]
    return _of_the_stack(address, role) if here and not found else (found, source)


def _of_the_stack(address: str, role: TokenRole) -> tuple[Security, Path | None]:
    folder = tokens_at(address)
    if folder is None:
        return {}, None
    file = token_file(folder, role)
    try:
        return {"api_key": file.read_text(encoding="utf-8").strip(), "tls": False}, file
    except OSError as fault:
        why = fault.strerror or type(fault).__name__
        raise WrongSetting("settings.no-token", role=role, file=str(file), why=why) from fault


_HERE = ("127.0.0.1", "localhost", "[::1]")


def _refused(failure: BaseException) -> str | None:
    """The text key of a refusal that no retry heals (a certificate or our credentials), else None."""
    if isinstance(failure, RPCError) and failure.status in (
        RPCStatusCode.UNAUTHENTICATED,
        RPCStatusCode.PERMISSION_DENIED,
    ):
        return "settings.refused-key"
    said = _why(failure).lower()
    if any(word in said for word in ("permissiondenied", "unauthenticated")):  # a first call that connecting makes
        return "settings.refused-key"
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

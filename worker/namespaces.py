"""Prepares a Temporal server for Duly: registers two namespaces and the search attributes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from complaints.connection.temporal import security
from complaints.connection.tokens import TokenRole
from complaints.connection.variables import Unsettled

DEFAULT = "default"
DRILL = "drill"
NAMESPACES = (DEFAULT, DRILL)
RETENTION = timedelta(days=30)
"""How long the server keeps the history of a closed workflow: long enough for its archive to be written even after a
long outage, and short compared with the year after which nothing of it may be left."""

# Seconds after which our own servers refresh their caches of namespaces and search attributes.
REFRESH = 0.5

SEARCH_ATTRIBUTES = {
    "DulyNumber": "Keyword",
    "DulyTrack": "Keyword",
    "DulyProject": "Keyword",
    "DulyLevel": "Int",
    "DulyWaitingOn": "KeywordList",
    "DulyOverdue": "Bool",
    "DulyNextDue": "Datetime",
}

_TYPES = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Int": IndexedValueType.INDEXED_VALUE_TYPE_INT,
    "KeywordList": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
    "Bool": IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}


async def answers(address: str) -> Client | None:
    """Return a client if the server's health check, which needs no token, says that it serves; else None."""
    try:
        secured = security(address)
        secured.pop("api_key", None)  # with a token that is not valid it would not answer even that
        client = await Client.connect(address, **secured)
        if await client.service_client.check_health(timeout=timedelta(seconds=2)):
            return client
    except (RuntimeError, RPCError):
        pass
    return None


async def register(address: str, names: Sequence[str] = NAMESPACES) -> None:
    """Create these namespaces and their search attributes where missing; may be called again at any time.

    Raises `Unsettled` if the server does not answer or does not allow it.
    """
    try:
        secured = security(address, TokenRole.OPERATOR)
        client = await Client.connect(address, connect_timeout=timedelta(seconds=10), **secured)
        await asyncio.gather(*(_namespace(client, name) for name in names))
    except (RuntimeError, RPCError) as problem:
        raise Unsettled(
            "settings.not-prepared", address=address, why=str(problem), namespaces=", ".join(names)
        ) from problem


async def add_search_attributes(client: Client) -> None:
    """Add those that the client's namespace lacks, as after an upgrade. Raises `RPCError` if that is not allowed."""
    if await _missing(client, client.namespace):
        await _settled(_search_attributes, client, client.namespace)


async def _namespace(client: Client, name: str) -> None:
    try:
        found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=name))
        await _keep_longer(client, name, found.config.workflow_execution_retention_ttl.ToTimedelta())
    except RPCError as problem:
        if problem.status != RPCStatusCode.NOT_FOUND:
            raise
        retention = Duration()
        retention.FromTimedelta(RETENTION)
        request = RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=retention)
        try:
            await client.workflow_service.register_namespace(request)
        except RPCError as other:
            if other.status != RPCStatusCode.ALREADY_EXISTS:
                raise
    await _settled(_search_attributes, client, name)


async def _keep_longer(client: Client, name: str, kept: timedelta) -> None:
    """Raise a shorter retention to `RETENTION`, such as the `temporal` CLI's one day; a longer one stays."""
    if kept >= RETENTION:
        return
    retention = Duration()
    retention.FromTimedelta(RETENTION)
    config = NamespaceConfig(workflow_execution_retention_ttl=retention)
    try:
        await client.workflow_service.update_namespace(UpdateNamespaceRequest(namespace=name, config=config))
    except RPCError as problem:
        if problem.status != RPCStatusCode.PERMISSION_DENIED:  # the namespace's operator decides
            raise


async def _missing(client: Client, namespace: str) -> dict[str, IndexedValueType.ValueType]:
    """Return the search attributes that the namespace lacks, with their types."""
    present = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
    return {name: _TYPES[kind] for name, kind in SEARCH_ATTRIBUTES.items() if name not in present.custom_attributes}


async def _search_attributes(client: Client, namespace: str) -> None:
    if missing := await _missing(client, namespace):
        request = AddSearchAttributesRequest(namespace=namespace, search_attributes=missing)
        await client.operator_service.add_search_attributes(request)
    query = " AND ".join(f"{name} IS NULL" for name in SEARCH_ATTRIBUTES)
    await client.workflow_service.count_workflow_executions(
        CountWorkflowExecutionsRequest(namespace=namespace, query=query)
    )
    if missing:
        await asyncio.sleep(REFRESH)  # the service that answered knows them; the others do after their next refresh


Step = Callable[[Client, str], Awaitable[None]]


async def _settled(step: Step, client: Client, namespace: str) -> None:
    """Retry `step` for 15 seconds or more: services do not know a new namespace or search attribute at once."""
    for _ in range(150):
        try:
            return await step(client, namespace)
        except RPCError as problem:
            if problem.status not in (
                RPCStatusCode.NOT_FOUND,
                RPCStatusCode.UNAVAILABLE,
                RPCStatusCode.INVALID_ARGUMENT,
            ):
                raise
        await asyncio.sleep(0.1)
    return await step(client, namespace)

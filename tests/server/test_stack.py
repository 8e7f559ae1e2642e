"""The stack as a whole, on real servers: it keeps its data, survives crashes of its parts and leaves nobody behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import uuid
from collections import Counter
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import psutil
import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio import workflow
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, RegisterNamespaceRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Worker

from complaints.connection.running_stack import StackInfo, find_running
from complaints.connection.temporal import connect
from devstack import lists, places
from devstack.errors import AlreadyRunning, StackError
from devstack.postgres import Postgres
from devstack.progress import silent
from devstack.stack import Stack, running
from worker.main import add_what_is_new
from worker.namespaces import DRILL, SEARCH_ATTRIBUTES

QUEUE = "naps"


@pytest.fixture(autouse=True)
def _nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEMPORAL_ADDRESS", "DATABASE_URL", "DULY_DRILL_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


@workflow.defn(sandboxed=False)
class Nap:
    """Sleeps for thirty days, in ten pieces."""

    @workflow.run
    async def run(self) -> None:
        for _ in range(10):
            await workflow.sleep(timedelta(days=3))


def skipper(client: Client) -> TimeSkipper:
    return TimeSkipper(client, config=TimeSkippingConfig(enabled=False))


async def nap(address: str, namespace: str) -> str:
    client = await connect(address, namespace)
    skipping = skipper(client)
    name = f"nap-{uuid.uuid4()}"
    async with Worker(client, task_queue=QUEUE, workflows=[Nap]):
        handle = await skipping.client.start_workflow(Nap.run, id=name, task_queue=QUEUE)
        await skipping.fast_forward(handle, timedelta(days=31))
        await asyncio.wait_for(handle.result(), 20)
    return name


async def test_time_is_skipped_in_drills_only(stack: StackInfo) -> None:
    await nap(stack.temporal_address, DRILL)
    with pytest.raises(RPCError, match="not enabled for namespace"):
        await nap(stack.temporal_address, "default")


async def test_both_namespaces_know_the_search_attributes_and_keep_thirty_days(stack: StackInfo) -> None:
    client = await Client.connect(stack.temporal_address)
    for namespace in ("default", DRILL):
        known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
        assert set(SEARCH_ATTRIBUTES) <= set(known.custom_attributes)
        described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
        assert described.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=30)


async def test_a_worker_adds_the_search_attributes_that_came_with_its_release(stack: StackInfo) -> None:
    older = f"older-{uuid.uuid4().hex[:8]}"
    client = await Client.connect(stack.temporal_address, namespace=older)
    kept = Duration()
    kept.FromTimedelta(timedelta(days=30))
    request = RegisterNamespaceRequest(namespace=older, workflow_execution_retention_period=kept)
    await client.workflow_service.register_namespace(request)
    await add_what_is_new(client)
    known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=older))
    assert set(SEARCH_ATTRIBUTES) <= set(known.custom_attributes)


async def test_a_worker_that_may_not_add_them_says_what_to_do_and_works(caplog: pytest.LogCaptureFixture) -> None:
    async def denied(_: object) -> None:
        raise RPCError("no", RPCStatusCode.PERMISSION_DENIED, b"")

    client: Any = SimpleNamespace(namespace="default", operator_service=SimpleNamespace(list_search_attributes=denied))
    await add_what_is_new(client)
    assert "PERMISSION_DENIED" in caplog.text
    assert "python -m worker.prepare" in caplog.text


async def starts_with_search_attributes(stack: Stack) -> None:
    """At once after the very first start, when the server has only just heard of them."""
    number = SearchAttributeKey.for_keyword("DulyNumber")
    waiting = SearchAttributeKey.for_keyword_list("DulyWaitingOn")
    overdue = SearchAttributeKey.for_bool("DulyOverdue")
    pairs = [
        SearchAttributePair(number, "P1-1"),
        SearchAttributePair(waiting, ["a", "b"]),
        SearchAttributePair(overdue, True),
    ]
    for namespace in ("default", DRILL):
        client = await connect(stack.temporal_address, namespace)
        attributes = TypedSearchAttributes(pairs)
        handle = await client.start_workflow(Nap.run, id="seen", task_queue="nobody", search_attributes=attributes)
        assert (await handle.describe()).typed_search_attributes[waiting] == ["a", "b"]
        await handle.terminate()


async def keep(stack: Stack, words: str) -> None:
    connection = await asyncpg.connect(stack.database_url)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (words text)")
        await connection.execute("INSERT INTO kept VALUES ($1)", words)
    finally:
        await connection.close()


async def kept(stack: Stack) -> list[str]:
    connection = await asyncpg.connect(stack.database_url)
    try:
        return [row["words"] for row in await connection.fetch("SELECT words FROM kept")]
    finally:
        await connection.close()


async def indexes(connection: asyncpg.Connection) -> dict[str, str]:
    """The indexes of the workflow list, and how each is made."""
    found = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'executions_visibility'"
    )
    return {row["indexname"]: row["indexdef"] for row in found}


async def lists_lose_and_get_back_their_unused_indexes(home: Path) -> None:
    postgres = Postgres(home)
    connection = await asyncpg.connect(postgres.url(lists.LISTS))
    lean, full = ((lists.SQL / name).read_text(encoding="utf-8") for name in (lists.LEAN, lists.FULL))
    try:
        kept = await indexes(connection)
        assert len(kept) == 12
        used = Counter(
            re.fullmatch(r"by_(keyword|int|bool|datetime|keyword_list)_0\d", name) is not None for name in kept
        )
        assert used[True] == len(SEARCH_ATTRIBUTES), "the index of every attribute of ours is kept"
        await connection.execute(full)
        whole = await indexes(connection)
        assert len(whole) == 74
        assert kept.items() <= whole.items()
        await lists.after_the_schema(postgres.url(lists.LISTS), "any")
        assert await indexes(connection) == whole, "what somebody has brought back stays"
        for _ in range(2):
            await connection.execute(lean)
            assert await indexes(connection) == kept
        await lists.before_the_schema(postgres.url(lists.LISTS), "temporal-server-9.0.0")
        assert await indexes(connection) == whole, "the schema of another server finds all of them"
        await lists.after_the_schema(postgres.url(lists.LISTS), "temporal-server-9.0.0")
        await lists.before_the_schema(postgres.url(lists.LISTS), "temporal-server-9.0.0")
        assert await indexes(connection) == kept
    finally:
        await connection.close()


async def closed(stack: Stack, name: str) -> bool:
    client = await connect(stack.temporal_address, DRILL)
    return (await client.get_workflow_handle(name).describe()).status == WorkflowExecutionStatus.COMPLETED


@pytest.mark.usefixtures("servers")
async def test_a_second_start_finds_the_addresses_and_data_of_the_first_and_crashes_lose_nothing(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    async with running(home, drill_speed=True, ui=False, progress=silent) as first:
        before = first.info
        assert find_running(home) == before
        phases = [name for name, _ in first.phases]
        tries = phases.count("schema")  # more than one if somebody took one of its ports meanwhile
        assert phases == ["postgres", *tries * ["schema"], "temporal", "namespaces"]
        with pytest.raises(AlreadyRunning, match=str(os.getpid())):
            async with running(home, progress=silent):
                pass
        await starts_with_search_attributes(first)
        if (home / "postgres").exists():  # and not the store of the `temporal` CLI
            await lists_lose_and_get_back_their_unused_indexes(home)
        name = await nap(first.temporal_address, DRILL)
        await keep(first, "投诉")
    assert find_running(home) is None
    assert not any(places.find(child) for child in before.children.values())

    async with running(home, drill_speed=True, ui=False, progress=silent) as second:
        assert (second.temporal_address, second.database_url) == (before.temporal_address, before.database_url)
        assert await closed(second, name)
        await second.kill_server()
        await second.kill_postgres()
        await second.start_postgres()
        await second.start_server()
        assert second.temporal_address == before.temporal_address
        assert await closed(second, name)
        await nap(second.temporal_address, DRILL)
        assert await kept(second) == ["投诉"]


async def test_servers_that_run_elsewhere_are_used_and_not_ours_to_stop(
    stack: StackInfo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", stack.temporal_address)
    monkeypatch.setenv("DATABASE_URL", stack.database_url)
    async with running(tmp_path / "home", progress=silent) as here:
        assert (here.temporal_address, here.database_url) == (stack.temporal_address, stack.database_url)
        assert here.drill_database_url == stack.drill_database_url
        assert here.info.children == {}
        with pytest.raises(StackError, match="not ours"):
            await here.kill_server()
    assert find_running(tmp_path / "home") is None
    await nap(stack.temporal_address, DRILL)


async def test_a_database_elsewhere_that_does_not_answer_is_said(
    stack: StackInfo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", stack.temporal_address)
    monkeypatch.setenv("DATABASE_URL", "postgresql://duly:secret@127.0.0.1:1/duly")
    with pytest.raises(StackError, match="DATABASE_URL") as refused:
        async with running(tmp_path / "home", progress=silent):
            pass
    assert "secret" not in f"{refused.value.zh} {refused.value.en}"


def hold(home: Path) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    command = [sys.executable, "-m", "devstack", "--home", str(home), "--drill-speed", "--no-ui"]
    holder = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert holder.stdout is not None
    return holder, json.loads(holder.stdout.readline())


def offspring(holder: subprocess.Popen[bytes]) -> list[psutil.Process]:
    found = psutil.Process(holder.pid).children(recursive=True)
    assert len(found) > 2  # the server, PostgreSQL and processes of its own
    return found


@pytest.mark.usefixtures("servers")
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends what a kill left behind")
def test_a_killed_parent_leaves_no_process_behind_and_a_home_that_starts_again(tmp_path: Path) -> None:
    holder, first = hold(tmp_path / "home")
    children = offspring(holder)
    holder.kill()
    holder.communicate()
    assert psutil.wait_procs(children, timeout=10)[1] == []

    holder, second = hold(tmp_path / "home")
    children = offspring(holder)
    assert second["temporal_address"] == first["temporal_address"]
    holder.communicate()  # closes its stdin, the orderly way
    assert holder.returncode == 0
    assert psutil.wait_procs(children, timeout=1)[1] == []


@pytest.mark.usefixtures("servers")
def test_asked_to_terminate_it_stops_in_order(tmp_path: Path) -> None:
    holder, _ = hold(tmp_path / "home")
    children = offspring(holder)
    holder.send_signal(signal.SIGTERM)
    holder.wait(20)
    holder.communicate()
    assert holder.returncode == 128 + signal.SIGTERM
    assert psutil.wait_procs(children, timeout=1)[1] == []
    assert "database system is shut down" in (tmp_path / "home" / "logs" / "postgres.log").read_text(encoding="utf-8")

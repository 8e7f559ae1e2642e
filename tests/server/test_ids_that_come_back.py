"""The same external id long after its case was closed: the records answer, also when the server has forgotten it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowExecutionStatus

from complaints.base.errors import Refused
from complaints.connection.settings import Settings
from starters.client import Duly
from tests.server.test_cli import Shell, complaint, duly, until
from tests.server.test_client import fields, refused
from tests.server.withdrawing import withdrawn
from tests.store.postgres import rows
from worker import histories

__all__ = ["duly"]  # a fixture

pytestmark = pytest.mark.long(25)

BACK = "客户再次来电"


@pytest_asyncio.fixture
async def client(office: Settings) -> Duly:
    return await Duly.connect(office.need_address(), office.namespace)


async def closed(client: Duly, url: str, key: str) -> None:
    """The customer withdraws, and the records have the end of it."""
    await withdrawn(client, key)
    async with asyncio.timeout(30):
        await client.client.get_workflow_handle(key).result()


async def forgotten(client: Client, key: str) -> None:
    """The server has no history of it any more, as when its retention is over."""
    for _ in range(240):
        listed = (await histories.closed_runs(client, [key]))[key]
        if await histories.delete(client, key, datetime.now(UTC) + timedelta(days=1), listed):
            return
        await asyncio.sleep(0.5)
    raise AssertionError("the server does not forget it")


async def statuses(client: Client, key: str) -> set[Any]:
    handle = client.get_workflow_handle(key)
    return {(await handle.describe()).status}


async def test_an_id_that_comes_back_is_answered_with_the_closed_case_and_nothing_begins(
    client: Duly, quarters: Settings, duly: Shell
) -> None:
    said = fields()
    first = await client.open_complaint(said)
    assert (first.new, first.closed_at) == (True, None)
    assert not (await client.open_complaint(said)).new
    await closed(client, quarters.need_database(), first.key)
    there = await client.open_complaint(said)
    assert (there.new, there.number, there.closed_at is not None) == (False, first.number, True)
    await forgotten(client.client, first.key)
    before = await rows(quarters.need_database(), "SELECT * FROM complaints WHERE key = $1", first.key)
    for _ in range(2):
        again = await client.open_complaint(said)
        assert (again.key, again.new, again.number, again.closed_at) == (
            first.key,
            False,
            first.number,
            there.closed_at,
        )
    conflict = await refused(client.open_complaint({**said, "matter": "车位被占"}))
    assert (conflict.code, conflict.params["differs"]) == (Refused.CONFLICT, "matter")
    assert await rows(quarters.need_database(), "SELECT * FROM complaints WHERE key = $1", first.key) == before
    assert await statuses(client.client, first.key) == {WorkflowExecutionStatus.FAILED}
    assert (await refused(client.case(first.key))).code is Refused.CASE_UNKNOWN
    shown = await duly("--json", "show", str(first.number))
    assert (shown.code, shown.data["closed_at"] is not None) == (0, True)
    assert (await duly("records", "verify", str(first.number))).code == 0


async def test_a_reopened_case_that_was_forgotten_too_is_not_taken_up_under_its_old_number(
    client: Duly, quarters: Settings, duly: Shell
) -> None:
    first = await client.open_complaint(fields())
    await closed(client, quarters.need_database(), first.key)
    reopened = await duly("--json", "reopen", str(first.number), "--as", "li.na", "--reason", BACK)
    assert reopened.code == 0
    await closed(client, quarters.need_database(), reopened.data["key"])
    for key in (first.key, reopened.data["key"]):
        await forgotten(client.client, key)
    again = await duly("--json", "reopen", str(first.number), "--as", "li.na", "--reason", BACK)
    assert again.code == 0, again.err
    assert again.data["number"] not in (first.number, reopened.data["number"])
    assert again.data["key"] not in (first.key, reopened.data["key"])


@pytest.mark.parametrize("forget", [False, True])
async def test_a_file_without_ids_sent_again_says_which_case_it_was(
    client: Duly, quarters: Settings, duly: Shell, forget: bool
) -> None:
    text = {name: value for name, value in json.loads(complaint()).items() if name not in ("external_id", "source")}
    sent = json.dumps(text).encode()
    first = (await duly("--json", "open", "-", stdin=sent)).data["opened"][0]
    assert first["new"]
    again = await duly("open", "-", stdin=sent)
    assert (again.code, "已在办理" in again.out, "已受理" in again.out) == (0, True, False)
    assert [one["new"] for one in (await duly("--json", "open", "-", stdin=sent)).data["opened"]] == [False]
    await closed(client, quarters.need_database(), first["key"])
    if forget:
        await forgotten(client.client, first["key"])
    said = await duly("open", "-", stdin=sent)
    assert (said.code, "已受理" in said.out) == (1, False)
    told = "".join(said.err.split())
    assert first["number"] in told
    assert f"dulyreopen{first['number']}" in told
    other = json.loads(complaint())
    both = f"{json.dumps(text)}\n{json.dumps(other)}".encode()
    mixed = await duly("--json", "open", "-", stdin=both)
    assert mixed.code == 1
    assert [one["line"] for one in mixed.data["opened"]] == [2]
    assert [(one["line"], one["code"]) for one in mixed.data["refused"]] == [(1, "closed-before")]


@pytest.mark.parametrize("empty", [b"[]", b"project,channel\n"])
async def test_a_file_without_complaints_opens_nothing_and_says_so(duly: Shell, empty: bytes) -> None:
    said = await duly("open", "-", stdin=empty)
    assert (said.code, "没有受理任何投诉" in said.err) == (1, True)


async def test_a_case_that_the_server_lost_is_not_begun_anew_under_its_number(
    client: Duly, quarters: Settings, duly: Shell
) -> None:
    said = fields()
    first = await client.open_complaint(said)
    await until(lambda: duly("--json", "records", "verify", first.key), lambda found: found.data["lines"])
    await client.client.get_workflow_handle(first.key).terminate()
    there = await client.open_complaint(said)
    assert (there.number, there.new, there.ended) == (first.number, False, True)
    told = await duly("--json", "open", "-", stdin=json.dumps(said).encode())
    assert (told.code, told.data["refused"][0]["code"]) == (1, "not-running")
    await forgotten(client.client, first.key)
    found = await refused(client.open_complaint(said))
    assert (found.code, found.params["number"]) == (Refused.NOT_RUNNING, first.number)

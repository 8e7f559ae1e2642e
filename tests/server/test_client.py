"""What a backend gets from the client library: one complaint however often sent, typed refusals, quick answers."""

from __future__ import annotations

import asyncio
import doctest
import gc
import itertools
import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import RPCError, WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCStatusCode

import starters.client
from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Complaint
from complaints.case.file import ActKind, ActRequest, CaseFile
from complaints.case.forms import Record
from complaints.connection.settings import Settings, WrongSetting
from starters.client import Duly, DulySync
from starters.client.sentences import sentence
from tests.people import CLERK, MANAGER, SUPERVISOR
from workflows import interface

_number = itertools.count(1)


@pytest_asyncio.fixture(scope="module")
async def duly(office: Settings) -> Duly:
    return await Duly.connect(office.temporal_address, office.namespace)


def fields(**changes: Any) -> dict[str, Any]:
    """A complaint of a customer of its own: repeated ones would be proposed a higher level."""
    now = datetime.now(UTC)
    nth = f"{os.getpid()}-{now:%H%M%S%f}-{next(_number)}"
    return {
        "source": "crm",
        "external_id": nth,
        "project": "hf01",
        "received_at": now.isoformat(),
        "received_by": CLERK,
        "channel": "phone",
        "category": "engineering",
        "customer": f"客户{nth}",
        "contact": nth,
        "matter": "地下室渗水",
        **changes,
    }


async def refused(work: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await work
    for lang in ("zh", "en"):
        assert sentence(caught.value, lang)
    return caught.value


async def eventually(look: Any, seconds: float = 10) -> Any:
    end = time.monotonic() + seconds
    while True:
        try:
            return await look()
        except (Refusal, AssertionError):
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.1)


# --- opening


async def test_a_complaint_is_opened_with_number_grade_and_first_duties(duly: Duly) -> None:
    received = datetime.now(UTC)
    receipt = await duly.open_complaint(fields(loss="500000", received_at=received))
    assert receipt.key.startswith("crm-")
    assert receipt.number is not None
    assert receipt.number.startswith("HF01-")
    assert receipt.proposal.level == 1
    assert {duty.id: duty.owner for duty in receipt.duties} == {"CR-5.1.4": SUPERVISOR, "CR-5.2.1a": SUPERVISOR}
    assert {duty.deadline.due - received for duty in receipt.duties} == {timedelta(minutes=30)}


async def test_a_complaint_sent_ten_times_at_once_is_one_case(duly: Duly) -> None:
    complaint = Complaint.model_validate(fields())
    receipts = await asyncio.gather(*(duly.open_complaint(complaint) for _ in range(10)))
    assert {(one.key, one.number) for one in receipts} == {(receipts[0].key, receipts[0].number)}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"project": "hf0l"}, "project"), ({"received_by": "zhou.mni"}, "received_by"), ({"about": ["nobody"]}, "about")],
)
async def test_what_the_directory_lacks_is_refused_at_once_and_taken_corrected_under_the_same_id(
    duly: Duly, wrong: dict[str, Any], field: str
) -> None:
    """With the real directory in the records, by a client that has none."""
    right = fields()
    for _ in range(2):
        began = time.monotonic()
        refusal = await refused(duly.open_complaint(right | wrong))
        assert refusal.code is Refused.INVALID
        assert [problem["field"] for problem in refusal.params["problems"]] == [field]
        assert time.monotonic() - began < 20
    receipt = await duly.open_complaint(right)
    assert receipt.number is not None


async def test_the_same_id_with_another_content_is_a_conflict_that_names_the_fields(duly: Duly) -> None:
    given = fields()
    await duly.open_complaint(given)
    refusal = await refused(duly.open_complaint({**given, "matter": "别的事", "loss": 5}))
    assert refusal.code is Refused.CONFLICT
    assert refusal.params["differs"] == "matter, facts"


async def test_equal_content_written_differently_is_no_conflict(duly: Duly) -> None:
    given = fields(loss="5")
    first = await duly.open_complaint(given)
    local = datetime.fromisoformat(given["received_at"]).astimezone().isoformat()
    again = await duly.open_complaint({**given, "received_at": local, "loss": "5.00", "demand": ""})
    assert again.key == first.key


async def test_a_case_that_has_ended_still_answers_its_sender(duly: Duly) -> None:
    given = fields()
    first = await duly.open_complaint(given)
    await duly.client.get_workflow_handle(first.key).terminate()
    again = await duly.open_complaint(given)
    assert (again.key, again.number) == (first.key, first.number)
    assert {duty.id for duty in again.duties} == {duty.id for duty in first.duties}
    assert (await refused(duly.open_complaint({**given, "matter": "别的事"}))).code is Refused.CONFLICT
    refusal = await refused(duly.discharge(first.key, "CR-5.2.1a", by=SUPERVISOR, form={"level": 4}))
    assert refusal.code is Refused.CASE_CLOSED


async def test_a_case_that_has_ended_is_taken_up_again_once_at_a_time(duly: Duly) -> None:
    first = await duly.open_complaint(fields())
    assert (await refused(duly.reopen(first.key, by=CLERK, reason="客户再次来电"))).code is Refused.CASE_OPEN
    await duly.client.get_workflow_handle(first.key).terminate()
    attempts = [duly.reopen(first.key, by=CLERK, reason="客户再次来电") for _ in range(5)]
    again = {receipt.key for receipt in await asyncio.gather(*attempts)}
    assert len(again) == 1
    [link] = (await duly.case(again.pop())).links
    assert (link.key, link.number) == (first.key, first.number)
    refusal = await refused(duly.reopen(first.key, by="guo.wei", reason=""))
    assert refusal.code is Refused.REASON_NEEDED


async def test_a_receipt_in_the_past_is_taken_and_its_clocks_run_from_then(duly: Duly) -> None:
    received = datetime.now(UTC) - timedelta(minutes=9)  # not yet held back too long (CR-5.1.1)
    receipt = await duly.open_complaint(fields(received_at=received, loss=600_000))  # urgent: at any hour
    assert {duty.deadline.due for duty in receipt.duties} == {received + timedelta(minutes=30)}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"received_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}, "received_at"),
        ({"received_at": "2026-01-12T09:04"}, "received_at"),
        ({"channel": "fax"}, "channel"),
        ({"loss": -1}, "loss"),
        ({"matter": "\x00"}, "matter"),
    ],
)
async def test_what_is_wrong_is_refused_before_anything_is_sent(
    duly: Duly, changes: dict[str, Any], field: str
) -> None:
    refusal = await refused(duly.open_complaint(fields(**changes)))
    assert refusal.code is Refused.INVALID
    assert [problem["field"] for problem in refusal.params["problems"]] == [field]


# --- acting


async def opened(duly: Duly, **changes: Any) -> str:
    return (await duly.open_complaint(fields(**changes))).key


async def test_an_act_repeated_with_its_id_happens_once(duly: Duly) -> None:
    key = await opened(duly)
    request = ActRequest(by=SUPERVISOR, kind=ActKind.DISCHARGE, duty="CR-5.2.1a", form={"level": 4})
    first = await duly.act(key, request, "attempt-1")
    assert await duly.act(key, request, "attempt-1") == first
    assert [act.seq for act in (await duly.case(key)).acts] == [first.seq]
    assert (await refused(duly.act(key, request))).code is Refused.NOT_OPEN


async def test_a_refused_act_is_typed_and_says_whose_duty_it_is(duly: Duly) -> None:
    refusal = await refused(duly.discharge(await opened(duly), "CR-5.2.1a", by=MANAGER, form={"level": 4}))
    assert refusal.code is Refused.NOT_YOURS
    assert "李娜" in sentence(refusal)


async def test_an_incomplete_form_is_refused_with_its_fields(duly: Duly) -> None:
    refusal = await refused(duly.discharge(await opened(duly), "CR-5.2.1a", by=SUPERVISOR, form={}))
    assert refusal.code is Refused.FORM_INCOMPLETE
    assert "level" in sentence(refusal, "en")


async def test_a_form_may_be_a_model(duly: Duly) -> None:
    key = await opened(duly)
    form = Record(customer_opinion="要求修好", preliminary="属实")
    await duly.discharge(key, "CR-5.1.4", by=SUPERVISOR, form=form)
    assert (await duly.case(key)).acts[0].form["preliminary"] == "属实"


async def test_a_request_that_is_no_request_is_refused_like_everything_else(duly: Duly) -> None:
    refusal = await refused(duly.acknowledge(await opened(duly), "x" * 100, by="Nobody Known"))
    assert refusal.code is Refused.INVALID
    assert {problem["field"] for problem in refusal.params["problems"]} == {"by", "duty"}


async def test_an_escalation_is_acknowledged_and_a_duty_delegated(duly: Duly) -> None:
    key = await opened(duly, received_at=datetime.now(UTC) - timedelta(minutes=31), loss="500000")  # knows no night

    async def escalated() -> None:
        assert (await duly.case(key)).duties["CR-5.2.1a"].escalations

    await eventually(escalated)
    await duly.acknowledge(key, "CR-5.2.1a", by=SUPERVISOR)  # above the clerk, who held it back (CR-5.1.1)
    await duly.delegate(key, "CR-5.2.1a", by=SUPERVISOR, to=CLERK, reason="外出")
    duty = (await duly.case(key)).duties["CR-5.2.1a"]
    assert duty.acknowledged
    assert duty.owner == CLERK


async def test_an_act_left_for_later_is_done(duly: Duly) -> None:
    key = await opened(duly)
    request = ActRequest(by=SUPERVISOR, kind=ActKind.DISCHARGE, duty="CR-5.2.1a", form={"level": 4})
    await duly.act_later(key, request)

    async def graded() -> None:
        assert (await duly.case(key)).level == 4

    await eventually(graded)


async def test_a_case_is_found_by_its_number(duly: Duly) -> None:
    receipt = await duly.open_complaint(fields())
    assert receipt.number is not None
    file: CaseFile = await eventually(lambda: duly.case(f" {str(receipt.number).lower()} "))
    assert file.key == receipt.key


@pytest.mark.parametrize("name", ["", "nothing", "HF01-1999-000001", "crm-0123456789abcdef", "x' OR 1=1"])
async def test_a_case_that_does_not_exist_is_unknown(duly: Duly, name: str) -> None:
    assert (await refused(duly.case(name))).code is Refused.CASE_UNKNOWN
    assert (await refused(duly.acknowledge(name, "CR-5.2.1a", by=MANAGER))).code is Refused.CASE_UNKNOWN


# --- a case that cannot answer yet


class Asked:
    """Stands before a case's queries: the first `times` of them fail as those of a case that is not ready do.

    They fail `after` so many seconds, as when the worker that would have answered was killed.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failure: Exception, times: int, after: float = 0) -> None:
        self.failed = 0
        query = WorkflowHandle.query

        async def asked(handle: WorkflowHandle[Any, Any], *args: Any, **kwargs: Any) -> Any:
            if args[0] == interface.CASE and self.failed < times:  # the worker here asks for other things meanwhile
                self.failed += 1
                await asyncio.sleep(after)
                raise failure
            return await query(handle, *args, **kwargs)

        monkeypatch.setattr(WorkflowHandle, "query", asked)


NOT_READY = [
    RPCError("Workflow task is not scheduled yet.", RPCStatusCode.FAILED_PRECONDITION, b""),
    WorkflowQueryFailedError("the case is being opened"),
]


@pytest.mark.parametrize("failure", NOT_READY)
async def test_a_case_that_is_not_ready_is_asked_again(
    duly: Duly, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    key = await opened(duly)
    asked = Asked(monkeypatch, failure, times=2)
    assert (await duly.case(key)).key == key
    assert asked.failed == 2


@pytest.mark.parametrize("failure", NOT_READY)
async def test_a_case_that_says_late_that_it_is_not_ready_is_asked_again_too(
    duly: Duly, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    key = await opened(duly)
    monkeypatch.setattr("starters.client.temporal.calls._NOT_READY_FOR", 0.5)
    asked = Asked(monkeypatch, failure, times=1, after=1)
    assert (await duly.case(key)).key == key
    assert asked.failed == 1


@pytest.mark.parametrize("failure", NOT_READY)
async def test_a_case_that_does_not_become_ready_is_told_within_five_seconds(
    duly: Duly, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    key = await opened(duly)
    Asked(monkeypatch, failure, times=1_000)
    began = time.monotonic()
    refusal = await refused(duly.case(key))
    assert time.monotonic() - began < 20
    assert (refusal.code, refusal.params["what"]) == (Refused.SERVER_UNREACHABLE, "worker")


@pytest.mark.parametrize("status", [RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED])
async def test_an_answer_that_was_lost_is_asked_for_once_more(
    duly: Duly, monkeypatch: pytest.MonkeyPatch, status: RPCStatusCode
) -> None:
    key = await opened(duly)
    asked = Asked(monkeypatch, RPCError("too late", status, b""), times=1)
    assert (await duly.case(key)).key == key
    assert asked.failed == 1


async def test_another_error_of_the_server_is_not_waited_out(duly: Duly, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await opened(duly)
    asked = Asked(monkeypatch, RPCError("no", RPCStatusCode.INTERNAL, b""), times=2)
    await refused(duly.case(key))
    assert asked.failed == 1


async def test_a_token_that_is_no_longer_good_is_said_with_what_to_check(
    duly: Duly, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await opened(duly)
    Asked(monkeypatch, RPCError("Request unauthorized.", RPCStatusCode.PERMISSION_DENIED, b""), times=2)
    with pytest.raises(WrongSetting) as told:
        await duly.case(key)
    assert told.value.key == "settings.refused-key"
    assert "TEMPORAL_API_KEY_FILE" in told.value.words("en")


# --- nobody answers


@asynccontextmanager
async def proxy(address: str) -> AsyncIterator[tuple[str, asyncio.Event, asyncio.Server]]:
    """A way to the server that falls silent when the event is set, without closing anything."""
    host, _, port = address.rpartition(":")
    silent = asyncio.Event()
    pumps: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if silent.is_set():
                await asyncio.sleep(60)
            writer.write(data)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        pumps.update(asyncio.create_task(pump(*way)) for way in ((reader, there_writer), (there_reader, writer)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", silent, server
    finally:
        server.close()
        for task in pumps:
            task.cancel()


@pytest.mark.long(20)
async def test_a_server_that_falls_silent_is_told_within_five_seconds(
    office: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with proxy(office.need_address()) as (address, silent, _):
        duly = await Duly.connect(address, office.namespace)
        key = await opened(duly)
        silent.set()
        caplog.clear()
        for call in (
            duly.case(key),
            duly.case("HF01-2026-000001"),
            duly.open_complaint(fields()),
            duly.acknowledge(key, "CR-5.2.1a", by=MANAGER),
        ):
            began = time.monotonic()
            refusal = await refused(call)
            assert time.monotonic() - began < 20
            assert (refusal.code, refusal.params["what"]) == (Refused.SERVER_UNREACHABLE, "server")
        gc.collect()
        assert [record.message for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.usefixtures("servers")
async def test_a_server_that_is_not_there_is_told_within_five_seconds() -> None:
    began = time.monotonic()
    refusal = await refused(Duly.connect("127.0.0.1:9", "default"))
    assert time.monotonic() - began < 20
    assert refusal.code is Refused.SERVER_UNREACHABLE
    assert "127.0.0.1:9" in sentence(refusal)


async def test_no_worker_is_told_apart_from_no_server(office: Settings) -> None:
    duly = await Duly.connect(
        office.temporal_address, office.namespace, patience=1.0, answer_within=1.0, task_queue="nobody-listens"
    )
    given = fields()
    refusal = await refused(duly.open_complaint(given))
    assert (refusal.code, refusal.params["what"]) == (Refused.SERVER_UNREACHABLE, "worker")
    key = interface.complaint_key(given["source"], given["external_id"])
    await duly.client.get_workflow_handle(key).terminate()


# --- without asyncio


async def test_a_program_without_asyncio_uses_the_same_client(office: Settings) -> None:
    def backend() -> tuple[str, int]:
        with DulySync.connect(office.temporal_address, office.namespace) as duly:
            receipt = duly.open_complaint(fields())
            duly.discharge(receipt.key, "CR-5.2.1a", by=SUPERVISOR, form={"level": 4}, act_id="mine")
            with pytest.raises(Refusal):
                duly.approve(receipt.key, "CR-5.1.4", by=SUPERVISOR)
            with pytest.raises(Refusal):
                duly.reopen(receipt.key, by=SUPERVISOR, reason="客户再次来电")
            duly.close()
            return receipt.key, duly.duly.__class__ is Duly

    threads = threading.active_count()
    key, same = await asyncio.to_thread(backend)
    assert key.startswith("crm-")
    assert same
    assert "duly" not in {thread.name for thread in threading.enumerate()}
    assert threading.active_count() <= threads + 1


async def test_the_example_of_the_library_works(office: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", office.need_address())
    monkeypatch.setenv("TEMPORAL_NAMESPACE", office.namespace)
    monkeypatch.setenv("DATABASE_URL", office.need_database())
    result = await asyncio.to_thread(doctest.testmod, starters.client)
    assert result.attempted >= 3
    assert result.failed == 0


async def test_the_way_to_the_server_is_found_or_asked_for(
    office: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from complaints.connection.settings import Unsettled

    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)
    monkeypatch.setenv("DULY_HOME", str(tmp_path))
    with pytest.raises(Unsettled):
        await Duly.connect()

"""Signed acts on the real server: what is forged leaves nothing, rotation stops nobody, a journal proves itself."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError

from activities.reference import KEYS
from complaints.base.errors import Refused
from complaints.base.faults import RecordsAway
from complaints.case.file import ActKind, ActRequest, JournalLine
from complaints.case.round import Period, PeriodKind, RepeatedRound, Subject, round_key
from complaints.connection.running_stack import StackInfo
from complaints.connection.settings import Settings
from complaints.intake.taking import take
from complaints.private_keys.folder import KeyFolder
from complaints.private_keys.keeper import KeyKeeper
from complaints.private_keys.places import place_of
from complaints.signing.jws import SigningKey
from complaints.signing.key_ring import KeyRing
from complaints.signing.proof import kids_in, prove
from complaints.signing.statement import ANSWERED, ActStatement
from complaints.store.key_source import StoredKeys
from complaints.store.records import PostgresRecords
from complaints.store.signing_keys import SigningKeys
from starters.client import Duly
from tests.people import CLERK, PROPERTY, SUPERVISOR
from tests.server.desk import Terminals, desk
from tests.server.office import Shell, at_a_terminal, open_office, set_apart, shell_of
from tests.server.test_client import eventually, fields
from worker.temporal_worker import build_replayer
from workflows import interface
from workflows.interface import CaseStart, RoundStart, SignedAct, StatedAct

_number = itertools.count(1)


@dataclass
class Office:
    """An installation with a gateway."""

    settings: Settings
    keeper: KeyKeeper
    duly: Duly  # as the gateway has it
    keys: SigningKeys
    other: SigningKey  # of another gateway; it is never retired

    @property
    def client(self) -> Client:
        return self.duly.client

    async def opened(self) -> str:
        return (await self.duly.open_complaint(fields())).key

    async def events(self, key: str) -> int:
        """Return the number of history events, once no workflow task is under way whose completion would be another."""
        handle = self.client.get_workflow_handle(key)

        async def quiet() -> int:
            shown = await handle.describe()
            assert not shown.raw_description.HasField("pending_workflow_task")
            return shown.history_length

        return await eventually(quiet)

    async def update(self, key: str, sent: Any, kind: str = "comment") -> Any:
        """Send an update straight to the server."""
        handle: WorkflowHandle[Any, Any] = self.client.get_workflow_handle(key)
        return await handle.execute_update(kind, sent, id=f"raw-{next(_number)}")

    async def lines(self, key: str) -> tuple[JournalLine, ...]:
        return (await self.duly.remembered(key)).lines


@pytest_asyncio.fixture(scope="module")
async def office(stack: StackInfo, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Office]:
    """A namespace and a database of their own: where a key is, unsigned acts are refused."""
    home = tmp_path_factory.mktemp("home")
    # The tests of other modules may come between, and then a process has more than one office.
    process = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    apart = await set_apart(stack, f"signing-{process}-{next(_number)}")
    async with SigningKeys(apart.need_database(), size=2) as keys:
        other = SigningKey.generate()
        await keys.change(by="test", add=(other.public("other", datetime.now(UTC) - timedelta(days=10)),))
        keeper = KeyKeeper(KeyFolder(place_of(home, apart.namespace)), keys)
        await keeper.begin()
        async with open_office(apart, home) as settings:
            duly = await Duly.connect(settings.need_address(), settings.namespace, signer=keeper.signer("session"))
            yield Office(settings, keeper, duly, keys, other)


def comment(**changes: Any) -> ActRequest:
    said: dict[str, Any] = {"by": CLERK, "kind": ActKind.COMMENT, "reason": "客户又来电", "form": {"people": []}}
    return ActRequest.model_validate(said | {"act_id": f"c-{next(_number)}"} | changes)


def signed(office: Office, key: str, request: ActRequest | None = None, **changes: Any) -> SignedAct:
    """A statement as the gateway would sign it, but for the changes."""
    request, now = request or comment(), datetime.now(UTC)
    said: dict[str, Any] = {"workflow_id": key, "person": request.by, "via": "session", "iat": now}
    statement = ActStatement(**said | {"act": request, "exp": now + ANSWERED} | changes)
    return SignedAct(text=statement.text, signature=office.other.sign(statement.text))


async def code_of(work: Any) -> str:
    """The code of the refusal; "" if it was accepted."""
    try:
        await work
    except WorkflowUpdateFailedError as failure:
        failed = failure
    else:
        return ""
    assert isinstance(failed.cause, ApplicationError)
    return failed.cause.type or ""


# --- forged, replayed, expired


async def test_what_is_forged_is_refused_for_its_reason_and_leaves_no_event(office: Office):
    key, other = await office.opened(), await office.opened()
    now, stranger = datetime.now(UTC), SigningKey.generate()
    good, text = signed(office, key), signed(office, key).text
    retired = SigningKey.generate()
    await office.keys.change(by="test", add=(retired.public("gateway", now - timedelta(days=1)),))
    await office.keys.change(by="test", retire={retired.kid: now - timedelta(minutes=1)})
    await office.client.get_workflow_handle(key).signal(interface.REFERENCE_CHANGED)
    await eventually(lambda: _knows(office, key, "keys.changed"))
    coming = SigningKey.generate()
    forged: dict[str, tuple[SignedAct, Refused]] = {
        "unsigned": (SignedAct.of(StatedAct(case=key, act=comment(), stated_at=now)), Refused.SIGNATURE_MISSING),
        "signature removed": (good.but(signature=""), Refused.SIGNATURE_MISSING),
        "a changed byte": (good.but(text=good.text.replace("又", "不")), Refused.SIGNATURE_INVALID),
        "a space after it": (good.but(text=good.text + " "), Refused.SIGNATURE_INVALID),
        "a space more": (good.but(text=good.text.replace(":", ": ", 1)), Refused.SIGNATURE_INVALID),
        "another's signature": (good.but(text=text), Refused.SIGNATURE_INVALID),
        "a stranger's key": (SignedAct(text=text, signature=stranger.sign(text)), Refused.KEY_UNKNOWN),
        "an unpublished key": (SignedAct(text=text, signature=coming.sign(text)), Refused.KEY_UNKNOWN),
        "a retired key": (SignedAct(text=text, signature=retired.sign(text)), Refused.KEY_RETIRED),
        "expired": (signed(office, key, iat=now - ANSWERED, exp=now - timedelta(seconds=1)), Refused.EXPIRED),
        "signed ahead": (signed(office, key, iat=now + timedelta(minutes=3)), Refused.SIGNED_AHEAD),
        "of another case": (signed(office, other), Refused.OTHER_CASE),
        "of another person": (signed(office, key, person=SUPERVISOR), Refused.OTHER_PERSON),
        "no statement": (SignedAct(text="{}", signature=office.keeper.sign("{}")), Refused.INVALID),
        "by nobody": (signed(office, key, comment(by="nobody")), Refused.UNKNOWN_PERSON),
        "too long": (good.but(text=good.text + "x" * 200_000), Refused.TOO_LARGE),
    }
    forged["dated back"] = (
        signed(office, key, iat=now - timedelta(days=20), exp=now - timedelta(days=19)),
        Refused.KEY_TOO_NEW,
    )
    before = await office.events(key)
    codes = await asyncio.gather(*(code_of(office.update(key, sent)) for sent, _ in forged.values()))
    assert dict(zip(forged, codes, strict=True)) == {name: code.value for name, (_, code) in forged.items()}
    assert await code_of(office.update(key, signed(office, key), kind="withdraw")) == Refused.INVALID.value
    assert await office.events(key) == before
    assert not (await office.duly.case(key)).acts


async def _knows(office: Office, key: str, kind: str) -> None:
    assert any(line.kind == kind for line in await office.lines(key))


@pytest.mark.parametrize("rubbish", [7, "x", None, [], {"text": 7}, {"text": "x", "signature": []}, {"txt": "x"}])
async def test_rubbish_is_refused_and_the_case_goes_on(office: Office, rubbish: Any):
    key = await office.opened()
    before = await office.events(key)
    with pytest.raises(WorkflowUpdateFailedError):
        await office.update(key, rubbish)
    assert await office.events(key) == before
    assert (await office.duly.act(key, comment())).seq == 1


async def test_a_forged_recalculation_leaves_no_event(office: Office):
    key = await office.opened()
    before = await office.events(key)
    asked = {"by": SUPERVISOR, "reason": "放假通知"}
    assert await code_of(office.update(key, asked, kind="recalculate")) == Refused.SIGNATURE_MISSING.value
    assert await office.events(key) == before
    assert await office.duly.recalculate(key, **asked) == ()


async def test_the_same_signed_text_gets_the_first_receipt_in_any_run_and_after_it_has_expired(office: Office):
    key, now = await office.opened(), datetime.now(UTC)
    sent = signed(office, key, iat=now - ANSWERED, exp=now + timedelta(seconds=3))
    first = await office.update(key, sent)
    handle = office.client.get_workflow_handle(key)
    run = (await handle.describe()).run_id
    await handle.signal(interface.CONTINUE_AS_NEW)

    async def later() -> None:
        assert (await handle.describe()).run_id != run

    await eventually(later)
    await asyncio.sleep(max(0.0, (now + timedelta(seconds=3.5) - datetime.now(UTC)).total_seconds()))
    assert await office.update(key, sent) == first
    assert len((await office.duly.case(key)).acts) == 1
    statement = json.loads(sent.text)
    other = signed(office, key, comment(act_id=statement["act"]["act_id"], reason="另一件事"))
    before = await office.events(key)
    assert await code_of(office.update(key, other)) == Refused.ACT_ID_TAKEN.value
    assert await office.events(key) == before


async def test_an_opening_is_signed_or_refused_and_the_true_one_opens_afterwards(office: Office):
    complaint = take(fields(), now=datetime.now(UTC))
    key = interface.complaint_key(complaint.source, complaint.external_id)
    true = office.duly.start_of(key, complaint)
    assert true.signed is not None
    text = true.signed.text
    starts: dict[Refused, CaseStart] = {
        Refused.SIGNATURE_MISSING: true.but(signed=None),
        Refused.SIGNATURE_INVALID: true.but(signed=true.signed.but(text=text.replace("渗水", "裂缝"))),
        Refused.KEY_UNKNOWN: true.but(signed=true.signed.but(signature=SigningKey.generate().sign(text))),
        Refused.INVALID: true.but(complaint=complaint.but(matter="房屋倒塌")),
    }
    for code, start in starts.items():
        handle = await office.client.start_workflow(
            interface.COMPLAINT,
            start,
            id=key,
            task_queue=interface.TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        )
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()
        assert isinstance(failed.value.cause, ApplicationError)
        assert failed.value.cause.type == code.value
    receipt = await office.duly.open_complaint(complaint)
    assert receipt.new
    assert prove(await office.lines(key), await office.keys.ring()).whole


async def test_a_restart_is_signed_or_refused(office: Office, shell: Shell):
    """Somebody who may start workflows could otherwise begin a case in any state."""
    key = await office.opened()
    await office.duly.act(key, comment())
    await recorded(office, key)
    handle = office.client.get_workflow_handle(key)
    await handle.terminate("lost")
    code, _, err = await shell("records", "restart", key)
    assert (code, err) == (0, "")
    assert (await eventually(lambda: office.duly.act(key, comment()))).seq == 2
    proof = prove(await whole_journal(office, key), await office.keys.ring())
    assert [fault.words("en") for fault in proof.faults] == []
    assert [(deed.what, deed.by) for deed in proof.deeds][-2:] == [("restart", "operator"), ("comment", CLERK)]
    history = await handle.fetch_history()
    sent = history.events[0].workflow_execution_started_event_attributes.input.payloads
    [start] = await office.client.data_converter.decode(sent, [CaseStart])
    assert isinstance(start, CaseStart)
    assert start.carried is not None
    graded = start.carried.but(file=start.carried.file.but(level=4))
    unsigned = start.carried.file.but(gates=())
    forged = {
        (key, Refused.SIGNATURE_MISSING): start.but(signed=None),
        (key, Refused.INVALID): start.but(carried=graded),
        (f"{key[:-16]}0123456789abcdef", Refused.OTHER_CASE): start,
        (f"{key[:-16]}fedcba9876543210", Refused.SIGNATURE_MISSING): start.but(
            signed=None, carried=start.carried.but(file=unsigned, keys=None)
        ),
    }
    await handle.terminate("lost")
    for (id, code), one in forged.items():
        began = await office.client.start_workflow(interface.COMPLAINT, one, id=id, task_queue=interface.TASK_QUEUE)
        with pytest.raises(WorkflowFailureError) as failed:
            await began.result()
        assert isinstance(failed.value.cause, ApplicationError)
        assert failed.value.cause.type == code.value
        with pytest.raises(WorkflowQueryFailedError):
            await began.query(interface.CASE)


async def test_a_round_is_begun_again_by_whoever_has_signed_it_and_may(office: Office):
    rule, subject, period = "CS-4.3.1", Subject(project="hf01"), Period.of(PeriodKind.YEAR, datetime.now(UTC).date())
    key = round_key(rule, period, subject, 2)

    def start(by: str = PROPERTY, *, signed: bool = True) -> RoundStart:
        again = RepeatedRound(nth=2, by=by, reason="台风季提前")
        text, signature = office.keeper.signer("session").again(key, rule, period, subject, again, datetime.now(UTC))
        proof = SignedAct(text=text, signature=signature) if signed else None
        return RoundStart(rule=rule, period=period, subject=subject, again=again, signed=proof)

    true = start()
    assert true.again is not None
    forged = {
        (key, Refused.SIGNATURE_MISSING): start(signed=False),
        (key, Refused.INVALID): true.but(again=true.again.but(reason="另一个理由")),
        (key, Refused.NOT_YOURS): start(CLERK),
        (round_key(rule, period, subject, 3), Refused.OTHER_CASE): true,
    }
    for (id, code), one in forged.items():
        began = await office.client.start_workflow(interface.ROUND, one, id=id, task_queue=interface.TASK_QUEUE)
        with pytest.raises(WorkflowFailureError) as failed:
            await began.result()
        assert isinstance(failed.value.cause, ApplicationError)
        assert failed.value.cause.type == code.value
    await office.client.start_workflow(interface.ROUND, true, id=key, task_queue=interface.TASK_QUEUE)
    await eventually(lambda: office.duly.round(key))
    proof = prove(await office.lines(key), await office.keys.ring())
    assert [(deed.what, deed.by) for deed in proof.deeds] == [("again", PROPERTY)]
    assert proof.whole


async def test_a_restart_without_a_key_is_refused_before_anything_is_ended(
    office: Office, shell: Shell, tmp_path: Path
):
    """And one with a key that was retired meanwhile is signed with its successor."""
    key = await office.opened()
    await recorded(office, key)
    handle = office.client.get_workflow_handle(key)
    run = (await handle.describe()).run_id
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv("DULY_HOME", str(tmp_path))
        code, _, err = await shell("records", "restart", key)
    assert (code, "duly keys list" in err.replace("\n", " ")) == (2, True)
    described = await handle.describe()
    assert (described.run_id, described.status) == (run, WorkflowExecutionStatus.RUNNING)
    current = office.keeper.current
    assert current is not None
    await office.keys.change(by="test", retire={current.kid: datetime.now(UTC)}, reason="stolen")
    code, _, err = await shell("records", "restart", key)
    assert (code, err) == (0, "")
    assert (await handle.describe()).run_id != run
    await office.keeper.look()
    assert (await office.duly.act(key, comment())).seq == 1


async def test_a_reset_loses_acts_whose_statement_has_expired_and_a_restart_has_them(office: Office, shell: Shell):
    """The server sends the case its updates once more, and takes the time of the reset for that of their arrival."""
    key, now = await office.opened(), datetime.now(UTC)
    await office.update(key, signed(office, key, iat=now - ANSWERED, exp=now + timedelta(seconds=3)))
    await office.duly.act(key, comment(reason="第二次来电"))
    await recorded(office, key)
    await asyncio.sleep(max(0.0, (now + timedelta(seconds=4) - datetime.now(UTC)).total_seconds()))
    handle = office.client.get_workflow_handle(key)
    history = await handle.fetch_history()
    [_, act, *_] = [
        one.event_id for one in history.events if one.HasField("workflow_execution_update_accepted_event_attributes")
    ]
    tasks = [one for one in history.events if one.HasField("workflow_task_completed_event_attributes")]
    before = [one for one in tasks if one.event_id < act][-1]
    run = (await handle.describe()).run_id
    asked = ResetWorkflowExecutionRequest(
        namespace=office.client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=key, run_id=run),
        workflow_task_finish_event_id=before.event_id,
        request_id=f"reset-{key}",
        reason="test",
    )
    await office.client.workflow_service.reset_workflow_execution(asked)

    async def one_is_lost() -> None:
        assert [act.reason for act in (await office.duly.case(key)).acts] == ["第二次来电"]

    await eventually(one_is_lost)
    code, _, err = await shell("records", "restart", key, "--drop-acts")
    assert (code, err) == (0, "")
    assert [act.reason for act in (await office.duly.case(key)).acts] == ["客户又来电", "第二次来电"]
    assert prove(await whole_journal(office, key), await office.keys.ring()).whole


async def whole_journal(office: Office, key: str) -> list[JournalLine]:
    await recorded(office, key)
    async with PostgresRecords(office.settings.need_database(), size=1) as records:
        return await records.journal(key)


async def test_forged_signals_are_counted_in_one_line_a_run(office: Office):
    key = await office.opened()
    handle = office.client.get_workflow_handle(key)
    now = datetime.now(UTC)
    stranger, text = SigningKey.generate(), signed(office, key).text
    wrong = signed(office, key, comment(by="nobody"))
    for sent in [
        *[SignedAct(text=text, signature=stranger.sign(text))] * 10,
        *[signed(office, key, iat=now - ANSWERED, exp=now - timedelta(seconds=1))] * 5,
        *[wrong] * 4,  # signed, and not allowed: a line once
        SignedAct(text="好的"),
        {"text": 7},
    ]:
        await handle.signal(interface.ACT_LATER, sent)
    await office.duly.act_later(key, comment())

    async def done() -> None:
        assert len((await office.duly.case(key)).acts) == 1

    await eventually(done)
    first = (await handle.describe()).run_id
    await handle.signal(interface.CONTINUE_AS_NEW)

    async def later() -> None:
        assert (await handle.describe()).run_id != first

    await eventually(later)
    lines = await office.lines(key)
    [counted] = [line for line in lines if line.kind == "statement.refused"]
    assert counted.data["codes"] == {"key-unknown": 10, "expired": 8, "signature-missing": 1}
    assert len([line for line in lines if line.kind == "act.refused"]) == 1
    proof = prove(lines, await office.keys.ring())
    assert (proof.whole, proof.refused) == (True, 19)
    looks = [event async for event in handle.fetch_history_events() if "key_ring" in str(event)]
    assert len(looks) <= 3


# --- keys that a case does not know yet


@dataclass
class HeldLooks:
    """Lets the activities that fetch the key ring read it at once, and answer when they are let go."""

    read: asyncio.Event
    answer: asyncio.Event
    failing: int = 0

    async def keys(self, original: Any, stored: StoredKeys, *, newest: bool = False) -> KeyRing:
        ring: KeyRing = await original(stored, newest=newest)
        if newest:
            self.read.set()
            await self.answer.wait()
            if self.failing:
                self.failing -= 1
                raise RecordsAway("for the test")
        return ring


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> HeldLooks:
    held, original = HeldLooks(asyncio.Event(), asyncio.Event()), StoredKeys.keys

    async def keys(stored: StoredKeys, *, newest: bool = False) -> KeyRing:
        return await held.keys(original, stored, newest=newest)

    monkeypatch.setattr(StoredKeys, "keys", keys)
    return held


async def rings_fetched(handle: WorkflowHandle[Any, Any]) -> int:
    """How often the present run has fetched the key ring, beside its opening."""
    events = (await handle.fetch_history()).events
    return sum(
        event.activity_task_scheduled_event_attributes.activity_type.name == KEYS
        for event in events
        if event.HasField("activity_task_scheduled_event_attributes")
    )


async def test_signals_with_a_new_key_share_a_look_and_none_is_lost(office: Office, looks: HeldLooks):
    """The look that is under way may have read the ring before the key was there: what comes meanwhile needs another.

    The first attempts fail, and the case continues as new meanwhile.
    """
    key, new = await office.opened(), SigningKey.generate()
    handle = office.client.get_workflow_handle(key)
    first = (await handle.describe()).run_id

    async def sends(count: int) -> None:
        for _ in range(count):
            text = signed(office, key).text
            await handle.signal(interface.ACT_LATER, SignedAct(text=text, signature=new.sign(text)))

    text = signed(office, key).text
    await handle.signal(interface.ACT_LATER, SignedAct(text=text, signature=SigningKey.generate().sign(text)))
    await asyncio.wait_for(looks.read.wait(), 60)  # a look for a key that nobody has
    await office.keys.change(by="test", add=(new.public("gateway", datetime.now(UTC) - timedelta(days=1)),))
    await sends(10)
    await handle.signal(interface.REFERENCE_CHANGED)
    await handle.signal(interface.CONTINUE_AS_NEW)

    async def come() -> None:
        names = [one.event_type for one in (await handle.fetch_history()).events]
        assert names.count(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED) == 13
        assert not (await handle.describe()).raw_description.HasField("pending_workflow_task")

    await eventually(come, 60)
    looks.failing = 2
    looks.answer.set()

    async def taken() -> None:
        assert (await handle.describe()).run_id != first
        assert len((await office.duly.case(key)).acts) == 10

    await eventually(taken, 60)
    before = office.client.get_workflow_handle(key, run_id=first)
    assert await rings_fetched(before) == 2
    await build_replayer().replay_workflow(await before.fetch_history())
    proof = prove(await whole_journal(office, key), await office.keys.ring())
    assert (proof.whole, proof.refused) == (True, 1)
    await sends(1)  # the later run has the key
    await eventually(lambda: _acts(office, key, 11), 60)
    assert await rings_fetched(handle) == 0


async def _acts(office: Office, key: str, count: int) -> None:
    assert len((await office.duly.case(key)).acts) == count


async def test_a_run_looks_three_times_in_vain_and_any_time_that_it_finds_something(office: Office):
    key = await office.opened()
    handle = office.client.get_workflow_handle(key)

    async def sends(one: SigningKey) -> None:
        text = signed(office, key).text
        await handle.signal(interface.ACT_LATER, SignedAct(text=text, signature=one.sign(text)))

    for nth in range(1, 6):
        new = SigningKey.generate()
        await office.keys.change(by="test", add=(new.public("gateway", datetime.now(UTC) - timedelta(days=1)),))
        await sends(new)
        await eventually(lambda nth=nth: _acts(office, key, nth), 60)
    for _ in range(6):
        await sends(SigningKey.generate())
        await office.events(key)
    assert await rings_fetched(handle) == 5 + 3
    await office.duly.act(key, comment())
    await build_replayer().replay_workflow(await handle.fetch_history())


# --- rotation


@pytest.mark.long(60)
async def test_keys_rotate_under_load_and_nothing_is_refused(office: Office, tmp_path: Path):
    """Cases are told of no key at all here: each fetches the new one with the first act that names it."""
    keys = [await office.opened() for _ in range(4)]
    stop, done, failures = asyncio.Event(), Counter[str](), list[str]()

    async def acts(key: str) -> None:
        while not stop.is_set():
            try:
                await office.duly.act(key, comment())
                await office.duly.act_later(key, comment())
                done[key] += 2
            except Exception as failure:  # everything counts
                failures.append(f"{key}: {failure!r}")

    async def opens() -> None:
        while not stop.is_set():
            try:
                keys.append(await office.opened())
            except Exception as failure:
                failures.append(f"opening: {failure!r}")

    working = [asyncio.create_task(acts(key)) for key in keys[:4]] + [asyncio.create_task(opens())]
    try:
        for _ in range(3):
            await asyncio.sleep(1)
            await office.keeper.rotate(by="test", lead=timedelta(seconds=1), overlap=timedelta(days=8))
            await asyncio.sleep(3)
        current = office.keeper.current
        assert current is not None
        stolen = await office.keeper.retire(current.kid, by="test", reason="stolen")  # its successor signs at once
        await asyncio.sleep(4)
    finally:
        stop.set()
        await asyncio.gather(*working)
    assert failures == []
    assert min(done.values()) > 20
    ring, used = await office.keys.ring(), Counter[str]()
    for key in keys:

        async def settled(key: str = key) -> None:
            assert len((await office.duly.case(key)).acts) == done[key]

        await eventually(settled)
        lines = await office.lines(key)
        assert stolen.retired_at is not None
        at = stolen.retired_at
        before = list(itertools.takewhile(lambda line, at=at: line.at < at, lines))
        assert key not in done or prove(before, ring).faults == ()
        # A case that has not heard yet takes what was on its way; nobody can tell that from what a thief has sent.
        assert {fault.params.get("code") for fault in prove(lines, ring).faults} <= {"key-retired"}
        used.update(kids_in(lines))
    assert len(used) >= 4, "each key has signed something"
    for key in keys[:4]:  # and after all this, the histories replay
        await build_replayer().replay_workflow(await office.client.get_workflow_handle(key).fetch_history())


async def test_a_gateway_that_signs_with_a_retired_key_signs_anew(office: Office):
    key = await office.opened()
    beside = KeyKeeper(KeyFolder(place_of(office.settings.home or Path(), office.settings.namespace)), office.keys)
    await beside.look()
    stale = await Duly.connect(
        office.settings.need_address(), office.settings.namespace, signer=beside.signer("session")
    )
    assert beside.current is not None
    await office.keeper.retire(beside.current.kid, by="test", reason="stolen")
    await office.client.get_workflow_handle(key).signal(interface.REFERENCE_CHANGED)
    await eventually(lambda: _knows(office, key, "keys.changed"))
    assert (await stale.act(key, comment())).seq == 1
    assert (await stale.open_complaint(fields())).new


# --- on the command line


@pytest.fixture(scope="module")
def terminals(office: Office) -> Iterator[Terminals]:
    with desk(office.settings, signs=True) as opened:
        yield opened


@pytest.fixture
def shell(
    office: Office,
    terminals: Terminals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    terminals.open(office.settings, tmp_path / "config", monkeypatch)
    monkeypatch.setenv("DULY_HOME", str(office.settings.home))
    typed = shell_of(capsys)

    async def shell(*arguments: str) -> tuple[int, str, str]:
        return await typed(*await terminals.seated(arguments))

    return shell


async def recorded(office: Office, key: str) -> None:
    async with PostgresRecords(office.settings.need_database(), size=1) as records:

        async def there() -> None:
            assert await records.cursor(key) >= (await office.duly.case(key)).journal_seq

        await eventually(there)


async def test_keys_are_listed_rotated_and_retired_by_commands(office: Office, shell: Shell):
    key = await office.opened()
    code, out, _ = await shell("--json", "keys", "rotate", "--in", "0")
    assert code == 0
    new = json.loads(out)["new"]["kid"]
    code, out, _ = await shell("--json", "keys", "list")
    ring = json.loads(out)
    assert ring["keys"][-1]["kid"] == new
    assert all("d" not in one for one in ring["keys"])
    await eventually(lambda: _knows(office, key, "keys.changed"))
    code, out, _ = await shell("keys", "list")
    assert code == 0
    assert new in out.replace("\n", "")
    assert "有效" in out.split()
    await office.keeper.look()
    code, out, _ = await shell("keys", "retire", new[:12], "--reason", "演练")
    assert (code, "已于" in out) == (0, True)
    code, out, _ = await shell("keys", "list")
    assert (code, "已停用" in out.replace("\n", "")) == (0, True)
    code, _, err = await shell("keys", "retire", "nosuchkey", "--reason", "x")
    assert (code, "nosuchkey" in err) == (2, True)
    await office.keeper.look()
    assert (await office.duly.act(key, comment())).seq == 1


async def test_signing_is_begun_by_a_command_once(office: Office, shell: Shell, tmp_path: Path):
    before = await office.keys.ring()
    code, out, _ = await shell("--json", "keys", "begin")
    said = json.loads(out)
    assert (code, said["first"], said["key"]["kid"] in office.keeper.own) == (0, False, True)
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv("DULY_HOME", str(tmp_path))
        code, _, err = await shell("keys", "begin")
    assert (code, str(tmp_path) in err.replace("\n", "")) == (2, True)
    assert await office.keys.ring() == before


async def test_a_command_acts_as_whoever_is_signed_in_and_the_gateway_signs_that(office: Office, shell: Shell):
    key = await office.opened()
    code, _, err = await shell("comment", key, "已转告", "--as", CLERK)
    assert (code, err) == (0, "")
    [deed] = prove(await office.lines(key), await office.keys.ring()).deeds[1:]
    assert (deed.what, deed.by, deed.via.partition(" ")[0]) == ("comment", CLERK, "session")


async def test_a_complaint_that_a_clerk_opens_by_command_is_signed_too(
    office: Office, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "complaint.json"
    file.write_text(json.dumps(fields(), default=str), encoding="utf-8")
    code, out, err = await shell("--json", "open", str(file))
    assert code == 0, err
    [opened] = json.loads(out)["opened"]
    proof = prove(await office.lines(opened["key"]), await office.keys.ring())
    assert (proof.whole, [(deed.what, deed.by) for deed in proof.deeds]) == (True, [("opening", CLERK)])


async def test_who_did_what_is_proven_by_a_command_and_offline(
    office: Office, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    key = await office.opened()
    await office.duly.act(key, comment())
    code, out, _ = await shell("journal", "verify", key)
    assert (code, "李" in out or CLERK in out, "均有有效签名" in out) == (0, True, True)
    _, journal, _ = await shell("--json", "show", key, "--journal")
    _, ring, _ = await shell("--json", "keys", "list")
    file, keys = tmp_path / "journal.json", tmp_path / "keys.json"
    file.write_text(journal, encoding="utf-8")
    keys.write_text(ring, encoding="utf-8")
    for name in ("TEMPORAL_ADDRESS", "DATABASE_URL"):  # from here on without server and database
        monkeypatch.delenv(name)
    monkeypatch.setenv("DULY_HOME", str(tmp_path))
    code, _, err = await shell("journal", "verify", str(file))
    assert (code, "--keys" in err) == (2, True)
    code, out, _ = await shell("--json", "journal", "verify", str(file), "--keys", str(keys))
    said = json.loads(out)
    assert (code, said["whole"], [deed["by"] for deed in said["deeds"]]) == (0, True, [CLERK, CLERK])
    code, out, _ = await shell("--lang", "en", "journal", "verify", str(file), "--keys", str(keys))
    assert (code, "are signed" in out) == (0, True)
    lines = json.loads(journal)
    [act] = [line for line in lines if line["kind"] == "case.commented"]
    act["data"]["reason"] = "另一个理由"
    file.write_text(json.dumps(lines), encoding="utf-8")
    code, out, _ = await shell("journal", "verify", str(file), "--keys", str(keys))
    assert (code, "不符" in out.replace("\n", "")) == (2, True)
    file.write_text("rubbish", encoding="utf-8")
    code, _, err = await shell("journal", "verify", str(file), "--keys", str(keys))
    assert code == 2


async def test_a_case_from_before_signing_says_so(
    quarters: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    async with open_office(replace(quarters), tmp_path) as settings:
        at_a_terminal(settings, monkeypatch)
        monkeypatch.setenv("DULY_HOME", str(tmp_path))
        duly = await Duly.connect(settings.need_address(), settings.namespace)
        key = (await duly.open_complaint(fields())).key
        code, out, _ = await shell_of(capsys)("journal", "verify", key)
        assert (code, "启用签名之前" in out.replace("\n", "")) == (4, True)
        assert (await duly.act(key, comment())).seq == 1

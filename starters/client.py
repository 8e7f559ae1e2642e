"""What a backend imports to bring complaints in and to act on them.

    >>> from datetime import datetime, timezone
    >>> from starters.client import DulySync
    >>> with DulySync.connect() as duly:
    ...     receipt = duly.open_complaint({
    ...         "source": "crm", "external_id": "4711", "project": "hf01",
    ...         "received_at": datetime.now(timezone.utc), "received_by": "zhou.min",
    ...         "channel": "phone", "category": "engineering",
    ...         "customer": "钱女士", "contact": "138 0000 0017", "matter": "地下室渗水",
    ...         "facts": {"loss": "620000", "loss_is": "actual"},
    ...     })
    ...     graded = duly.discharge(receipt.key, "CR-5.2.1a", by="li.na", form={"level": 1})
    ...     file = duly.case(receipt.key)
    >>> receipt.proposal.level, file.level, file.track.value
    (1, 1, 'crisis')

`Duly` is the same for asyncio programs. Shapes are those of `complaints.case.file`; times are aware datetimes, money
is in RMB yuan. What is refused is a `Refusal` (`complaints.base.errors`): `code` for programs, and for people the
sentence that `starters.words.sentence` gives. Opening and acting may be repeated as they are: nothing is taken twice.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError
from temporalio.client import (
    Client,
    RPCError,
    WithStartWorkflowOperation,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCStatusCode

from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsAway
from complaints.base.matching import typed
from complaints.case.complaint import Complaint
from complaints.case.file import ActKind, ActReceipt, ActRequest, CaseFile, File, OpenReceipt
from complaints.case.recalculation import Change
from complaints.case.receipts import repeated
from complaints.clock.bounds import SKEW
from complaints.intake import take
from complaints.intake.again import taken_up
from complaints.intake.checking import problems_of
from starters.acts import Acts, Form
from starters.numbers import is_key, is_number
from starters.rounds import CONTENT, Kept, Rounds, content_of
from starters.sync import Blocking, blocking, collecting
from worker.connection import PATIENCE, connect, quoted
from worker.settings import Settings
from workflows import interface

__all__ = ["Duly", "DulySync", "Form", "Refusal", "Refused"]

_NOT_PROCESSED = "UnprocessedUpdate"
"""What the server says of an Update that reached no worker, as after a crash: nothing happened, ask again."""

_NOT_READY_FOR = 3.0
"""Seconds for which a case may be unable to answer: the server may hold a new run back for one of them."""

T = TypeVar("T")
Clock = Callable[[], datetime]
Call = Callable[[], Awaitable[T]]

_MAY_CHANGE = {Refused.INVALID, Refused.UNKNOWN_PERSON, Refused.ABOUT_YOU, Refused.NOT_YOURS}
"""Refusals of an opening that another directory takes back."""

_SENT = "sent"  # memo: the call that opened it, to tell what is new from what was there


def of_records(settings: Settings) -> Kept:
    """Files of the records of this installation, which are asked for a large case alone."""

    async def kept(key: str) -> File | None:
        try:
            from complaints.store.records import PostgresRecords
        except ImportError:  # a client that only has what it needs to speak to the server
            return None
        if (url := settings.located().database_url) is None:
            return None
        records = PostgresRecords(url, size=1)
        try:
            return await (records.round(key) if interface.is_round(key) else records.case(key))
        except RecordsAway:
            return None
        finally:
            await records.close()

    return kept


def _now() -> datetime:
    return datetime.now(UTC)


class Duly(Acts, Rounds):
    """The way in for programs. Make one per process with `connect` and share it; it is safe for concurrent use.

    Every call raises `Refusal`. Beyond what each method names, `SERVER_UNREACHABLE`: the server gave no answer within
    5 seconds (`what="server"`), or it did and no worker took the task (`what="worker"`). Repeat the same call then.
    """

    def __init__(
        self,
        client: Client,
        *,
        patience: float = PATIENCE,
        answer_within: float = 30.0,
        clock: Clock = _now,
        task_queue: str = interface.TASK_QUEUE,
        task_timeout: timedelta | None = None,
        kept: Kept | None = None,
    ) -> None:
        """`patience` seconds for the server, `answer_within` seconds for a worker; `clock` gives aware times.

        `kept` has the files of the records: what has left the file of a case that has become large is there.
        """
        self.client = client
        self._task_queue = task_queue
        self._task_timeout = task_timeout
        self._patience = patience
        self._answer_within = answer_within
        self._clock = clock
        self._kept = kept

    @classmethod
    async def connect(cls, address: str | None = None, namespace: str | None = None, **options: Any) -> Self:
        """A `Duly` for the server at `address` (host:port).

        Without it: `TEMPORAL_ADDRESS`, else the stack that runs on `DULY_HOME`. `namespace` is `TEMPORAL_NAMESPACE` or
        "default"; "drill" is for exercises. `options` are those of `Duly`. Raises `worker.settings.Unsettled` when no
        server is named or running.
        """
        settings = Settings.from_env(namespace=namespace)
        place = address or settings.located().need_address()
        client = await connect(place, settings.namespace, patience=options.get("patience", PATIENCE))
        if address is None:  # the records of another server are not known
            options.setdefault("kept", of_records(settings))
        return cls(client, **options)

    async def open_complaint(self, complaint: Complaint | Mapping[str, Any]) -> OpenReceipt:
        """Open a complaint, or find the one that `(source, external_id)` opened before, open or closed.

        Takes a `Complaint` or its fields (`complaints.case.complaint.Complaint`; `received_at` with its time zone, in
        the past).
        Returns key, number (`None` while the records are away), proposed level with reasons, and the first duties.
        `new` is False if the case was there already, and `closed_at` says when it was closed, if it was: then nothing
        begins, however long ago that is. `ended` says that operators ended it. Raises `INVALID` with every wrong field,
        `CONFLICT` when the same id came before with another content, `NOT_RUNNING` when the records have it as an open
        case and the server has lost it.
        """
        return await self._open(take(complaint, now=self._clock()))

    async def reopen(self, case: str | CaseFile, *, by: str, reason: str) -> OpenReceipt:
        """重新受理: the customer of a closed case is back, and `by` takes the same complaint in again, as a new case.

        `case` is the old one by key or number, or its file out of the records. The new case is linked to it
        (`CaseFile.links`); asked again, it is the same one until that is closed too. Raises `CASE_OPEN`,
        `REASON_NEEDED`, `UNKNOWN_PERSON`, `ABOUT_YOU`, or `NOT_YOURS` for somebody who is neither the one who took the
        old case in, nor has a role of theirs, nor is the customer-service supervisor.
        """
        old = case if isinstance(case, CaseFile) else await self.case(case)
        if not await self._over(old):
            raise Refusal(Refused.CASE_OPEN, case=old.number or old.key)
        if not reason.strip():
            raise Refusal(Refused.REASON_NEEDED, act="reopen")
        if len(reason) > size_limits.WORDS:
            raise Refusal(Refused.INVALID, problems=f"reason: {len(reason)} > {size_limits.WORDS}")
        former = interface.Former(number=old.number, received_by=old.complaint.received_by, reason=reason)
        for nth in itertools.count(1):
            again = taken_up(old, nth, by=by, at=self._clock())
            key = interface.complaint_key(again.source, again.external_id)
            there = await self._there(key)
            if there is None:
                try:
                    return await self._open(take(again, now=self._clock()), former)
                except Refusal as refusal:
                    if refusal.code is not Refused.CONFLICT:
                        raise
                    if "closed_at" in refusal.params:  # it is over too, and the server has forgotten it
                        continue
                    there = await self.case(key)  # somebody else was quicker
            if not await self._over(there):
                return _receipt(there).but(ended=False)
        raise AssertionError("there is always another")

    async def _over(self, file: CaseFile) -> bool:
        """Whether a case is closed, or was ended by an operator."""
        if file.closed:
            return True
        described = await self._described(file.key)
        return described is None or described.status is not WorkflowExecutionStatus.RUNNING

    async def _there(self, key: str) -> CaseFile | None:
        """The case with this key; None if there is none, or its opening was refused."""
        described = await self._described(key)
        if described is None or described.status is WorkflowExecutionStatus.FAILED:
            return None
        return await self.case(key)

    async def _described(self, key: str) -> WorkflowExecutionDescription | None:
        """What the server says of a case; None if it has none. Not asked twice: somebody may open it in between."""
        try:
            return await self._waited_for(self._handle(key).describe())
        except RPCError as failed:
            if failed.status is RPCStatusCode.NOT_FOUND:
                return None
            raise await self._understood(failed, key) from failed

    async def _open(self, taken: Complaint, former: interface.Former | None = None) -> OpenReceipt:
        key, sent = interface.complaint_key(taken.source, taken.external_id), str(uuid4())

        def intake(update_id: str) -> Awaitable[OpenReceipt]:
            return self._answer(lambda: self._intake(taken, key, update_id, sent, former), key)

        try:
            try:
                receipt = await intake(f"{interface.INTAKE} {content_of(taken)}")
            except Refusal as refusal:
                if refusal.code not in _MAY_CHANGE:
                    raise
                # The server repeats the answer it gave under the same id: ask anew, in case it was refused another time
                receipt = await intake(str(uuid4()))
        except WorkflowAlreadyStartedError:
            receipt = _receipt(await self.case(key))
        except Refusal as refusal:
            if refusal.code is Refused.NOT_RUNNING and refusal.params["differs"] not in ("", "received_at"):
                said = refusal.params
                raise Refusal(
                    Refused.CONFLICT,
                    source=said["source"],
                    external_id=said["external_id"],
                    differs=said["differs"],
                ) from None
            if refusal.code is not Refused.CLOSED_BEFORE:
                raise
            return _closed_before(key, refusal)
        return await self._as_it_stands(receipt, taken, sent)

    async def act(self, case: str, request: ActRequest, act_id: str | None = None) -> ActReceipt:
        """Do what `request` asks on the case with this key or number.

        `act_id` names the attempt: give one of your own and repeat it after a failure, and the act happens once, for as
        long as the case is there. Another act under the same id is refused (`ACT_ID_TAKEN`).
        With `request.seen`, the `journal_seq` of the file you have, the receipt has the `events` since then, and
        `complaints.case.fold.go_on` makes of both the file as it is now; None if that is too long ago.
        Raises the refusals of `complaints.base.errors`: `NOT_YOURS`, `NOT_OPEN`, `FORM_INCOMPLETE`, `STALE_REVISION` …
        """
        key = await self._key(case)
        attempt = act_id or request.act_id or str(uuid4())
        try:
            asked = ActRequest.model_validate(request.model_dump() | {"act_id": attempt})
        except ValidationError as invalid:
            raise Refusal(Refused.INVALID, problems=problems_of(invalid)) from None
        size_limits.check_act(asked)  # the server takes no message that is much larger, and says so to nobody
        # The server answers an update that has the id of an earlier one without asking the case, which tells apart what
        # was sent under one key; and operators find the acts on a duty by it.
        update_id = f"{asked.duty or asked.kind.value} {asked.act_id} {asked.content} {asked.seen or ''}".rstrip()

        signed = self._stated(key, asked)

        def update() -> Awaitable[ActReceipt]:
            return self._handle(key).execute_update(asked.kind.value, signed, id=update_id, result_type=ActReceipt)

        try:
            return await self._answer(update, key)
        except Refusal as refusal:
            if refusal.code is not Refused.CASE_CLOSED:
                raise
            if (known := await self._answered(key, asked)) is None:  # it was not this act that closed the case
                raise
            return known

    async def _answered(self, key: str, asked: ActRequest) -> ActReceipt | None:
        """The receipt of an act that a closed case, or a closed round, has under this id."""
        try:
            file = await (self.round(key) if interface.is_round(key) else self.case(key))
        except Refusal:  # nobody can tell
            return None
        return repeated(file, asked)

    async def act_later(self, case: str, request: ActRequest) -> None:
        """Leave the act for the case without waiting for an answer. A refusal is kept in the case's journal only."""
        key = await self._key(case)
        size_limits.check_act(request)
        signed = self._stated(key, request)
        await self._answer(lambda: self._handle(key).signal(interface.ACT_LATER, signed), key)

    def _stated(self, key: str, request: ActRequest) -> interface.SignedAct:
        return interface.SignedAct.of(interface.Statement(case=key, act=request, stated_at=self._clock()))

    async def case(self, case: str) -> CaseFile:
        """The whole case file, by key or number; also of a closed case, while the server keeps its history.

        A case that has become large leaves its notices and long texts to the records (`CaseFile.trimmed`). They are
        fetched from there if this process knows where that is (`DATABASE_URL`) and has what it takes to ask.
        """
        key = await self._key(case)
        return await self._asked(key, CaseFile)

    async def recalculate(self, case: str, *, by: str, reason: str) -> tuple[Change, ...]:
        """重算: the case's open duties get the dates and owners of the newest calendar and directory.

        By the customer-service supervisor or administration (else `NOT_YOURS`). Returns what changed.
        Repeated, nothing does. `complaints.case.recalculation.changes` says it beforehand.
        """
        key = await self._key(case)
        asked, once = interface.Recalculation(by=by, reason=reason), str(uuid4())

        def call() -> Awaitable[list[Change]]:
            return self._handle(key).execute_update(interface.RECALCULATE, asked, id=once, result_type=list[Change])

        return tuple(await self._answer(call, key))

    # --- how

    async def _do(self, case: str, kind: ActKind, more: dict[str, Any], **fields: Any) -> ActReceipt:
        act_id = more.pop("act_id", None)
        form = fields.pop("form", None)
        if isinstance(form, BaseModel):
            form = form.model_dump(mode="json")
        try:
            request = ActRequest(kind=kind, form=dict(form or {}), **fields, **more)
        except ValidationError as invalid:
            raise Refusal(Refused.INVALID, problems=problems_of(invalid)) from None
        return await self.act(case, request, act_id)

    async def _intake(
        self, taken: Complaint, key: str, update_id: str, sent: str, former: interface.Former | None = None
    ) -> OpenReceipt:
        operation = WithStartWorkflowOperation(
            interface.COMPLAINT,
            interface.Opening(complaint=taken, former=former),
            id=key,
            task_queue=self._task_queue,
            task_timeout=self._task_timeout,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            # One that was refused may be sent again, corrected.
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            memo={CONTENT: content_of(taken), _SENT: sent},
            static_summary=f"{taken.project} · {taken.category} · {taken.channel}",
        )
        started = asyncio.ensure_future(operation.workflow_handle())
        try:
            return await self.client.execute_update_with_start_workflow(
                interface.INTAKE, start_workflow_operation=operation, id=update_id, result_type=OpenReceipt
            )
        finally:
            await asyncio.wait({started}, timeout=0.01)
            await _dismissed(started)

    async def _as_it_stands(self, receipt: OpenReceipt, taken: Complaint, sent: str) -> OpenReceipt:
        """The receipt, saying whether this call opened the complaint, and when the case was closed or whether it ended.

        Raises `CONFLICT` naming the fields in which the complaint that is there differs from the one just sent.
        """
        key = receipt.key
        described = await self._answer(self._handle(key).describe, key)
        if await described.memo_value(_SENT, None) == sent:
            return receipt
        if await described.memo_value(CONTENT, None) != content_of(taken):
            await self._same_content(key, taken)
        if described.status is WorkflowExecutionStatus.RUNNING:
            return receipt.but(new=False)
        # The server repeats the answer that it gave when the case was opened.
        return _receipt(await self.case(key))

    async def _same_content(self, key: str, taken: Complaint) -> None:
        """Raises `CONFLICT` for another complaint than the one that is there."""
        file = await self.case(key)
        there = file.complaint
        differs = [name for name in Complaint.model_fields if getattr(there, name) != getattr(taken, name)]
        if there.received_at == file.opened_at < taken.received_at <= file.opened_at + SKEW:
            differs.remove("received_at")  # sent by a clock that was ahead, and received when the case was opened
        if differs:
            raise Refusal(
                Refused.CONFLICT, source=taken.source, external_id=taken.external_id, differs=", ".join(differs)
            )

    def _handle(self, key: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(key)

    async def _key(self, case: str) -> str:
        """The key of a case by its number, which the server's search knows."""
        wanted = case.strip()
        if is_key(wanted) or interface.is_round(wanted):
            return wanted
        number = typed(wanted)
        key = await self._answer(lambda: self._numbered(number), wanted) if is_number(number) else None
        if key is None:
            raise Refusal(Refused.CASE_UNKNOWN, case=case)
        return key

    async def _numbered(self, number: str) -> str | None:
        async for found in self.client.list_workflows(f"{interface.NUMBER} = {quoted(number)}", limit=1):
            return found.id
        return None

    async def _answer(self, call: Call[T], key: str) -> T:
        """The call's answer, or the refusal it amounts to; a server that is down is told within `patience` seconds."""
        try:
            return await self._once_ready(call)
        except WorkflowUpdateFailedError as failed:
            if isinstance(failed.cause, ApplicationError) and failed.cause.type == _NOT_PROCESSED:
                raise self._unreachable("worker") from failed
            raise _refusal(failed.cause) or failed from failed.cause
        except WorkflowQueryFailedError as failed:  # it is still being opened, or its worker cannot go on with it
            described = await self._described(key)
            if described is not None and described.status is WorkflowExecutionStatus.FAILED:  # nothing ever began
                raise Refusal(Refused.CASE_UNKNOWN, case=key) from failed
            raise self._unreachable("worker") from failed
        except RPCError as failed:
            raise await self._understood(failed, key) from failed

    async def _once_ready(self, call: Call[T]) -> T:
        """The call's answer. A case that is being opened, or has just gone on in a new run, is asked again."""
        given_up: float | None = None  # counted from the first answer, which may have taken long itself
        while True:
            try:
                return await self._waited_for(call())
            except (RPCError, WorkflowQueryFailedError) as failed:
                now = asyncio.get_running_loop().time()
                given_up = given_up or now + _NOT_READY_FOR
                if not _not_ready(failed) or now >= given_up:
                    raise
            await asyncio.sleep(_NOT_READY_FOR / 15)

    async def _waited_for(self, call: Awaitable[T]) -> T:
        task = asyncio.ensure_future(call)
        deadline = asyncio.get_running_loop().time() + self._answer_within
        try:
            # A busy worker may take its time, a server may not: ask it from time to time whether it is there.
            while not (await asyncio.wait({task}, timeout=self._patience * 0.6))[0]:
                if not await self._alive():
                    raise self._unreachable("server")
                if asyncio.get_running_loop().time() >= deadline:
                    raise self._unreachable("worker")
            return task.result()
        finally:
            await _dismissed(task)

    async def _alive(self) -> bool:
        limit = self._patience * 0.3
        try:
            async with asyncio.timeout(limit):
                return await self.client.service_client.check_health(timeout=timedelta(seconds=limit))
        except (RPCError, RuntimeError, TimeoutError):
            return False

    def _unreachable(self, what: str) -> Refusal:
        address = f"{self.client.service_client.config.target_host}, {self.client.namespace}"
        return Refusal(Refused.SERVER_UNREACHABLE, what=what, address=address)

    async def _understood(self, failed: RPCError, key: str) -> Refusal:
        """What an answer of the server itself means to the caller."""
        if failed.status is not RPCStatusCode.NOT_FOUND:
            return self._unreachable("worker" if await self._alive() else "server")
        try:
            await self._handle(key).describe(rpc_timeout=timedelta(seconds=self._patience))
        except RPCError as absent:
            known = absent.status is RPCStatusCode.NOT_FOUND
            return Refusal(Refused.CASE_UNKNOWN, case=key) if known else self._unreachable("server")
        return Refusal(Refused.CASE_CLOSED, case=key)


class DulySync(Blocking):
    """`Duly` for programs without asyncio: the same methods, waiting for their answers. Use it as a context manager.

    It runs a loop of its own in a thread, may be shared by threads, and must be made after a fork, not before.
    """

    def __init__(self, duly: Duly, runner: Blocking) -> None:
        super().__init__(runner)
        self.duly = duly

    @classmethod
    def connect(cls, address: str | None = None, namespace: str | None = None, **options: Any) -> Self:
        """As `Duly.connect`."""
        runner = Blocking()
        try:
            return cls(runner.wait(Duly.connect(address, namespace, **options)), runner)
        except BaseException:
            runner.close()
            raise

    open_complaint = blocking(Duly.open_complaint)
    reopen = blocking(Duly.reopen)
    case = blocking(Duly.case)
    act = blocking(Duly.act)
    act_later = blocking(Duly.act_later)

    discharge = blocking(Duly.discharge)
    approve = blocking(Duly.approve)
    return_ = blocking(Duly.return_)
    delegate = blocking(Duly.delegate)
    countersign = blocking(Duly.countersign)
    acknowledge = blocking(Duly.acknowledge)
    withdraw = blocking(Duly.withdraw)
    pass_up = blocking(Duly.pass_up)
    reschedule = blocking(Duly.reschedule)
    pause = blocking(Duly.pause)
    resume = blocking(Duly.resume)
    open_matter = blocking(Duly.open_matter)
    regrade = blocking(Duly.regrade)
    amend = blocking(Duly.amend)
    merge = blocking(Duly.merge)
    gather = blocking(Duly.gather)
    drop = blocking(Duly.drop)
    hand_over = collecting(Duly.hand_over)


def _not_ready(failed: RPCError | WorkflowQueryFailedError) -> bool:
    """Whether the case itself, not the server, cannot answer yet: nothing of what was asked has happened."""
    return isinstance(failed, WorkflowQueryFailedError) or failed.status is RPCStatusCode.FAILED_PRECONDITION


async def _dismissed(task: asyncio.Future[Any]) -> None:
    """End what nobody waits for any more, and look at its error, so that the loop does not report it as forgotten."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1)
    if task.done() and not task.cancelled():
        task.exception()


def _receipt(file: CaseFile) -> OpenReceipt:
    """The receipt of a case that is closed by now: its first duties are those that opened with it."""
    first = tuple(duty for duty in file.duties.values() if duty.leg == 0)
    return OpenReceipt(
        key=file.key,
        number=file.number,
        proposal=file.proposal,
        duties=first,
        lacks=file.lacks,
        closed_at=file.closed_at,
        new=False,
        ended=not file.closed,
    )


def _closed_before(key: str, refusal: Refusal) -> OpenReceipt:
    """The receipt of a closed case that the records alone have. Raises `CONFLICT` if another complaint was sent."""
    said = refusal.params
    if said["differs"]:
        raise Refusal(
            Refused.CONFLICT,
            source=said["source"],
            external_id=said["external_id"],
            differs=said["differs"],
            key=key,
            **{name: said[name] for name in ("number", "proposal", "closed_at")},
        )
    return OpenReceipt.model_validate(
        {name: said[name] for name in ("number", "proposal", "closed_at")} | {"key": key, "duties": (), "new": False}
    )


def _refusal(cause: BaseException | None) -> Refusal | None:
    """The typed refusal that a workflow sent: its type is the code, its first detail the parameters."""
    if not isinstance(cause, ApplicationError) or cause.type not in set(Refused):
        return None
    params: Any = cause.details[0] if cause.details else {}
    return Refusal(Refused(cause.type), **params)

"""Opens complaints, and reopens closed ones, as workflows of the Temporal server."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from temporalio.client import (
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Complaint, Former
from complaints.case.file import CaseFile, OpenReceipt
from complaints.clock.bounds import SKEW
from complaints.intake.again import taken_up
from complaints.intake.taking import take
from starters.client.temporal.calls import dismissed
from starters.client.temporal.files import TemporalFiles
from workflows import interface

_MAY_CHANGE = {
    *(Refused.INVALID, Refused.UNKNOWN_PERSON, Refused.ABOUT_YOU, Refused.NOT_YOURS),
    *(Refused.SIGNATURE_MISSING, Refused.KEY_UNKNOWN, Refused.KEY_RETIRED, Refused.EXPIRED),
}
"""Refusals of an opening that may no longer hold under a newer directory, or signed anew."""

CONTENT = "content"  # memo: digest of the complaint as opened, to tell a repeat from a conflict
_SENT = "sent"  # memo: id of the call that opened it, to tell a new case from an existing one


class TemporalOpenings(TemporalFiles):
    """Opens complaints."""

    async def open(self, complaint: Complaint) -> OpenReceipt:
        return await self._open(complaint)

    async def reopen(self, case: str | CaseFile, *, by: str, reason: str) -> OpenReceipt:
        old = case if isinstance(case, CaseFile) else await self.case(case)
        if not await self._over(old):
            raise Refusal(Refused.CASE_OPEN, case=old.number or old.key)
        if not reason.strip():
            raise Refusal(Refused.REASON_NEEDED, act="reopen")
        if len(reason) > size_limits.WORDS:
            raise Refusal(Refused.INVALID, problems=f"reason: {len(reason)} > {size_limits.WORDS}")
        former = Former(number=old.number, received_by=old.complaint.received_by, reason=reason)
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
                    if "closed_at" in refusal.params:  # it is closed too, and no longer on the server
                        continue
                    there = await self.case(key)  # another caller was faster
            if not await self._over(there):
                return _receipt(there).but(ended=False)
        raise AssertionError("there is always another")

    async def _over(self, file: CaseFile) -> bool:
        """Whether a case is closed or was ended by an operator."""
        if file.closed:
            return True
        described = await self._described(file.key)
        return described is None or described.status is not WorkflowExecutionStatus.RUNNING

    async def _there(self, key: str) -> CaseFile | None:
        """Return the case with this key; None if there is none, or if its opening was refused."""
        described = await self._described(key)
        if described is None or described.status is WorkflowExecutionStatus.FAILED:
            return None
        return await self.case(key)

    async def _open(self, taken: Complaint, former: Former | None = None) -> OpenReceipt:
        key, sent = interface.complaint_key(taken.source, taken.external_id), str(uuid4())

        def intake(update_id: str) -> Awaitable[OpenReceipt]:
            return self._answer(lambda: self._intake(taken, key, update_id, sent, former), key)

        try:
            try:
                receipt = await intake(f"{interface.INTAKE} {content_of(taken)}")
            except Refusal as refusal:
                if refusal.code not in _MAY_CHANGE:
                    raise
                if refusal.code is Refused.KEY_RETIRED and self._signer is not None and self._signer.renew is not None:
                    await self._signer.renew()
                # The server repeats its answer to the same update id, which may be an earlier refusal: use a new id.
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

    async def _intake(
        self, taken: Complaint, key: str, update_id: str, sent: str, former: Former | None = None
    ) -> OpenReceipt:
        operation: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            interface.COMPLAINT,
            self.start_of(key, taken, former),
            id=key,
            task_queue=self.task_queue,
            task_timeout=self._task_timeout,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            # A refused opening may be sent again, corrected.
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            memo={CONTENT: content_of(taken), _SENT: sent},
            static_summary=f"{taken.project} · {taken.category} · {taken.channel}",
        )
        started = asyncio.ensure_future(operation.workflow_handle())
        try:
            return await self.client.execute_update_with_start_workflow(  # pyright: ignore[reportUnknownMemberType]
                interface.INTAKE, start_workflow_operation=operation, id=update_id, result_type=OpenReceipt
            )
        finally:
            await asyncio.wait({started}, timeout=0.01)
            await dismissed(started)

    def start_of(self, key: str, taken: Complaint, former: Former | None = None) -> interface.CaseStart:
        """Return the start argument of the workflow that the complaint opens, signed if this client has a signer.

        For programs that start the workflow themselves, such as drills. Raises `NO_KEY`.
        """
        if self._signer is None:
            return interface.CaseStart(complaint=taken, former=former)
        text, signature = self._signer.opening(key, taken, former, self._clock())
        signed = interface.SignedAct(text=text, signature=signature)
        return interface.CaseStart(complaint=taken, former=former, signed=signed)

    async def _as_it_stands(self, receipt: OpenReceipt, taken: Complaint, sent: str) -> OpenReceipt:
        """Return the receipt, with whether this call opened the case, when it was closed, and whether it was ended.

        Raises `CONFLICT` naming the fields in which the existing complaint differs from the one just sent.
        """
        key = receipt.key
        described = await self._answer(self._handle(key).describe, key)
        if await described.memo_value(_SENT, None) == sent:
            return receipt
        if await described.memo_value(CONTENT, None) != content_of(taken):
            await self._same_content(key, taken)
        if described.status is WorkflowExecutionStatus.RUNNING:
            return receipt.but(new=False)
        # The receipt is the server's repeated answer from the opening, so the file is read instead.
        return _receipt(await self.case(key))

    async def _same_content(self, key: str, taken: Complaint) -> None:
        """Raise `CONFLICT` if the existing complaint is another one than `taken`."""
        file = await self.case(key)
        there = file.complaint
        differs = [name for name in Complaint.model_fields if getattr(there, name) != getattr(taken, name)]
        if there.received_at == file.opened_at < taken.received_at <= file.opened_at + SKEW:
            differs.remove("received_at")  # sent by a clock that was ahead, so the time of the opening counts
        if differs:
            raise Refusal(
                Refused.CONFLICT, source=taken.source, external_id=taken.external_id, differs=", ".join(differs)
            )


def _receipt(file: CaseFile) -> OpenReceipt:
    """Build the receipt of an existing case from its file; its first duties are those that opened with it (leg 0)."""
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
    """Build the receipt of a closed case that only the read model has. Raises `CONFLICT` for another complaint."""
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


def content_of(complaint: Complaint) -> str:
    """Return a digest (32 hex digits) of the whole content of a complaint."""
    return blake2b(complaint.model_dump_json().encode(), digest_size=16).hexdigest()

"""The part of the client that acts: `act` does any act, and there is a method for each kind."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind, ActReceipt, ActRequest
from complaints.case.messages import MessageKind, hindrance, message
from complaints.case.recalculation import DutyChange
from complaints.case.receipts import repeated
from complaints.intake.checking import problems_of
from starters.client.files import Files
from workflows import interface

Form = Mapping[str, Any] | BaseModel


class Acts(Files):
    """The acts, one by one. Shapes and errors as in `Duly`.

    `duty` is the id of an open duty (`CaseFile.open_duties`), `at` when it happened. `more` are other fields of
    `ActRequest`, such as `seen`, and `act_id`.
    """

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

    async def act_later(self, case: str, request: ActRequest) -> None:
        """Leave the act for the case without waiting for an answer. A refusal is kept in the case's journal only."""
        key = await self._key(case)
        size_limits.check_act(request)
        signed = self._stated(key, request)
        await self._answer(lambda: self._handle(key).signal(interface.ACT_LATER, signed), key)

    async def discharge(
        self, case: str, duty: str, *, by: str, form: Form | None = None, at: datetime | None = None, **more: Any
    ) -> ActReceipt:
        """办结: do what the duty asks, with its form (`complaints.forms.FORMS[rule.form]`) as a model or its fields."""
        return await self._do(case, ActKind.DISCHARGE, more, duty=duty, by=by, form=form, at=at)

    async def approve(
        self, case: str, duty: str, *, by: str, revision: int | None = None, at: datetime | None = None, **more: Any
    ) -> ActReceipt:
        """批准: `revision` is the one the approver has read (`Duty.revision`); an older one is refused (CR-5.3.2a)."""
        return await self._do(case, ActKind.APPROVE, more, duty=duty, by=by, revision=revision, at=at)

    async def return_(
        self, case: str, duty: str, *, by: str, to: str, reason: str, revision: int | None = None, **more: Any
    ) -> ActReceipt:
        """退回 to the earlier step `to`, a rule of `Duty.returns_to`, with a reason."""
        return await self._do(case, ActKind.RETURN, more, duty=duty, by=by, to=to, reason=reason, revision=revision)

    async def delegate(self, case: str, duty: str, *, by: str, to: str, reason: str, **more: Any) -> ActReceipt:
        """转办: the person `to` owes the duty from now on; its clock goes on."""
        return await self._do(case, ActKind.DELEGATE, more, duty=duty, by=by, to=to, reason=reason)

    async def countersign(
        self, case: str, duty: str, *, by: str, to: str, reason: str, revision: int | None = None, **more: Any
    ) -> ActReceipt:
        """加签: ask the person `to` for an opinion before an approval is given."""
        return await self._do(
            case, ActKind.COUNTERSIGN, more, duty=duty, by=by, to=to, reason=reason, revision=revision
        )

    async def acknowledge(self, case: str, duty: str, *, by: str, reason: str = "", **more: Any) -> ActReceipt:
        """知悉 of an escalation: the climbing stops, the duty stays open."""
        return await self._do(case, ActKind.ACKNOWLEDGE, more, duty=duty, by=by, reason=reason)

    async def withdraw(self, case: str, duty: str, *, by: str, reason: str, **more: Any) -> ActReceipt:
        """撤回 of what was submitted for this duty, by whoever submitted it, before it is answered."""
        return await self._do(case, ActKind.WITHDRAW, more, duty=duty, by=by, reason=reason)

    async def pass_up(self, case: str, duty: str, *, by: str, reason: str, **more: Any) -> ActReceipt:
        """上交 to the next step of the ladder of what its owner cannot solve (CH-7.2.2), where `Duty.passes_up`."""
        return await self._do(case, ActKind.PASS_UP, more, duty=duty, by=by, reason=reason)

    async def reschedule(
        self, case: str, duty: str, *, by: str, to: datetime, customers_view: str, reason: str, **more: Any
    ) -> ActReceipt:
        """改期: a later feedback date that the customer understands (CH-7.3.3), on or before the one promised.

        Raises `WRONG_TIME` when the old date has passed, `TOO_MANY_CHANGES` for the third time.
        """
        form = {"promised": to.isoformat(), "understood": True, "customers_view": customers_view}
        return await self._do(case, ActKind.RESCHEDULE, more, duty=duty, by=by, form=form, reason=reason)

    async def pause(self, case: str, duty: str, *, by: str, until: datetime, reason: str, **more: Any) -> ActReceipt:
        """暂停: the clock of a duty stands still while the customer is waited for, until then at the longest.

        Only where the edition allows it (`NOT_PAUSABLE`: never in a crisis), before the duty is late (`WRONG_TIME`).
        """
        form = {"until": until.isoformat()}
        return await self._do(case, ActKind.PAUSE, more, duty=duty, by=by, form=form, reason=reason)

    async def resume(self, case: str, duty: str, *, by: str, **more: Any) -> ActReceipt:
        """恢复: the customer has answered; the clock goes on before the pause is over."""
        return await self._do(case, ActKind.RESUME, more, duty=duty, by=by)

    async def open_matter(
        self, case: str, *, by: str, kind: str, what: str, department: str | None = None, **more: Any
    ) -> ActReceipt:
        """立项: a "repair" (CS-4.3) or a "corrective" action (CH-7.6) beside the track."""
        form = {"kind": kind, "what": what, "department": department}
        return await self._do(case, ActKind.OPEN_MATTER, {"reason": what, **more}, by=by, form=form)

    async def regrade(
        self, case: str, *, by: str, level: int, reason: str, major: bool | None = None, **more: Any
    ) -> ActReceipt:
        """改级: another level (1 is the crisis) when the facts have changed, with the reason.

        `major` says whether it is a major complaint (MC-3); None leaves that as it is. A lower grade waits for an
        approval, the duty `REGRADE.approval` in `ActReceipt.opened`. Raises `IN_COURT` where a court is at work.
        """
        form = {"level": level, "reason": reason, **({} if major is None else {"major": major})}
        return await self._do(case, ActKind.REGRADE, more, by=by, form=form, reason=reason)

    async def amend(self, case: str, *, by: str, reason: str, form: Form, **more: Any) -> ActReceipt:
        """更正: facts that changed or were wrong (`complaints.acts.amend.Amendment`; what is left out stays).

        By whoever took the complaint, or the supervisor. People newly complained about (`also_about`) lose their
        duties. Raises `NOTHING_CHANGES` when the case says so already.
        """
        return await self._do(case, ActKind.AMEND, more, by=by, form=form, reason=reason)

    async def merge(self, case: str, *, into: str, by: str, reason: str, **more: Any) -> ActReceipt:
        """并案: `case` is a duplicate of the case `into` (key or number), which takes it in; then the duplicate closes.

        Raises `CASE_UNKNOWN`, or `CANNOT_JOIN` with `why` (texts `cli.why.<why>`), before anything changes. The other
        case is asked again when the act is done; should it have closed or refuse by then, the duplicate goes on as it
        was, and its journal says so.
        """
        form, key = await self._other(case, into, MessageKind.MERGE)
        return await self._do(case, ActKind.MERGE, more, by=by, to=key, form=form, reason=reason)

    async def gather(self, case: str, *, member: str, by: str, reason: str, **more: Any) -> ActReceipt:
        """集中处理: `case` leads `member` (key or number), whose customer is answered when `case` was handled.

        Raises as `merge`. The member joins when it has agreed; `CaseFile.members` has those that did.
        """
        form, key = await self._other(case, member, MessageKind.GATHER)
        return await self._do(case, ActKind.GATHER, more, by=by, to=key, form=form, reason=reason)

    async def drop(self, case: str, *, by: str, reason: str, how: str, said_at: datetime, **more: Any) -> ActReceipt:
        """撤诉: the customer withdraws; `how` they said so is "oral" or "written", `said_at` when.

        What was said orally is confirmed with the customer by the supervisor. Raises `WRONG_ACT` for a crisis
        (regrade it first), `IN_COURT`, or `OTHERS_DEPEND` when other customers' complaints were merged into this one.
        """
        form = {"how": how, "said_at": said_at.isoformat()}
        return await self._do(case, ActKind.DROP, more, by=by, form=form, reason=reason)

    async def recalculate(self, case: str, *, by: str, reason: str) -> tuple[DutyChange, ...]:
        """重算: the case's open duties get the dates and owners of the newest calendar and directory.

        By the customer-service supervisor or administration (else `NOT_YOURS`). Returns what changed.
        Repeated, nothing does. `complaints.case.recalculation.changes` says it beforehand.
        """
        key = await self._key(case)
        asked, once = interface.Recalculation(by=by, reason=reason), str(uuid4())

        def call() -> Awaitable[list[DutyChange]]:
            return self._handle(key).execute_update(interface.RECALCULATE, asked, id=once, result_type=list[DutyChange])

        return tuple(await self._answer(call, key))

    async def _other(self, case: str, other: str, says: MessageKind) -> tuple[dict[str, Any], str]:
        """The form that names the other case, and its key. Raises `Refusal` for what can be seen beforehand."""
        asking, asked = await self.case(case), await self.case(other)
        hindered = hindrance(asked, message(asking, says, asked.key, asking.opened_at))
        if hindered:
            raise Refusal(Refused.CANNOT_JOIN, other=asked.number or asked.key, why=hindered)
        return {"number": asked.number}, asked.key

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

    async def _answered(self, key: str, asked: ActRequest) -> ActReceipt | None:
        """The receipt of an act that a closed case, or a closed round, has under this id."""
        try:
            file = await (self.round(key) if interface.is_round(key) else self.case(key))
        except Refusal:  # nobody can tell
            return None
        return repeated(file, asked)

    def _stated(self, key: str, request: ActRequest) -> interface.SignedAct:
        return interface.SignedAct.of(interface.StatedAct(case=key, act=request, stated_at=self._clock()))

"""The part of the client that acts: a method for each kind of act, beside `Duly.act`, which does any of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel

from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind, ActReceipt, CaseFile
from complaints.case.messages import Says, hindrance, word
from starters import leaving
from starters.leaving import HandedOver

if TYPE_CHECKING:
    from starters.client import Duly

Form = Mapping[str, Any] | BaseModel


class Acts:
    """The acts, one by one. Shapes and errors as in `Duly`.

    `duty` is the id of an open duty (`CaseFile.open_duties`), `at` when it happened. `more` are other fields of
    `ActRequest`, such as `seen`, and `act_id`.
    """

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
        form, key = await self._other(case, into, Says.MERGE)
        return await self._do(case, ActKind.MERGE, more, by=by, to=key, form=form, reason=reason)

    async def gather(self, case: str, *, member: str, by: str, reason: str, **more: Any) -> ActReceipt:
        """集中处理: `case` leads `member` (key or number), whose customer is answered when `case` was handled.

        Raises as `merge`. The member joins when it has agreed; `CaseFile.members` has those that did.
        """
        form, key = await self._other(case, member, Says.GATHER)
        return await self._do(case, ActKind.GATHER, more, by=by, to=key, form=form, reason=reason)

    async def drop(self, case: str, *, by: str, reason: str, how: str, said_at: datetime, **more: Any) -> ActReceipt:
        """撤诉: the customer withdraws; `how` they said so is "oral" or "written", `said_at` when.

        What was said orally is confirmed with the customer by the supervisor. Raises `WRONG_ACT` for a crisis
        (regrade it first), `IN_COURT`, or `OTHERS_DEPEND` when other customers' complaints were merged into this one.
        """
        form = {"how": how, "said_at": said_at.isoformat()}
        return await self._do(case, ActKind.DROP, more, by=by, form=form, reason=reason)

    async def hand_over(
        self,
        person: str,
        *,
        to: str,
        by: str,
        reason: str,
        dry_run: bool = False,
        act_id: str | None = None,
        keys: list[str] | None = None,
    ) -> AsyncIterator[HandedOver]:
        """移交: everything that `person`, who leaves, still owes in any open case goes to the person `to`.

        Yields a `HandedOver` for each case: its duties, or the refusal of that one. By a superior of the person, the
        supervisor or personnel. `dry_run` changes nothing. `keys` limits it to these cases; without, all are found by
        the server's search, which lags a moment behind. May be repeated: what was handed over is not found again.
        """
        duly = cast("Duly", self)
        async for one in leaving.hand_over(
            duly, person, to=to, by=by, reason=reason, dry_run=dry_run, act_id=act_id, keys=keys
        ):
            yield one

    async def _other(self, case: str, other: str, says: Says) -> tuple[dict[str, Any], str]:
        """The form that names the other case, and its key. Raises `Refusal` for what can be seen beforehand."""
        asking, asked = await self.case(case), await self.case(other)
        hindered = hindrance(asked, word(asking, says, asked.key, asking.opened_at))
        if hindered:
            raise Refusal(Refused.CANNOT_JOIN, other=asked.number or asked.key, why=hindered)
        return {"number": asked.number}, asked.key

    @abstractmethod
    async def case(self, case: str) -> CaseFile: ...

    @abstractmethod
    async def _do(self, case: str, kind: ActKind, more: dict[str, Any], **fields: Any) -> ActReceipt: ...

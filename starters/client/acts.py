"""The part of the client that acts: `act` sends any act, and each kind of act has a method of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from pydantic import BaseModel

from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind, ActReceipt, ActRequest
from complaints.case.messages import MessageKind, hindrance, message
from complaints.case.recalculation import DutyChange, Recalculation
from starters.client.fields import valid
from starters.client.reading import FileReading

Form = Mapping[str, Any] | BaseModel


PATIENCE, PAUSE = 10.0, 0.25
"""How long, and how often, a correction of the project is asked after; in seconds."""
FOLLOWED = ("case.project-corrected", "case.project-unknown")
"""The journal lines that say what became of it."""


class Acts(FileReading):
    """The acts, one by one.

    `case` is the key or number of a case; for acts on a duty also the key of a round. `duty` is the id of an open duty
    (`CaseFile.open_duties`), `by` the directory id of the person who acts, `at` when it happened (aware datetime; now
    if None), `reason` a text of at most 4,000 characters. `more` are other fields of `ActRequest`, such as `seen`, and
    `act_id`.

    Every act may raise `Refusal` with `INVALID` (a field of `ActRequest`), `CASE_UNKNOWN`, `CASE_CLOSED`, `NOT_READY`
    (the case is still being opened), `UNKNOWN_PERSON` or `ABOUT_YOU` (`by`), `WRONG_TIME` (`at` in the future, or
    before its duty or case began), `REASON_NEEDED`, `FORM_INCOMPLETE`, `TOO_LARGE` (over 128 KB), `CASE_FULL` and
    `ACT_ID_TAKEN`. An act on a duty also with `UNKNOWN_DUTY`, `NOT_OPEN`, `SUPERSEDED`, and `NOT_YOURS` unless `by` is
    the duty's owner or stands in for the owner. Methods name further codes, and where other people may act.
    """

    async def act(self, case: str, request: ActRequest, act_id: str | None = None) -> ActReceipt:
        """Do the act `request` on the case with this key or number, or on the round with this key.

        `act_id` is the idempotency key (1 to 100 characters; by default `request.act_id`, else a random one). Choose
        your own and repeat the call with it after a failure: the act happens once, for as long as the case exists.
        Another act under the same id is refused (`ACT_ID_TAKEN`).
        With `request.seen`, the `journal_seq` of the caller's file, the receipt has the `events` since then, and
        `complaints.case.fold.go_on` makes the current file of both. `events` is None if that is too long ago.
        Raises `Refusal` (`complaints.base.errors`): `NOT_YOURS`, `NOT_OPEN`, `FORM_INCOMPLETE`, `STALE_REVISION` …
        """
        asked = valid(ActRequest, **request.model_dump() | {"act_id": act_id or request.act_id or str(uuid4())})
        size_limits.check_act(asked)  # the server takes no much larger message, and reports no error
        return await self.transport.act(case, asked)

    async def act_later(self, case: str, request: ActRequest) -> None:
        """Send the act as a signal, without waiting for an answer. A refusal is kept in the case's journal only.

        Set `request.act_id` to make a repeated call safe. Raises `TOO_LARGE`, `CASE_UNKNOWN` and `CASE_CLOSED`.
        """
        size_limits.check_act(request)
        await self.transport.act_later(case, request)

    async def discharge(
        self, case: str, duty: str, *, by: str, form: Form | None = None, at: datetime | None = None, **more: Any
    ) -> ActReceipt:
        """办结: do what the duty asks, with its form (`complaints.forms.FORMS[rule.form]`) as a model or its fields.

        Raises `FORM_INCOMPLETE` naming each wrong field, `NOT_READY` while a duty that must come first is open, and
        `WRONG_ACT` for an approval.
        """
        return await self._do(case, ActKind.DISCHARGE, more, duty=duty, by=by, form=form, at=at)

    async def approve(
        self, case: str, duty: str, *, by: str, revision: int | None = None, at: datetime | None = None, **more: Any
    ) -> ActReceipt:
        """批准: approve `revision`, the one that the approver has read (`Duty.revision`; None if the duty has none).

        Raises `STALE_REVISION` for any other revision (CR-5.3.2a), `NOT_READY` while a duty that must come first, such
        as a countersignature, is open, and `WRONG_ACT` for a duty that is no approval.
        """
        return await self._do(case, ActKind.APPROVE, more, duty=duty, by=by, revision=revision, at=at)

    async def return_(
        self, case: str, duty: str, *, by: str, to: str, reason: str, revision: int | None = None, **more: Any
    ) -> ActReceipt:
        """退回: return what was submitted to the earlier step `to`, a rule of `Duty.returns_to`, with a reason.

        `revision` is the one that the approver has read (`Duty.revision`). Raises `NO_SUCH_STEP`, `STALE_REVISION`, and
        `WRONG_ACT` for a duty that is no approval.
        """
        return await self._do(case, ActKind.RETURN, more, duty=duty, by=by, to=to, reason=reason, revision=revision)

    async def delegate(self, case: str, duty: str, *, by: str, to: str, reason: str, **more: Any) -> ActReceipt:
        """转办: make the person `to` the owner of the duty; its clock goes on.

        A person to whom the breach of the duty was escalated may do this, too. Raises `UNKNOWN_PERSON`, `ABOUT_YOU`
        (the complaint is about `to`) and `WRONG_ACT` (`to` is the owner already).
        """
        return await self._do(case, ActKind.DELEGATE, more, duty=duty, by=by, to=to, reason=reason)

    async def countersign(
        self, case: str, duty: str, *, by: str, to: str, reason: str, revision: int | None = None, **more: Any
    ) -> ActReceipt:
        """加签: ask the person `to` for an opinion, which the approval then waits for.

        `revision` is the one that the approver has read (`Duty.revision`). Raises `STALE_REVISION`, `UNKNOWN_PERSON`,
        `ABOUT_YOU` (the complaint is about `to`) and `WRONG_ACT` (no approval, or `to` is its owner).
        """
        return await self._do(
            case, ActKind.COUNTERSIGN, more, duty=duty, by=by, to=to, reason=reason, revision=revision
        )

    async def entrust(
        self, case: str, duty: str, *, by: str, to: str, reason: str, until: datetime | None = None, **more: Any
    ) -> ActReceipt:
        """委派: have the person `to` prepare what the duty requires; their report comes back to its owner, who does it.

        It opens a duty of that person (`PREPARE`, in `ActReceipt.opened`), due at `until` (aware datetime; by default
        at half of the time that is left). Until they report, or are called off (`recall`), this one cannot be done; its
        clock goes on. Raises `UNKNOWN_PERSON`, `ABOUT_YOU` (the complaint is about `to`), `IN_PERSON`,
        `FORM_INCOMPLETE` for an `until` that is not ahead or not before the duty is due, and `WRONG_ACT` for an
        approval, while another person is asked already, and if the case began under an edition that knows no preparing.
        """
        form = {} if until is None else {"until": until.isoformat()}
        return await self._do(case, ActKind.ENTRUST, more, duty=duty, by=by, to=to, reason=reason, form=form)

    async def recall(self, case: str, duty: str, *, by: str, reason: str, **more: Any) -> ActReceipt:
        """收回: take back what another person was asked for: a countersignature (减签), or preparing it (收回委派).

        `duty` is that person's duty, `by` the owner of the duty that waits for it. Raises `WRONG_ACT` for any other.
        """
        return await self._do(case, ActKind.RECALL, more, duty=duty, by=by, reason=reason)

    async def claim(self, case: str, duty: str, *, by: str, **more: Any) -> ActReceipt:
        """认领: take a duty of a role that `by` holds from the other holder of the role who has it; its clock goes on.

        That person is told. Raises `NOT_YOURS` unless `by` holds the role, and for a duty that somebody was named for,
        was given or has claimed, and `FOUR_EYES` if `by` would decide about themselves.
        """
        return await self._do(case, ActKind.CLAIM, more, duty=duty, by=by)

    async def urge(self, case: str, duty: str, *, by: str, reason: str, **more: Any) -> ActReceipt:
        """催办: ask the owner of the duty, and whoever they wait for, to hurry; once a day a duty. No clock changes.

        `reason` is what is said to them. Raises `URGED_TODAY` (`by` in its params says who did), `NOT_CONCERNED` unless
        `by` has to do with the case, and `WRONG_ACT` for one's own duty.
        """
        return await self._do(case, ActKind.URGE, more, duty=duty, by=by, reason=reason)

    async def comment(
        self, case: str, *, by: str, text: str, people: Sequence[str] = (), duty: str | None = None, **more: Any
    ) -> ActReceipt:
        """留言: say something to the people of a case or a round; no clock hears of it.

        `text` (at most 4,000 characters) mentions people by "@" with a name or an id; they get a notice, and so do
        `people` (ids, at most 50). `duty` is the id of the duty that it is about. Raises `NOT_CONCERNED` unless `by`
        has to do with the case, `UNKNOWN_PERSON` if an @ names nobody or two people of one name, `ABOUT_YOU` for people
        complained about, and `UNKNOWN_DUTY`.
        """
        form = {"people": list(people)} | ({} if duty is None else {"for_duty": duty})
        return await self._do(case, ActKind.COMMENT, more, by=by, reason=text, form=form)

    async def copy_to(
        self, case: str, *, by: str, to: Sequence[str], reason: str = "", duty: str | None = None, **more: Any
    ) -> ActReceipt:
        """抄送: tell the people `to` (1 to 50 ids) of a case or a round, or of its duty `duty`, for information.

        Nothing is asked of them. Raises `NOT_CONCERNED` unless `by` has to do with the case, `UNKNOWN_PERSON`,
        `ABOUT_YOU` for people complained about, and `UNKNOWN_DUTY`.
        """
        form = {"people": list(to)} | ({} if duty is None else {"for_duty": duty})
        return await self._do(case, ActKind.COPY, more, by=by, reason=reason, form=form)

    async def read(self, case: str, *, by: str, **more: Any) -> ActReceipt:
        """已阅: `by` has read all that the case or round has told them for information so far.

        Raises `NOTHING_TO_READ` if that is nothing new.
        """
        return await self._do(case, ActKind.READ, more, by=by)

    async def acknowledge(self, case: str, duty: str, *, by: str, reason: str = "", **more: Any) -> ActReceipt:
        """知悉: acknowledge an escalation to `by`. It climbs no further; the duty stays open.

        Raises `NOT_ESCALATED_TO_YOU` unless an escalation to `by` is unanswered.
        """
        return await self._do(case, ActKind.ACKNOWLEDGE, more, duty=duty, by=by, reason=reason)

    async def withdraw(self, case: str, duty: str, *, by: str, reason: str, **more: Any) -> ActReceipt:
        """撤回: take back what was submitted or asked for, before the approver answers this duty of theirs.

        Raises `NOT_YOURS` unless `by` submitted it (`Duty.withdrawable_by`).
        """
        return await self._do(case, ActKind.WITHDRAW, more, duty=duty, by=by, reason=reason)

    async def pass_up(self, case: str, duty: str, *, by: str, reason: str, **more: Any) -> ActReceipt:
        """上交: pass what the owner cannot solve to the next step of the ladder (CH-7.2.2).

        Raises `WRONG_ACT` unless `Duty.passes_up`.
        """
        return await self._do(case, ActKind.PASS_UP, more, duty=duty, by=by, reason=reason)

    async def reschedule(
        self, case: str, duty: str, *, by: str, to: datetime, customers_view: str, reason: str, **more: Any
    ) -> ActReceipt:
        """改期: set the later feedback date `to` (aware datetime), with the customer's understanding (CH-7.3.3).

        `customers_view` is what the customer said to it. This must happen on or before the date promised so far. Raises
        `WRONG_TIME` when that date has passed, `FORM_INCOMPLETE` if `to` is not after it, `TOO_MANY_CHANGES` for the
        third time, and `WRONG_ACT` for any duty but the one with the feedback date (CH-7.3.1).
        """
        form = {"promised": to.isoformat(), "understood": True, "customers_view": customers_view}
        return await self._do(case, ActKind.RESCHEDULE, more, duty=duty, by=by, form=form, reason=reason)

    async def ask_date(self, case: str, duty: str, *, by: str, date: datetime, reason: str, **more: Any) -> ActReceipt:
        """申请改期: ask for the other date `date` (aware datetime) for what somebody in the company set a date for.

        It holds once it is approved, by the duty in `ActReceipt.opened`; until then the old date does. Raises
        `WRONG_ACT` for a duty whose date is not set by the company, `FORM_INCOMPLETE` for a date that is not ahead, and
        `NOTHING_CHANGES` for the date that it has, and `UNDECIDED` while another date waits for its approval.
        """
        form = {"date": date.isoformat()}
        return await self._do(case, ActKind.ASK_DATE, more, duty=duty, by=by, form=form, reason=reason)

    async def unreached(self, case: str, duty: str, *, by: str, **more: Any) -> ActReceipt:
        """联系不上: put a talk forward to be given up, after tries (`try_`) on as many days as the edition says.

        The duty in `ActReceipt.opened` decides; until then the talk is owed. Raises `WRONG_ACT` where the talk has to
        be held (a crisis), `TRIED_TOO_LITTLE` after too few tries, and `UNDECIDED` while it waits for its approval.
        """
        return await self._do(case, ActKind.UNREACHED, more, duty=duty, by=by)

    async def try_(self, case: str, duty: str, *, by: str, way: str, note: str, **more: Any) -> ActReceipt:
        """联系未果: record a try that reached neither the customer nor the media; the duty's clock goes on.

        `way` is a `RevisitWay` ("telephone", "visit" …). Raises `WRONG_ACT` for a duty that is no talk with them.
        """
        form = {"way": way, "note": note}
        return await self._do(case, ActKind.TRY, more, duty=duty, by=by, form=form)

    async def revise(
        self, case: str, duty: str, *, by: str, form: Form, reason: str, revision: int | None = None, **more: Any
    ) -> ActReceipt:
        """更改: change the answer to the duty, which is done, to `form`, the complete new one.

        For what the edition marks as revisable: the judgement, the responsible departments, an assessment, an order.
        What followed from the old answer and is still open is done anew. `revision`, if given, is the number of the
        answer that `by` has read, 1 being the first; `STALE_REVISION` says that it was changed since. Raises
        `WRONG_ACT` for other duties and for one that is open, `ANSWER_STANDS` once the handling is over, in another
        track and for an answer that a later one has replaced, `NOT_YOURS`, and `NOTHING_CHANGES`.
        """
        return await self._do(case, ActKind.REVISE, more, duty=duty, by=by, form=form, reason=reason, revision=revision)

    async def pause(self, case: str, duty: str, *, by: str, until: datetime, reason: str, **more: Any) -> ActReceipt:
        """暂停: stop the duty's clock while waiting for the customer, at most until `until` (aware datetime).

        Raises `NOT_PAUSABLE` unless the edition allows it (never in a crisis), `WRONG_TIME` if the duty is late,
        `WRONG_ACT` if it is paused already, and `FORM_INCOMPLETE` if `until` is not ahead or exceeds the edition's
        limit for all pauses of one duty together.
        """
        form = {"until": until.isoformat()}
        return await self._do(case, ActKind.PAUSE, more, duty=duty, by=by, form=form, reason=reason)

    async def resume(self, case: str, duty: str, *, by: str, **more: Any) -> ActReceipt:
        """恢复: let the clock go on before the pause is over, because the customer has answered.

        Raises `WRONG_ACT` if the duty is not paused.
        """
        return await self._do(case, ActKind.RESUME, more, duty=duty, by=by)

    async def open_matter(
        self, case: str, *, by: str, kind: str, what: str, department: str | None = None, **more: Any
    ) -> ActReceipt:
        """立项: open a matter beside the track: `kind` is "repair" (CS-4.3) or "corrective" (an action, CH-7.6).

        `what` says what is to be done, and is the reason unless `more` has one. `department` is a key of the directory.
        Raises `NOT_YOURS` unless `by` owes a duty in the case or holds one of the roles in
        `complaints.acts.open_matter.OPENED_BY`.
        """
        form = {"kind": kind, "what": what, "department": department}
        return await self._do(case, ActKind.OPEN_MATTER, {"reason": what, **more}, by=by, form=form)

    async def cancel_matter(self, case: str, *, by: str, matter: str, reason: str, **more: Any) -> ActReceipt:
        """撤销立项: cancel a repair or a corrective action (`matter`: "R1") that was opened by mistake.

        Its open duties are superseded. Once its work has begun it goes on until the supervisor confirms: the duty
        `MATTER.cancel.approval` in `ActReceipt.opened`. Raises `NOT_YOURS` for whoever may not open one either,
        `MATTER_OVER` if it is over or its work is done, `MATTER_REQUIRED` if the procedure requires it, `UNDECIDED`
        while a cancellation waits for its confirmation, and `WRONG_ACT` if the case began under
        an edition that knows no cancelling.
        """
        return await self._do(case, ActKind.CANCEL_MATTER, more, by=by, form={"matter": matter}, reason=reason)

    async def regrade(
        self, case: str, *, by: str, level: int, reason: str, major: bool | None = None, **more: Any
    ) -> ActReceipt:
        """改级 (CR-5.2.1a): set another level (1, the crisis, to 4) when the facts have changed, with the reason.

        `major` says whether it is a major complaint (MC-3); None leaves that as it is. A higher grade holds at once; a
        lower one waits for an approval, the duty `REGRADE.approval` in `ActReceipt.opened`. Raises `NOT_YOURS` unless
        `by` is the supervisor, `IN_COURT` while a court is at work, and `WRONG_ACT` before the grading, for the grade
        that the case has, and for a withdrawn or merged case; `UNDECIDED` for a lower grade while another one waits for
        its approval.
        """
        form = {"level": level, "reason": reason, **({} if major is None else {"major": major})}
        return await self._do(case, ActKind.REGRADE, more, by=by, form=form, reason=reason)

    async def amend(self, case: str, *, by: str, reason: str, form: Form, **more: Any) -> ActReceipt:
        """更正: correct what was taken in, and facts that have changed (`complaints.intake.forms.Correction`).

        Fields left out stay as they are; `emptied` empties `department` or `promised`. Times are aware datetimes or ISO
        8601, `loss` is in RMB yuan. A new grade is proposed; open clocks that count from a corrected `received_at` or
        `promised` move, and breaches from before stay, marked. People newly complained about (`also_about`) lose their
        duties; those of `not_about` are shut out no longer. Related complaints are looked for again (CR-5.1.2). Another
        `project` takes effect as soon as its people and calendar are there. One that the directory lacks is refused
        (`INVALID`, field `project`), though the act is on record and its other fields hold. If that is not known within
        ten seconds the receipt comes, and whoever asked is told by a notice if the project is unknown. The act keeps
        what each field said before. A case of edition 2026.1 takes `complaints.acts.amend.Amendment`: facts, building
        and `also_about`.

        Raises `NOT_YOURS` unless `by` took the complaint (or stands in for that person) or is the supervisor,
        `UNKNOWN_PERSON`, `FORM_INCOMPLETE` for an unknown department or somebody in `not_about` who is not complained
        about, `INVALID` for what could not be taken in (a receipt after the case was opened or first worked on, a
        promise before the receipt), and `NOTHING_CHANGES` if the case says so already.
        """
        receipt = await self._do(case, ActKind.AMEND, more, by=by, form=form, reason=reason)
        said = form.model_dump(mode="json") if isinstance(form, BaseModel) else form
        if said.get("project"):
            await self._project_there(case, receipt.seq, str(said["project"]))
        return receipt

    async def merge(self, case: str, *, into: str, by: str, reason: str, **more: Any) -> ActReceipt:
        """并案: merge `case`, a duplicate, into the case `into` (key or number); then the duplicate closes.

        Raises `CASE_UNKNOWN`, or `CANNOT_JOIN` with `why` (texts `cli.why.<why>`), before anything changes. The act
        asks the other case again. If that case has closed by then or refuses, the duplicate goes on as it was, and its
        journal says so. Also raises `NOT_YOURS` unless `by` is the supervisor, `IN_COURT`, and `OTHERS_DEPEND` if
        `case` leads other cases.
        """
        form, key = await self._other(case, into, MessageKind.MERGE)
        return await self._do(case, ActKind.MERGE, more, by=by, to=key, form=form, reason=reason)

    async def gather(self, case: str, *, member: str, by: str, reason: str, **more: Any) -> ActReceipt:
        """集中处理: let `case` lead `member` (key or number), whose customer is answered once `case` is handled.

        Raises `CASE_UNKNOWN`, or `CANNOT_JOIN` with `why` (texts `cli.why.<why>`), before anything changes; also
        `NOT_YOURS` unless `by` is the supervisor, and `IN_COURT`. The member joins when it has agreed;
        `CaseFile.members` has the members that did.
        """
        form, key = await self._other(case, member, MessageKind.GATHER)
        return await self._do(case, ActKind.GATHER, more, by=by, to=key, form=form, reason=reason)

    async def drop(
        self,
        case: str,
        *,
        by: str,
        reason: str,
        how: str,
        said_at: datetime,
        said_to: str | None = None,
        words: str | None = None,
        evidence: str | None = None,
        **more: Any,
    ) -> ActReceipt:
        """撤诉: the customer withdraws the complaint. `how` is "oral" or "written", `said_at` the (aware) time.

        `said_to` is the person who heard it, `words` what the customer said, `evidence` where the paper or the
        recording is; a case of edition 2026.1 takes none of the three. The handling goes on until the superior of
        whoever took the complaint has approved it, and for a major complaint the emergency leader. Raises `NOT_YOURS`
        unless `by` took the complaint (or stands in for that person) or is the supervisor, `FORM_INCOMPLETE` if
        `said_at` is in the future or before the receipt, `WRONG_ACT` for a crisis (regrade it first) and for a
        withdrawn or merged case, `UNDECIDED` while a withdrawal waits for its confirmation, `IN_COURT`, and
        `OTHERS_DEPEND` if other customers' complaints were merged into this one.
        """
        told = {"said_to": said_to, "words": words, "evidence": evidence}
        given = {name: value for name, value in told.items() if value is not None}
        form = {"how": how, "said_at": said_at.isoformat(), **given}
        return await self._do(case, ActKind.DROP, more, by=by, form=form, reason=reason)

    async def invalidate(self, case: str, *, by: str, why: str, reason: str, **more: Any) -> ActReceipt:
        """认定无效: the supervisor finds that the case is nothing a customer said; the reason says how that is known.

        `why` is "spam", "mistake" or "no_customer". The handling goes on until another person has approved it: the duty
        `INVALID.confirmation` in `ActReceipt.opened`. Then the case ends, and nobody is revisited. Raises `NOT_YOURS`
        unless `by` is the supervisor, `WRONG_ACT` for a crisis (regrade it first), for a handled, withdrawn or merged
        case and for one that began under edition 2026.1, `UNDECIDED` while a finding waits for its confirmation,
        `IN_COURT`, and `OTHERS_DEPEND` if other customers' complaints were merged into this one.
        """
        return await self._do(case, ActKind.INVALIDATE, more, by=by, form={"found_to_be": why}, reason=reason)

    async def contact(
        self,
        case: str,
        *,
        by: str,
        channel: str,
        said: str,
        who: str = "",
        urging: bool = False,
        reached: bool = True,
        **more: Any,
    ) -> ActReceipt:
        """联系记录: put on record that the customer called, wrote, came or urged, or that a try of ours reached nobody.

        `channel` is "phone", "visit", "letter", "online", "message" or "other", `who` whoever spoke for the customer,
        and `at` (an aware datetime) when it was, if earlier than now. It starts no clock and ends no duty. When the
        customer urges, the owners of the open duties that talk with them get a notice, once a day at most. A try that
        belongs to a duty is `try_`. Raises `FORM_INCOMPLETE` (somebody who was not reached cannot urge), `WRONG_TIME`
        before the case was opened, and `WRONG_ACT` for a case that began under edition 2026.1.
        """
        form = {"channel": channel, "said": said, "who": who, "urging": urging, "reached": reached}
        return await self._do(case, ActKind.CONTACT, more, by=by, form=form)

    async def enquiry(self, case: str, *, by: str, reason: str, **more: Any) -> ActReceipt:
        """转为咨询: the customer only asked something, which whoever took it answers: `ENQUIRY.answer`.

        The customer is revisited; one who is not satisfied has a complaint, which is graded and handled. Raises
        `NOT_YOURS` unless `by` took the complaint (or stands in for that person) or is the supervisor, `NO_ENQUIRY`
        with `why` (texts `cli.why.<why>`) if anything in the case says that it is more, `WRONG_ACT` for a crisis or a
        major complaint (regrade it first), for a withdrawn or merged case and for one that began under edition 2026.1,
        `IN_COURT`, and `OTHERS_DEPEND` if other cases are handled in this one.
        """
        return await self._do(case, ActKind.ENQUIRY, more, by=by, reason=reason)

    async def detach(self, case: str, *, by: str, attachment: str, reason: str, **more: Any) -> ActReceipt:
        """撤下: strike out the attachment ("A12") that was attached by mistake; it is kept as evidence, not printed.

        Raises `NOT_YOURS` unless `by` attached it, took the complaint (or stands in for that person) or is the
        supervisor, `ATTACHMENT_UNKNOWN` and `ATTACHMENT_DETACHED`.
        """
        return await self._do(case, ActKind.DETACH, more, by=by, form={"attachment": attachment}, reason=reason)

    async def recalculate(self, case: str, *, by: str, reason: str) -> tuple[DutyChange, ...]:
        """重算: give the case's open duties the dates and owners of the newest calendar and directory.

        Only for the customer-service supervisor or administration (else `NOT_YOURS`). `reason` has 1 to 4,000
        characters. Returns the duties that changed, before and after; a repeated call changes nothing.
        `complaints.case.recalculation.changes` computes the changes beforehand.
        """
        return await self.transport.recalculate(case, valid(Recalculation, by=by, reason=reason))

    async def _other(self, case: str, other: str, says: MessageKind) -> tuple[dict[str, Any], str]:
        """Return the form that names the other case, and its key. Raises `Refusal` if the files show a hindrance."""
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
        request = valid(ActRequest, kind=kind, form=dict(form or {}), **fields, **more)
        return await self.act(case, request, act_id)

    async def _project_there(self, case: str, act: int, project: str) -> None:
        """Wait until the case has the people of the project that the act names. Raises `INVALID` if there are none.

        Returns as well if that takes longer than `PATIENCE`: the case goes on asking.
        """
        after, given_up = act, asyncio.get_running_loop().time() + PATIENCE
        while (left := given_up - asyncio.get_running_loop().time()) > 0:
            found = await self.events(case, after, wait=left)
            for line in found.lines:
                if line.kind in FOLLOWED and line.data.get("act") == act:
                    if line.kind == FOLLOWED[0]:
                        return
                    problem = {"field": "project", "key": "intake.unknown-project", "params": {"value": project}}
                    if people := line.data.get("people"):
                        names = ", ".join(people)
                        problem = {"field": "also_about", "key": "intake.unknown-person", "params": {"value": names}}
                    raise Refusal(Refused.INVALID, problems=[problem])
            if found.closed:
                return
            after = found.last

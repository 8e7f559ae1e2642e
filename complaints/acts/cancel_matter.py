"""撤销立项 of a repair or a corrective action that was opened by mistake (CS-4.3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.acts.open_matter import FIRST, may_open
from complaints.acts.requests import decided_before
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case import duties
from complaints.case.act_context import ActContext, incomplete, known_to_edition, validated
from complaints.case.event import of_act
from complaints.case.events.matters import CancellationAsked, MatterCancelled
from complaints.case.file import (
    Act,
    ActKind,
    ActRequest,
    CaseFile,
    Duty,
    DutyStatus,
    Matter,
    MatterKind,
    Notice,
    NoticeKind,
)
from complaints.case.forms import MatterId
from complaints.case.port import AtWork, CaseAtWork
from complaints.editions.rule_ids import RuleId
from complaints.grading import is_elsewhere
from complaints.people.roles import SUPERVISOR

CANCEL: RuleId = "MATTER.cancel"
APPROVAL: RuleId = "MATTER.cancel.approval"
CALLED_OFF: RuleId = "MATTER.cancel.contractor"
ORDER: RuleId = "CS-4.3.3"

WORK: dict[MatterKind, tuple[RuleId, str | None]] = {
    MatterKind.REPAIR: ("CS-4.3.3.start", "begun"),
    MatterKind.CORRECTIVE: ("CH-7.6", None),
}
"""The rule by whose answer the work of a matter begins, and the field that must be true in it."""

OVER: dict[MatterKind, tuple[RuleId, str]] = {
    MatterKind.REPAIR: ("CS-4.3.3.finish", "finished"),
    MatterKind.CORRECTIVE: ("CH-7.6.effect", "effective"),
}
"""The rule by whose answer the work of a matter is over, and the field that must be true in it."""

REQUIRED = "MC-5.2.3b"
"""Beginning of `Matter.cause` of a corrective action that a major or an important complaint requires."""


class Cancellation(Frozen):
    """The repair or corrective action that was opened by mistake, by its id in the case ("R1")."""

    matter: MatterId


class CancelMatter(ActOnCase):
    """撤销立项: whoever may open a matter may cancel it. Once its work has begun, the supervisor has to confirm it."""

    kind = ActKind.CANCEL_MATTER
    form = Cancellation
    needs_reason = True

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        form = validated("cancellation", Cancellation, request.form, context.now)
        file = context.file
        matter = next((one for one in file.matters if one.id == form.matter), None)
        if matter is None:
            known = ", ".join(one.id for one in file.matters) or "—"
            raise incomplete("cancellation", f"matter: {form.matter} ({known})")
        may_open(context, request.by, FIRST[matter.kind])
        known_to_edition(context, request, CANCEL, matter.id)
        if not matter.open or work_is_over(file, matter):
            raise Refusal(Refused.MATTER_OVER, matter=matter.id)
        if matter.cause.startswith(REQUIRED) and _is_required(context):
            raise Refusal(Refused.MATTER_REQUIRED, matter=matter.id, rule=REQUIRED)
        decided_before(context, lambda duty: duty.rule == APPROVAL and duty.matter == matter.id)
        if at < matter.since:
            raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=matter.since.isoformat())
        return on_case(context, CANCEL, at, form)

    def effect(self, case: CaseAtWork, act: Act) -> None:
        matter = _of(case.file, act)
        if not work_has_begun(case.file, matter):
            cancelled(case, matter, act, cancelling=act)
            return
        case.record(CancellationAsked(**of_act(act)))
        case.asks_approval(APPROVAL, act, role=SUPERVISOR, returns_to=(FIRST[matter.kind],), matter=matter.id)


def _is_required(context: ActContext) -> bool:
    """Return whether the complaint is major, or important: of the level of the rule, about the property service."""
    file, important = context.file, context.edition.rule(REQUIRED).figures.level
    return file.major or (file.level == important and not is_elsewhere(file.complaint, context.edition, context.people))


def confirmed(case: CaseAtWork, duty: Duty, act: Act) -> None:
    """Cancel the matter when the supervisor confirms it. If it was returned, the work goes on."""
    if act.kind is not ActKind.APPROVE:
        return
    asked = case.file.asked_by(duty)
    assert asked is not None
    cancelled(case, _of(case.file, asked), act, reason=asked.reason)


def cancelled(
    case: CaseAtWork, matter: Matter, act: Act, *, cancelling: Act | None = None, reason: str | None = None
) -> None:
    """End the matter as cancelled and supersede its duties. A contractor that was ordered has to be told."""
    before = case.file
    case.record(
        MatterCancelled(
            at=act.at,
            by=act.by,
            rule=CANCEL,
            matter=matter.id,
            cancelled_by=act.seq,
            reason=act.reason if reason is None else reason,
            cancelling=cancelling,
            notices=_told(case, matter, act),
        )
    )
    _close(case, lambda duty: duty.matter == matter.id, by=f"{matter.id} cancelled")
    if contractor_is_ordered(before, matter):
        case.owes(CALLED_OFF, act, matter=matter.id)


def overtaken(case: AtWork, matter: Matter, by: str) -> None:
    """Supersede a cancellation that waits for its confirmation: the work is done (`by`)."""
    _close(case, lambda duty: duty.rule == APPROVAL and duty.matter == matter.id, by=by)


def _close(case: AtWork, chosen: Callable[[Duty], bool], by: str) -> None:
    """Supersede the chosen duties and what serves them: countersignatures, requests for another date."""
    ids = {duty.id for duty in case.file.open_duties if chosen(duty)}
    case.supersede(lambda duty: duty.id in ids or duty.about in ids, by=by)


def _told(case: CaseAtWork, matter: Matter, act: Act) -> tuple[Notice, ...]:
    """Copies for the person who opened the matter and for customer service, unless they cancelled it themselves."""
    first = next((duty for duty in case.file.duties.values() if duty.matter == matter.id), None)
    if first is None:
        return ()
    people = case.reference.directory
    service = people.who(SUPERVISOR, case.now, shut_out=case.file.about).person
    to = dict.fromkeys(one for one in (matter.by, service) if people.person(one) and one not in case.file.about)
    return tuple(
        duties.notice(first, NoticeKind.COPY, "cancelled", one, act.recorded_at) for one in to if one != act.by
    )


# --- the state of a matter's work


def work_has_begun(file: CaseFile, matter: Matter) -> bool:
    """Return whether work on the matter has begun: a repair's start, a corrective action's measures."""
    rule, field = WORK[matter.kind]
    return any(field is None or act.form.get(field) is True for act in _answers(file, matter, rule))


def work_is_over(file: CaseFile, matter: Matter) -> bool:
    """Return whether the work is done, so that only its cost and its effect are still open."""
    rule, field = OVER[matter.kind]
    return any(act.form.get(field) is True for act in _answers(file, matter, rule))


def contractor_is_ordered(file: CaseFile, matter: Matter) -> bool:
    """Return whether a firm has been told to do the repair, by the newest order."""
    orders = list(_answers(file, matter, ORDER))
    return bool(orders) and orders[-1].form.get("done_by") != "team"


def _answers(file: CaseFile, matter: Matter, rule: str) -> Iterable[Act]:
    done = {
        duty.act
        for duty in file.duties.values()
        if (duty.rule, duty.matter, duty.status) == (rule, matter.id, DutyStatus.DONE)
    }
    return (act for act in file.acts if act.seq in done)


def _of(file: CaseFile, act: Act) -> Matter:
    return next(matter for matter in file.matters if matter.id == act.form["matter"])

"""Whether a person may do what they ask to do, now, on this case. Pure; every refusal is typed and says what to do.

The same check serves the validator of the update (a refused act costs no history) and the handler of the signal.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.allowed import Allowed, Situation, no_form, validated
from complaints.acts.on_case import ON_CASE
from complaints.acts.on_dates import ON_DATES, too_many_changes
from complaints.acts.sense import SENSE
from complaints.errors import Refusal, Refused
from complaints.forms import FORMS
from complaints.model import ActKind, ActRequest, CaseFile, Duty, DutyStatus, FileT

KEEPERS = ("cs_supervisor", "admin_hr")
"""Who sets open duties right after a change of calendar or directory."""
_NEEDS_REASON = {
    *(ActKind.RETURN, ActKind.DELEGATE, ActKind.WITHDRAW, ActKind.COUNTERSIGN, ActKind.PASS_UP, ActKind.RESCHEDULE),
    *(ActKind.PAUSE, ActKind.AMEND, ActKind.MERGE, ActKind.GATHER, ActKind.DROP),
    ActKind.HAND_OVER,
}


class Desk(Situation[FileT]):
    """One question: may `request` be done on `file`, by the rules of `edition`, at `now`?"""

    def allow(self, request: ActRequest) -> Allowed:
        """The act as it will be recorded; raises `Refusal`."""
        if self.file.closed:
            raise Refusal(Refused.CASE_CLOSED, case=self.file.name)
        if self.people.person(request.by) is None:
            raise Refusal(Refused.UNKNOWN_PERSON, person=request.by)
        if request.by in self.file.about:
            raise Refusal(Refused.ABOUT_YOU, person=self.people.name(request.by))
        at = request.at or self.now
        if at > self.now:
            raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=self.now.isoformat())
        if request.kind in _NEEDS_REASON and not request.reason:
            raise Refusal(Refused.REASON_NEEDED, act=request.kind.value)
        if request.kind in ON_CASE:
            return self._as_a_whole(request, at)
        return self._on_duty(request, self._duty(request), at)

    def _as_a_whole(self, request: ActRequest, at: datetime) -> Allowed:
        """Acts on a case as a whole are for cases; of a round only everything somebody owes can be handed over."""
        if not isinstance(self.file, CaseFile) and request.kind is not ActKind.HAND_OVER:
            instead = ActKind.DISCHARGE.value
            raise Refusal(Refused.WRONG_ACT, duty=self.file.name, act=request.kind.value, instead=instead)
        return ON_CASE[request.kind](self, request, at)

    def keeps_order(self, by: str) -> None:
        """Raises `Refusal` unless this person may set the open duties of any case right: supervisor, administration."""
        if self.people.person(by) is None:
            raise Refusal(Refused.UNKNOWN_PERSON, person=by)
        if not any(self.people.holds(by, role, self.now) for role in KEEPERS):
            holder = self.people.who(KEEPERS[0], self.now, shut_out=self.file.about).person
            raise Refusal(Refused.NOT_YOURS, duty="recalculate", owner=self.people.name(holder))

    def _duty(self, request: ActRequest) -> Duty:
        duty = self.file.duties.get(request.duty or "")
        if duty is None:
            open_now = ", ".join(d.id for d in self.file.open_duties)
            raise Refusal(Refused.UNKNOWN_DUTY, duty=request.duty or "—", open=open_now)
        if duty.status is DutyStatus.SUPERSEDED:
            raise Refusal(Refused.SUPERSEDED, duty=duty.id, by=duty.superseded_by or "")
        if not duty.open:
            raise Refusal(Refused.NOT_OPEN, duty=duty.id, by=self.people.name(duty.closed_by or ""))
        return duty

    def _on_duty(self, request: ActRequest, duty: Duty, at: datetime) -> Allowed:
        if request.kind is ActKind.ACKNOWLEDGE:
            self._escalated_to(request, duty)
        elif request.kind is ActKind.WITHDRAW:
            if duty.withdrawable_by != request.by:
                raise Refusal(Refused.NOT_YOURS, duty=duty.id, owner=self.people.name(duty.withdrawable_by or ""))
        else:
            self._owned(request, duty)
        if at < duty.since:
            raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=duty.since.isoformat())
        self._fits(request, duty)
        if request.kind in ON_DATES:
            form = ON_DATES[request.kind](self, request, duty, at)
        else:
            form = self._form(request, duty, at) if request.kind is ActKind.DISCHARGE else no_form(request)
        allowed = Allowed(duty=duty, rule=duty.rule, at=at, form=form)
        return too_many_changes(self, duty, allowed) if request.kind is ActKind.RESCHEDULE else allowed

    def _owned(self, request: ActRequest, duty: Duty) -> None:
        mine = request.by == duty.owner or duty.owner in self.people.acts_for(request.by, self.now)
        told = request.kind is ActKind.DELEGATE and any(step.to == request.by for step in duty.escalations)
        if not (mine or told):
            raise Refusal(Refused.NOT_YOURS, duty=duty.id, owner=self.people.name(duty.owner))

    def _escalated_to(self, request: ActRequest, duty: Duty) -> None:
        if not any(step.to == request.by and not step.acknowledged_by for step in duty.escalations):
            raise Refusal(Refused.NOT_ESCALATED_TO_YOU, duty=duty.id)

    def _fits(self, request: ActRequest, duty: Duty) -> None:
        """The kind of act, its revision, its target and what must come before it."""
        approval = self.edition.rule(duty.rule).kind == "approval"
        if request.kind is ActKind.DISCHARGE and approval:
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="approve, return")
        if request.kind in (ActKind.APPROVE, ActKind.RETURN, ActKind.COUNTERSIGN) and not approval:
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="discharge")
        must_name = request.kind in (ActKind.APPROVE, ActKind.RETURN, ActKind.COUNTERSIGN)
        if (must_name or request.revision is not None) and request.revision != duty.revision:
            raise Refusal(Refused.STALE_REVISION, given=str(request.revision or "—"), current=str(duty.revision or "—"))
        if request.kind is ActKind.RETURN and request.to not in duty.returns_to:
            raise Refusal(Refused.NO_SUCH_STEP, to=request.to or "—", steps=", ".join(duty.returns_to))
        if request.kind in (ActKind.DELEGATE, ActKind.COUNTERSIGN):
            self._other_person(request, duty)
        if request.kind in (ActKind.DISCHARGE, ActKind.APPROVE) and (awaited := self.file.awaited_by(duty)):
            raise Refusal(Refused.NOT_READY, duty=duty.id, awaited=", ".join(awaited))

    def _other_person(self, request: ActRequest, duty: Duty) -> None:
        if request.to is None or self.people.person(request.to) is None:
            raise Refusal(Refused.UNKNOWN_PERSON, person=request.to or "—")
        if request.to in self.file.about:
            raise Refusal(Refused.ABOUT_YOU, person=self.people.name(request.to))
        if request.to == duty.owner:
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead="another person")

    def _form(self, request: ActRequest, duty: Duty, at: datetime) -> dict[str, Any]:
        name = self.edition.rule(duty.rule).form
        if name is None:
            return no_form(request)
        form = validated(name, FORMS[name], request.form, self.now)
        if check := SENSE.get(type(form)):
            check(self, form, duty, at)
        return form.model_dump(mode="json")

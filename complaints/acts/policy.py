"""Decide whether a person may do a requested act on a case now. Pure; every refusal is typed and says what to do.

The update's validator (a refused act then adds no history) and the signal's handler both use this check.
"""

from __future__ import annotations

from datetime import datetime

from complaints.acts.act import AcceptedAct, ActOnCase, ActOnDuty, Ending
from complaints.acts.registry import ACTS
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, independent
from complaints.case.file import ActKind, ActRequest, CaseFile, Duty, DutyStatus, FileT
from complaints.case.residents import RESIDENT
from complaints.people.roles import PERSONNEL, SUPERVISOR

KEEPERS = (SUPERVISOR, PERSONNEL)
"""Roles that may recalculate open duties after a change of calendar or directory."""


def _by_the_customer(request: ActRequest) -> bool:
    """Return whether it is what the customer may do by their link: put something on record, now."""
    return request.by == RESIDENT and request.kind is ActKind.CONTACT and request.at is None


class ActPolicy(ActContext[FileT]):
    """Checks a request against a file, by the rules of `edition` and the people of `reference`, at `now`."""

    def allow(self, request: ActRequest) -> AcceptedAct:
        """Return the act as it will be recorded. Raises `Refusal`."""
        if self.file.closed:
            raise Refusal(Refused.CASE_CLOSED, case=self.file.name)
        if self.people.person(request.by) is None and not _by_the_customer(request):
            raise Refusal(Refused.UNKNOWN_PERSON, person=request.by)
        if request.by in self.file.about:
            raise Refusal(Refused.ABOUT_YOU, person=self.people.name(request.by))
        if request.base_version not in (None, self.file.journal_seq):
            raise Refusal(Refused.CHANGED_SINCE, current=str(self.file.journal_seq))
        at = request.at or self.now
        if at > self.now:
            raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=self.now.isoformat())
        act = ACTS[request.kind]
        if act.needs_reason and not request.reason:
            raise Refusal(Refused.REASON_NEEDED, act=request.kind.value)
        if isinstance(act, ActOnDuty):
            return self._on_duty(act, request, self._duty(request), at)
        return self._on_case(act, request, at)

    def keeps_order(self, by: str) -> None:
        """Raise `Refusal` unless this person may recalculate the open duties of any case (`KEEPERS`)."""
        if self.people.person(by) is None:
            raise Refusal(Refused.UNKNOWN_PERSON, person=by)
        if not any(self.people.holds(by, role, self.now) for role in KEEPERS):
            holder = self.people.who(KEEPERS[0], self.now, shut_out=self.file.about).person
            raise Refusal(Refused.NOT_YOURS, duty="recalculate", owner=self.people.name(holder))

    def _on_case(self, act: ActOnCase, request: ActRequest, at: datetime) -> AcceptedAct:
        if not (act.on_rounds or isinstance(self.file, CaseFile)):
            instead = ActKind.DISCHARGE.value
            raise Refusal(Refused.WRONG_ACT, duty=self.file.name, act=request.kind.value, instead=instead)
        return act.may(self, request, at)

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

    def _on_duty(self, act: ActOnDuty, request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        act.who(self, request, duty)
        if isinstance(act, Ending) and act.decides:
            independent(self, duty, request.by)
        if at < duty.since:
            raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=duty.since.isoformat())
        approval = self.edition.rule(duty.rule).kind == "approval"
        if act.on_approvals not in (None, approval):
            instead = "approve, return" if approval else "discharge"
            raise Refusal(Refused.WRONG_ACT, duty=duty.id, act=request.kind.value, instead=instead)
        if (act.on_approvals or request.revision is not None) and request.revision != duty.revision:
            raise Refusal(Refused.STALE_REVISION, given=str(request.revision or "—"), current=str(duty.revision or "—"))
        return act.may(self, request, duty, at)

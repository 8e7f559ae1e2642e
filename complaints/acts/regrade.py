"""改级 to another level, or to a major complaint and back (CR-5.2.1a)."""

from __future__ import annotations

from datetime import datetime

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.acts.requests import decided_before
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, by_role, validated
from complaints.case.complaint import CRISIS, ENDED, Track
from complaints.case.event import of_act
from complaints.case.events.case import LowerGradeApproved, RegradeAsked, Regraded
from complaints.case.file import Act, ActKind, ActRequest, CaseFile, Duty
from complaints.case.forms import Grading
from complaints.case.port import CaseAtWork
from complaints.case.requests import REQUESTS
from complaints.people.roles import MARKETING_LEADER, MARKETING_MANAGER, SUPERVISOR

GRADING = "CR-5.2.1a"
APPROVAL = "REGRADE.approval"
APPROVES = (MARKETING_MANAGER, MARKETING_LEADER)
"""Roles that approve a lower grade: the second only if the holder of the first asked for it."""


class Regrade(ActOnCase):
    """改级 (CR-5.2.1a): a higher grade takes effect at once; a lower one has no effect until it is approved.

    A reason is required, in the request or in the form.
    """

    kind = ActKind.REGRADE
    of_role = SUPERVISOR
    form = Grading

    def completed(self, reason: str) -> frozenset[str]:
        return frozenset({"major"})

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        by_role(context, request, SUPERVISOR, GRADING)
        file = context.file
        as_it_is = {"major": file.major}  # the form's default is the present value
        form = validated("grading", Grading, {**as_it_is, **request.form}, context.now)
        if file.track is Track.LEGAL:
            raise Refusal(Refused.IN_COURT, case=file.name, act=request.kind.value)
        if file.track in ENDED:
            instead = ActKind.DISCHARGE.value
            raise Refusal(Refused.WRONG_ACT, duty=file.name, act=request.kind.value, instead=instead)
        enquiry = file.track is Track.ENQUIRY  # any grade makes it a complaint
        if not enquiry and (file.track is Track.INTAKE or file.level is None):
            raise Refusal(Refused.WRONG_ACT, duty=GRADING, act=request.kind.value, instead=f"discharge {GRADING}")
        if not (form.reason or request.reason):
            raise Refusal(Refused.REASON_NEEDED, act=request.kind.value)
        if not enquiry and (form.level, form.major) == (file.level, file.major):
            another = f"another level than {file.level}"
            raise Refusal(Refused.WRONG_ACT, duty=GRADING, act=f"level {form.level}", instead=another)
        if REQUESTS in context.edition.rules and _lowers(file, form.level, form.major):  # else the newer one counts
            decided_before(context, lambda duty: duty.rule == APPROVAL)
        return on_case(context, GRADING, at, form)

    def effect(self, case: CaseAtWork, act: Act) -> None:
        form = Grading.model_validate(act.form)
        lower = _lowers(case.file, form.level, form.major)
        case.record((RegradeAsked if lower else Regraded)(**of_act(act)))
        graded_anew(case, form.level, form.major, act)


def graded_anew(case: CaseAtWork, level: int, major: bool, act: Act) -> None:
    """Apply the grade asked for by `act` at once, or open the approval duty if it is lower than the present one."""
    case.supersede(lambda duty: duty.rule == APPROVAL, by=f"act {act.seq}")
    if not _lowers(case.file, level, major):
        case.regrade(level, major or (level == CRISIS and case.file.major), act)
        return
    first, second = APPROVES
    asked_by_themselves = case.reference.directory.who(first, case.now, shut_out=case.file.about).person == act.by
    case.asks_approval(APPROVAL, act, role=second if asked_by_themselves else first, returns_to=(GRADING,))


def approved(case: CaseAtWork, duty: Duty, act: Act) -> None:
    """Apply a lower grade at its approval, where the new clocks start. If it was returned, nothing changes."""
    if act.kind is not ActKind.APPROVE:
        return
    asked = case.file.asked_by(duty)
    assert asked is not None
    level, major = int(asked.form["level"]), bool(asked.form.get("major"))
    if asked.kind is ActKind.DISCHARGE:  # a decision on the watch list cannot lift "major"
        major = major or case.file.major
    granted = LowerGradeApproved(
        at=act.at,
        by=act.by,
        duty=duty.id,
        rule=GRADING,
        asked=asked.seq,
        level=level,
        major=major,
        reason=asked.reason or asked.form.get("reason", ""),
    )
    case.record(granted)
    case.regrade(level, major, act)


def _lowers(file: CaseFile, level: int, major: bool) -> bool:
    """Return whether the grade is lower than the present one: a higher level number, or no longer major."""
    no_longer_major = file.major and not major and level > CRISIS
    return level > (file.level or level) or no_longer_major

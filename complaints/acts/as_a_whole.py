"""Acts that change what a case is: amended, merged, gathered, dropped, handed over. Who may, and what they must say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.allowed import Allowed, Situation, by_role, incomplete, on_case, validated
from complaints.errors import Refusal, Refused
from complaints.forms.operations import Amendment, Drop, HandOver, Other
from complaints.joining import leads, link, merged_customers
from complaints.model import ActKind, ActRequest, CaseFile, LinkKind, Track

SUPERVISOR = "cs_supervisor"
PERSONNEL = "admin_hr"


def amend(desk: Situation, request: ActRequest, at: datetime) -> Allowed:
    """更正: by whoever took the complaint, or the supervisor."""
    _by_receiver(desk, request, "AMEND")
    form = validated("amendment", Amendment, request.form, desk.now)
    if unknown := [id for id in form.also_about if desk.people.person(id) is None]:
        raise Refusal(Refused.UNKNOWN_PERSON, person=", ".join(unknown))
    file = desk.file
    same_place = form.building is None or form.building == file.building
    if form.on(file.facts) == file.facts and same_place and set(form.also_about) <= file.about:
        raise Refusal(Refused.NOTHING_CHANGES, act=request.kind.value)
    given = form.model_dump(mode="json", include=set(form.given))
    return on_case(desk, "AMEND", at, given)


def merge(desk: Situation, request: ActRequest, at: datetime) -> Allowed:
    """并案: this case is a duplicate of the case `to`, which has yet to agree."""
    by_role(desk, request, SUPERVISOR, "MERGE")
    form = validated("other", Other, request.form, desk.now)
    _able_to_join(desk.file, request)
    if leads(desk.file):
        raise _others_depend(desk.file, request)
    return on_case(desk, "MERGE", at, form.model_dump(mode="json", exclude_none=True))


def gather(desk: Situation, request: ActRequest, at: datetime) -> Allowed:
    """集中处理: this case leads the case `to`, which has yet to agree."""
    by_role(desk, request, SUPERVISOR, "GATHER")
    form = validated("other", Other, request.form, desk.now)
    _able_to_join(desk.file, request)
    if link(desk.file, LinkKind.GATHERED_INTO):
        raise _cannot_join(desk.file, request, "led")
    if link(desk.file, LinkKind.GATHERED, request.to):
        raise _cannot_join(desk.file, request, "already")
    return on_case(desk, "GATHER", at, form.model_dump(mode="json", exclude_none=True))


def drop(desk: Situation, request: ActRequest, at: datetime) -> Allowed:
    """撤诉: the customer withdraws. A crisis is regraded first; a court is not stopped in this way."""
    _by_receiver(desk, request, "DROP")
    form = validated("drop", Drop, request.form, desk.now)
    file = desk.file
    name = file.number or file.key
    if file.track is Track.LEGAL:
        raise Refusal(Refused.IN_COURT, case=name, act=request.kind.value)
    if file.track is Track.CRISIS:
        raise Refusal(Refused.WRONG_ACT, duty=name, act=request.kind.value, instead=ActKind.REGRADE.value)
    if file.track in (Track.WITHDRAWN, Track.MERGED):
        raise Refusal(Refused.WRONG_ACT, duty=name, act=request.kind.value, instead=ActKind.DISCHARGE.value)
    if merged_customers(file):
        raise _others_depend(file, request)
    if form.said_at > at:
        raise incomplete("drop", "said_at: in the future")
    if form.said_at < file.complaint.received_at:
        raise incomplete("drop", "said_at: before the complaint came in")
    return on_case(desk, "DROP", at, form.model_dump(mode="json"))


def hand_over(desk: Situation[Any], request: ActRequest, at: datetime) -> Allowed:
    """移交: all open duties of somebody who leaves, by a superior of theirs, the supervisor or personnel."""
    form = validated("hand_over", HandOver, request.form, desk.now)
    people, leaves = desk.people, form.person
    had = next((duty.superiors for duty in desk.file.open_duties if duty.owner == leaves), ())
    above = request.by in people.superiors(leaves, desk.now, shut_out=desk.file.about, had=had)
    if not (above or any(people.holds(request.by, role, desk.now) for role in (SUPERVISOR, PERSONNEL))):
        by_role(desk, request, PERSONNEL, "HAND-OVER")
    if request.to is None or people.person(request.to) is None:
        raise Refusal(Refused.UNKNOWN_PERSON, person=request.to or "—")
    if request.to in desk.file.about:
        raise Refusal(Refused.ABOUT_YOU, person=people.name(request.to))
    if request.to == leaves:
        raise Refusal(Refused.WRONG_ACT, duty=leaves, act=request.kind.value, instead="another person")
    if not any(duty.owner == leaves for duty in desk.file.open_duties):
        raise Refusal(Refused.NOTHING_TO_HAND_OVER, person=people.name(leaves))
    return on_case(desk, "HAND-OVER", at, form.model_dump(mode="json", by_alias=True))


def _by_receiver(desk: Situation, request: ActRequest, rule: str) -> None:
    """Whoever took the complaint may, or who stands in for them; else the supervisor."""
    receiver = desk.file.complaint.received_by
    if request.by != receiver and receiver not in desk.people.acts_for(request.by, desk.now):
        by_role(desk, request, SUPERVISOR, rule)


def _able_to_join(file: CaseFile, request: ActRequest) -> None:
    """What of this case itself keeps it from being merged or from leading others."""
    if not request.to:
        raise incomplete("other", "to: Field required")
    if file.track is Track.LEGAL:
        raise Refusal(Refused.IN_COURT, case=file.number or file.key, act=request.kind.value)
    if request.to == file.key:
        raise _cannot_join(file, request, "itself")
    if file.track is Track.WITHDRAWN:
        raise _cannot_join(file, request, "withdrawn")
    if file.track is Track.MERGED or link(file, LinkKind.MERGED_INTO):
        raise _cannot_join(file, request, "merging")


def _cannot_join(file: CaseFile, request: ActRequest, why: str) -> Refusal:
    number = request.form.get("number")
    return Refusal(Refused.CANNOT_JOIN, other=number or request.to, why=why)


def _others_depend(file: CaseFile, request: ActRequest) -> Refusal:
    depending = [one for one in file.links if one.kind in (LinkKind.GATHERED, LinkKind.MERGED) and one.over is None]
    others = ", ".join(one.number or one.key for one in depending)
    return Refusal(Refused.OTHERS_DEPEND, others=others, act=request.kind.value)

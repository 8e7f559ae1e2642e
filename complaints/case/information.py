"""What people of a case are told for information (comments, copies, tellings), and whether they have read it."""

from __future__ import annotations

from typing import Any

from complaints.base.errors import Refusal, Refused
from complaints.case import duties
from complaints.case.act_context import ActContext
from complaints.case.file import Act, ActKind, File, Notice, NoticeKind
from complaints.case.port import AtWork
from complaints.editions.rule_ids import RuleId
from complaints.people.roles import SUPERVISOR

COMMENT: RuleId = "COMMENT"
COPY: RuleId = "COPY"
OF_A_CASE = "case"
"""Beginning of the id of a notice that is about no duty."""


def notices(case: AtWork, act: Act, kind: NoticeKind, moment: str) -> tuple[Notice, ...]:
    """Build the notices of a comment or a copy, for the people that its form names; none for the actor.

    They are about the duty that the form names (`for_duty`), or about the case as a whole.
    """
    people = [person for person in _named(act) if person != act.by]
    about, at, said = case.file.duties.get(act.form.get("for_duty", "")), act.recorded_at, f"{moment}-{act.seq}"
    if about is not None:
        return tuple(duties.notice(about, kind, said, to, at, by=act.by) for to in people)
    return tuple(
        Notice(id=f"{OF_A_CASE}/{said}/{to}", kind=kind, to=to, duty="", rule=act.rule, at=at, params={"by": act.by})
        for to in people
    )


FOR_INFORMATION = (NoticeKind.COPY, NoticeKind.CLOSED, NoticeKind.HANDED, NoticeKind.URGED)
"""Kinds of notices that are no duty and wait to be read; those of comments are found by their acts."""


def unread(file: File, person: str) -> tuple[str, ...]:
    """Return what the person was told and has not read: the numbers of acts, or the ids of notices.

    The file of a large case (`File.trimmed`) lacks some notices.
    """
    read = max((act.seq for act in file.acts if (act.kind, act.by) == (ActKind.READ, person)), default=0)
    at = file.acts[read - 1].recorded_at if read else None
    named = [str(act.seq) for act in file.acts[read:] if person in _named(act) and act.by != person]
    told = [
        notice.id
        for notice in file.notices
        if notice.to == person and notice.kind in FOR_INFORMATION and notice.duty and (at is None or notice.at > at)
    ]
    return (*named, *told)


def _named(act: Act) -> tuple[str, ...]:
    return tuple(act.form.get("people", ())) if act.kind in (ActKind.COMMENT, ActKind.COPY) else ()


NO_PART = (ActKind.COMMENT, ActKind.COPY, ActKind.READ, ActKind.CONTACT, ActKind.ATTACH)
"""Kinds of acts by which nobody comes to have to do with a case."""


def demand_concern(context: ActContext[Any], person: str) -> None:
    """Raise `Refusal` unless the person has to do with the case or round, so that they may comment, copy and urge.

    Whoever took the complaint, owed or did anything in it or was told of it; the superiors of whoever owes something
    now; and the supervisor of customer service.
    """
    file, people, now = context.file, context.people, context.now
    involved = {file.received_by, *(one.owner for one in file.duties.values())}
    involved |= {one.closed_by for one in file.duties.values()}
    involved |= {act.by for act in file.acts if act.kind not in NO_PART}
    involved |= {named for act in file.acts for named in _named(act)}
    if person in involved or people.holds(person, SUPERVISOR, now):
        return
    owners = {duty.owner: duty.superiors for duty in file.open_duties}
    if not any(person in people.superiors(one, now, shut_out=file.about, had=had) for one, had in owners.items()):
        raise Refusal(Refused.NOT_CONCERNED, case=file.name)

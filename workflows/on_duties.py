"""What acts do to a duty: it is done, delegated, acknowledged, countersigned, or goes to somebody else."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from complaints import duties
    from complaints.directory.model import Assignment
    from complaints.duties import LineDraft
    from complaints.model import Act, ActKind, Duty, DutyStatus, NoticeKind

from workflows.casework import Casework
from workflows.docket import recorded

ENDED = {ActKind.WITHDRAW: "duty.withdrawn", ActKind.PASS_UP: "duty.passed-up"}
"""What the journal calls it when an act ends a duty that did not do what the duty asks."""


def close(case: Casework[Any], duty: Duty, act: Act) -> None:
    """The act ends the duty. A withdrawal ends it without its being done."""
    if late := duties.late(duty, act.at, workflow.now(), case.ladder(duty)):  # before the clock came to it
        case.record(late)
        duty = late.duty
    done = act.kind is not ActKind.WITHDRAW
    status = DutyStatus.DONE if done else DutyStatus.SUPERSEDED
    case.change(duties.closed(duty, status, act.at, act.by, act.seq, None if done else "withdrawn"))
    ended = ENDED.get(act.kind, "duty.done")
    told = () if done else (duties.notice(duty, NoticeKind.CLOSED, "withdrawn", duty.owner, act.recorded_at),)
    case.write(
        LineDraft(kind=ended, at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=recorded(act)),
        act=act,
        notices=told,
    )
    case.supersede(lambda other: other.about == duty.id, by=duty.id)


def delegate(case: Casework[Any], duty: Duty, act: Act) -> None:
    """Another person owes the duty from now on; its clock goes on."""
    assert act.to is not None
    handed = duty.but(owner=act.to, because="delegated", in_place_of=duty.owner)
    case.change(handed)
    told = duties.notice(handed, NoticeKind.TOLD, f"told-{act.seq}", act.to, act.recorded_at)
    line = LineDraft(kind="duty.delegated", at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=recorded(act))
    case.write(line, act=act, notices=(told,))


def acknowledge(case: Casework[Any], duty: Duty, act: Act) -> None:
    """Somebody has answered the escalation: the climbing stops, the duty stays."""
    steps = tuple(
        step.but(acknowledged_by=act.by, acknowledged_at=act.at) if step.to == act.by else step
        for step in duty.escalations
    )
    case.change(duty.but(escalations=steps))
    line = LineDraft(kind="duty.acknowledged", at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=recorded(act))
    case.write(line, act=act)


def countersign(case: Casework[Any], duty: Duty, act: Act) -> Awaitable[Any]:
    """Ask another person to sign first: a duty of theirs that the approval waits for."""
    line = LineDraft(
        kind="duty.countersignature-asked", at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=recorded(act)
    )
    case.write(line, act=act)
    return case.countersigned(duty, act)


def entrust(case: Casework[Any], duty: Duty, owner: str, because: str, line: str, act: Act) -> None:
    """Another person owes the duty from now on, by an act on the case as a whole; its clock goes on."""
    handed = duty.but(owner=owner, because=because, in_place_of=duty.owner)
    case.change(handed)
    told = duties.notice(handed, NoticeKind.TOLD, f"told-{act.seq}", owner, act.recorded_at)
    data = {"act": act.seq, "from": duty.owner, "to": owner, "reason": act.reason}
    case.write(LineDraft(kind=line, at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=data), notices=(told,))


def successor(case: Casework[Any], duty: Duty) -> Assignment:
    """Who owes the duty instead of an owner who may not any more: whoever it would be if it were opened now."""
    rule = case.edition.rule(duty.rule)
    role = None if duty.role == rule.owner else duty.role or None
    return case.owner(rule, {"since": duty.since, "role": role, "department": duty.department})


def forget(case: Casework[Any], duty_id: str, people: tuple[str, ...]) -> None:
    """What these people heard of a breach, or answered to it, counts no more: it climbs past them."""
    duty = case.file.duties[duty_id]
    steps = tuple(step for step in duty.escalations if step.to not in people)
    if steps != duty.escalations:
        case.change(duty.but(escalations=steps))
        data = {"people": list(people)}
        case.write(LineDraft(kind="duty.climb-forgotten", at=workflow.now(), duty=duty.id, rule=duty.rule, data=data))

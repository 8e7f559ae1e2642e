"""What acts do to a duty: it is done, delegated, acknowledged, countersigned, or goes to somebody else."""

from __future__ import annotations

from typing import Any

from complaints import duties
from complaints.case.event import of_act
from complaints.case.events.duties import (
    ClimbForgotten,
    CountersignatureAsked,
    DutyAcknowledged,
    DutyDelegated,
    DutyDone,
    DutyHandedOver,
    DutyPassedUp,
    DutyTakenOver,
    DutyWithdrawn,
)
from complaints.directory.model import Assignment
from complaints.model import Act, ActKind, Duty, NoticeKind
from workflows.casework import Casework


def close(case: Casework[Any], duty: Duty, act: Act) -> None:
    """The act ends the duty. A withdrawal ends it without its being done."""
    if late := duties.late(duty, act.at, case.now, case.ladder(duty)):  # before the clock came to it
        case.record(*late.events)
    if act.kind is ActKind.WITHDRAW:
        told = duties.notice(duty, NoticeKind.CLOSED, "withdrawn", duty.owner, act.recorded_at)
        case.record(DutyWithdrawn(**of_act(act), notices=(told,)))
    elif act.kind is ActKind.PASS_UP:
        case.record(DutyPassedUp(**of_act(act)))
    else:
        case.record(DutyDone(**of_act(act)))
    case.supersede(lambda other: other.about == duty.id, by=duty.id)


def delegate(case: Casework[Any], duty: Duty, act: Act) -> None:
    """Another person owes the duty from now on; its clock goes on."""
    assert act.to is not None
    told = duties.notice(duty, NoticeKind.TOLD, f"told-{act.seq}", act.to, act.recorded_at)
    case.record(DutyDelegated(**of_act(act), notices=(told,)))


def acknowledge(case: Casework[Any], duty: Duty, act: Act) -> None:
    """Somebody has answered the escalation: the climbing stops, the duty stays."""
    case.record(DutyAcknowledged(**of_act(act)))


def countersign(case: Casework[Any], duty: Duty, act: Act) -> None:
    """Ask another person to sign first: a duty of theirs that the approval waits for."""
    case.record(CountersignatureAsked(**of_act(act)))
    case.countersigned(duty, act)


def hand_over(case: Casework[Any], duty: Duty, to: str, act: Act) -> None:
    """移交: its owner leaves, and another person owes the duty from now on; its clock goes on."""
    case.record(DutyHandedOver(**_entrusted(duty, to, act), because="handed-over"))


def take_over(case: Casework[Any], duty: Duty, to: str, act: Act) -> None:
    """The same of an owner who is complained about, as an act says."""
    case.record(DutyTakenOver(**_entrusted(duty, to, act), because="shut-out"))


def _entrusted(duty: Duty, to: str, act: Act) -> dict[str, Any]:
    told = duties.notice(duty, NoticeKind.TOLD, f"told-{act.seq}", to, act.recorded_at)
    said: dict[str, Any] = {
        "at": act.at,
        "by": act.by,
        "duty": duty.id,
        "rule": duty.rule,
        "act": act.seq,
        "reason": act.reason,
    }
    return {**said, "before": duty.owner, "to": to, "notices": (told,)}


def successor(case: Casework[Any], duty: Duty) -> Assignment:
    """Who owes the duty instead of an owner who may not any more: whoever it would be if it were opened now."""
    rule = case.edition.rule(duty.rule)
    role = None if duty.role == rule.owner else duty.role or None
    return case.owner(rule, {"since": duty.since, "role": role, "department": duty.department})


def forget(case: Casework[Any], duty_id: str, people: tuple[str, ...]) -> None:
    """What these people heard of a breach, or answered to it, counts no more: it climbs past them."""
    duty = case.file.duties[duty_id]
    if any(step.to in people for step in duty.escalations):
        case.record(ClimbForgotten(at=case.now, duty=duty.id, rule=duty.rule, people=people))

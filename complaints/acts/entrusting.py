"""A duty that goes to somebody else by an act on the case as a whole; its clock goes on."""

from __future__ import annotations

from typing import Any

from complaints.case import duties
from complaints.case.file import Act, Duty, NoticeKind


def entrusted(duty: Duty, to: str, act: Act) -> dict[str, Any]:
    """The arguments of an event by which the person `to` owes the duty from now on, and is told."""
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

"""Reassigning a duty through an act on the case as a whole; the duty's clock goes on."""

from __future__ import annotations

from typing import Any

from complaints.case import duties
from complaints.case.file import Act, Duty, NoticeKind


def entrusted(duty: Duty, to: str, act: Act) -> dict[str, Any]:
    """Return the arguments of the event that makes the person `to` the duty's owner and notifies them."""
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

"""Applies a new calendar or directory to the open duties: new dates and owners, the old ones in the journal."""

from __future__ import annotations

from typing import Any

from complaints.case import duties, recalculation
from complaints.case.events.duties import DutyRecalculated
from complaints.case.file import Notice, NoticeKind
from complaints.case.recalculation import DutyChange, Recalculation
from workflows.duty_engine import DutyEngine


def recalculate(case: DutyEngine[Any], asked: Recalculation) -> tuple[DutyChange, ...]:
    """Give the open duties the dates and owners of the case's reference. A second call finds nothing to change."""
    found = recalculation.changes(case.file, case.edition, case.reference, case.now)
    for change in found:
        _apply(case, change, asked)
    return found


def _apply(case: DutyEngine[Any], change: DutyChange, asked: Recalculation) -> None:
    before, after = change.before, change.after
    now = case.now
    recalculated = DutyRecalculated(
        at=now,
        by=asked.by,
        duty=after.id,
        rule=after.rule,
        reason=asked.reason,
        reference=case.reference.version,
        old_due=before.deadline.due,
        new_due=after.deadline.due,
        old_owner=before.owner,
        new_owner=after.owner,
        becomes=after.but(reminded=after.deadline.passed(now)),  # reminders in the past are skipped
        notices=_told(case, change),
    )
    case.record(recalculated)


def _told(case: DutyEngine[Any], change: DutyChange) -> tuple[Notice, ...]:
    """The notices: TOLD to the present owner; if the duty was handed over, CLOSED to the former owner."""
    now, moment = case.now, f"recalculated-{case.file.journal_seq + 1}"
    told = duties.notice(change.after, NoticeKind.TOLD, moment, change.after.owner, now)
    if not change.handed_over:
        return (told,)
    return told, duties.notice(change.before, NoticeKind.CLOSED, moment, change.before.owner, now, by="recalculated")

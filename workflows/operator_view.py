"""The operators' view of a case without opening it: search attributes for lists, Markdown for the case's page.

Staff appear by their ids in the directory; customers do not appear at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate, TypedSearchAttributes

from complaints.base import size_limits
from complaints.case.file import CaseFile, Duty, File
from complaints.case.round import COMPANY, RoundFile
from complaints.clock import deadlines
from complaints.editions.model import Edition
from complaints.people.reference import Reference
from workflows import interface

_NUMBER = SearchAttributeKey.for_keyword(interface.NUMBER)
_LEVEL = SearchAttributeKey.for_int(interface.LEVEL)
_TRACK = SearchAttributeKey.for_keyword(interface.TRACK)
_PROJECT = SearchAttributeKey.for_keyword(interface.PROJECT)
_WAITING_ON = SearchAttributeKey.for_keyword_list(interface.WAITING_ON)
_OVERDUE = SearchAttributeKey.for_bool(interface.OVERDUE)
_NEXT_DUE = SearchAttributeKey.for_datetime(interface.NEXT_DUE)

ROUND = "round"
"""The search attribute `TRACK` of a round, which has no track of its own."""


def attributes(file: CaseFile) -> dict[SearchAttributeKey[Any], Any]:
    """The case's search attributes; None for those without a value at present."""
    return {
        _NUMBER: file.number,
        _LEVEL: file.level or file.proposal.level,
        _TRACK: file.track.value,
        _PROJECT: file.complaint.project,
        **_waiting(file),
    }


def of_round(file: RoundFile) -> dict[SearchAttributeKey[Any], Any]:
    """The round's search attributes; None for those without a value at present."""
    return {_TRACK: ROUND, _PROJECT: file.subject.project or COMPANY, **_waiting(file)}


def _waiting(file: File) -> dict[SearchAttributeKey[Any], Any]:
    """The attributes of the open duties: their owners, whether one is late, the next due time."""
    waiting = [duty for duty in file.open_duties if not file.closed]
    return {
        _WAITING_ON: sorted({duty.owner for duty in waiting}) or None,
        _OVERDUE: any(duty.late for duty in waiting),
        _NEXT_DUE: min((duty.deadline.due for duty in waiting if not duty.late), default=None),
    }


def changes(before: TypedSearchAttributes, now: Mapping[Any, Any]) -> list[SearchAttributeUpdate[Any]]:
    """The upserts that turn `before` into `now`."""
    return [
        key.value_unset() if value is None else key.value_set(value)
        for key, value in now.items()
        if before.get(key) != value
    ]


def round_markdown(file: RoundFile, edition: Edition, reference: Reference) -> str:
    """Details of a round: its open duties, late ones first, with owner, due time and escalations."""
    title = f"**{file.rule}** {edition.rule(file.rule).zh} · {file.period.name} · {file.subject.key}"
    if file.closed:
        return f"{title}\n\nclosed · {file.outcome or '—'}"
    return "\n".join([title, "", *_rows(file, edition, reference)])


def markdown(file: CaseFile, edition: Edition, reference: Reference) -> str:
    """Details of a case: its open duties, late ones first, with owner, due time, escalations and who acknowledged."""
    title = f"**{file.number or file.key}** · {file.track.value} · level {file.level or f'{file.proposal.level}?'}"
    if file.closed:
        return f"{title}\n\nclosed · {file.outcome or '—'}"
    return "\n".join([title, "", *_rows(file, edition, reference)])


def size(weighed: int | None) -> str:
    """A line for the page of a case that nears its size limit: `weighed` bytes. Empty if `weighed` is None."""
    if weighed is None:
        return ""
    return f"\n\n**LARGE 案卷过大** · {size_limits.kilobytes(weighed)} of {size_limits.kilobytes(size_limits.CASE)} KB"


def _rows(file: File, edition: Edition, reference: Reference) -> list[str]:
    waiting = sorted(file.open_duties, key=lambda duty: (not duty.late, duty.deadline.due))
    return [_row(duty, edition, reference) for duty in waiting]


def _row(duty: Duty, edition: Edition, reference: Reference) -> str:
    due = deadlines.local(duty.deadline.due, reference.zone)
    when = f"{due - timedelta(days=1):%m-%d} 24:00" if due.time() == time(0) else f"{due:%m-%d %H:%M}"
    row = f"- **{duty.id}** {edition.rule(duty.rule).zh} · waits for **{duty.owner}** · due {when}"
    if not duty.late:
        return row
    told = f" · told {', '.join(dict.fromkeys(step.to for step in duty.climb))}" if duty.climb else ""
    answered = next((step.acknowledged_by for step in duty.climb if step.acknowledged_by), None)
    waited = f" · waited for {duty.waited_for}" if duty.waited_for else ""
    return f"{row} · **LATE 逾期**{waited}{told}" + (f" · acknowledged by {answered}" if answered else "")

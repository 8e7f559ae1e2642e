"""Complaints out of what other systems and people send: JSON, JSON lines or CSV, checked field by field.

One bad line never stops the others. Everything refused says which line, which field, and what to do about it, in words
from the catalogue. Pure: the caller brings the bytes, the time (`now`) and the ids it knows (`known`).

    >>> from datetime import datetime
    >>> from complaints.intake import read
    >>> got = read(b"project,channel\\nhf01,phone\\n", now=datetime.fromisoformat("2026-11-22T09:00+08:00"))
    >>> [(one.line, one.field) for one in got.rejected][:2]
    [(2, 'source'), (2, 'received_by')]
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from complaints.base import Frozen
from complaints.errors import Refusal, Refused
from complaints.intake.again import taken_up
from complaints.intake.checking import Known, Named, Rejected, check, content_id, examine, problems_of, strangers
from complaints.intake.reading import LIMIT, rows
from complaints.model import Complaint

__all__ = [
    "LIMIT",
    "Accepted",
    "Intake",
    "Known",
    "Named",
    "Rejected",
    "check",
    "content_id",
    "problems_of",
    "read",
    "strangers",
    "take",
    "taken_up",
]


class Accepted(Frozen):
    """A complaint that may be opened, and the line of the file it began on."""

    line: int
    complaint: Complaint


class Intake(Frozen):
    """What a file held: the complaints in its order, and everything that was refused."""

    accepted: tuple[Accepted, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def read(
    data: bytes | str,
    *,
    now: datetime,
    known: Known | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Intake:
    """All complaints of a file: a JSON object, a list of them, JSON lines, or CSV with a header row.

    `now` is an aware datetime: nothing can have been received after it. With `known`, projects and people must be among
    the directory's ids. `defaults` fill fields that a line leaves out (`source`, `project` …). A line without
    `received_at` is received now: somebody is on the telephone. A line without an `external_id` gets one from its
    content (a time that it does not say is no part of that), so the same file sent twice opens nothing twice. Raises
    nothing for bad content: it is in `Intake.rejected`.
    """
    accepted: list[Accepted] = []
    rejected: list[Rejected] = []
    for row in rows(data):
        if row.rejected is not None:
            rejected.append(row.rejected)
            continue
        timeless = "received_at" not in row.fields
        fields = {"received_at": now, **(defaults or {}), **row.fields}
        complaint, problems = examine(fields, now=now, known=known, line=row.line, timeless=timeless)
        rejected += problems
        if complaint is not None:
            accepted.append(Accepted(line=row.line, complaint=complaint))
    return Intake(accepted=tuple(accepted), rejected=tuple(rejected))


def take(complaint: Complaint | Mapping[str, Any], *, now: datetime, known: Known | None = None) -> Complaint:
    """One complaint from a program, a model or its fields as a mapping, checked like a line of a file.

    Raises `Refusal(INVALID)` whose params hold `problems`: a list of `{"field", "key", "params"}` for the catalogue.
    """
    if isinstance(complaint, Complaint):
        taken, problems = complaint, check(complaint, now=now, known=known)
    else:
        taken, problems = examine(complaint, now=now, known=known)
    if taken is None or problems:
        said = [problem.model_dump(exclude={"line"}) for problem in problems]
        raise Refusal(Refused.INVALID, problems=said)
    return taken

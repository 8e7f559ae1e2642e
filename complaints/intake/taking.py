"""Reads complaints sent by other systems and people: JSON, JSON lines, CSV or XLSX, checked field by field.

A bad line never stops the others. Each rejection names the line, the field and what to do about it, in words from the
catalogue. Pure: the caller passes the bytes, the time (`now`) and the ids it knows (`known`).

    >>> from datetime import datetime
    >>> from complaints.intake.taking import read
    >>> got = read(b"project,channel\\nhf01,phone\\n", now=datetime.fromisoformat("2026-11-22T09:00+08:00"))
    >>> [(one.line, one.field) for one in got.rejected][:2]
    [(2, 'source'), (2, 'received_by')]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Complaint
from complaints.clock.local_time import CHINA, zone_of
from complaints.intake.checking import Known, Rejected, check, examine
from complaints.intake.reading import rows


class Accepted(Frozen):
    """A complaint that may be opened, and the line of the file on which it begins."""

    line: int
    complaint: Complaint


class Intake(Frozen):
    """The content of a file: its complaints in file order, and everything rejected."""

    accepted: tuple[Accepted, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def read(
    data: bytes | str,
    *,
    now: datetime,
    known: Known | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Intake:
    """Read all complaints of a file: a JSON object, a list of them, JSON lines, CSV or a workbook with a header row.

    `now` is an aware datetime: no complaint can have been received after it. With `known`, projects and people must be
    among the directory's ids. `defaults` fill fields that a line leaves out (`source`, `project` …). A line without
    `received_at` is received now: the customer is on the telephone. A line without an `external_id` gets one derived
    from its content (without a time that it does not state), so the same file sent twice opens nothing twice. Raises
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
        unread = list(row.faults)
        if row.table:
            fields |= _identified(fields, known or Known())
            unread += _located(fields, row.line, known or Known())
        complaint, problems = examine(fields, now=now, known=known, line=row.line, timeless=timeless)
        named = {one.field for one in unread}
        rejected += [*unread, *(one for one in problems if one.field not in named)]
        if complaint is not None and not unread:
            accepted.append(Accepted(line=row.line, complaint=complaint))
    return Intake(accepted=tuple(accepted), rejected=tuple(rejected))


def _identified(fields: Mapping[str, Any], known: Known) -> dict[str, str]:
    """Map the names that a table uses for project, person and department to ids."""
    named = {name: (fields.get(name), ids) for name, ids in known.named.items()}
    return {name: ids[said] for name, (said, ids) in named.items() if isinstance(said, str) and said in ids}


def _located(fields: dict[str, Any], line: int, known: Known) -> Iterator[Rejected]:
    """Set times of a table, which spreadsheets keep without a zone, to the project's time zone.

    A day alone means 23:59 for `promised`, and is reported and removed for `received_at`.
    """
    zone = zone_of(known.zones.get(str(fields.get("project")), CHINA))
    for name, otherwise in (("received_at", None), ("promised", time(23, 59))):
        said = fields.get(name)
        try:
            written = datetime.fromisoformat(said) if isinstance(said, str) else None
        except ValueError:
            continue  # `examine` refuses it
        if written is None or written.tzinfo is not None or "T" in str(said):
            continue
        if len(str(said)) == len("2026-01-05"):
            if otherwise is None:
                del fields[name]
                yield Rejected(line=line, field=name, key="importing.problem.no-time", params={"value": str(said)})
                continue
            written = datetime.combine(written.date(), otherwise)
        fields[name] = written.replace(tzinfo=zone)


def take(complaint: Complaint | Mapping[str, Any], *, now: datetime, known: Known | None = None) -> Complaint:
    """Check one complaint of a program, a model or a mapping of its fields, as a line of a file is checked.

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

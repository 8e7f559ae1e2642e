"""A date that somebody has agreed, ordered or approved becomes the deadline of an open duty."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.case import urgency
from complaints.case.events.dates import redated
from complaints.case.file import Duty
from complaints.case.port import AtWork
from complaints.clock import deadlines
from complaints.editions.model import LimitSource


def moved_to(
    case: AtWork, duty: Duty, date: datetime, anchor: str, since: datetime, source: LimitSource | None = None
) -> dict[str, Any]:
    """Return the arguments of an event that makes `date` the duty's deadline, as something promised at `since`.

    `anchor` is the key of the event that the explanation names; `source` is whose the limit is, by default the rule's.
    """
    rule = case.edition.rule(duty.rule)
    deadline = deadlines.deadline(
        deadlines.Promised(),
        anchor,
        since,
        calendar=case.reference.calendar,
        zone=case.reference.zone,
        reminders=rule.reminders,
        source=(source or rule.source).value,
        promised=date,
        office=urgency.office(case.file, case.edition),
    )
    return redated(duty, deadline, case.now)

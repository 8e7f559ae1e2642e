"""The feedback date that the customer was told (CH-7.1.1), and later dates agreed with them (CH-7.3.3).

Only this module decides which of these dates is in force: the latest one that was accepted. A refused change is
recorded as an act, and is no promise. The read model decides the same in its view `promises`, for lists over many
complaints; a test compares the two.
"""

from __future__ import annotations

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.case.complaint import TAKING_IN
from complaints.case.file import Act, ActKind, CaseFile


class Promise(Frozen):
    """One date that the customer was told."""

    told_at: AwareDatetime
    date: AwareDatetime
    before: AwareDatetime | None = None  # for a change: the date that it replaced

    @property
    def changed(self) -> bool:
        """Whether it was agreed in place of an earlier date (CH-7.3.3)."""
        return self.before is not None


def promises(file: CaseFile) -> tuple[Promise, ...]:
    """All dates that the customer was told, in the order of telling. The last one is in force."""
    said = file.complaint
    found = [Promise(told_at=said.received_at, date=said.promised)] if said.promised else []
    found += [
        Promise.model_validate({"told_at": act.at, "date": act.form["feedback_by"]})
        for act in file.acts
        if (act.rule, act.kind) == (TAKING_IN["promised"], ActKind.DISCHARGE)
    ]
    found += [
        Promise(told_at=change.at, date=change.new, before=change.old)
        for duty in file.duties.values()
        for change in duty.changes
    ]
    return tuple(sorted(found, key=lambda one: (one.told_at, one.changed, one.date)))


def in_force(file: CaseFile) -> Promise | None:
    """The date that the customer may rely on now; None if they were told none."""
    return next(reversed(promises(file)), None)


def refused(file: CaseFile, act: Act) -> bool:
    """Whether the act asked for another date and was refused (CH-7.3.3): it changes no promise."""
    if act.kind is not ActKind.RESCHEDULE:
        return False
    duty = file.duties.get(act.duty or "")
    accepted = sum((one.kind, one.duty) == (act.kind, act.duty) and one.seq <= act.seq for one in file.acts) <= len(
        duty.changes if duty else ()
    )
    return not accepted

"""Who may take up a closed case again when its customer is back (RV-4.2). The new case asks this before it begins."""

from __future__ import annotations

from datetime import datetime

from complaints.directory.resolution import DirectorySlice
from complaints.errors import Refusal, Refused
from complaints.model import Complaint

SUPERVISOR = "cs_supervisor"


def may_reopen(people: DirectorySlice, complaint: Complaint, receiver: str | None, at: datetime) -> None:
    """`complaint` takes up a closed case that `receiver` took in (None: nobody says who).

    Raises `Refusal` unless whoever takes it in now is that receiver, has a role of theirs, or is the supervisor; and
    for somebody unknown, or complained about.
    """
    by = complaint.received_by
    if people.person(by) is None:
        raise Refusal(Refused.UNKNOWN_PERSON, person=by)
    if by in complaint.about:
        raise Refusal(Refused.ABOUT_YOU, person=people.name(by))
    former = people.person(receiver) if receiver else None
    roles = {SUPERVISOR, *(former.roles if former else ())}
    if by != receiver and not any(people.holds(by, role, at) for role in roles):
        supervisor = people.who(SUPERVISOR, at, shut_out=frozenset(complaint.about)).person
        raise Refusal(Refused.NOT_YOURS, duty="RV-4.2", owner=people.name(receiver or supervisor))

"""Reopening a closed case as a new complaint (RV-4.2), and who may do so."""

from __future__ import annotations

from datetime import datetime

from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Complaint
from complaints.case.file import CaseFile
from complaints.people.resolution import DirectorySlice
from complaints.people.roles import SUPERVISOR


def taken_up(old: CaseFile, nth: int, *, by: str, at: datetime) -> Complaint:
    """Build the complaint that reopens the closed case `old` for the `nth` time, taken in by `by` at `at`.

    It carries what is known by now: corrected facts, all people complained about. The feedback date and the customer's
    confirmation are asked for anew. Its external id depends only on the old case and `nth`.
    """
    return old.complaint.but(
        external_id=f"reopens-{old.key}-{nth}",
        received_at=at,
        received_by=by,
        facts=old.known,
        about=(*old.complaint.about, *sorted(old.about - set(old.complaint.about))),
        confirmed=False,
        promised=None,
        reopens=old.key,
    )


def may_reopen(people: DirectorySlice, complaint: Complaint, receiver: str | None, at: datetime) -> None:
    """Check that `complaint` may reopen the closed case that `receiver` took in (None: the receiver is not known).

    Raises `Refusal` unless the person taking it in now is that receiver, has one of the receiver's roles, or is the
    supervisor; also for a person who is unknown or complained about.
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

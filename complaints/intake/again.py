"""A closed case that is taken up again: the same complaint, as a new one (RV-4.2), and who may do that."""

from __future__ import annotations

from datetime import datetime

from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Complaint
from complaints.case.file import CaseFile
from complaints.people.resolution import DirectorySlice
from complaints.people.roles import SUPERVISOR


def taken_up(old: CaseFile, nth: int, *, by: str, at: datetime) -> Complaint:
    """The complaint of the closed case `old`, as `by` takes it in at `at` for the `nth` time after that.

    It keeps what is known by now: corrected facts, everybody complained about. When the customer will hear of it, and
    whether they confirmed it, is asked anew. Its external id comes of the old case and `nth` alone.
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

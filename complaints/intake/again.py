"""A closed case that is taken up again: the same complaint, as a new one (RV-4.2)."""

from __future__ import annotations

from datetime import datetime

from complaints.model import CaseFile, Complaint


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

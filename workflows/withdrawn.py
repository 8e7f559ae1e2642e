"""撤诉 (the customer withdraws), and the end of a duplicate that another case has taken in. Handling stops in both."""

from __future__ import annotations

from complaints.case.complaint import Track
from complaints.case.forms import Archive
from complaints.people.roles import DEVELOPMENT
from workflows.duty_engine import DutyEngine
from workflows.revisits import REVISIT, asked, contented


async def withdrawn(case: DutyEngine) -> Track | None:
    """Decision 16, RV-4.1a: the withdrawal is confirmed; revisit the customer once, then archive.

    A customer who has not withdrawn, or is not satisfied, is handled on: it leads to INTAKE.
    """
    since = case.file.track_since
    assert since is not None
    role = DEVELOPMENT if case.file.major else None  # RV-4.1b
    revisit = asked(case, REVISIT, since=since, anchor="withdrawal_confirmed", role=role)
    if not await contented(case, revisit):
        return Track.INTAKE
    await case.owed("WITHDRAWN.archive", Archive, since=await case.settled(before="WITHDRAWN.archive"))
    case.comes_to("withdrawn")
    return None


async def merged(case: DutyEngine) -> Track | None:
    """Do nothing: the case that took this one in is handled, revisited and archived for both."""
    return None

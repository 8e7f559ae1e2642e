"""转为咨询: a mere enquiry is answered by whoever took it and revisited (RV-4.1a). 认定无效: the case has ended."""

from __future__ import annotations

from complaints.case.complaint import Track
from complaints.case.forms import Archive
from complaints.case.joined_forms import EnquiryAnswer
from workflows.duty_engine import DutyEngine
from workflows.revisits import REVISIT, asked, contented

ARCHIVE = "ENQUIRY.archive"


async def enquiry(case: DutyEngine) -> Track | None:
    """RV-4.1a: answer the customer, revisit them, archive.

    A customer who is not satisfied has a complaint after all: it leads to INTAKE.
    """
    since = case.file.track_since
    assert since is not None
    answered = await case.owed("ENQUIRY.answer", EnquiryAnswer, since=since)
    if not await contented(case, asked(case, REVISIT, since=answered.at, anchor="answer")):
        return Track.INTAKE
    await case.owed(ARCHIVE, Archive, since=await case.settled(before=ARCHIVE))
    case.comes_to("enquiry")
    return None


async def invalid(case: DutyEngine) -> Track | None:
    """Do nothing: nobody is owed anything, and the records keep why (`TrackRunner.invalid`)."""
    return None

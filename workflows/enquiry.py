"""转为咨询: a mere enquiry is answered by whoever took it and revisited (RV-4.1a). 认定无效: the case has ended."""

from __future__ import annotations

from typing import cast

from complaints.case.complaint import Track
from complaints.case.forms import Archive
from complaints.case.joined_forms import EnquiryAnswer
from workflows import linked_cases
from workflows.duty_engine import DutyEngine
from workflows.revisits import REVISIT, asked, contented

ARCHIVE = "ENQUIRY.archive"


async def enquiry(case: DutyEngine) -> Track | None:
    """RV-4.1a: answer the customer, revisit them, archive.

    A customer who is not satisfied has a complaint after all: it leads to INTAKE.
    """
    since = case.file.track_since
    assert since is not None
    answering = case.owe("ENQUIRY.answer", EnquiryAnswer, since=since)
    await case.until_closed(answering.duty)
    given_up = case.gave_up(answering.duty)
    at = given_up.at if given_up is not None else (await answering.answer()).at
    if not await contented(case, asked(case, REVISIT, since=at, anchor="no_reach" if given_up else "answer")):
        return Track.INTAKE
    await case.owed(ARCHIVE, Archive, since=await case.settled(before=ARCHIVE))
    case.comes_to("unreached" if given_up else "enquiry")
    return None


async def invalid(case: DutyEngine) -> Track | None:
    """Tell the later complaints that took it for an earlier one. The records keep why it is none."""
    await linked_cases.tell_later(cast("linked_cases.LinkedCase", case))
    return None

"""A malicious defamation goes to court (CR-5.2.2a); the case closes with the outcome."""

from __future__ import annotations

from complaints.case.complaint import Track
from complaints.case.forms import Archive
from complaints.legal.forms import CourtAcceptance, CourtFiling, CourtOutcome
from workflows.duty_engine import DutyEngine


async def legal(case: DutyEngine) -> Track | None:
    """Run the legal track: the filing, the court's number, the outcome, the archive."""
    since = case.file.track_since
    assert since is not None
    filed = await case.owed("CR-5.2.2a.filing", CourtFiling, since=since)
    taken = await case.owed("CR-5.2.2a.court", CourtAcceptance, since=filed.at)
    ended = await case.owed("CR-5.2.2a.outcome", CourtOutcome, since=taken.at)
    last = await case.settled(before="CR-5.4.5")
    anchor = "court_outcome" if last == ended.at else "handling_end"
    await case.owed("CR-5.4.5", Archive, since=last, anchor=anchor)
    case.comes_to("court")
    return None

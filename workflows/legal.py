"""A malicious defamation goes to court (CR-5.2.2a); the case closes with the outcome, unless it is found genuine."""

from __future__ import annotations

from complaints.case.complaint import Track
from complaints.case.forms import Archive
from complaints.legal.forms import CourtAcceptance, CourtFiling, CourtFinding
from workflows.duty_engine import DutyEngine


async def legal(case: DutyEngine) -> Track | None:
    """Run the legal track: the filing, the court's number, the outcome, the archive.

    A complaint that the court finds genuine goes back to the crisis track, at the naming of the departments.
    """
    since = case.file.track_since
    assert since is not None
    filed = await case.owed("CR-5.2.2a.filing", CourtFiling, since=since)
    taken = await case.owed("CR-5.2.2a.court", CourtAcceptance, since=filed.at)
    ended = await case.owed("CR-5.2.2a.outcome", CourtFinding, since=taken.at)
    if ended.form.genuine:
        case.leaves_the_track(ended.at)
        return Track.CRISIS
    last = await case.settled(before="CR-5.4.5")
    anchor = "court_outcome" if last == ended.at else "handling_end"
    await case.owed("CR-5.4.5", Archive, since=last, anchor=anchor)
    case.comes_to("court")
    return None

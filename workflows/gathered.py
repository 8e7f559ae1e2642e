"""集中处理: complaints about the same subject are handled together, in the case that leads them.

A gathered case waits for the leading case; then its own customer is answered and revisited like any other (house
rules; RV-4.1a).
"""

from __future__ import annotations

from complaints.case.complaint import Track
from complaints.case.file import CaseFile, Link, LinkKind
from complaints.case.forms import Archive
from complaints.case.joined_forms import GatheredReply
from workflows import anonymous
from workflows.duty_engine import DutyEngine
from workflows.revisits import revisited


async def gathered(case: DutyEngine) -> Track | None:
    """Wait for the leading case; reply, revisit, archive.

    Leads to INTAKE, to be handled on its own, if the leading case releases it or its customer is not satisfied.
    """
    await case.wait_until(lambda: _leader(case.file).over is not None)
    leader = _leader(case.file)
    assert leader.over is not None
    if leader.released:
        case.leaves_the_track(leader.over)
        return Track.INTAKE
    replied_at = leader.over
    if not anonymous.waived(case, "GATHERED.reply", since=leader.over):
        replied_at = (await case.owed("GATHERED.reply", GatheredReply, since=leader.over)).at
    case.handled(replied_at)
    if not await revisited(case, since=replied_at):
        return Track.INTAKE
    await case.owed("GATHERED.archive", Archive, since=await case.settled(before="GATHERED.archive"))
    case.comes_to("gathered")
    return None


def _leader(file: CaseFile) -> Link:
    """The newest link to a case that leads this one."""
    return next(link for link in reversed(file.links) if link.kind is LinkKind.GATHERED_INTO)

"""客户投诉处理程序 7.4 to 7.6: the month's complaint report and what its readers make of it, the meeting, the year."""

from __future__ import annotations

from activities.rounds import IssuedRevision
from complaints.case.file import ActKind
from complaints.corrective.forms import CorrectiveAction, CorrectivePlan, EffectCheck
from complaints.meetings.forms import MeetingMinutes, ResolutionDone
from complaints.rounds.forms import IssuedReport
from complaints.rounds.sales_forms import FoundCause, MonthAnalysis
from workflows.duty_terms import DutyAnswer
from workflows.rounds import automatic
from workflows.rounds.runner import ISSUE, RoundRunner, copied_when_late, gathered

ANALYSIS = "CH-7.6.analysis"
NAMED = 40
"""Maximum records that a notice names; the report has all of them."""


async def complaint_report(work: RoundRunner) -> str:
    """CH-7.4.2: the month's report; CH-7.6: its analysis by the chief engineer's office, and what follows from it.

    Under an edition without the analysis, the report reaches its readers and nothing follows.
    """
    await work.drafted()
    issued = await work.first(IssuedReport).answer()
    if ANALYSIS not in work.edition.rules:
        await work.issued(issued)
        for reader in ("CH-7.4.2.manager", "CH-7.4.2.deputy", "CH-7.4.2.office"):
            work.tell(issued.duty, reader, **work.knows)
        return "done"
    sending = work.in_background(_issued_with_records(work, issued))
    analysed = await work.owed(ANALYSIS, MonthAnalysis, since=issued.at, knows=work.knows)
    causes = analysed.form.found_causes
    await work.together(*(_acted_against(work, nth, one, analysed) for nth, one in enumerate(causes, 1)))
    await sending
    return "acted" if causes else "analysed"


async def _issued_with_records(work: RoundRunner, issued: DutyAnswer[IssuedReport]) -> None:
    """CH-7.4.2: the chief engineer's office gets the report with the month's F1 records, each named by its number."""
    await work.issued(issued)
    report, about = work.file.report, work.knows
    if report is not None:
        asked = IssuedRevision(id=report.id, revision=report.revision)
        numbers = await work.automatic(automatic.REPORT_RECORDS, asked, f"records of {report.id}", insist=True) or ()
        named = " ".join(numbers[:NAMED]) + (" …" if len(numbers) > NAMED else "")
        about |= {"records": named or "—", "count": str(len(numbers))}
    work.tell(issued.duty, "CH-7.4.2.office", **about)


async def _acted_against(work: RoundRunner, nth: int, cause: FoundCause, analysed: DutyAnswer[MonthAnalysis]) -> None:
    """CH-7.6: the action against one cause, then the check of its effect by another person; not effective: again."""
    since, owner, due, measures = analysed.at, cause.owner, cause.complete_by, cause.measures
    which = str(nth)
    while True:
        done = await work.owed(
            "CH-7.6.action",
            CorrectiveAction,
            since=since,
            person=owner,
            promised=due,
            each=which,
            revision=nth,
            knows={"item": measures},
        )
        checked = await work.owed("CH-7.6.effect", EffectCheck, since=done.at, each=which, revision=nth)
        if checked.form.effective:
            return
        again = await work.owed("CH-7.6", CorrectivePlan, since=checked.at, anchor="not_effective", each=which)
        since, owner, due, measures = again.at, again.form.owner, again.form.complete_by, again.form.measures


async def sales_meeting(work: RoundRunner) -> str:
    """CH-7.4.3: the monthly meeting; each of its resolutions is a duty with an owner and a date."""
    held = await work.first(work.form(work.rule_id, MeetingMinutes)).answer()
    resolved = [
        work.owe(
            "CH-7.4.3.resolution",
            ResolutionDone,
            since=held.at,
            person=resolution.owner,
            promised=resolution.due,
            knows={"item": resolution.what},
        )
        for resolution in held.form.resolutions
    ]
    copied_when_late(work, "CH-7.4.3.late", resolved)
    await gathered(work, resolved)
    return "done"


async def annual_summary(work: RoundRunner) -> str:
    """CH-7.4.4, CH-7.4.5: the year's summary, approved, then put before the management review meeting."""
    await work.drafted()
    submitted = await work.first(IssuedReport).answer()
    while True:
        issuing = work.in_background(work.issued(submitted, insist=False))  # so that no clock waits for it
        decided = await work.owed("CH-7.4.5", since=submitted.at, returns_to=("CH-7.4.4",))
        if decided.act.kind is ActKind.APPROVE:
            break
        await issuing
        await work.corrected(decided.act)
        submitted = await work.owed("CH-7.4.4.corrected", IssuedReport, since=decided.at)
    await work.owed("CH-7.4.5.review", work.form("CH-7.4.5.review"), since=decided.at)
    await issuing
    if work.file.report is not None and work.is_refused(ISSUE, work.file.report.id):
        await work.issued(submitted)
    return "approved"

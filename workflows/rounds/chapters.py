"""The chapters of the rounds, in the order of the procedures. A rule without a chapter here asks for its one duty.

A chapter returns the outcome of the round, as its file keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from complaints.case.file import ActKind
from complaints.forms import FORMS
from complaints.meetings.forms import MeetingMinutes, ResolutionDone
from complaints.rounds.forms import IssuedReport, PeriodicCheck
from complaints.rounds.plan import DOCUMENT_RULES
from workflows.duty_engine import NoForm
from workflows.rounds import destroying, documents, revisiting
from workflows.rounds.runner import ISSUE, RoundRunner, gathered

DONE = "done"
Chapter = Callable[[RoundRunner], Coroutine[Any, Any, str]]


async def one_duty(work: RoundRunner) -> str:
    """The chapter of most rounds: one duty, with the report of the period if the rule has one, and nothing after it."""
    await work.drafted()
    form = FORMS[work.rule.form] if work.rule.form else NoForm
    await work.issued(await work.first(form).answer())
    return DONE


async def complaint_report(work: RoundRunner) -> str:
    """CH-7.4.2: the month's report, for the department manager, the deputy and the chief engineer's office."""
    await work.drafted()
    issued = await work.first(IssuedReport).answer()
    await work.issued(issued)
    for reader in ("CH-7.4.2.manager", "CH-7.4.2.deputy", "CH-7.4.2.office"):
        work.tell(issued.duty, reader, **_report(work))
    return DONE


async def quarterly_report(work: RoundRunner) -> str:
    """CS-4.1.4: the quarter's report, for the general manager's office."""
    await work.drafted()
    issued = await work.first(IssuedReport).answer()
    await work.issued(issued)
    work.tell(issued.duty, "CS-4.1.4.office", **_report(work))
    return DONE


async def sales_meeting(work: RoundRunner) -> str:
    """CH-7.4.3: the monthly meeting; each of its resolutions is a duty with an owner and a date."""
    held = await work.first(MeetingMinutes).answer()
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
    await gathered(work, resolved)
    return DONE


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
    await work.owed("CH-7.4.5.review", PeriodicCheck, since=decided.at)
    await issuing
    if work.file.report is not None and work.is_refused(ISSUE, work.file.report.id):
        await work.issued(submitted)
    return "approved"


def _report(work: RoundRunner) -> dict[str, str]:
    return {"report": work.file.report.id} if work.file.report else {}


CHAPTERS: dict[str, Chapter] = {
    **dict.fromkeys(DOCUMENT_RULES, documents.reviewed),
    "CH-7.4.1": one_duty,
    "CH-7.4.2": complaint_report,
    "CH-7.4.3": sales_meeting,
    "CH-7.4.3b": one_duty,
    "CH-7.4.4": annual_summary,
    "CH-7.5.2": one_duty,
    "CH-7.5.3": one_duty,
    "CH-7.5.4.register": one_duty,
    "CH-8.1.list": destroying.destruction,
    "CS-4.1.1": one_duty,
    "CS-4.1.2": one_duty,
    "CS-4.1.3": one_duty,
    "CS-4.1.4": quarterly_report,
    "CS-4.3.7": one_duty,
    "CS-4.4": one_duty,
    "MC-5.1.1": one_duty,
    "MC-5.1.2": one_duty,
    "MC-5.1.3": one_duty,
    "RV-5.1": revisiting.survey,
    "RV-5.2": revisiting.revisits,
    "RV-5.3a": revisiting.revisits,
    "RV-5.3b": revisiting.revisits,
    "RV-5.3c": revisiting.revisits,
    "RV-6.1": one_duty,
    "RV-6.2": one_duty,
    "RV-6.3": one_duty,
}


def chapter_of(rule: str) -> Chapter:
    return CHAPTERS.get(rule, one_duty)

"""Checks of the rounds' forms against their context: which report, draw or list it is, and which people exist."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, in_the_future, incomplete, known_departments, known_people
from complaints.case.file import Duty
from complaints.case.round import RoundFile
from complaints.editions.model import RoundReport
from complaints.meetings.forms import MeetingMinutes, ReportMinutes
from complaints.rounds import property_checks, revisit_checks, sales_checks, service_checks
from complaints.rounds.forms import Destruction, DocumentVersion, DrawResults, Inquiry, IssuedReport
from complaints.rounds.service_forms import RevisitPlan, RevisitReport, ServiceAssessed

Round = ActContext[RoundFile]


def issued_report(context: Round, form: IssuedReport, duty: Duty, at: datetime) -> None:
    """The report must be issued in its current revision, naming each case study that it lacks (CR-5.4.3)."""
    report = context.file.report
    if report is None:
        if "report" not in context.file.data and context.edition.rule(duty.rule).report:  # its draft is being made
            raise Refusal(Refused.NOT_READY, duty=duty.id, awaited="report")
        return
    if form.report != report.id:
        raise incomplete("issued_report", f"report: {report.id}")
    if form.revision != report.revision:
        raise Refusal(Refused.STALE_REVISION, given=str(form.revision), current=str(report.revision))
    if unnamed := [number for number in report.missing if number not in form.named_missing]:
        raise incomplete("issued_report", f"named_missing: {', '.join(unnamed)}")


def draw_results(context: Round, form: DrawResults, duty: Duty, at: datetime) -> None:
    draw = context.file.draw
    if draw is None:
        return
    if form.draw != draw.id:
        raise incomplete("draw_results", f"draw: {draw.id}")


def destruction(context: Round, form: Destruction, duty: Duty, at: datetime) -> None:
    """The form must name the destruction list that was made, by its id and digest."""
    said, made = {"proposal": form.proposal, "digest": form.digest}, context.file.data
    if "digest" in made:
        for name, value in said.items():
            if value != made[name]:
                raise incomplete("destruction", f"{name}: {made[name]}")


def document_version(context: Round, form: DocumentVersion, duty: Duty, at: datetime) -> None:
    """After a version was returned, the next one must be a higher version of the same document."""
    earlier = [act.form for act in context.file.acts if act.form.get("document") and act.form.get("version")]
    if earlier and form.document != earlier[-1]["document"]:
        raise incomplete("document_version", f"document: {earlier[-1]['document']}")
    if earlier and form.version <= earlier[-1]["version"]:
        raise incomplete("document_version", f"version: after {earlier[-1]['version']}")


def meeting_minutes(context: Round, form: MeetingMinutes, duty: Duty, at: datetime) -> None:
    """All people named must exist, and each resolution needs a date in the future (CH-7.4.3)."""
    named = (form.chair, *form.attended, *(resolution.owner for resolution in form.resolutions))
    known_people(context, dict.fromkeys(named))
    if form.held_at > at:
        raise incomplete("meeting_minutes", "held_at: in the future")
    in_the_future("meeting_minutes", "resolutions", "due", (one.due for one in form.resolutions), at)


def inquiry(context: Round, form: Inquiry, duty: Duty, at: datetime) -> None:
    known_departments(context, "inquiry", form.departments)


def report_minutes(context: Round, form: ReportMinutes, duty: Duty, at: datetime) -> None:
    """The meeting analyses the complaint report of the round's own month and project (CH-7.4.3)."""
    meeting_minutes(context, form, duty, at)
    file = context.file
    meant = f"{RoundReport.COMPLAINT_REPORT.value}-{file.period.name}-{file.subject.key}"
    if form.report != meant:
        raise incomplete("report_minutes", f"report: {meant}")


def revisit_plan(context: Round, form: RevisitPlan, duty: Duty, at: datetime) -> None:
    document_version(context, form, duty, at)
    service_checks.revisit_plan(context, form, duty, at)


def service_assessed(context: Round, form: ServiceAssessed, duty: Duty, at: datetime) -> None:
    """Each improvement that is urged has a known department and a date in the future (CS-4.1.3)."""
    issued_report(context, form, duty, at)
    unknown = [one.department for one in form.improvements if context.people.department(one.department) is None]
    if unknown:
        raise incomplete("service_assessed", f"improvements: {', '.join(unknown)}")
    in_the_future("service_assessed", "improvements", "due", (one.due for one in form.improvements), at)


CHECKS_OF_ROUNDS: dict[type[Any], Any] = {
    IssuedReport: issued_report,
    RevisitReport: issued_report,
    ServiceAssessed: service_assessed,
    RevisitPlan: revisit_plan,
    ReportMinutes: report_minutes,
    DrawResults: draw_results,
    Destruction: destruction,
    DocumentVersion: document_version,
    MeetingMinutes: meeting_minutes,
    Inquiry: inquiry,
    **sales_checks.CHECKS,
    **service_checks.CHECKS,
    **property_checks.CHECKS,
    **revisit_checks.CHECKS,
}

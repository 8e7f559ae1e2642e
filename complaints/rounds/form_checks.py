"""What the forms of rounds cannot know by themselves: which report, which draw, which list it is, and who exists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, incomplete
from complaints.case.file import Duty
from complaints.case.round import RoundFile
from complaints.meetings.forms import MeetingMinutes
from complaints.rounds.forms import Destruction, DocumentVersion, DrawResults, Inquiry, IssuedReport

Round = ActContext[RoundFile]


def issued_report(context: Round, form: IssuedReport, duty: Duty, at: datetime) -> None:
    """The report as it stands now is issued, and each case study that it lacks is named (CR-5.4.3)."""
    report = context.file.report
    if report is None:
        if "report" not in context.file.data and context.edition.rule(duty.rule).report:  # its draft is on the way
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
    """Whoever checks a list names the one that was made, by its digest."""
    said, made = {"proposal": form.proposal, "digest": form.digest}, context.file.data
    if "digest" in made:
        for name, value in said.items():
            if value != made[name]:
                raise incomplete("destruction", f"{name}: {made[name]}")


def document_version(context: Round, form: DocumentVersion, duty: Duty, at: datetime) -> None:
    """A version that was returned is followed by another one."""
    earlier = [act.form for act in context.file.acts if act.form.get("document") and act.form.get("version")]
    if earlier and form.document != earlier[-1]["document"]:
        raise incomplete("document_version", f"document: {earlier[-1]['document']}")
    if earlier and form.version <= earlier[-1]["version"]:
        raise incomplete("document_version", f"version: after {earlier[-1]['version']}")


def meeting_minutes(context: Round, form: MeetingMinutes, duty: Duty, at: datetime) -> None:
    """Everybody named exists, and each resolution has a date to come (CH-7.4.3)."""
    named = (form.chair, *form.attended, *(resolution.owner for resolution in form.resolutions))
    if unknown := [id for id in dict.fromkeys(named) if context.people.person(id) is None]:
        raise Refusal(Refused.UNKNOWN_PERSON, person=", ".join(unknown))
    if form.held_at > at:
        raise incomplete("meeting_minutes", "held_at: in the future")
    if past := [str(n) for n, resolution in enumerate(form.resolutions, 1) if resolution.due <= at]:
        raise incomplete("meeting_minutes", f"resolutions {', '.join(past)}: due not in the future")


def inquiry(context: Round, form: Inquiry, duty: Duty, at: datetime) -> None:
    unknown = [key for key in form.departments if context.people.department(key) is None]
    if unknown or len(set(form.departments)) < len(form.departments):
        raise incomplete("inquiry", f"departments: {', '.join(unknown) or 'twice'}")


CHECKS_OF_ROUNDS: dict[type[Any], Any] = {
    IssuedReport: issued_report,
    DrawResults: draw_results,
    Destruction: destruction,
    DocumentVersion: document_version,
    MeetingMinutes: meeting_minutes,
    Inquiry: inquiry,
}

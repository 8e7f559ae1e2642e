"""Fills in the forms of a drill: values of the scenario, and sensible defaults for the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from complaints.case.file import CaseFile, File
from complaints.major import emergency
from complaints.people.model import Directory
from complaints.people.roles import DEVELOPMENT, SUPERVISOR
from complaints.texts import known, raw, say
from starters.drill import spans

FIXED: dict[str, dict[str, Any]] = {
    "grading": {"level": 1},
    "watch_decision": {"decision": "dismiss"},
    "judgement": {"nature": "genuine"},
    "contact": {"agreed": True},
    "progress": {"satisfied": True},
    "adjustment": {"adjustable": True},
    "adjusted_plan": {"adjustable": True},
    "refusal_decision": {"follows": "plan_stands"},
    "explanation": {"understood": True},
    "feedback_date": {"feedback_by": "in 3 days at 18:00"},
    "confirmation": {"confirmed": True},
    "revisit": {"way": "telephone", "satisfaction": "satisfied"},
    "effect_revisit": {"way": "telephone", "satisfaction": "satisfied"},
    "case_revisit": {"way": "telephone", "satisfaction": "satisfied"},
    "case_effect_revisit": {"way": "telephone", "satisfaction": "satisfied"},
    "acceptance": {"accepted": True},
    "library_decision": {"accepted": True},
    "court_finding": {"genuine": False},
    "plan_part": {"cost": "60000.00", "complete_by": "in 5 days at 18:00"},
    "costed_plan": {"cost": "320000.00", "complete_by": "in 5 days at 18:00"},
    "plan": {"complete_by": "in 5 days at 18:00"},
    "answer": {"manner": "oral", "face_to_face": False},
    "customer_answer": {"manner": "oral", "face_to_face": False},
    "assessment": {"responsible": "own"},
    "work_order_opinion": {"ours": "ours_fully"},
    "technical_advice": {"our_responsibility": False},
    "reception": {"apologised": True},
    "command": {"plan_fits": True},
    "emergency_command": {"plan_fits": True, "emergency": False},
    "emergency_situation": {"over": True},
    "forwarding": {"to": "general_manager"},
    "clear_answer": {"manner": "oral"},
    "resident_answer": {"manner": "oral"},
    "revisit_arranged": {"when": "in 20 h", "way": "visit"},
    "revisit_planned": {"when": "in 5 h", "way": "visit"},
    "plan_review": {"revised": True},
    "repair_start": {"begun": True},
    "repair_finish": {"finished": True},
    "repair_finish_notice": {"signed": False},
    "repair_order": {"done_by": "contractor", "paid_by": "contractor", "promised": "in 12 days at 18:00"},
    "cost_audit": {"audited": "8600.00"},
    "retention_deduction": {"amount": "8600.00"},
    "repair_revisit": {"effective": True},
    "repair_decision": {"decision": "none"},
    "repair_assignment": {
        "done_by": "team",
        "paid_by": "contractor",
        "because": "delegated",
        "promised": "in 12 days at 18:00",
    },
    "repair_bill": {"amount": "8600.00", "vouchers": ["M-2026-118", "L-2026-044"]},
    "bill_audit": {"result": "audited", "audited": "8600.00"},
    "advance_paid": {"amount": "8600.00"},
    "vouched_deduction": {"amount": "8600.00", "supporting": ["M-2026-118", "L-2026-044"]},
    "deduction_told": {"told_how": "written", "objection_until": "in 10 days at 18:00"},
    "claim_pursued": {"result": "waive"},
    "contractor_told": {"told_how": "telephone"},
    "corrective_plan": {"complete_by": "in 20 days at 18:00"},
    "effect_check": {"effective": True},
    "gathered_reply": {"manner": "oral"},
    "customer_withdrawal": {"how": "oral"},
    "withdrawal_confirmed": {"confirmed": True, "how": "oral"},
    "inquiry": {"received": 3, "still_open": 1},
    "customer_views": {"asked": 3},
    "register_kept": {"entries": 12},
    "issued_report": {"report": "report", "revision": 1},
    "visits": {"visited": 6},
    "training_held": {"participants": 20},
    "figures_sent": {"revisits": 10, "reached_count": 9, "satisfied_count": 8},
    "draw_results": {"draw": "draw", "done": 0},
    "document_version": {"document": "document", "version": 1},
    "destruction": {"proposal": "proposal", "digest": "00000000"},
    "report_minutes": {"report": "report"},
    "report_checked": {"checked_reports": ["report"]},
    "service_assessed": {"report": "report", "revision": 1},
    "revisit_plan": {
        "document": "document",
        "version": 1,
        "information_by": "in 60 days at 18:00",
        "analysis_by": "in 75 days at 18:00",
        "report_by": "in 90 days at 18:00",
    },
    "revisit_information": {"revisits": 10},
    "revisits_gathered": {"planned": 12, "revisits": 10, "reached_count": 9, "satisfied_count": 8},
    "revisit_report": {"report": "report", "revision": 1},
    "training_organised": {"document": "document", "train_by": "in 30 days at 18:00"},
    "plan_training": {"participants": 20},
    "survey_counted": {"survey": "survey", "sent": 0, "answered": 0},
    "head_revisits": {"draw": "draw", "in_person": 0},
}
"""Defaults by form, for values that are no texts. Default texts are in the catalogue, `drill.form`."""

_NOW = {
    "daily_check": "read_until",
    "records_read": "read_until",
    "meeting_minutes": "held_at",
    "report_minutes": "held_at",
    "management_review": "held_at",
    "plan_training": "held_at",
    "customer_withdrawal": "said_at",
    "enquiry_answer": "answered_at",
}
"""Form → field that defaults to now: until when a person has read, when a meeting was held or a word was given."""

_ONLY_WITH = {"repair_decision": ("reason", "decision", "none"), "bill_audit": ("audited", "result", "audited")}
"""Form → a default that fits only one value of another field: the default, that field, its value."""


def filled(
    form: str | None, said: dict[str, Any], file: File, people: Directory, now: datetime, zone: str, lang: str
) -> dict[str, Any]:
    """Return the fields of a form; values of the scenario override defaults. `now` is the case's own (virtual) time."""
    if form is None:
        return {}
    of_now = {_NOW[form]: now.isoformat()} if form in _NOW else {}
    fields = {**_texts(form, lang), **FIXED.get(form, {}), **of_now, **_chosen(form, file, people), **said}
    if form in _ONLY_WITH:
        field, choice, value = _ONLY_WITH[form]
        if fields[choice] != value and field not in said:
            del fields[field]
    fields = worked_out(fields, now, zone, lang)
    if form == "grading" and "level" not in said and isinstance(file, CaseFile):
        fields["level"] = file.proposal.level
    return fields


def _texts(form: str, lang: str) -> dict[str, str]:
    from complaints.forms import FORMS

    keys = {name: f"drill.form.{form}.{name}" for name in FORMS[form].model_fields}
    return {name: say(key, lang) for name, key in keys.items() if known(key)}


def _chosen(form: str, file: File, people: Directory) -> dict[str, Any]:
    """Choose departments and people of this directory, without the people complained about."""
    if form in ("meeting_minutes", "report_minutes"):
        chair = people.people[0].id
        resolved = {"what": raw("drill.form.analysis.measures"), "owner": chair, "due": "in 5 days at 18:00"}
        return {"chair": chair, "resolutions": [resolved]}
    if form in ("responsibility", "responsible_departments", "work_order", "coordination", "inquiry"):
        works = [one.key for one in people.departments if one.kind in ("engineering", "property")]
        return {"departments": (works or [one.key for one in people.departments])[:1]}
    if form == "training_organised":
        trained = [one.key for one in people.departments if one.kind in ("engineering", "property")]
        return {"training_departments": trained or [one.key for one in people.departments][:1]}
    if form == "revisit_report":
        return {"chances": [raw("drill.form.revisit_report.chances")]}
    if form == "inquiries":
        asked = [one.key for one in people.departments if one.kind in ("engineering", "property")]
        found = raw("drill.form.inquiry.f2_findings")
        units = [{"department": key, "received": 3, "still_open": 1, "f2_findings": found} for key in asked]
        return {"asked_units": units}
    return _chosen_for_a_case(form, file, people) if isinstance(file, CaseFile) else {}


def _chosen_for_a_case(form: str, file: CaseFile, people: Directory) -> dict[str, Any]:
    if form in ("sheet", "slip"):
        first = next((d.key for d in people.departments if d.kind == "property"), "")
        chosen = file.complaint.departments or (first,)
        return {"department": chosen[0]} if form == "sheet" else {"departments": [*chosen]}
    if form == "emergency_team":
        return {"people": _holding(people, *emergency.TEAM)}
    if form == "explained_on_the_spot":
        return {"came": _holding(people, SUPERVISOR)}
    if form == "revisit_planned":
        return {"by_whom": next(iter(_holding(people, DEVELOPMENT)), "")}
    if form == "reception":
        return {"happened_at": file.complaint.received_at.isoformat()}
    free = [one.id for one in people.people if one.id not in file.complaint.about]
    if form == "customer_withdrawal":
        return {"said_to": next(one for one in (file.complaint.received_by, *free) if one not in file.complaint.about)}
    if form == "liaison_named":
        receiver = people.person(file.complaint.received_by)
        theirs = [one.id for one in people.people if receiver and one.department == receiver.department]
        return {"person": next((id for id in theirs if id in free), free[0])}
    if form in ("liaison", "minutes"):
        item = {"owner": free[0], "text": raw("drill.form.coordination.work"), "date": "in 5 days at 18:00"}
        return {"person": free[0]} if form == "liaison" else {"items": [item]}
    if form == "departments_order":
        asked = [
            duty.department for duty in file.duties.values() if duty.department and duty.rule.startswith("CH-7.2.3")
        ]
        works = [one.key for one in people.departments if one.kind in ("engineering", "property")]
        return {"departments": list(dict.fromkeys(asked or works[:1]))}
    if form == "advice_asked":
        design = [one.key for one in people.departments if one.kind in ("design", "engineering")]
        return {"department": (design or [one.key for one in people.departments])[0]}
    if form == "order":
        return {"department": next((duty.department for duty in file.duties.values() if duty.department), None)}
    if form in ("repair_order", "repair_assignment"):
        theirs = [one.key for one in people.contractors if not one.projects or file.complaint.project in one.projects]
        return {"contractor": theirs[0] if theirs else None}
    if form in ("advance_paid", "vouched_deduction"):
        return _as_audited(form, file)
    if form == "corrective_plan":
        return {"owner": next(one.id for one in people.people if one.id not in file.complaint.about)}
    if form in ("assignment", "lead"):
        theirs = {duty.department for duty in file.duties.values() if duty.department}
        chosen = [one.id for one in people.people if one.id in free and one.department in theirs] or free
        return {"people": chosen[:2]}
    return {}


def _as_audited(form: str, file: CaseFile) -> dict[str, Any]:
    """Return the audited sum of the newest bill, and what supports it."""
    audited = [act.form["audited"] for act in file.acts if act.form.get("audited")]
    vouchers = [act.form["vouchers"] for act in file.acts if act.form.get("vouchers")]
    sums: dict[str, Any] = {"amount": audited[-1]} if audited else {}
    return {**sums, "supporting": vouchers[-1]} if vouchers and form == "vouched_deduction" else sums


def _holding(people: Directory, *roles: str) -> list[str]:
    """Return the first holder of each role, each once."""
    holders = [next((one.id for one in people.people if role in one.roles), None) for role in roles]
    return [holder for holder in dict.fromkeys(holders) if holder is not None]


def in_language(value: Any, lang: str) -> Any:
    """Return the text in `lang` if a scenario gives both languages, else the value unchanged."""
    both = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    return both[lang] if set(both) == {"zh", "en"} else cast(Any, value)


def worked_out(fields: dict[str, Any], now: datetime, zone: str, lang: str) -> dict[str, Any]:
    """Return the scenario's values in one language, with relative times as ISO 8601 moments."""
    return {name: _worked_out(value, now, zone, lang) for name, value in fields.items()}


def _worked_out(value: Any, now: datetime, zone: str, lang: str) -> Any:
    said = in_language(value, lang)
    if isinstance(said, list):
        return [_worked_out(one, now, zone, lang) for one in cast("list[Any]", said)]
    if isinstance(said, dict):
        return worked_out(cast("dict[str, Any]", said), now, zone, lang)
    return spans.later(said, now, zone).isoformat() if isinstance(said, str) and spans.is_later(said) else said

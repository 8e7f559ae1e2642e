"""How the handling went, on any track: promised date, measures, execution, the customer's view.

A form of one procedure is also printed for cases that another procedure governs (a customer information form for a
crisis, a record for a complaint that became major). So each function looks for answers among the forms of all tracks.
"""

from __future__ import annotations

from datetime import datetime

from complaints.case.complaint import Complaint
from complaints.case.file import Act, ActKind
from complaints.intake import promises
from complaints.printing.layout import Paragraph
from complaints.printing.sheets.material import Material

MEASURES = {
    "settlement": "measures",
    "managers_step": "measures",
    "handling": "measures",
    "work_order_opinion": "measures",
    "plan": "measures",
    "costed_plan": "measures",
    "adjustment": "change",
    "adjusted_plan": "change",
    "coordination": "plan",
    "legal_filing": "claim",
}
EXECUTION = {
    "settlement": "outcome",
    "managers_step": "outcome",
    "handling": "outcome",
    "implementation": "done",
    "carried_out": "done",
    "item_done": "done",
    "repair_finish": "done",
    "court_outcome": "outcome",
    "court_finding": "outcome",
    "enquiry_answer": "answer",
}
INVESTIGATION = {
    "assessment": "reason",
    "judgement": "reason",
    "handling_sheet": "investigation",
    "advice": "advice",
    "technical_advice": "advice",
}
TRACKING = {
    "tracked_progress": "found",
    "progress": "told",
    "explanation": "outcome",
    "handling_sheet": "process",
    "repair_notice": "told",
    "repair_progress": "told",
    "repair_report": "told",
    "repair_finish_notice": "told",
    "completion_notice": "text",
    "effect_check": "found",
    "referral": "summary",
    "answer": "opinion",
    "customer_answer": "opinion",
    "result_told": "told",
    "court": "number",
}
VIEW = {
    "contact": "outcome",
    "answer": "customers_view",
    "customer_answer": "customers_view",
    "clear_answer": "customers_view",
    "resident_answer": "customers_view",
    "carried_out": "customers_view",
    "revisit": "suggestions",
    "effect_revisit": "effect",
    "case_revisit": "suggestions",
    "case_effect_revisit": "effect",
    "repair_revisit": "found",
}
"""For each of the five: form (key of FORMS) → the field that holds it."""
ANSWER = {
    "answer": "opinion",
    "customer_answer": "opinion",
    "clear_answer": "answer",
    "resident_answer": "answer",
}
ADJUSTMENTS = ("adjustment", "adjusted_plan")
OF_EACH_DEPARTMENT = ("work_order_opinion", "handling")
"""Forms that each of several departments fills in for its own part."""

STATED_TOGETHER = (
    *((form,) for form in OF_EACH_DEPARTMENT),
    ("plan", "costed_plan", "plan_part", "adjustment", "adjusted_plan"),
)
"""Forms in which several departments state the measures, each its own part; the lead puts a plan together."""
CARRIED_OUT_BY_EACH = ("implementation", "carried_out", "handling")
"""Forms by which each of several departments says what it has carried out."""


def newest(m: Material, fields: dict[str, str]) -> tuple[str, Act | None]:
    """Return the text of the newest of these answers, and its act."""
    found = [act for act in m.filled(*fields) if not _ordered_others(act) and _said(m, act, fields)]
    act = found[-1] if found else None
    return (_said(m, act, fields), act)


def every(m: Material, fields: dict[str, str]) -> tuple[Paragraph, ...]:
    """Return all of these answers, each labelled with its date and author; one that changed another says so."""
    return tuple(_paragraph(m, act, said) for act in m.filled(*fields) if (said := _said(m, act, fields)))


def _paragraph(m: Material, act: Act, text: str) -> Paragraph:
    changes = m.say("changes") if act.kind is ActKind.REVISE else ""
    duty = m.file.duties.get(act.duty or "")
    department = (duty.department if duty else None) or ""
    return Paragraph(label=f"{m.stated_by(department, act)}{changes}", text=text)


def _ordered_others(act: Act) -> bool:
    """Whether the sales manager answered by work orders to departments instead of settling it (CH-7.2.3)."""
    return act.rule == "CH-7.2.2.manager" and bool(act.form.get("departments"))


def _said(m: Material, act: Act | None, fields: dict[str, str]) -> str:
    if act is None:
        return ""
    form = m.edition.rules[act.rule].form or ""
    return m.said(act, fields[form])


def matter(said: Complaint) -> str:
    """Return what the customer reported and what they demand."""
    return "\n".join(part for part in (said.matter, said.demand) if part)


def promised(m: Material) -> str:
    """Return the feedback date, with the dates that were promised before it (CH-7.1.1, CH-7.3.3)."""
    told = promises.promises(m.file)
    changes = [one for one in told if one.changed]
    lines = [
        m.say("f1.changed", new=m.at(one.date, m.zone), old=m.at(one.before, m.zone), nth=nth)
        for nth, one in enumerate(changes, 1)
    ]
    if told and not told[-1].changed:  # the date of the intake, or one told to the customer later
        lines.append(m.at(told[-1].date, m.zone))
    return "\n".join(lines)


def promised_at(m: Material) -> datetime | None:
    """Return the feedback date that is in force now; None if there is none."""
    told = promises.in_force(m.file)
    return told.date if told else None


def tracked(m: Material) -> tuple[Paragraph, ...]:
    """Return how it was followed up, tries that reached nobody included, in order of time."""
    followed = [(act.at, _paragraph(m, act, said)) for act in m.filled(*TRACKING) if (said := _said(m, act, TRACKING))]
    tries = m.all(*m.edition.rules, kinds=(ActKind.TRY,))
    tried = [(act.at, _paragraph(m, act, m.say("info.tried", note=m.said(act, "note")))) for act in tries]
    return tuple(paragraph for _, paragraph in sorted([*followed, *tried], key=lambda one: one[0]))


def measures(m: Material) -> tuple[tuple[Paragraph, ...], Act | None]:
    """Return the newest measures, and the act that has them; with several departments, those of each of them.

    What a department has stated is labelled with its name, its person and the date, unless it is the only one. Where
    nobody has stated measures, they are what the customer was answered.
    """
    text, act = newest(m, MEASURES)
    if act is None:
        text, act = newest(m, ANSWER)
    form = m.edition.rules[act.rule].form if act else None
    if act is not None and form in ADJUSTMENTS:
        return _adjusted(m), act
    if act is None or form not in OF_EACH_DEPARTMENT:
        return (Paragraph(text=text),), act
    each = {one: said for one, said in m.by_department(form).items() if _said(m, said, MEASURES)}
    if len(each) <= 1:
        return (Paragraph(text=text),), act
    stated = (Paragraph(label=m.stated_by(one, said), text=_said(m, said, MEASURES)) for one, said in each.items())
    return tuple(stated), act


def _adjusted(m: Material) -> tuple[Paragraph, ...]:
    """Return the newest plan that is a whole one, and its adjustments since, which only say what changes."""
    plans = [act for act in m.filled(*MEASURES) if _said(m, act, MEASURES)]
    whole = [nth for nth, act in enumerate(plans) if m.edition.rules[act.rule].form not in ADJUSTMENTS]
    since = plans[whole[-1] if whole else 0 :]
    return tuple(Paragraph(label=m.stated_by("", act), text=_said(m, act, MEASURES)) for act in since)


def execution(m: Material) -> tuple[Paragraph, ...]:
    """Return what was carried out. A single answer has no date label, because the form has a field for it."""
    found = every(m, EXECUTION)
    return (Paragraph(text=found[0].text),) if len(found) == 1 else found


def costs(m: Material) -> tuple[Paragraph, ...]:
    """Return the audited costs of the repairs (CS-4.3.4a)."""
    return tuple(
        Paragraph(label=m.say("info.cost", matter=_matter(m, act)), text=m.yuan(act.form["audited"]))
        for act in m.filled("cost_audit", "bill_audit")
        if act.form.get("audited") is not None
    )


def _matter(m: Material, act: Act) -> str:
    duty = m.file.duties.get(act.duty or "")
    return (duty.matter if duty else None) or "—"


def views(m: Material) -> tuple[Paragraph, ...]:
    """Return the customer's view as of now, and before it what they said of the answer they got (CH-7.3.1)."""
    now = view(m)
    answer = m.newest(*ANSWER)
    said = m.said(answer, "customers_view")
    if answer is None or not said or said in now:
        return (Paragraph(text=now),)
    then = Paragraph(label=m.say("f1.answered", at=m.when(answer)), text=said)
    return (then, Paragraph(label=m.say("f1.now"), text=now)) if now else (then,)


def view(m: Material) -> str:
    """Return the customer's view as of now: how satisfied they are, and their words."""
    words, _ = newest(m, VIEW)
    asked = [
        act
        for act in m.filled("revisit", "effect_revisit", "case_revisit", "case_effect_revisit")
        if act.form.get("satisfaction")
    ]
    satisfied = m.value("satisfaction", asked[-1].form["satisfaction"]) if asked else ""
    return "\n".join(part for part in (satisfied, words) if part)

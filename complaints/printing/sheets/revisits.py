"""客户回访记录 (RV-4.1c): one for every revisit, including attempts that did not reach the customer."""

from __future__ import annotations

from complaints.case.file import Act
from complaints.printing.layout import Part, Sheet, SheetCell, box, line
from complaints.printing.sheets.material import Material
from complaints.revisits.forms import RevisitWay, Satisfaction

FORMS = ("revisit", "effect_revisit", "case_revisit", "case_effect_revisit", "repair_revisit")
ASKED = ("handling", "efficiency", "quality", "attitude")
"""Fields that RV-4.2 asks for, beside satisfaction and suggestions."""


def revisits(m: Material) -> tuple[Sheet, ...]:
    """Return the revisits in the order they were made; one empty form while there is none."""
    made = m.filled(*FORMS, "repair_finish_notice")
    made = [act for act in made if m.edition.rules[act.rule].form in FORMS or act.form.get("signed") is True]
    return tuple(_revisit(m, act) for act in made) or (_revisit(m, None),)


def _revisit(m: Material, act: Act | None) -> Sheet:
    said, say = m.file.complaint, m.say
    on_the_spot = act is not None and m.edition.rules[act.rule].form == "repair_finish_notice"
    kind = m.edition.rules[act.rule].says(m.lang) if act else ""
    reached = act.form.get("reached", True) if act else None
    parts: list[Part] = [
        line(
            SheetCell(label=say("field.number"), text=m.file.number or "", span=12),
            SheetCell(label=say("revisit.at"), text=m.when(act), span=12),
        ),
        line(
            SheetCell(label=say("field.customer"), text=said.customer, span=10),
            SheetCell(label=say("field.phone"), text=said.contact, span=14),
        ),
        line(SheetCell(label=say("info.address"), text=m.place)),
        line(SheetCell(label=say("revisit.kind"), text=say("revisit.on_the_spot") if on_the_spot else kind)),
        line(SheetCell(label=say("revisit.way"), ticks=m.ticks("way", RevisitWay, act and act.form.get("way")))),
        line(
            SheetCell(
                label=say("revisit.reached"),
                ticks=m.ticks("yes", ("true", "false"), "" if reached is None else str(reached).lower()),
                span=10,
                head=5,
            ),
            SheetCell(
                label=say("revisit.satisfaction"),
                ticks=m.ticks("satisfaction", Satisfaction, act and act.form.get("satisfaction")),
                span=14,
            ),
        ),
        *(box(say(f"revisit.{name}"), m.said(act, name), room=16) for name in ASKED),
        box(say("revisit.effect"), m.said(act, "effect", "found", "told"), room=20),
        box(say("revisit.suggestions"), m.said(act, "suggestions"), m.sign("revisit.by", act), room=20),
    ]
    return m.sheet("revisit", "RV-4.1c", parts)

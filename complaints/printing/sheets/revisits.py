"""客户回访记录 (RV-4.1c): one for every revisit, including attempts that did not reach the customer."""

from __future__ import annotations

from collections.abc import Iterator

from complaints.case.file import Act
from complaints.forms import FORMS
from complaints.printing.layout import Part, Sheet, SheetCell, Tick, box, line
from complaints.printing.sheets.material import Material
from complaints.revisits.forms import RevisitWay, Satisfaction

REVISITS = ("revisit", "effect_revisit", "case_revisit", "case_effect_revisit", "repair_revisit")
ASKED = ("handling", "efficiency", "quality", "attitude")
"""Fields that RV-4.2 asks for, beside satisfaction and suggestions."""
EFFECT = {"effect", "found", "told"}
"""Fields for what has become of it: of a revisit on the effect, of a repair, of a signature on the spot."""
EVERYTHING = {*ASKED, *EFFECT, "way", "satisfaction", "suggestions"}


def revisits(m: Material) -> tuple[Sheet, ...]:
    """Return the revisits in the order they were made; one empty form while there is none."""
    made = m.filled(*REVISITS, "repair_finish_notice")
    made = [act for act in made if m.edition.rules[act.rule].form in REVISITS or act.form.get("signed") is True]
    return tuple(_revisit(m, act) for act in made) or (_revisit(m, None),)


def _revisit(m: Material, act: Act | None) -> Sheet:
    said, say = m.file.complaint, m.say
    on_the_spot = act is not None and m.edition.rules[act.rule].form == "repair_finish_notice"
    kind = m.edition.rules[act.rule].says(m.lang) if act else ""
    asked = _asked(m, act)
    parts: list[Part] = [
        line(
            SheetCell(label=say("field.number"), text=m.file.number or "", span=12),
            SheetCell(label=say("revisit.at"), text=m.when(act), span=12),
        ),
        line(
            SheetCell(label=say("field.customer"), text=m.customer, span=10),
            SheetCell(label=say("field.phone"), text=said.contact, span=14),
        ),
        line(SheetCell(label=say("info.address"), text=m.place)),
        line(SheetCell(label=say("revisit.kind"), text=say("revisit.on_the_spot") if on_the_spot else kind)),
        *_how(m, act, asked),
        *(box(say(f"revisit.{name}"), m.said(act, name), room=16) for name in ASKED if name in asked),
    ]
    texts: list[tuple[str, str]] = []
    if asked & EFFECT:
        texts.append((say("revisit.effect"), m.said(act, "effect", "found", "told")))
    if "suggestions" in asked:
        texts.append((say("revisit.suggestions"), m.said(act, "suggestions")))
    *others, (label, text) = texts
    parts += [box(label, text, room=20) for label, text in others]
    parts.append(box(label, text, m.sign("revisit.by", act), room=20))
    return m.sheet("revisit", "RV-4.1c", parts)


def _asked(m: Material, act: Act | None) -> set[str]:
    """Return what this revisit had to ask, and what was answered besides; an empty form has room for everything."""
    if act is None:
        return EVERYTHING
    form = m.edition.rules[act.rule].form or ""
    return {*FORMS[form].model_fields, *(name for name, value in act.form.items() if value)}


def _how(m: Material, act: Act | None, asked: set[str]) -> Iterator[Part]:
    """Build the lines with ticks: how the customer was asked, whether they were reached, how satisfied they are."""
    said = act.form if act else {}
    if "way" in asked:
        yield line(SheetCell(label=m.say("revisit.way"), ticks=m.ticks("way", RevisitWay, said.get("way"))))
    reached = said.get("reached", True) if act else None
    reached_cell = SheetCell(label=m.say("revisit.reached"), ticks=_yes_or_no(m, reached), span=10, head=5)
    if "effective" in asked:
        label = m.say("revisit.effective")
        yield line(reached_cell, SheetCell(label=label, ticks=_yes_or_no(m, said.get("effective")), span=14, head=5))
    elif "satisfaction" in asked:
        ticks = m.ticks("satisfaction", Satisfaction, said.get("satisfaction"))
        yield line(reached_cell, SheetCell(label=m.say("revisit.satisfaction"), ticks=ticks, span=14))


def _yes_or_no(m: Material, given: object) -> tuple[Tick, ...]:
    return m.ticks("yes", ("true", "false"), "" if given is None else str(given).lower())

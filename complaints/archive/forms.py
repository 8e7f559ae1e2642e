"""Selects the printed forms of a case: those in which something was filled in."""

from __future__ import annotations

from complaints.case.complaint import Track
from complaints.printing.layout import Sheet
from complaints.printing.sheets import PRINTED
from complaints.printing.sheets.material import Material

ALWAYS = ("complaint",)
"""Forms that are filled in for every complaint (CR-7.1)."""
_RULES: dict[str, tuple[str, ...]] = {
    "reception": ("MC-5.2.1",),
    "handling": ("MC-5.2.1", "MC-5.2.2"),
    "f2": ("CH-7.2.3", "CH-7.2.2"),
    "minutes": ("CS-4.2.5", "CS-4.2.6"),
    "completion": ("CR-5.4.1",),
    "revisit": ("RV-4", "CR-5.4.2", "CS-4.2.3"),
    "study": ("CR-5.4.3",),
    "repair": ("CS-4.3.3.start", "CS-4.3.3.finish"),
    "deduction": ("CS-4.3.4b",),
}
_TRACKS: dict[str, tuple[Track, ...]] = {
    "f1": (Track.ORDINARY, Track.MAJOR),
    "handling": (Track.MAJOR,),
    "process": (Track.MAJOR,),
    "info": (Track.MAJOR,),
}


def forms_of(material: Material) -> dict[str, tuple[Sheet, ...]]:
    """Return the sheets of each form that belongs to this case, by the form's key.

    A form belongs to the case if an act was done by one of the form's rules, or if the case ended on one of its tracks.
    """
    done = {act.rule for act in material.file.acts}
    found: dict[str, tuple[Sheet, ...]] = {}
    for form, build in PRINTED.items():
        asked = any(rule.startswith(prefix) for rule in done for prefix in _RULES.get(form, ()))
        if form in ALWAYS or asked or material.file.track in _TRACKS.get(form, ()):
            found[form] = build(material)
    return {form: sheets for form, sheets in found.items() if sheets}

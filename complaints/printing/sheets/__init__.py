"""The printed forms: the layout of each, filled in from a case at any stage (CH-9, CR-7.1, RV-7 and others).

A builder takes a case with names and language (`Material`) and returns one or several sheets; it reads no clock, no
file and no network. `complaints.printing` renders the sheets.
"""

from __future__ import annotations

from collections.abc import Callable

from complaints.printing.layout import Sheet
from complaints.printing.sheets.complaint import complaint
from complaints.printing.sheets.information import information
from complaints.printing.sheets.material import Material, SheetWords
from complaints.printing.sheets.names import SheetNames
from complaints.printing.sheets.orders import orders
from complaints.printing.sheets.papers import completion, minutes, study
from complaints.printing.sheets.record import record
from complaints.printing.sheets.register import register
from complaints.printing.sheets.repairs import letters, repairs
from complaints.printing.sheets.revisits import revisits
from complaints.printing.sheets.service import handling, process, reception

__all__ = ["CODES", "PRINTED", "Material", "Sheet", "SheetNames", "SheetWords", "form_key", "register"]

Builder = Callable[[Material], tuple[Sheet, ...]]

PRINTED: dict[str, Builder] = {
    "complaint": complaint,
    "f1": record,
    "f2": orders,
    "reception": reception,
    "handling": handling,
    "process": process,
    "info": information,
    "minutes": minutes,
    "completion": completion,
    "revisit": revisits,
    "study": study,
    "repair": repairs,
    "deduction": letters,
}
"""Builders of the forms of one case, by key. The register, F3, covers many cases: `register`."""

CODES = {"gfp19-2-f1": "f1", "gfp19-2-f2": "f2", "cop7.4-1": "info", "cr-7.1": "complaint"}
"""The source documents' own codes of some forms → key in PRINTED."""


def form_key(name: str) -> str | None:
    """Return the key in PRINTED for a key or a document's code, in any letter case; None if there is none."""
    wanted = name.strip().lower()
    key = CODES.get(wanted, wanted)
    return key if key in PRINTED else None

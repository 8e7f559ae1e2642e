"""How large what people say, and a case, may become. Bytes are those of the JSON in which it travels.

Temporal refuses whatever is larger than `PAYLOAD`: the argument of an update, the answer to a query, and what a case
takes along into a new run. A case that could not be carried on would stand still for ever, with all its clocks. So what
would make it too large is refused before it is recorded, and the rest, `RESERVE`, is for what must go on.
"""

from __future__ import annotations

from pydantic import BaseModel

from complaints.base.errors import Refusal, Refused

KB = 1024

PAYLOAD = 2 * KB * KB
"""Temporal's own limit for one payload (`limit.blobSize.error`)."""

# --- what people say

WORDS = 4_000
"""Characters of one text in a form, or of a reason."""
TEXT = 20_000
"""Characters of what the customer brings: the matter, the demand."""
ACT = 128 * KB
"""One act with its form and reason. Longer things are papers: they are attached, not typed."""
COMPLAINT = 192 * KB
"""One complaint as it comes in. It travels twice in every new run: as it was opened, and in the file of its case."""

# --- a case

RESERVE = 512 * KB
"""What acts leave free of a payload: for reminders, breaches and escalations, a new directory, the end of the case."""
CASE = PAYLOAD - RESERVE
"""What a case takes along (file, directory, lines that the records may lack), up to which any act is taken."""
SHORT = 4 * KB
"""An act of this size is short: what a case needs to come to its end is done by such acts."""
SHORT_ACTS = 256 * KB
"""The part of the reserve that is for short acts."""
GROWTH, MARGIN = 3, 8 * KB
"""What a case grows by with an act: so many times its size (its line, the act, what a chapter takes out of its form),
and the duties that follow from it."""
LETTER = 600
"""What a case has to say to another at its end."""

# --- a case that has become large

LARGE = 256 * KB
"""A file beyond this is trimmed (`complaints.case.trimming`) …"""
WORTHWHILE = 64 * KB
"""… if that takes away as much."""
LINES_OF_A_RUN = 512 * KB
"""Journal lines that one run writes. Then the case goes on in a new one, which takes along what the records lack."""
LINES_OF_A_FULL_CASE = 64 * KB
"""The same of a case that weighs more than `NEAR`: the lines that the records have by now make room."""
NEAR = CASE // 2
"""A case that weighs more is shown to operators."""
LOOK_AGAIN = 32 * KB
"""Journal lines after which a case is weighed again."""


def size(model: BaseModel) -> int:
    """Bytes of the model as JSON."""
    return len(model.model_dump_json().encode())


def check_act(act: BaseModel) -> int:
    """The act's size (bytes). Raises `Refusal` (`TOO_LARGE`) for one that is too large to be kept by any case."""
    if (found := size(act)) > ACT:
        raise Refusal(Refused.TOO_LARGE, size=kilobytes(found), most=kilobytes(ACT))
    return found


def full(found: int) -> Refusal:
    """The refusal of a case that has come to this size (bytes)."""
    said, most, short = kilobytes(found), kilobytes(CASE), kilobytes(SHORT)
    return Refusal(Refused.CASE_FULL, size=said, most=most, short=short)


def limit_for(act: int) -> int:
    """Up to where a case may have come with an act of this size (bytes)."""
    return CASE + (SHORT_ACTS if act <= SHORT else 0)


def growth(act: int) -> int:
    """What a case may grow by with an act of this size (bytes)."""
    return GROWTH * act + MARGIN


def kilobytes(found: int) -> str:
    """A size as people read it: whole kilobytes, rounded up."""
    return f"{-(-found // KB)}"

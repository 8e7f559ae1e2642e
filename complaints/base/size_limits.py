"""Size limits of acts, complaints and cases. Sizes are in bytes of the JSON that is transferred.

Temporal refuses any payload larger than `PAYLOAD`: the argument of an update, the result of a query, and the input of a
continue-as-new. A case that could not continue as new would stand still for ever, with all its clocks. So an act that
would make it too large is refused before it is recorded; `RESERVE` is kept free for events that must not be refused.
"""

from __future__ import annotations

from pydantic import BaseModel

from complaints.base.errors import Refusal, Refused

KB = 1024

PAYLOAD = 2 * KB * KB
"""Temporal's own limit for one payload (`limit.blobSize.error`)."""

# --- input

WORDS = 4_000
"""Maximum characters of one text in a form, or of a reason."""
TEXT = 20_000
"""Maximum characters of the customer's description (`matter`) and of the demand."""
ACT = 128 * KB
"""Maximum bytes of one act with its form and reason. Longer content belongs into an attached document."""
COMPLAINT = 192 * KB
"""Maximum bytes of one incoming complaint. Every continue-as-new carries it twice: as opened, and in the case file."""

# --- attachments

ATTACHMENT = 25_000_000
"""Maximum bytes of one attachment."""
ATTACHMENTS = 600
"""Maximum attachments of a case, those struck out included: the case carries some 300 bytes for each."""
ATTACHMENTS_TOGETHER = 2_000_000_000
"""Maximum bytes of a case's attachments together, those struck out included: they all go into its archive."""

# --- a case

RESERVE = 512 * KB
"""Bytes of a payload that acts leave free: for reminders, breaches, escalations, a new directory, closing the case."""
CASE = PAYLOAD - RESERVE
"""Carried size (file, directory, journal lines that the read model may lack) up to which any act is accepted."""
SHORT = 4 * KB
"""An act up to this size is short: short acts suffice to bring a case to its end."""
SHORT_ACTS = 256 * KB
"""The part of the reserve that short acts may use."""
GROWTH, MARGIN = 3, 8 * KB
"""Growth of a case by one act: `GROWTH` times its size (its journal line, the act, what the chapter copies from its
form) plus `MARGIN` for the duties that follow from it."""
LETTER = 600
"""Bytes of a message that a case sends to another at its end."""

# --- a case that has become large

LARGE = 256 * KB
"""A file larger than this is trimmed (`complaints.case.trimming`) …"""
WORTHWHILE = 64 * KB
"""… if trimming saves at least this much."""
LINES_OF_A_RUN = 512 * KB
"""Bytes of journal lines that one run may write. Then the case continues as new with the lines the read model lacks."""
LINES_OF_A_FULL_CASE = 64 * KB
"""`LINES_OF_A_RUN` for a case larger than `NEAR`: continuing as new frees the lines that the read model has by now."""
NEAR = CASE // 2
"""A case larger than this is flagged to operators."""
LOOK_AGAIN = 32 * KB
"""Bytes of new journal lines after which it is checked again whether to trim the file."""


def size(model: BaseModel) -> int:
    """Return the size of the model as JSON in bytes."""
    return len(model.model_dump_json().encode())


def check_act(act: BaseModel) -> int:
    """Return the act's size in bytes. Raises `Refusal` (`TOO_LARGE`) if it exceeds `ACT`."""
    if (found := size(act)) > ACT:
        raise Refusal(Refused.TOO_LARGE, size=kilobytes(found), most=kilobytes(ACT))
    return found


def full(found: int) -> Refusal:
    """Build the `CASE_FULL` refusal of a case of this size (bytes)."""
    said, most, short = kilobytes(found), kilobytes(CASE), kilobytes(SHORT)
    return Refusal(Refused.CASE_FULL, size=said, most=most, short=short)


def limit_for(act: int) -> int:
    """Return the size in bytes that a case may have after an act of this size (bytes)."""
    return CASE + (SHORT_ACTS if act <= SHORT else 0)


def growth(act: int) -> int:
    """Return the bytes that a case may grow by with an act of this size (bytes)."""
    return GROWTH * act + MARGIN


def megabytes(found: int) -> str:
    """Format a size in bytes as megabytes (10^6 bytes) with one decimal."""
    return f"{found / 1_000_000:.1f}"


def kilobytes(found: int) -> str:
    """Format a size in bytes as whole kilobytes, rounded up."""
    return f"{-(-found // KB)}"

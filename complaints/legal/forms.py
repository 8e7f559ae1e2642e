"""Forms of the legal track: court action against a malicious defamation (CR-5.2.2a)."""

from __future__ import annotations

from complaints.base import Frozen
from complaints.case.forms import Words


class CourtFiling(Frozen):
    """The court action, as filed."""

    court: Words
    claim: Words


class CourtAcceptance(Frozen):
    """The court's acceptance of the action, with its case number."""

    number: Words


class CourtOutcome(Frozen):
    """How the action ended: judgment, settlement or withdrawal."""

    outcome: Words

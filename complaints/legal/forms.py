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


class CourtFinding(Frozen):
    """How the action ended: judgment, settlement or withdrawal.

    A complaint that the court finds genuine is no defamation: it goes back to the crisis track (CR-5.2.2b).
    """

    outcome: Words
    genuine: bool


class CourtOutcome(Frozen):
    """How the action ended, in edition 2026.1."""

    outcome: Words

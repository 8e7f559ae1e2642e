"""Forms of the legal track: a malicious defamation in court (CR-5.2.2a)."""

from __future__ import annotations

from complaints.base import Frozen
from complaints.case.forms import Words


class CourtFiling(Frozen):
    """The action as it was filed."""

    court: Words
    claim: Words


class CourtAcceptance(Frozen):
    """The court took the action up, under its number."""

    number: Words


class CourtOutcome(Frozen):
    """How the action ended: judgment, settlement or withdrawal."""

    outcome: Words

"""Acts in the form in which they are sent, for tests that bypass the client."""

from __future__ import annotations

from datetime import UTC, datetime

from complaints.case.file import ActRequest
from workflows.interface import SignedAct, StatedAct


def stated(case: str, request: ActRequest) -> SignedAct:
    """Return the act as the client sends it."""
    return SignedAct.of(StatedAct(case=case, act=request, stated_at=datetime.now(UTC)))

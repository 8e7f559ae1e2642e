"""Acts as they travel, for tests that send them past the client."""

from __future__ import annotations

from datetime import UTC, datetime

from complaints.case.file import ActRequest
from workflows.interface import SignedAct, StatedAct


def stated(case: str, request: ActRequest) -> SignedAct:
    """What the client sends."""
    return SignedAct.of(StatedAct(case=case, act=request, stated_at=datetime.now(UTC)))

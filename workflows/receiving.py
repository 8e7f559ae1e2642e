"""客户投诉处理程序 7.1: a complaint is written down, repeated back, and the customer hears when they will be answered."""

from __future__ import annotations

from datetime import datetime

from workflows.casework import Casework


async def taken_in(case: Casework) -> datetime | None:
    """CH-7.1.1, CH-7.1.2: the feedback date the customer was told; None while none was."""
    return case.file.complaint.promised

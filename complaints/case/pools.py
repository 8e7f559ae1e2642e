"""Pools (decision 24): a role with several holders has an owner from the beginning; the others may claim the duty."""

from __future__ import annotations

from datetime import datetime

from complaints.case.file import Duty
from complaints.people.resolution import DirectorySlice

BY_ROLE = ("holder", "deputy")
"""Values of `Duty.because` of owners who have a duty by its role, and not because somebody chose them."""


def claimable(duty: Duty, by: str, people: DirectorySlice, at: datetime) -> bool:
    """Return whether the person, a present holder of the duty's role, may claim it from the owner that it has."""
    if duty.owner == by or duty.in_person or duty.because not in BY_ROLE or duty.role not in people.roles:
        return False
    return by in people.holders(duty.role, department=duty.department) and not people.away(by, at)

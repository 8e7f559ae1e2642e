"""Which complaints need a corrective and preventive action (MC-5.2.3b)."""

from __future__ import annotations

from complaints.case.complaint import Category
from complaints.case.file import CaseFile

IMPORTANT = 2
"""Level from which a complaint about the property service is important (重要投诉; the house's)."""


def is_required(file: CaseFile) -> bool:
    """Return whether the complaint is major, or important: of level 2 or above, about the property service."""
    important = file.complaint.category is Category.PROPERTY and file.level is not None and file.level <= IMPORTANT
    return file.major or important

"""Tracks as the statements of the records name them."""

from __future__ import annotations

from complaints.case.complaint import NO_COMPLAINT

NO_COMPLAINTS = "(" + ", ".join(f"'{track.value}'" for track in NO_COMPLAINT) + ")"
"""The tracks of what is no complaint, as the right side of `IN`."""

"""The reference by which a case is pinned to an edition."""

from __future__ import annotations

from complaints.base import Frozen


class EditionPin(Frozen):
    """Name and content digest of the edition that a case follows from beginning to end."""

    name: str
    digest: str

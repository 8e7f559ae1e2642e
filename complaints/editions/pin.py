"""Which edition of the rules a complaint keeps."""

from __future__ import annotations

from complaints.base import Frozen


class EditionPin(Frozen):
    """The edition of the rules a complaint keeps from beginning to end."""

    name: str
    digest: str

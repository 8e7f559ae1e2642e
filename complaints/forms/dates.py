"""Forms of acts on a duty's date."""

from __future__ import annotations

from pydantic import AwareDatetime

from complaints.base import Frozen


class Waiting(Frozen):
    """What the customer is waited for lasts until this moment at the longest; then the clock goes on by itself."""

    until: AwareDatetime

"""Who asks: a person, a backend, a resident, or an administrator, as the gateway has proved it. Pure."""

from __future__ import annotations

from typing import Literal

from complaints.base import Frozen

OPEN, READ, CONTACTS, ACT = "open", "read", "contacts", "act:"
"""Scopes of backends: open complaints, read, read contacts unmasked, and `act:<kind>` for each kind of act."""


class Principal(Frozen):
    """A proven caller. What it may see is decided by `complaints.access.policy`, from the directory and the case."""

    kind: Literal["person", "backend", "resident", "administrator"]
    id: str
    """Id of the person in the directory; id of the token, the link or the account of the others."""
    scopes: frozenset[str] = frozenset()
    """What a backend may do; empty for all others."""
    via: str
    """How they came in: the id of the session, the token or the link."""

"""Field types shared by models and forms: keys, texts, amounts of money."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from complaints.base import size_limits

IMPOSSIBLE = "impossible_moment"
"""Validation error type of a time that cannot be represented in UTC."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Line = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=size_limits.TEXT)]
Yuan = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Nth = Annotated[int, Field(ge=1, le=1_000_000)]
"""A version or revision number. Bounded because its column in the read model is an `integer`."""


def unless_none() -> Any:
    """Declare an optional field that is left out of payloads and of the journal while it is None.

    Every field that a form, an act or an event gets after a release needs it. An older worker (`extra="forbid"`) can
    then decode what lacks the field; and an act that was done without it is journaled again, in a replay, as it was.

        workers: Annotated[int, Field(ge=1, le=500)] | None = unless_none()
    """
    return Field(default=None, exclude_if=lambda value: value is None)

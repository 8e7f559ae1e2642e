"""The base class of all domain models."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Immutable pydantic model that rejects unknown fields, so that a misspelt field is never dropped silently."""

    # Validation errors omit the input values, because they end up in logs and workflow histories.
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

    def but(self, **changes: Any) -> Self:
        """Return a copy with some fields changed. Not validated: for our own code, not for input."""
        return self.model_copy(update=changes)

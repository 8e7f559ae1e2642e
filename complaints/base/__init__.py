"""What every model of the domain shares."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value. Unknown fields are errors: a misspelt field must never be lost in silence."""

    # What a wrong field contained stays out of errors: these end in logs and histories.
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

    def but(self, **changes: Any) -> Self:
        """The same value with some fields changed (not validated again: for our own code, not for input)."""
        return self.model_copy(update=changes)

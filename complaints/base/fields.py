"""Field types shared by models and forms: keys, texts, amounts of money."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, cast

from pydantic import Field, StringConstraints
from pydantic.fields import FieldInfo

from complaints.base import size_limits

IMPOSSIBLE = "impossible_moment"
"""Validation error type of a time that cannot be represented in UTC."""

NEEDED_IF = "needed_if"
"""Key of a field's extra data: the yes-or-no field that decides whether it must be filled in."""

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


def needed_if(other: str, default: Any) -> Any:
    """Declare a field that must be filled in if the yes-or-no field `other` is true, and be left out if it is false.

    The form's own validator refuses what does not fit; who fills it in is asked accordingly (`is_needed`).
    """
    return Field(default=default, json_schema_extra={NEEDED_IF: other})


def is_needed(field: FieldInfo, fields: Mapping[str, FieldInfo], values: Mapping[str, Any]) -> bool | None:
    """Return whether the field of a form with these `fields` must be filled in, given the other `values`.

    None if it may be left out.
    """
    extra = field.json_schema_extra
    other = cast("dict[str, Any]", extra).get(NEEDED_IF) if isinstance(extra, dict) else None
    if not isinstance(other, str):
        return True if field.is_required() else None
    return bool(values.get(other, fields[other].default))

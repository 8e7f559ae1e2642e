"""Values as plain JSON that reads the same wherever it went: through a workflow's history, a database and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast

from pydantic import BaseModel


def plain(value: Any) -> Any:
    """`value` as text, whole numbers, booleans, nulls, lists and objects with text keys.

    Numbers with a fraction become text, because every database writes floats in its own way. Characters that
    PostgreSQL cannot keep (NUL) are dropped, and halves of characters that UTF-8 cannot say become "?".
    Raises `TypeError` for anything else: a value must never be written as its Python name.
    """
    match value:
        case None | bool():
            return value
        case Enum():
            return plain(value.value)
        case int():
            return int(value)
        case str():
            return plain_text(value)
        case float() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case BaseModel():
            return plain(value.model_dump())
        case Mapping():
            return {plain_text(str(key)): plain(inner) for key, inner in cast("Mapping[object, Any]", value).items()}
        case list() | tuple() | set() | frozenset():
            inner = cast("list[Any]", value)
            return [plain(one) for one in (sorted(inner) if isinstance(value, set | frozenset) else inner)]
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be written as plain JSON")


def plain_text(text: str) -> str:
    """`text` as PostgreSQL and UTF-8 can keep it."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")

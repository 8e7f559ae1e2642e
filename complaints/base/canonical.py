"""Values as plain JSON that reads the same wherever it went: through a workflow's history, a database and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast

from pydantic import BaseModel


def plain(value: object) -> Any:
    """`value` as text, whole numbers, booleans, nulls, lists and objects with text keys.

    Numbers with a fraction become text, because every database writes floats in its own way. Characters that
    PostgreSQL cannot keep (NUL) are dropped, and halves of characters that UTF-8 cannot say become "?".
    Raises `TypeError` for anything else: a value must never be written as its Python name.
    """
    usual = _USUAL.get(type(value))  # nearly everything is of one of these types itself, which is found at once
    return usual(value) if usual is not None else _unusual(value)


def plain_text(text: str) -> str:
    """`text` as PostgreSQL and UTF-8 can keep it."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def kept(value: Any) -> Any:
    """`value` with every text in it as PostgreSQL can keep it, whatever else it has."""
    match value:
        case str():
            return plain_text(value)
        case dict():
            return {kept(key): kept(inner) for key, inner in cast("dict[Any, Any]", value).items()}
        case list() | tuple():
            return [kept(one) for one in cast("list[Any]", value)]
        case _:
            return value


def _unusual(value: object) -> Any:
    match value:
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
            return _mapping(cast("Mapping[object, Any]", value))
        case set() | frozenset():
            return _sequence(sorted(cast("set[Any]", value)))
        case list() | tuple():
            return _sequence(cast("list[Any]", value))
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be written as plain JSON")


def _itself(value: Any) -> Any:
    return value


def _mapping(value: Mapping[object, Any]) -> dict[str, Any]:
    return {plain_text(str(key)): plain(inner) for key, inner in value.items()}


def _sequence(value: Iterable[Any]) -> list[Any]:
    return [plain(one) for one in value]


_USUAL: dict[type, Callable[[Any], Any]] = {
    type(None): _itself,
    bool: _itself,
    int: _itself,
    str: plain_text,
    datetime: datetime.isoformat,
    dict: _mapping,
    list: _sequence,
    tuple: _sequence,
}

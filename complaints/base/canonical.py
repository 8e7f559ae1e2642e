"""Canonical plain JSON: values that survive a round trip through a workflow history or a database unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast

from pydantic import BaseModel


def plain(value: object) -> Any:
    """Convert `value` to strings, integers, booleans, nulls, lists and objects with string keys.

    Floats and decimals become strings, because every database formats floats in its own way. NUL, which PostgreSQL
    cannot store, is dropped; lone surrogates, which UTF-8 cannot encode, become "?". Raises `TypeError` for any
    other type: a value must never be stored as its Python repr.
    """
    usual = _USUAL.get(type(value))  # fast path: exact types cover nearly all values
    return usual(value) if usual is not None else _unusual(value)


def plain_text(text: str) -> str:
    """Return `text` as PostgreSQL and UTF-8 can store it (see `plain`)."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def kept(value: Any) -> Any:
    """Return `value` with every string in it made storable by `plain_text`; values of other types stay unchanged."""
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

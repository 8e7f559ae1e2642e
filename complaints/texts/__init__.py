"""The one catalogue of words that people read, in Chinese and English.

Why one catalogue: a sentence that tells a person what to do must exist in both languages and must be found by whoever
has to change it, so it never stands in code. Why many files: every part of the product owns its own `*.toml`, in this
folder or beside its code (`FOLDERS`). They are merged once, when this module is imported, so that reading a text costs
nothing and touches no file later (workflows and pure modules may call `say`).

An entry is a table with `zh` and `en`; its key is the dotted path of the table::

    [refused.not-yours]
    zh = "这项待办由{owner}负责，请由其本人办理。"
    en = "This duty is {owner}'s. Please ask them to do it."

Braces are `str.format` fields. A key in two files, an entry without one of the languages, or anything else in a file
stops the import with `CatalogueError`, which names the file and the key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, cast

LANGUAGES = ("zh", "en")
FOLDERS = ("texts", "case/acts")
"""Where texts are, below `complaints/`."""


class CatalogueError(Exception):
    """A text file that cannot be used: what is wrong, with file and key."""


class UnknownText(LookupError):
    """A key, a language or a field of a text that does not exist: a mistake in code, never in what people typed."""


def say(key: str, /, lang: str = "zh", **params: Any) -> str:
    """The text of `key` in `lang` ("zh" or "en") with its fields filled in. Raises `UnknownText`."""
    entry = _CATALOGUE.get(key)
    if entry is None:
        raise UnknownText(f"no text has the key {key!r}; add it to a file in complaints/texts, or beside its code")
    if lang not in entry:
        raise UnknownText(f"text {key!r}: no language {lang!r}; there are {', '.join(LANGUAGES)}")
    try:
        return entry[lang].format(**params)
    except (KeyError, IndexError) as missing:
        raise UnknownText(f"text {key!r} ({lang}) needs the field {missing}") from missing


def known(key: str) -> bool:
    """Whether the catalogue has this key."""
    return key in _CATALOGUE


def keys(prefix: str = "") -> list[str]:
    """All keys that begin with `prefix`, sorted."""
    return sorted(key for key in _CATALOGUE if key.startswith(prefix))


def raw(key: str, /) -> Mapping[str, str]:
    """The unfilled texts of a key by language, for checks and editors. Raises `UnknownText`."""
    if key not in _CATALOGUE:
        raise UnknownText(f"no text has the key {key!r}")
    return _CATALOGUE[key]


def merge(sources: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The catalogue out of TOML texts by file name. Raises `CatalogueError`."""
    merged: dict[str, dict[str, str]] = {}
    owner: dict[str, str] = {}
    for filename in sorted(sources):
        try:
            tables = tomllib.loads(sources[filename])
        except tomllib.TOMLDecodeError as fault:
            raise CatalogueError(f"{filename}: {fault}") from fault
        for key, entry in _entries(filename, tables, ""):
            if key in owner:
                raise CatalogueError(f"{filename}: {key!r} is in {owner[key]} already")
            owner[key] = filename
            merged[key] = entry
    return merged


def _entries(filename: str, table: Mapping[str, Any], path: str) -> Iterator[tuple[str, dict[str, str]]]:
    here = path or "top of file"
    texts = {name: value for name, value in table.items() if isinstance(value, str)}
    if texts:
        if not path or set(texts) != set(LANGUAGES):
            raise CatalogueError(f"{filename}: {here!r} has {sorted(texts)}, wanted {sorted(LANGUAGES)}")
        yield path, texts
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _entries(filename, cast(dict[str, Any], value), f"{path}.{name}" if path else name)
        elif not isinstance(value, str):
            raise CatalogueError(f"{filename}: {here}.{name} is neither a text nor a table")


def _sources() -> dict[str, str]:
    return {
        f"{folder}/{item.name}": item.read_text(encoding="utf-8")
        for folder in FOLDERS
        for item in files("complaints").joinpath(folder).iterdir()
        if item.name.endswith(".toml")
    }


_CATALOGUE = merge(_sources())

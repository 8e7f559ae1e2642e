"""The catalogue of user-facing texts, in Chinese and English.

Each package keeps its texts beside its code, in `texts.toml` (or `*_texts.toml`). At import, this module reads the
files of `PACKAGES` and merges them into one catalogue, so that `say` does no I/O: workflows call it. `add` adds the
texts of another package.

An entry is a table with `zh` and `en`. Its key is the dotted path of the table::

    [refused.not-yours]
    zh = "这项待办由{owner}负责，请由其本人办理。"
    en = "This duty is {owner}'s. Please ask them to do it."

Braces are `str.format` fields. The import fails with `CatalogueError`, which names the file and the key, if a key is
in two files, if an entry lacks a language, or if a file contains anything else.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

LANGUAGES = ("zh", "en")
PACKAGES = ("complaints", "starters")
"""Packages whose texts are read. They are located, not imported: only their data files are needed."""


class CatalogueError(Exception):
    """A text file is unusable; the message names file, key and fault."""


class UnknownText(LookupError):
    """A text key, language or field does not exist: a bug in the code, never a user's mistake."""


def say(key: str, /, lang: str = "zh", **params: Any) -> str:
    """Return the text of `key` in `lang` ("zh" or "en") with its fields filled in. Raises `UnknownText`."""
    entry = _CATALOGUE.get(key)
    if entry is None:
        raise UnknownText(f"no text has the key {key!r}; add it to the texts.toml beside the code")
    if lang not in entry:
        raise UnknownText(f"text {key!r}: no language {lang!r}; there are {', '.join(LANGUAGES)}")
    try:
        return entry[lang].format(**params)
    except (KeyError, IndexError) as missing:
        raise UnknownText(f"text {key!r} ({lang}) needs the field {missing}") from missing


def known(key: str) -> bool:
    """Return whether the catalogue has this key."""
    return key in _CATALOGUE


def keys(prefix: str = "") -> list[str]:
    """Return all keys that begin with `prefix`, sorted."""
    return sorted(key for key in _CATALOGUE if key.startswith(prefix))


def raw(key: str, /) -> Mapping[str, str]:
    """Return the unfilled texts of a key by language, for checks and editors. Raises `UnknownText`."""
    if key not in _CATALOGUE:
        raise UnknownText(f"no text has the key {key!r}")
    return _CATALOGUE[key]


def merge(sources: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Merge TOML texts, given by file name, into one catalogue. Raises `CatalogueError`."""
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


def add(package: str) -> None:
    """Add the texts of another top-level package; idempotent. Raises `CatalogueError`."""
    if package in _READ:
        return
    more = merge(_sources(package))
    if twice := sorted(more.keys() & _CATALOGUE.keys()):
        raise CatalogueError(f"{package}: {twice[0]!r} is in the catalogue already")
    _CATALOGUE.update(more)
    _READ.add(package)


def _sources(package: str) -> dict[str, str]:
    """Return the text files of a package by path, the package name included; none if it is not installed."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return {
        file.relative_to(Path(folder).parent).as_posix(): file.read_text(encoding="utf-8")
        for folder in folders or ()
        for file in Path(folder).rglob("*texts.toml")
    }


_READ: set[str] = set(PACKAGES)
_CATALOGUE = merge({name: text for package in PACKAGES for name, text in _sources(package).items()})

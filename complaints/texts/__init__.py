"""The catalogue of texts that people read, in Chinese and English.

Each package keeps its texts beside its code, in `texts.toml` (or `*_texts.toml`). When this module is imported, the
files of `PACKAGES` are read and merged into one catalogue, so that `say` never touches a file: workflows call it.
`add` brings in the texts of another package.

An entry is a table with `zh` and `en`. Its key is the dotted path of the table::

    [refused.not-yours]
    zh = "这项待办由{owner}负责，请由其本人办理。"
    en = "This duty is {owner}'s. Please ask them to do it."

Braces are `str.format` fields. The import fails with `CatalogueError`, which names the file and the key, if a key is in
two files, if an entry lacks one of the languages, or if a file contains anything else.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

LANGUAGES = ("zh", "en")
PACKAGES = ("complaints", "worker", "starters")
"""Packages whose texts are read. They are found by name and not imported: only their data files are needed here."""


class CatalogueError(Exception):
    """A text file that cannot be used: what is wrong, with file and key."""


class UnknownText(LookupError):
    """A key, a language or a field of a text that does not exist: a mistake in code, never in what people typed."""


def say(key: str, /, lang: str = "zh", **params: Any) -> str:
    """The text of `key` in `lang` ("zh" or "en") with its fields filled in. Raises `UnknownText`."""
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


def add(package: str) -> None:
    """Add the texts of another top-level package. Adding one twice changes nothing. Raises `CatalogueError`."""
    if package not in _READ:
        _SOURCES.update(_sources(package))
        _CATALOGUE.update(merge(_SOURCES))
        _READ.add(package)


def _sources(package: str) -> dict[str, str]:
    """The text files of a package that is installed, by their path in it; none if it is not installed."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return {
        file.relative_to(Path(folder).parent).as_posix(): file.read_text(encoding="utf-8")
        for folder in folders or ()
        for file in Path(folder).rglob("*texts.toml")
    }


_READ: set[str] = set(PACKAGES)
_SOURCES = {name: text for package in PACKAGES for name, text in _sources(package).items()}
_CATALOGUE = merge(_SOURCES)

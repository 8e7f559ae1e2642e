"""The rules as data. An edition is a folder of TOML files, one per procedure; released editions never change.

A file begins with `[edition]` (`name` as the folder's, `procedure`, `title_zh`, `title_en`) and goes on with `[[rule]]`
tables, whose fields are those of `Rule`. The editions of the product lie beside this module; a company adds its own in
folders named by the environment variable `DULY_EDITIONS`. All are read once, at import.

    >>> from complaints import editions
    >>> editions.get(edition.name, edition.digest).rule("CR-5.2.1b").says("zh")    # doctest: +SKIP
"""

from __future__ import annotations

import os

from complaints.editions.installed import VARIABLE, EditionRegistry, edition_folders, packaged_folders
from complaints.editions.model import Edition

_SHELF = EditionRegistry([*packaged_folders(), *edition_folders(os.environ.get(VARIABLE))])


def get(name: str, digest: str) -> Edition:
    """The edition a complaint keeps. Raises `EditionMissing`, whose message says what to install and where."""
    return _SHELF.get(name, digest)


def newest() -> Edition:
    """The edition new complaints begin under. For clients and workers: a workflow keeps the edition it began with.

    Raises `EditionError` when a folder named by `DULY_EDITIONS` cannot be used.
    """
    return _SHELF.newest()


def installed() -> tuple[Edition, ...]:
    """All usable editions, oldest first."""
    return _SHELF.all()

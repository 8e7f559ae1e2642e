"""The rules as data: an edition is a folder of TOML files, one per procedure; released editions never change.

A file has an `[edition]` table (`name` equal to the folder's, `procedure`, `title_zh`, `title_en`) followed by
`[[rule]]` tables with the fields of `Rule`. The product's editions are beside this module; a company adds its own in
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
    """Return the edition that a case is pinned to. Raises `EditionMissing`, which says what to install and where."""
    return _SHELF.get(name, digest)


def newest() -> Edition:
    """Return the edition for new complaints. For clients and workers only: a workflow keeps the edition it began with.

    Raises `EditionError` if a folder named by `DULY_EDITIONS` is unusable.
    """
    return _SHELF.newest()


def installed() -> tuple[Edition, ...]:
    """Return all usable editions, oldest first."""
    return _SHELF.all()

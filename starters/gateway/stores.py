"""The gateway's parts of the read model: each made when it is first asked for, on one pool of connections."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, cast

from complaints.store.database import Database, Store

S = TypeVar("S", bound=Store)

AT_A_TIME = 6
"""Connections of the pool that one part may use at a time."""


class Stores:
    """`stores(Reading)` returns the one `Reading` of this gateway. Tests may give parts of their own."""

    def __init__(self, database: Database, given: Iterable[Store] = ()) -> None:
        self._database = database
        self._made: dict[type[Store], Store] = {type(one): one for one in given}

    def __call__(self, kind: type[S]) -> S:
        """Return the part of this kind."""
        if kind not in self._made:
            self._made[kind] = kind(self._database, size=AT_A_TIME)
        return cast(S, self._made[kind])

    @property
    def database(self) -> Database:
        """The pool itself."""
        return self._database

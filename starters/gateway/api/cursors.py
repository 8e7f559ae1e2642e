"""Pages of lists: an opaque cursor says after which line the next page begins.

A cursor is checked, not signed: it has the place in one list with its filters, and every page is read under the policy
of its moment. So a cursor that somebody has made up shows them nothing that they could not ask for.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, ValidationError

from starters.gateway.problems import ApiProblem

LONGEST = 600
MOST = 100
"""Lines of a page at most."""

Limit = Annotated[int, Query(ge=1, le=MOST, description="Lines of a page at most.")]
CursorText = Annotated[
    str | None,
    Query(max_length=LONGEST, description="`next` of the page before, for the same list with the same filters."),
]


class PagePlace(BaseModel):
    """Where a page ends. A subclass has the values by which the list is ordered."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


P = TypeVar("P", bound=PagePlace)


def next_page(place: PagePlace, **filters: Any) -> str:
    """Return the cursor of the page that follows `place` in the list with these filters."""
    body = json.dumps([_digest(type(place), filters), place.model_dump(mode="json")], separators=(",", ":"))
    return urlsafe_b64encode(body.encode()).decode().rstrip("=")


def place_of(kind: type[P], cursor: str | None, **filters: Any) -> P | None:
    """Return the place after which the page begins; None for the first page.

    Raises `ApiProblem` (`invalid`) for a cursor of another list, of other filters, or of nobody's making.
    """
    if cursor is None:
        return None
    try:
        said = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(said, list) or said[0] != _digest(kind, filters):
            raise ValueError("of another list")
        return kind.model_validate(said[1])
    except (ValueError, IndexError, ValidationError, RecursionError, TypeError, KeyError):
        raise ApiProblem(422, "invalid", fields=({"field": "query.cursor", "code": "invalid"},)) from None


def _digest(kind: type[PagePlace], filters: dict[str, Any]) -> str:
    said = json.dumps([kind.__name__, filters], sort_keys=True, default=str)
    return blake2b(said.encode(), digest_size=6).hexdigest()

"""Pages of lists that are read as a whole, because they are short or are put together of several reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starters.gateway.api.cursors import PagePlace, next_page, place_of

T = TypeVar("T")


class After(PagePlace):
    """After the line with this id; where it has gone, after as many lines."""

    id: str
    lines: int


def page_of(
    lines: Sequence[T], id_of: Callable[[T], str], limit: int, cursor: str | None, **filters: Any
) -> tuple[list[T], str | None]:
    """Return the lines of one page, and the cursor of the next one; None at the end. Raises `ApiProblem`."""
    place = place_of(After, cursor, said=filters)
    begin = 0
    if place is not None:
        there = next((nth for nth, one in enumerate(lines) if id_of(one) == place.id), None)
        begin = place.lines if there is None else there + 1
    page = list(lines[begin : begin + limit])
    end = begin + len(page)
    if end >= len(lines) or not page:
        return page, None
    return page, next_page(After(id=id_of(page[-1]), lines=end), said=filters)

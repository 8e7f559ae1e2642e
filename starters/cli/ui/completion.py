"""Shell completion of case numbers, their open duties, and people.

Known faults give an empty list of completions: an error message would appear in the middle of the typed line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import typer

from complaints.base.faults import Fault
from complaints.case.complainant import complainant
from complaints.connection.settings import Unsettled
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from complaints.store.records import PostgresRecords

Offer = list[tuple[str, str]]
Find = Callable[["PostgresRecords"], Awaitable[Offer]]
PATIENCE = 2.0  # seconds


def cases(context: typer.Context, incomplete: str) -> Offer:
    """Numbers of open cases that begin with the typed text."""

    async def found(records: PostgresRecords) -> Offer:
        lines = await records.search(incomplete, status="open", limit=30)
        return [
            (line.number, complainant(line.customer)) for line in lines if line.number.startswith(incomplete.upper())
        ]

    return _offered(context, found)


def duties(context: typer.Context, incomplete: str) -> Offer:
    """Open duties of the case given in the preceding argument."""

    async def found(records: PostgresRecords) -> Offer:
        case = await records.case(context.params.get("case") or "")
        open_duties = case.open_duties if case else []
        return [(duty.id, duty.owner) for duty in open_duties if duty.id.startswith(incomplete)]

    return _offered(context, found)


def people(context: typer.Context, incomplete: str) -> Offer:
    """Ids of people in the directory, with their names."""

    async def found(records: PostgresRecords) -> Offer:
        from complaints.people.loader import load

        stored = await records.directory()
        known = load(stored[1], "directory").people if stored else ()
        return [(one.id, one.name) for one in known if one.id.startswith(incomplete)]

    return _offered(context, found)


def _offered(context: typer.Context, find: Find) -> Offer:
    """The result of `find`. `PATIENCE` limits the database call alone, so the store is imported before it."""
    import complaints.store.records  # noqa: F401  # pyright: ignore[reportUnusedImport]

    options: Any = context.find_root().params
    here = Session(home=options.get("home"), namespace=options.get("namespace"), json=True)

    async def asked() -> Offer:
        async with here.records() as records:
            return await asyncio.wait_for(find(records), PATIENCE)

    try:
        here.settings.need_database()
        return asyncio.run(asked())
    except (Fault, Unsettled, TimeoutError):
        return []

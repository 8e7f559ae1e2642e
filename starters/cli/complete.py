"""What the shell offers while somebody types: case numbers, their open duties, people.

A completion that cannot be had is no completion: faults known by name end in an empty list, because a message would
land in the middle of the line being typed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer

from complaints.errors import Refusal
from complaints.faults import Fault
from starters.cli.session import Session
from worker.settings import Unsettled

T = TypeVar("T")
Offer = list[tuple[str, str]]
PATIENCE = 2.0


def cases(context: typer.Context, incomplete: str) -> Offer:
    """Numbers of open cases that begin with what is typed."""

    async def found(here: Session) -> Offer:
        async with here.records() as records:
            lines = await records.search(incomplete, status="open", limit=30)
        return [(line.number, line.customer) for line in lines if line.number.startswith(incomplete.upper())]

    return _offered(context, found(_session(context)))


def duties(context: typer.Context, incomplete: str) -> Offer:
    """Open duties of the case named before."""

    async def found(here: Session) -> Offer:
        async with here.records() as records:
            case = await records.case(context.params.get("case") or "")
        open_duties = case.open_duties if case else []
        return [(duty.id, duty.owner) for duty in open_duties if duty.id.startswith(incomplete)]

    return _offered(context, found(_session(context)))


def people(context: typer.Context, incomplete: str) -> Offer:
    """Ids of the directory, with names."""

    async def found(here: Session) -> Offer:
        from starters.cli.book import open_book

        book = await open_book(here)
        return [(id, name) for id, name in book.people.items() if id.startswith(incomplete)]

    return _offered(context, found(_session(context)))


def _session(context: typer.Context) -> Session:
    options: Any = context.find_root().params
    return Session(home=options.get("home"), namespace=options.get("namespace"), json=True)


def _offered(context: typer.Context, work: Coroutine[Any, Any, Offer]) -> Offer:
    try:
        return asyncio.run(asyncio.wait_for(work, PATIENCE))
    except (Fault, Refusal, Unsettled, TimeoutError, OSError) as e:
        print(repr(e), file=__import__("sys").stderr)
        return []

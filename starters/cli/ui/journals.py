"""Finds the journal named on the command line: of a case or a round, from the server and the read model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starters.cli.ui.cases import found
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.case.file import File, JournalLine
    from complaints.case.round import RoundFile


async def file_of(here: Session, name: str) -> File:
    """The current file of a case by number or key, or of a round by key."""
    from workflows.interface import is_round

    return await round_found(here, name.strip()) if is_round(name.strip()) else await found(here, name)


async def round_found(here: Session, key: str) -> RoundFile:
    """A round's current file, or the read model's copy if the server has no history of it or is unreachable."""
    from complaints.base.errors import Refusal, Refused
    from complaints.connection.settings import Unsettled

    if here.through_gateway:  # which looks into the read model itself
        return await (await here.duly()).round(key)
    try:
        return await (await here.duly()).round(key)
    except (Refusal, Unsettled) as failure:
        elsewhere = isinstance(failure, Unsettled) or failure.code in (Refused.CASE_UNKNOWN, Refused.SERVER_UNREACHABLE)
        if not elsewhere or here.settings.database_url is None:
            raise
        async with here.records() as records:
            kept = await records.round(key)
        if kept is None:
            raise
        here.note(here.say("show.from-records"))
        return kept


async def journal_of(here: Session, file: File) -> Sequence[JournalLine]:
    """The whole journal, as far as it can be had.

    The server has the newest lines, the read model those of runs that the server has forgotten.
    """
    from complaints.base.errors import Refusal
    from complaints.base.faults import RecordsAway
    from complaints.connection.settings import Unsettled

    if here.through_gateway:
        return await _from_gateway(here, file.key)
    try:
        lines = (await (await here.duly()).remembered(file.key)).lines
    except (Refusal, Unsettled):
        lines = ()
    if (not lines or lines[0].seq > 1) and here.settings.database_url is not None:
        try:
            async with here.records() as records:
                kept = await records.journal(file.key)
        except RecordsAway:
            kept = []
        newer = [line for line in lines if not kept or line.seq > kept[-1].seq]
        lines = (*kept, *newer)
    return lines


async def _from_gateway(here: Session, key: str) -> Sequence[JournalLine]:
    """The journal as the person who is signed in may see it, part after part."""
    duly = await here.duly()
    found: list[JournalLine] = []
    while True:
        part = await duly.events(key, found[-1].seq if found else 0)
        found += part.lines
        if not part.lines or part.lines[-1].seq >= part.last:
            return found

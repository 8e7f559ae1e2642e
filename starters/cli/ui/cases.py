"""Finds the case named on the command line, at the Temporal server or in the read model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starters.cli.ui.errors import Told
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from complaints.case.file import CaseFile


async def found(here: Session, case: str) -> CaseFile:
    """The case's current file; the read model's copy if the server has no history of it or is unreachable."""
    from complaints.base.errors import Refusal, Refused
    from complaints.connection.settings import Unsettled

    if here.through_gateway:  # which looks into the read model itself
        return await (await here.duly()).case(case)
    try:
        file = await here.case(await here.duly(), case)
        if file.closed:  # the server may still have it shortly after the read model destroyed it
            await tell_if_destroyed(here, file.number or case)
        return file
    except (Refusal, Unsettled) as failure:
        elsewhere = isinstance(failure, Unsettled) or failure.code in (Refused.CASE_UNKNOWN, Refused.SERVER_UNREACHABLE)
        kept = await _kept(here, case) if elsewhere else None
        if kept is None:
            await tell_if_destroyed(here, case)
            raise
        here.note(here.say("show.from-records"))
        return kept


async def _kept(here: Session, case: str) -> CaseFile | None:
    from complaints.base.faults import RecordsAway

    if here.settings.database_url is None:
        return None
    try:
        async with here.records() as records:
            return await records.case(case)
    except RecordsAway:
        return None


async def tell_if_destroyed(here: Session, case: str) -> None:
    """Raise `Told` if the case's file was destroyed under retention: only its number is left."""
    from complaints.base.faults import RecordsAway
    from complaints.store.retention import RetentionStore

    if here.settings.database_url is None:
        return
    keeping = RetentionStore(here.settings.database_url, size=1)
    try:
        found = await keeping.whereabouts(case)
    except RecordsAway:
        return
    finally:
        await keeping.close()
    if found:
        gone, run, approved_at = found
        raise Told("keep.gone", number=gone.name, run=run, day=f"{approved_at:%Y-%m-%d}")

"""The opening of a round: its time, and its first journal line."""

from __future__ import annotations

from datetime import datetime

from complaints.case.event import noticed_late
from complaints.case.events.rounds import RoundOpened
from complaints.clock.period_opening import at_local, earliest, opens_at
from complaints.editions.model import Edition
from complaints.people.reference import Reference
from complaints.rounds.plan import opening_of
from workflows.interface import RoundStart


def begins(opening: RoundStart, edition: Edition, reference: Reference) -> datetime:
    """When the round begins by itself, according to the present calendar."""
    return opens_at(opening_of(edition.rule(opening.rule)), opening.period, reference.calendar, reference.zone)


def begins_at_the_earliest(opening: RoundStart, edition: Edition, reference: Reference) -> datetime:
    """The earliest time at which the round may begin by itself, whatever calendar notices may yet come."""
    opens = opening_of(edition.rule(opening.rule))
    return at_local(earliest(opens, opening.period), opens.time, reference.zone)


def round_opened(opening: RoundStart, key: str, edition: Edition, reference: Reference, now: datetime) -> RoundOpened:
    """The event of the first journal line of a round that begins now."""
    again = opening.again
    opens = now if again else min(begins(opening, edition, reference), now)
    return RoundOpened(
        at=opens,
        by=again.by if again else None,
        rule=opening.rule,
        key=key,
        period=opening.period.name,
        spans=opening.period,
        subject=opening.subject.key,
        whose=opening.subject,
        edition=edition.pin.name,
        digest=edition.pin.digest,
        reference=reference.version,
        opened_at=now,
        again=again,
        **noticed_late(opens, now),
    )

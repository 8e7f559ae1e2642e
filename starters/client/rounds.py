"""The part of the client that begins rounds."""

from __future__ import annotations

from datetime import timedelta

from complaints.case.round import Period, Subject
from complaints.people.reference import Reference
from starters.client.reading import FileReading


class Rounds(FileReading):
    """Begins rounds. Acts on a round's duties use the methods for acts on a case, with the round's key."""

    async def run_round(
        self,
        rule: str,
        period: Period,
        subject: Subject,
        *,
        at_once: bool = True,
        delay: timedelta | None = None,
    ) -> tuple[str, bool]:
        """Begin the one round of a rule, a period and a subject, or find it. Returns its key, and whether it is new.

        `at_once` begins it now even if its day has not come; otherwise it waits for its day. A `delay` (in drills)
        postpones the start of its workflow. The round begins under the newest edition that the worker has.
        """
        return await self.transport.run_round(rule, period, subject, at_once=at_once, delay=delay)

    async def begin_again(
        self,
        rule: str,
        period: Period,
        subject: Subject,
        *,
        by: str,
        reason: str,
        reference: Reference | None = None,
        known: int = 0,
    ) -> tuple[str, bool]:
        """Begin another round of a period, to revise its approved document. Returns its key, and whether it is new.

        The earlier rounds must be over (else `CASE_OPEN`); of a rule with several documents (`SEVERAL_DOCUMENTS`) it is
        enough that each of them has its document. `known` is how many of them the caller knows of, because the
        server forgets them in time. Only for the round's owner and that person's superiors according to `reference`,
        which is needed over Temporal (else `NOT_YOURS`). The same person with the same reason gets the same round. Also
        raises `NOT_AGAIN` (`why`: "no-document" or "period-over"), `REASON_NEEDED`, and `CASE_UNKNOWN` if the period
        has no round yet.
        """
        return await self.transport.begin_again(
            rule, period, subject, by=by, reason=reason, reference=reference, known=known
        )

    async def redraft(self, key: str) -> bool:
        """Have the report of a round drafted anew from current data, unless it was issued.

        Waits for the first draft of a round that has just begun. Returns False, without effect, if the round has no
        report or if the report was issued. Raises `CASE_UNKNOWN`.
        """
        return await self.transport.redraft(key)

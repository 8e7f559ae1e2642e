"""Acts that ask for something which another person approves: a lower level, a withdrawal, another date …

With the policy `REQUESTS` whoever asked hears what was decided (decision 13), may take it back before that, and asks
for nothing twice while it is undecided. Pure.
"""

from __future__ import annotations

from datetime import datetime

from complaints.case.file import Act, Duty, File, Notice, NoticeKind
from complaints.editions.model import Edition
from complaints.people.resolution import DirectorySlice

REQUESTS = "REQUESTS"
"""The policy by which an edition keeps this."""


def asker(
    file: File, edition: Edition, people: DirectorySlice, duty: Duty, now: datetime, by: str | None
) -> tuple[str, ...]:
    """Return whoever asked for what the duty decides, or stands in for them; nobody if that is `by`, who acts now.

    People complained about are told nothing.
    """
    asked = file.asked_by(duty)
    if REQUESTS not in edition.rules or asked is None or asked.by in (by, *file.about):
        return ()
    there = people.stand_in(asked.by, now, shut_out=file.about).person
    return () if there == by else (there,)


def answered(act: Act, moment: str, file: File, people: DirectorySlice, now: datetime) -> Notice:
    """Build the notice to whoever did the act on the case as a whole, or their stand-in: what has become of it."""
    to = people.stand_in(act.by, now, shut_out=file.about).person
    return Notice(
        id=f"{act.rule}/{moment}-{act.seq}/{to}",
        kind=NoticeKind.HANDED,
        to=to,
        duty=act.rule,
        rule=act.rule,
        at=now,
        params={"act": str(act.seq)},
    )

"""Who sees an original, and who sees an attachment at all (decision 19). Pure; gateway and command line ask here.

An original may say where a customer lives and with what they photograph. Three see it: the customer-service supervisor,
who answers for the case and archives it; whoever attached it, who has it anyway; and the archivist (CH-8.1), who keeps
the records and checks what is destroyed, or whoever does that work where nobody is the archivist. Whoever stands in for
an absent holder sees it too. Everybody else who may see the case sees a copy. Whoever is complained about sees neither,
as they take no part in the case.
"""

from __future__ import annotations

from datetime import datetime

from complaints.case.attachments import Attachment
from complaints.case.file import File
from complaints.people.model import DirectorySlice
from complaints.people.roles import SALES_ARCHIVIST, SUPERVISOR

ENTITLED = (SUPERVISOR, SALES_ARCHIVIST)
"""Roles that see every original."""


def sees(person: str, file: File, people: DirectorySlice) -> bool:
    """Return whether the person may see the attachments of the case, as copies."""
    return people.person(person) is not None and person not in file.about


def sees_original(person: str, one: Attachment, file: File, people: DirectorySlice, now: datetime) -> bool:
    """Return whether the person may see the original of this attachment of the case at `now`."""
    if not sees(person, file, people):
        return False
    if person == one.by:
        return True
    return any(
        people.holds(person, role, now) or people.who(role, now, shut_out=file.about).person == person
        for role in ENTITLED
    )

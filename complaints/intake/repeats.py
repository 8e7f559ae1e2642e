"""Looks for earlier complaints again once who complains, or about what, was corrected (CR-5.1.2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.base.matching import contact_keys, home_key, name_key
from complaints.case.complaint import Category
from complaints.case.effects import EffectKind
from complaints.case.file import CaseFile, Related
from complaints.case.messages import CaseMessage

DECIDE = frozenset({"customer", "contact", "building", "category", "project", "received_at"})
"""Fields of the intake that decide which complaints are related."""
EARLIER = timedelta(days=365)
"""How long before another complaint an earlier one came in at most."""


class SoughtComplaint(Frozen):
    """What a complaint says now, to look for earlier ones of the same customer or the same building and subject."""

    key: str
    project: Key
    received_at: AwareDatetime
    category: Category
    customer: str
    contact: str
    building: str

    @classmethod
    def of(cls, file: CaseFile) -> Self:
        said = file.complaint
        received: datetime = said.received_at
        return cls(
            key=file.key,
            project=said.project,
            received_at=received,
            category=said.category,
            customer=said.customer,
            contact=said.contact,
            building=file.building,
        )


def related(file: CaseFile, said: CaseMessage) -> Related | None:
    """Return how the complaint that was corrected is related to this later one, by what it says now; None if not.

    It is, if it came in within the year before, of the same customer or of the same place and subject.
    """
    mine, received = file.complaint, said.received_at
    if said.project != mine.project or received is None:
        return None
    if not mine.received_at - EARLIER <= received <= mine.received_at:
        return None
    same_subject = said.category == mine.category.value
    same_name = name_key(said.customer) == name_key(mine.customer) != ""
    if same_name and set(contact_keys(said.contact)) & set(contact_keys(mine.contact)):
        why = "customer"
    elif same_subject and home_key(said.building) == home_key(file.building) != "":
        why = "building"
    else:
        return None
    unsolved = said.handled_at is None or said.handled_at > file.opened_at
    return Related(key=said.key, number=said.number, why=why, open=True, same_subject=same_subject, unsolved=unsolved)


class FoundComplaints(Frozen):
    """The related complaints, the newest first."""

    related: tuple[Related, ...] = ()


SEEK_LATER: EffectKind[SoughtComplaint, tuple[str, ...]] = EffectKind("later_complaints", tuple[str, ...])
"""The effect that finds the open complaints to which a corrected one is an earlier one, or was before."""
SEEK: EffectKind[SoughtComplaint, FoundComplaints] = EffectKind("related_complaints", FoundComplaints)
